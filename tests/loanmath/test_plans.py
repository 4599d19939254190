"""Repayment plans: what every plan must hold, and level instalments to the fen."""

import datetime as dt
from calendar import monthrange
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loanmath.annuity import DIGIT_BITS, ONE, SUM_BITS, divide_by_sum, next_digit
from loanmath.dates import day_in_month, day_number
from loanmath.day_count import DayCount
from loanmath.money import Money, yuan
from loanmath.plans import PlanRequest, advance_plan, custom_plan, instalments_in, plan_for
from loanmath.rates import Rate, percent
from loanmath.roll import Roll
from loanmath.schedule import Direction, InterestBy, Method, make_plan_terms, make_plans

START = dt.date(2026, 1, 31)


@st.composite
def requests(draw: st.DrawFn) -> PlanRequest:
    method = draw(st.sampled_from(Method))
    start = START + dt.timedelta(days=draw(st.integers(0, 400)))
    whole_term = start + dt.timedelta(days=draw(st.integers(30, 4000)))
    return PlanRequest(
        method=method,
        principal=Money(draw(st.integers(1, 10**11))),
        rate=Rate(draw(st.integers(0, 36_000_000))),
        start=start,
        maturity=whole_term,
        months=draw(st.sampled_from([1, 3, 6, 12])),
        due_day=draw(st.one_of(st.none(), st.integers(1, 31))),
        long_first=draw(st.booleans()),
        long_last=draw(st.booleans()),
        interest_only=draw(st.integers(0, 3)),
        interest_by=draw(st.sampled_from(InterestBy)),
        day_count=draw(st.sampled_from(DayCount)),
        unit=draw(st.sampled_from([1, 100])),
        direction=draw(st.sampled_from(Direction)),
    )


@given(requests())
def test_a_plan_adds_up_and_runs_forward_to_maturity(request: PlanRequest):
    plan = plan_for(request)
    assert sum(row.principal for row in plan) == request.principal
    assert all(row.principal >= 0 and row.interest >= 0 for row in plan)
    days = [row.due for row in plan]
    assert days == sorted(set(days))
    assert request.start < days[0]
    assert days[-1] == request.maturity
    assert [row.no for row in plan] == list(range(1, len(plan) + 1))


@given(st.integers(10**4, 10**11), st.integers(1, 24_000_000), st.integers(2, 120))
@settings(max_examples=40)
def test_level_instalment_is_the_annuity_formula_rounded(principal: int, rate: int, count: int):
    plan = plan_for(
        PlanRequest(Method.LEVEL_PAYMENT, Money(principal), Rate(rate), START, instalments=count)
    )
    monthly = Fraction(rate, 12 * 10**8)
    growth = (1 + monthly) ** count
    exact = principal * monthly * growth / (growth - 1)
    level = int(exact + Fraction(1, 2))
    assert plan[0].total == level
    assert all(row.total == level for row in plan[:-1])


def test_rounding_of_the_level_instalment_can_be_chosen():
    def first(unit: int, direction: Direction) -> int:
        request = PlanRequest(
            Method.LEVEL_PAYMENT,
            yuan("1000000"),
            percent("13.5"),
            START,
            instalments=12,
            unit=unit,
            direction=direction,
        )
        return plan_for(request)[0].total

    assert first(1, Direction.NEAREST) == yuan("89552.03")
    assert first(100, Direction.UP) == yuan("89553")
    assert first(100, Direction.DOWN) == yuan("89552")
    assert first(1000, Direction.NEAREST) == yuan("89550")


def test_interest_free_loan_is_split_evenly():
    plan = plan_for(PlanRequest(Method.LEVEL_PAYMENT, yuan("100"), Rate(0), START, instalments=3))
    assert [row.principal for row in plan] == [3333, 3333, 3334]


def test_many_plans_are_the_same_as_each_alone():
    requests = [
        PlanRequest(method, yuan("12345.67"), percent("7.3"), START, instalments=count)
        for method in (Method.LEVEL_PAYMENT, Method.LEVEL_PRINCIPAL, Method.INTEREST_ONLY)
        for count in (1, 7, 24)
    ]
    alone = [plan_for(request) for request in requests]
    terms = make_plan_terms(
        method=[request.method for request in requests],
        principal=1_234_567,
        rate=7_300_000,
        start=(START - dt.date(1970, 1, 1)).days,
        first_due=[(plan[0].due - dt.date(1970, 1, 1)).days for plan in alone],
        maturity=[(plan[-1].due - dt.date(1970, 1, 1)).days for plan in alone],
        months=1,
        due_day=31,
        merge_last=0,
        interest_only=0,
        interest_by=0,
        day_count=0,
        interest_to_due=1,
        roll=0,
        unit=1,
        direction=0,
    )
    plans = make_plans(terms)
    assert [instalments_in(plans, n) for n in range(len(requests))] == alone


def test_rolled_dates_carry_interest_to_the_day_of_payment():
    saturday = (dt.date(2026, 2, 28) - dt.date(1970, 1, 1)).days
    request = PlanRequest(
        Method.INTEREST_ONLY,
        yuan("36000"),
        percent("10"),
        dt.date(2026, 1, 28),
        instalments=2,
        interest_by=InterestBy.DAYS,
        roll=Roll.FOLLOWING,
    )
    plan = plan_for(request, np.array([saturday, saturday + 1], dtype=np.int32))
    assert plan[0].due == dt.date(2026, 3, 2)
    assert [row.interest for row in plan] == [yuan("330"), yuan("260")]  # 33 and 26 days of 10.00


def test_custom_plans_must_add_up():
    start, later = dt.date(2026, 1, 1), dt.date(2026, 7, 1)
    plan = custom_plan(yuan("1000"), percent("7.2"), start, [(later, yuan("1000"))])
    assert plan[0].interest == yuan("36.20")  # 181 days of 0.20
    with pytest.raises(ValueError, match="add up"):
        custom_plan(yuan("1000"), percent("7.2"), start, [(later, yuan("999.99"))])
    with pytest.raises(ValueError, match="rise"):
        custom_plan(yuan("1000"), percent("7.2"), later, [(start, yuan("1000"))])


def test_impossible_requests_are_refused():
    with pytest.raises(ValueError, match="either"):
        plan_for(PlanRequest(Method.BULLET, yuan("1"), Rate(0), START))
    with pytest.raises(ValueError, match="maturity after the start"):
        plan_for(PlanRequest(Method.BULLET, yuan("1"), Rate(0), START, maturity=START))
    with pytest.raises(ValueError, match="at most"):
        plan_for(PlanRequest(Method.LEVEL_PAYMENT, yuan("1"), Rate(0), START, instalments=1001))


@given(st.integers(1, 10**13), st.integers(ONE >> 8, 1000 << SUM_BITS), st.integers(-2, 2))
def test_the_level_amount_is_divided_without_an_error(principal: int, factors: int, beside: int):
    """To the last bit, also where what the division guesses lies next to a whole number."""
    whole, rest = divide_by_sum(principal, factors)
    assert (whole, rest) == divmod(principal << SUM_BITS, factors)
    nearly = min(
        max((principal % (1 << DIGIT_BITS) * factors >> DIGIT_BITS) + beside, 0), factors - 1
    )
    assert next_digit(nearly, factors) == divmod(nearly << DIGIT_BITS, factors)


@given(st.integers(1890, 2210), st.integers(1, 12), st.integers(1, 31))
def test_a_day_of_a_month_is_the_calendars(year: int, month: int, day: int):
    """Inside the years that are looked up and beyond them."""
    wanted = dt.date(year, month, min(day, monthrange(year, month)[1]))
    assert day_in_month(12 * year + month - 1, day) == day_number(wanted)


def test_an_instalment_in_advance_bears_no_interest():
    request = PlanRequest(Method.LEVEL_PRINCIPAL, yuan("3000"), percent("6"), START, instalments=3)
    at_once, rest = advance_plan(request)
    assert at_once == yuan("1000")
    assert [(row.principal, row.interest) for row in rest] == [
        (yuan("1000"), yuan("10")),  # 2,000 x 0.5 %
        (yuan("1000"), yuan("5")),
    ]
    level, coming = advance_plan(replace(request, method=Method.LEVEL_PAYMENT))
    assert [row.total for row in coming[:-1]] == [level] * (len(coming) - 1)
    assert level + sum(row.principal for row in coming) == yuan("3000")
    for wrong in (replace(request, method=Method.INTEREST_ONLY), replace(request, instalments=1)):
        with pytest.raises(ValueError):
            advance_plan(wrong)


def test_interest_may_have_days_of_its_own():
    days = [dt.date(2026, 2, 20), dt.date(2026, 3, 20)]
    parts = [(dt.date(2026, 2, 10), yuan("400")), (dt.date(2026, 4, 1), yuan("600"))]
    plan = custom_plan(yuan("1000"), percent("36"), START, parts, interest_days=days)
    assert [(str(row.due), row.principal, row.interest) for row in plan] == [
        ("2026-02-10", yuan("400"), 0),
        ("2026-02-20", 0, yuan("16")),  # 1,000 x 0.1 % x 10 + 600 x 0.1 % x 10
        ("2026-03-20", 0, yuan("16.80")),
        ("2026-04-01", yuan("600"), yuan("7.20")),
    ]
    with pytest.raises(ValueError, match="by the last repayment"):
        custom_plan(yuan("1000"), percent("36"), START, parts, interest_days=[dt.date(2026, 5, 1)])
