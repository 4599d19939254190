"""Up to which row each table of the book is read: a business day sees exactly these rows.

A day's marks are taken once, when the day is opened, and kept with the day; a run that was killed
goes on with the same rows whatever has been booked in between.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import psycopg

from daihou.storage.writers import wait_for_writers


@dataclass(frozen=True)
class BookMarks:
    """The last row of each append-only table, and of the audit trail of each table of the book.

    Loans, plans and clients may be corrected and an import may be undone; each such change leaves
    a row in the audit trail, so the marks of the trail say whether old rows are still the same.
    """

    loan: int = 0
    plan: int = 0
    entry: int = 0
    terms: int = 0
    loan_change: int = 0
    plan_change: int = 0
    entry_change: int = 0
    terms_change: int = 0
    customer_change: int = 0
    product_change: int = 0

    def as_dict(self) -> dict[str, int]:
        """The marks as they are kept with the business day."""
        return asdict(self)

    @property
    def changes(self) -> int:
        """How often rows of the book were corrected or taken out, by the audit trail."""
        return sum(getattr(self, f.name) for f in fields(self) if f.name.endswith("_change"))

    def covers(self, other: BookMarks) -> bool:
        """Whether everything that `other` has seen lies below these marks."""
        return all(getattr(self, f.name) >= getattr(other, f.name) for f in fields(self))


_TABLES = {
    "loan": ("loan_book_loan", "id"),
    "plan": ("loan_book_planversion", "id"),
    "entry": ("ledger_ledgerentry", "id"),
    "terms": ("loan_book_termchange", "id"),
    "loan_change": ("loan_book_loanevent", "pgh_id"),
    "plan_change": ("loan_book_planversionevent", "pgh_id"),
    "entry_change": ("ledger_ledgerentryevent", "pgh_id"),
    "terms_change": ("loan_book_termchangeevent", "pgh_id"),
    "customer_change": ("loan_book_customerevent", "pgh_id"),
    "product_change": ("loan_book_productevent", "pgh_id"),
}


def take_marks(connection: psycopg.Connection) -> BookMarks:
    """Read the last rows of the book so that no row below a mark can appear later.

    A row's number is drawn before the row is committed, so whoever is writing at this moment is
    waited for; nobody is held up. Each statement must see what was committed before it.
    """
    marks = read_marks(connection)
    wait_for_writers(connection, [table for table, _ in _TABLES.values()])
    return marks


def read_marks(connection: psycopg.Connection) -> BookMarks:
    """The last rows as this transaction sees them, without holding off anybody."""
    last = ", ".join(
        f"(SELECT coalesce(max({key}), 0) FROM {table})" for table, key in _TABLES.values()
    )
    row = connection.execute(f"SELECT {last}").fetchone()
    assert row is not None
    return BookMarks(**dict(zip(_TABLES, row, strict=True)))
