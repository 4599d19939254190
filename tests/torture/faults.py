"""The kinds of faults: how each strikes, and what must hold afterwards."""

from __future__ import annotations

import datetime as dt
import errno
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection

from daihou.cli.bench_book import DAY
from daihou.storage.local_postgres import join
from tests.daily_run.child import Killable
from tests.feeds.small_bank import DAY as IMPORT_DAY
from tests.torture import tasks
from tests.torture.bank import (
    LAST,
    Expected,
    bank_files,
    differences_found,
    first_difference,
    run_state,
    schema,
    truth,
)
from tests.torture.home import DISK_MIB, WORKING, Home, beside, start_from

_MOST_STRIKES = 4
_MOST_MEASURED = 10
_MIB = 1 << 20
DIED = -signal.SIGKILL


class Wrong(AssertionError):
    """The product did not hold after a fault; the message says what differs."""


@dataclass
class Scene:
    """What a fault works on: the home, what is expected, chance, and how often it struck."""

    home: Home
    expected: Expected
    chance: random.Random
    struck: dict[str, int] = field(default_factory=dict)
    interrupted: dict[str, int] = field(default_factory=dict)  # of these, the work was cut short
    left: dict[str, int] = field(default_factory=dict)

    def strike(self, kind: str, *, cut_short: bool) -> None:
        self.struck[kind] = self.struck.get(kind, 0) + 1
        self.interrupted[kind] = self.interrupted.get(kind, 0) + cut_short
        self.left[kind] -= 1

    def moment(self, of: str) -> float:
        """A random moment of a task, by how long it takes undisturbed."""
        return self.chance.uniform(0, self.expected.seconds[of])


def _days(scene: Scene, last: dt.date = LAST) -> Killable:
    return Killable(tasks.run, scene.home.folder, DAY, last)


def _hold(*, what: str, holds: object, detail: str = "") -> None:
    if not holds:
        raise Wrong(f"{what}: {detail}")


def run_must_be_as_undisturbed(scene: Scene) -> None:
    """`daihou verify` is clean, and all that was derived is the same to the bit."""
    connection.close()
    found = differences_found()
    _hold(what="verify", holds=not found, detail="; ".join(found[:3]))
    state = run_state(scene.home)
    detail = first_difference(scene.expected.run, state)
    _hold(what="the run's results", holds=state == scene.expected.run, detail=detail)


def _disturbed_run(scene: Scene, kind: str, strike: Callable[[Scene, Killable], None]) -> None:
    """Run the days, struck as often as the budget says, until they are done; then compare."""
    start_from(scene.home, "filled")
    for _ in range(min(_MOST_STRIKES, scene.left[kind])):
        child = _days(scene)
        strike(scene, child)
        status = child.end()
        connection.close()
        scene.strike(kind, cut_short=status != 0)
        if status == 0:
            break
    status = _days(scene).end()
    _hold(what="the run after the faults", holds=status == 0, detail=f"exit status {status}")
    run_must_be_as_undisturbed(scene)


def run_killed(scene: Scene, kind: str) -> None:
    """SIGKILL for the daily run."""
    _disturbed_run(scene, kind, lambda s, child: child.kill_after(s.moment("run")))


def backend_killed(scene: Scene, kind: str) -> None:
    """SIGKILL for the server process that serves the run; PostgreSQL restarts all of them."""

    def strike(scene: Scene, child: Killable) -> None:
        child.listen_for(scene.moment("run"))
        with beside(join(scene.home.folder)) as link:
            rows = link.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s", [WORKING]
            ).fetchall()
        for (pid,) in rows:
            _kill(pid)

    _disturbed_run(scene, kind, strike)


def postmaster_killed(scene: Scene, kind: str) -> None:
    """SIGKILL for PostgreSQL's first process; the next who needs it starts it again."""

    def strike(scene: Scene, child: Killable) -> None:
        child.listen_for(scene.moment("run"))
        join(scene.home.folder)  # the one killed before may not have been wanted yet
        pid = scene.home.postmaster()
        assert pid is not None
        _kill(pid)

    _disturbed_run(scene, kind, strike)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it had just finished


def disk_full(scene: Scene, kind: str) -> None:
    """The disk fills up: a random little is left when the run begins, then there is room again."""
    start_from(scene.home, "filled")
    filler = scene.home.folder / "filler"
    for _ in range(min(_MOST_STRIKES, scene.left[kind])):
        left = scene.chance.randrange(0, 3 * _MIB // 4)
        _fill_up(scene, left)
        try:
            status = _days(scene).end()
        finally:
            filler.unlink()
            connection.close()
        scene.strike(kind, cut_short=status != 0)
        if status == 0:
            break
    status = _days(scene).end()
    _hold(what="the run with room again", holds=status == 0, detail=f"exit status {status}")
    run_must_be_as_undisturbed(scene)


def _fill_up(scene: Scene, left: int) -> None:
    with (scene.home.folder / "filler").open("wb") as file:
        for _ in range(_MOST_MEASURED):
            usage = os.statvfs(scene.home.folder)
            free = usage.f_bavail * usage.f_frsize
            assert free < DISK_MIB * _MIB, "not the small disk"
            try:
                os.posix_fallocate(file.fileno(), 0, max(1, free - left))
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise
                continue  # PostgreSQL took some room since it was measured
            return
    raise AssertionError("the disk could not be filled")


def clock_moved(scene: Scene, kind: str) -> None:
    """The clock of the run's process jumps by up to ten years, either way, at every step."""
    start_from(scene.home, "filled")
    seed = scene.chance.randrange(10**6)
    child = Killable(tasks.run_by_a_jumping_clock, scene.home.folder, DAY, LAST, seed)
    status = child.end()
    scene.strike(kind, cut_short=False)
    _hold(what="the run by a wrong clock", holds=status == 0, detail=f"exit status {status}")
    run_must_be_as_undisturbed(scene)


def two_runs_at_once(scene: Scene, kind: str) -> None:
    """A second run begins while the first works; every other time the first is killed then."""
    start_from(scene.home, "filled")
    first = _days(scene)
    first.listen_for(scene.moment("run"))
    second = _days(scene)
    if scene.chance.random() < 0.5:
        first.kill_after(0)
    statuses = [first.end(), second.end()]
    scene.strike(kind, cut_short=statuses != [0, 0])
    _hold(
        what="two runs", holds=set(statuses) <= {0, 1, DIED} and 0 in statuses,
        detail=str(statuses),
    )  # fmt: skip
    status = _days(scene).end()
    _hold(what="the run after two", holds=status == 0, detail=f"exit status {status}")
    run_must_be_as_undisturbed(scene)


def officers_write(scene: Scene, kind: str) -> None:
    """Officers note things and put off work while days are run; only their own rows may differ."""
    start_from(scene.home, "one_day")
    officers = [
        Killable(tasks.write_all_the_time, scene.home.folder, DAY, 0.002, True) for _ in range(2)
    ]
    status = _days(scene).end()
    for officer in officers:
        officer.kill_after(0.05)
        officer.end()
    scene.strike(kind, cut_short=False)
    _hold(what="the run beside officers", holds=status == 0, detail=f"exit status {status}")
    found = differences_found()
    _hold(what="verify", holds=not found, detail="; ".join(found[:3]))
    told = [line.split() for officer in officers for line in officer.said if " note " in line]
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM loan_book_happening WHERE kind = 'note'"
                       " AND facts = '{}'")  # fmt: skip
        [noted] = cursor.fetchone()
    _hold(
        what="notes of officers", holds=len(told) <= noted <= len(told) + len(officers),
        detail=f"{len(told)} acknowledged, {noted} stored",
    )  # fmt: skip
    _compare_untouched(scene)


def _compare_untouched(scene: Scene) -> None:
    """Everything derived is as undisturbed, but for the work of clients whose officer acted.

    How many clients something is known about is not compared: each note of an officer's counts.
    """
    state = run_state(scene.home)
    expected = dict(scene.expected.run)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT customer_id FROM loan_book_happening WHERE facts ? 'deferred_until'"
        )
        touched = {str(customer) for (customer,) in cursor.fetchall()}
    work, records = "daily_run_workitem", "daily_run_steprecord"
    for each in (state, expected):
        del each["early_warning_signalcoverage"]
        each[work] = [line for line in each[work] if not touched & set(line.split(","))]
        each[records] = [line for line in each[records] if "worklist" not in line]
    detail = first_difference(expected, state)
    _hold(what="rows that no officer touched", holds=state == expected, detail=detail)


def web_write_killed(scene: Scene, kind: str) -> None:
    """SIGKILL for a web process that writes: each write is there whole, or not at all."""
    start_from(scene.home, "one_day")
    until = DAY + dt.timedelta(days=3)
    for _ in range(min(_MOST_STRIKES * 2, scene.left[kind])):
        child = Killable(tasks.defer_on_the_screen, scene.home.folder, until)
        child.kill_after(scene.chance.uniform(0.05, 0.6))
        status = child.end()
        scene.strike(kind, cut_short=status == DIED)
        time.sleep(0.05)  # the session of the dead ends
        _writes_must_be_whole({int(s.split()[1]) for s in child.said if s.startswith("done ")})
    found = differences_found()
    _hold(what="verify", holds=not found, detail="; ".join(found[:3]))


def _writes_must_be_whole(acknowledged: set[int]) -> None:
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.id, w.status = 'deferred', (SELECT count(*) FROM loan_book_happening h"
            " WHERE (h.facts->>'work')::bigint = w.id), (SELECT count(*) FROM"
            " daily_run_workitemevent e WHERE e.pgh_obj_id = w.id), (SELECT count(*) FROM"
            " loan_book_happeningevent e WHERE (e.facts->>'work')::bigint = w.id)"
            " FROM daily_run_workitem w"
        )
        rows = cursor.fetchall()
    torn = [row for row in rows if row[2:] != ((1, 1, 1) if row[1] else (0, 0, 0))]
    _hold(what="a write of an officer", holds=not torn, detail=str(torn[:3]))
    lost = acknowledged - {row[0] for row in rows if row[1]}
    _hold(what="acknowledged writes", holds=not lost, detail=str(sorted(lost)[:3]))


def import_killed(scene: Scene, kind: str) -> None:
    """SIGKILL for an import: it has happened once or not at all, and can be done again."""
    start_from(scene.home, "empty")
    for _ in range(min(_MOST_STRIKES, scene.left[kind])):
        child = _import(scene)
        child.kill_after(scene.moment("import"))
        status = child.end()
        scene.strike(kind, cut_short=status == DIED)
        time.sleep(0.05)
        connection.close()
        state = truth()
        is_empty = not state["loan_book_loan"] and not state["ledger_ledgerentry"]
        whole = state == scene.expected.imported
        detail = first_difference(scene.expected.imported, state)
        _hold(what="a killed import", holds=whole or is_empty, detail=detail)
    status = _import(scene).end()
    _hold(what="the import done again", holds=status == 0, detail=f"exit status {status}")
    state = truth()
    detail = first_difference(scene.expected.imported, state)
    _hold(what="the import", holds=state == scene.expected.imported, detail=detail)
    status = Killable(tasks.run, scene.home.folder, IMPORT_DAY, IMPORT_DAY).end()
    _hold(what="a day after the import", holds=status == 0, detail=f"exit status {status}")
    found = differences_found()
    _hold(what="verify", holds=not found, detail="; ".join(found[:3]))


def _import(scene: Scene) -> Killable:
    files = bank_files(scene.home)
    return Killable(tasks.take_in, scene.home.folder, files, IMPORT_DAY)


def upgrade_killed(scene: Scene, kind: str) -> None:
    """SIGKILL for an upgrade of the tables: done again, the structure is the same."""
    start_from(scene.home, None)
    for _ in range(min(_MOST_STRIKES, scene.left[kind])):
        child = Killable(tasks.upgrade, scene.home.folder)
        child.kill_after(scene.moment("upgrade"))
        status = child.end()
        scene.strike(kind, cut_short=status == DIED)
        if status == 0:
            break
    status = Killable(tasks.upgrade, scene.home.folder).end()
    _hold(what="the upgrade done again", holds=status == 0, detail=f"exit status {status}")
    connection.close()
    _hold(what="the structure", holds=schema() == scene.expected.schema)


def expect(scene: Scene) -> None:
    """Do everything once without any fault, and note what comes out and how long it takes."""
    for name, task, state in (
        ("upgrade", lambda: Killable(tasks.upgrade, scene.home.folder), None),
        ("import", lambda: _import(scene), "empty"),
        ("run", lambda: _days(scene), "filled"),
    ):
        start_from(scene.home, state)
        child = task()
        started = time.monotonic()
        status = child.end()
        scene.expected.seconds[name] = time.monotonic() - started
        connection.close()
        _hold(what=f"the undisturbed {name}", holds=status == 0, detail=f"exit status {status}")
        if name == "upgrade":
            scene.expected.schema = schema()
        elif name == "import":
            scene.expected.imported = truth()
    scene.expected.run = run_state(scene.home)
    found = differences_found()
    _hold(what="verify of the undisturbed run", holds=not found, detail="; ".join(found[:3]))


@dataclass(frozen=True)
class Kind:
    """One kind of fault: its words, its share of all faults, and what it does."""

    words: str
    share: int
    trial: Callable[[Scene, str], None]
    needs_own_disk: bool = False


KINDS: dict[str, Kind] = {
    "run-killed": Kind("日终进程被杀", 30, run_killed),
    "backend-killed": Kind("数据库会话进程被杀", 12, backend_killed),
    "postmaster-killed": Kind("数据库主进程被杀", 12, postmaster_killed),
    "disk-full": Kind("磁盘写满", 8, disk_full, needs_own_disk=True),
    "clock-moved": Kind("时钟跳变", 4, clock_moved),
    "two-runs": Kind("两个日终同时运行", 6, two_runs_at_once),
    "officers-write": Kind("日终期间人员写入", 4, officers_write),
    "web-write-killed": Kind("网页写入时进程被杀", 12, web_write_killed),
    "import-killed": Kind("导入进程被杀", 8, import_killed),
    "upgrade-killed": Kind("结构更新进程被杀", 4, upgrade_killed),
}
