"""The kernel's plans beside those of a loop in Decimal, small."""

from __future__ import annotations

import pytest

from daihou.cli import bench_schedules
from daihou.cli.bench_schedules import PlansDiffer, decimal_plan, measure
from loanmath.schedule import PlanTerms


def test_both_make_the_same_plans() -> None:
    result = measure(3_000, 400)
    assert result["compared_instalments"] == 400 * 24
    assert result["times_faster_one_thread"] > 1


def test_a_cent_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def off_by_one(terms: PlanTerms, n: int) -> list[tuple[int, int, int]]:
        (due, principal, interest), *rest = decimal_plan(terms, n)
        return [(due, principal + (n == 7), interest), *rest]

    monkeypatch.setattr(bench_schedules, "decimal_plan", off_by_one)
    with pytest.raises(PlansDiffer, match="第 8 笔"):
        measure(1_000, 20)
