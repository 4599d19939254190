"""`daihou run-day`: one business day or all missed ones, with bars and figures on the terminal."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from daihou.daily_run.locking import AnotherRunIsWorking
from daihou.daily_run.progress import Moment
from daihou.daily_run.progress import Progress as Told
from daihou.daily_run.runner import DayCannotRun, days_to_run, run_days
from daihou.daily_run.watching import CommandRun
from daihou.servicing.book_on_day import Engine, in_threads

CANNOT_RUN = 2
ANOTHER_RUN = 4
_MANY_DAYS = 3  # more days than this are shown one line each

console = Console()


class EngineName(StrEnum):
    """What works out the positions: the kernel in this process, or in Spark's executors."""

    LOCAL = "local"
    SPARK = "spark"


class EngineMissing(Exception):
    """The engine asked for is not installed or does not start; the message says what to do."""


@dataclass
class DayLog:
    """What was done for one day, for the terminal and for `--json`."""

    day: str
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The time of the steps that were done now."""
        return float(sum(step["seconds"] for step in self.steps))


def run_day(
    *,
    date: dt.date | None,
    until: dt.date | None,
    only_month_ends: bool,
    engine: EngineName,
    as_json: bool,
) -> int:
    """Run the days asked for and show what was done; returns the exit code."""
    try:
        days = days_to_run(date=date, until=until, only_month_ends=only_month_ends)
        with _started(engine if days else EngineName.LOCAL) as started:
            logs = _run(days, started, quiet=as_json)
    except (DayCannotRun, AnotherRunIsWorking, EngineMissing) as refusal:
        return _refused(refusal, as_json)
    if as_json:
        console.print_json(json.dumps({"days": [asdict(log) for log in logs]}, ensure_ascii=False))
    elif not days:
        console.print("该营业日已日终,没有改动任何数据。")
    else:
        _show(logs)
    return 0


def _refused(refusal: Exception, as_json: bool) -> int:
    if as_json:
        console.print_json(json.dumps({"error": str(refusal)}, ensure_ascii=False))
    else:
        console.print(f"[red]{refusal}[/]")
    return ANOTHER_RUN if isinstance(refusal, AnotherRunIsWorking) else CANNOT_RUN


@contextmanager
def _started(name: EngineName) -> Iterator[Engine]:
    """The engine of that name, for as long as the run needs it."""
    if name is EngineName.LOCAL:
        yield in_threads
        return
    try:
        from daihou.servicing.spark_engine import SparkCannotStart, SparkEngine
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in {"pyspark", "py4j"}:
            raise
        raise EngineMissing(
            "没有安装 Spark:请运行 make spark(或安装附加组件 daihou[spark])"
        ) from None
    engine = SparkEngine.of_installation()
    try:
        engine.start()
    except SparkCannotStart as problem:
        raise EngineMissing(str(problem)) from problem
    try:
        yield engine
    finally:
        engine.stop()


def _run(days: list[dt.date], engine: Engine, *, quiet: bool) -> list[DayLog]:
    """Run the days under a bar that names the day and the step."""
    logs: list[DayLog] = []
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=quiet,
        transient=True,
    )
    with bar, CommandRun(days) as record:
        task = bar.add_task("日终", total=None)

        def watch(told: Told) -> None:
            record(told)
            done = told.number - (told.moment is Moment.STARTED)
            text = f"{told.day} {told.label}"
            bar.update(task, description=text, completed=done, total=told.total)
            _note(logs, told)

        run_days(days, watch, engine)
    return logs


def _note(logs: list[DayLog], told: Told) -> None:
    if not logs or logs[-1].day != told.day.isoformat():
        logs.append(DayLog(told.day.isoformat()))
    if told.moment is Moment.FINISHED:
        logs[-1].steps.append(
            {
                "step": told.step,
                "label": told.label,
                "rows": told.rows,
                "seconds": round(told.seconds, 3),
                "figures": told.figures or {},
            }
        )


def _show(logs: list[DayLog]) -> None:
    if len(logs) > _MANY_DAYS:
        for log in logs:
            rows = sum(step["rows"] for step in log.steps)
            console.print(f"{log.day} 日终完成,{log.seconds:.1f} 秒,写入 {rows:,} 行")
        return
    for log in logs:
        table = Table(title=f"{log.day} 日终", title_justify="left")
        for heading, justify in (("步骤", "left"), ("行数", "right"), ("秒", "right")):
            table.add_column(heading, justify=justify)  # type: ignore[arg-type]
        table.add_column("结果", overflow="fold")
        for step in log.steps:
            figures = ",".join(f"{name} {_figure(v)}" for name, v in step["figures"].items())
            table.add_row(step["label"], f"{step['rows']:,}", f"{step['seconds']:.2f}", figures)
        console.print(table)


def _figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
