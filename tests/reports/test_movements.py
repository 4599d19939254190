"""The largest movements: the heaviest first, the same event told once."""

from __future__ import annotations

from daihou.reports.choices import ScopeKind
from daihou.reports.movements import MOVING, largest_movements
from daihou.reports.queries import Part
from loanmath.money import Money

Numbers = tuple[int, int, int]


def parts(**by_code: Numbers) -> list[Part]:
    return [
        Part(code, 1, 1, Money(principal), Money(overdue), Money(npl))
        for code, (principal, overdue, npl) in by_code.items()
    ]


def same(of: list[Part]) -> dict[ScopeKind, list[Part]]:
    return dict.fromkeys(MOVING, of)


def test_a_third_of_what_is_overdue_weighs_more_than_a_hundredth_of_the_balance() -> None:
    moves = largest_movements(
        same(parts(a=(10_000, 300, 0), b=(10_000, 0, 0))),
        same(parts(a=(10_000, 400, 0), b=(9_800, 0, 0))),
        3,
    )
    assert [(m.quantity, m.code, m.change) for m in moves] == [
        ("逾期贷款", "a", 100), ("贷款余额", "b", -200),
    ]  # fmt: skip
    assert moves[0].weight == 100 / 300


def test_one_event_is_told_once_and_not_per_heading() -> None:
    moves = largest_movements(same(parts(a=(100, 0, 0))), same(parts(a=(100, 0, 40))), 3)
    assert [(m.quantity, m.kind) for m in moves] == [("不良贷款", ScopeKind.BRANCH)]


def test_a_part_that_came_or_went_counts_from_or_to_nothing() -> None:
    moves = largest_movements(same(parts(a=(100, 0, 0))), same(parts(b=(70, 0, 0))), 3)
    assert {(m.code, m.before, m.after) for m in moves} == {("a", 100, 0), ("b", 0, 70)}


def test_nothing_moved() -> None:
    assert largest_movements(same(parts(a=(1, 1, 1))), same(parts(a=(1, 1, 1))), 3) == []
