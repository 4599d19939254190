"""Plans by cash cycle and with a balloon: they add up, and agree with the level plans."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loanmath.codes import EntryKind, Problem, Status
from loanmath.dates import day_number
from loanmath.day_count import DayCount
from loanmath.irregular import (
    CycleRequest,
    QuietMonth,
    Shape,
    Step,
    balloon_plan,
    cycle_plan,
    weighted_plan,
)
from loanmath.loans import Entry, Instalment, Loan, Terms
from loanmath.money import Money, yuan
from loanmath.one_loan import position_of
from loanmath.plans import PlanRequest, plan_for
from loanmath.rates import Rate, percent
from loanmath.roll import Roll
from loanmath.schedule import InterestBy, Method

START = dt.date(2026, 3, 10)
HARVEST = (0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0)  # summer wheat in June, maize in October
FARM = CycleRequest(
    principal=yuan("100000"),
    rate=percent("6"),
    start=START,
    maturity=dt.date(2027, 10, 10),
    weights=HARVEST,
)


def test_a_farm_pays_after_its_harvests():
    # Principal 2 : 3 : 2 : 3 of 100000. Interest by months on what is left: 3 months of 500.00,
    # 4 of 400.00 (80000), 8 of 250.00 (50000), 4 of 150.00 (30000).
    plan = cycle_plan(FARM)
    assert [str(row.due) for row in plan] == [
        "2026-06-10",
        "2026-10-10",
        "2027-06-10",
        "2027-10-10",
    ]
    assert [row.principal for row in plan] == [
        yuan(x) for x in ("20000", "30000", "20000", "30000")
    ]
    assert [row.interest for row in plan] == [yuan(x) for x in ("1500", "1600", "2000", "600")]


def test_a_shop_pays_interest_in_quiet_months():
    request = replace(FARM, quiet=QuietMonth.INTEREST, maturity=dt.date(2026, 10, 10))
    plan = cycle_plan(request)
    # every month from April to October; principal 2 : 3 in June and October
    assert len(plan) == 7
    assert [row.principal for row in plan if row.principal] == [yuan("40000"), yuan("60000")]
    assert [row.interest for row in plan] == [yuan("500")] * 3 + [yuan("300")] * 4


def test_nothing_of_the_principal_before_the_agreed_day():
    plan = cycle_plan(replace(FARM, principal_from=dt.date(2026, 12, 1)))
    assert [str(row.due) for row in plan] == ["2027-06-10", "2027-10-10"]
    assert plan[0].interest == yuan("7500")  # 15 months of 500.00
    assert [row.principal for row in plan] == [yuan("40000"), yuan("60000")]


def test_instalments_in_proportion_to_the_weights():
    # Two half-yearly instalments 1 : 3 at 6 %: x/1.03 + 3x/1.03^2 = 100000, x = 26164.45, so that
    # 26164.45 and, 3000.00 of interest first, the rest: 76835.55 + 2305.07 = 78493.62 - 1 fen.
    steps = [Step(day, weight, day) for day, weight in (
        (dt.date(2026, 9, 10), 1), (dt.date(2027, 3, 10), 3))]  # fmt: skip
    plan = weighted_plan(yuan("100000"), percent("6"), START, steps, Shape.INSTALMENT)
    x = Fraction(100_000 * 100) / (Fraction(100, 103) + 3 * Fraction(100, 103) ** 2)
    assert plan[0].total == round(x)
    assert abs(plan[1].total - 3 * x) < 1
    assert plan[0].interest == yuan("3000")


def test_a_small_weight_that_does_not_cover_its_interest_is_refused():
    steps = [Step(day, weight, day) for day, weight in (
        (dt.date(2026, 9, 10), 1), (dt.date(2027, 3, 10), 100))]  # fmt: skip
    with pytest.raises(ValueError, match="does not cover the interest"):
        weighted_plan(yuan("100000"), percent("6"), START, steps, Shape.INSTALMENT)


def test_a_balloon_is_left_for_the_last_instalment():
    # 12 % a year by months, three instalments, 400 of 1000 left to the end:
    # (1000 - 400 x 1.01^-3) / (1.01^-1 + 1.01^-2 + 1.01^-3) = 208.01
    request = PlanRequest(Method.LEVEL_PAYMENT, yuan("1000"), percent("12"), START, instalments=3)
    plan = balloon_plan(request, yuan("400"))
    assert [row.total for row in plan] == [yuan("208.01"), yuan("208.01"), yuan("608.02")]
    assert plan[0].interest == yuan("10")
    even = balloon_plan(replace(request, method=Method.LEVEL_PRINCIPAL), yuan("400"))
    assert [row.principal for row in even] == [yuan("200"), yuan("200"), yuan("600")]


def test_a_balloon_goes_with_principal_grace_and_holidays():
    due = day_number(dt.date(2026, 4, 10))
    request = PlanRequest(
        Method.LEVEL_PAYMENT,
        yuan("1000"),
        percent("12"),
        START,
        instalments=4,
        interest_only=1,
        roll=Roll.FOLLOWING,
    )
    plan = balloon_plan(request, yuan("400"), np.array([due], dtype=np.int32))
    assert plan[0] == Instalment(1, dt.date(2026, 4, 11), Money(0), yuan("10"))
    assert [row.total for row in plan[1:]] == [yuan("208.01"), yuan("208.01"), yuan("608.02")]


def test_what_makes_no_plan_is_refused():
    with pytest.raises(ValueError, match="twelve"):
        cycle_plan(replace(FARM, weights=(1, 2, 3)))
    with pytest.raises(ValueError, match="twelve"):
        cycle_plan(replace(FARM, weights=(-1, *HARVEST[1:])))
    with pytest.raises(ValueError, match="nothing to spread"):
        cycle_plan(replace(FARM, weights=(0,) * 12))
    with pytest.raises(ValueError, match="maturity"):
        cycle_plan(replace(FARM, maturity=START))
    with pytest.raises(ValueError, match="part of the loan"):
        cycle_plan(replace(FARM, balloon=yuan("100000.01")))
    with pytest.raises(ValueError, match="below nought"):
        weighted_plan(yuan("1"), Rate(0), START, [Step(FARM.maturity, -1, FARM.maturity)] * 1,
                      Shape.PRINCIPAL)  # fmt: skip
    request = PlanRequest(Method.BULLET, yuan("1"), Rate(0), START, maturity=FARM.maturity)
    with pytest.raises(ValueError, match="balloon goes with"):
        balloon_plan(request, yuan("0.5"))


@st.composite
def cycles(draw: st.DrawFn) -> CycleRequest:
    start = START + dt.timedelta(days=draw(st.integers(0, 400)))
    principal = draw(st.integers(1, 10**10))
    return CycleRequest(
        principal=Money(principal),
        rate=Rate(draw(st.integers(0, 24_000_000))),
        start=start,
        maturity=start + dt.timedelta(days=draw(st.integers(31, 3000))),
        weights=tuple(draw(st.lists(st.integers(1, 9), min_size=12, max_size=12))),
        due_day=draw(st.one_of(st.none(), st.integers(1, 31))),
        quiet=draw(st.sampled_from(QuietMonth)),
        balloon=Money(draw(st.integers(0, principal))),
        principal_from=draw(st.one_of(st.none(), st.just(start + dt.timedelta(days=90)))),
        interest_by=draw(st.sampled_from(InterestBy)),
        day_count=draw(st.sampled_from(DayCount)),
    )


@given(cycles(), st.lists(st.booleans(), min_size=12, max_size=12))
@settings(max_examples=40)
def test_every_cash_cycle_plan_adds_up_and_can_be_paid(request: CycleRequest, pays: list[bool]):
    weights = tuple(w if p else 0 for w, p in zip(request.weights, pays, strict=True))
    try:
        plan = tuple(cycle_plan(replace(request, weights=weights)))
    except ValueError as refused:
        assert "nothing to spread" in str(refused)
        return
    assert sum(row.principal for row in plan) == request.principal
    assert all(row.principal >= 0 and row.interest >= 0 for row in plan)
    days = [row.due for row in plan]
    assert days == sorted(set(days))
    assert days[-1] == request.maturity
    paid_off(request, plan)


def paid_off(request: CycleRequest, plan: tuple[Instalment, ...]) -> None:
    """The kernel takes the plan; paid as planned it leaves nothing."""
    terms = Terms(request.principal, request.rate, request.start, plan[-1].due)
    lent = Entry(request.start, EntryKind.DISBURSEMENT, request.principal)
    paid = [Entry(row.due, EntryKind.REPAYMENT, row.total) for row in plan if row.total]
    position = position_of(Loan(terms, plan, (lent, *paid)), plan[-1].due)
    assert position.problem is Problem.NONE
    assert position.status is Status.SETTLED
    assert (position.principal, position.total_due, position.credit) == (0, 0, 0)


@given(
    st.integers(10**4, 10**10),
    st.integers(0, 24_000_000),
    st.integers(1, 60),
    st.sampled_from([Method.LEVEL_PAYMENT, Method.LEVEL_PRINCIPAL]),
    st.integers(0, 3),
    st.sampled_from(InterestBy),
)
@settings(max_examples=40)
def test_without_a_balloon_it_is_the_level_plan(
    principal: int, rate: int, count: int, method: Method, interest_only: int, by: InterestBy
):
    request = PlanRequest(
        method,
        Money(principal),
        Rate(rate),
        START,
        instalments=count,
        interest_only=min(interest_only, count - 1),
        interest_by=by,
    )
    level, weighted = plan_for(request), balloon_plan(request, Money(0))
    assert [row.due for row in weighted] == [row.due for row in level]
    if method is Method.LEVEL_PAYMENT:
        assert weighted == level
    else:  # there each principal is rounded alike, here their running sum is
        for ours, theirs in zip(weighted[:-1], level[:-1], strict=True):
            assert abs(ours.principal - theirs.principal) <= 1
