"""A day may read what the table of positions says from a file, and never from a wrong one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.db import connection, transaction

from daihou.cli.bench_book import DAY, fill, pay_next_day
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan, PlanVersion
from daihou.servicing import daily
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_growth import grown
from daihou.servicing.daily import read_stored, renew_positions
from daihou.servicing.marks import read_marks
from daihou.servicing.models import LoanPosition

NEXT = DAY + dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


class Days:
    """A small book and its folder; each day is one transaction, as in the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        connection.ensure_connection()
        self.raw = connection.connection
        self.payments = fill(self.raw, 60)

    def book(self, day: dt.date) -> BookOnDay:
        return BookOnDay.of(grown(self.raw, ColumnarBook.empty(), read_marks(self.raw)), day)

    def renew(self, day: dt.date) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            return renew_positions(self.book(day), cursor.cursor).rows

    def is_true(self, day: dt.date) -> bool:
        book = self.book(day)
        return not daily.differences(book, read_stored(book, self.raw)).any()


@pytest.fixture
def days(tmp_path: Path, settings: Any) -> Days:
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    return Days(tmp_path / "columnar_book")


@pytest.fixture
def read_tables(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the table itself was read."""
    reads: list[int] = []
    monkeypatch.setattr(daily, "read_stored", lambda *given: reads.append(1) or read_stored(*given))
    return reads


def test_the_second_day_reads_the_file_and_leaves_the_table_true(
    days: Days, read_tables: list[int]
) -> None:
    assert days.renew(DAY) == 60
    pay_next_day(days.raw, days.payments)
    read_tables.clear()
    assert 0 < days.renew(NEXT) < 60
    assert not read_tables
    assert days.is_true(NEXT)
    assert days.renew(NEXT) == 0


def test_a_file_that_is_gone_or_broken_is_not_missed(days: Days, read_tables: list[int]) -> None:
    days.renew(DAY)
    for spoil in (Path.unlink, lambda file: file.write_bytes(b"PK\x03\x04 cut off")):
        [file] = days.folder.glob("standing-*.npz")
        spoil(file)
        read_tables.clear()
        LoanPosition.objects.filter(pk__lte=3).update(principal=1)
        assert days.renew(DAY) == 3
        assert read_tables
        assert days.is_true(DAY)
        for old in sorted(days.folder.glob("standing-*.npz"), key=lambda p: p.stat().st_mtime)[:-1]:
            old.unlink()


def test_a_step_that_failed_leaves_the_file_before_it_in_force(
    days: Days, read_tables: list[int]
) -> None:
    days.renew(DAY)
    pay_next_day(days.raw, days.payments)
    with pytest.raises(ZeroDivisionError), transaction.atomic(), connection.cursor() as cursor:
        renew_positions(days.book(NEXT), cursor.cursor)
        raise ZeroDivisionError
    read_tables.clear()
    assert days.renew(NEXT) > 0
    assert not read_tables
    assert days.is_true(NEXT)


def test_a_loan_taken_out_is_taken_out_of_the_table(days: Days) -> None:
    days.renew(DAY)
    loan = Loan.objects.get(pk=5)
    with pgtrigger.ignore("ledger.LedgerEntry:no_deletion"):
        LedgerEntry.objects.filter(loan=loan).delete()
    PlanVersion.objects.filter(loan=loan).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM loan_book_loan WHERE id = 5")
    assert days.renew(DAY) == 1
    assert not LoanPosition.objects.filter(pk=5).exists()
    assert days.is_true(DAY)
