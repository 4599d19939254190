"""The verb `import`: files into the book, a batch out of it again."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from daihou.daily_run.queries import closed_through, open_day
from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.blank_files import blank_csv, blank_workbook
from daihou.feeds.choices import BatchStatus, LoadMode
from daihou.feeds.format_pages import all_pages
from daihou.feeds.models import ImportBatch
from daihou.feeds.standard import TABLES
from daihou.feeds.undoing import UndoRefused, UndoReport, undo_batch

SHOWN_PROBLEMS = 20
_QUIET_SECONDS = 2.0
DONE, NOT_ALL, MISUSED = 0, 1, 2


def import_or_undo(
    path: Path | None,
    format_name: str,
    dry_run: bool,
    good_rows: bool,
    date: str | None,
    undo: int | None,
    as_json: bool,
    console: Console,
) -> int:
    """Do what the command line asks for; returns the exit code (2: asked for nothing sensible)."""
    closed = closed_through()
    try:
        day = dt.date.fromisoformat(date) if date else open_day(timezone.localdate())
    except ValueError:
        console.print(f"[red]营业日应写作 2026-11-23,现在是 {date}[/]")
        return MISUSED
    if (path is None) == (undo is None):
        console.print("[red]请给出要导入的文件或文件夹,或用 --undo 批次号 撤销一个批次[/]")
        return MISUSED
    if undo is not None:
        return run_undo(
            undo,
            business_date=day,
            closed_through=closed,
            dry_run=dry_run,
            as_json=as_json,
            console=console,
        )
    assert path is not None
    mode = LoadMode.GOOD_ROWS if good_rows else LoadMode.ALL_OR_NOTHING
    request = ImportRequest(
        path=path,
        format_name=format_name,
        business_date=day,
        closed_through=closed,
        mode=mode,
        dry_run=dry_run,
    )
    return run_import(request, as_json=as_json, console=console)


def run_import(request: ImportRequest, *, as_json: bool, console: Console) -> int:
    """Import, tell what became of it, and return the exit code.

    0: everything in order; 1: some rows were refused (and, unless good rows were asked for,
    nothing was loaded).
    """
    with _Progress(console, quiet=as_json) as progress:
        batch = import_files(request=request, progress=progress.step)
    if as_json:
        console.print_json(json.dumps(batch_facts(batch), ensure_ascii=False))
    else:
        _print_batch(console, batch)
    return NOT_ALL if batch.problems.exists() else DONE


def run_undo(
    number: int,
    *,
    business_date: dt.date,
    closed_through: dt.date | None,
    dry_run: bool,
    as_json: bool,
    console: Console,
) -> int:
    """Undo a batch and tell what was taken back and what had to stay."""
    try:
        report = undo_batch(
            number=number,
            business_date=business_date,
            closed_through=closed_through,
            actor=None,
            dry_run=dry_run,
        )
    except UndoRefused as refusal:
        console.print(f"[red]{refusal}[/]")
        return NOT_ALL
    if as_json:
        console.print_json(json.dumps(report.facts(), ensure_ascii=False))
    else:
        print_undo(console, report)
    return NOT_ALL if report.kept else DONE


def write_templates(folder: Path, console: Console) -> int:
    """Write the empty files of the standard format, and its description, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "标准格式.xlsx").write_bytes(blank_workbook(TABLES))
    for table in TABLES:
        (folder / f"{table.heading}.csv").write_bytes(blank_csv(table))
    for name, page in all_pages().items():
        (folder / name).write_text(page, encoding="utf-8")
    console.print(f"已写入 {folder}:{len(TABLES)} 张表的空白文件与说明")
    return DONE


def batch_facts(batch: ImportBatch) -> dict[str, Any]:
    """A batch as plain values, with its first problems."""
    problems = batch.problems.values("file", "row", "field", "value", "reason")
    return {
        "batch": batch.pk,
        "format": batch.format_name,
        "status": batch.status,
        "rows_read": batch.rows_read,
        "rows_loaded": batch.rows_loaded,
        "rows_changed": batch.rows_changed,
        "rows_unchanged": batch.rows_unchanged,
        "rows_withheld": batch.rows_withheld,
        "rows_without_content": batch.rows_without_content,
        "rows_refused": batch.rows_refused,
        "files": batch.files,
        "problem_count": batch.problems.count(),
        "problems": list(problems[:1000]),
    }


def _print_batch(console: Console, batch: ImportBatch) -> None:
    table = Table(title=f"批次 {batch.pk}:{batch.get_status_display()}", title_justify="left")
    for heading in ("文件", "编码", "读入", "新增", "更新", "未变", "无需入库", "拒绝"):
        table.add_column(heading, justify="left" if heading in {"文件", "编码"} else "right")
    for file in batch.files:
        counts = (
            file[name]
            for name in ("read", "new", "changed", "unchanged", "without_content", "refused")
        )
        table.add_row(escape(file["name"]), file["encoding"], *(f"{count:,}" for count in counts))
    console.print(table)
    if batch.status != BatchStatus.LOADED:
        said = "试算完毕" if batch.status == BatchStatus.CHECKED else "有错误"
        console.print(f"{said},未入库任何数据;合格 {batch.rows_withheld:,} 行。")
    _print_problems(console, batch)


def _print_problems(console: Console, batch: ImportBatch) -> None:
    count = batch.problems.count()
    if not count:
        return
    table = Table(
        "文件", "行", "字段", "取值", "原因", title=f"错误 {count:,} 处", title_justify="left"
    )
    for problem in batch.problems.all()[:SHOWN_PROBLEMS]:
        cells = (problem.file, str(problem.row or ""), problem.field, problem.value, problem.reason)
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
    if count > SHOWN_PROBLEMS:
        console.print(
            f"其余 {count - SHOWN_PROBLEMS:,} 处见工作台“数据接入”批次 {batch.pk},或加 --json。"
        )


def print_undo(console: Console, report: UndoReport) -> None:
    """Tell what an undo took back and what stayed, with the reasons."""
    console.print("试算撤销,未改动数据:" if report.dry_run else f"批次 {report.batch} 已撤销:")
    for line in report.lines():
        console.print(f"  {line}")


class _Progress:
    """Steps on the terminal, shown once an import takes longer than two seconds."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console, self._quiet = console, quiet
        self._status = console.status("")
        self._began = time.monotonic()

    def __enter__(self) -> _Progress:
        return self

    def step(self, words: str) -> None:
        """Say what is being done now."""
        if not self._quiet and time.monotonic() - self._began > _QUIET_SECONDS:
            self._status.update(f"{words}…")
            self._status.start()

    def __exit__(self, *_: object) -> None:
        self._status.stop()
