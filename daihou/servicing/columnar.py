"""The columnar book: the live book as flat arrays sorted by client, rows of loans in volumes.

It is derived from the append-only tables of PostgreSQL and never the truth: it may be deleted at
any time and is then built anew (`columnar_growth`). A volume (分册) holds the plans, entries and
changes of terms of a range of clients, so that no more than a few ranges are in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from daihou.servicing.book_columns import CHANGE_DTYPES, ENTRY_DTYPES, LOAN_DTYPES, PLAN_DTYPES
from daihou.servicing.marks import BookMarks
from daihou.servicing.windowed_rows import Rows, WindowedRows
from daihou.storage.packed_columns import Columns, places_among
from loanmath.book import CHANGE_ROWS, ENTRY_ROWS, TERMS, Book, make_book

CLIENTS_PER_VOLUME = 250_000
ONE_VOLUME = 2**62  # for a few loans of clients from everywhere

_LARGEST_TABLE = 100_000_000  # above this identity number, loans are found by searching


class Volume(Protocol):
    """The rows of a range of clients, wherever they lie."""

    def open(self) -> VolumeRows:
        """The rows as arrays."""


@dataclass(frozen=True)
class VolumeRows:
    """The plans, entries and changes of terms of the loans of one range of clients."""

    plan: WindowedRows
    entries: WindowedRows
    changes: WindowedRows

    @classmethod
    def empty(cls) -> VolumeRows:
        """No loans and no rows."""
        return cls(
            WindowedRows.empty(("due", "due"), PLAN_DTYPES),
            WindowedRows.empty(("entry_date", "entry_id"), ENTRY_DTYPES),
            WindowedRows.empty(("change_date", "change_id"), CHANGE_DTYPES),
        )

    def open(self) -> VolumeRows:
        """These rows are in memory already."""
        return self

    def without_loans(self, gone: npt.NDArray[np.bool_]) -> VolumeRows:
        """The rows of the other loans."""
        if not gone.any():
            return self
        return VolumeRows(
            self.plan.without_loans(gone),
            self.entries.without_loans(gone),
            self.changes.without_loans(gone),
        )

    def renumbered(self, number: Rows, loans: int) -> VolumeRows:
        """The same rows when loans were put in between."""
        return VolumeRows(
            self.plan.renumbered(number, loans),
            self.entries.renumbered(number, loans),
            self.changes.renumbered(number, loans),
        )

    def totals(self) -> dict[str, int]:
        """How many rows, and how much money, there are: equal totals, equal rows."""
        return {
            "instalments": int(self.plan.at[-1]),
            "planned_principal": int(self.plan.columns["due_principal"].sum()),
            "entries": int(self.entries.at[-1]),
            "entered": int(self.entries.columns["entry_amount"].sum()),
            "changes": int(self.changes.at[-1]),
        }


@dataclass(frozen=True)
class ColumnarBook:
    """The book up to its marks: loans sorted by customer, then loan; `loans` holds their columns.

    `loans` has the kernel's terms (amounts in fen, days since 1970) and `loan_id`, `customer_id`,
    `branch_id` (where the client is managed), `officer_id` (0: nobody), `product_id`, `is_retail`,
    and codes: `customer_kind`, `security`, `industry` (places in the lists of `book_columns`, -1:
    none), `currency` (three letters in one number), `method`. A client's volume is the client's
    identity number divided by `clients_per_volume`.
    """

    marks: BookMarks
    loans: Columns
    volumes: Mapping[int, Volume]
    clients_per_volume: int

    @classmethod
    def empty(cls, clients_per_volume: int | None = None) -> ColumnarBook:
        """A book without loans."""
        loans: Columns = {name: np.empty(0, kind) for name, kind in LOAN_DTYPES.items()}
        return cls(BookMarks(), loans, {}, clients_per_volume or CLIENTS_PER_VOLUME)

    @property
    def size(self) -> int:
        """How many loans the book holds."""
        return int(self.loans["loan_id"].size)

    @cached_property
    def places(self) -> LoanPlaces:
        """Finds loans by their identity numbers."""
        return LoanPlaces(self.loans["loan_id"])

    def bounds_of(self, number: int) -> slice:
        """Which loans belong to a volume."""
        edges = number * self.clients_per_volume, (number + 1) * self.clients_per_volume
        first, last = np.searchsorted(self.loans["customer_id"], edges)
        return slice(int(first), int(last))

    def opened(self) -> Iterator[tuple[slice, VolumeRows]]:
        """One volume after the other, with the loans it is about; let go of it to close it."""
        for number in sorted(self.volumes):
            yield self.bounds_of(number), self.volumes[number].open()

    def on(self, day: int) -> Iterator[tuple[slice, Book]]:
        """The kernel's book with what was known on a day, one volume after the other.

        Plans, changes, and entries not reversed; with the places of the loans in the whole book.
        """
        for where, rows in self.opened():
            plan_at, plan = rows.plan.on(day)
            entry_at, entries = rows.entries.on(day)
            change_at, changes = rows.changes.on(day)
            yield (
                where,
                make_book(
                    **{name: self.loans[name][where] for name in TERMS},
                    plan_at=plan_at,
                    **plan,
                    entry_at=entry_at,
                    **{name: entries[name] for name in ENTRY_ROWS},
                    change_at=change_at,
                    **{name: changes[name] for name in CHANGE_ROWS},
                ),
            )


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
        found = places_among(ids, loan_ids)
        return np.where(found >= 0, order[found], -1)
