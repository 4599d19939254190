"""The daily step: add up the book of the day by each of its headings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
from django.conf import settings

from daihou.reports.book_reader import Book, Row
from daihou.reports.choices import NO_INDUSTRY, ScopeKind
from daihou.reports.definitions import Definitions, definitions_on
from daihou.reports.scope import Scope
from daihou.reports.totals import Totals, totals_of, totals_sql
from daihou.servicing.book_on_day import StepResult

_COLUMNS = (
    "scope", "scope_code", "currency", "day", "loans", "clients", "unknown", "principal", "overdue",
    "long_overdue", "paid", "by_grade", "by_bucket",
)  # fmt: skip
_CODES = {
    ScopeKind.WHOLE: "''",
    ScopeKind.BRANCH: "ancestor",
    ScopeKind.OFFICER: "officer_id",
    ScopeKind.PRODUCT: "product_id",
    ScopeKind.INDUSTRY: f"coalesce(industry, '{NO_INDUSTRY}')",
}


def add_up_the_day(cursor: psycopg.Cursor[Any], day: dt.date) -> StepResult:
    """Keep the day's totals, from the snapshot that the run has just written.

    Replaces the totals of the day, so that a second run of the day leaves the same rows. `cursor`
    stands in the step's transaction.
    """
    definitions = definitions_on(day)
    book = Book(settings.SNAPSHOT_FOLDER, [day], definitions, Scope("", seen_branches=None))
    ancestors = _ancestors(cursor)
    cursor.execute("DELETE FROM reports_daytotal WHERE day = %s", [day])
    rows = 0
    with cursor.copy(f"COPY reports_daytotal ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
        for kind in ScopeKind:
            for code, currency, totals in _totals_by(book, kind, definitions, ancestors):
                copy.write_row(_written(kind, code, currency, totals))
                rows += 1
    return StepResult(rows, {"汇总行数": rows})


def _totals_by(
    book: Book, kind: ScopeKind, definitions: Definitions, ancestors: dict[str, list[int]]
) -> Iterator[tuple[str, str, Totals]]:
    """(code, currency, totals) for each part under a heading, in order."""
    tree, values = "", {}
    if kind is ScopeKind.BRANCH:
        tree = (
            " JOIN (SELECT unnest($below) AS below, unnest($ancestor) AS ancestor)"
            " ON below = branch_id"
        )
        values = ancestors
    code = _CODES[kind]
    rows: list[Row] = book.ask_unscoped(
        f"SELECT {code}::VARCHAR AS code, currency, day, {totals_sql(definitions)}"
        f" FROM book{tree} WHERE {code} IS NOT NULL GROUP BY ALL ORDER BY code, currency",
        **values,
    )
    for part, currency, *figures in rows:
        yield part, currency, totals_of(tuple(figures))


def _ancestors(cursor: psycopg.Cursor[Any]) -> dict[str, list[int]]:
    """Each branch beside itself and every branch above it, as two columns."""
    cursor.execute(
        "SELECT below.id, above.id FROM staff_branch below JOIN staff_branch above"
        " ON below.path = above.path OR starts_with(below.path, above.path || '/')"
        " ORDER BY 1, 2"
    )
    pairs = cursor.fetchall()
    return {"below": [pair[0] for pair in pairs], "ancestor": [pair[1] for pair in pairs]}


def _written(kind: ScopeKind, code: str, currency: str, totals: Totals) -> tuple[Any, ...]:
    return (
        kind.value, code, currency, totals.day, totals.loans, totals.clients, totals.unknown,
        totals.principal, totals.overdue, totals.long_overdue, totals.paid,
        list(totals.by_grade), list(totals.by_bucket),
    )  # fmt: skip
