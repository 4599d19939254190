"""Who paid: repayments that came from somebody other than the borrower (他人代还)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.early_warning.rules import NEVER
from daihou.ledger.choices import EntryKind
from daihou.servicing.book_on_day import BookOnDay
from loanmath.dates import day_number

_REPAYMENTS = [int(EntryKind.REPAYMENT), int(EntryKind.PREPAYMENT)]

# The condition on the payer's name is that of the index `entry_payer_by_day`.
_KNOWN_PAYERS = """
    ledger_ledgerentry AS entry
    JOIN loan_book_loan AS loan ON loan.id = entry.loan_id
    JOIN loan_book_customer AS customer ON customer.id = loan.customer_id
    WHERE entry.payer_name IS NOT NULL AND entry.payer_name <> ''
      AND entry.kind = ANY(%(kinds)s) AND entry.id <= %(mark)s
      AND entry.value_date BETWEEN %(day)s - %(window)s::int AND %(day)s
      AND entry.booked_on <= %(day)s
"""
_REVERSED = """
    SELECT FROM ledger_ledgerentry AS reversal
    WHERE reversal.reverses_id = entry.id AND reversal.booked_on <= %(day)s
"""


@dataclass(frozen=True)
class Payers:
    """Days since somebody else last paid, and whether the payers are known at all.

    A loan without any payment in the window has no unknown payer. One value a loan; `rows` has the
    ids of the entries by others, by the place of the loan.
    """

    days_since_other: npt.NDArray[np.int32]
    known: npt.NDArray[np.bool_]
    rows: Mapping[int, tuple[int, ...]]


def payers_of(book: BookOnDay, connection: psycopg.Connection, window: int) -> Payers:
    """Compare the payers of the last `window` days with the borrowers' names."""
    values = {
        "day": book.day,
        "window": window,
        "kinds": _REPAYMENTS,
        "mark": book.columnar.marks.entry,
    }
    named = connection.execute(
        f"SELECT DISTINCT entry.loan_id FROM {_KNOWN_PAYERS}", values
    ).fetchall()
    paid = book.positions.last_payment_date >= day_number(book.day) - window
    known = ~paid
    places = book.columnar.places.of(np.array([row[0] for row in named], np.int64))
    known[places[places >= 0]] = True

    others = connection.execute(
        f"SELECT entry.id, entry.loan_id, entry.value_date FROM {_KNOWN_PAYERS}"
        f" AND btrim(entry.payer_name) <> customer.name AND NOT EXISTS ({_REVERSED})"
        " ORDER BY entry.value_date, entry.id",
        values,
    ).fetchall()
    days_since = np.full(book.size, NEVER, np.int32)
    rows: dict[int, tuple[int, ...]] = {}
    other_places = book.columnar.places.of(np.array([row[1] for row in others], np.int64))
    for (entry, _, value_date), place in zip(others, other_places.tolist(), strict=True):
        if place >= 0:
            days_since[place] = (book.day - value_date).days
            rows[place] = (entry, *rows.get(place, ()))
    return Payers(days_since, known, rows)


def other_payments(
    connection: psycopg.Connection,
    loans: list[int],
    *,
    since: dt.date,
    known_on: dt.date,
    mark: int,
) -> list[tuple[int, dt.date]]:
    """Payments of some loans by somebody other than the borrower: loan and value date, in order.

    Those that were known on a day, up to the last ledger entry that it saw.
    """
    return connection.execute(
        "SELECT entry.loan_id, entry.value_date FROM ledger_ledgerentry AS entry"
        " JOIN loan_book_loan AS loan ON loan.id = entry.loan_id"
        " JOIN loan_book_customer AS customer ON customer.id = loan.customer_id"
        " WHERE entry.loan_id = ANY(%(loans)s) AND entry.value_date >= %(since)s"
        " AND entry.payer_name <> '' AND btrim(entry.payer_name) <> customer.name"
        " AND entry.kind = ANY(%(kinds)s) AND entry.id <= %(mark)s AND entry.booked_on <= %(day)s"
        " AND NOT EXISTS (SELECT FROM ledger_ledgerentry AS reversal WHERE"
        " reversal.reverses_id = entry.id AND reversal.id <= %(mark)s"
        " AND reversal.booked_on <= %(day)s) ORDER BY entry.value_date, entry.id",
        {"loans": loans, "since": since, "day": known_on, "mark": mark, "kinds": _REPAYMENTS},
    ).fetchall()
