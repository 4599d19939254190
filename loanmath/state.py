"""The desk on which one loan lies while it is walked: its terms, its plan, and how it stands.

It is a numpy record, which numba reads and writes by attribute; uncompiled it behaves the same.
Being one record it is handed from function to function for nothing, which a dozen arrays are not.
`begin` takes up one loan; the same desk serves for the next one.
"""

from typing import Protocol

import numpy as np

from loanmath.arrays import Amounts, Codes, Days
from loanmath.book import MOST_INSTALMENTS, Book
from loanmath.compiled import inlined
from loanmath.dates import NEVER, NO_DATE
from loanmath.day_count import basis_of, penalty_convention


class State(Protocol):
    """The fields; numbers are int64, instalments are counted from 0, the loan's first one."""

    # terms
    principal: int
    rate: int
    penalty_rate: int
    compound_rate: int
    misuse_rate: int  # 0: none
    penalty_paused: int  # 1: penalty and compound interest stand still
    count_paused: int  # 1: the days past due stand still
    day_count: int
    basis: int
    penalty_day_count: int
    penalty_basis: int
    start: int
    maturity: int
    grace_days: int
    penalty_from: int
    allocation: int
    allocation_impaired: int
    impaired_after_days: int
    interest_mode: int
    excess_mode: int
    as_of: int
    # plan, and what became of it: the first `instalments` places of each
    instalments: int
    due: Days
    planned_principal: Amounts
    planned_interest: Amounts
    unpaid_principal: Amounts  # fallen due and unpaid
    unpaid_interest: Amounts
    cleared_on: Days  # or NO_DATE
    # over all entries, also those after the day asked for
    all_disbursed: int
    all_taken_off: int  # at most so much principal went otherwise than by falling due
    all_capitalised: int  # so much interest and penalty becomes principal
    replans: int  # how often what was due goes into a new plan
    new_plans: int  # how often the plan is made anew; 0: not said
    # claims
    disbursed: int
    balance: int  # principal outstanding: ahead + due_principal
    ahead: int  # principal not yet due
    due_principal: int  # fallen due and unpaid
    due_interest: int
    fees: int
    credit: int  # money held for the borrower (溢缴款)
    plan_left: int  # principal that the plan has still to call in
    capitalised: int  # interest and penalty that became principal
    # position in the plan
    fallen: int  # instalments that fell due
    cleared: int  # of these, fully paid, counted from the first without a gap
    graced: int  # of these, past their days of grace
    # interest of the running period
    interest_whole: int
    interest_part: int
    interest_charged: int  # of it, already due or prepaid
    interest_since: int
    period_start: int
    # penalty and compound interest, since the first day; the rates are those that bite today
    overdue_rate: int  # on overdue principal
    unpaid_interest_rate: int  # on overdue interest
    surplus_rate: int  # on principal not yet due, beyond contract interest (misuse)
    penal_principal: int  # unpaid principal that bears penalty
    penal_interest: int  # unpaid interest that bears compound interest
    penal_since: int
    penalty_whole: int
    penalty_part: int
    penalty_settled: int  # paid or waived
    compound_whole: int
    compound_part: int
    compound_settled: int
    written_off_wholly: int  # 1: unpaid interest bears no compound interest any more
    # from which day on which of these rates; none as long as nothing changed
    segments: int
    segment_from: Days
    segment_overdue_rate: Amounts
    segment_unpaid_interest_rate: Amounts
    segment_count_paused: Codes
    # what happened
    paid_principal: int
    paid_interest: int
    paid_penalty: int
    paid_compound: int
    paid_fees: int
    waived: int
    written_off: int
    recovered: int
    refunded: int
    last_payment_date: int
    last_payment_amount: int
    last_payment_partial: int
    settled_on: int
    late_instalments: int
    problem: int
    lines: int  # written into the journal
    order: int  # Allocation of the day
    new_plan_on: int  # the last day on which the plan was made anew, or NO_DATE
    replan_on: int  # up to which day the plan in force goes before what is due is taken back
    change: int  # row of the first change of terms that has not taken effect


_TYPES: dict[object, tuple[object, ...]] = {
    int: (np.int64,),
    Days: (np.int32, (MOST_INSTALMENTS,)),
    Amounts: (np.int64, (MOST_INSTALMENTS,)),
    Codes: (np.int8, (MOST_INSTALMENTS,)),
}
STATE = np.dtype([(name, *_TYPES[kind]) for name, kind in State.__annotations__.items()])
StateArray = np.recarray[tuple[int], np.dtype[np.void]]  # of length one: the record is [0]
YEAR_OF_DAYS = 365


def make_state() -> StateArray:
    """An empty desk, as an array of length one."""
    return np.zeros(1, dtype=STATE).view(np.recarray)


@inlined
def begin(s: State, book: Book, n: int, as_of: int) -> None:
    """Take up loan `n`: its terms and plan, and nothing has happened yet."""
    take_terms(s, book, n)
    take_plan(s, book, n)
    s.as_of = as_of
    s.all_disbursed = s.all_taken_off = s.all_capitalised = s.replans = 0
    s.new_plans = 0
    s.disbursed = s.balance = s.ahead = s.due_principal = s.due_interest = s.fees = s.credit = 0
    s.fallen = s.cleared = s.graced = s.lines = s.capitalised = 0
    s.interest_whole = s.interest_part = s.interest_charged = 0
    s.interest_since = s.period_start = s.start
    s.penal_principal = s.penal_interest = 0
    s.penal_since = s.start
    s.misuse_rate = s.penalty_paused = s.count_paused = s.written_off_wholly = 0
    s.surplus_rate = s.segments = 0
    s.penalty_whole = s.penalty_part = s.penalty_settled = 0
    s.compound_whole = s.compound_part = s.compound_settled = 0
    s.paid_principal = s.paid_interest = s.paid_penalty = s.paid_compound = s.paid_fees = 0
    s.waived = s.written_off = s.recovered = s.refunded = 0
    s.last_payment_date = s.settled_on = s.new_plan_on = NO_DATE
    s.last_payment_amount = s.last_payment_partial = 0
    s.replan_on = NEVER
    s.late_instalments = s.problem = 0


@inlined
def take_terms(s: State, book: Book, n: int) -> None:
    """The terms of loan `n`."""
    s.principal = book.principal[n]
    s.rate = book.rate[n]
    s.penalty_rate = book.penalty_rate[n]
    s.compound_rate = book.compound_rate[n]
    s.overdue_rate, s.unpaid_interest_rate = s.penalty_rate, s.compound_rate
    s.day_count = book.day_count[n]
    s.basis = basis_of(s.day_count)
    s.penalty_day_count = penalty_convention(s.day_count)
    s.penalty_basis = basis_of(s.penalty_day_count)
    s.start = book.start[n]
    s.maturity = book.maturity[n]
    s.grace_days = book.grace_days[n]
    s.penalty_from = book.penalty_from[n]
    s.allocation = book.allocation[n]
    s.allocation_impaired = book.allocation_impaired[n]
    s.impaired_after_days = book.impaired_after_days[n]
    s.interest_mode = book.interest_mode[n]
    s.excess_mode = book.excess_mode[n]


@inlined
def take_plan(s: State, book: Book, n: int) -> None:
    """The plan of loan `n`, as far as there is room; `plan_problem` reports what is too long."""
    first = book.plan_at[n]
    s.instalments = book.plan_at[n + 1] - first
    s.plan_left = 0
    for i in range(min(s.instalments, MOST_INSTALMENTS)):
        s.due[i] = book.due[first + i]
        s.planned_principal[i] = book.due_principal[first + i]
        s.planned_interest[i] = book.due_interest[first + i]
        s.plan_left += s.planned_principal[i]
