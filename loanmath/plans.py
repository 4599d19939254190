"""The plan of one loan in plain words, and plans that follow no pattern (按计划还款)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from loanmath.accrual import grow, rounded
from loanmath.annuity import ONE_IN_SUM, divide_by_sum, round_to_unit
from loanmath.arrays import Amounts, Days
from loanmath.dates import date_of, day_in_month, day_number
from loanmath.day_count import DayCount, basis_of, weight_within
from loanmath.loans import Instalment
from loanmath.money import Money
from loanmath.rates import Rate
from loanmath.roll import NO_HOLIDAYS, Roll
from loanmath.schedule import (
    Direction,
    InterestBy,
    Method,
    Plans,
    PlanTerms,
    factor_sum,
    first_due_after,
    level_amount,
    make_plan_terms,
    make_plans,
    period_weight,
    spread,
    whole_months,
)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a loan officer says about a plan.

    Say either `instalments` or `maturity`. Without `due_day` it is the day of `first_due`, or else
    of `start`; without `first_due` the first due day is one period after the start or, if that is
    no due day, the one before (short first period) or after it (`long_first`).
    """

    method: Method
    principal: Money
    rate: Rate
    start: dt.date
    instalments: int | None = None
    maturity: dt.date | None = None
    months: int = 1
    due_day: int | None = None
    first_due: dt.date | None = None
    long_first: bool = False
    long_last: bool = False
    interest_only: int = 0
    interest_by: InterestBy = InterestBy.MONTHS
    day_count: DayCount = DayCount.ACT_360
    interest_to_due: bool = True
    roll: Roll = Roll.NONE
    unit: int = 1
    direction: Direction = Direction.NEAREST


def plan_for(request: PlanRequest, holidays: Days = NO_HOLIDAYS) -> list[Instalment]:
    """The repayment plan of one loan.

    Raises ValueError if the request does not say enough, or says what cannot be.
    """
    return instalments_in(make_plans(plan_terms_of(request), holidays, threads=1), 0)


def instalments_in(plans: Plans, n: int) -> list[Instalment]:
    """The plan of loan `n` among many, as plain values."""
    first, last = int(plans.plan_at[n]), int(plans.plan_at[n + 1])
    return [
        Instalment(
            no,
            date_of(int(plans.due[row])),
            Money(int(plans.principal[row])),
            Money(int(plans.interest[row])),
        )
        for no, row in enumerate(range(first, last), start=1)
    ]


def plan_terms_of(request: PlanRequest) -> PlanTerms:
    """A request in the form of the kernel, its first due date and maturity worked out."""
    first_due = _first_due(request)
    return make_plan_terms(
        method=request.method,
        principal=request.principal,
        rate=request.rate,
        start=day_number(request.start),
        first_due=day_number(first_due),
        maturity=day_number(_maturity(request, first_due)),
        months=request.months,
        due_day=_due_day(request),
        merge_last=request.long_last,
        interest_only=request.interest_only,
        interest_by=request.interest_by,
        day_count=request.day_count,
        interest_to_due=request.interest_to_due,
        roll=request.roll,
        unit=request.unit,
        direction=request.direction,
    )


def _due_day(request: PlanRequest) -> int:
    return request.due_day or (request.first_due or request.start).day


def _first_due(request: PlanRequest) -> dt.date:
    if request.first_due is not None:
        return request.first_due
    if request.months < 1:
        raise ValueError("at least one month between instalments")
    start = day_number(request.start)
    return date_of(first_due_after(start, request.months, _due_day(request), request.long_first))


def _maturity(request: PlanRequest, first_due: dt.date) -> dt.date:
    if (request.instalments is None) == (request.maturity is None):
        raise ValueError("say either the number of instalments or the maturity")
    if request.maturity is not None:
        return request.maturity
    assert request.instalments is not None
    if request.instalments < 1:
        raise ValueError("a plan has at least one instalment")
    if request.method is Method.BULLET and request.instalments != 1:
        raise ValueError("a loan repaid at once at maturity has one instalment")
    month = 12 * first_due.year + first_due.month - 1
    last = month + (request.instalments - 1) * request.months
    return date_of(day_in_month(last, _due_day(request))) if request.instalments > 1 else first_due


@dataclass(frozen=True, slots=True)
class Style:
    """How a plan is made anew for a loan that is under way."""

    method: Method
    interest_by: InterestBy = InterestBy.MONTHS
    unit: int = 1
    direction: Direction = Direction.NEAREST


def plan_on_dates(
    style: Style,
    principal: Money,
    rate: Rate,
    start: dt.date,
    dues: Sequence[dt.date],
    day_count: DayCount = DayCount.ACT_360,
    level: Money | None = None,
) -> list[Instalment]:
    """A plan on given due dates, as when a loan is replanned half-way.

    With `level` the instalment (or, for 等额本金, its principal) is given instead of worked out,
    and the plan ends as soon as nothing is left. Raises ValueError if the dates do not rise after
    `start`.
    """
    _check_rising(start, dues)
    weights, bases = _periods(style, start, dues, day_count)
    parts, interests = np.zeros_like(weights), np.zeros_like(weights)
    if level is None:
        level = Money(
            level_amount(
                style.method, principal, rate, 0, style.unit, style.direction, weights, bases
            )
        )
    spread(style.method, principal, rate, 0, level, weights, bases, parts, interests)
    rows = zip(dues, parts.tolist(), interests.tolist(), strict=True)
    plan = [Instalment(no, *row) for no, row in enumerate(rows, start=1)]
    return [row for row in plan if row.total > 0]


def _periods(
    style: Style, start: dt.date, dues: Sequence[dt.date], day_count: DayCount
) -> tuple[Amounts, Amounts]:
    """What part of a year each period up to a due date is: weights and bases."""
    by_months = style.interest_by is InterestBy.MONTHS
    periods = [
        period_weight(whole_months(a, b) if by_months else 0, day_count, a, b)
        for a, b in pairwise([day_number(day) for day in (start, *dues)])
    ]
    weights, bases = np.array(periods, dtype=np.int64).T.copy()
    return weights, bases


def _check_rising(start: dt.date, dues: Sequence[dt.date]) -> None:
    if any(later <= earlier for earlier, later in pairwise((start, *dues))):
        raise ValueError("the due dates of a plan must rise, and begin after the start")


def custom_plan(
    principal: Money,
    rate: Rate,
    start: dt.date,
    repayments: Sequence[tuple[dt.date, Money]],
    day_count: DayCount = DayCount.ACT_360,
    interest_days: Sequence[dt.date] | None = None,
) -> list[Instalment]:
    """A plan by agreed dates and principals; interest by days on what is outstanding.

    Interest falls due with every repayment or, where days of its own are agreed for it
    (`interest_days`, 结息日), on those and with the last repayment. Raises ValueError if the dates
    do not rise after `start`, if a principal is negative, or if the principals do not add up to the
    loan.
    """
    _check_rising(start, [due for due, _ in repayments])
    if any(part < 0 for _, part in repayments):
        raise ValueError("the principal of an instalment must not be negative")
    if sum(part for _, part in repayments) != principal:
        raise ValueError("the principal of the plan does not add up to the loan")
    parts, last = dict(repayments), repayments[-1][0]
    charged_on = parts.keys() if interest_days is None else {*interest_days, last}
    dues = sorted({*parts, *charged_on})
    if dues[0] <= start or dues[-1] > last:
        raise ValueError("interest must fall due after the start and by the last repayment")
    plan, balance, begun, since = [], principal, start, start
    whole = part = 0
    basis = basis_of(day_count)
    for no, due in enumerate(dues, start=1):
        weight = weight_within(day_count, *(day_number(day) for day in (begun, since, due)))
        whole, part = grow(whole, part, balance, rate, weight, basis)
        interest = 0
        if due in charged_on:
            interest, whole, part, begun = int(rounded(whole, part, basis)), 0, 0, due
        plan.append(Instalment(no, due, parts.get(due, Money(0)), Money(interest)))
        balance, since = Money(balance - plan[-1].principal), due
    return plan


def advance_plan(
    request: PlanRequest, holidays: Days = NO_HOLIDAYS
) -> tuple[Money, list[Instalment]]:
    """A loan whose first instalment is paid on the day it begins (期初支付): it, and the rest.

    What is paid at once holds no interest: the rest of the plan repays what the borrower is left
    with, so that nothing is charged on money never held. Raises ValueError for a method whose
    instalments do not stay level, for fewer than two instalments, or as `plan_for`.
    """
    if request.method not in (Method.LEVEL_PAYMENT, Method.LEVEL_PRINCIPAL):
        raise ValueError("only a level amount can be paid in advance")
    if request.instalments is None or request.instalments < 2:
        raise ValueError("at least two instalments are needed, the first of them at once")
    coming = plan_for(replace(request, instalments=request.instalments - 1), holidays)
    dues = [row.due for row in coming]
    style = Style(request.method, request.interest_by, request.unit, request.direction)
    weights, bases = _periods(style, request.start, dues, request.day_count)
    factors, parts = ONE_IN_SUM, request.instalments
    if request.method is Method.LEVEL_PAYMENT:
        factors += factor_sum(request.rate, weights, bases, 0, len(dues))
        whole, rest = divide_by_sum(request.principal, factors)
    else:
        factors = parts
        whole, rest = divmod(request.principal, parts)
    level = Money(int(round_to_unit(whole, rest, factors, request.unit, request.direction)))
    left = Money(request.principal - level)
    rest_of_it = plan_on_dates(
        style, left, request.rate, request.start, dues, request.day_count, level
    )
    return level, rest_of_it
