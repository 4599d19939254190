"""Plans whose instalments are not alike: by cash cycle (现金流周期), with a balloon (气球贷).

A farm is paid at harvest and a shop before the festivals: months in which money comes in get a
weight, the others none. The weights spread either the principal, or the instalments (each then a
share of one amount, interest included). A balloon is principal left for the last instalment.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from loanmath.accrual import RATE_UNIT, interest
from loanmath.arrays import Days
from loanmath.dates import date_of, day_in_month, day_number
from loanmath.day_count import DayCount
from loanmath.loans import Instalment
from loanmath.money import NOTHING, Money
from loanmath.plans import PlanRequest, plan_for
from loanmath.rates import Rate
from loanmath.roll import NO_HOLIDAYS, Roll, roll_date
from loanmath.schedule import InterestBy, Method, month_number, period_weight, whole_months

MONTHS_A_YEAR = 12
FACTOR_BITS = 256  # of a discount factor; a thousand of them stay exact to far below a fen


class Shape(Enum):
    """What the weights spread."""

    PRINCIPAL = "principal"  # 按比例归还本金
    INSTALMENT = "instalment"  # 按比例的期供, 本息合计


class QuietMonth(Enum):
    """What is due in a month without weight."""

    NOTHING = "nothing"  # 不还: interest waits for the next instalment, and bears none itself
    INTEREST = "interest"  # 只还利息


@dataclass(frozen=True, slots=True)
class Step:
    """One due date of a plan: its weight (0: interest only), and until when interest counts."""

    due: dt.date
    weight: int
    interest_to: dt.date


@dataclass(frozen=True, slots=True)
class CycleRequest:
    """A plan after the borrower's cash cycle.

    `weights` has one number for each month from January on, in proportion to what the borrower can
    pay in it. What falls due before `principal_from` counts as a month without weight. The last
    instalment is on `maturity`, in whatever month, and takes what is left.
    """

    principal: Money
    rate: Rate
    start: dt.date
    maturity: dt.date
    weights: tuple[int, ...]
    due_day: int | None = None  # that of the maturity
    quiet: QuietMonth = QuietMonth.NOTHING
    shape: Shape = Shape.PRINCIPAL
    principal_from: dt.date | None = None
    balloon: Money = NOTHING
    interest_by: InterestBy = InterestBy.MONTHS
    day_count: DayCount = DayCount.ACT_360
    roll: Roll = Roll.NONE


def cycle_plan(request: CycleRequest, holidays: Days = NO_HOLIDAYS) -> list[Instalment]:
    """The plan of a loan that is repaid when the borrower has money.

    Raises ValueError for weights that are not twelve, or negative, or all nought where it matters,
    for a maturity not after the start, and as `weighted_plan` does.
    """
    if len(request.weights) != MONTHS_A_YEAR or min(request.weights) < 0:
        raise ValueError("a cash cycle has twelve weights, none below nought")
    if request.maturity <= request.start:
        raise ValueError("a plan needs a maturity after the start")
    return weighted_plan(
        request.principal,
        request.rate,
        request.start,
        _cycle_steps(request, holidays),
        request.shape,
        request.balloon,
        request.interest_by,
        request.day_count,
    )


def _cycle_steps(request: CycleRequest, holidays: Days) -> list[Step]:
    """The due dates of a cash cycle: months with a weight, and the quiet ones that ask interest."""
    day, maturity = request.due_day or request.maturity.day, day_number(request.maturity)
    first, last = month_number(day_number(request.start)), month_number(maturity)
    grid = [day_in_month(month, day) for month in range(first, last + 1)]
    planned = [at for at in grid if day_number(request.start) < at < maturity]
    steps = []
    for at in [*planned, maturity]:
        month = date_of(at).month
        begun = request.principal_from is None or date_of(at) >= request.principal_from
        weight = request.weights[month - 1] if begun else 0
        if weight == 0 and at != maturity and request.quiet is QuietMonth.NOTHING:
            continue
        due = date_of(int(roll_date(at, request.roll, holidays)))
        by_days = request.interest_by is InterestBy.DAYS
        steps.append(Step(due, weight, due if by_days else date_of(at)))
    return steps


def balloon_plan(
    request: PlanRequest, balloon: Money, holidays: Days = NO_HOLIDAYS
) -> list[Instalment]:
    """A plan of level instalments (or level principal) that leaves a balloon for the last one.

    Raises ValueError for another method, for a level amount in multiples of more than a fen, and as
    `plan_for` and `weighted_plan` do.
    """
    shapes = {Method.LEVEL_PAYMENT: Shape.INSTALMENT, Method.LEVEL_PRINCIPAL: Shape.PRINCIPAL}
    if request.method not in shapes or request.unit != 1:
        raise ValueError("a balloon goes with level instalments or level principal, to the fen")
    dates = replace(request, method=Method.INTEREST_ONLY, interest_only=0)
    dues = [row.due for row in plan_for(dates, holidays)]
    planned = [row.due for row in plan_for(replace(dates, roll=Roll.NONE))]
    to_due = request.interest_by is InterestBy.DAYS and request.interest_to_due
    steps = [
        Step(due, 1 if at >= request.interest_only else 0, due if to_due else planned[at])
        for at, due in enumerate(dues)
    ]
    return weighted_plan(
        request.principal,
        request.rate,
        request.start,
        steps,
        shapes[request.method],
        balloon,
        request.interest_by,
        request.day_count,
    )


def weighted_plan(
    principal: Money,
    rate: Rate,
    start: dt.date,
    steps: Sequence[Step],
    shape: Shape,
    balloon: Money = NOTHING,
    interest_by: InterestBy = InterestBy.MONTHS,
    day_count: DayCount = DayCount.ACT_360,
) -> list[Instalment]:
    """A plan that spreads a loan over due dates by weight; the last takes what is left.

    Equal weights give the level payment, or level principal, of `plans.plan_for`. Raises ValueError
    if the dates do not rise after `start`, if no date has a weight, if the balloon is more than the
    loan, or if an instalment would not cover the interest it has to pay.
    """
    _check(principal, start, steps, balloon)
    periods = _periods(start, steps, interest_by, day_count)
    if shape is Shape.PRINCIPAL:
        parts = _by_weight(Money(principal - balloon), [step.weight for step in steps])
        targets: list[int] = []
    else:
        parts = []
        targets = _instalments_by_weight(principal, rate, steps, periods, balloon)
    plan, left = [], int(principal)
    for at, (step, (weight, basis)) in enumerate(zip(steps, periods, strict=True)):
        charged = int(interest(left, rate, weight, basis))
        part = parts[at] if parts else _principal_in(targets[at], charged, step)
        part = left if at == len(steps) - 1 else min(part, left)
        plan.append(Instalment(at + 1, step.due, Money(part), Money(charged)))
        left -= part
    return plan


def _check(principal: Money, start: dt.date, steps: Sequence[Step], balloon: Money) -> None:
    dates = [start, *(step.due for step in steps)]
    if dates != sorted(set(dates)):
        raise ValueError("the due dates of a plan must rise, and begin after the start")
    if any(step.weight < 0 for step in steps):
        raise ValueError("a weight must not be below nought")
    if not steps or not any(step.weight > 0 for step in steps):
        raise ValueError("no due date has a weight: there is nothing to spread the loan over")
    if principal < 1 or not 0 <= balloon <= principal:
        raise ValueError("a balloon is part of the loan: between nought and its principal")


def _periods(
    start: dt.date, steps: Sequence[Step], interest_by: InterestBy, day_count: DayCount
) -> list[tuple[int, int]]:
    """What part of a year each period is, as weight and basis."""
    periods, begun = [], day_number(start)
    for step in steps:
        ends = day_number(step.interest_to)
        months = whole_months(begun, ends) if interest_by is InterestBy.MONTHS else 0
        weight, basis = period_weight(months, day_count, begun, ends)
        periods.append((int(weight), int(basis)))
        begun = ends
    return periods


def _by_weight(amount: Money, weights: Sequence[int]) -> list[int]:
    """Split an amount by weight: each part within a fen of its share, all adding up to it."""
    whole, parts, weight_so_far, given = sum(weights), [], 0, 0
    for weight in weights:
        weight_so_far += weight
        upto = (2 * amount * weight_so_far + whole) // (2 * whole)
        parts.append(upto - given)
        given = upto
    return parts


def _instalments_by_weight(
    principal: Money,
    rate: Rate,
    steps: Sequence[Step],
    periods: Sequence[tuple[int, int]],
    balloon: Money,
) -> list[int]:
    """The instalments, in proportion to the weights, whose present value is the loan's.

    A date without weight pays the interest that has run up, which leaves the loan as it was: its
    period is not discounted.
    """
    one = 1 << FACTOR_BITS
    factor, worth = one, 0
    for step, (weight, basis) in zip(steps, periods, strict=True):
        if step.weight > 0:
            year = RATE_UNIT * basis
            factor = factor * year // (year + rate * weight)
            worth += step.weight * factor
    to_pay = principal * one - balloon * factor
    return [(2 * to_pay * step.weight + worth) // (2 * worth) for step in steps]


def _principal_in(instalment: int, charged: int, step: Step) -> int:
    """The principal in an instalment: what its interest leaves of it."""
    if step.weight == 0:
        return 0
    if instalment < charged:
        raise ValueError(
            f"the weight of {step.due} is too small: its instalment does not cover the interest"
        )
    return instalment - charged
