"""What if the borrower pays early, or asks for more time: quotes and new plans, nothing changed.

Pure functions over one loan; each answers by entering the wish into a copy of the loan and walking
it (`walk.py`), so that a quote is exactly what the payment will do when it comes.
"""

import datetime as dt
from dataclasses import dataclass, replace
from enum import Enum

from loanmath.codes import EntryKind, Problem
from loanmath.loans import Entry, Instalment, Loan, PlanVersion, terms_on
from loanmath.money import Money
from loanmath.one_loan import Position, position_of
from loanmath.plans import PlanRequest, Style, plan_for, plan_on_dates
from loanmath.rates import Rate
from loanmath.schedule import Method


class Keep(Enum):
    """What a partial prepayment leaves as it is."""

    TERM = "term"  # 期限不变, 减少每期还款额
    INSTALMENT = "instalment"  # 每期还款额不变, 缩短期限


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """What settles a loan on a day, by item (结清试算)."""

    on: dt.date
    principal: Money
    interest: Money  # due, and run up to the day
    penalty: Money
    compound: Money
    fees: Money
    credit: Money  # held for the borrower, taken off
    total: Money


@dataclass(frozen=True, slots=True)
class Prepayment:
    """What a prepayment would do (提前还款试算)."""

    on: dt.date
    amount: Money
    arrears: Money  # of the amount, goes to what was due already
    interest_to_date: Money
    principal: Money  # of the amount, lowers the principal not yet due
    left_over: Money  # more than the loan needs; stays with the lender as credit
    plan: PlanVersion  # the rest of the loan
    instalments_saved: int
    interest_saved: Money  # against the plan in force, the interest to date counted


@dataclass(frozen=True, slots=True)
class Extension:
    """What more time would mean (展期试算)."""

    plan: PlanVersion
    interest_added: Money  # against the plan in force


def payoff(loan: Loan, on: dt.date) -> PayoffQuote:
    """What the borrower must pay on a day to be free of the loan.

    Raises ValueError, naming the problem, for a loan that cannot be computed.
    """
    position = _position(loan, on)
    return PayoffQuote(
        on=on,
        principal=position.principal,
        interest=Money(position.interest_due + position.accrued_interest),
        penalty=position.penalty_due,
        compound=position.compound_due,
        fees=position.fees_due,
        credit=position.credit,
        total=position.payoff,
    )


def prepay(loan: Loan, on: dt.date, amount: Money, style: Style, keep: Keep) -> Prepayment:
    """What paying `amount` early on a day does, and the plan for the rest.

    The payment settles what is due, then interest to date, then principal. Entries after the day
    are left out of account. Raises ValueError for an amount that is not positive or does not reach
    the principal, and for a loan that cannot be computed.
    """
    if amount <= 0:
        raise ValueError("an amount above zero is needed")
    before_loan = _until(loan, on)
    before = _position(before_loan, on)
    entry = Entry(on, EntryKind.PREPAYMENT, amount)
    after = position_of(replace(before_loan, entries=(*before_loan.entries, entry)), on)
    principal = Money(before.not_yet_due - after.not_yet_due)
    if principal <= 0:
        raise ValueError("the amount does not reach the principal: it settles what is due first")
    coming = [row for row in loan.plan if row.due > on]
    rest = _rest_of_plan(loan, on, after.not_yet_due, coming, style, keep)
    arrears = Money(before.total_due - after.total_due)
    interest_to_date = before.accrued_interest
    interest_then = sum(row.interest for row in rest) + interest_to_date
    return Prepayment(
        on=on,
        amount=amount,
        arrears=arrears,
        interest_to_date=interest_to_date,
        principal=principal,
        left_over=after.credit,
        plan=PlanVersion(on, tuple(rest)),
        instalments_saved=len(coming) - len(rest),
        interest_saved=Money(sum(row.interest for row in coming) - interest_then),
    )


def _rest_of_plan(
    loan: Loan,
    on: dt.date,
    principal: Money,
    coming: list[Instalment],
    style: Style,
    keep: Keep,
) -> list[Instalment]:
    """The plan for the principal that is left, on the due dates that were coming anyway."""
    if principal == 0:
        return []
    level = _level(coming, style.method) if keep is Keep.INSTALMENT else None
    dues = [row.due for row in coming]
    terms = terms_on(loan, on)
    return plan_on_dates(style, principal, terms.rate, on, dues, terms.day_count, level)


def _level(coming: list[Instalment], method: Method) -> Money:
    """What stays level in the coming instalments, the last left aside if there are others."""
    rows = coming[:-1] or coming
    if method is Method.LEVEL_PRINCIPAL:
        return max(row.principal for row in rows)
    return max(row.total for row in rows)


def extend(
    loan: Loan, on: dt.date, maturity: dt.date, style: Style, rate: Rate, months: int = 1
) -> Extension:
    """The plan if what is not yet due is spread to a later maturity, from a day on.

    Instalments go on from the next due date of the plan in force; interest of the running period
    goes with the first of them. What is overdue stays overdue. Raises ValueError if the new
    maturity is not later, if nothing is left to extend, or for a loan that cannot be computed.
    """
    if maturity <= loan.terms.maturity:
        raise ValueError("the new maturity must be later than the present one")
    position = _position(_until(loan, on), on)
    coming = [row for row in loan.plan if row.due > on]
    if not coming or position.not_yet_due == 0:
        raise ValueError("nothing is left that is not yet due")
    whole_term = style.method is Method.BULLET
    request = PlanRequest(
        method=style.method,
        principal=position.not_yet_due,
        rate=rate,
        start=max((row.due for row in loan.plan if row.due <= on), default=loan.terms.start),
        maturity=maturity,
        months=months,
        first_due=maturity if whole_term else coming[0].due,
        due_day=None if whole_term else coming[0].due.day,
        interest_by=style.interest_by,
        day_count=loan.terms.day_count,
        unit=style.unit,
        direction=style.direction,
    )
    plan = tuple(plan_for(request))
    added = sum(row.interest for row in plan) - sum(row.interest for row in coming)
    return Extension(PlanVersion(on, plan), Money(added))


def _until(loan: Loan, on: dt.date) -> Loan:
    """The loan as it is on a day, later entries left out."""
    return replace(loan, entries=tuple(entry for entry in loan.entries if entry.date <= on))


def _position(loan: Loan, on: dt.date) -> Position:
    position = position_of(loan, on)
    if position.problem is not Problem.NONE:
        raise ValueError(f"the loan cannot be computed: {position.problem.name}")
    return position
