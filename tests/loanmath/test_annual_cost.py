"""What a loan costs a year: figures worked out by hand, and what must hold for any flows."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loanmath.annual_cost import (
    CashFlow,
    EuropeanTime,
    UnitPeriod,
    annual_cost,
    effective_rate,
    european_rate,
    exact_internal_rate,
    internal_rate,
    nominal_rate,
    regulation_z_rate,
    simple_rate,
)
from loanmath.day_count import DayCount
from loanmath.loans import Instalment
from loanmath.money import Money, yuan
from loanmath.plans import PlanRequest, plan_for
from loanmath.rates import Rate, percent
from loanmath.schedule import Method

START = dt.date(2026, 1, 1)


def flow(on: str, amount: str) -> CashFlow:
    return CashFlow(dt.date.fromisoformat(on), yuan(amount))


def test_one_payment_after_a_year_is_its_interest():
    flows = [flow("2026-01-01", "10000"), flow("2027-01-01", "-10730")]
    assert internal_rate(flows) == percent("7.3")
    assert european_rate(flows) == european_rate(flows, EuropeanTime.MONTHS) == percent("7.3")


def test_two_payments_by_the_quadratic_formula():
    # 1000 = 580/(1+r) + 580/(1+r)^2: (1+r) = (580 + sqrt(580^2 + 4 x 1000 x 580)) / 2000
    flows = [flow("2026-01-01", "1000"), flow("2027-01-01", "-580"), flow("2028-01-01", "-580")]
    growth = (580 + Decimal(580 * 580 + 4 * 1000 * 580).sqrt()) / 2000
    found = exact_internal_rate(flows)
    assert abs(1 + found - growth) < Decimal("1e-18")
    assert internal_rate(flows) == 10_492_331  # sqrt(2656400) = 1629.84661


def test_a_fee_at_the_beginning_raises_the_cost():
    # 12000 for a year at 6 % by months, 120 of fees on the first day: by hand 12000 x 6 % x 6.5/12
    plan = plan_for(
        PlanRequest(Method.LEVEL_PRINCIPAL, yuan("12000"), percent("6"), START, instalments=12)
    )
    free = annual_cost(yuan("12000"), START, plan)
    cost = annual_cost(yuan("12000"), START, plan, [flow("2026-01-01", "-120")])
    assert (free.interest, free.fees, free.total) == (yuan("390"), 0, yuan("390"))
    assert (cost.fees, cost.total) == (yuan("120"), yuan("510"))
    assert cost.compound_rate > free.compound_rate
    # occupied: 12000 x 31, 11000 x 28, 10000 x 31 ... 1000 x 31 yuan days, in all 2368000
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    occupied = sum((12 - k) * 1000 * n for k, n in enumerate(days))
    assert free.simple_rate == Rate(round(Fraction(390 * 365 * 10**8, occupied)))
    assert cost.simple_rate == Rate(round(Fraction(510 * 365 * 10**8, occupied)))
    with pytest.raises(ValueError, match="pays"):
        annual_cost(yuan("12000"), START, plan, [flow("2026-01-01", "120")])


def test_simple_rate_of_a_loan_by_days_is_its_rate_on_365_days():
    # 3.6 % on 360 days for a year of 365: 10000 x 3.6 % x 365/360 = 365.00, that is 3.65 %
    plan = [Instalment(1, dt.date(2027, 1, 1), yuan("10000"), yuan("365"))]
    assert simple_rate(yuan("10000"), START, plan) == percent("3.65")


def test_a_monthly_loan_has_the_same_regulation_z_rate_as_its_contract():
    plan = plan_for(
        PlanRequest(Method.LEVEL_PAYMENT, yuan("1000000"), percent("7.2"), START, instalments=36)
    )
    flows = [CashFlow(START, yuan("1000000"))]
    flows += [CashFlow(row.due, Money(-row.total)) for row in plan]
    assert abs(regulation_z_rate(flows, UnitPeriod.MONTH) - percent("7.2")) <= 5  # fen rounding
    # and the EU rate with whole months is the monthly rate compounded: 1.006^12 - 1
    compounded = effective_rate(percent("7.2"), 12)
    assert compounded == 7_442_417
    assert abs(european_rate(flows, EuropeanTime.MONTHS) - compounded) <= 5


@pytest.mark.parametrize(
    ("unit", "on", "whole_and_odd"),
    [
        (UnitPeriod.WEEK, "2026-02-03", (4, Fraction(5, 7))),
        (UnitPeriod.TWO_WEEKS, "2026-02-03", (2, Fraction(5, 14))),
        (UnitPeriod.FOUR_WEEKS, "2026-02-03", (1, Fraction(5, 28))),
        (UnitPeriod.HALF_MONTH, "2026-02-21", (3, Fraction(5, 15))),
        (UnitPeriod.MONTH, "2026-02-11", (1, Fraction(10, 30))),
        (UnitPeriod.TWO_MONTHS, "2026-04-11", (1, Fraction(40, 60))),
        (UnitPeriod.QUARTER, "2026-05-16", (1, Fraction(45, 90))),
        (UnitPeriod.HALF_YEAR, "2026-08-01", (1, Fraction(30, 180))),
    ],
)
def test_unit_periods_and_odd_days(unit: UnitPeriod, on: str, whole_and_odd: tuple[int, Fraction]):
    """A payment worked backwards from a chosen period rate comes out at that rate."""
    whole, odd = whole_and_odd
    period = Fraction(1, 100)
    owed = Fraction(10**12) * (1 + period) ** whole * (1 + period * odd)
    flows = [flow("2026-01-01", "10000000000"), CashFlow(dt.date.fromisoformat(on), -round(owed))]
    rate = regulation_z_rate(flows, unit)
    assert abs(rate - unit.value[2] * 1_000_000) <= 1


def test_effective_and_nominal_rates_are_each_other_s_inverse():
    assert effective_rate(percent("3"), 12) == 3_041_596
    assert nominal_rate(Rate(3_041_596), 12) == percent("3")
    assert effective_rate(percent("5"), 1) == nominal_rate(percent("5"), 1) == percent("5")
    with pytest.raises(ValueError, match="at least one"):
        effective_rate(percent("5"), 0)


def test_flows_without_exactly_one_rate_are_refused():
    lent, paid = flow("2026-01-01", "100"), flow("2027-01-01", "-99")
    with pytest.raises(ValueError, match="less than was received"):
        internal_rate([lent, paid])
    with pytest.raises(ValueError, match="receives"):
        internal_rate([flow("2025-12-31", "-1"), lent, paid])
    with pytest.raises(ValueError, match="receives"):
        internal_rate([])
    more = [flow("2026-07-01", "-200"), flow("2026-08-01", "150"), flow("2027-01-01", "-60")]
    with pytest.raises(ValueError, match="more than one"):
        internal_rate([lent, *more])
    with pytest.raises(ValueError, match="measure"):
        internal_rate([flow("2026-01-01", "1"), flow("2026-01-02", "-1000000")])
    assert internal_rate([lent, flow("2027-01-01", "-100")]) == 0


@given(
    st.integers(10**4, 10**9),
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 10**7)), min_size=1, max_size=12),
    st.sampled_from(DayCount),
)
@settings(max_examples=30)
def test_at_its_rate_a_loan_is_worth_nothing(
    lent: int, payments: list[tuple[int, int]], day_count: DayCount
):
    """Just below the rate found the flows are worth less than nothing, just above it more."""
    day, flows, left = START, [CashFlow(START, Money(lent))], lent
    for gap, amount in payments:
        day += dt.timedelta(days=gap)
        flows.append(CashFlow(day, Money(-amount)))
        left -= amount
    flows.append(CashFlow(day + dt.timedelta(days=30), Money(-max(0, left) - 1)))
    try:
        rate = internal_rate(flows, DayCount.ACT_365)
    except ValueError as refused:
        assert "measure" in str(refused)
        return
    below = worth(flows, Decimal(rate) - 1)
    above = worth(flows, Decimal(rate) + 1)
    assert below < 0 < above
    assert exact_internal_rate(flows, day_count) >= 0


def worth(flows: list[CashFlow], rate: Decimal) -> Decimal:
    """The plain formula, day by day over 365."""
    growth = 1 + rate / 10**8
    return sum(
        (f.amount / growth ** (Decimal((f.on - START).days) / 365) for f in flows), Decimal(0)
    )
