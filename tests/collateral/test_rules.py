"""Haircut, rank, split and loan-to-value: the parts always add up to the whole."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from daihou.collateral.rules import (
    MOST_LTV,
    UNKNOWN,
    WHOLE,
    Claims,
    Limits,
    after_haircut,
    due_days,
    fall,
    haircuts,
    index_value,
    ltv,
    spread,
    staleness,
    waterfall,
)
from loanmath.dates import date_of, day_number

FEN = st.integers(0, 10**13)
PERCENT = 1_000_000
LIMITS = Limits(
    haircut=np.array([0, 10, 30]) * PERCENT,
    revalue_months=np.array([0, 12, 12]),
    stale=np.array([0, 10, 30]) * PERCENT,
    watch_months=6,
    bad_months=3,
)


def a(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@given(st.lists(st.tuples(FEN, st.lists(FEN, min_size=1, max_size=5)), max_size=6))
def test_a_split_adds_up_to_the_whole(groups: list[tuple[int, list[int]]]) -> None:
    totals = a(*[total for total, _ in groups])
    weights = a(*[w for _, some in groups for w in some])
    of = a(*[n for n, (_, some) in enumerate(groups) for _ in some])
    parts = spread(totals, weights, of)
    for n, (total, some) in enumerate(groups):
        mine = [int(part) for part in parts[of == n]]
        assert sum(mine) == (total if sum(some) else 0)
        for part, weight in zip(mine, some, strict=True):
            assert part >= 0
            assert sum(some) == 0 or abs(part * sum(some) - total * weight) < sum(some)


CLAIM = st.tuples(st.integers(0, 3), st.integers(1, 3), st.booleans(), FEN)


@given(st.lists(FEN, min_size=4, max_size=4), st.lists(CLAIM, max_size=12))
def test_a_value_is_given_out_once_and_by_rank(
    values: list[int], claims: list[tuple[int, int, bool, int]]
) -> None:
    pile, rank, ours, amount = (
        (list(column) for column in zip(*claims, strict=True)) if claims else ([],) * 4
    )
    got = waterfall(a(*values), Claims(a(*pile), a(*rank), np.array(ours, np.bool_), a(*amount)))
    for n, value in enumerate(values):
        mine = [i for i, one in enumerate(pile) if one == n]
        assert sum(int(got[i]) for i in mine) == min(value, sum(amount[i] for i in mine))
        for i in mine:
            assert 0 <= got[i] <= amount[i]
            ahead = [j for j in mine if (rank[j], ours[j]) < (rank[i], ours[i])]
            if got[i]:  # nobody gets anything before all who rank ahead have theirs
                assert all(got[j] == amount[j] for j in ahead)


def test_a_second_rank_gets_what_the_first_leaves() -> None:
    """700 after haircut; a bank before us has 500; we hold two contracts at the second rank."""
    got = waterfall(a(700_00), Claims(a(0, 0, 0), a(2, 1, 2), np.array([True, False, True]),
                                      a(300_00, 500_00, 100_00)))  # fmt: skip
    assert list(got) == [150_00, 500_00, 50_00]


def test_an_odd_fen_is_not_lost() -> None:
    assert list(spread(a(100), a(1, 1, 1), a(0, 0, 0))) == [33, 33, 34]


def test_haircut_grows_with_an_overdue_valuation() -> None:
    cut = haircuts(a(2, 2, 2), a(0, 1, 2), LIMITS)
    assert list(cut) == [30 * PERCENT, 40 * PERCENT, 60 * PERCENT]
    assert list(after_haircut(a(1_000_000_01, 1, 10**13), a(30, 30, 100) * PERCENT)) == [
        700_000_00, 0, 0,
    ]  # fmt: skip


@given(FEN, st.integers(0, WHOLE))
def test_a_haircut_is_exact(value: int, cut: int) -> None:
    assert int(after_haircut(a(value), a(cut))[0]) == value * (WHOLE - cut) // WHOLE


def test_ltv_just_at_and_just_above() -> None:
    found = ltv(a(70_00, 70_01, 5, 0, 7), a(100_00, 100_00, 0, 0, UNKNOWN))
    assert list(found) == [70 * PERCENT, 70_010_000, MOST_LTV, 0, UNKNOWN]
    assert list(ltv(a(1), a(3))) == [33_340_000]  # upwards, so that 超过 stays true


def test_worse_grades_are_valued_sooner() -> None:
    on = day_number(dt.date(2026, 8, 31))
    due = due_days(a(on, on, on, on, UNKNOWN), a(UNKNOWN, UNKNOWN, UNKNOWN, on + 10, UNKNOWN),
                   a(1, 1, 1, 1, 1), a(1, 2, 3, 1, 1), LIMITS)  # fmt: skip
    assert [date_of(int(d)).isoformat() for d in due[:3]] == [
        "2027-08-31", "2027-02-28", "2026-11-30",
    ]  # fmt: skip
    assert list(due[3:]) == [on + 10, UNKNOWN]
    assert list(staleness(a(on, on, on, UNKNOWN), on)) == [0, 0, 0, 0]
    assert list(staleness(a(on), on + 1)) == [1]
    assert list(staleness(a(on, on), on + 365)) == [1, 1]
    assert list(staleness(a(on), on + 366)) == [2]


def test_an_index_takes_values_down_and_up_only_when_told() -> None:
    then, now = a(100, 100), a(88, 110)
    assert list(index_value(a(1000_00, 1000_00), then, now, rises=False)) == [880_00, 1000_00]
    assert list(index_value(a(1000_00, 1000_00), then, now, rises=True)) == [880_00, 1100_00]


def test_a_fall_is_measured_from_the_first_value() -> None:
    assert list(fall(a(80_00, 79_99, 120_00, UNKNOWN, 5), a(100_00, 100_00, 100_00, 9, 0))) == [
        20 * PERCENT, 20_010_000, 0, 0, 0,
    ]  # fmt: skip
