"""Finds the loans whose past became different since the last closed day, since when, and why.

Three things reach back: an entry booked after its value date, the reversal of an entry that closed
days have counted, and a plan version put in force in the past. Everything is read set-based: rows
behind the marks of the last closed day, and rows whose day of booking has come since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg

from daihou.daily_run.choices import CauseKind
from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import PlanReason, TermChangeKind
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.marks import BookMarks
from loanmath.dates import day_number
from loanmath.money import Money, format_yuan

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Seen:
    """What a business day has seen of the book: the day and its marks."""

    day: dt.date
    marks: BookMarks


@dataclass(frozen=True)
class Cause:
    """One thing that became known late (更正原因): from which day it counts, and in words what."""

    kind: CauseKind
    counts_from: dt.date
    says: str

    def as_dict(self) -> dict[str, Any]:
        """As it is kept with the correction."""
        return {**vars(self), "kind": self.kind.value, "counts_from": str(self.counts_from)}


@dataclass
class CorrectedLoans:
    """By loan: the first day that may stand otherwise than believed, and what did it."""

    since: dict[int, dt.date] = field(default_factory=dict)
    causes: dict[int, list[Cause]] = field(default_factory=dict)
    aside_since: dict[int, dt.date] = field(default_factory=dict)  # not computed from then on

    def add(self, loan: int, cause: Cause) -> None:
        """Note one cause."""
        self.since[loan] = min(self.since.get(loan, cause.counts_from), cause.counts_from)
        self.causes.setdefault(loan, []).append(cause)


def find_corrected_loans(
    connection: psycopg.Connection, columnar: ColumnarBook, before: Seen, now: Seen
) -> CorrectedLoans:
    """The loans that the last closed day saw otherwise than they are known now.

    `before` is the last closed day, `now` the day in work, `columnar` its columnar book.
    A loan that the last closed day did not have is new and has nothing to be corrected.
    """
    found = CorrectedLoans()
    _add_what_differs(found, connection, columnar, before, now, only=None)
    return found


def add_released_loans(
    found: CorrectedLoans,
    connection: psycopg.Connection,
    columnar: ColumnarBook,
    released: Iterable[tuple[int, dt.date, str]],
    seen_before: Callable[[dt.date], Seen],
    now: Seen,
) -> None:
    """Add loans that could not be computed for a while and can be again: since when, and why not.

    What became known late while they were set aside reaches back as far as ever it does;
    `seen_before` gives the last closed day before one.
    """
    together: dict[dt.date, list[int]] = {}
    for loan, since, reason in released:
        says = f"自 {since} 起挂起({reason}),{now.day} 可以计算,补算挂起期间"
        found.add(loan, Cause(CauseKind.SET_ASIDE, since, says))
        found.aside_since[loan] = since
        together.setdefault(since, []).append(loan)
    for since, loans in together.items():
        earlier = CorrectedLoans()
        _add_what_differs(earlier, connection, columnar, seen_before(since), now, only=loans)
        for loan, causes in earlier.causes.items():
            known = found.causes[loan]
            for cause in causes:
                if cause not in known:
                    found.add(loan, cause)


def _add_what_differs(
    found: CorrectedLoans,
    connection: psycopg.Connection,
    columnar: ColumnarBook,
    before: Seen,
    now: Seen,
    *,
    only: list[int] | None,
) -> None:
    ids = _entries_that_came_of_age(columnar, before.day, now.day)
    values = {**_values(before, now, ids=ids), "only": only}
    for row in connection.execute(_ENTRIES, values).fetchall():
        loan, *fields = row
        found.add(loan, _entry_cause(*fields))
    for loan, version, effective_from, reason in connection.execute(_PLANS, values).fetchall():
        label = PlanReason(reason).label
        says = f"还款计划第 {version} 版({label}),自 {effective_from} 起生效,事后登记"
        found.add(loan, Cause(CauseKind.PLAN, effective_from + _ONE_DAY, says))
    for loan, kind, effective_from, booked_on in connection.execute(_TERMS, values).fetchall():
        label = TermChangeKind(kind).label
        says = f"{label},自 {effective_from} 起生效,{booked_on} 才登记"
        found.add(loan, Cause(CauseKind.TERMS, effective_from, says))


def _entries_that_came_of_age(columnar: ColumnarBook, before: dt.date, now: dt.date) -> list[int]:
    """Entries whose day of booking, or of being reversed, lies behind the last closed day."""
    last, today = day_number(before), day_number(now)
    ids = []
    for _, rows in columnar.opened():
        entries, past = rows.entries, rows.entries.past
        booked = entries.late[(entries.late_from > last) & (entries.late_from <= today)]
        reversed_ = (past.until > last) & (past.until <= today)
        ids += [entries.columns["entry_id"][booked], past.columns["entry_id"][reversed_]]
    return np.unique(np.concatenate(ids)).tolist() if ids else []


def _values(before: Seen, now: Seen, ids: Iterable[int] = ()) -> dict[str, Any]:
    return {
        "last": before.day,
        "today": now.day,
        "loans": before.marks.loan,
        "entry_before": before.marks.entry,
        "entry_now": now.marks.entry,
        "plan_before": before.marks.plan,
        "plan_now": now.marks.plan,
        "terms_before": before.marks.terms,
        "terms_now": now.marks.terms,
        "ids": list(ids),
        "reversal": int(EntryKind.REVERSAL),
    }


# An entry is of interest if exactly one of the two days counts it, and it happened by the earlier.
_ENTRIES = """
    WITH changed AS (
        SELECT CASE WHEN kind = %(reversal)s THEN reverses_id ELSE id END AS id
        FROM ledger_ledgerentry
        WHERE id > %(entry_before)s AND id <= %(entry_now)s
          AND (value_date <= %(last)s OR kind = %(reversal)s)
          AND (%(only)s::bigint[] IS NULL OR loan_id = ANY(%(only)s))
        UNION SELECT unnest(%(ids)s::bigint[])
    ), told AS (
        SELECT entry.*, undone.id AS undone_id, undone.booked_on AS undone_on,
          undone.note AS undone_note,
          entry.id <= %(entry_before)s AND entry.booked_on <= %(last)s
            AND NOT coalesce(undone.id <= %(entry_before)s AND undone.booked_on <= %(last)s, false)
            AS counted,
          entry.booked_on <= %(today)s
            AND NOT coalesce(undone.id <= %(entry_now)s AND undone.booked_on <= %(today)s, false)
            AS counts
        FROM changed JOIN ledger_ledgerentry AS entry ON entry.id = changed.id
        LEFT JOIN ledger_ledgerentry AS undone ON undone.reverses_id = entry.id
        WHERE entry.loan_id <= %(loans)s AND entry.value_date <= %(last)s
          AND entry.id <= %(entry_now)s
          AND (%(only)s::bigint[] IS NULL OR entry.loan_id = ANY(%(only)s))
    )
    SELECT loan_id, kind, amount, value_date, booked_on, undone_on, undone_note, counts
    FROM told WHERE counted <> counts ORDER BY loan_id, value_date, id
"""
_PLANS = """
    SELECT loan_id, version, effective_from, reason FROM loan_book_planversion
    WHERE id > %(plan_before)s AND id <= %(plan_now)s AND version > 1
      AND loan_id <= %(loans)s AND effective_from < %(last)s
      AND (%(only)s::bigint[] IS NULL OR loan_id = ANY(%(only)s))
    ORDER BY loan_id, version
"""

# A change of terms counts from the evening of its own day on, a plan for due dates after its day.
_TERMS = """
    SELECT loan_id, kind, effective_from, booked_on FROM loan_book_termchange
    WHERE id <= %(terms_now)s AND booked_on <= %(today)s AND effective_from <= %(last)s
      AND (id > %(terms_before)s OR booked_on > %(last)s) AND loan_id <= %(loans)s
      AND (%(only)s::bigint[] IS NULL OR loan_id = ANY(%(only)s))
    ORDER BY loan_id, id
"""


def _entry_cause(
    kind: int,
    amount: int,
    value_date: dt.date,
    booked_on: dt.date,
    undone_on: dt.date | None,
    undone_note: str | None,
    counts: bool,
) -> Cause:
    name, money = EntryKind(kind).label, format_yuan(Money(amount))
    if counts:
        late = (booked_on - value_date).days
        says = f"{name} {money} 元,{value_date} 起息,{booked_on} 才记账,晚 {late} 天"
        return Cause(CauseKind.LATE_ENTRY, value_date, says)
    why = f":{undone_note}" if undone_note else ""
    says = f"{value_date} 起息的{name} {money} 元于 {undone_on} 冲正{why}"
    return Cause(CauseKind.REVERSAL, value_date, says)
