"""The walk over one loan: the one place where its history is turned into its position.

Everything that happens to a loan is one of three things, each kept in order of date:

    plan      ──▼───────▼───────▼───────▼──   an instalment falls due
    entries   ●───────●──────●●───────●────   money or a decision is entered
    grace     ────▽───────▽───────▽───────▽   the days of grace of an instalment end

The walk goes from one day on which something happens to the next, up to the day asked for. On such
a day, in this order:

    morning   interest, penalty and compound interest run up to this day       `accrue`
    due       the instalments of the day fall due; credit held settles them    `fall_due`
    entries   the entries of the day, in their own order                       `enter`
    evening   what is unpaid at the end of its grace begins to bear penalty    `end_grace`

A day's position is that of its evening. Between two such days only time passes, and time is
accounted for exactly (`accrual.py`), so that asking on a day changes nothing for later days.
"""

from typing import NamedTuple

import numpy as np

from loanmath.arrays import Amounts, Codes, Days
from loanmath.book import Book
from loanmath.checks import find_problem
from loanmath.codes import EntryKind, ExcessMode, InterestMode, Item, PenaltyFrom, Problem, What
from loanmath.compiled import compiled
from loanmath.dates import NO_DATE
from loanmath.day_count import weight_between
from loanmath.running import (
    accrue,
    accrue_interest,
    accrued_interest,
    add_compound,
    add_penalty,
    compound_due,
    move_ahead,
    penalty_due,
    restart_period,
)
from loanmath.settle import (
    charge_after_last_due,
    mark_cleared,
    pay_what_is_due,
    place_excess,
    settle_instalments,
    settle_item,
    use_credit,
)
from loanmath.state import STATE, YEAR_OF_DAYS, Instalments, State, StateArray, begin

NEVER = 2**31  # later than every date


class Journal(NamedTuple):
    """What happened, line by line, if anyone wants to know; of length 0 if not."""

    day: Days
    what: Codes  # EntryKind or What
    number: Amounts  # which entry or which instalment of the loan, from 0
    after: StateArray  # the state after it


def make_journal(room: int) -> Journal:
    """Room for so many lines."""
    return Journal(
        np.zeros(room, np.int32),
        np.zeros(room, np.int8),
        np.zeros(room, np.int64),
        np.zeros(room, STATE).view(np.recarray),
    )


@compiled
def walk(book: Book, n: int, as_of: int, s: State, rows: Instalments, journal: Journal) -> None:
    """Walk loan `n` to the evening of `as_of`; the result stands in `s` and `rows`."""
    begin(s, book, n, as_of)
    s.problem = find_problem(book, n)
    if s.problem != Problem.NONE:
        return
    plan_end = book.plan_at[n + 1]
    entry, entry_end = book.entry_at[n], book.entry_at[n + 1]
    sum_plan(s, book.due_principal)
    day = next_day(s, book, entry, entry_end)
    while day <= as_of and s.problem == Problem.NONE:
        accrue(s, day)
        while s.plan_start + s.fallen < plan_end and book.due[s.plan_start + s.fallen] == day:
            fall_due(s, rows, book.due, book.due_principal, book.due_interest, day)
            note(s, journal, day, What.FELL_DUE, s.fallen - 1)
            if s.credit > 0:
                use_credit(s, rows, book.due, day)
                note(s, journal, day, What.CREDIT_USED, s.fallen - 1)
        while entry < entry_end and book.entry_date[entry] == day:
            charge_after_last_due(s, rows)
            enter(s, rows, book.due, day, book.entry_kind[entry], book.entry_amount[entry])
            note(s, journal, day, book.entry_kind[entry], entry - book.entry_at[n])
            entry += 1
        end_grace(s, rows, book.due, day, journal)
        note_settlement(s, day)
        day = next_day(s, book, entry, entry_end)
    if s.problem == Problem.NONE:
        finish(s, rows, entry == entry_end)


@compiled
def sum_plan(s: State, due_principal: Amounts) -> None:
    """Add up the principal that the plan has still to call in: all of it, at the beginning."""
    for row in range(s.plan_start, s.plan_start + s.instalments):
        s.plan_left += due_principal[row]


@compiled
def next_day(s: State, book: Book, entry: int, entry_end: int) -> int:
    """The next day on which something happens."""
    day = NEVER
    if s.fallen < s.instalments:
        day = min(day, book.due[s.plan_start + s.fallen])
    if entry < entry_end:
        day = min(day, book.entry_date[entry])
    s.graced = max(s.graced, s.cleared)
    if s.graced < s.fallen:
        day = min(day, book.due[s.plan_start + s.graced] + s.grace_days)
    return day


@compiled
def fall_due(
    s: State, rows: Instalments, due: Days, principals: Amounts, interests: Amounts, day: int
) -> None:
    """The next instalment falls due: its principal, as far as any is left, and its interest."""
    i = s.fallen
    planned, planned_interest = principals[s.plan_start + i], interests[s.plan_start + i]
    if s.interest_mode == InterestMode.BY_PLAN:
        interest = interest_by_plan(s, day, planned_interest)
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
    rows.principal[i], rows.interest[i], rows.cleared_on[i] = principal, interest, NO_DATE
    s.ahead -= principal
    s.due_principal += principal
    s.due_interest += interest
    s.plan_left -= planned
    s.fallen += 1
    mark_cleared(s, rows, due, day)


@compiled
def interest_by_plan(s: State, day: int, planned: int) -> int:
    """What the plan asks for, less what was prepaid of it.

    If principal that it still expects was all paid before, only what had run up by then is due.
    """
    if s.ahead == 0 and s.plan_left > 0:
        accrue_interest(s, day)
        return min(planned, accrued_interest(s))
    return max(0, planned - s.interest_charged)


@compiled
def enter(s: State, rows: Instalments, due: Days, day: int, kind: int, amount: int) -> None:
    """One ledger entry takes effect."""
    if kind == EntryKind.DISBURSEMENT:
        s.disbursed += amount
        move_ahead(s, day, amount)
    elif kind == EntryKind.REPAYMENT:
        receive(s, rows, due, day, amount, s.excess_mode)
    elif kind == EntryKind.PREPAYMENT:
        receive(s, rows, due, day, amount, ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL)
    elif kind == EntryKind.FEE:
        s.fees += amount
        use_credit(s, rows, due, day)
    elif kind == EntryKind.WRITE_OFF:
        write_off(s, rows, due, day, amount)
    elif kind == EntryKind.RECOVERY:
        s.recovered += amount
    elif kind == EntryKind.REFUND:
        s.refunded += amount
        s.credit -= amount
        if s.credit < 0:
            s.problem = Problem.REFUND_EXCEEDS_CREDIT
    else:
        waive(s, rows, due, day, kind, amount)


@compiled
def receive(
    s: State, rows: Instalments, due: Days, day: int, amount: int, excess_mode: int
) -> None:
    """Money comes in: it settles what is due, the rest goes where the excess mode says."""
    left = pay_what_is_due(s, rows, due, day, amount)
    if left > 0:
        place_excess(s, day, left, excess_mode)
    s.last_payment_date = day
    s.last_payment_amount = amount
    s.last_payment_partial = 1 if s.cleared < s.fallen else 0


@compiled
def waive(s: State, rows: Instalments, due: Days, day: int, kind: int, amount: int) -> None:
    """The lender gives up part of a claim, at most what there is of it."""
    if kind == EntryKind.WAIVE_FEE:
        left = settle_item(s, rows, amount, Item.FEES)
    elif kind == EntryKind.WAIVE_PENALTY:
        left = settle_item(s, rows, amount, Item.PENALTY)
    elif kind == EntryKind.WAIVE_COMPOUND:
        left = settle_item(s, rows, amount, Item.COMPOUND)
    elif kind == EntryKind.WAIVE_INTEREST:
        left = settle_instalments(s, rows, amount, Item.INTEREST)
    else:
        left = take_off_principal(s, rows, day, amount)
    s.waived += amount - left
    mark_cleared(s, rows, due, day)


@compiled
def take_off_principal(s: State, rows: Instalments, day: int, amount: int) -> int:
    """Take principal off without payment: due principal first; what is left of the amount."""
    left = settle_instalments(s, rows, amount, Item.PRINCIPAL)
    ahead = min(s.ahead, left)
    move_ahead(s, day, -ahead)
    return left - ahead


@compiled
def write_off(s: State, rows: Instalments, due: Days, day: int, amount: int) -> None:
    """Principal leaves the book (核销); once none is left, nothing runs on any more.

    Interest, penalty and fees that were due stay as a claim (账销案存).
    """
    if amount > s.balance:
        s.problem = Problem.WRITE_OFF_EXCEEDS_BALANCE
        return
    s.written_off += amount
    take_off_principal(s, rows, day, amount)
    mark_cleared(s, rows, due, day)
    if s.balance == 0:
        s.compound_rate = 0
        restart_period(s, day)


@compiled
def end_grace(s: State, rows: Instalments, due: Days, day: int, journal: Journal) -> None:
    """What is still unpaid at the end of its grace begins to bear penalty and compound interest.

    Where penalty goes back to the due date, the days of grace are charged here, on what is unpaid
    now: what was paid within grace never bears any.
    """
    s.graced = max(s.graced, s.cleared)
    while s.graced < s.fallen and due[s.plan_start + s.graced] + s.grace_days <= day:
        i = s.graced
        due_on = due[s.plan_start + i]
        if s.penalty_from == PenaltyFrom.DUE_DATE:
            weight = weight_between(s.penalty_day_count, due_on, day)
            add_penalty(s, rows.principal[i], weight)
            add_compound(s, rows.interest[i], weight)
        s.penal_principal += rows.principal[i]
        s.penal_interest += rows.interest[i]
        if due_on > s.as_of - YEAR_OF_DAYS:
            s.late_instalments += 1
        s.graced += 1
        note(s, journal, day, What.GRACE_ENDED, i)


@compiled
def nothing_owed(s: State) -> bool:
    """Whether the borrower owes nothing any more, now or on a later date of the plan."""
    only_interest_to_come = s.plan_left == 0 and s.fallen < s.instalments
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
def finish(s: State, rows: Instalments, all_entered: bool) -> None:
    """Let time run to the evening of the day asked for, and look whether the plan held."""
    accrue(s, s.as_of)
    accrue_interest(s, s.as_of)
    charge_after_last_due(s, rows)
    plan_binds = s.interest_mode != InterestMode.BY_BALANCE_LEVEL
    if all_entered and plan_binds and s.ahead > s.plan_left:
        s.problem = Problem.PLAN_DOES_NOT_ADD_UP


@compiled
def note(s: State, journal: Journal, day: int, what: int, number: int) -> None:
    """Write a line into the journal, if there is one."""
    if journal.day.size == 0:
        return
    at = s.lines
    s.lines += 1
    journal.day[at] = day
    journal.what[at] = what
    journal.number[at] = number
    journal.after[at] = s
