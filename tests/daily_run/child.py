"""A process of its own that runs business days, made to be killed.

Children are forked from multiprocessing's fork server, which has everything loaded (by this module)
and never runs a day itself: threads that a day leaves behind, DuckDB's, do not survive a fork.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daihou.settings")
django.setup()

from django.db import connection  # noqa: E402 - after the set-up

from daihou.daily_run import runner  # noqa: E402
from daihou.daily_run.progress import Moment, Progress  # noqa: E402
from daihou.daily_run.runner import days_to_run, run_days  # noqa: E402
from daihou.storage.day_files import keep_day_files_in  # noqa: E402
from loanmath.warm_up import warm_up  # noqa: E402

PATIENCE = 300.0  # an upgrade says nothing for minutes on a busy machine

warm_up()
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([__name__])


class Killable:
    """A task in a process of its own, on the database that this process uses.

    `task(tell, *arguments)` is a function of a module; `tell` sends a line back.
    """

    def __init__(self, task: Callable[..., None], *arguments: object) -> None:
        self.said: list[str] = []
        self._hears, says = _server.Pipe(duplex=False)
        database = str(connection.settings_dict["NAME"])
        self._process = _server.Process(target=_work, args=(says, database, task, arguments))
        self._process.start()
        says.close()
        self._heard(time.monotonic() + PATIENCE)  # it is ready
        self.said.clear()

    @property
    def last_said(self) -> str:
        """Its last line."""
        return self.said[-1] if self.said else ""

    def listen_for(self, seconds: float) -> None:
        """Let it work for a while."""
        until = time.monotonic() + seconds
        while self._heard(until):
            pass

    def is_alive(self) -> bool:
        """Whether the process lives."""
        return self._process.is_alive()

    def kill_after(self, seconds: float) -> None:
        """Let it work for a while, then kill it without warning."""
        self.listen_for(seconds)
        self._process.kill()
        while self._heard(time.monotonic() + PATIENCE):
            pass

    def end(self) -> int | None:
        """Its exit status once it has ended; one that hangs is killed, which the status tells."""
        while self._heard(time.monotonic() + PATIENCE):
            pass
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        return self._process.exitcode

    def _heard(self, until: float) -> bool:
        """Whether it said something more in time."""
        try:
            if not self._hears.poll(max(0.0, until - time.monotonic())):
                return False
            self.said.append(self._hears.recv())
        except (EOFError, ConnectionResetError):
            return False
        return True


class Child(Killable):
    """Runs the days of a book up to one, and says what it is doing."""

    def __init__(self, folder: Path, first: dt.date, last: dt.date) -> None:
        super().__init__(run_the_days, folder, first, last)

    @property
    def died_within(self) -> str | None:
        """The step in the middle of which it fell silent."""
        step, _, moment = self.last_said.partition(" ")
        return step if moment == Moment.STARTED.value else None


def _work(
    says: Connection, database: str, task: Callable[..., None], arguments: tuple[object, ...]
) -> None:
    """In the child: say that it is ready, and do the task."""
    connection.settings_dict["NAME"] = database
    says.send("ready")
    task(says.send, *arguments)
    connection.close()


def run_the_days(tell: Callable[[str], None], folder: Path, first: dt.date, last: dt.date) -> None:
    """Run what is left of the days, with the steps of a stage side by side as in a large book."""
    runner.SIDE_BY_SIDE_FROM = 0
    keep_day_files_in(folder)

    def told(progress: Progress) -> None:
        tell(f"{progress.day}/{progress.step} {progress.moment.value}")

    run_days(days_to_run(date=first, until=last), told)
