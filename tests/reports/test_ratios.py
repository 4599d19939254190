"""Ratios against worked examples of the trade."""

from __future__ import annotations

import json
import os
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from daihou.reports.ratios import (
    Flow,
    change,
    downward_migration,
    months_between,
    performing_to_npl,
    quarter_of,
    quarterly,
    roll_rate,
    share,
    vintage_triangle,
)
from loanmath.money import Money

PERCENT = 1_000_000
_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "cases"
CASES = Path(os.environ.get("DAIHOU_CASES", _BESIDE)) / "worked_examples.json"


def worked_example(name: str) -> dict[str, Any]:
    if not CASES.exists():
        pytest.skip(f"没有外部算例文件 {CASES.name}:请设置环境变量 DAIHOU_CASES")
    return next(i for i in json.loads(CASES.read_text())["items"] if i["id"] == name)


def flow(opening: int, **closing: int) -> Flow:
    return Flow(Money(opening), {int(g[1:]): Money(a) for g, a in closing.items()})


def test_a_share_of_nothing_is_unknown_and_not_zero() -> None:
    assert share(0, 0) is None
    assert share(5, 0) is None
    assert share(0, 5) == 0
    assert change(None, 3) is None and change(3, None) is None


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        (1, 3, 33_333_333),
        (2, 3, 66_666_667),
        (-2, 3, -66_666_667),
        (1, 200_000_000, 1),
        (3, 3, 10**8),
    ],
)
def test_shares_round_half_away_from_zero(above: int, below: int, expected: int) -> None:
    assert share(above, below) == expected


def test_migration_of_normal_loans_as_the_textbook_has_it() -> None:
    """Opening 10,000; 800 moved down; 600 collected: 800 / (10,000 - 600) = 8.5 %."""
    rate = downward_migration(1, flow(10_000, g1=8_600, g2=500, g3=200, g5=100))
    assert rate == 8_510_638
    assert round(rate / PERCENT, 1) == 8.5


def test_normal_and_special_mention_together() -> None:
    """正常贷款迁徙率: (100 + 50) / ((10,000 - 1,000) + (500 - 100))."""
    normal = flow(10_000, g1=8_700, g2=200, g3=100)
    special = flow(500, g1=50, g2=300, g4=50)
    assert performing_to_npl(normal, special, 2) == share(150, 9_400)


def test_a_grade_that_was_wholly_collected_has_no_rate() -> None:
    assert downward_migration(3, flow(100)) is None


def test_an_ungraded_loan_is_not_worse_than_any_grade() -> None:
    assert flow(100, g0=60).moved_below(1) == 0


def test_roll_rates_of_the_worked_example() -> None:
    case = worked_example("ROLL-20")
    rates = [
        roll_rate(1, flow(one["bucket_start"], b2=one["rolled"])) for one in case["inputs"]["cases"]
    ]
    assert [rate / PERCENT for rate in rates if rate is not None] == case["expected"][
        "roll_rate_percent"
    ]


def test_transition_matrix_of_the_worked_example() -> None:
    case = worked_example("TM-COHORT-3STATE")
    for counts, expected in zip(
        case["inputs"]["transition_counts_from_to"], case["expected"]["matrix"], strict=True
    ):
        shares = [share(count, sum(counts)) for count in counts]
        for got, wanted in zip(shares, expected, strict=True):
            assert got is not None
            assert got / (100 * PERCENT) == pytest.approx(wanted, abs=case["tolerance"]["each"])


def _month(place: int) -> str:
    return f"{2020 + place // 12}-{place % 12 + 1:02d}"


def test_vintage_triangle_of_the_worked_example() -> None:
    """Cumulated first write-offs by cohort and months on book; the last diagonal as published."""
    case = worked_example("VINT-CUM-WO")
    cohorts = {int(name): c for name, c in case["inputs"]["cohorts"].items()}
    disbursed = {_month(36 + born): c["accounts"] for born, c in cohorts.items()}
    late: dict[tuple[str, int], int] = {}
    for born, cohort in cohorts.items():
        firsts = cohort["first_writeoff_mob"]
        cumulated = accumulate(firsts.count(mob) for mob in range(-born + 1))
        late |= {(_month(36 + born), mob): total for mob, total in enumerate(cumulated)}
    triangle = vintage_triangle(disbursed, late, [_month(place) for place in range(37)])
    for mob, rate in case["expected"]["last_diagonal"].items():
        got = triangle[(_month(36 - int(mob)), int(mob))]
        assert got is not None and got / (100 * PERCENT) == pytest.approx(rate, abs=1e-6)
    for born, mob, rate in case["expected"]["cells_open_mob_rate"]:
        got = triangle[(_month(36 + born), mob)]
        assert got is not None and got / (100 * PERCENT) == pytest.approx(rate, abs=1e-6)
    assert (_month(36), 1) not in triangle, "a month that nobody has seen has no cell"


def test_a_month_without_snapshot_has_no_cell() -> None:
    triangle = vintage_triangle({"2026-01": 100}, {("2026-01", 2): 5}, ["2026-01", "2026-03"])
    assert triangle == {("2026-01", 0): 0, ("2026-01", 2): 5 * PERCENT}


def test_a_quarter_is_drawn_only_where_all_its_months_were_seen() -> None:
    disbursed = {"2026-01": 100, "2026-02": 300}
    late = {("2026-01", 1): 10, ("2026-02", 1): 10, ("2026-01", 2): 20}
    curve = quarterly(disbursed, late, ["2026-01", "2026-02", "2026-03"])
    assert curve == {("2026年一季度", 0): 0, ("2026年一季度", 1): 5 * PERCENT}


def test_months_and_quarters() -> None:
    assert months_between("2025-11", "2026-02") == 3
    assert [quarter_of(f"2026-{m:02d}")[-3] for m in (1, 3, 4, 9, 12)] == list("一一二三四")
