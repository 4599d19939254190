"""The head figures of a part of the book, day by day: one SELECT for the daily step and screens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.classification.choices import Grade
from daihou.reports.book_reader import Book, Row
from daihou.reports.definitions import NON_PERFORMING, NOT_OVERDUE, UNGRADED, Definitions
from loanmath.money import Money


@dataclass(frozen=True)
class Totals:
    """What a part of the book came to on a day; amounts in fen.

    `loans` and `clients` count those with a balance, `unknown` the loans whose balance or days
    past due are not known (they are in no amount). `by_grade` starts with what has no grade yet,
    `by_bucket` with what is not overdue (always 0 there: it holds what counts as overdue).
    """

    day: dt.date
    loans: int
    clients: int
    unknown: int
    principal: Money
    overdue: Money
    long_overdue: Money
    paid: Money
    by_grade: tuple[int, ...]
    by_bucket: tuple[int, ...]

    @classmethod
    def nothing(cls, day: dt.date, definitions: Definitions) -> Totals:
        """The totals of a part of the book that holds no loan."""
        none = Money(0)
        return cls(
            day, 0, 0, 0, none, none, none, none,
            (0,) * (len(Grade) + 1), (0,) * len(definitions.bucket_names),
        )  # fmt: skip

    @property
    def non_performing(self) -> Money:
        """不良贷款余额: the last three grades."""
        return Money(sum(self.by_grade[grade] for grade in NON_PERFORMING))


def totals_sql(definitions: Definitions) -> str:
    """The figures of `Totals` after the day, as a list of expressions over `book`."""
    grades = ", ".join(
        f"sum(principal) FILTER (coalesce(grade, {UNGRADED}) = {grade})"
        for grade in (UNGRADED, *(int(g) for g in Grade))
    )
    buckets = ", ".join(
        f"sum(overdue) FILTER (bucket = {place})"
        for place in range(NOT_OVERDUE, len(definitions.bucket_names))
    )
    return (
        "count(*) FILTER (principal > 0), count(DISTINCT customer_id) FILTER (principal > 0),"
        " count(*) FILTER (principal IS NULL OR days_past_due IS NULL),"
        " sum(principal), sum(overdue),"
        f" sum(principal) FILTER (days_past_due > {definitions.long_overdue_over}),"
        f" sum(paid_today), [{grades}], [{buckets}]"
    )


def totals_of(row: Row) -> Totals:
    """A row of the day and `totals_sql` as a value; sums over nothing are 0."""
    day, loans, clients, unknown, *amounts, grades, buckets = row
    principal, overdue, long_overdue, paid = (Money(int(amount or 0)) for amount in amounts)
    return Totals(
        day, loans, clients, unknown, principal, overdue, long_overdue, paid,
        tuple(int(amount or 0) for amount in grades),
        tuple(int(amount or 0) for amount in buckets),
    )  # fmt: skip


def totals_from(book: Book, definitions: Definitions) -> dict[dt.date, Totals]:
    """The totals of each day of the book, straight from the snapshots."""
    rows = book.ask(f"SELECT day, {totals_sql(definitions)} FROM book GROUP BY day")
    return {row[0]: totals_of(row) for row in rows}
