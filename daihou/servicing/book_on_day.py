"""The whole book as it stands on one business day: what every daily step is given to judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.servicing.columnar import ColumnarBook
from daihou.storage.packed_columns import Columns
from loanmath.codes import Problem, Status
from loanmath.dates import day_number
from loanmath.positions import Positions, make_positions, positions

# Works out where every loan of a book stands on the evening of a day.
Engine = Callable[[ColumnarBook, dt.date], Positions]


def in_threads(
    columnar: ColumnarBook, day: dt.date, told: Callable[[int], None] | None = None
) -> Positions:
    """The usual engine: the kernel in this process, in several threads, volume by volume.

    `told` hears, before each volume, how many are done.
    """
    whole, today = make_positions(columnar.size), day_number(day)
    for done, (where, book) in enumerate(columnar.on(today)):
        if told is not None:
            told(done)
        part = {name: getattr(whole, name)[where] for name in Positions._fields}
        positions(book, today, Positions(**part))
    return whole


@dataclass(frozen=True)
class StepResult:
    """What one daily step did: how many rows it wrote, and the figures worth showing.

    `figures` maps a short Chinese name to a whole number or a text; it is kept as JSON beside the
    step and shown on the run's page. The same day run again gives the same figures.
    """

    rows: int
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BookOnDay:
    """Every loan's terms and standing on the evening of a day; one place per loan in all arrays.

    Loans are sorted by customer, then loan. `loans` are the columns of `ColumnarBook.loans`,
    `positions` the kernel's result. A loan that `is_set_aside` could not be computed: its positions
    are zeros and mean nothing.
    """

    day: dt.date
    columnar: ColumnarBook
    positions: Positions

    @classmethod
    def of(cls, columnar: ColumnarBook, day: dt.date, engine: Engine = in_threads) -> BookOnDay:
        """Work out where every loan stands; every engine gives the same positions."""
        return cls(day, columnar, engine(columnar, day))

    @property
    def loans(self) -> Columns:
        """The loans' own columns."""
        return self.columnar.loans

    @property
    def size(self) -> int:
        """How many loans the arrays hold, those not yet disbursed and those settled included."""
        return self.columnar.size

    @cached_property
    def is_set_aside(self) -> npt.NDArray[np.bool_]:
        """Loans whose data the kernel refused; no step may judge them."""
        return np.asarray(self.positions.problem != Problem.NONE)

    @cached_property
    def is_live(self) -> npt.NDArray[np.bool_]:
        """Loans disbursed, not settled, not written off, and not set aside: those to be judged."""
        return np.asarray((self.positions.status == Status.LIVE) & ~self.is_set_aside)

    @cached_property
    def customer_at(self) -> npt.NDArray[np.int64]:
        """Where each customer's loans begin: customer `c` has the places `[c]:[c+1]`."""
        customers = self.loans["customer_id"]
        begins = np.flatnonzero(np.r_[True, customers[1:] != customers[:-1]][: customers.size])
        return np.append(begins, customers.size).astype(np.int64)


def end_today(
    book: BookOnDay,
    connection: psycopg.Connection,
    table: str,
    places: npt.NDArray[np.integer],
    *,
    which: str = "valid_to IS NULL",
) -> None:
    """End the intervals of some loans on the book's day; `which` are the open rows.

    A row that began today, in an earlier try of this day, goes away.
    """
    if places.size == 0:
        return
    values = {"day": book.day, "loans": book.loans["loan_id"][places].tolist()}
    rows = f"loan_id = ANY(%(loans)s) AND {which}"
    connection.execute(f"DELETE FROM {table} WHERE {rows} AND valid_from = %(day)s", values)
    connection.execute(f"UPDATE {table} SET valid_to = %(day)s WHERE {rows}", values)
