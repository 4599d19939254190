"""Killed anywhere and run again, the business day leaves the same behind, to the bit."""

from __future__ import annotations

import datetime as dt
import os
import random
import select
import shutil
import signal
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from daihou.cli.bench_book import DAY, fill, pay_next_day
from daihou.daily_run.models import BusinessDay, SetAside
from daihou.daily_run.progress import Moment, Progress
from daihou.daily_run.runner import days_to_run, run_days
from daihou.daily_run.steps import STEPS
from loanmath.warm_up import warm_up
from tests.daily_run.canonical import left_behind, wipe

KILLS = 30
LOANS = 300
LAST = DAY + dt.timedelta(days=2)
PATIENCE = 60.0

pytestmark = pytest.mark.django_db(transaction=True)


class Child:
    """A process of its own that runs the days and says what it is doing through a pipe.

    It is forked, so that it need not load everything again; the test itself runs no day, for
    threads (DuckDB's) do not survive a fork.
    """

    def __init__(self) -> None:
        connections.close_all()  # a session may not be shared with a child
        self.pipe, says = os.pipe()
        self.heard = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.pipe)
            _run_and_exit(says)
        os.close(says)

    def kill_after(self, seconds: float) -> None:
        """Let it work for a while, then kill it without warning."""
        self._listen(time.monotonic() + seconds)
        os.kill(self.pid, signal.SIGKILL)
        self._listen(time.monotonic() + PATIENCE)

    def finish(self) -> None:
        """Let it work to its end; one that hangs is killed, and its exit status tells."""
        if not self._listen(time.monotonic() + PATIENCE):
            os.kill(self.pid, signal.SIGKILL)

    def _listen(self, until: float) -> bool:
        """Hear it out until it closes the pipe (true), or until the time is up."""
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self.pipe], [], [], left)
            if not ready:
                return False
            said = os.read(self.pipe, 65_536)
            if not said:
                return True
            self.heard += said
        return False

    def end(self) -> int:
        """The exit status, once it has ended."""
        os.close(self.pipe)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    @property
    def died_within(self) -> str | None:
        """The step it was in the middle of when it fell silent."""
        last = self.heard.decode().splitlines()[-1:] or [""]
        step, _, moment = last[0].partition(" ")
        return step if moment == Moment.STARTED.value else None


def _run_and_exit(says: int) -> None:
    """In the child: run what is left of the days; never return to the test."""

    def tell(told: Progress) -> None:
        os.write(says, f"{told.day}/{told.step} {told.moment.value}\n".encode())

    try:
        run_days(days_to_run(date=DAY, until=LAST), tell)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    connection.close()
    os._exit(0)


@pytest.fixture
def book(tmp_path: Path, settings: Any, transactional_db: None) -> Path:
    """A book with payments on both days and one loan whose plan does not add up."""
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    warm_up()
    connection.ensure_connection()
    pay_next_day(connection.connection, fill(connection.connection, LOANS))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loan_book_planversion SET principal[1] = principal[1] + 1 WHERE loan_id = 5"
        )
    return tmp_path


def run_undisturbed() -> float:
    """Run all days in a process that nobody kills; returns how long it took."""
    started = time.monotonic()
    child = Child()
    child.finish()
    assert child.end() == 0
    return time.monotonic() - started


def start_again(folder: Path) -> None:
    """Back to the evening before the first day."""
    wipe()
    for name in ("snapshots", "columnar_book"):
        shutil.rmtree(folder / name, ignore_errors=True)


def test_killed_at_random_moments_and_run_again_leaves_the_same(book: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    run_undisturbed()  # the machine's caches are warm from here on
    start_again(book)
    duration = run_undisturbed()
    expected = left_behind(book / "snapshots")
    assert SetAside.objects.count() == 1
    assert BusinessDay.objects.filter(status="closed").count() == 3

    kills = 0
    died_within: list[str] = []
    while kills < KILLS:
        start_again(book)
        finished = False
        while not finished:
            child = Child()
            if kills < KILLS:
                child.kill_after(rng.uniform(0, duration))
            else:
                child.finish()
            status = child.end()
            assert status in (0, -signal.SIGKILL)
            finished = status == 0
            if not finished:
                kills += 1
                died_within += [child.died_within] if child.died_within else []
        assert left_behind(book / "snapshots") == expected
    print(f"killed {kills} times, within a step: {sorted(set(died_within))}")
    assert len(died_within) >= KILLS // 3
    assert len({name.split("/")[1] for name in died_within}) > 1


def test_closed_day_run_again_changes_nothing(book: Path) -> None:
    run_undisturbed()
    before = left_behind(book / "snapshots")
    days = days_to_run(date=LAST, until=None)
    assert days == []
    run_days(days)
    assert left_behind(book / "snapshots") == before
    assert len(before["daily_run_steprecord"]) == 3 * len(STEPS)
