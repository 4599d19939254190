"""Whether a loan can be computed at all; if not, the first reason found (`Problem`)."""

from loanmath.book import MOST_CHANGES, MOST_INSTALMENTS, Book
from loanmath.codes import (
    Allocation,
    ChangeKind,
    EntryKind,
    ExcessMode,
    InterestMode,
    PenaltyFrom,
    Problem,
)
from loanmath.compiled import compiled, inlined
from loanmath.dates import FIRST_DAY, LAST_DAY
from loanmath.day_count import DayCount
from loanmath.money import MAX_MONEY
from loanmath.rates import MAX_RATE
from loanmath.state import State

LAST_ALLOCATION = max(Allocation)
LAST_DAY_COUNT = max(DayCount)
LAST_INTEREST_MODE = max(InterestMode)
LAST_EXCESS_MODE = max(ExcessMode)
LAST_PENALTY_FROM = max(PenaltyFrom)
LAST_ENTRY_KIND = max(EntryKind)
LAST_CHANGE_KIND = max(ChangeKind)
MOST_MONEY = int(MAX_MONEY)
MOST_RATE = int(MAX_RATE)


@inlined
def find_problem(s: State, book: Book, n: int) -> int:
    """The first reason why loan `n` cannot be computed, or `Problem.NONE`.

    It depends on the loan alone, not on the date asked for: every entry and change is looked at.
    """
    problem = terms_problem(s)
    if problem == Problem.NONE:
        problem = plan_problem(s)
    if problem == Problem.NONE:
        problem = entries_problem(s, book, n)
    if problem == Problem.NONE:
        problem = changes_problem(s, book, n)
    if problem == Problem.NONE:
        problem = total_problem(s)
    return problem


@compiled
def outside(value: int, last: int) -> bool:
    """Whether a number is negative or above `last`."""
    return value < 0 or value > last


@compiled
def terms_problem(s: State) -> int:
    """Amount, rates, codes and dates of the contract."""
    if s.principal < 1 or s.principal > MOST_MONEY:
        return Problem.AMOUNT_OUT_OF_RANGE
    if (
        outside(s.rate, MOST_RATE)
        or outside(s.penalty_rate, MOST_RATE)
        or outside(s.compound_rate, MOST_RATE)
    ):
        return Problem.RATE_OUT_OF_RANGE
    if (
        outside(s.day_count, LAST_DAY_COUNT)
        or outside(s.allocation, LAST_ALLOCATION)
        or outside(s.allocation_impaired, LAST_ALLOCATION)
        or outside(s.interest_mode, LAST_INTEREST_MODE)
        or outside(s.excess_mode, LAST_EXCESS_MODE)
        or outside(s.penalty_from, LAST_PENALTY_FROM)
        or s.grace_days < 0
        or s.impaired_after_days < 0
    ):
        return Problem.UNKNOWN_CODE
    if s.start < FIRST_DAY or s.maturity > LAST_DAY:
        return Problem.DATE_OUT_OF_RANGE
    return Problem.MATURITY_BEFORE_START if s.maturity < s.start else Problem.NONE


@compiled
def plan_problem(s: State) -> int:
    """Length, order and range of the plan."""
    if s.instalments == 0:
        return Problem.NO_PLAN
    if s.instalments > MOST_INSTALMENTS:
        return Problem.TOO_MANY_INSTALMENTS
    previous = s.start
    for i in range(s.instalments):
        if outside(s.planned_principal[i], MOST_MONEY):
            return Problem.AMOUNT_OUT_OF_RANGE
        if outside(s.planned_interest[i], MOST_MONEY):
            return Problem.AMOUNT_OUT_OF_RANGE
        if s.due[i] < previous:
            return Problem.DATES_NOT_IN_ORDER
        previous = s.due[i]
    return Problem.DATE_OUT_OF_RANGE if previous > LAST_DAY else Problem.NONE


@inlined
def entries_problem(s: State, book: Book, n: int) -> int:
    """Order, kind, range and sense of the entries; adds up what they disburse and take off."""
    written_off = False
    previous = FIRST_DAY
    for e in range(book.entry_at[n], book.entry_at[n + 1]):
        kind, amount, day = book.entry_kind[e], book.entry_amount[e], book.entry_date[e]
        if outside(kind, LAST_ENTRY_KIND):
            return Problem.UNKNOWN_CODE
        if amount < 1 or amount > MOST_MONEY:
            return Problem.AMOUNT_OUT_OF_RANGE
        if day < previous:
            return Problem.DATES_NOT_IN_ORDER
        previous = day
        if kind == EntryKind.DISBURSEMENT:
            s.all_disbursed += amount
        elif s.all_disbursed == 0:
            return Problem.PAYMENT_BEFORE_DISBURSEMENT
        elif kind != EntryKind.REPAYMENT or s.excess_mode != ExcessMode.HELD_AS_CREDIT:
            s.all_taken_off += amount
        if kind == EntryKind.WRITE_OFF:
            written_off = True
        if kind == EntryKind.RECOVERY and not written_off:
            return Problem.RECOVERY_WITHOUT_WRITE_OFF
    return Problem.DATE_OUT_OF_RANGE if previous > LAST_DAY else Problem.NONE


@inlined
def changes_problem(s: State, book: Book, n: int) -> int:
    """Number, order, kind and range of the changes; adds up what they make principal."""
    first, last = book.change_at[n], book.change_at[n + 1]
    if last - first > MOST_CHANGES:
        return Problem.TOO_MANY_CHANGES
    previous = s.start
    for c in range(first, last):
        day, kind, value = book.change_date[c], book.change_kind[c], book.change_value[c]
        problem = change_problem(s, kind, value)
        if problem != Problem.NONE:
            return problem
        if day < previous:
            return Problem.DATES_NOT_IN_ORDER
        previous = day
    return Problem.DATE_OUT_OF_RANGE if previous > LAST_DAY else Problem.NONE


@compiled
def change_problem(s: State, kind: int, value: int) -> int:
    """Kind and value of one change."""
    if outside(kind, LAST_CHANGE_KIND):
        return Problem.UNKNOWN_CODE
    if kind <= ChangeKind.MISUSE_RATE:
        return Problem.RATE_OUT_OF_RANGE if outside(value, MOST_RATE) else Problem.NONE
    if kind == ChangeKind.CAPITALISED or kind == ChangeKind.PENALTY_CAPITALISED:
        if value < 1 or value > MOST_MONEY - s.principal - s.all_capitalised:
            return Problem.AMOUNT_OUT_OF_RANGE
        s.all_capitalised += value
        return Problem.NONE
    if kind == ChangeKind.REPLANNED:
        s.replans += 1
    if kind == ChangeKind.REPLANNED or kind == ChangeKind.NEW_PLAN:
        s.new_plans += 1
    most = 0 if kind == ChangeKind.CALLED_IN or kind == ChangeKind.NEW_PLAN else 1
    return Problem.UNKNOWN_CODE if outside(value, most) else Problem.NONE


@compiled
def total_problem(s: State) -> int:
    """Whether what was disbursed, and the plan's principal, agree with the loan's.

    A plan made anew after a prepayment holds less, by no more than what was taken off outside it;
    one with interest turned into principal holds that much more; one for which what was due was
    taken back (重组) holds some principal twice.
    """
    if s.all_disbursed > s.principal:
        return Problem.DISBURSED_MORE_THAN_AGREED
    if s.interest_mode == InterestMode.BY_BALANCE_LEVEL:
        return Problem.NONE
    to_repay = s.all_disbursed if s.all_disbursed > 0 else s.principal
    if s.replans == 0 and s.plan_left > s.principal + s.all_capitalised:
        return Problem.PLAN_DOES_NOT_ADD_UP
    if s.plan_left + s.all_taken_off < to_repay + s.all_capitalised:
        return Problem.PLAN_DOES_NOT_ADD_UP
    return Problem.NONE
