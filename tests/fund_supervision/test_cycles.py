"""When in the year a client has money: harvests, an even business, too little known."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.fund_supervision.cycles import CycleLimits, Month, cycle_of, last_whole_month

LIMITS = CycleLimits(least_months=12, few_months=4, share=60_000_000)


def months(first_year: int, count: int, *amounts: int) -> dict[Month, int]:
    """So many months from January on, the amounts repeated."""
    return {
        (first_year + n // 12, n % 12 + 1): amounts[n % len(amounts)]
        for n in range(count)
        if amounts[n % len(amounts)]
    }


def test_two_harvests_are_two_months_with_weights() -> None:
    harvests = months(2024, 24, 5, 5, 5, 5, 5, 400, 5, 5, 5, 600, 5, 5)
    cycle = cycle_of(harvests, (2025, 12), LIMITS)
    assert cycle is not None and cycle.is_seasonal
    assert cycle.weights == (0, 0, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0)
    assert (cycle.months_known, cycle.expected[9]) == (24, 600)


def test_even_money_has_no_cycle() -> None:
    cycle = cycle_of(months(2025, 12, 100), (2025, 12), LIMITS)
    assert cycle is not None and not cycle.is_seasonal
    assert cycle.top_share == pytest.approx(33_333_333)


def test_only_whole_years_count_and_the_newest_ones() -> None:
    fifteen = months(2024, 27, 0, 0, 0, 0, 0, 900, 0, 0, 0, 0, 0, 0)
    cycle = cycle_of(fifteen | {(2025, 12): 900}, (2026, 3), LIMITS)
    assert cycle is not None and cycle.months_known == 12  # from June 2024: 22 months, one year
    assert [month for month, weight in enumerate(cycle.weights, 1) if weight] == [6, 12]


def test_too_little_is_unknown() -> None:
    assert cycle_of(months(2025, 11, 100), (2025, 11), LIMITS) is None
    assert cycle_of({}, (2025, 12), LIMITS) is None


@pytest.mark.parametrize(
    ("day", "last"),
    [("2026-03-31", (2026, 3)), ("2026-03-30", (2026, 2)), ("2026-01-15", (2025, 12))],
)
def test_a_month_is_whole_on_its_last_evening(day: str, last: Month) -> None:
    assert last_whole_month(dt.date.fromisoformat(day)) == last
