"""Interest, penalty and compound interest running on one loan between two events."""

from loanmath.accrual import grow, rounded
from loanmath.codes import InterestMode
from loanmath.compiled import compiled
from loanmath.day_count import weight_between, weight_within
from loanmath.state import State


@compiled
def accrue_interest(s: State, day: int) -> None:
    """Let contract interest run up to `day` on the principal that bears it.

    That is the principal not yet due. Overdue principal bears penalty instead; where a loan has no
    penalty rate and interest goes by balance, it goes on bearing contract interest.
    """
    if day <= s.interest_since:
        return
    base = s.ahead
    if s.interest_mode != InterestMode.BY_PLAN and s.penalty_rate == 0:
        base = s.balance
    if base > 0:
        weight = weight_within(s.day_count, s.period_start, s.interest_since, day)
        s.interest_whole, s.interest_part = grow(
            s.interest_whole, s.interest_part, base, s.rate, weight, s.basis
        )
    s.interest_since = day


@compiled
def accrue_penalty(s: State, day: int) -> None:
    """Let penalty and compound interest run up to `day` on what is overdue beyond grace."""
    bears = s.penal_principal > 0 or s.penal_interest > 0 or s.surplus_rate > 0
    if bears and day > s.penal_since:
        weight = weight_between(s.penalty_day_count, s.penal_since, day)
        add_penalty(s, s.penal_principal, s.overdue_rate, weight)
        add_compound(s, s.penal_interest, s.unpaid_interest_rate, weight)
        if s.surplus_rate > 0:
            add_penalty(s, s.ahead, s.surplus_rate, weight)
    s.penal_since = day


@compiled
def add_penalty(s: State, base: int, rate: int, weight: int) -> None:
    """Penalty (罚息) on some principal for some days."""
    s.penalty_whole, s.penalty_part = grow(
        s.penalty_whole, s.penalty_part, base, rate, weight, s.penalty_basis
    )


@compiled
def add_compound(s: State, base: int, rate: int, weight: int) -> None:
    """Compound interest (复利) on some unpaid interest for some days."""
    s.compound_whole, s.compound_part = grow(
        s.compound_whole, s.compound_part, base, rate, weight, s.penalty_basis
    )


@compiled
def charge_back(s: State, principal: int, interest: int, since: int, day: int) -> None:
    """Penalty and compound interest from an earlier day to this one, each day at its own rates."""
    if s.segments == 0:
        weight = weight_between(s.penalty_day_count, since, day)
        add_penalty(s, principal, s.overdue_rate, weight)
        add_compound(s, interest, s.unpaid_interest_rate, weight)
        return
    for k in range(s.segments):
        first = max(since, s.segment_from[k])
        last = day if k == s.segments - 1 else min(day, s.segment_from[k + 1])
        if first < last:
            weight = weight_between(s.penalty_day_count, first, last)
            add_penalty(s, principal, s.segment_overdue_rate[k], weight)
            if s.written_off_wholly == 0:
                add_compound(s, interest, s.segment_unpaid_interest_rate[k], weight)


@compiled
def days_late(s: State, day: int) -> int:
    """Days past due on a day: since the oldest due date with something unpaid, pauses left out."""
    if s.cleared == s.fallen:
        return 0
    since = s.due[s.cleared]
    days: int = day - since
    for k in range(s.segments):
        if s.segment_count_paused[k] == 1:
            last = day if k == s.segments - 1 else min(day, s.segment_from[k + 1])
            days -= max(0, last - max(since, s.segment_from[k]))
    return days


@compiled
def accrue(s: State, day: int) -> None:
    """Bring the loan to the morning of `day`, before anything happens on it.

    Where interest goes by plan it is left to run on: the due date replaces it by the plan's figure.
    """
    accrue_penalty(s, day)
    if s.interest_mode != InterestMode.BY_PLAN:
        accrue_interest(s, day)


@compiled
def accrued_interest(s: State) -> int:
    """Interest that has run up and is neither due nor paid, to the fen."""
    return max(0, rounded(s.interest_whole, s.interest_part, s.basis) - s.interest_charged)


@compiled
def penalty_due(s: State) -> int:
    """Penalty to pay now: all that ever ran up, rounded once, less what was paid or waived."""
    return rounded(s.penalty_whole, s.penalty_part, s.penalty_basis) - s.penalty_settled


@compiled
def compound_due(s: State) -> int:
    """Compound interest to pay now, as `penalty_due`."""
    return rounded(s.compound_whole, s.compound_part, s.penalty_basis) - s.compound_settled


@compiled
def move_ahead(s: State, day: int, amount: int) -> None:
    """Raise or lower the principal not yet due, interest on the old amount having run to `day`."""
    accrue_interest(s, day)
    s.ahead += amount
    s.balance += amount


@compiled
def restart_period(s: State, day: int) -> None:
    """Begin a new interest period on `day` with nothing accrued."""
    s.interest_whole = s.interest_part = s.interest_charged = 0
    s.interest_since = s.period_start = day
