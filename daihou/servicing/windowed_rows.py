"""Rows of loans (instalments, entries) in flat arrays, each with the days on which it counts.

A row counts from the day it became known until the day it was replaced or reversed. Nearly all
rows count always, so only the others carry their days: rows that still count but were not known
before some day (`late`), and rows that count no more (`past`, kept aside). On an ordinary day the
main arrays are used as they are, without a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from daihou.storage.packed_columns import Columns
from loanmath.arrays import Days, Offsets
from loanmath.dates import NO_DATE

FOREVER = 2**31 - 1
ALWAYS = NO_DATE  # known from the beginning

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class NewRows:
    """Rows to be put into place: whose they are (number of the loan), and when they count."""

    loan: Rows
    columns: Columns
    known_from: Days
    until: Days

    def take(self, rows: npt.NDArray) -> NewRows:
        """Some of the rows, in the order given."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return NewRows(self.loan[rows], columns, self.known_from[rows], self.until[rows])

    def ordered(self, order: Rows) -> NewRows:
        """All rows in another order, by as many threads as there are processors; uses them up.

        Each column is let go as soon as its successor stands, so that never two books are held.
        """

        def put(name: str) -> npt.NDArray[Any]:
            return np.take(self.columns.pop(name), order, mode="clip")  # no check of each place

        names = list(self.columns)
        with ThreadPoolExecutor() as threads:
            columns = dict(zip(names, threads.map(put, names), strict=True))
        days = (
            column if (column == column[:1]).all() else column[order]
            for column in (self.known_from, self.until)
        )
        return NewRows(self.loan[order], columns, *days)


@dataclass(frozen=True)
class WindowedRows:
    """The rows of all loans: those of loan `n` are `at[n]:at[n+1]`, in order of date and id.

    `sort_by` names the two columns of the order. `late` and `late_from` are the places in the main
    arrays of rows known only from a day on; `past` are the rows that count no more at the end.
    """

    sort_by: tuple[str, str]
    at: Offsets
    columns: Columns
    late: Rows
    late_from: Days
    past: NewRows

    @classmethod
    def empty(cls, sort_by: tuple[str, str], dtypes: Mapping[str, npt.DTypeLike]) -> WindowedRows:
        """No loans and no rows."""
        columns: Columns = {name: np.empty(0, kind) for name, kind in dtypes.items()}
        days, rows = np.empty(0, np.int32), np.empty(0, np.int64)
        past = NewRows(rows, dict(columns), days, days)
        return cls(sort_by, np.zeros(1, np.int64), columns, rows, days, past)

    def on(self, day: int) -> tuple[Offsets, Columns]:
        """The rows that count on a day: offsets by loan, and the columns."""
        hidden = self.late[self.late_from > day]
        back = (self.past.known_from <= day) & (self.past.until > day)
        if not hidden.size and not back.any():
            return self.at, self.columns
        shown = self._without(hidden)._with(self.past.take(np.flatnonzero(back)))
        return shown.at, shown.columns

    def without_loans(self, gone: npt.NDArray[np.bool_]) -> WindowedRows:
        """The rows of the other loans; loans are numbered anew without gaps."""
        if not gone.any():
            return self
        counts = np.diff(self.at)
        rest = self._without(np.flatnonzero(np.repeat(gone, counts)))
        number = np.cumsum(~gone) - 1
        kept_past = self.past.take(np.flatnonzero(~gone[self.past.loan]))
        past = NewRows(
            number[kept_past.loan], kept_past.columns, kept_past.known_from, kept_past.until
        )
        at = np.concatenate([[0], np.cumsum(counts[~gone])]).astype(np.int64)
        return WindowedRows(self.sort_by, at, rest.columns, rest.late, rest.late_from, past)

    def renumbered(self, number: Rows, loans: int) -> WindowedRows:
        """The same rows when loans were put in between: loan `n` is now `number[n]` of `loans`."""
        if loans == number.size:
            return self
        counts = np.zeros(loans, np.int64)
        counts[number] = np.diff(self.at)
        at = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        past = NewRows(
            number[self.past.loan], self.past.columns, self.past.known_from, self.past.until
        )
        return WindowedRows(self.sort_by, at, self.columns, self.late, self.late_from, past)

    def with_rows(self, new: NewRows) -> WindowedRows:
        """Put new rows into place; rows whose time is over go to the past. Uses the rows up."""
        over = new.until != FOREVER
        grown = self._with(new.take(np.flatnonzero(~over)) if over.any() else new)
        if not over.any():
            return grown
        ended = new.take(np.flatnonzero(over))
        past = NewRows(
            np.concatenate([self.past.loan, ended.loan]),
            {n: np.concatenate([v, ended.columns[n]]) for n, v in self.past.columns.items()},
            np.concatenate([self.past.known_from, ended.known_from]),
            np.concatenate([self.past.until, ended.until]),
        )
        return WindowedRows(
            self.sort_by, grown.at, grown.columns, grown.late, grown.late_from, past
        )

    def _without(self, rows: Rows) -> WindowedRows:
        """Take rows out of the main arrays."""
        if not rows.size:
            return self
        keep = np.ones(int(self.at[-1]), bool)
        keep[rows] = False
        kept_before = np.concatenate([[0], np.cumsum(keep)])
        still = keep[self.late]
        return WindowedRows(
            self.sort_by,
            kept_before[self.at],
            {name: values[keep] for name, values in self.columns.items()},
            kept_before[self.late[still]],
            self.late_from[still],
            self.past,
        )

    def _with(self, new: NewRows) -> WindowedRows:
        """Put rows into the main arrays, each at its place within its loan."""
        if not new.loan.size:
            return self
        date, tie = (new.columns[name] for name in self.sort_by)
        counts = np.bincount(new.loan, minlength=self.at.size - 1)
        at = self.at + np.concatenate([[0], np.cumsum(counts)])
        if not _is_in_order(new.loan, date, tie):
            new = new.ordered(_order_by_loan(new.loan, date, tie, counts))
        late = np.flatnonzero(new.known_from != ALWAYS)
        late_from = new.known_from[late]
        if self.at[-1] == 0:
            return WindowedRows(self.sort_by, at, new.columns, late, late_from, self.past)
        before = self._place_before(new)
        kept_late = self.late + np.searchsorted(before, self.late, side="right")
        return WindowedRows(
            self.sort_by,
            at,
            {n: np.insert(v, before, new.columns[n]) for n, v in self.columns.items()},
            np.concatenate([kept_late, before[late] + late]),
            np.concatenate([self.late_from, late_from]),
            self.past,
        )

    def _place_before(self, new: NewRows) -> Rows:
        """Before which of today's rows each new one belongs; new rows are in order."""
        ends = self.at[new.loan + 1]
        date_name, tie_name = self.sort_by
        dates, ties = self.columns[date_name], self.columns[tie_name]
        new_dates, new_ties = new.columns[date_name], new.columns[tie_name]
        return np.asarray(_places(self.at[new.loan], ends, dates, ties, new_dates, new_ties))


@numba.njit(cache=True, nogil=True)
def _is_in_order(loan, date, tie):  # type: ignore[no-untyped-def]
    """Whether the rows stand by loan, date and tie already."""
    for row in range(1, loan.size):
        if loan[row] < loan[row - 1]:
            return False
        if loan[row] == loan[row - 1] and (
            date[row] < date[row - 1] or (date[row] == date[row - 1] and tie[row] < tie[row - 1])
        ):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _order_by_loan(loan, date, tie, counts):  # type: ignore[no-untyped-def]
    """The order of rows by loan, date and tie; `counts` says how many rows each loan has.

    Put to their loans, then sorted within each: rows come nearly sorted, so that is one pass.
    """
    ends = np.zeros(counts.size, np.int64)
    total = 0
    for n in range(counts.size):
        ends[n] = total
        total += counts[n]
    starts = ends.copy()
    order = np.empty(loan.size, np.int64)
    for row in range(loan.size):
        n = loan[row]
        place = ends[n]
        while place > starts[n]:
            other = order[place - 1]
            if date[other] < date[row] or (date[other] == date[row] and tie[other] <= tie[row]):
                break
            order[place] = other
            place -= 1
        order[place] = row
        ends[n] += 1
    return order


@numba.njit(cache=True, nogil=True)
def _places(starts, ends, dates, ties, new_dates, new_ties):  # type: ignore[no-untyped-def]
    """The end of the rows of the same loan that come before each new row."""
    places = np.empty(starts.size, np.int64)
    for i in range(starts.size):
        place = ends[i]
        while place > starts[i] and (
            dates[place - 1] > new_dates[i]
            or (dates[place - 1] == new_dates[i] and ties[place - 1] > new_ties[i])
        ):
            place -= 1
        places[i] = place
    return places
