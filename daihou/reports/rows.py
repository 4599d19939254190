"""The loans behind a figure, straight from the snapshot that the figure was drawn from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.reports.book_reader import Book
from daihou.reports.cells import CHANGES, FOLLOWING, Cell, Counted
from daihou.reports.flows import compared_sql
from daihou.reports.scope import Scope
from loanmath.money import Money

_COLUMNS = (
    "loan_id", "customer_id", "branch_id", "officer_id", "product_id", "industry", "security",
    "disbursed_on", "matures_on", "amount", "principal", "overdue", "days_past_due", "grade",
)  # fmt: skip


@dataclass(frozen=True)
class LoanRow:
    """One loan of a cell as it stood that day, and what it adds to the figure; amounts in fen.

    `from_grade` is the grade at the opening where the cell compares two days. What is unknown, or
    no longer applies because the loan has left the book, is None.
    """

    loan_id: int
    customer_id: int
    branch_id: int
    officer_id: int | None
    product_id: int
    industry: str | None
    security: str
    disbursed_on: dt.date
    matures_on: dt.date
    amount: Money
    principal: Money | None
    overdue: Money | None
    days_past_due: int | None
    grade: int | None
    from_grade: int | None
    counted: Money


@dataclass(frozen=True)
class CellSum:
    """What a cell comes to: loans, clients and the amount in fen."""

    loans: int
    clients: int
    amount: Money


def days_needed(cell: Cell, day: dt.date, written: list[dt.date]) -> list[dt.date]:
    """The days whose snapshots a cell reads, of those that were written."""
    if cell.base is not None and cell.compares:
        return [cell.base, day]
    if cell.counted is Counted.PAID and cell.since is not None:
        return [one for one in written if cell.since <= one <= day]
    return [day]


def sum_of(book: Book, cell: Cell, day: dt.date) -> CellSum:
    """How many loans and clients a cell holds, and what they add up to."""
    rows = _ask(book, cell, day, "count(*), count(DISTINCT customer_id), sum(counted)", order="")
    loans, clients, amount = rows[0]
    return CellSum(loans, clients, Money(int(amount or 0)))


def rows_of(book: Book, cell: Cell, day: dt.date, *, start: int, count: int) -> list[LoanRow]:
    """Some of the loans of a cell, those that add most to it first."""
    order = f"ORDER BY abs(counted) DESC, loan_id LIMIT {int(count)} OFFSET {int(start)}"
    columns = f"{', '.join(_COLUMNS)}, from_grade, counted"
    return [LoanRow(*row) for row in _ask(book, cell, day, columns, order=order)]


def _ask(book: Book, cell: Cell, day: dt.date, wanted: str, *, order: str) -> list[tuple]:
    loans = _loans_sql(cell, book.scope)
    question = (
        f"SELECT {wanted} FROM (SELECT *, {cell.sql} AS counted FROM ({loans})"
        f" WHERE {cell.condition}) {order}"
    )
    values = {"day": day, "base": cell.base} | cell.values
    ask = book.ask_unscoped if cell.counted in FOLLOWING else book.ask
    return ask(question, **values)


def _loans_sql(cell: Cell, scope: Scope) -> str:
    """The loans that a cell chooses from: of a day, of two days side by side, or of a month."""
    if cell.counted in CHANGES:
        return compared_sql(cell.part)
    if cell.counted in FOLLOWING:
        return f"SELECT * FROM ({compared_sql()}) WHERE {scope.sql} AND {cell.part}"
    if cell.counted is Counted.PAID:
        latest = ", ".join(f"arg_max({c}, day) AS {c}" for c in _COLUMNS if c != "loan_id")
        return (
            f"SELECT loan_id, {latest}, sum(paid_today) AS paid, NULL AS from_grade"
            f" FROM book WHERE paid_today <> 0 AND {cell.part} GROUP BY loan_id"
        )
    return f"SELECT *, NULL AS from_grade FROM book WHERE day = $day AND {cell.part}"
