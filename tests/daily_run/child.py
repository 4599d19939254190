"""A process of its own that runs business days, made to be killed.

Children are forked from multiprocessing's fork server, which has everything loaded (by this module)
and never runs a day itself: threads that a day leaves behind, DuckDB's, do not survive a fork.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daihou.settings")
django.setup()

from django.conf import settings  # noqa: E402 - after the set-up
from django.db import connection  # noqa: E402

from daihou.daily_run.progress import Moment, Progress  # noqa: E402
from daihou.daily_run.runner import days_to_run, run_days  # noqa: E402
from loanmath.warm_up import warm_up  # noqa: E402

PATIENCE = 60.0

warm_up()
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([__name__])


class Child:
    """Runs the days of a book up to one, and says what it is doing."""

    def __init__(self, folder: Path, first: dt.date, last: dt.date) -> None:
        self.last_said = ""
        self._hears, says = _server.Pipe(duplex=False)
        database = str(connection.settings_dict["NAME"])
        self._process = _server.Process(target=_run, args=(says, database, folder, first, last))
        self._process.start()
        says.close()
        self._heard(time.monotonic() + PATIENCE)  # it is ready

    def kill_after(self, seconds: float) -> None:
        """Let it work for a while, then kill it without warning."""
        until = time.monotonic() + seconds
        while self._heard(until):
            pass
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
            self.last_said = self._hears.recv()
        except (EOFError, ConnectionResetError):
            return False
        return True

    @property
    def died_within(self) -> str | None:
        """The step in the middle of which it fell silent."""
        step, _, moment = self.last_said.partition(" ")
        return step if moment == Moment.STARTED.value else None


def _run(says: Connection, database: str, folder: Path, first: dt.date, last: dt.date) -> None:
    """In the child: run what is left of the days."""
    connection.settings_dict["NAME"] = database
    settings.SNAPSHOT_FOLDER = folder / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = folder / "columnar_book"

    def tell(told: Progress) -> None:
        says.send(f"{told.day}/{told.step} {told.moment.value}")

    says.send("ready")
    run_days(days_to_run(date=first, until=last), tell)
    connection.close()
