"""Brings the columnar book up to date, or builds it: new rows behind the last ones seen.

Loans that were corrected since, and loans with a new plan or a reversed entry, are taken out and
read afresh. One volume after the other is put in order and kept, two at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.servicing.book_columns import (
    CHANGE_DTYPES,
    ENTRY_DTYPES,
    PLAN_DTYPES,
    REVERSAL,
    loan_terms,
    with_clients,
)
from daihou.servicing.columnar import (
    ONE_VOLUME,
    ColumnarBook,
    Volume,
    VolumeRows,
)
from daihou.servicing.columnar_reading import (
    LOANS,
    ROWS_OF_LOANS,
    SOURCES,
    Spool,
    Wanted,
    read_rows,
    take_runs,
)
from daihou.servicing.marks import BookMarks
from daihou.servicing.term_changes import expanded, known_from, new_plans
from daihou.servicing.windowed_rows import ALWAYS, FOREVER, NewRows, Rows
from daihou.storage.packed_columns import Columns, joined_columns

_MOST_TOUCHED_SHARE = 5  # with more than a fifth of the loans touched, building anew is cheaper
_AT_A_TIME = 2  # volumes that are put in order side by side

PlaceOf = Callable[[npt.NDArray[np.int64]], Rows]
# Keeps the rows of a volume, and says where; given the volume it was and that opened, if it was.
Keep = Callable[[int, VolumeRows, tuple[Volume, VolumeRows] | None], Volume]


def in_memory(_number: int, rows: VolumeRows, _was: tuple[Volume, VolumeRows] | None) -> Volume:
    """Keep a volume as it is: for books of a few loans, and for tests."""
    return rows


def grown(
    connection: psycopg.Connection,
    book: ColumnarBook,
    marks: BookMarks,
    *,
    keep: Keep = in_memory,
    spool_folder: Path | None = None,
) -> ColumnarBook:
    """Bring a book up to later marks; builds it anew where that is less work.

    `marks` must cover the book's own (ValueError), for a book cannot forget. Rows that do not fit
    into memory wait in files in `spool_folder`, the system's folder if none is named.
    """
    if not marks.covers(book.marks):
        raise ValueError("the columnar book is ahead of the marks asked for")
    if marks.product_change != book.marks.product_change:
        book = ColumnarBook.empty(book.clients_per_volume)
    touched = _touched_loans(connection, book.marks, marks) if book.size else set()
    if len(touched) * _MOST_TOUCHED_SHARE > book.size:
        book, touched = ColumnarBook.empty(book.clients_per_volume), set()
    wanted = Wanted(book.marks, marks, tuple(sorted(touched)))
    return _grown(connection, book, wanted, keep, spool_folder)


def book_of_loans(
    connection: psycopg.Connection, marks: BookMarks, loan_ids: Iterable[int]
) -> ColumnarBook:
    """Some loans alone, in one volume, read afresh from the tables up to the marks."""
    wanted = Wanted(marks, marks, tuple(sorted(set(loan_ids))))
    return _grown(connection, ColumnarBook.empty(ONE_VOLUME), wanted, in_memory, None)


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


@dataclass(frozen=True)
class _Moved:
    """A book's loans with the touched ones out and the new ones in, and where old ones went."""

    book: ColumnarBook  # as it was
    gone: npt.NDArray[np.bool_]  # by place in the old book
    number: Rows  # the new place of each loan that stayed, in their order
    after: ColumnarBook  # loans only

    def rows_that_stay(self, number: int, opened: VolumeRows | None) -> VolumeRows:
        """The rows of a volume that stay, at the places of the new book."""
        old, new = self.book.bounds_of(number), self.after.bounds_of(number)
        loans = new.stop - new.start
        if opened is None:
            return VolumeRows.empty().renumbered(np.empty(0, np.int64), loans)
        stayed_before = int(np.count_nonzero(~self.gone[: old.start]))
        gone = self.gone[old]
        stayed = slice(stayed_before, stayed_before + int(np.count_nonzero(~gone)))
        return opened.without_loans(gone).renumbered(self.number[stayed] - new.start, loans)

    def is_as_before(self, number: int) -> bool:
        """Whether no loan of a volume went or came."""
        old, new = self.book.bounds_of(number), self.after.bounds_of(number)
        same_size = old.stop - old.start == new.stop - new.start
        return number in self.book.volumes and same_size and not self.gone[old].any()


def _grown(
    connection: psycopg.Connection,
    book: ColumnarBook,
    wanted: Wanted,
    keep: Keep,
    spool_folder: Path | None,
) -> ColumnarBook:
    moved = _moved(connection, book, wanted)
    after = moved.after
    places, per_volume = after.places, after.clients_per_volume

    def volume_of(loan_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        place = places.of(loan_ids)
        if (place < 0).any():
            raise ValueError("a plan or an entry belongs to no loan of the book")
        return after.loans["customer_id"][place] // per_volume

    with Spool.beside(volume_of, spool_folder or Path(tempfile.gettempdir())) as spool:
        read_rows(connection, wanted, ROWS_OF_LOANS, spool.add)
        with_rows = spool.volumes

        def volume(number: int) -> Volume:
            if moved.is_as_before(number) and number not in with_rows:
                return book.volumes[number]
            held = book.volumes.get(number)
            was = None if held is None else (held, held.open())
            first = after.bounds_of(number).start
            read = {what: spool.take(what, number) for what in ROWS_OF_LOANS}
            stay = moved.rows_that_stay(number, was and was[1])
            return keep(number, _with_rows(stay, read, lambda ids: places.of(ids) - first), was)

        numbers = np.unique(after.loans["customer_id"] // per_volume).tolist()
        with ThreadPoolExecutor(_AT_A_TIME) as threads:
            volumes = dict(zip(numbers, threads.map(volume, numbers), strict=True))
    return ColumnarBook(wanted.up_to, after.loans, volumes, per_volume)


def _moved(connection: psycopg.Connection, book: ColumnarBook, wanted: Wanted) -> _Moved:
    """Take the touched loans out and put the new ones in; no rows are read yet."""
    places = book.places.of(np.array(wanted.loans, np.int64))
    gone = np.zeros(book.size, bool)
    gone[places[places >= 0]] = True
    batches: dict[str, list[Columns]] = {what: [] for what in LOANS}
    read_rows(connection, wanted, LOANS, lambda what, batch: batches[what].append(batch))
    loans, clients = (joined_columns(batches.pop(what), SOURCES[what].columns) for what in LOANS)
    order = np.lexsort((loans["loan_id"], loans["customer_id"]))
    loans = {name: values[order] for name, values in loans.items()}
    new = loan_terms(with_clients(loans, clients))
    columns = book.loans  # as they are where no loan is new, so that their files are used again
    if gone.any():
        columns = {name: values[~gone] for name, values in columns.items()}
    before = _places_among(columns, new)
    stayed = np.arange(columns["loan_id"].size)
    number = stayed + np.searchsorted(before, stayed, side="right")
    if not stayed.size:
        columns = new
    elif before.size:
        columns = {name: np.insert(values, before, new[name]) for name, values in columns.items()}
    after = ColumnarBook(wanted.up_to, columns, {}, book.clients_per_volume)
    return _Moved(book, gone, number, after)


def _with_rows(rows: VolumeRows, read: dict[str, Columns], place_of: PlaceOf) -> VolumeRows:
    """Put the rows that were read into their places."""
    new_plans_made = _new_plan_rows(read["plan"], place_of)
    return VolumeRows(
        rows.plan.with_rows(_plan_rows(read["plan"], place_of)),
        rows.entries.with_rows(_entry_rows(read["entry"], place_of)),
        rows.changes.with_rows(new_plans_made).with_rows(_change_rows(read["terms"], place_of)),
    )


def _places_among(old: Columns, new: Columns) -> Rows:
    """Before which loans of the book the new ones belong; both are in order."""
    low = np.searchsorted(old["customer_id"], new["customer_id"], side="left")
    high = np.searchsorted(old["customer_id"], new["customer_id"], side="right")
    for n in np.flatnonzero(high > low):  # further loans of clients the book has already
        low[n] += np.searchsorted(old["loan_id"][low[n] : high[n]], new["loan_id"][n])
    return low


def _plan_rows(plans: Columns, place_of: PlaceOf) -> NewRows:
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
    place = place_of(plans["loan_id"])
    order = np.lexsort((plans["version"], place))  # versions have few rows out of order, or none
    starts, lengths = (np.cumsum(lengths) - lengths)[order], lengths[order]
    columns = {name: take_runs(plans.pop(name), starts, lengths) for name in PLAN_DTYPES}
    loan, row_known, row_replaced = (
        np.repeat(values[order], lengths) for values in (place, known_read, replaced_read)
    )
    due = columns["due"]
    counts = (due > row_known) & (row_known < row_replaced)
    until = np.where(due > row_replaced, row_replaced, np.int32(FOREVER))
    rows = NewRows(loan, columns, row_known, until)
    return rows if counts.all() else rows.take(np.flatnonzero(counts))


def _entry_rows(entries: Columns, place_of: PlaceOf) -> NewRows:
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
        place_of(entries["loan_id"]),
        {name: entries.pop(name).astype(kind, copy=False) for name, kind in ENTRY_DTYPES.items()},
        known_from,
        until,
    )
    return rows.take(np.flatnonzero(~is_reversal)) if reversals.size else rows


def _change_rows(terms: Columns, place_of: PlaceOf) -> NewRows:
    """Changes of terms, each with the day from which it is known."""
    source, made = expanded(terms)
    made["change_id"] = terms["change_id"][source]
    made["change_date"] = terms["effective_from"][source]
    return NewRows(
        place_of(terms["loan_id"])[source],
        {name: made[name].astype(kind, copy=False) for name, kind in CHANGE_DTYPES.items()},
        known_from(terms)[source],
        np.full(source.size, FOREVER, np.int32),
    )


def _new_plan_rows(plans: Columns, place_of: PlaceOf) -> NewRows:
    """That a plan was made anew, known from the day on which the version took effect."""
    source, made = new_plans(plans)
    effective = plans["effective_from"][source].astype(np.int32)
    made |= {"change_id": np.zeros(source.size, np.int64), "change_date": effective}
    return NewRows(
        place_of(plans["loan_id"][source]),
        {name: made[name].astype(kind, copy=False) for name, kind in CHANGE_DTYPES.items()},
        effective,
        np.full(source.size, FOREVER, np.int32),
    )
