"""The daily run as a background job, started from the workbench and recorded for its page."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from daihou.daily_run.choices import RunOrigin, RunStatus
from daihou.daily_run.locking import a_run_is_working
from daihou.daily_run.models import DayEndRun
from daihou.daily_run.runner import DayCannotRun, days_to_run, run_days
from daihou.daily_run.watching import RunRecorder
from daihou.staff.models import Officer

WAITING = (RunStatus.QUEUED, RunStatus.RUNNING)


class RunAlreadyAsked(Exception):
    """A run is queued or working; a second one would only wait for it."""

    def __init__(self) -> None:
        super().__init__("已有一次日终在排队或运行,请等它结束")


@transaction.atomic
def ask_for_run(*, until: dt.date, by: Officer) -> DayEndRun:
    """Put a run up to and with a day into the queue of background jobs.

    Raises `DayCannotRun` for a day that cannot be run and `RunAlreadyAsked` while one is waiting.
    """
    if not days_to_run(date=until, until=None):
        raise DayCannotRun(f"{until} 已日终,不会再算;如要核对请用“核对”")
    _note_broken_off_runs()
    if DayEndRun.objects.select_for_update().filter(status__in=WAITING).exists():
        raise RunAlreadyAsked
    run = DayEndRun.objects.create(
        origin=RunOrigin.BROWSER, started_by=by, until=until, status=RunStatus.QUEUED
    )
    try:
        run_business_days.defer(run_id=run.pk)
    except AlreadyEnqueued as problem:  # asked for at the same moment by somebody else
        raise RunAlreadyAsked from problem
    return run


def _note_broken_off_runs() -> None:
    """A run whose process was killed cannot say so: nobody holds the book, so it is over."""
    connection.ensure_connection()
    if not a_run_is_working(connection.connection):
        DayEndRun.objects.filter(status=RunStatus.RUNNING).update(
            status=RunStatus.FAILED, finished_at=Now(), message="运行的进程中断了,可再次运行"
        )


@app.task(queue="day_end", queueing_lock="day_end", name="run_business_days")
def run_business_days(run_id: int) -> None:
    """Run the days that were asked for; whatever happens is written into the run's row."""
    run = DayEndRun.objects.get(pk=run_id)
    recorder = RunRecorder(run_id)
    try:
        run_days(days_to_run(date=run.until, until=None), recorder)
    except Exception as problem:
        recorder.failed(str(problem) or type(problem).__name__)
        raise
    recorder.finished()
