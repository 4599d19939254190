"""The figures of the small bank, worked out by hand; and the rows that add up to each."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from daihou.reports.book_reader import Book, NoSnapshot
from daihou.reports.cells import NEW_LOAN, BadCell, Cell, Counted, cell_from
from daihou.reports.choices import NO_OFFICER, ScopeKind
from daihou.reports.definitions import Definitions, definitions_on
from daihou.reports.flows import flows_between
from daihou.reports.queries import (
    book_visible_to,
    cohort_scope,
    currencies_on,
    disbursed_by_month,
    head_figures,
    largest_clients,
    late_by_cohort,
    paid_between,
    parts_by,
)
from daihou.reports.rows import rows_of, sum_of
from daihou.reports.scope import Scope
from daihou.servicing.snapshots import write_snapshot
from tests.reports.bank import (
    DAYS,
    FEBRUARY,
    JANUARY,
    TODAY,
    YESTERDAY,
    YUAN,
    Bank,
    snapshot_of,
    write_day,
)

WHOLE = Scope("CNY", seen_branches=None)
SHIPPED = Definitions()


def figures(bank: Bank, scope: Scope, day: dt.date = TODAY):  # type: ignore[no-untyped-def]
    return head_figures(bank.folder, [day], SHIPPED, scope)[day]


def test_head_figures_of_the_whole_bank(bank: Bank) -> None:
    """L1 1,000,000; L2 350,000; L3 110,000; L4 200,000; L7 50,000; L5 written off, L6 settled."""
    total = figures(bank, WHOLE)
    assert (total.loans, total.clients, total.unknown) == (5, 3, 0)
    assert total.principal == 1_710_000 * YUAN
    assert total.overdue == (1_000_000 + 30_000 + 200_000) * YUAN
    assert total.long_overdue == total.non_performing == 200_000 * YUAN
    assert total.by_grade == tuple(y * YUAN for y in (50_000, 350_000, 1_110_000, 200_000, 0, 0))
    assert total.by_bucket == tuple(y * YUAN for y in (0, 0, 1_000_000, 30_000, 200_000, 0, 0, 0))
    assert total.paid == 50_000 * YUAN


def test_an_instalment_consumption_loan_counts_whole_after_ninety_days(tmp_path: Path) -> None:
    """G1102: until 90 days the overdue principal; from 91 the balance; other loans at once."""
    loans = [
        {"loan_id": place, "customer_id": place, "days_past_due": days, "industry": industry,
         "method": method, "principal": 1_000, "principal_overdue": 100}
        for place, (days, industry, method) in enumerate(
            [(0, "Z", 1), (1, "Z", 1), (90, "Z", 2), (91, "Z", 1), (1, "C", 1), (1, "Z", 4),
             (1, None, 1)]
        )
    ]  # fmt: skip
    write_snapshot(tmp_path, TODAY, snapshot_of(loans))
    book = Book(tmp_path, [TODAY], SHIPPED, WHOLE)
    counted = book.ask("SELECT overdue FROM book ORDER BY loan_id")
    assert [row[0] for row in counted] == [0, 100, 100, 1_000, 1_000, 1_000, 1_000]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(None, None), (0, 0), (1, 1), (30, 1), (31, 2), (90, 3), (91, 4), (180, 4), (181, 5), (270, 5),
     (271, 6), (360, 6), (361, 7)],
)  # fmt: skip
def test_overdue_buckets_of_s71(tmp_path: Path, days: int | None, bucket: int | None) -> None:
    loan = {"loan_id": 1, "customer_id": 1, "days_past_due": days, "principal": 5}
    write_snapshot(tmp_path, TODAY, snapshot_of([loan]))
    assert Book(tmp_path, [TODAY], SHIPPED, WHOLE).ask("SELECT bucket FROM book") == [(bucket,)]


def test_what_is_unknown_is_counted_as_such_and_in_no_amount(tmp_path: Path) -> None:
    loans = [
        {"loan_id": 1, "customer_id": 1, "principal": None, "days_past_due": None},
        {"loan_id": 2, "customer_id": 2, "principal": 700, "days_past_due": None},
    ]
    write_snapshot(tmp_path, TODAY, snapshot_of(loans))
    book = Book(tmp_path, [TODAY], SHIPPED, WHOLE)
    ((unknown, overdue),) = book.ask(
        "SELECT count(*) FILTER (days_past_due IS NULL), sum(overdue) FROM book"
    )
    assert (unknown, overdue) == (2, 0)


def test_currencies_are_never_added_together(bank: Bank) -> None:
    assert currencies_on(bank.folder, TODAY) == ["CNY", "USD"]
    assert figures(bank, replace(WHOLE, currency="USD")).principal == 70_000 * YUAN


@pytest.mark.parametrize(
    ("name", "yuan"),
    [
        ("赵风险", 1_710_000),
        ("孙贷后", 1_710_000),
        ("张经理", 1_510_000),
        ("陈外支", 0),
        ("周管理", 0),
    ],
)
def test_people_see_their_own_part(bank: Bank, name: str, yuan: int) -> None:
    scope = book_visible_to(bank.officers[name], "CNY")
    assert figures_or_nothing(bank, scope) == yuan * YUAN


def figures_or_nothing(bank: Bank, scope: Scope) -> int:
    found = head_figures(bank.folder, [TODAY], SHIPPED, scope)
    return found[TODAY].principal if found else 0


def test_the_other_branch_sees_its_own_past(bank: Bank) -> None:
    scope = book_visible_to(bank.officers["陈外支"], "CNY")
    assert figures(bank, scope, JANUARY).principal == 1_100_000 * YUAN


def test_migration_follows_the_same_loans(bank: Bank) -> None:
    """February to today: 正常 L2 400,000 → 350,000 and L6 250,000 → collected; 关注 L4 → 次级."""
    book = Book(bank.folder, [FEBRUARY, TODAY], SHIPPED, WHOLE)
    flows = flows_between(book, FEBRUARY, TODAY)
    normal, special, poor = (flows.by_grade[g] for g in (1, 2, 3))
    assert normal.opening == 650_000 * YUAN and normal.decrease == 300_000 * YUAN
    assert dict(normal.closing) == {1: 350_000 * YUAN}
    assert dict(special.closing) == {2: 1_110_000 * YUAN, 3: 200_000 * YUAN}
    assert poor.decrease == 800_000 * YUAN, "written off is a decrease"
    assert flows.new == {0: 50_000 * YUAN}
    assert dict(flows.by_bucket[1].closing) == {2: 1_000_000 * YUAN}


CELLS = (
    Cell(), Cell(npl=True), Cell(grade=0), Cell(grade=2), Cell(counted=Counted.OVERDUE),
    Cell(counted=Counted.OVERDUE, bucket=3), Cell(over_days=90),
    Cell(at_branch=1), Cell(at_product=1, npl=True), Cell(at_industry="-"),
    Cell(counted=Counted.LATE, cohort="2025-12", late_over=90),
    Cell(counted=Counted.PAID, since=dt.date(2026, 3, 1)),
    Cell(counted=Counted.OPENING, base=FEBRUARY, from_grade=1),
    Cell(counted=Counted.CLOSING, base=FEBRUARY, from_grade=2, to_grade=3),
    Cell(counted=Counted.DECREASE, base=FEBRUARY, from_grade=3),
    Cell(counted=Counted.CLOSING, base=FEBRUARY, from_grade=NEW_LOAN),
    Cell(counted=Counted.CLOSING, base=FEBRUARY, from_bucket=1, worse_bucket=True),
    Cell(counted=Counted.OVERDUE_CHANGE, base=YESTERDAY),
    Cell(counted=Counted.NPL_CHANGE, base=YESTERDAY),
    Cell(counted=Counted.PRINCIPAL_CHANGE, base=YESTERDAY),
    Cell(counted=Counted.GRADE_CHANGE, base=FEBRUARY, moved_grade=3),
    Cell(counted=Counted.OVERDUE_CHANGE, base=YESTERDAY, at_industry="G"),
)  # fmt: skip


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "-".join(cell.query.values()) or "all")
def test_rows_add_up_and_addresses_read_back(bank: Bank, cell: Cell) -> None:
    assert cell_from(cell.query) == cell
    days = [cell.base, TODAY] if cell.base else [YESTERDAY, TODAY] if cell.since else [TODAY]
    book = Book(bank.folder, days, SHIPPED, WHOLE)
    rows = rows_of(book, cell, TODAY, start=0, count=100)
    total = sum_of(book, cell, TODAY)
    assert sum(row.counted for row in rows) == total.amount
    assert len(rows) == total.loans and len({row.customer_id for row in rows}) == total.clients
    first, rest = (rows_of(book, cell, TODAY, start=s, count=n) for s, n in ((0, 1), (1, 100)))
    assert first + rest == rows, "pages follow one another without gap"


def test_cells_of_the_day_by_hand(bank: Bank) -> None:
    book = Book(bank.folder, [YESTERDAY, TODAY], SHIPPED, WHOLE)
    change = sum_of(book, Cell(counted=Counted.OVERDUE_CHANGE, base=YESTERDAY), TODAY)
    assert change.amount == -600_000 * YUAN, "L5 was written off"
    moved = sum_of(book, Cell(counted=Counted.PRINCIPAL_CHANGE, base=YESTERDAY), TODAY)
    assert moved.amount == (-50_000 - 600_000 + 50_000) * YUAN
    paid = sum_of(book, Cell(counted=Counted.PAID, since=dt.date(2026, 3, 1)), TODAY).amount
    assert paid == paid_between(bank.folder, [YESTERDAY, TODAY], WHOLE) == 500_000 * YUAN


@pytest.mark.parametrize(
    "query",
    [{"counted": "everything"}, {"grade": "x"}, {"cohort": "2026"}, {"counted": "closing"},
     {"counted": "paid"}, {"counted": "grade_change", "base": "2026-01-31"}, {"base": "1.1."}],
)  # fmt: skip
def test_an_address_that_names_no_cell_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(BadCell):
        cell_from(query)


def test_concentration(bank: Bank) -> None:
    book = Book(bank.folder, [TODAY], SHIPPED, WHOLE)
    parts = parts_by(book, (ScopeKind.BRANCH, ScopeKind.OFFICER, ScopeKind.INDUSTRY), TODAY)
    by_branch = parts[ScopeKind.BRANCH]
    assert [(p.code, p.clients) for p in by_branch] == [(bank.branches["CD"].pk, 3)]
    by_industry = {p.code: p.principal // YUAN for p in parts[ScopeKind.INDUSTRY]}
    by_officer = {p.code: p.principal // YUAN for p in parts[ScopeKind.OFFICER]}
    assert by_officer == {bank.officers["张经理"].pk: 1_510_000, NO_OFFICER: 200_000}
    assert by_industry == {"C": 1_350_000, "A": 200_000, "Z": 160_000}
    (first, *_) = largest_clients(book, TODAY, 2)
    assert (first.loans, first.principal) == (2, 1_350_000 * YUAN)


def test_vintage_of_the_small_bank(bank: Bank) -> None:
    scope = cohort_scope(bank.officers["赵风险"], WHOLE)
    late = late_by_cohort(Book(bank.folder, [FEBRUARY, TODAY], SHIPPED, scope), 30)
    assert late == {
        ("2025-10", TODAY): 1_000_000 * YUAN,
        ("2025-11", FEBRUARY): 310_000 * YUAN,
        ("2025-11", TODAY): 310_000 * YUAN,
        ("2025-12", FEBRUARY): 800_000 * YUAN,
        ("2025-12", TODAY): 600_000 * YUAN,
    }, "a loan written off stays late"
    disbursed = disbursed_by_month(bank.officers["赵风险"], scope, TODAY)
    assert disbursed["2025-12"] == 1_300_000 * YUAN and disbursed["2026-01"] == 300_000 * YUAN


def test_a_manager_keeps_the_cohorts_of_a_client_taken_over(bank: Bank) -> None:
    manager = bank.officers["张经理"]
    customer = bank.loans["L5"].customer
    customer.officer = manager
    customer.save()
    scope = cohort_scope(manager, book_visible_to(manager, "CNY"))
    late = late_by_cohort(Book(bank.folder, [FEBRUARY], SHIPPED, scope), 90)
    assert late == {("2025-12", FEBRUARY): 800_000 * YUAN}
    assert disbursed_by_month(manager, scope, TODAY)["2025-12"] == 1_300_000 * YUAN


def test_a_day_that_was_not_run_has_no_book(bank: Bank) -> None:
    with pytest.raises(NoSnapshot, match="2026-03-29"):
        Book(bank.folder, [dt.date(2026, 3, 29)], SHIPPED, WHOLE)


def test_a_day_run_again_is_read_again(tmp_path: Path) -> None:
    loan = {"loan_id": 1, "customer_id": 1, "principal": 100}
    for principal in (100, 250):
        write_snapshot(tmp_path, TODAY, snapshot_of([loan | {"principal": principal}]))
        assert currencies_on(tmp_path, TODAY) == ["CNY"]
        book = Book(tmp_path, [TODAY], SHIPPED, WHOLE)
        assert sum_of(book, Cell(), TODAY).amount == principal


@pytest.mark.django_db
def test_definitions_come_from_the_parameters() -> None:
    assert definitions_on(TODAY) == Definitions()
    assert SHIPPED.bucket_names[:2] == ("未逾期", "1–30天") and len(SHIPPED.bucket_names) == 8
    assert SHIPPED.bucket_names[-1] == "361天以上"


def test_a_loan_that_changed_hands_is_followed_but_moves_between_the_parts(bank: Bank) -> None:
    """L4 goes from 城东 to 城西 overnight: no migration, but each branch's figures move."""
    loan = bank.loans["L4"]
    loan.customer.branch = loan.branch = bank.branches["CX"]
    write_day(bank, len(DAYS) - 1, TODAY)
    east, west = bank.branches["CD"].pk, bank.branches["CX"].pk
    book = Book(bank.folder, [YESTERDAY, TODAY], SHIPPED, WHOLE)
    for branch, moved in ((east, -200_000), (west, 200_000 - 600_000)):
        cell = Cell(counted=Counted.OVERDUE_CHANGE, base=YESTERDAY, at_branch=branch)
        assert sum_of(book, cell, TODAY).amount == moved * YUAN
    scope = replace(WHOLE, branch=west, branches=(west,))
    book = Book(bank.folder, [YESTERDAY, TODAY], SHIPPED, scope)
    flows = flows_between(book, YESTERDAY, TODAY)
    assert flows.new == {} and dict(flows.by_grade[3].closing) == {3: 200_000 * YUAN}


def test_a_forked_process_reads_with_an_engine_of_its_own(tmp_path: Path) -> None:
    """The parent's threads do not survive a fork; its engine would answer nothing for ever."""
    rows = [{"loan_id": n, "customer_id": n, "principal": n} for n in range(1, 300_000)]
    write_snapshot(tmp_path, TODAY, snapshot_of(rows))
    book = Book(tmp_path, [TODAY], SHIPPED, WHOLE)
    assert len(book.ask("SELECT customer_id, sum(principal) FROM book GROUP BY ALL")) == len(rows)
    child = multiprocessing.get_context("fork").Process(target=_ask_in_child, args=(book,))
    child.start()
    child.join(30)
    hangs = child.is_alive()
    child.kill()
    assert not hangs and child.exitcode == 0


def _ask_in_child(book: Book) -> None:
    assert len(book.ask("SELECT customer_id, max(principal) FROM book GROUP BY ALL")) > 0
