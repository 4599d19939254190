"""How the allowance went from one day to another (拨备变动): each fen has one cause; all add up.

A loan's whole change is put to the first cause that applies, in the order of `choices.Cause`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import HOME_CURRENCY
from daihou.loan_book.queries import loans_visible_to
from daihou.provision.choices import Cause
from daihou.staff.models import Officer

MOST_ROWS = 2000


@dataclass(frozen=True)
class Moved:
    """What one cause did: how many loans, what was set aside for them before and after."""

    cause: Cause
    loans: int
    opening: int
    closing: int

    @property
    def change(self) -> int:
        """What it added; negative: released."""
        return self.closing - self.opening


@dataclass(frozen=True)
class MovedLoan:
    """One loan whose allowance changed."""

    number: str
    client: str
    cause: Cause
    stage_before: int | None
    stage_after: int | None
    opening: int
    closing: int

    @property
    def change(self) -> int:
        """What was added; negative: released."""
        return self.closing - self.opening


# Both days' rows of the loans that the person may see, each with the cause of its change.
_CHANGES = """
WITH visible AS ({visible}),
a AS (SELECT * FROM provision_allowance WHERE valid_from <= %(opening)s
      AND (valid_to IS NULL OR valid_to > %(opening)s)
      AND loan_id IN (SELECT visible.id FROM visible)),
b AS (SELECT * FROM provision_allowance WHERE valid_from <= %(closing)s
      AND (valid_to IS NULL OR valid_to > %(closing)s)
      AND loan_id IN (SELECT visible.id FROM visible)),
changed AS (
  SELECT coalesce(a.loan_id, b.loan_id) AS loan_id, a.stage AS was, b.stage AS is_now,
         coalesce(a.expected_loss, 0) AS opening, coalesce(b.expected_loss, 0) AS closing,
         a.parameters_from IS DISTINCT FROM b.parameters_from AS otherwise_measured,
         a.exposure <> b.exposure AS otherwise_exposed
  FROM a FULL JOIN b ON a.loan_id = b.loan_id),
named AS (
  SELECT c.*, CASE
    WHEN was IS NULL AND l.disbursed_on > %(opening)s THEN 'new'
    WHEN was IS NULL THEN 'returned'
    WHEN is_now IS NULL AND EXISTS (
      SELECT FROM ledger_ledgerentry e WHERE e.loan_id = c.loan_id AND e.kind = %(write_off)s
      AND e.booked_on > %(opening)s AND e.booked_on <= %(closing)s) THEN 'written_off'
    WHEN is_now IS NULL THEN 'gone'
    WHEN is_now > was THEN 'worse'
    WHEN is_now < was THEN 'better'
    WHEN otherwise_measured THEN 'parameters'
    WHEN otherwise_exposed THEN 'balance'
    ELSE 'measured' END AS cause
  FROM changed c JOIN loan_book_loan l ON l.id = c.loan_id)
"""
_SUMS = "SELECT cause, count(*), sum(opening), sum(closing) FROM named GROUP BY cause"
_ROWS = """
SELECT l.number, k.name, n.cause, n.was, n.is_now, n.opening, n.closing FROM named n
JOIN loan_book_loan l ON l.id = n.loan_id JOIN loan_book_customer k ON k.id = l.customer_id
WHERE n.cause = %(cause)s AND n.opening <> n.closing
ORDER BY abs(n.closing - n.opening) DESC, l.number LIMIT %(most)s
"""


def movements(officer: Officer, opening: dt.date, closing: dt.date) -> list[Moved]:
    """Every cause with what it did between two evenings, in the order of the table; one query."""
    rows = _asked(officer, _SUMS, opening=opening, closing=closing)
    found = {cause: (int(n), int(was), int(now)) for cause, n, was, now in rows}
    return [Moved(cause, *found.get(cause.value, (0, 0, 0))) for cause in Cause]


def moved_loans(
    officer: Officer, opening: dt.date, closing: dt.date, cause: Cause
) -> list[MovedLoan]:
    """The loans behind one line of the table, the largest changes first, up to `MOST_ROWS`."""
    rows = _asked(
        officer, _ROWS, opening=opening, closing=closing, cause=cause.value, most=MOST_ROWS
    )
    return [
        MovedLoan(number, client, Cause(why), was, now, int(before), int(after))
        for number, client, why, was, now, before, after in rows
    ]


def _asked(officer: Officer, query: str, **given: Any) -> Sequence[tuple[Any, ...]]:
    visible = loans_visible_to(officer).filter(currency=HOME_CURRENCY).order_by().values("id")
    try:
        sql, parameters = visible.query.sql_with_params()
    except EmptyResultSet:
        return []
    names = [f"visible{n}" for n in range(len(parameters))]
    sql = sql % tuple(f"%({name})s" for name in names) if names else sql
    given |= dict(zip(names, parameters, strict=True)) | {"write_off": int(EntryKind.WRITE_OFF)}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES.format(visible=sql) + query, given)
        return list(cursor.fetchall())
