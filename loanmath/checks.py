"""Whether a loan can be computed at all; if not, the first reason found (`Problem`)."""

import numpy as np

from loanmath.book import Book
from loanmath.codes import (
    Allocation,
    EntryKind,
    ExcessMode,
    InterestMode,
    PenaltyFrom,
    Problem,
)
from loanmath.compiled import compiled
from loanmath.dates import FIRST_DAY, LAST_DAY
from loanmath.day_count import DayCount
from loanmath.money import MAX_MONEY
from loanmath.rates import MAX_RATE

LAST_ALLOCATION = max(Allocation)
LAST_DAY_COUNT = max(DayCount)
LAST_INTEREST_MODE = max(InterestMode)
LAST_EXCESS_MODE = max(ExcessMode)
LAST_PENALTY_FROM = max(PenaltyFrom)
LAST_ENTRY_KIND = max(EntryKind)
MOST_MONEY = int(MAX_MONEY)
MOST_RATE = int(MAX_RATE)


@compiled
def find_problem(book: Book, n: int) -> int:
    """The first reason why loan `n` cannot be computed, or `Problem.NONE`.

    It depends on the loan alone, not on the date asked for: every entry is looked at.
    """
    problem = terms_problem(book, n)
    if problem == Problem.NONE:
        problem = plan_problem(book, n)
    if problem == Problem.NONE:
        problem = entries_problem(book, n)
    if problem == Problem.NONE:
        problem = total_problem(book, n)
    return problem


@compiled
def outside(code: int, last: int) -> bool:
    """Whether a code is no member of an enumeration that ends with `last`."""
    return code < 0 or code > last


@compiled
def terms_problem(book: Book, n: int) -> int:
    """Amount, rates, codes and dates of the contract."""
    if book.principal[n] < 1 or book.principal[n] > MOST_MONEY:
        return Problem.AMOUNT_OUT_OF_RANGE
    for rate in (book.rate[n], book.penalty_rate[n], book.compound_rate[n]):
        if outside(rate, MOST_RATE):
            return Problem.RATE_OUT_OF_RANGE
    if (
        outside(book.day_count[n], LAST_DAY_COUNT)
        or outside(book.allocation[n], LAST_ALLOCATION)
        or outside(book.allocation_impaired[n], LAST_ALLOCATION)
        or outside(book.interest_mode[n], LAST_INTEREST_MODE)
        or outside(book.excess_mode[n], LAST_EXCESS_MODE)
        or outside(book.penalty_from[n], LAST_PENALTY_FROM)
        or book.grace_days[n] < 0
        or book.impaired_after_days[n] < 0
    ):
        return Problem.UNKNOWN_CODE
    if book.start[n] < FIRST_DAY or book.maturity[n] > LAST_DAY:
        return Problem.DATE_OUT_OF_RANGE
    if book.maturity[n] < book.start[n]:
        return Problem.MATURITY_BEFORE_START
    return Problem.NONE


@compiled
def plan_problem(book: Book, n: int) -> int:
    """Order, range and sum of the plan rows."""
    first, last = book.plan_at[n], book.plan_at[n + 1]
    if first == last:
        return Problem.NO_PLAN
    previous = book.start[n]
    for row in range(first, last):
        if outside(book.due_principal[row], MOST_MONEY) or outside(
            book.due_interest[row], MOST_MONEY
        ):
            return Problem.AMOUNT_OUT_OF_RANGE
        if book.due[row] < previous:
            return Problem.DATES_NOT_IN_ORDER
        previous = book.due[row]
    if previous > LAST_DAY:
        return Problem.DATE_OUT_OF_RANGE
    return Problem.NONE


@compiled
def entries_problem(book: Book, n: int) -> int:
    """Order, kind, range and sense of the entries."""
    disbursed = np.int64(0)
    written_off = False
    previous = FIRST_DAY
    for e in range(book.entry_at[n], book.entry_at[n + 1]):
        kind, amount = book.entry_kind[e], book.entry_amount[e]
        if outside(kind, LAST_ENTRY_KIND):
            return Problem.UNKNOWN_CODE
        if amount < 1 or amount > MOST_MONEY:
            return Problem.AMOUNT_OUT_OF_RANGE
        if book.entry_date[e] < previous:
            return Problem.DATES_NOT_IN_ORDER
        previous = book.entry_date[e]
        if kind == EntryKind.DISBURSEMENT:
            disbursed += amount
        elif disbursed == 0:
            return Problem.PAYMENT_BEFORE_DISBURSEMENT
        if kind == EntryKind.WRITE_OFF:
            written_off = True
        if kind == EntryKind.RECOVERY and not written_off:
            return Problem.RECOVERY_WITHOUT_WRITE_OFF
    if previous > LAST_DAY:
        return Problem.DATE_OUT_OF_RANGE
    if disbursed > book.principal[n]:
        return Problem.DISBURSED_MORE_THAN_AGREED
    return Problem.NONE


@compiled
def total_problem(book: Book, n: int) -> int:
    """Whether the plan's principal adds up to the loan's.

    A plan made anew after a prepayment holds less, by no more than what was taken off outside it.
    """
    if book.interest_mode[n] == InterestMode.BY_BALANCE_LEVEL:
        return Problem.NONE
    planned = np.int64(0)
    for row in range(book.plan_at[n], book.plan_at[n + 1]):
        planned += book.due_principal[row]
    if planned > book.principal[n]:
        return Problem.PLAN_DOES_NOT_ADD_UP
    if planned == book.principal[n]:
        return Problem.NONE
    disbursed = taken_off = np.int64(0)
    for e in range(book.entry_at[n], book.entry_at[n + 1]):
        kind, amount = book.entry_kind[e], book.entry_amount[e]
        if kind == EntryKind.DISBURSEMENT:
            disbursed += amount
        elif kind != EntryKind.REPAYMENT or book.excess_mode[n] != ExcessMode.HELD_AS_CREDIT:
            taken_off += amount
    to_repay = disbursed if disbursed > 0 else book.principal[n]
    return Problem.PLAN_DOES_NOT_ADD_UP if planned + taken_off < to_repay else Problem.NONE
