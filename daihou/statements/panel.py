"""Many statements as one matrix: every formula is written once, for one client and for all.

A panel knows for each statement which of its own rows is the statement of the year's beginning, of
the same period last year, and of the quarter before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from daihou.statements.amounts import Amounts, Fen, Mask
from daihou.statements.items import ITEMS, PLACE_OF_CODE, PLACE_OF_KEY
from daihou.statements.models import Statement

Rows = npt.NDArray[np.int64]
_PLACES = np.full(max(PLACE_OF_CODE) + 1, -1, np.int64)
for _code, _place in PLACE_OF_CODE.items():
    _PLACES[_code] = _place
_MONTHS = 100_000  # more months than any calendar has; keeps clients apart in one number


@dataclass(frozen=True)
class Lists:
    """A list of codes and a list of amounts per statement, laid end to end."""

    offsets: Rows
    codes: Rows
    fen: Fen


class Panel:
    """Statements of many clients and periods; `fen[item, statement]` with a mask of what is known.

    `customers` are any whole numbers, `periods` count months (year * 12 + month - 1).
    """

    def __init__(
        self,
        *,
        ids: Rows,
        customers: Rows,
        scopes: Rows,
        periods: Rows,
        months: Rows,
        now: Lists,
        earlier: Lists,
    ) -> None:
        self.ids, self.customers, self.scopes = ids, customers, scopes
        self.periods, self.months = periods, months
        self._fen, self._known = _matrix(now, len(ids))
        self._earlier_fen, self._earlier_known = _matrix(earlier, len(ids))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, key: str) -> Amounts:
        """A line: the closing amount, or the amount from January on."""
        place = PLACE_OF_KEY[key]
        return Amounts(self._fen[place], self._known[place])

    def earlier(self, key: str) -> Amounts:
        """The sheet's second column: 年初数, or 上年同期."""
        place = PLACE_OF_KEY[key]
        return Amounts(self._earlier_fen[place], self._earlier_known[place])

    def opening(self, key: str) -> Amounts:
        """A balance at the beginning of the year: as printed, else last year's closing."""
        printed, closed = self.earlier(key), self[key].taken(self.year_before)
        return Amounts(
            np.where(printed.known, printed.fen, closed.fen), printed.known | closed.known
        )

    def last_year(self, key: str) -> Amounts:
        """The same line a year ago: from that statement, else the sheet's own comparison.

        A balance sheet compares with the year's beginning, which is a year ago only in December.
        """
        theirs = self[key].taken(self.same_last_year)
        is_flow = ITEMS[PLACE_OF_KEY[key]].code >= 200
        usable = is_flow | (self.periods % 12 == 11)
        printed = self.earlier(key)
        fen = np.where(theirs.known, theirs.fen, printed.fen)
        return Amounts(fen, theirs.known | (printed.known & usable))

    def quarter(self, key: str) -> Amounts:
        """A flow of the last three months: what the year has less what it had a quarter ago."""
        so_far, before = self[key], self[key].taken(self.quarter_before)
        first = self.months <= 3
        return Amounts(
            np.where(first, so_far.fen, so_far.fen - before.fen),
            so_far.known & (first | before.known),
        )

    def trailing_year(self, key: str) -> Amounts:
        """A flow of the last twelve months: this year so far, and the rest of the year before."""
        whole = self.months == 12
        so_far = self[key]
        rest = self[key].taken(self.year_before) - self.last_year(key)
        return Amounts(
            np.where(whole, so_far.fen, so_far.fen + rest.fen), so_far.known & (whole | rest.known)
        )

    @cached_property
    def year_before(self) -> Rows:
        """The statement of the last December before; -1 if there is none."""
        return self._find(self.periods - self.periods % 12 - 1)

    @cached_property
    def same_last_year(self) -> Rows:
        """The statement of the same month a year ago; -1 if there is none."""
        return self._find(self.periods - 12)

    @cached_property
    def quarter_before(self) -> Rows:
        """The statement of three months ago; -1 if there is none."""
        return self._find(self.periods - 3)

    @cached_property
    def latest(self) -> Rows:
        """Each client's newest statement: the company's own where there is one."""
        order = np.lexsort((self.periods, -self.scopes, self.customers))
        own = self.customers[order]
        last = np.ones(len(order), np.bool_)
        last[:-1] = own[1:] != own[:-1]
        return order[last]

    @cached_property
    def quarters(self) -> tuple[Rows, ...]:
        """Of each statement the last four quarters' statements, the newest first; -1 for gaps."""
        found = [np.arange(len(self), dtype=np.int64)]
        for _ in range(3):
            last = found[-1]
            found.append(np.where(last >= 0, self.quarter_before[last], -1))
        return tuple(found)

    @cached_property
    def _keys(self) -> tuple[Rows, Rows]:
        keys = (self.customers * 4 + self.scopes) * _MONTHS + self.periods
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def _find(self, periods: Rows) -> Rows:
        if not len(self):
            return np.zeros(0, np.int64)
        keys, order = self._keys
        wanted = (self.customers * 4 + self.scopes) * _MONTHS + periods
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[at] == wanted, order[at], -1)


def panel_of(statements: Iterable[Statement]) -> Panel:
    """A panel of a few statements, as a page needs it; their order is kept."""
    rows = list(statements)
    return Panel(
        ids=_longs([row.pk or 0 for row in rows]),
        customers=_longs([row.customer_id for row in rows]),
        scopes=_longs([row.scope for row in rows]),
        periods=_longs([month_number(row.period_end) for row in rows]),
        months=_longs([row.months for row in rows]),
        now=_lists([(row.items, row.amounts) for row in rows]),
        earlier=_lists([(row.earlier_items, row.earlier_amounts) for row in rows]),
    )


def panel_of_table(table: pa.Table) -> Panel:
    """A panel of all statements that were read by the million."""
    ends = np.asarray(table["period_end"].cast(pa.int32()).to_numpy(), np.int64)
    months = ends.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return Panel(
        ids=_column(table, "id"),
        customers=_column(table, "customer_id"),
        scopes=_column(table, "scope"),
        periods=months,
        months=_column(table, "months"),
        now=_arrow_lists(table, "items", "amounts"),
        earlier=_arrow_lists(table, "earlier_items", "earlier_amounts"),
    )


def month_number(day: Any) -> int:
    """Months counted from the year 0: the same month of the next year is 12 more."""
    return int(day.year * 12 + day.month - 1)


def _matrix(lists: Lists, count: int) -> tuple[Fen, Mask]:
    fen = np.zeros((len(ITEMS), count), np.int64)
    known = np.zeros((len(ITEMS), count), np.bool_)
    owner = np.repeat(np.arange(count), np.diff(lists.offsets))
    place = _PLACES[lists.codes] if len(lists.codes) else lists.codes
    fen[place, owner] = lists.fen
    known[place, owner] = True
    return fen, known


def _lists(pairs: list[tuple[list[int], list[int]]]) -> Lists:
    sizes = [len(codes) for codes, _ in pairs]
    return Lists(
        np.append(0, np.cumsum(_longs(sizes))).astype(np.int64),
        _longs([code for codes, _ in pairs for code in codes]),
        _longs([amount for _, amounts in pairs for amount in amounts]),
    )


def _arrow_lists(table: pa.Table, codes: str, amounts: str) -> Lists:
    of_codes, of_amounts = _one(table[codes]), _one(table[amounts])
    offsets = np.asarray(of_codes.offsets.to_numpy(), np.int64)
    return Lists(
        offsets - offsets[0] if len(offsets) else np.zeros(1, np.int64),
        np.asarray(of_codes.flatten().to_numpy(), np.int64),
        np.asarray(of_amounts.flatten().to_numpy(), np.int64),
    )


def _one(column: pa.ChunkedArray) -> pa.ListArray:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _column(table: pa.Table, name: str) -> Rows:
    return np.asarray(table[name].to_numpy(), np.int64)


def _longs(values: list[int]) -> Rows:
    return np.array(values, np.int64)
