"""Follows the same loans from one day to another: migration of grades, roll of overdue buckets."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from daihou.reports.book_reader import Book
from daihou.reports.definitions import UNGRADED
from daihou.reports.ratios import Flow
from loanmath.money import Money

_KEPT = (
    "customer_id", "branch_id", "officer_id", "product_id", "industry", "currency", "security",
    "method", "disbursed_on", "matures_on", "amount",
)  # fmt: skip
_OF_CLOSING = ("principal", "overdue", "days_past_due", "grade", "written_off_principal")


def compared_sql(part: str = "true") -> str:
    """Each loan of `$base` or `$day` once, as it stood then and now.

    `part` is a condition that each day's rows must meet on their own: with it a loan that moved
    into the part counts from nothing, as it does in the figures of the two days.
    Who the loan belongs to is told as of the closing day (or as it last was), so that a client who
    moved between branches is followed and not taken for a decrease here and a new loan there.
    `from_grade`, `from_bucket` are null for a loan without balance at the opening, `to_grade`,
    `to_bucket` for one without balance at the closing. Loans whose balance is unknown on either
    day cannot be followed and are left out.
    """
    kept = ", ".join(f"if(c.loan_id IS NULL, o.{name}, c.{name}) AS {name}" for name in _KEPT)
    closing = ", ".join(f"c.{name}" for name in _OF_CLOSING)
    return (
        f"SELECT coalesce(c.loan_id, o.loan_id) AS loan_id, {kept}, {closing},"
        " coalesce(o.principal, 0) AS opening, coalesce(c.principal, 0) AS closing,"
        " coalesce(o.overdue, 0) AS opening_overdue, coalesce(c.overdue, 0) AS closing_overdue,"
        f" if(o.principal > 0, coalesce(o.grade, {UNGRADED}), NULL) AS from_grade,"
        f" if(c.principal > 0, coalesce(c.grade, {UNGRADED}), NULL) AS to_grade,"
        " if(o.principal > 0, o.bucket, NULL) AS from_bucket,"
        " if(c.principal > 0, c.bucket, NULL) AS to_bucket"
        f" FROM (SELECT * FROM book WHERE day = $base AND {part}) o"
        f" FULL JOIN (SELECT * FROM book WHERE day = $day AND {part}) c ON o.loan_id = c.loan_id"
        " WHERE (o.loan_id IS NULL OR o.principal IS NOT NULL)"
        " AND (c.loan_id IS NULL OR c.principal IS NOT NULL)"
    )


@dataclass(frozen=True)
class Flows:
    """What became of the loans between two days; amounts in fen.

    `by_grade` and `by_bucket` hold the loans of each class at the opening; `new` the closing
    balance by grade of loans that were not on the book then.
    """

    base: dt.date
    day: dt.date
    by_grade: dict[int, Flow]
    by_bucket: dict[int, Flow]
    new: dict[int, Money]


def flows_between(book: Book, base: dt.date, day: dt.date) -> Flows:
    """Follow the loans of a book's scope from one day to another; it holds both days."""
    rows = book.ask_unscoped(
        "SELECT from_grade, to_grade, from_bucket, to_bucket, sum(opening), sum(closing)"
        f" FROM ({compared_sql()}) WHERE {book.scope.sql} AND (opening > 0 OR closing > 0)"
        " GROUP BY ALL",
        base=base,
        day=day,
    )
    grades = [(a, b, int(opening), int(closing)) for a, b, _, _, opening, closing in rows]
    buckets = [(a, b, int(opening), int(closing)) for _, _, a, b, opening, closing in rows]
    new: dict[int, int] = defaultdict(int)
    for start, end, _, closing in grades:
        if start is None and end is not None:
            new[end] = new[end] + closing
    return Flows(
        base, day, _by_start(grades), _by_start(buckets), {g: Money(a) for g, a in new.items()}
    )


def _by_start(rows: list[tuple[int | None, int | None, int, int]]) -> dict[int, Flow]:
    """Rows of (class then, class now, opening, closing) as one flow per class then."""
    opening: dict[int, int] = defaultdict(int)
    closing: dict[int, dict[int, Money]] = defaultdict(dict)
    for start, end, before, after in rows:
        if start is None:
            continue
        opening[start] = opening[start] + before
        if end is not None:
            closing[start][end] = Money(closing[start].get(end, 0) + after)
    return {start: Flow(Money(amount), closing[start]) for start, amount in opening.items()}
