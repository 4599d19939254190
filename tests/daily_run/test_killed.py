"""Killed anywhere and run again, the business day leaves the same behind, to the bit."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from daihou.cli.bench_book import DAY, fill, pay_next_day
from daihou.daily_run.models import BusinessDay, Correction, SetAside
from daihou.daily_run.runner import days_to_run, run_days
from daihou.daily_run.steps import STEPS
from daihou.fund_supervision.choices import TransactionKind
from daihou.fund_supervision.partitions import make_months
from daihou.ledger.choices import EntryKind
from daihou.storage.day_files import day_folders
from tests.daily_run.canonical import left_behind, wipe
from tests.daily_run.child import Child

KILLS = 30
LOANS = 300
ONE = dt.timedelta(days=1)
LAST = DAY + 2 * ONE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def book(tmp_path: Path, settings: Any, transactional_db: None) -> Path:
    """A book with payments on both days, one loan whose plan does not add up, and corrections."""
    for name, folder in day_folders(tmp_path).items():
        setattr(settings, name, folder)
    connection.ensure_connection()
    pay_next_day(connection.connection, fill(connection.connection, LOANS))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loan_book_planversion SET principal[1] = principal[1] + 1 WHERE loan_id = 5"
        )
        _become_known_late(cursor)
        _move_drawn_money(cursor)
    return tmp_path


def _move_drawn_money(cursor: Any) -> None:
    """The money of the forty youngest loans goes to one place that sells securities."""
    cursor.execute(
        "CREATE TEMPORARY TABLE young AS SELECT id, customer_id, amount, disbursed_on"
        " FROM loan_book_loan ORDER BY disbursed_on DESC, id LIMIT 40"
    )
    cursor.execute(
        "INSERT INTO fund_supervision_account (number, customer_id, bank, is_ours, kind, currency)"
        " SELECT DISTINCT 'A' || customer_id, customer_id, '', true, 'basic', 'CNY' FROM young"
    )
    cursor.execute("SELECT DISTINCT disbursed_on FROM young")
    make_months(cursor, [DAY, LAST, *(day for (day,) in cursor.fetchall())])
    for day, is_inflow, kind, other in (
        (None, True, TransactionKind.LOAN_DRAW, ""),
        (DAY, False, TransactionKind.TRANSFER, "某某证券有限责任公司"),
        (LAST, False, TransactionKind.CASH, ""),
    ):
        cursor.execute(
            "INSERT INTO fund_supervision_accounttransaction (account_id, customer_id, booked_on,"
            " is_inflow, amount, counterparty_name, counterparty_account, counterparty_bank,"
            " channel, is_cash, kind, purpose, reference)"
            " SELECT a.id, a.customer_id, coalesce(%s, l.disbursed_on), %s, l.amount / %s, %s, '',"
            " '', 1, %s, %s, '', l.id::text FROM young l JOIN fund_supervision_account a"
            " USING (customer_id)",
            [day, is_inflow, 1 if is_inflow else 2, other, kind is TransactionKind.CASH, int(kind)],
        )
    cursor.execute("DROP TABLE young")


def _become_known_late(cursor: Any) -> None:
    """Some payments turn out not to have been made, and others to have been made days before."""
    cursor.execute(
        "SELECT setval(pg_get_serial_sequence('ledger_ledgerentry', 'id'), max(id))"
        " FROM ledger_ledgerentry"
    )
    cursor.execute(
        "INSERT INTO ledger_ledgerentry (loan_id, kind, amount, value_date, booked_on, reverses_id,"
        " reference, note, repeat) SELECT loan_id, %s, amount, value_date, %s::date + 1, id, '',"
        " '退票', 0 FROM ledger_ledgerentry WHERE kind = %s AND value_date <= %s"
        " AND loan_id BETWEEN 10 AND 30",
        [int(EntryKind.REVERSAL), DAY, int(EntryKind.REPAYMENT), DAY],
    )
    cursor.execute(
        "INSERT INTO ledger_ledgerentry (loan_id, kind, amount, value_date, booked_on, reference,"
        " note, repeat) SELECT id, %s, 100000, %s::date, %s::date + 2, '', '', 0"
        " FROM loan_book_loan WHERE id BETWEEN 25 AND 60",
        [int(EntryKind.REPAYMENT), DAY, DAY],
    )


def run_undisturbed(folder: Path) -> float:
    """Run all days in a process that nobody kills; returns how long it took."""
    child = Child(folder, DAY, LAST)
    started = time.monotonic()
    assert child.end() == 0
    return time.monotonic() - started


def start_again(folder: Path) -> None:
    """Back to the evening before the first day."""
    wipe()
    for kept in day_folders(folder).values():
        shutil.rmtree(kept, ignore_errors=True)


def test_killed_at_random_moments_and_run_again_leaves_the_same(book: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    run_undisturbed(book)  # the machine's caches are warm from here on
    start_again(book)
    duration = run_undisturbed(book)
    expected = left_behind(book / "snapshots")
    assert SetAside.objects.count() == 1
    assert expected["fund_supervision_finding"] and expected["fund_supervision_tracedpayment"]
    assert set(Correction.objects.values_list("found_on", flat=True)) == {DAY + ONE, LAST}
    assert BusinessDay.objects.filter(status="closed").count() == 3

    kills = 0
    died_within: list[str] = []
    while kills < KILLS:
        start_again(book)
        finished = False
        while not finished:
            child = Child(book, DAY, LAST)
            if kills < KILLS:
                child.kill_after(rng.uniform(0, duration))
            status = child.end()
            assert status in (0, -signal.SIGKILL)
            finished = status == 0
            if not finished:
                kills += 1
                died_within += [child.died_within] if child.died_within else []
        assert left_behind(book / "snapshots") == expected
    print(f"killed {kills} times, within a step: {sorted(died_within)}")
    assert len(died_within) >= KILLS // 3
    assert len({name.split("/")[1] for name in died_within}) > 1


def test_steps_side_by_side_leave_what_steps_one_by_one_leave(book: Path) -> None:
    run_undisturbed(book)  # side by side
    side_by_side = left_behind(book / "snapshots")
    start_again(book)
    run_days(days_to_run(date=DAY, until=LAST))
    assert left_behind(book / "snapshots") == side_by_side


def test_closed_day_run_again_changes_nothing(book: Path) -> None:
    run_undisturbed(book)
    before = left_behind(book / "snapshots")
    days = days_to_run(date=LAST, until=None)
    assert days == []
    run_days(days)
    assert left_behind(book / "snapshots") == before
    assert len(before["daily_run_steprecord"]) == 3 * len(STEPS)
