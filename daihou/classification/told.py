"""What people put on record about loans and debtors, laid beside the loans of the book.

Happenings of `loan_book.choices.GRADED_HAPPENINGS`, and misuse found as a change of terms. Of one
kind the latest row decides; one that says the matter has ended takes the earlier ones back. A row
without a loan concerns all loans of its client.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.codes import Because, Flags, Numbers
from daihou.classification.rules import GradeLimits
from daihou.loan_book.choices import HappeningKind, TermChangeKind
from daihou.servicing.book_on_day import BookOnDay
from loanmath.dates import day_number

UNKNOWN = -1

_KINDS = (
    HappeningKind.ALL_BANK_DEBTS,
    HappeningKind.REFINANCED,
    HappeningKind.MISUSED,
    HappeningKind.RATING_CUT,
    HappeningKind.IMPAIRMENT,
    HappeningKind.DEBT_EVASION,
    HappeningKind.LIQUIDATION,
)  # fmt: skip - the gravest last
_PLAIN = {
    HappeningKind.MISUSED: Because.MISUSED,
    HappeningKind.RATING_CUT: Because.RATING_CUT,
    HappeningKind.DEBT_EVASION: Because.EVASION,
    HappeningKind.LIQUIDATION: Because.LIQUIDATION,
}
_FLAGS = ("ended", "qualifying_renewal", "impaired")
_NUMBERS = ("ecl_share", "debts", "overdue_90", "bad")
_FACTS = ", ".join(
    [f"coalesce(facts->>'{name}', '') = 'true'" for name in _FLAGS]
    + ["facts ? 'impaired'"]
    + [f"coalesce((facts->>'{name}')::numeric::bigint, {UNKNOWN})" for name in _NUMBERS]
)
_ROWS = f"""
    SELECT id, customer_id, coalesce(loan_id, 0), kind, happened_on - date '1970-01-01' AS day,
      {_FACTS}
    FROM loan_book_happening
    WHERE kind IN ({", ".join(f"'{kind.value}'" for kind in _KINDS)}) AND happened_on <= %(until)s
      AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
    UNION ALL
    SELECT 0, loan.customer_id, loan.id, '{HappeningKind.MISUSED.value}',
      change.effective_from - date '1970-01-01', change.kind = {TermChangeKind.MISUSE_ENDED.value},
      false, false, false, {UNKNOWN}, {UNKNOWN}, {UNKNOWN}, {UNKNOWN}
    FROM loan_book_termchange AS change JOIN loan_book_loan AS loan ON loan.id = change.loan_id
    WHERE change.kind IN ({TermChangeKind.MISUSE.value}, {TermChangeKind.MISUSE_ENDED.value})
      AND change.effective_from <= %(until)s AND change.booked_on <= %(until)s
      AND (%(customers)s::bigint[] IS NULL OR loan.customer_id = ANY(%(customers)s))
    ORDER BY day, 1
"""


@dataclass(frozen=True)
class ToldRows:
    """The rows on record in order of their days, a column each."""

    row: Numbers
    customer: Numbers
    loan: Numbers  # 0: the client as a whole
    kind: npt.NDArray[np.str_]
    day: Numbers
    ended: Numbers
    qualifying_renewal: Numbers
    impaired: Numbers
    measured: Numbers  # impairment was measured at all
    ecl_share: Numbers
    debts: Numbers
    overdue_90: Numbers
    bad: Numbers

    @classmethod
    def read(
        cls, connection: psycopg.Connection, until: dt.date, customers: list[int] | None = None
    ) -> ToldRows:
        """What is on record up to a day, of some clients or of all."""
        values = {"until": until, "customers": customers}
        rows = connection.execute(_ROWS, values).fetchall()
        columns = list(zip(*rows, strict=True)) if rows else [()] * 13
        return cls(*(
            np.array(column, str if place == 3 else np.int64)
            for place, column in enumerate(columns)
        ))  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What is on record, one value a loan; `row` is the happening behind the gravest of it."""

    because: Flags
    ecl_share: Numbers
    debts_elsewhere: Numbers
    overdue_elsewhere: Numbers
    row: Numbers


def told_on(book: BookOnDay, rows: ToldRows, limits: GradeLimits) -> Told:
    """What counts on the book's day."""
    told = Told(
        np.zeros(book.size, np.int32),
        np.full(book.size, UNKNOWN, np.int64),
        np.full(book.size, UNKNOWN, np.int64),
        np.full(book.size, UNKNOWN, np.int64),
        np.zeros(book.size, np.int64),
    )
    today = day_number(book.day)
    for kind in _KINDS:
        which = np.flatnonzero((rows.kind == kind.value) & (rows.day <= today))
        if which.size:
            place, row = _latest(book, rows, which)
            stands = rows.ended[row] == 0
            _tell(told, kind, place[stands], row[stands], rows, limits, today)
    return told


def _latest(
    book: BookOnDay, rows: ToldRows, which: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The places concerned, each with the latest of the rows that concern it."""
    loans, customers = rows.loan[which], rows.customer[which]
    of_loan = book.columnar.places.of(loans)
    clients = book.loans["customer_id"]
    first = np.searchsorted(clients, customers, side="left")
    last = np.searchsorted(clients, customers, side="right")
    of_one = loans > 0
    starts = np.where(of_one, of_loan, first)
    counts = np.where(of_one, (of_loan >= 0).astype(np.int64), last - first)
    row = np.repeat(which, counts)
    offset = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts)
    place = np.repeat(starts, counts) + offset
    at, found = np.unique(place[::-1], return_index=True)  # of several rows, the last
    return at, row[::-1][found]


def _tell(
    told: Told,
    kind: HappeningKind,
    place: npt.NDArray[np.intp],
    row: npt.NDArray[np.intp],
    rows: ToldRows,
    limits: GradeLimits,
    today: int,
) -> None:
    """Write down what the latest rows of one kind say."""
    if kind in _PLAIN:
        told.because[place] |= _PLAIN[kind]
    elif kind is HappeningKind.REFINANCED:
        exempt = rows.qualifying_renewal[row] != 0
        told.because[place] |= _either(exempt, Because.RENEWAL_EXEMPT, Because.REFINANCED)
    elif kind is HappeningKind.IMPAIRMENT:
        measured = rows.measured[row] != 0
        place, row = place[measured], row[measured]
        impaired = rows.impaired[row] != 0
        told.because[place] |= _either(impaired, Because.IMPAIRED, Because.NOT_IMPAIRED)
        told.ecl_share[place] = rows.ecl_share[row]
    else:
        fresh = today - rows.day[row] <= limits.all_bank_age.value
        place, row = place[fresh], row[fresh]
        told.because[place] |= _either(rows.bad[row] > 0, Because.BAD_ELSEWHERE, Because(0))
        known = (rows.debts[row] >= 0) & (rows.overdue_90[row] >= 0)
        told.debts_elsewhere[place[known]] = rows.debts[row[known]]
        told.overdue_elsewhere[place[known]] = rows.overdue_90[row[known]]
    told.row[place] = rows.row[row]


def _either(which: npt.NDArray[np.bool_], yes: Because, no: Because) -> Flags:
    return np.where(which, int(yes), int(no)).astype(np.int32)
