"""What a loan costs a year (年化成本), by named conventions, for disclosure to the borrower.

Everything follows from cash flows on dates: what the borrower receives is positive, what the
borrower pays is negative. Amounts stay whole fen; the rate is found in decimals of 50 places, right
to within 10^-20, and rounded half up to a millionth of a percent at the very end. No binary
fractions, so that every machine finds the same rate.

中国人民银行公告〔2021〕第3号 asks for all costs against the principal actually occupied, a year;
compound (内部收益率) or simple, the latter to be called so.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import Enum
from itertools import accumulate, pairwise

from loanmath.dates import add_months, day_number
from loanmath.day_count import DayCount, basis_of, weight_between
from loanmath.loans import Instalment
from loanmath.money import NOTHING, Money
from loanmath.rates import PER_ONE, Rate

PLACES = 50  # of the working decimals
CLOSE_ENOUGH = Decimal(1).scaleb(-20)
HIGHEST = Decimal(10) ** 7  # a yearly rate beyond a thousand million percent is not looked for
MOST_STEPS = 400
DAYS_A_YEAR = 365
MONTHS_A_YEAR = 12
DAYS_A_MONTH = 30  # of a month in Regulation Z, where only a part of it is counted


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Money that the borrower receives (positive) or pays (negative) on a day."""

    on: dt.date
    amount: Money


class UnitPeriod(Enum):
    """The unit-periods of US Regulation Z (12 CFR 1026 Appendix J): whole days, or months.

    The value says whether it goes by months, its length in days (a month having 30), and how many
    make a year.
    """

    WEEK = (False, 7, 52)
    TWO_WEEKS = (False, 14, 26)
    FOUR_WEEKS = (False, 28, 13)
    HALF_MONTH = (True, 15, 24)
    MONTH = (True, 30, 12)
    TWO_MONTHS = (True, 60, 6)
    QUARTER = (True, 90, 4)
    HALF_YEAR = (True, 180, 2)


class EuropeanTime(Enum):
    """The two readings of the EU consumer credit directive's annex: how time is put in years."""

    DAYS = "days"  # actual days over 365
    MONTHS = "months"  # whole months as twelfths, then actual days over 365


@dataclass(frozen=True, slots=True)
class AnnualCost:
    """What a loan costs if all is paid as planned (综合融资成本, 正常履约)."""

    interest: Money
    fees: Money
    compound_rate: Rate  # 内部收益率
    simple_rate: Rate  # 单利年化

    @property
    def total(self) -> Money:
        """Interest and fees together."""
        return Money(self.interest + self.fees)


def annual_cost(
    principal: Money,
    start: dt.date,
    plan: Sequence[Instalment],
    fees: Sequence[CashFlow] = (),
) -> AnnualCost:
    """What a loan paid as planned costs a year, compound and simple, fees included.

    `fees` are what the borrower pays besides (negative amounts), whoever collects it. Raises
    ValueError if a fee is not negative or if the payments make no yearly rate.
    """
    if any(fee.amount >= 0 for fee in fees):
        raise ValueError("a fee is money that the borrower pays: its amount is negative")
    paid = [CashFlow(row.due, Money(-row.total)) for row in plan]
    flows = [CashFlow(start, principal), *paid, *fees]
    charged = Money(-sum(fee.amount for fee in fees))
    return AnnualCost(
        interest=Money(sum(row.interest for row in plan)),
        fees=charged,
        compound_rate=internal_rate(flows),
        simple_rate=simple_rate(principal, start, plan, charged),
    )


def simple_rate(
    principal: Money, start: dt.date, plan: Sequence[Instalment], fees: Money = NOTHING
) -> Rate:
    """All costs over the principal occupied from day to day, times 365 days (单利年化利率).

    The principal occupied is what is left of it after each instalment; fees count as a cost and do
    not lower it. Exact but for the last rounding. Raises ValueError if nothing is ever occupied.
    """
    occupied, balance, since = 0, int(principal), start
    for row in plan:
        occupied += balance * (row.due - since).days
        balance -= row.principal
        since = row.due
    if occupied <= 0:
        raise ValueError("no principal is occupied for a single day")
    costs = sum(row.interest for row in plan) + fees
    return Rate((2 * costs * DAYS_A_YEAR * PER_ONE + occupied) // (2 * occupied))


def internal_rate(flows: Sequence[CashFlow], day_count: DayCount = DayCount.ACT_365) -> Rate:
    """The yearly rate at which all payments are worth what was received (内部收益率, 复利).

    Raises ValueError if the flows do not make exactly one rate of zero or more.
    """
    return _rate(exact_internal_rate(flows, day_count))


def exact_internal_rate(
    flows: Sequence[CashFlow], day_count: DayCount = DayCount.ACT_365
) -> Decimal:
    """As `internal_rate`, as a share of one and before rounding; right to within 10^-20."""
    basis = basis_of(day_count)

    def weight(start: dt.date, end: dt.date) -> int:
        return int(weight_between(day_count, day_number(start), day_number(end)))

    return _compound_root(_timed(flows, weight), basis)


def european_rate(flows: Sequence[CashFlow], time: EuropeanTime = EuropeanTime.DAYS) -> Rate:
    """The annual percentage rate of charge of the EU (Directive 2008/48/EC, annex I).

    Raises ValueError if the flows do not make exactly one rate of zero or more.
    """
    if time is EuropeanTime.DAYS:
        return internal_rate(flows, DayCount.ACT_365)
    return _rate(_compound_root(_timed(flows, _months_and_days), MONTHS_A_YEAR * DAYS_A_YEAR))


def regulation_z_rate(flows: Sequence[CashFlow], unit: UnitPeriod) -> Rate:
    """The annual percentage rate of US Regulation Z, actuarial method (Appendix J).

    The rate of one unit-period times their number in a year. Time is counted back from each flow to
    the first advance in whole unit-periods; the odd days before them bear simple interest. Raises
    ValueError if the flows do not make exactly one rate of zero or more.
    """
    by_months, length, a_year = unit.value

    def days(start: dt.date, end: dt.date) -> int:
        return _thirty_day_months(start, end) if by_months else (end - start).days

    timed = [(*divmod(time, length), amount) for time, amount in _timed(flows, days)]

    def worth(rate: Decimal) -> Decimal:
        period = rate / a_year
        return sum(
            (
                amount / ((1 + period * odd / length) * (1 + period) ** whole)
                for whole, odd, amount in timed
            ),
            Decimal(0),
        )

    return _rate(_root(worth))


def effective_rate(nominal: Rate, periods: int) -> Rate:
    """The compound yearly rate of a nominal one that is charged so many times a year.

    3 % a year charged monthly is 3.041596 %. Rounded half up to a millionth of a percent. Raises
    ValueError for less than one period.
    """
    _at_least_one(periods)
    with localcontext(prec=PLACES):
        return _rate((1 + Decimal(nominal) / (PER_ONE * periods)) ** periods - 1)


def nominal_rate(effective: Rate, periods: int) -> Rate:
    """The nominal yearly rate that, charged so many times a year, comes to a compound one.

    Raises ValueError for less than one period.
    """
    _at_least_one(periods)
    with localcontext(prec=PLACES):
        growth = (1 + Decimal(effective) / PER_ONE) ** (Decimal(1) / periods)
        return _rate((growth - 1) * periods)


def _at_least_one(periods: int) -> None:
    if periods < 1:
        raise ValueError(f"a year has at least one period, not {periods}")


def _rate(share: Decimal) -> Rate:
    """A share of one as a rate, half up."""
    with localcontext(prec=PLACES):
        whole, rest = divmod(share * PER_ONE, 1)
    return Rate(int(whole) + (1 if 2 * rest >= 1 else 0))


Timed = list[tuple[int, Money]]  # how long after the first flow, in parts of a year; how much


def _timed(flows: Sequence[CashFlow], distance: Callable[[dt.date, dt.date], int]) -> Timed:
    """The flows in order of time; ValueError unless exactly one rate of zero or more fits them.

    That is so if the sum of all flows so far changes its sign once: the borrower first owes, and at
    last has paid more than was received (Norstrom's criterion).
    """
    ordered = sorted(flows, key=lambda flow: flow.on)
    if not ordered or ordered[0].amount <= 0:
        raise ValueError("the first flow must be money that the borrower receives")
    owed = list(accumulate(int(flow.amount) for flow in ordered))
    if owed[-1] > 0:
        raise ValueError("the borrower pays back less than was received: there is no yearly rate")
    signs = [total > 0 for total in owed if total != 0]
    if sum(a != b for a, b in pairwise(signs)) > 1:
        raise ValueError("more than one yearly rate may fit these flows")
    first = ordered[0].on
    return [(distance(first, flow.on), flow.amount) for flow in ordered]


def _compound_root(timed: Timed, basis: int) -> Decimal:
    """The rate at which the flows, discounted by powers of one and the rate, are worth nothing."""

    def worth(rate: Decimal) -> Decimal:
        factor = (1 + rate) ** (Decimal(-1) / basis)
        total, discount, at = Decimal(0), Decimal(1), 0
        for time, amount in timed:
            discount *= factor ** (time - at)
            at = time
            total += amount * discount
        return total

    return _root(worth)


def _root(worth: Callable[[Decimal], Decimal]) -> Decimal:
    """The rate at which `worth`, which rises through nothing once, is nothing.

    Regula falsi with halved weights (Illinois): the rate stays between its two bounds, which close
    in on it.
    """
    with localcontext(prec=PLACES):
        low, high = Decimal(0), Decimal(1)
        below = worth(low)
        if below == 0:
            return low
        above = worth(high)
        while above < 0:
            low, below = high, above
            high *= 4
            if high > HIGHEST:
                raise ValueError("the yearly rate is out of all measure")
            above = worth(high)
        for _ in range(MOST_STEPS):
            between = (low * above - high * below) / (above - below)
            found = worth(between)
            if found == 0 or high - low < CLOSE_ENOUGH or between in (low, high):
                return between
            if found < 0:
                low, below = between, found
                above /= 2
            else:
                high, above = between, found
                below /= 2
    raise ArithmeticError("the search for a yearly rate did not end")


def _months_back(start: dt.date, end: dt.date) -> tuple[int, int]:
    """Whole months counted back from the later day, and the odd days before them."""
    first, last = day_number(start), day_number(end)
    months = 12 * (end.year - start.year) + end.month - start.month
    if add_months(last, -months) < first:
        months -= 1
    return months, int(add_months(last, -months)) - first


def _thirty_day_months(start: dt.date, end: dt.date) -> int:
    """Days from one date to another, whole months counting 30 (Appendix J (b)(5))."""
    months, days = _months_back(start, end)
    return DAYS_A_MONTH * months + days


def _months_and_days(start: dt.date, end: dt.date) -> int:
    """Time in parts of 1/(12 x 365) year: whole months as twelfths, then actual days."""
    months, days = _months_back(start, end)
    return months * DAYS_A_YEAR + days * MONTHS_A_YEAR
