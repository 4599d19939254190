"""The columnar book: the live book as flat arrays sorted by client, in memory-mapped files.

It is derived from the append-only tables of PostgreSQL and never the truth: it may be deleted at
any time and is then built anew. It is brought up to date by the rows behind the last ones seen;
loans that were corrected since, and loans with a new plan or a reversed entry, are taken out and
read afresh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
import numpy.typing as npt
import psycopg

from daihou.servicing.book_columns import (
    CHANGE_DTYPES,
    ENTRY_COLUMNS,
    ENTRY_DTYPES,
    LOAN_COLUMNS,
    LOAN_DTYPES,
    LOAN_SOURCE,
    PLAN_COLUMNS,
    PLAN_DTYPES,
    REVERSAL,
    TERMS_COLUMNS,
    TERMS_SOURCE,
    loan_terms,
)
from daihou.servicing.marks import BookMarks
from daihou.servicing.term_changes import expanded, known_from, new_plans
from daihou.servicing.windowed_rows import ALWAYS, FOREVER, NewRows, Rows, WindowedRows
from daihou.storage.packed_columns import (
    Column,
    Columns,
    ListColumn,
    read_columns,
    same_view,
)
from loanmath.book import CHANGE_ROWS, ENTRY_ROWS, TERMS, Book, make_book

_MOST_TOUCHED_SHARE = 5  # with more than a fifth of the loans touched, building anew is cheaper
_LARGEST_TABLE = 100_000_000  # above this identity number, loans are found by searching
MANY_PLANS = 100_000  # from here on a second connection is worth opening


@dataclass(frozen=True)
class ColumnarBook:
    """The book up to its marks: loans sorted by customer, then loan; `loans` holds their columns.

    `loans` has the kernel's terms (amounts in fen, days since 1970) and `loan_id`, `customer_id`,
    `branch_id` (where the client is managed), `officer_id` (0: nobody), `product_id`, `is_retail`,
    and codes: `customer_kind`, `security`, `industry` (places in the lists of `book_columns`, -1:
    none), `currency` (three letters in one number), `method`.
    """

    marks: BookMarks
    loans: Columns
    plan: WindowedRows
    entries: WindowedRows
    changes: WindowedRows

    @classmethod
    def empty(cls) -> ColumnarBook:
        """A book without loans."""
        return cls(
            BookMarks(),
            {name: np.empty(0, kind) for name, kind in LOAN_DTYPES.items()},
            WindowedRows.empty(("due", "due"), PLAN_DTYPES),
            WindowedRows.empty(("entry_date", "entry_id"), ENTRY_DTYPES),
            WindowedRows.empty(("change_date", "change_id"), CHANGE_DTYPES),
        )

    @property
    def size(self) -> int:
        """How many loans the book holds."""
        return int(self.loans["loan_id"].size)

    @cached_property
    def places(self) -> LoanPlaces:
        """Finds loans by their identity numbers."""
        return LoanPlaces(self.loans["loan_id"])

    def on(self, day: int) -> Book:
        """The kernel's book with what was known on a day: plans, changes, entries not reversed."""
        plan_at, plan = self.plan.on(day)
        entry_at, entries = self.entries.on(day)
        change_at, changes = self.changes.on(day)
        return make_book(
            **{name: self.loans[name] for name in TERMS},
            plan_at=plan_at,
            **plan,
            entry_at=entry_at,
            **{name: entries[name] for name in ENTRY_ROWS},
            change_at=change_at,
            **{name: changes[name] for name in CHANGE_ROWS},
        )

    def control_totals(self) -> dict[str, int]:
        """How many rows, and how much money, the book holds: equal totals, equal books."""
        return {
            "loans": self.size,
            "amount": int(self.loans["principal"].sum()),
            "instalments": int(self.plan.at[-1]),
            "planned_principal": int(self.plan.columns["due_principal"].sum()),
            "entries": int(self.entries.at[-1]),
            "entered": int(self.entries.columns["entry_amount"].sum()),
            "changes": int(self.changes.at[-1]),
        }


class LoanPlaces:
    """Where loans stand in the columnar book, by identity number; -1: nowhere."""

    def __init__(self, loan_ids: npt.NDArray[np.int64]) -> None:
        self._ids = loan_ids
        self._largest = int(loan_ids.max(initial=0))

    @cached_property
    def _table(self) -> npt.NDArray[np.int32]:
        table = np.full(self._largest + 2, -1, np.int32)
        table[self._ids] = np.arange(self._ids.size, dtype=np.int32)
        return table

    @cached_property
    def _sorted(self) -> tuple[Rows, Rows]:
        order = np.argsort(self._ids)
        return order, self._ids[order]

    def of(self, loan_ids: npt.NDArray[np.int64]) -> Rows:
        """The number of each loan in the book; -1 where the book does not have it."""
        if not self._ids.size:
            return np.full(loan_ids.size, -1, np.int64)
        if self._largest <= _LARGEST_TABLE:
            return self._table[np.minimum(loan_ids, self._largest + 1)].astype(np.int64)
        order, ids = self._sorted
        found = np.minimum(np.searchsorted(ids, loan_ids), ids.size - 1)
        return np.where(ids[found] == loan_ids, order[found], -1)


def grown(connection: psycopg.Connection, book: ColumnarBook, marks: BookMarks) -> ColumnarBook:
    """Bring a book up to later marks; builds it anew where that is less work.

    `marks` must cover the book's own (ValueError), for a book cannot forget.
    """
    if not marks.covers(book.marks):
        raise ValueError("the columnar book is ahead of the marks asked for")
    if marks.product_change != book.marks.product_change:
        book = ColumnarBook.empty()
    touched = _touched_loans(connection, book.marks, marks) if book.size else set()
    if len(touched) * _MOST_TOUCHED_SHARE > book.size:
        book, touched = ColumnarBook.empty(), set()
    places = book.places.of(np.array(sorted(touched), np.int64))
    gone = np.zeros(book.size, bool)
    gone[places[places >= 0]] = True
    rest = _without_loans(book, gone)
    read = _read_all(connection, rest.marks, marks, touched)
    return _put_together(rest, marks, read)


def book_of_loans(
    connection: psycopg.Connection, marks: BookMarks, loan_ids: Iterable[int]
) -> ColumnarBook:
    """Some loans alone, read afresh from the tables up to the marks."""
    wanted = set(loan_ids)
    read = {what: _read(connection, what, marks, marks, wanted) for what in _SOURCES}
    return _put_together(ColumnarBook.empty(), marks, read)


def _touched_loans(connection: psycopg.Connection, seen: BookMarks, marks: BookMarks) -> set[int]:
    """Loans of which something already read may have changed since."""
    rows = connection.execute(
        "SELECT pgh_obj_id FROM loan_book_loanevent WHERE pgh_id > %s AND pgh_id <= %s"
        " UNION SELECT loan_id FROM loan_book_planversionevent WHERE pgh_id > %s AND pgh_id <= %s"
        " UNION SELECT loan_id FROM ledger_ledgerentryevent WHERE pgh_id > %s AND pgh_id <= %s"
        " UNION SELECT loan_id FROM loan_book_termchangeevent WHERE pgh_id > %s AND pgh_id <= %s"
        " UNION SELECT loan.id FROM loan_book_customerevent AS event"
        " JOIN loan_book_loan AS loan ON loan.customer_id = event.pgh_obj_id"
        " WHERE pgh_id > %s AND pgh_id <= %s"
        " UNION SELECT loan_id FROM loan_book_planversion WHERE id > %s AND id <= %s"
        " AND loan_id <= %s"
        " UNION SELECT reversed.loan_id FROM ledger_ledgerentry AS entry"
        " JOIN ledger_ledgerentry AS reversed ON reversed.id = entry.reverses_id"
        " WHERE entry.id > %s AND entry.id <= %s",
        (
            *(seen.loan_change, marks.loan_change, seen.plan_change, marks.plan_change),
            *(seen.entry_change, marks.entry_change, seen.terms_change, marks.terms_change),
            *(seen.customer_change, marks.customer_change),
            *(seen.plan, marks.plan, seen.loan, seen.entry, marks.entry),
        ),
    ).fetchall()
    return {row[0] for row in rows}


_SOURCES: dict[str, tuple[str, Mapping[str, Column | ListColumn], str, str]] = {
    "loan": (LOAN_SOURCE, LOAN_COLUMNS, "loan.id", "loan.id"),
    "plan": ("loan_book_planversion AS plan", PLAN_COLUMNS, "plan.id", "plan.loan_id"),
    "entry": ("ledger_ledgerentry AS entry", ENTRY_COLUMNS, "entry.id", "entry.loan_id"),
    "terms": (TERMS_SOURCE, TERMS_COLUMNS, "change.id", "change.loan_id"),
}


def _read_all(
    connection: psycopg.Connection, seen: BookMarks, marks: BookMarks, touched: Iterable[int]
) -> dict[str, Columns]:
    """The new rows of every source; many of them are read over two connections at once."""

    def read(here: psycopg.Connection, *sources: str) -> dict[str, Columns]:
        return {what: _read(here, what, seen, marks, touched) for what in sources}

    if marks.plan - seen.plan < MANY_PLANS:
        return read(connection, *_SOURCES)
    with same_view(connection) as second, ThreadPoolExecutor(1) as thread:
        aside = thread.submit(read, second, "loan", "plan", "terms")
        return {**read(connection, "entry"), **aside.result()}


def _read(
    connection: psycopg.Connection,
    what: str,
    seen: BookMarks,
    marks: BookMarks,
    touched: Iterable[int],
) -> Columns:
    """The rows behind the last ones seen, and all rows of the touched loans, in no order."""
    source, columns, key, loan = _SOURCES[what]
    last_seen, last = getattr(seen, what), getattr(marks, what)
    read = read_columns(
        connection, source, columns, key=key, above=last_seen, up_to=last, in_order=False
    )
    touched = sorted(touched)
    if not touched:
        return read
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched (n bigint PRIMARY KEY, id bigint)")
    connection.execute("TRUNCATE touched")
    connection.execute(
        "INSERT INTO touched SELECT n, id FROM unnest(%s::bigint[]) WITH ORDINALITY AS t(id, n)",
        (touched,),
    )
    again = read_columns(
        connection,
        f"touched JOIN {source} ON {loan} = touched.id AND {key} <= {last_seen}",
        columns,
        key="touched.n",
        up_to=len(touched),
    )
    return {name: np.concatenate([values, again[name]]) for name, values in read.items()}


def _without_loans(book: ColumnarBook, gone: npt.NDArray[np.bool_]) -> ColumnarBook:
    if not gone.any():
        return book
    return ColumnarBook(
        book.marks,
        {name: values[~gone] for name, values in book.loans.items()},
        book.plan.without_loans(gone),
        book.entries.without_loans(gone),
        book.changes.without_loans(gone),
    )


def _put_together(
    rest: ColumnarBook, marks: BookMarks, read: Mapping[str, Columns]
) -> ColumnarBook:
    """Put the rows that were read into their places."""
    loans = read["loan"]
    order = np.lexsort((loans["loan_id"], loans["customer_id"]))
    new = {name: values[order] for name, values in loan_terms(loans).items()}
    before = _places_among(rest.loans, new)
    columns = {name: np.insert(values, before, new[name]) for name, values in rest.loans.items()}
    total = columns["loan_id"].size
    number = np.arange(rest.size) + np.searchsorted(before, np.arange(rest.size), side="right")
    places = LoanPlaces(columns["loan_id"])
    return ColumnarBook(
        marks,
        columns,
        rest.plan.renumbered(number, total).with_rows(_plan_rows(read["plan"], places)),
        rest.entries.renumbered(number, total).with_rows(_entry_rows(read["entry"], places)),
        rest.changes.renumbered(number, total)
        .with_rows(_new_plan_rows(read["plan"], places))
        .with_rows(_change_rows(read["terms"], places)),
    )


def _places_among(old: Columns, new: Columns) -> Rows:
    """Before which loans of the book the new ones belong; both are in order."""
    low = np.searchsorted(old["customer_id"], new["customer_id"], side="left")
    high = np.searchsorted(old["customer_id"], new["customer_id"], side="right")
    for n in np.flatnonzero(high > low):  # further loans of clients the book has already
        low[n] += np.searchsorted(old["loan_id"][low[n] : high[n]], new["loan_id"][n])
    return low


def _plan_rows(plans: Columns, places: LoanPlaces) -> NewRows:
    """The instalments of plan versions, each with the days on which it counts; takes them out.

    A version's instalments count for due dates after its `effective_from`; the next version takes
    the place of those that fall due after its own.
    """
    versions = np.lexsort((plans["version"], plans["loan_id"]))
    loan_ids, effective = plans["loan_id"][versions], plans["effective_from"][versions]
    is_first = np.r_[True, loan_ids[1:] != loan_ids[:-1]][: loan_ids.size]
    is_last = np.r_[is_first[1:], True][: loan_ids.size]
    known = np.where(is_first, np.int32(ALWAYS), effective)
    replaced = np.where(
        is_last, np.int32(FOREVER), np.r_[effective[1:], np.int32(0)][: loan_ids.size]
    )
    # back to the order in which the instalments were read
    known_read, replaced_read = np.empty_like(known), np.empty_like(replaced)
    known_read[versions], replaced_read[versions] = known, replaced
    lengths = plans["due_length"]
    for name in ("due_principal_length", "due_interest_length"):
        if not np.array_equal(lengths, plans[name]):
            raise ValueError("还款计划的日期、本金、利息期数不一致")
    place = places.of(plans["loan_id"])
    order = np.lexsort((plans["version"], place))  # versions have few rows out of order, or none
    rows_in_order = _runs((np.cumsum(lengths) - lengths)[order], lengths[order])
    columns = {name: np.take(plans.pop(name), rows_in_order) for name in PLAN_DTYPES}
    del rows_in_order
    loan, row_known, row_replaced = (
        np.repeat(values[order], lengths[order]) for values in (place, known_read, replaced_read)
    )
    due = columns["due"]
    counts = (due > row_known) & (row_known < row_replaced)
    until = np.where(due > row_replaced, row_replaced, np.int32(FOREVER))
    rows = NewRows(loan, columns, row_known, until)
    return rows if counts.all() else rows.take(np.flatnonzero(counts))


@numba.njit(cache=True, nogil=True)
def _runs(starts, lengths):  # type: ignore[no-untyped-def]
    """The places of the rows of many stretches, one stretch after the other."""
    places = np.empty(lengths.sum(), np.int64)
    n = 0
    for i in range(starts.size):
        for place in range(starts[i], starts[i] + lengths[i]):
            places[n] = place
            n += 1
    return places


def _entry_rows(entries: Columns, places: LoanPlaces) -> NewRows:
    """Ledger entries, each with the days on which it counts: from booking until reversed.

    Takes the columns out of what was read.
    """
    is_reversal = entries["entry_kind"] == REVERSAL
    reversals = np.flatnonzero(is_reversal)
    until = np.full(is_reversal.size, FOREVER, np.int32)
    if reversals.size:
        ordered = np.argsort(entries["entry_id"])
        targets = np.searchsorted(entries["entry_id"][ordered], entries["reverses"][reversals])
        until[ordered[targets]] = entries["booked_on"][reversals]
    known_from = np.where(
        entries["booked_on"] > entries["entry_date"], entries["booked_on"], np.int32(ALWAYS)
    )
    rows = NewRows(
        places.of(entries["loan_id"]),
        {name: entries.pop(name).astype(kind, copy=False) for name, kind in ENTRY_DTYPES.items()},
        known_from,
        until,
    )
    return rows.take(np.flatnonzero(~is_reversal)) if reversals.size else rows


def _change_rows(terms: Columns, places: LoanPlaces) -> NewRows:
    """Changes of terms, each with the day from which it is known."""
    source, made = expanded(terms)
    made["change_id"] = terms["change_id"][source]
    made["change_date"] = terms["effective_from"][source]
    return NewRows(
        places.of(terms["loan_id"])[source],
        {name: made[name].astype(kind, copy=False) for name, kind in CHANGE_DTYPES.items()},
        known_from(terms)[source],
        np.full(source.size, FOREVER, np.int32),
    )


def _new_plan_rows(plans: Columns, places: LoanPlaces) -> NewRows:
    """That a plan was made anew, known from the day on which the version took effect."""
    source, made = new_plans(plans)
    effective = plans["effective_from"][source].astype(np.int32)
    made |= {"change_id": np.zeros(source.size, np.int64), "change_date": effective}
    return NewRows(
        places.of(plans["loan_id"][source]),
        {name: made[name].astype(kind, copy=False) for name, kind in CHANGE_DTYPES.items()},
        effective,
        np.full(source.size, FOREVER, np.int32),
    )
