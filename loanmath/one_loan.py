"""One loan for people: its position on a date, its timeline, its plan against payments.

The same compiled walk as for the whole book (`walk.py`), its result put into plain values.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from loanmath.book import Book, slice_book
from loanmath.codes import EntryKind, Problem, Status, What
from loanmath.dates import date_of, date_or_none, dates_of, day_number
from loanmath.loans import Loan, book_of
from loanmath.money import Money
from loanmath.positions import POSITION_DTYPES, Positions, make_positions, walk_range
from loanmath.state import State, make_state
from loanmath.walk import Journal, make_journal

DATE_FIELDS = frozenset(
    {
        "oldest_unpaid_due",
        "oldest_unpaid_interest_due",
        "late_since",
        "next_due",
        "last_payment_date",
        "settled_on",
    }
)


@dataclass(frozen=True, slots=True)
class Position:
    """Where one loan stands on the evening of a day; the fields are those of `Positions`."""

    as_of: dt.date
    status: Status
    problem: Problem
    disbursed: Money
    principal: Money
    principal_due: Money
    principal_overdue: Money
    interest_due: Money
    interest_overdue: Money
    penalty_due: Money
    compound_due: Money
    fees_due: Money
    accrued_interest: Money
    credit: Money
    oldest_unpaid_due: dt.date | None
    oldest_unpaid_interest_due: dt.date | None
    late_since: dt.date | None
    days_past_due: int
    unpaid_instalments: int
    overdue_instalments: int
    fallen_instalments: int
    next_due: dt.date | None
    next_due_amount: Money
    last_payment_date: dt.date | None
    last_payment_amount: Money
    last_payment_partial: bool
    paid_fees: Money
    paid_penalty: Money
    paid_compound: Money
    paid_interest: Money
    paid_principal: Money
    waived: Money
    written_off: Money
    recovered: Money
    late_instalments_12m: int
    grace_instalments_12m: int
    settled_on: dt.date | None

    @property
    def total_due(self) -> Money:
        """All that the borrower should have paid by now: fees, penalties, interest, principal."""
        return Money(
            self.fees_due
            + self.penalty_due
            + self.compound_due
            + self.interest_due
            + self.principal_due
        )

    @property
    def not_yet_due(self) -> Money:
        """Principal that is still to fall due."""
        return Money(self.principal - self.principal_due)

    @property
    def payoff(self) -> Money:
        """What settles the loan on this day: all that is due, interest to date, all principal."""
        owed = self.total_due + self.not_yet_due + self.accrued_interest
        return Money(max(0, owed - self.credit))


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a loan's timeline: what happened, where money went, how the loan stood after."""

    date: dt.date
    what: EntryKind | What
    number: int  # which instalment, entry or change of the loan, from 1
    fees: Money  # paid by this event
    penalty: Money
    compound: Money
    interest: Money
    principal: Money
    waived: Money
    credit: Money  # held after it
    balance: Money  # principal outstanding after it
    due_unpaid: Money  # due and unpaid after it, all items
    days_past_due: int  # after it


@dataclass(frozen=True, slots=True)
class InstalmentState:
    """One line of the plan beside what became of it."""

    no: int
    due: dt.date
    principal: Money
    interest: Money
    fallen_due: bool
    principal_unpaid: Money
    interest_unpaid: Money
    cleared_on: dt.date | None


def position_of(loan: Loan, as_of: dt.date) -> Position:
    """Where one loan stands on the evening of a date."""
    return position_in(book_of([loan]), 0, as_of)


def position_in(book: Book, n: int, as_of: dt.date) -> Position:
    """Where loan `n` of a book stands on the evening of a date."""
    one = slice_book(book, n, n + 1)
    out = make_positions(1)
    walk_range(one, day_number(as_of), 0, 1, out, make_state(), make_journal(0))
    return read_position(out, 0, as_of)


def read_position(out: Positions, n: int, as_of: dt.date) -> Position:
    """One loan's position out of arrays, as plain values."""
    values: dict[str, Any] = {name: int(getattr(out, name)[n]) for name in POSITION_DTYPES}
    for name in DATE_FIELDS:
        values[name] = date_or_none(values[name])
    values["status"] = Status(values["status"])
    values["problem"] = Problem(values["problem"])
    values["last_payment_partial"] = bool(values["last_payment_partial"])
    return Position(as_of=as_of, **values)


def timeline_of(loan: Loan, until: dt.date) -> list[Event]:
    """Everything that happened to a loan up to a date, line by line.

    Raises ValueError, naming the problem, for a loan that cannot be computed.
    """
    state, journal = walked(book_of([loan]), 0, until)
    lines = journal[: state.lines]
    # Column by column into plain values: asking a record for each number costs fifty times more.
    paid = [np.diff(lines[name], prepend=0).tolist() for name in _ADDED_UP]
    now = [lines[name].tolist() for name in ("credit", "balance", "due_unpaid", "days_past_due")]
    rows = zip(
        dates_of(lines["day"]),
        [_WHAT[what] for what in lines["what"].tolist()],
        (lines["number"] + 1).tolist(),
        *paid,
        *now,
        strict=True,
    )
    return [Event(*row) for row in rows]


_ADDED_UP = (
    "paid_fees",
    "paid_penalty",
    "paid_compound",
    "paid_interest",
    "paid_principal",
    "waived",
)  # noted as totals up to the line
_WHAT: dict[int, EntryKind | What] = {int(one): one for one in (*EntryKind, *What)}


def instalments_of(loan: Loan, as_of: dt.date) -> list[InstalmentState]:
    """The plan against what was paid of it by the evening of a date.

    Interest of a fallen instalment is what was charged, which under interest by balance need not be
    what the plan foresaw. A loan that was called in has one instalment for all that fell due then.
    Raises ValueError for a loan that cannot be computed.
    """
    state, _ = walked(book_of([loan]), 0, as_of)
    return [_instalment_state(state, at) for at in range(int(state.instalments))]


def _instalment_state(s: State, at: int) -> InstalmentState:
    fallen = at < s.fallen
    return InstalmentState(
        no=at + 1,
        due=date_of(int(s.due[at])),
        principal=Money(int(s.planned_principal[at])),
        interest=Money(int(s.planned_interest[at])),
        fallen_due=fallen,
        principal_unpaid=Money(int(s.unpaid_principal[at])) if fallen else Money(0),
        interest_unpaid=Money(int(s.unpaid_interest[at])) if fallen else Money(0),
        cleared_on=date_or_none(int(s.cleared_on[at])) if fallen else None,
    )


def walked(book: Book, n: int, until: dt.date) -> tuple[State, Journal]:
    """Walk loan `n` of a book to the evening of a day, noting what happens on the way.

    Only the first `lines` of the journal are written. Raises ValueError, naming the problem, for a
    loan that cannot be computed.
    """
    one = slice_book(book, n, n + 1)
    state = make_state()
    instalments = one.due.size + one.change_date.size  # a loan called in has one more
    journal = make_journal(3 * instalments + one.entry_date.size + one.change_date.size)
    walk_range(one, day_number(until), 0, 1, make_positions(1), state, journal)
    problem = Problem(int(state[0].problem))
    if problem is not Problem.NONE:
        raise ValueError(f"the loan cannot be computed: {problem.name}")
    return state[0], journal
