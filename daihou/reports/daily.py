"""The daily step: add up the book of the day by each of its headings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings

from daihou.classification.choices import Grade
from daihou.reports.book_reader import Book
from daihou.reports.choices import ScopeKind
from daihou.reports.definitions import UNGRADED, Definitions, definitions_on
from daihou.reports.grouping import LOANS, heading_sql, sets_sql
from daihou.reports.scope import Scope
from daihou.servicing.book_on_day import StepResult

_COLUMNS = (
    "scope", "scope_code", "currency", "day", "loans", "clients", "unknown", "principal", "overdue",
    "long_overdue", "paid", "by_grade", "by_bucket",
)  # fmt: skip
_FLAT = (ScopeKind.OFFICER, ScopeKind.PRODUCT, ScopeKind.INDUSTRY)  # not a tree

Key = tuple[str, str, str]  # kind, code, currency


@dataclass
class _Sums:
    """What one part of the book comes to while it is being added up; amounts in fen."""

    grades: int
    buckets: int
    numbers: list[int] = field(default_factory=lambda: [0] * 6)
    by_grade: list[int] = field(default_factory=list)
    by_bucket: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.by_grade = [0] * self.grades
        self.by_bucket = [0] * self.buckets

    def add(self, grade: int | None, bucket: int | None, numbers: list[int]) -> None:
        """Add the loans of one grade and bucket; what is unknown is in neither list's amounts."""
        self.numbers = [a + b for a, b in zip(self.numbers, numbers, strict=True)]
        _, _, principal, overdue, _, _ = numbers
        place = UNGRADED if grade is None else grade
        self.by_grade[place] = self.by_grade[place] + principal
        if bucket is not None:
            self.by_bucket[bucket] = self.by_bucket[bucket] + overdue


def add_up_the_day(cursor: psycopg.Cursor[Any], day: dt.date) -> StepResult:
    """Keep the day's totals, from the snapshot that the run has just written.

    Replaces the totals of the day, so that a second run of the day leaves the same rows. `cursor`
    stands in the step's transaction.
    """
    definitions = definitions_on(day)
    book = Book(settings.SNAPSHOT_FOLDER, [day], definitions, Scope("", seen_branches=None))
    above = _branches_above(cursor)
    sums = _sums(book, definitions, above)
    clients = _clients(book, above)
    cursor.execute("DELETE FROM reports_daytotal WHERE day = %s", [day])
    with cursor.copy(f"COPY reports_daytotal ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
        for key in sorted(sums):
            copy.write_row(_written(key, day, clients.get(key, 0), sums[key]))
    return StepResult(len(sums), {"汇总行数": len(sums)})


def _sums(book: Book, definitions: Definitions, above: dict[str, list[str]]) -> dict[Key, _Sums]:
    """Counts and amounts of every part: one pass over the book, the branch tree added up here."""
    grades, buckets = len(Grade) + 1, len(definitions.bucket_names)
    sums: dict[Key, _Sums] = defaultdict(lambda: _Sums(grades, buckets))
    kinds = (ScopeKind.BRANCH, *_FLAT)
    rows = book.ask_unscoped(
        f"SELECT {heading_sql(kinds)}, currency, grade, bucket,"
        " count(*) FILTER (principal > 0),"
        " count(*) FILTER (principal IS NULL OR days_past_due IS NULL),"
        " sum(principal), sum(overdue),"
        f" sum(principal) FILTER (days_past_due > {definitions.long_overdue_over}),"
        f" sum(paid_today) FROM {LOANS}"
        f" {sets_sql(kinds, 'currency', 'grade', 'bucket', with_whole=True)}"
    )
    for kind, code, currency, grade, bucket, *numbers in rows:
        for key in _keys(kind, code, currency, above):
            sums[key].add(grade, bucket, [int(number or 0) for number in numbers])
    return sums


def _clients(book: Book, above: dict[str, list[str]]) -> dict[Key, int]:
    """Clients with a balance in every part, each counted once within it.

    Clients of a branch and of one under it may be the same, so branches are counted with the tree.
    """
    rows = book.ask_unscoped(
        f"SELECT {heading_sql(_FLAT)}, currency, count(DISTINCT customer_id) FROM {LOANS}"
        f" WHERE principal > 0 {sets_sql(_FLAT, 'currency', with_whole=True)}"
    )
    rows += book.ask_unscoped(
        "SELECT 'branch', ancestor, currency, count(DISTINCT customer_id) FROM book"
        " JOIN (SELECT unnest($below) AS below, unnest($ancestor) AS ancestor)"
        " ON below = branch_id WHERE principal > 0 GROUP BY ALL",
        below=[int(branch) for branch, others in above.items() for _ in others],
        ancestor=[other for others in above.values() for other in others],
    )
    return {(kind, code or "", currency): clients for kind, code, currency, clients in rows}


def _keys(kind: str, code: str | None, currency: str, above: dict[str, list[str]]) -> Iterator[Key]:
    """The parts to which a row belongs: a branch's to all branches above it as well."""
    own = code or ""
    for one in above.get(own, [own]) if kind == ScopeKind.BRANCH else [own]:
        yield kind, one, currency


def _branches_above(cursor: psycopg.Cursor[Any]) -> dict[str, list[str]]:
    """Each branch with itself and every branch above it, by id."""
    cursor.execute(
        "SELECT below.id::text, array_agg(above.id::text ORDER BY above.id)"
        " FROM staff_branch below JOIN staff_branch above"
        " ON below.path = above.path OR starts_with(below.path, above.path || '/')"
        " GROUP BY below.id ORDER BY below.id"
    )
    return dict(cursor.fetchall())


def _written(key: Key, day: dt.date, clients: int, sums: _Sums) -> tuple[Any, ...]:
    kind, code, currency = key
    loans, unknown, *amounts = sums.numbers
    return (
        kind, code, currency, day, loans, clients, unknown, *amounts, sums.by_grade, sums.by_bucket,
    )  # fmt: skip
