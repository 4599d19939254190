"""Lists of loans and clients as they stood on a past day, page by page from the snapshot.

A list is a sequence of which only the part that is asked for is read. Narrowing and sorting give a
new list. Like every figure of a past day it shows what was managed that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

from daihou.early_warning.choices import Colour
from daihou.reports.book_reader import Book
from loanmath.codes import Status
from loanmath.money import Money

Shown = TypeVar("Shown")

_COLOURS = " ".join(
    f"WHEN max(signals_{name}) > 0 THEN {int(colour)}"
    for name, colour in (
        ("red", Colour.RED), ("orange", Colour.ORANGE), ("yellow", Colour.YELLOW),
        ("blue", Colour.BLUE),
    )
)  # fmt: skip
_LIVE = f"status = {int(Status.LIVE)}"
_LOANS = (
    "SELECT loan_id, customer_id, product_id, branch_id, officer_id, status, principal,"
    " principal_overdue + interest_overdue AS overdue_amount, days_past_due, grade,"
    " amount, disbursed_on, matures_on FROM book WHERE {condition}"
)
# A client whose loans could all not be computed has unknown sums; settled loans have none left.
_CLIENTS = (
    f"SELECT customer_id, count(*) FILTER ({_LIVE}) AS live_loans, sum(principal) AS principal,"
    " sum(principal_overdue + interest_overdue) AS overdue_amount,"
    f" max(days_past_due) AS days_past_due, max(grade) FILTER ({_LIVE}) AS grade,"
    f" CASE {_COLOURS} END AS colour FROM book WHERE {{condition}} GROUP BY customer_id"
)


@dataclass(frozen=True)
class LoanThen:
    """A loan as it stood on a past day; amounts in fen, None where unknown that day."""

    loan_id: int
    customer_id: int
    product_id: int
    branch_id: int
    officer_id: int | None
    status: int
    principal: Money | None
    overdue_amount: Money | None
    days_past_due: int | None
    grade: int | None
    amount: Money
    disbursed_on: dt.date
    matures_on: dt.date


@dataclass(frozen=True)
class ClientThen:
    """A client's loans together as they stood on a past day."""

    customer_id: int
    live_loans: int
    principal: int | None
    overdue_amount: int | None
    days_past_due: int | None
    grade: int | None
    colour: int | None


@dataclass(frozen=True)
class PastList(Sequence[Shown], Generic[Shown]):
    """Rows of a book of one day; `where` narrows the loans, `sorted_by` puts them in order."""

    book: Book
    rows: str
    make: Callable[..., Shown]
    key: str
    sorts: frozenset[str]
    order: str
    conditions: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    def where(self, condition: str, **values: Any) -> PastList[Shown]:
        """Fewer rows: those whose loans meet a condition over the columns of the snapshot."""
        return replace(
            self, conditions=(*self.conditions, condition), values={**self.values, **values}
        )

    def sorted_by(self, order: str) -> PastList[Shown]:
        """The rows in another order, in Django's spelling; unknown comes last."""
        name = order.removeprefix("-")
        if name not in self.sorts:
            return self
        direction = "DESC" if order.startswith("-") else "ASC"
        return replace(self, order=f"{name} {direction} NULLS LAST, {self.key}")

    @property
    def _sql(self) -> str:
        condition = " AND ".join(f"({one})" for one in self.conditions) or "true"
        return self.rows.format(condition=condition)

    @cached_property
    def _length(self) -> int:
        return int(self.book.ask(f"SELECT count(*) FROM ({self._sql})", **self.values)[0][0])

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> Shown: ...

    @overload
    def __getitem__(self, place: slice) -> list[Shown]: ...

    def __getitem__(self, place: int | slice) -> Shown | list[Shown]:
        if isinstance(place, int):
            return self._read(place, 1)[0]
        start, stop, _ = place.indices(len(self))
        return self._read(start, max(stop - start, 0))

    def _read(self, start: int, count: int) -> list[Shown]:
        question = (
            f"SELECT * FROM ({self._sql}) ORDER BY {self.order}"
            f" LIMIT {int(count)} OFFSET {int(start)}"
        )
        return [self.make(*row) for row in self.book.ask(question, **self.values)]


def loans_then(book: Book) -> PastList[LoanThen]:
    """The loans on the book of a day: live, written off, set aside, or settled in its month."""
    sorts = frozenset({"loan_id", "principal", "matures_on", "days_past_due", "overdue_amount"})
    return PastList(book, _LOANS, LoanThen, "loan_id", sorts, "loan_id")


def clients_then(book: Book) -> PastList[ClientThen]:
    """The clients with a loan on the book of a day, in order of their identity numbers."""
    sorts = frozenset({"principal", "overdue_amount", "days_past_due", "live_loans"})
    return PastList(book, _CLIENTS, ClientThen, "customer_id", sorts, "customer_id")
