"""Runs business days: which days, in which order, each step once, each in one transaction."""

from __future__ import annotations

import calendar
import datetime as dt
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from typing import Any

from django.db import connection as django_connection
from django.db import transaction

from daihou.audit.actions import seal_events
from daihou.daily_run.business_day import RunDay, Step
from daihou.daily_run.choices import DayStatus
from daihou.daily_run.locking import day_end_lock
from daihou.daily_run.models import BusinessDay, StepRecord
from daihou.daily_run.progress import Moment, Progress, Watcher, nobody
from daihou.daily_run.steps import STAGES, STEPS
from daihou.servicing.book_on_day import Engine, StepResult, in_threads
from daihou.servicing.columnar_files import ColumnarBookFiles

log = logging.getLogger("daihou.run")

SIDE_BY_SIDE_FROM = 50_000  # loans; with fewer a second connection costs more than it saves
_AT_A_TIME = 2
_ONE_DAY = dt.timedelta(days=1)


class DayCannotRun(Exception):
    """The day asked for cannot be run; the message says why, in the words of the staff."""


def next_day() -> dt.date | None:
    """The day that the next run works on: the one left unfinished, or the one after the last.

    None when no day was ever run: the first one has to be named.
    """
    last = BusinessDay.objects.order_by("-day").first()
    if last is None:
        return None
    return last.day if last.status != DayStatus.CLOSED else last.day + _ONE_DAY


def days_to_run(
    *, date: dt.date | None, until: dt.date | None, only_month_ends: bool = False
) -> list[dt.date]:
    """The days between the last closed one and the day asked for, in order.

    `date` alone runs up to and with it; `date` with `until` starts a new book on `date`; neither
    runs one day. A closed day gives an empty list: running it again changes nothing. With
    `only_month_ends`, days between ends of months are left out, for loading years of history.
    """
    upcoming = next_day()
    first = upcoming or date
    if first is None:
        raise DayCannotRun("还没有做过日终:第一次请用 --date 指明从哪一天开始")
    last = until or date or first
    if last < first and not BusinessDay.objects.filter(day=last).exists():
        raise DayCannotRun(f"{last} 早于已日终的营业日,不能补做;下一个营业日是 {first}")
    days = [first + _ONE_DAY * i for i in range((last - first).days + 1)]
    if not only_month_ends:
        return days
    goes_on = BusinessDay.objects.filter(day=first - _ONE_DAY, status=DayStatus.CLOSED).exists()
    kept = {last} if goes_on else {first, last}
    return [day for day in days if day in kept or _ends_a_month(day)]


def run_days(
    days: Sequence[dt.date], on_progress: Watcher = nobody, engine: Engine = in_threads
) -> None:
    """Run the days in order, holding the book alone; what is done already is left as it is.

    After each day the audit trail is sealed. `engine` works out the positions; whichever it is, the
    day leaves the same behind.

    Raises `AnotherRunIsWorking` when somebody else has the book. Any error in a step leaves that
    step undone and everything before it done; running again goes on from there.
    """
    django_connection.ensure_connection()
    connection = django_connection.connection
    with ExitStack() as stack:
        stack.enter_context(day_end_lock(connection))
        files = stack.enter_context(ColumnarBookFiles.of_installation(connection))
        for position, day in enumerate(days):
            watcher = _numbered(on_progress, position, len(days))
            run_day = RunDay(day=day, connection=connection, columnar=files.up_to, engine=engine)
            _run_one(run_day, watcher)
            seal_events()


def _numbered(watcher: Watcher, position: int, days: int) -> Watcher:
    """Number the steps of one day among all steps of the run."""

    def tell(progress: Progress) -> None:
        watcher(
            Progress(
                **{
                    **vars(progress),
                    "number": position * len(STEPS) + progress.number,
                    "total": days * len(STEPS),
                }
            )
        )

    return tell


def _run_one(run_day: RunDay, watcher: Watcher) -> None:
    done = set(StepRecord.objects.filter(day=run_day.day).values_list("step", flat=True))
    told = _Told(run_day.day, watcher)
    for stage in STAGES:
        to_do = []
        for step in stage:
            if step.name in done:
                told.skipped(step)
            else:
                to_do.append(step)
        if len(to_do) > 1 and run_day.book.size >= SIDE_BY_SIDE_FROM:
            _do_side_by_side(to_do, run_day, told)
        else:
            for step in to_do:
                told.started(step)
                told.finished(step, *_do_and_log(step, run_day))


class _Told:
    """Tells the watcher of one day's steps, and how many are behind by now."""

    def __init__(self, day: dt.date, watcher: Watcher) -> None:
        self._day, self._watcher = day, watcher
        self._behind: list[str] = []

    def skipped(self, step: Step) -> None:
        self._tell(step, Moment.SKIPPED)

    def started(self, step: Step) -> None:
        self._tell(step, Moment.STARTED)

    def finished(self, step: Step, result: StepResult, seconds: float) -> None:
        self._tell(step, Moment.FINISHED, rows=result.rows, seconds=seconds, figures=result.figures)

    def _tell(self, step: Step, moment: Moment, **more: Any) -> None:
        number = len(self._behind) + 1
        if moment is not Moment.STARTED:
            self._behind.append(step.name)
        total = len(STEPS)
        self._watcher(Progress(self._day, step.name, step.label, moment, number, total, **more))


def _do_side_by_side(steps: Sequence[Step], run_day: RunDay, told: _Told) -> None:
    """Do the steps of a stage, two at a time; the first that fails is raised when all are over."""
    with ThreadPoolExecutor(_AT_A_TIME) as threads:
        doing = {}
        for step in steps:
            told.started(step)
            doing[threads.submit(_do_beside, step, run_day)] = step
        for future in as_completed(doing):
            told.finished(doing[future], *future.result())


def _do_beside(step: Step, run_day: RunDay) -> tuple[StepResult, float]:
    """Do one step in a connection of this thread."""
    try:
        django_connection.ensure_connection()
        return _do_and_log(step, run_day.beside(django_connection.connection))
    finally:
        django_connection.close()


def _do_and_log(step: Step, run_day: RunDay) -> tuple[StepResult, float]:
    """Do one step and leave one line in the log, also when it fails; its seconds come with it."""
    facts: dict[str, Any] = {"day": run_day.day.isoformat(), "step": step.name}
    started = time.perf_counter()
    try:
        result = _do(step, run_day)
    except BaseException:
        log.error("step failed", exc_info=True, extra={"facts": facts})
        raise
    seconds = time.perf_counter() - started
    facts |= {"rows": result.rows, "seconds": round(seconds, 3)}
    log.info("step", extra={"facts": facts})
    return result, seconds


def _do(step: Step, run_day: RunDay) -> StepResult:
    """Do one step and record it, both or neither."""
    started = time.perf_counter()
    with transaction.atomic():
        result = step.work(run_day)
        StepRecord.objects.create(
            day_id=run_day.day,
            step=step.name,
            rows=result.rows,
            seconds=time.perf_counter() - started,
            figures=result.figures,
        )
    return result


def _ends_a_month(day: dt.date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]
