"""`python -m tests.torture.waits`: how long officers wait for their writes while a day is run.

Two officers note something about a client and touch a row of the worklist every few milliseconds,
in sessions of their own, while two business days of a synthetic book are run: the first from
scratch, the second an ordinary one. The longest wait of each is printed with the step that was
running. Waits include the machine's own: without a run the same writes are timed for comparison.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.torture.home import Home, make_home

PAUSE = 0.003
_QUIET_SECONDS = 20.0


def main() -> int:
    """Fill, run, write, and print the waits."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.waits")
    parser.add_argument("--loans", type=int, default=200_000)
    given = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "daihou.settings"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the home is thrown away first
    home = make_home(small_disk=False)
    try:
        print(json.dumps(_measure(home, given.loans), ensure_ascii=False, indent=1))
    finally:
        home.throw_away()
    return 0


def _measure(home: Home, loans: int) -> dict[str, Any]:
    from django.db import connection

    import tests.daily_run.child  # noqa: F401 - only now is Django set up, on that home
    from daihou.cli.bench_book import DAY
    from daihou.cli.upgrading import bring_up_to_date
    from tests.torture.bank import fill_the_bank

    print(f"正在生成 {loans:,} 笔借据……", file=sys.stderr)
    bring_up_to_date()
    fill_the_bank(loans)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    connection.close()
    result: dict[str, Any] = {"loans": loans}
    for name, day in (("first_day", DAY), ("next_day", DAY + dt.timedelta(days=1))):
        print(f"正在运行 {day}……", file=sys.stderr)
        result[name] = _run_beside_officers(home.folder, day)
        print(json.dumps(result[name], ensure_ascii=False), file=sys.stderr)
    result["no_run"] = _write_without_a_run(home.folder, DAY)
    return result


def _officers(folder: Path, day: dt.date) -> list[Any]:
    from tests.daily_run.child import Killable

    return [Killable(write, folder, day, seed) for seed in (1, 2)]


def _run_beside_officers(folder: Path, day: dt.date) -> dict[str, Any]:
    from tests.daily_run.child import Killable

    officers = _officers(folder, day)
    run = Killable(timed_run, folder, day)
    try:
        while run.is_alive():
            run.listen_for(0.2)
            for officer in officers:
                officer.listen_for(0.0)
        assert run.end() == 0
    finally:
        for officer in officers:
            officer.kill_after(0)
            officer.end()
    steps = [(float(moment), step) for moment, step in (line.split(" ", 1) for line in run.said)]
    return {
        "run_seconds": round(steps[-1][0] - steps[0][0], 2),
        **_waits(officers, steps),
    }


def _write_without_a_run(folder: Path, day: dt.date) -> dict[str, Any]:
    officers = _officers(folder, day)
    for officer in officers:
        officer.listen_for(_QUIET_SECONDS / len(officers))
        officer.kill_after(0)
        officer.end()
    return _waits(officers, [(0.0, "-")])


def _waits(officers: list[Any], steps: list[tuple[float, str]]) -> dict[str, Any]:
    """Per kind of write: how many, and the milliseconds of the middle, the 99th, the worst."""
    writes = [line.split() for officer in officers for line in officer.said]
    found: dict[str, Any] = {}
    for what in ("note", "work"):
        of_kind = sorted(
            (float(taken), float(ended)) for ended, kind, taken in writes if kind == what
        )
        if not of_kind:
            continue
        longest, ended = of_kind[-1]
        began = ended - longest / 1000
        found[what] = {
            "writes": len(of_kind),
            "median_ms": of_kind[len(of_kind) // 2][0],
            "p99_ms": of_kind[len(of_kind) * 99 // 100][0],
            "longest_ms": longest,
            "began_in": [step for moment, step in steps if moment <= began][-1:],
            "ended_in": [step for moment, step in steps if moment <= ended][-1:],
            "over_1s": sum(taken > 1000 for taken, _ in of_kind),
        }
    return found


def timed_run(tell: Any, folder: Path, day: dt.date) -> None:
    """Run one day, telling when each step began and ended."""
    from tests.daily_run.child import run_the_days

    tell(f"{time.time():.3f} begin")
    run_the_days(lambda line: tell(f"{time.time():.3f} {line}"), folder, day, day)
    tell(f"{time.time():.3f} end")


def write(tell: Any, folder: Path, day: dt.date, seed: int) -> None:
    """As an officer, write without end, each time something short to a client drawn by chance."""
    from django.db.models import F

    from daihou.daily_run.models import WorkItem
    from daihou.loan_book.actions import record_happening
    from daihou.loan_book.choices import HappeningKind
    from daihou.loan_book.models import Customer
    from daihou.staff.models import Officer
    from tests.torture.tasks import OFFICER, quietly

    quietly(folder / "died.log")
    chance = random.Random(seed)
    officer = Officer.objects.get(username=OFFICER)
    customers = list(Customer.objects.order_by("pk")[: 2_000 * seed])
    work: list[int] = []
    for number in range(10**9):
        if number % 200 == 0:
            work = list(WorkItem.objects.filter(status="open").values_list("pk", flat=True))
        started = time.perf_counter()
        record_happening(
            customer=chance.choice(customers), kind=HappeningKind.NOTE, happened_on=day,
            text="回访", by=officer, business_date=day,
        )  # fmt: skip
        noted = time.perf_counter()
        tell(f"{time.time():.3f} note {(noted - started) * 1000:.1f}")
        if work:
            WorkItem.objects.filter(pk=chance.choice(work)).update(task=F("task"))
            taken = (time.perf_counter() - noted) * 1000
            tell(f"{time.time():.3f} work {taken:.1f}")
        time.sleep(PAUSE)


if __name__ == "__main__":
    sys.exit(main())
