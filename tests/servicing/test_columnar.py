"""The columnar book is derived: grown day by day it equals the one built anew, to the bit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pgtrigger
import pytest
from django.db import connection, transaction

from daihou.cli.bench_book import DAY, fill, pay_next_day
from daihou.ledger.actions import record_repayment, reverse_entry
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.choices import PlanReason, TermChangeKind
from daihou.loan_book.models import Customer, Loan, PlanVersion
from daihou.servicing.actions import (
    add_plan_version,
    change_terms,
    reprice_loan,
    restructure_loan,
)
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_files import ColumnarBookFiles
from daihou.servicing.columnar_growth import grown
from daihou.servicing.marks import read_marks
from daihou.servicing.queries import read_loan
from daihou.storage.packed_columns import same_view
from loanmath.dates import day_number
from loanmath.loans import Instalment
from loanmath.money import Money
from loanmath.rates import percent

LOANS = 60
NEXT = DAY + dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def several_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few clients to a volume, so that the small books here have several."""
    monkeypatch.setattr("daihou.servicing.columnar.CLIENTS_PER_VOLUME", 17)


@pytest.fixture
def raw(db: None) -> Any:
    connection.ensure_connection()
    return connection.connection


@pytest.fixture
def synthetic(raw: Any) -> Any:
    return fill(raw, LOANS)


def same(left: ColumnarBook, right: ColumnarBook) -> bool:
    """Whether two books agree in what counts on every day of interest."""
    if left.loans.keys() != right.loans.keys():
        return False
    columns = all(np.array_equal(left.loans[n], right.loans[n]) for n in left.loans)
    days = [day_number(DAY) + shift for shift in (-200, -1, 0, 1, 5, 400)]
    return columns and all(
        where == where_too and np.array_equal(ours, theirs)
        for day in days
        for (where, here), (where_too, there) in zip(left.on(day), right.on(day), strict=True)
        for ours, theirs in zip(here, there, strict=True)
    )


def built(raw: Any) -> ColumnarBook:
    return grown(raw, ColumnarBook.empty(), read_marks(raw))


def test_holds_every_loan_plan_and_entry(raw: Any, synthetic: Any) -> None:
    book = built(raw)
    assert book.size == LOANS
    assert len(book.volumes) > 2
    totals = [rows.totals() for _, rows in book.opened()]
    assert sum(one["instalments"] for one in totals) == LOANS * 24
    assert sum(one["entries"] for one in totals) == LedgerEntry.objects.count() > LOANS
    customers = book.loans["customer_id"]
    assert (np.diff(customers) >= 0).all()


def correct_a_name() -> None:
    customer = Customer.objects.filter(loans__isnull=False).first()
    assert customer is not None
    customer.branch_id = customer.branch_id % 20 + 1
    customer.save()


def reverse_a_payment() -> None:
    entry = LedgerEntry.objects.filter(kind=1).order_by("-pk").first()
    assert entry is not None
    reverse_entry(entry=entry, business_date=NEXT, note="记错借据")


def pay_backdated() -> None:
    loan = Loan.objects.order_by("pk")[7]
    record_repayment(
        loan=loan,
        amount=Money(12_345),
        value_date=max(loan.disbursed_on, DAY - dt.timedelta(days=20)),
        business_date=NEXT,
    )


def extend_a_plan() -> None:
    loan = Loan.objects.order_by("pk")[3]
    plan = loan.plans.get()
    left = [
        Instalment(n, due + dt.timedelta(days=90), Money(p), Money(i))
        for n, (due, p, i) in enumerate(
            zip(plan.due_dates, plan.principal, plan.interest, strict=True), start=1
        )
        if due > NEXT
    ]
    add_plan_version(loan=loan, effective_from=NEXT, reason=PlanReason.EXTENSION, instalments=left)


def change_a_rate() -> None:
    for place, on in ((2, DAY - dt.timedelta(days=30)), (5, NEXT + dt.timedelta(days=300))):
        change_terms(
            loan=Loan.objects.order_by("pk")[place],
            kind=TermChangeKind.RATE,
            effective_from=on,
            business_date=NEXT,
            reason="LPR 调整",
            rate=percent("9"),
        )


def call_in_a_loan() -> None:
    change_terms(
        loan=Loan.objects.order_by("pk")[4],
        kind=TermChangeKind.CALLED_IN,
        effective_from=NEXT,
        business_date=NEXT,
        reason="挪用且拒不纠正",
    )


def pause_the_count() -> None:
    for kind, on in (
        (TermChangeKind.COUNT_PAUSED, NEXT),
        (TermChangeKind.COUNT_RESUMED, NEXT + dt.timedelta(days=90)),
    ):
        change_terms(
            loan=Loan.objects.order_by("pk")[6],
            kind=kind,
            effective_from=on,
            business_date=NEXT,
            reason="受灾纾困",
        )


def reprice_a_loan() -> None:
    loan = Loan.objects.order_by("pk")[8]
    reprice_loan(loan=loan, on=NEXT, rate=percent("3"), business_date=NEXT, reason="LPR 调整")


def restructure_a_loan() -> None:
    restructure_loan(
        loan=Loan.objects.order_by("pk")[9],
        on=NEXT,
        dues=[NEXT + dt.timedelta(days=30 * n) for n in range(1, 7)],
        business_date=NEXT,
        reason="经营困难",
        capitalise_interest=True,
    )


def add_loans_of_known_clients() -> None:
    for number, old in enumerate(Loan.objects.order_by("-pk")[:5]):
        plan = old.plans.get()
        old.pk, old.number = None, f"N{number}"
        old.save()
        plan.pk, plan.loan = None, old
        plan.save()


def take_out_a_loan() -> None:
    loan = Loan.objects.order_by("pk")[11]
    with pgtrigger.ignore("ledger.LedgerEntry:no_deletion"):
        LedgerEntry.objects.filter(loan=loan).delete()
    PlanVersion.objects.filter(loan=loan).delete()
    loan.delete()


CHANGES = [
    correct_a_name,
    reverse_a_payment,
    pay_backdated,
    extend_a_plan,
    change_a_rate,
    call_in_a_loan,
    pause_the_count,
    reprice_a_loan,
    restructure_a_loan,
    add_loans_of_known_clients,
    take_out_a_loan,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_grown_by_one_change_equals_built_anew(raw: Any, synthetic: Any, change: Any) -> None:
    before = built(raw)
    change()
    after = grown(raw, before, read_marks(raw))
    assert after.marks != before.marks
    assert same(after, built(raw))
    assert not same(after, before)


def test_grown_by_all_changes_in_turn_equals_built_anew(raw: Any, synthetic: Any) -> None:
    book = built(raw)
    for change in CHANGES:
        change()
        book = grown(raw, book, read_marks(raw))
    pay_next_day(raw, synthetic)
    book = grown(raw, book, read_marks(raw))
    assert same(book, built(raw))


def test_every_loan_stands_as_the_loan_page_says(raw: Any, synthetic: Any) -> None:
    """On the day, and on past and later days by what was known then: one arithmetic, one answer."""
    for change in CHANGES[1:8]:
        change()
    book = built(raw)
    compared = 0
    for day in (DAY - dt.timedelta(days=40), DAY, NEXT, NEXT + dt.timedelta(days=45)):
        on_day = BookOnDay.of(book, day)
        for place, loan in enumerate(on_day.loans["loan_id"].tolist()):
            page = read_loan(Loan.objects.get(pk=loan), known_on=day).position(day)
            whole = on_day.positions
            assert page.principal == whole.principal[place]
            assert page.penalty_due == whole.penalty_due[place]
            assert page.days_past_due == whole.days_past_due[place]
            assert page.next_due_amount == whole.next_due_amount[place]
            assert page.accrued_interest == whole.accrued_interest[place]
            assert page.problem == whole.problem[place] == 0
            compared += 1
    assert compared == 4 * LOANS


def saved(folder: Path, raw: Any) -> ColumnarBookFiles:
    """The book up to now, in its files."""
    files = ColumnarBookFiles(folder, raw)
    files.up_to(read_marks(raw))
    files.settle()
    return files


def test_files_are_used_again_and_never_another_databases(
    raw: Any, synthetic: Any, tmp_path: Path
) -> None:
    marks = read_marks(raw)
    first = saved(tmp_path, raw).up_to(marks)
    again = ColumnarBookFiles(tmp_path, raw)
    assert again._load().marks == marks
    assert same(first, again.up_to(marks))
    raw.execute("UPDATE loan_book_loan SET recorded_at = recorded_at - interval '1 day'")
    assert ColumnarBookFiles(tmp_path, raw)._load().size == 0


def test_damaged_files_are_built_anew(raw: Any, synthetic: Any, tmp_path: Path) -> None:
    marks = read_marks(raw)
    saved(tmp_path, raw)
    file, *_ = tmp_path.glob("*.volume-*/entries.entry_amount.npy")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    files = ColumnarBookFiles(tmp_path, raw)
    assert files._load().size == 0
    assert same(files.up_to(marks), built(raw))


def file_numbers(folder: Path, name: str) -> set[int]:
    """Which files of one name there are, by their numbers in the file system."""
    return {file.stat().st_ino for file in folder.glob(f"*/{name}.npy")}


def test_only_changed_files_are_written_again(raw: Any, synthetic: Any, tmp_path: Path) -> None:
    files = saved(tmp_path, raw)
    plans, entries = (file_numbers(tmp_path, name) for name in ("plan.due", "entries.entry_date"))
    loans = file_numbers(tmp_path, "loan_id")
    pay_next_day(raw, synthetic)
    book = files.up_to(read_marks(raw))
    files.settle()
    assert same(book, built(raw))
    assert file_numbers(tmp_path, "plan.due") == plans
    assert file_numbers(tmp_path, "loan_id") == loans
    assert not file_numbers(tmp_path, "entries.entry_date") & entries
    folders = [folder for folder in tmp_path.iterdir() if folder.is_dir()]
    assert len(folders) == 1 + len(book.volumes)


def test_a_volume_without_news_keeps_its_folder(raw: Any, synthetic: Any, tmp_path: Path) -> None:
    files = saved(tmp_path, raw)
    before = {folder.name for folder in tmp_path.glob("*.volume-*")}
    pay_backdated()
    files.up_to(read_marks(raw))
    files.settle()
    after = {folder.name for folder in tmp_path.glob("*.volume-*")}
    assert len(before & after) == len(before) - 1 == len(after) - 1


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_grown_in_files_it_is_the_same(
    raw: Any, synthetic: Any, tmp_path: Path, change: Any
) -> None:
    files = saved(tmp_path, raw)
    change()
    files.up_to(read_marks(raw))
    files.settle()
    again = ColumnarBookFiles(tmp_path, raw)._load()
    assert again.marks == read_marks(raw)
    assert same(again, built(raw))


def test_rows_that_wait_in_files_are_all_there(
    raw: Any, synthetic: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = built(raw)
    monkeypatch.setattr("daihou.servicing.columnar_reading.MOST_HELD", 1)
    assert same(grown(raw, ColumnarBook.empty(), read_marks(raw), spool_folder=tmp_path), alone)
    assert not list(tmp_path.iterdir())


def test_a_book_cannot_forget(raw: Any, synthetic: Any) -> None:
    book = built(raw)
    with pytest.raises(ValueError, match="ahead"):
        grown(raw, book, type(book.marks)())


@pytest.mark.django_db(transaction=True)
def test_read_over_two_connections_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.ensure_connection()
    raw = connection.connection
    fill(raw, LOANS)
    alone = built(raw)
    monkeypatch.setattr("daihou.servicing.columnar_reading.MANY_ROWS", 1)
    opened = []
    monkeypatch.setattr(
        "daihou.servicing.columnar_reading.same_view",
        lambda first: opened.append(first) or same_view(first),
    )
    with transaction.atomic():
        assert same(built(raw), alone)
    assert opened
