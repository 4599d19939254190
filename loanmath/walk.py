"""The walk over one loan: the one place where its history is turned into its position.

Everything that happens to a loan is one of four things, each kept in order of date:

    plan      ──▼───────▼───────▼───────▼──   an instalment falls due
    entries   ●───────●──────●●───────●────   money or a decision is entered
    grace     ────▽───────▽───────▽───────▽   the days of grace of an instalment are over
    changes   ──────────◆───────────────◆──   the terms change: a rate, a pause, a new plan ...

The walk goes from one day on which something happens to the next, up to the day asked for. On such
a day, in this order:

    morning   interest, penalty and compound interest run up to this day       `accrue`
    order     how late the loan is now says in which order money settles       `choose_order`
    grace     what its last day of grace, yesterday, left unpaid bears penalty `end_grace`
    due       the instalments of the day fall due; credit held settles them    `fall_due`
    entries   the entries of the day, in their own order                       `enter`
    changes   the changes of terms of the day, in their own order              `change_terms`

A day's position is that of its evening; what is paid on the last day of grace bears no penalty, and
a quote for that day has none. Between two such days only time passes, and time is
accounted for exactly (`accrual.py`), so that asking on a day changes nothing for later days.
"""

import numpy as np

from loanmath.book import Book
from loanmath.changes import change_terms, look_for_new_plan, next_replan
from loanmath.checks import find_problem
from loanmath.codes import EntryKind, ExcessMode, InterestMode, Item, PenaltyFrom, Problem, What
from loanmath.compiled import compiled, inlined
from loanmath.dates import NEVER, NO_DATE
from loanmath.running import (
    accrue,
    accrue_interest,
    accrued_interest,
    charge_back,
    compound_due,
    days_late,
    move_ahead,
    penalty_due,
    restart_period,
)
from loanmath.settle import (
    charge_after_last_due,
    choose_order,
    left_in_plan,
    make_due,
    mark_cleared,
    pay_what_is_due,
    place_excess,
    settle_instalments,
    settle_item,
    use_credit,
)
from loanmath.state import YEAR_OF_DAYS, State, begin

LINE = np.dtype(
    [("day", np.int64), ("what", np.int64), ("number", np.int64)]
    + [
        (field, np.int64)
        for field in (
            "paid_fees",
            "paid_penalty",
            "paid_compound",
            "paid_interest",
            "paid_principal",
            "waived",
            "credit",
            "balance",
            "due_unpaid",
            "due_principal",
            "due_interest",
            "oldest_unpaid_due",
            "days_past_due",
            "late_since",
            "stood_days",
        )
    ]
)
Journal = np.recarray[tuple[int], np.dtype[np.void]]  # one LINE after the other, or of length 0


def make_journal(room: int) -> Journal:
    """Room for so many lines of what happened."""
    return np.zeros(room, LINE).view(np.recarray)


@inlined
def walk(book: Book, n: int, as_of: int, s: State, journal: Journal) -> None:
    """Walk loan `n` to the evening of `as_of`; the result stands in `s`."""
    begin(s, book, n, as_of)
    s.problem = find_problem(s, book, n)
    if s.problem != Problem.NONE:
        return
    entry, entry_end = book.entry_at[n], book.entry_at[n + 1]
    change, change_end = book.change_at[n], book.change_at[n + 1]
    while True:
        entry_day = book.entry_date[entry] if entry < entry_end else NEVER
        change_day = book.change_date[change] if change < change_end else NEVER
        day = next_day(s, min(entry_day, change_day))
        if day > as_of or s.problem != Problem.NONE:
            break
        accrue(s, day)
        choose_order(s, day)
        if s.new_plans > 0:
            look_for_new_plan(s, book, change, change_end, day)
        s.replan_on = next_replan(s, book, change, change_end, day)
        while end_grace(s, day):
            note(s, journal, day, What.GRACE_ENDED, s.graced - 1)
        while s.fallen < s.instalments and s.due[s.fallen] == day:
            fall_due(s, day)
            note(s, journal, day, What.FELL_DUE, s.fallen - 1)
            if s.credit > 0:
                use_credit(s, day)
                note(s, journal, day, What.CREDIT_USED, s.fallen - 1)
        s.replan_on = next_replan(s, book, change, change_end, day + 1)
        while entry < entry_end and book.entry_date[entry] == day:
            enter(s, day, book.entry_kind[entry], book.entry_amount[entry])
            note(s, journal, day, book.entry_kind[entry], entry - book.entry_at[n])
            entry += 1
        while change < change_end and book.change_date[change] == day:
            kind, value = book.change_kind[change], book.change_value[change]
            change_terms(s, day, kind, value, next_replan(s, book, change, change_end, day))
            note(s, journal, day, What.TERMS_CHANGED, change - book.change_at[n])
            change += 1
        note_settlement(s, day)
    s.change = change
    s.replan_on = next_replan(s, book, change, change_end, as_of)
    if s.problem == Problem.NONE:
        finish(s, entry == entry_end)


@compiled
def next_day(s: State, entered: int) -> int:
    """The next day on which something happens, given that of the next entry or change."""
    day = entered
    if s.fallen < s.instalments:
        day = min(day, s.due[s.fallen])
    pass_paid(s)
    if s.graced < s.fallen:
        day = min(day, s.due[s.graced] + s.grace_days + 1)
    return day


@compiled
def pass_paid(s: State) -> None:
    """Go past instalments that were paid before their grace ended: it will end for nothing."""
    while s.graced < s.fallen and s.cleared_on[s.graced] != NO_DATE:
        s.graced += 1


@compiled
def fall_due(s: State, day: int) -> None:
    """The next instalment falls due: its principal, as far as any is left, and its interest."""
    i = s.fallen
    planned, planned_interest = s.planned_principal[i], s.planned_interest[i]
    if s.interest_mode == InterestMode.BY_PLAN:
        interest = interest_by_plan(s, day, planned_interest)
        if planned_interest == 0 and interest_to_come(s):
            accrue_interest(s, day)
            s.interest_charged += interest
        else:
            restart_period(s, day)
    else:
        interest = accrued_interest(s)
        s.interest_charged += interest
        s.period_start = day
    principal = min(planned, s.ahead)
    if s.interest_mode == InterestMode.BY_BALANCE_LEVEL:
        last = i == s.instalments - 1
        wanted = s.ahead if last else max(0, planned + planned_interest - interest)
        principal = min(wanted, s.ahead)
    s.plan_left -= planned
    make_due(s, day, principal, interest)


@compiled
def interest_to_come(s: State) -> bool:
    """Whether interest goes on to a later instalment: the next one only brings principal (还本日).

    The interest of the running period is then asked for on a day of its own (结息日).
    """
    later = s.fallen + 1
    return s.ahead > s.planned_principal[s.fallen] and later < s.instalments


@compiled
def interest_by_plan(s: State, day: int, planned: int) -> int:
    """What the plan asks for, less what was prepaid of it.

    If principal that it still expects was all paid before, only what had run up by then is due.
    """
    if s.ahead == 0 and left_in_plan(s) > 0:
        accrue_interest(s, day)
        return min(planned + max(0, -s.interest_charged), accrued_interest(s))
    return max(0, planned - s.interest_charged)


@compiled
def enter(s: State, day: int, kind: int, amount: int) -> None:
    """One ledger entry takes effect."""
    charge_after_last_due(s)
    if kind == EntryKind.DISBURSEMENT:
        s.disbursed += amount
        move_ahead(s, day, amount)
    elif kind == EntryKind.REPAYMENT:
        receive(s, day, amount, s.excess_mode)
    elif kind == EntryKind.PREPAYMENT:
        receive(s, day, amount, ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL)
    elif kind == EntryKind.FEE:
        s.fees += amount
        use_credit(s, day)
    elif kind == EntryKind.WRITE_OFF:
        write_off(s, day, amount)
    elif kind == EntryKind.RECOVERY:
        s.recovered += amount
    elif kind == EntryKind.REFUND:
        s.refunded += amount
        s.credit -= amount
        if s.credit < 0:
            s.problem = Problem.REFUND_EXCEEDS_CREDIT
    else:
        waive(s, day, kind, amount)


@compiled
def receive(s: State, day: int, amount: int, excess_mode: int) -> None:
    """Money comes in: it settles what is due, the rest goes where the excess mode says.

    A prepayment takes the credit held along.
    """
    money = amount
    if excess_mode == ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL:
        money += s.credit
        s.credit = 0
    left = pay_what_is_due(s, day, money)
    if left > 0:
        place_excess(s, day, left, excess_mode)
    s.last_payment_date = day
    s.last_payment_amount = amount
    s.last_payment_partial = 1 if s.cleared < s.fallen else 0


@compiled
def waive(s: State, day: int, kind: int, amount: int) -> None:
    """The lender gives up part of a claim, at most what there is of it."""
    if kind == EntryKind.WAIVE_FEE:
        left = settle_item(s, amount, Item.FEES)
    elif kind == EntryKind.WAIVE_PENALTY:
        left = settle_item(s, amount, Item.PENALTY)
    elif kind == EntryKind.WAIVE_COMPOUND:
        left = settle_item(s, amount, Item.COMPOUND)
    elif kind == EntryKind.WAIVE_INTEREST:
        left = settle_instalments(s, amount, Item.INTEREST)
    else:
        left = take_off_principal(s, day, amount)
    s.waived += amount - left
    mark_cleared(s, day)


@compiled
def take_off_principal(s: State, day: int, amount: int) -> int:
    """Take principal off without payment: due principal first; what is left of the amount."""
    left = settle_instalments(s, amount, Item.PRINCIPAL)
    ahead = min(s.ahead, left)
    move_ahead(s, day, -ahead)
    return left - ahead


@compiled
def write_off(s: State, day: int, amount: int) -> None:
    """Principal leaves the book (核销); once none is left, nothing runs on any more.

    Interest, penalty and fees that were due stay as a claim (账销案存).
    """
    if amount > s.balance:
        s.problem = Problem.WRITE_OFF_EXCEEDS_BALANCE
        return
    s.written_off += amount
    take_off_principal(s, day, amount)
    mark_cleared(s, day)
    if s.balance == 0:
        s.unpaid_interest_rate = 0
        s.written_off_wholly = 1
        restart_period(s, day)


@compiled
def end_grace(s: State, day: int) -> bool:
    """Whether the grace of one more unpaid instalment is over: it begins to bear penalty.

    The days from the due date (or from the end of grace, by contract) to this morning are charged
    here, on what is unpaid now: what was paid within grace never bears any.
    """
    pass_paid(s)
    i = s.graced
    if i == s.fallen or s.due[i] + s.grace_days >= day:
        return False
    end = s.due[i] + s.grace_days
    since = s.due[i] if s.penalty_from == PenaltyFrom.DUE_DATE else end
    charge_back(s, s.unpaid_principal[i], s.unpaid_interest[i], since, day)
    s.penal_principal += s.unpaid_principal[i]
    s.penal_interest += s.unpaid_interest[i]
    if s.due[i] > s.as_of - YEAR_OF_DAYS and s.count_paused == 0:
        s.late_instalments += 1
    s.graced += 1
    return True


@compiled
def nothing_owed(s: State) -> bool:
    """Whether the borrower owes nothing any more, now or on a later date of the plan."""
    more_to_come = s.fallen < s.instalments and s.due[s.fallen] <= s.replan_on
    only_interest_to_come = more_to_come and left_in_plan(s) == 0
    return (
        s.disbursed > 0
        and s.balance == 0
        and not only_interest_to_come
        and s.due_interest == 0
        and s.fees == 0
        and penalty_due(s) == 0
        and compound_due(s) == 0
        and accrued_interest(s) == 0
    )


@compiled
def note_settlement(s: State, day: int) -> None:
    """Remember the day on which the borrower owed nothing any more (结清日)."""
    if s.balance > 0 or not nothing_owed(s):
        s.settled_on = NO_DATE
    elif s.settled_on == NO_DATE:
        s.settled_on = day


@compiled
def finish(s: State, all_entered: bool) -> None:
    """Let time run to the evening of the day asked for, and look whether the plan held."""
    accrue(s, s.as_of)
    accrue_interest(s, s.as_of)
    charge_after_last_due(s)
    plan_binds = s.interest_mode != InterestMode.BY_BALANCE_LEVEL
    if all_entered and plan_binds and s.ahead > s.plan_left:
        s.problem = Problem.PLAN_DOES_NOT_ADD_UP


@compiled
def note(s: State, journal: Journal, day: int, what: int, number: int) -> None:
    """Write a line into the journal, if anyone wants one: the event, and totals after it."""
    if journal.size == 0:
        return
    line = journal[s.lines]
    s.lines += 1
    line.day, line.what, line.number = day, what, number
    line.paid_fees, line.paid_penalty = s.paid_fees, s.paid_penalty
    line.paid_compound, line.paid_interest = s.paid_compound, s.paid_interest
    line.paid_principal, line.waived = s.paid_principal, s.waived
    line.credit, line.balance = s.credit, s.balance
    line.due_unpaid = s.fees + s.due_principal + s.due_interest + penalty_due(s) + compound_due(s)
    line.due_principal, line.due_interest = s.due_principal, s.due_interest
    line.oldest_unpaid_due = s.due[s.cleared] if s.cleared < s.fallen else NO_DATE
    late = days_late(s, day)
    line.days_past_due = late
    counted = line.oldest_unpaid_due != NO_DATE and s.count_paused == 0
    line.late_since = day - late if counted else NO_DATE
    line.stood_days = 0 if counted else late
