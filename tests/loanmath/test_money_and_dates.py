"""Amounts, rates, dates, day counts and holidays."""

import datetime as dt
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loanmath.accrual import RATE_UNIT, grow, rounded
from loanmath.dates import add_months, date_of, day_from_parts, day_number, parts_of
from loanmath.day_count import DayCount, basis_of, weight_between, weight_within
from loanmath.money import MAX_MONEY, Money, format_yuan, yuan
from loanmath.rates import format_percent, penalty_rate, percent
from loanmath.roll import Roll, roll_date
from loanmath.rounding import divide_half_up, split

dates = st.dates(dt.date(1950, 1, 1), dt.date(2150, 12, 31))


def test_money_comes_in_by_one_door():
    assert yuan("1,234.50") == 123_450
    assert format_yuan(Money(-123_450)) == "-1,234.50"
    for wrong in ("1.001", "abc", "", "NaN", "1e18"):
        with pytest.raises(ValueError):
            yuan(wrong)
    with pytest.raises(TypeError):
        yuan(1.5)  # type: ignore[arg-type]


def test_rates_come_in_by_one_door():
    assert percent("4.35") == 4_350_000
    assert format_percent(percent("4.350")) == "4.35%"
    for wrong in ("4.1234567", "-1", "1001"):
        with pytest.raises(ValueError):
            percent(wrong)
    with pytest.raises(TypeError):
        percent(4.35)  # type: ignore[arg-type]


def test_penalty_rate_is_a_share_above_the_contract_rate():
    assert penalty_rate(percent("4.35"), 5000) == percent("6.525")
    assert penalty_rate(percent("0.000001"), 5000) == 2  # 1.5 millionths, half up


@given(st.integers(0, 10**12), st.integers(1, 400))
def test_a_split_adds_back_to_the_whole(total: int, parts: int):
    pieces = split(total, parts)
    assert sum(pieces) == total
    assert len(pieces) == parts


def test_half_goes_up():
    assert [divide_half_up(n, 4) for n in (1, 2, 3, 5, 6)] == [0, 1, 1, 1, 2]


@given(dates)
def test_calendar_arithmetic_agrees_with_the_standard_library(date: dt.date):
    day = day_number(date)
    assert date_of(day) == date
    assert tuple(parts_of(day)) == (date.year, date.month, date.day)
    assert day_from_parts(date.year, date.month, date.day) == day


def test_months_end_where_they_end():
    end_of_january = day_number(dt.date(2026, 1, 31))
    assert date_of(add_months(end_of_january, 1)) == dt.date(2026, 2, 28)
    assert date_of(add_months(end_of_january, 25)) == dt.date(2028, 2, 29)
    assert date_of(add_months(end_of_january, -2)) == dt.date(2025, 11, 30)


@given(dates, st.integers(0, 3000), st.integers(0, 3000), st.sampled_from(DayCount))
def test_weights_of_neighbouring_stretches_add_up(
    start: dt.date, first: int, second: int, convention: DayCount
):
    a = day_number(start)
    b, c = a + first, a + first + second
    parts = weight_within(convention, a, a, b) + weight_within(convention, a, b, c)
    assert parts == weight_between(convention, a, c)


@given(
    st.integers(0, MAX_MONEY),
    st.integers(0, 10**9),
    st.lists(st.integers(0, 2000), min_size=1, max_size=8),
    st.sampled_from(DayCount),
)
def test_interest_over_a_period_is_the_sum_over_its_parts_at_any_size(
    base: int, rate: int, days: list[int], convention: DayCount
):
    basis = basis_of(convention)
    whole = part = 0
    day = start = day_number(dt.date(2023, 5, 31))
    total_weight = 0
    for stretch in days:
        weight = weight_within(convention, start, day, day + stretch)
        whole, part = grow(whole, part, base, rate, weight, basis)
        total_weight += weight
        day += stretch
    exact = base * rate * total_weight
    unit = RATE_UNIT * basis
    assert (whole, part) == divmod(exact, unit)
    assert rounded(whole, part, basis) == (2 * exact + unit) // (2 * unit)


def test_nothing_overflows_where_the_short_way_ends():
    """Base, rate x weight and carried part each as large as the short way of reckoning takes."""
    for base in (2**31 - 1, 2**31, 2**32 - 1, 2**32):
        for rate_weight in (2**31 - 1, 2**31):
            unit = RATE_UNIT * basis_of(DayCount.MONTHS)
            found = grow(0, unit - 1, base, rate_weight, 1, basis_of(DayCount.MONTHS))
            assert found == divmod(unit - 1 + base * rate_weight, unit)


def test_a_month_is_a_twelfth_whatever_its_days():
    def share(start: str, end: str) -> Fraction:
        days = [day_number(dt.date.fromisoformat(day)) for day in (start, end)]
        return Fraction(weight_between(DayCount.MONTHS, *days), basis_of(DayCount.MONTHS))

    assert share("2024-02-01", "2024-03-01") == share("2024-03-01", "2024-04-01") == Fraction(1, 12)
    assert share("2024-02-01", "2024-02-15") == Fraction(14, 29 * 12)
    assert share("2025-02-15", "2025-03-15") == Fraction(14, 28 * 12) + Fraction(14, 31 * 12)


def test_holidays_move_a_date_by_the_named_rule():
    saturday = day_number(dt.date(2026, 1, 31))
    weekend = np.array([saturday, saturday + 1], dtype=np.int32)

    def rolled(rule: Roll) -> dt.date:
        return date_of(roll_date(saturday, rule, weekend))

    assert rolled(Roll.NONE) == dt.date(2026, 1, 31)
    assert rolled(Roll.FOLLOWING) == dt.date(2026, 2, 2)
    assert rolled(Roll.MODIFIED_FOLLOWING) == dt.date(2026, 1, 30)
    assert rolled(Roll.PRECEDING) == dt.date(2026, 1, 30)
