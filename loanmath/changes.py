"""What a change of terms does to a loan, on the evening of its day, after the day's entries.

Rates and pauses keep what ran up before as it was and hold for the nights from this one on.
"""

from loanmath.book import MOST_INSTALMENTS, Book
from loanmath.codes import ChangeKind, InterestMode, Item, Problem
from loanmath.compiled import compiled, inlined
from loanmath.dates import NEVER
from loanmath.running import (
    accrue_interest,
    accrued_interest,
    compound_due,
    move_ahead,
    penalty_due,
    restart_period,
)
from loanmath.settle import (
    charge_after_last_due,
    made_anew,
    make_due,
    mark_cleared,
    settle_instalments,
    use_credit,
)
from loanmath.state import State


@inlined
def next_replan(s: State, book: Book, change: int, change_end: int, since: int) -> int:
    """The day from `since` on which a new plan next takes back what is due, or `NEVER`."""
    if s.replans == 0:
        return int(NEVER)
    for c in range(change, change_end):
        if book.change_kind[c] == ChangeKind.REPLANNED and book.change_date[c] >= since:
            return int(book.change_date[c])
    return int(NEVER)


@inlined
def look_for_new_plan(s: State, book: Book, change: int, change_end: int, day: int) -> None:
    """Note in the morning whether the plan is made anew on a day, from that day's changes on."""
    for c in range(change, change_end):
        if book.change_date[c] > day:
            break
        kind = book.change_kind[c]
        if kind == ChangeKind.REPLANNED or kind == ChangeKind.NEW_PLAN:
            s.new_plan_on = day


@compiled
def change_terms(s: State, day: int, kind: int, value: int, replan: int) -> None:
    """One change of terms takes effect; `replan` is the day of the next new plan after it."""
    if kind == ChangeKind.NEW_PLAN:
        return
    accrue_interest(s, day)
    if kind < ChangeKind.CALLED_IN:
        change_rates(s, day, kind, value)
        return
    charge_after_last_due(s)
    if kind == ChangeKind.CALLED_IN:
        call_in(s, day, replan)
    elif kind == ChangeKind.CAPITALISED:
        capitalise_interest(s, day, value)
    elif kind == ChangeKind.PENALTY_CAPITALISED:
        capitalise_penalty(s, day, value)
    else:
        take_back(s, day, value)


@compiled
def change_rates(s: State, day: int, kind: int, value: int) -> None:
    """A rate or a pause changes; what bites from now on follows from all of them together."""
    if s.segments == 0:
        note_rates(s, s.start)
    if kind == ChangeKind.RATE:
        s.rate = value
    elif kind == ChangeKind.PENALTY_RATE:
        s.penalty_rate = value
    elif kind == ChangeKind.COMPOUND_RATE:
        s.compound_rate = value
    elif kind == ChangeKind.MISUSE_RATE:
        s.misuse_rate = value
    elif kind == ChangeKind.PENALTY_PAUSED:
        s.penalty_paused = value
    else:
        s.count_paused = value
    choose_rates(s)
    note_rates(s, day)


@compiled
def choose_rates(s: State) -> None:
    """The heavier of overdue and misuse rate, never both (择其重，不能并处); none in a pause.

    Contract interest runs on beside the misuse rate, so that only what goes beyond it is penalty:
    on principal not yet due, and on overdue principal that never left the interest base.
    """
    surplus = max(0, s.misuse_rate - s.rate)
    in_interest_base = s.penalty_rate == 0 and s.interest_mode != InterestMode.BY_PLAN
    s.surplus_rate = surplus
    s.overdue_rate = surplus if in_interest_base else max(s.penalty_rate, s.misuse_rate)
    s.unpaid_interest_rate = 0
    if s.compound_rate > 0 and s.written_off_wholly == 0:
        s.unpaid_interest_rate = max(s.compound_rate, s.misuse_rate)
    if s.penalty_paused == 1:
        s.surplus_rate = s.overdue_rate = s.unpaid_interest_rate = 0


@compiled
def note_rates(s: State, day: int) -> None:
    """Remember from which day which rates bite, for what is charged back at the end of grace."""
    k = s.segments
    if k > 0 and s.segment_from[k - 1] == day:
        k -= 1
    s.segment_from[k] = day
    s.segment_overdue_rate[k] = s.overdue_rate
    s.segment_unpaid_interest_rate[k] = s.unpaid_interest_rate
    s.segment_count_paused[k] = s.count_paused
    s.segments = k + 1


@compiled
def call_in(s: State, day: int, replan: int) -> None:
    """All principal not yet due falls due today, with interest to date (提前到期).

    What the plan still had to come falls away, except what a later new plan brings.
    """
    if s.ahead == 0:
        return
    interest = accrued_interest(s)
    make_place(s, day, replan)
    if s.problem != Problem.NONE:
        return
    s.planned_principal[s.fallen], s.planned_interest[s.fallen] = s.ahead, interest
    if s.interest_mode == InterestMode.BY_PLAN:
        restart_period(s, day)
    else:
        s.interest_charged += interest
        s.period_start = day
    make_due(s, day, s.ahead, interest)
    use_credit(s, day)


@compiled
def make_place(s: State, day: int, replan: int) -> None:
    """Put one instalment due today in the place of those that would fall due until `replan`."""
    place = s.fallen
    kept = place
    while kept < s.instalments and s.due[kept] <= replan:
        s.plan_left -= s.planned_principal[kept]
        kept += 1
    if kept == place and s.instalments == MOST_INSTALMENTS:
        s.problem = Problem.TOO_MANY_INSTALMENTS
        return
    if kept == place:
        for i in range(s.instalments, place, -1):
            move_instalment(s, i - 1, i)
    else:
        for i in range(kept, s.instalments):
            move_instalment(s, i, place + 1 + i - kept)
    s.instalments += place + 1 - kept
    s.due[place] = day


@compiled
def move_instalment(s: State, source: int, target: int) -> None:
    """Move an instalment to come to another place of the plan."""
    s.due[target] = s.due[source]
    s.planned_principal[target] = s.planned_principal[source]
    s.planned_interest[target] = s.planned_interest[source]


@compiled
def capitalise_interest(s: State, day: int, amount: int) -> None:
    """So much unpaid interest becomes principal (利息转本金): what is due first, then what ran up.

    The plan must call it in. If it was made anew for all interest to date, a new period begins.
    """
    left = settle_instalments(s, amount, Item.INTEREST)
    if left > accrued_interest(s):
        s.problem = Problem.CAPITALISED_EXCEEDS_DUE
        return
    s.interest_charged += left
    make_principal(s, day, amount)
    if left > 0 and accrued_interest(s) == 0 and made_anew(s, day):
        restart_period(s, day)


@compiled
def capitalise_penalty(s: State, day: int, amount: int) -> None:
    """So much penalty becomes principal (罚息转本金), and after it compound interest."""
    penalty = min(amount, penalty_due(s))
    compound = amount - penalty
    if compound > compound_due(s):
        s.problem = Problem.CAPITALISED_EXCEEDS_DUE
        return
    s.penalty_settled += penalty
    s.compound_settled += compound
    make_principal(s, day, amount)


@compiled
def make_principal(s: State, day: int, amount: int) -> None:
    """Principal not yet due grows by what was interest or penalty before."""
    move_ahead(s, day, amount)
    s.capitalised += amount
    mark_cleared(s, day)


@compiled
def take_back(s: State, day: int, in_plan: int) -> None:
    """Principal and interest that are due go into the plan in force from today (重组).

    That interest, and what ran up to date, is asked for with the next instalment, on top of what
    the plan says; with `in_plan` a plan's figures hold it already. Penalty and fees stay due.
    """
    principal, interest = s.due_principal, s.due_interest
    settle_instalments(s, principal, Item.PRINCIPAL)
    settle_instalments(s, interest, Item.INTEREST)
    move_ahead(s, day, principal)
    mark_cleared(s, day)
    if s.interest_mode == InterestMode.BY_PLAN:
        interest += accrued_interest(s)
        restart_period(s, day)
        if in_plan == 1:
            return
    s.interest_charged -= interest
