"""Where loans stand on a date: for the whole book at once, and in what form.

`positions` runs the walk (`walk.py`) over every loan, in parallel threads without the interpreter
lock, into arrays that may be used again the next day.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from loanmath.accrual import grow, rounded
from loanmath.arrays import Amounts, Codes, Counts, Days
from loanmath.book import Book, make_book
from loanmath.codes import ChangeKind, InterestMode, Problem, Status
from loanmath.compiled import compiled, inlined
from loanmath.dates import NO_DATE
from loanmath.day_count import weight_within
from loanmath.running import accrued_interest, compound_due, days_late, penalty_due
from loanmath.state import YEAR_OF_DAYS, State, StateArray, make_state
from loanmath.walk import Journal, make_journal, nothing_owed, walk

CHUNK = 8192  # loans that one thread takes at a time


class Positions(NamedTuple):
    """One value per loan, on the evening of the day asked for; amounts in fen.

    "Due" is what fell due on or before that day and is unpaid; "overdue" leaves out what fell due
    on the day itself. Dates that do not exist are `NO_DATE`. A loan with a problem is all zeros.
    """

    status: Codes  # Status
    problem: Codes  # Problem; not 0: the loan is set aside
    disbursed: Amounts
    principal: Amounts  # outstanding
    principal_due: Amounts
    principal_overdue: Amounts
    interest_due: Amounts
    interest_overdue: Amounts
    penalty_due: Amounts
    compound_due: Amounts
    fees_due: Amounts
    accrued_interest: Amounts  # run up, not yet due
    credit: Amounts  # 溢缴款
    oldest_unpaid_due: Days  # of principal or interest
    oldest_unpaid_interest_due: Days
    late_since: Days  # oldest_unpaid_due, later by the days of pauses of the count
    days_past_due: Days  # day asked for minus late_since; grace is none
    unpaid_instalments: Counts  # fallen due and not fully paid
    overdue_instalments: Counts  # of these, fallen due before the day itself
    fallen_instalments: Counts
    next_due: Days
    next_due_amount: Amounts  # principal and interest of that instalment
    last_payment_date: Days
    last_payment_amount: Amounts
    last_payment_partial: Codes  # 1: it left principal or interest that was due unpaid
    paid_fees: Amounts
    paid_penalty: Amounts
    paid_compound: Amounts
    paid_interest: Amounts
    paid_principal: Amounts
    waived: Amounts
    written_off: Amounts
    recovered: Amounts
    late_instalments_12m: Counts  # due in the last 365 days, not fully paid when grace ended
    grace_instalments_12m: Counts  # due in the last 365 days, paid after the date but within grace
    settled_on: Days


_DTYPES: dict[object, npt.DTypeLike] = {
    Codes: np.int8,
    Counts: np.int16,
    Days: np.int32,
    Amounts: np.int64,
}
POSITION_DTYPES: dict[str, npt.DTypeLike] = {
    name: _DTYPES[kind] for name, kind in Positions.__annotations__.items()
}


def make_positions(loans: int) -> Positions:
    """Room for the positions of so many loans."""
    return Positions(**{name: np.zeros(loans, kind) for name, kind in POSITION_DTYPES.items()})


def positions(book: Book, as_of: int, out: Positions | None = None, threads: int = 2) -> Positions:
    """Where every loan of the book stands on the evening of day number `as_of`.

    `out` takes up the result if given (its arrays must be as long as the book; ValueError if not)
    and is returned; reuse it from day to day. Loans that cannot be computed have a `problem`.
    """
    book = make_book(**book._asdict())
    loans = book.principal.size
    out = make_positions(loans) if out is None else out
    if any(column.size != loans for column in out):
        raise ValueError(f"the arrays for the result must have {loans} values each")
    no_journal = make_journal(0)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        work = [
            pool.submit(walk_range, book, as_of, first, last, out, make_state(), no_journal)
            for first, last in _chunks(loans)
        ]
        for part in work:
            part.result()
    return out


def _chunks(loans: int) -> Iterator[tuple[int, int]]:
    for first in range(0, loans, CHUNK):
        yield first, min(first + CHUNK, loans)


@compiled
def walk_range(
    book: Book,
    as_of: int,
    first: int,
    last: int,
    out: Positions,
    state: StateArray,
    journal: Journal,
) -> None:
    """Walk the loans `first` to `last` (not counted) and write their positions."""
    s = state[0]
    for n in range(first, last):
        walk(book, n, as_of, s, journal)
        if s.problem != Problem.NONE:
            write_nothing(out, n)
            out.problem[n] = s.problem
        else:
            write_claims(s, out, n)
            write_arrears(s, out, n)
            write_next(s, book, out, n)
            write_history(s, out, n)


@inlined
def write_nothing(out: Positions, n: int) -> None:
    """Zeros for a loan that is set aside."""
    out.status[n] = Status.NOT_STARTED
    out.disbursed[n] = out.principal[n] = out.principal_due[n] = out.principal_overdue[n] = 0
    out.interest_due[n] = out.interest_overdue[n] = out.penalty_due[n] = out.compound_due[n] = 0
    out.fees_due[n] = out.accrued_interest[n] = out.credit[n] = out.next_due_amount[n] = 0
    out.oldest_unpaid_due[n] = out.oldest_unpaid_interest_due[n] = out.next_due[n] = NO_DATE
    out.late_since[n] = NO_DATE
    out.days_past_due[n] = 0
    out.unpaid_instalments[n] = out.overdue_instalments[n] = out.fallen_instalments[n] = 0
    out.last_payment_date[n] = out.settled_on[n] = NO_DATE
    out.last_payment_amount[n] = out.last_payment_partial[n] = 0
    out.paid_fees[n] = out.paid_penalty[n] = out.paid_compound[n] = 0
    out.paid_interest[n] = out.paid_principal[n] = 0
    out.waived[n] = out.written_off[n] = out.recovered[n] = 0
    out.late_instalments_12m[n] = out.grace_instalments_12m[n] = 0


@compiled
def status_of(s: State) -> int:
    """Not started, live, settled or written off."""
    if s.disbursed == 0:
        return Status.NOT_STARTED.value
    if s.balance == 0 and s.written_off > 0:
        return Status.WRITTEN_OFF.value
    return Status.SETTLED.value if nothing_owed(s) else Status.LIVE.value


@inlined
def write_claims(s: State, out: Positions, n: int) -> None:
    """What the borrower owes, by item."""
    out.problem[n] = Problem.NONE
    out.status[n] = status_of(s)
    out.disbursed[n] = s.disbursed
    out.principal[n] = s.balance
    out.principal_due[n] = s.due_principal
    out.interest_due[n] = s.due_interest
    out.penalty_due[n] = penalty_due(s)
    out.compound_due[n] = compound_due(s)
    out.fees_due[n] = s.fees
    out.accrued_interest[n] = accrued_interest(s)
    out.credit[n] = s.credit


@inlined
def write_arrears(s: State, out: Positions, n: int) -> None:
    """How late the loan is."""
    principal_today = interest_today = 0
    unpaid = overdue = 0
    oldest_interest = NO_DATE
    for i in range(s.cleared, s.fallen):
        if s.unpaid_principal[i] == 0 and s.unpaid_interest[i] == 0:
            continue
        due_on = s.due[i]
        unpaid += 1
        if due_on < s.as_of:
            overdue += 1
        else:
            principal_today += s.unpaid_principal[i]
            interest_today += s.unpaid_interest[i]
        if oldest_interest == NO_DATE and s.unpaid_interest[i] > 0:
            oldest_interest = due_on
    oldest = s.due[s.cleared] if unpaid > 0 else NO_DATE
    out.principal_overdue[n] = s.due_principal - principal_today
    out.interest_overdue[n] = s.due_interest - interest_today
    out.oldest_unpaid_due[n] = oldest
    out.oldest_unpaid_interest_due[n] = oldest_interest
    out.days_past_due[n] = days_late(s, s.as_of)
    out.late_since[n] = NO_DATE if oldest == NO_DATE else s.as_of - out.days_past_due[n]
    out.unpaid_instalments[n] = unpaid
    out.overdue_instalments[n] = overdue
    out.fallen_instalments[n] = s.fallen


@inlined
def write_next(s: State, book: Book, out: Positions, n: int) -> None:
    """The next instalment: when, and how much if nothing happens until then but known rates."""
    out.next_due[n] = NO_DATE
    out.next_due_amount[n] = 0
    if s.fallen == s.instalments or s.ahead == 0:
        return
    i = s.fallen
    out.next_due[n] = s.due[i]
    if s.interest_mode == InterestMode.BY_PLAN:
        coming = max(0, s.planned_interest[i] - s.interest_charged)
        out.next_due_amount[n] = min(s.planned_principal[i], s.ahead) + coming
        return
    base = s.balance if s.penalty_rate == 0 else s.ahead
    whole, part, rate, since = s.interest_whole, s.interest_part, s.rate, s.as_of
    for c in range(s.change, book.change_at[n + 1]):
        if book.change_kind[c] == ChangeKind.RATE and book.change_date[c] < s.due[i]:
            weight = weight_within(s.day_count, s.period_start, since, book.change_date[c])
            whole, part = grow(whole, part, base, rate, weight, s.basis)
            rate, since = book.change_value[c], book.change_date[c]
    weight = weight_within(s.day_count, s.period_start, since, s.due[i])
    whole, part = grow(whole, part, base, rate, weight, s.basis)
    coming = rounded(whole, part, s.basis) - s.interest_charged
    principal = min(s.planned_principal[i], s.ahead)
    if s.interest_mode == InterestMode.BY_BALANCE_LEVEL:
        principal = min(s.ahead, max(0, s.planned_principal[i] + s.planned_interest[i] - coming))
        if s.fallen == s.instalments - 1:
            principal = s.ahead
    out.next_due_amount[n] = principal + coming


@inlined
def write_history(s: State, out: Positions, n: int) -> None:
    """What was paid so far, and how punctually."""
    out.last_payment_date[n] = s.last_payment_date
    out.last_payment_amount[n] = s.last_payment_amount
    out.last_payment_partial[n] = s.last_payment_partial
    out.paid_fees[n] = s.paid_fees
    out.paid_penalty[n] = s.paid_penalty
    out.paid_compound[n] = s.paid_compound
    out.paid_interest[n] = s.paid_interest
    out.paid_principal[n] = s.paid_principal
    out.waived[n] = s.waived
    out.written_off[n] = s.written_off
    out.recovered[n] = s.recovered
    out.late_instalments_12m[n] = s.late_instalments
    out.grace_instalments_12m[n] = paid_in_grace(s)
    out.settled_on[n] = s.settled_on


@compiled
def paid_in_grace(s: State) -> int:
    """Instalments of the last 365 days that were paid late, but within grace."""
    found = 0
    if s.grace_days == 0:
        return found
    for i in range(s.fallen):
        if s.cleared_on[i] == NO_DATE:
            continue
        late = s.cleared_on[i] - s.due[i]
        if s.due[i] > s.as_of - YEAR_OF_DAYS and 0 < late <= s.grace_days:
            found += 1
    return found
