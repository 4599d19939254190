"""What a check sees: all tables of the import, the book, and the business date."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from daihou.feeds.book import Book
from daihou.feeds.problems import Refusal, Rows
from daihou.feeds.staging import Staged


@dataclass
class Intake:
    """One import on its way: staged tables by name, the book they go to, and the day.

    `business_date` and `closed_through` are day numbers; no day is closed if the latter is None.
    """

    book: Book
    business_date: int
    closed_through: int | None = None
    tables: dict[str, Staged] = field(default_factory=dict)

    def attribute(self, table: str, column: str, references: Rows) -> Rows:
        """A whole-number, date or reference column of the rows referred to.

        References are ids of the book (above 0) or rows of this import: -(position + 1). Where
        there is none (0) the answer is 0.
        """
        values = self.book.column_by_id(table, column, np.maximum(references, 0))
        staged = self.tables.get(table)
        here = references < 0
        if staged is not None and here.any():
            source = staged.references.get(column)
            own = staged.values[column] if source is None else source
            values = values.copy()
            values[here] = own[-references[here] - 1]
        return values


Check = Callable[[Staged, Intake], Iterable[Refusal]]


def where(mask: npt.NDArray[np.bool_]) -> Rows:
    """The positions at which a mask is true."""
    return np.flatnonzero(mask).astype(np.int64)


def must_be_positive(column: str) -> Check:
    """A check that an amount is above zero."""

    def check(staged: Staged, intake: Intake) -> Iterable[Refusal]:
        amounts, given = staged.values[column], ~staged.missing[column] & ~staged.bad
        yield Refusal(where(given & (amounts < 0)), column, "金额不能为负数")
        yield Refusal(where(given & (amounts == 0)), column, "金额必须大于零")

    return check


def must_not_be_negative(column: str) -> Check:
    """A check that a number is zero or above."""

    def check(staged: Staged, intake: Intake) -> Iterable[Refusal]:
        yield Refusal(where(staged.values[column] < 0), column, "不能为负数")

    return check


def must_not_be_future(column: str, what: str) -> Check:
    """A check that a date does not lie after the business date."""

    def check(staged: Staged, intake: Intake) -> Iterable[Refusal]:
        late = ~staged.missing[column] & (staged.values[column] > intake.business_date)
        yield Refusal(where(late), column, f"{what}晚于营业日")

    return check


def in_order(earlier: str, later: str, reason: str, *, equal: bool) -> Check:
    """A check that one date does not lie after another; `equal` says whether they may agree."""

    def check(staged: Staged, intake: Intake) -> Iterable[Refusal]:
        first, second = staged.values[earlier], staged.values[later]
        wrong = first > second if equal else first >= second
        both = ~staged.missing[earlier] & ~staged.missing[later] & ~staged.bad
        yield Refusal(where(wrong & both), later, reason)

    return check


def same_owner(
    staged: Staged, intake: Intake, *, through: str, table: str, reason: str
) -> Iterable[Refusal]:
    """Rows whose client is not the client of the row they refer to."""
    references: Any = staged.references[through]
    owners = intake.attribute(table, "customer", references)
    wrong = (references != 0) & (owners != staged.references["customer"]) & ~staged.bad
    yield Refusal(where(wrong), through, reason)
