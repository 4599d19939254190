"""Keeps a record of a running daily run that others can poll: which day, which step, how far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from django.db.models.functions import Now

from daihou.daily_run.choices import RunOrigin, RunStatus
from daihou.daily_run.models import DayEndRun
from daihou.daily_run.progress import Moment, Progress

_MESSAGE_LENGTH = 500


class RunRecorder:
    """A watcher that writes each step's beginning into the run's row, outside the transactions."""

    def __init__(self, run_id: int) -> None:
        self._row = DayEndRun.objects.filter(pk=run_id)

    def __call__(self, told: Progress) -> None:
        """Write down how far the run has come."""
        self._row.update(
            status=RunStatus.RUNNING,
            current_day=told.day,
            current_step=told.label,
            steps_done=told.number - (told.moment is Moment.STARTED),
            steps_total=told.total,
        )

    def finished(self) -> None:
        """The run has done all its days."""
        self._row.update(status=RunStatus.DONE, finished_at=Now(), message="")

    def failed(self, reason: str) -> None:
        """The run has stopped; what it had finished stays, and the next run goes on from there."""
        self._row.update(
            status=RunStatus.FAILED, finished_at=Now(), message=reason[:_MESSAGE_LENGTH]
        )


class CommandRun:
    """Records a run that was started from the command line; use it as a context."""

    def __init__(self, days: Sequence[dt.date]) -> None:
        self._days = days
        self._recorder: RunRecorder | None = None

    def __enter__(self) -> Self:
        if self._days:
            run = DayEndRun.objects.create(
                origin=RunOrigin.COMMAND, until=self._days[-1], status=RunStatus.RUNNING
            )
            self._recorder = RunRecorder(run.pk)
        return self

    def __call__(self, told: Progress) -> None:
        """Write down how far the run has come."""
        if self._recorder is not None:
            self._recorder(told)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._recorder is None:
            return
        if error is None:
            self._recorder.finished()
        else:
            self._recorder.failed(str(error) or type(error).__name__)
