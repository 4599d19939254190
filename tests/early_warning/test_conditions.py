"""The language of conditions: what it reads, what it refuses and says, what it answers."""

from __future__ import annotations

import numpy as np
import pytest

from daihou.early_warning.client_rules.conditions import (
    BadCondition,
    Unit,
    names_in,
    read_condition,
    text_of,
    unit_of,
)
from daihou.early_warning.client_rules.evaluation import Values, judge
from daihou.early_warning.client_rules.queries import as_shipped, condition_units, needs_of
from daihou.early_warning.indicators.catalogue import DATA_NAMES
from daihou.early_warning.shipped_signals import shipped_signals

UNITS = {"inflow": Unit.MONEY, "owed": Unit.MONEY, "share": Unit.SHARE, "gap": Unit.DAYS,
         "payers": Unit.COUNT}  # fmt: skip
YES, NO, UNKNOWN = "yes", "no", "?"


def answers(condition: str, **values: list[int | None]) -> list[str]:
    """What a condition says of each client."""
    indicators = {
        name: Values(
            np.array([one or 0 for one in column], np.int64),
            np.array([one is not None for one in column]),
        )
        for name, column in values.items()
    }
    size = len(next(iter(values.values())))
    verdict = judge(read_condition(condition), indicators, size)
    told = zip(verdict.known.tolist(), verdict.holds.tolist(), strict=True)
    return [UNKNOWN if not known else YES if holds else NO for known, holds in told]


def test_amounts_and_shares_carry_their_units() -> None:
    assert answers("inflow < 50% * owed", inflow=[499, 500], owed=[1000, 1000]) == [YES, NO]
    assert answers("inflow >= 0.5万元", inflow=[499_999, 500_000]) == [NO, YES]
    assert answers("inflow / owed > 70%", inflow=[7001, 7000], owed=[10_000, 10_000]) == [YES, NO]


def test_unknown_stays_unknown_unless_the_other_side_decides() -> None:
    gap, share = [40, 40, 10, None], [None, 8000, None, None]
    assert answers("gap > 30天 and share > 70%", gap=gap, share=share) == [
        UNKNOWN, YES, NO, UNKNOWN,
    ]  # fmt: skip
    assert answers("gap > 30天 或 share > 70%", gap=gap, share=share) == [
        YES, YES, UNKNOWN, UNKNOWN,
    ]  # fmt: skip
    assert answers("非 gap > 30天", gap=gap) == [NO, NO, YES, UNKNOWN]
    assert answers("gap > 30天", payers=[1]) == [UNKNOWN]


def test_dividing_by_nothing_is_unknown() -> None:
    assert answers("inflow / owed < 90%", inflow=[1, 1], owed=[0, 2]) == [UNKNOWN, YES]


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("", "不能为空"),
        ("inflow <", "没有写完"),
        ("(inflow < 1元", "少了右括号"),
        ("inflow < 1元 < 2元", "一次只能比较两个数"),
        ("inflow < 1元)", "多出了内容"),
        ("__import__('os')", "看不懂"),
        ("inflow < 0.001元", "小数位数过多"),
        ("(" * 50 + "gap", "嵌套过深"),
        ("turnover > 1元", "指标目录里没有"),
        ("inflow > 50", "要带单位元"),
        ("inflow > gap", "不能比较"),
        ("share * share > 1%", "不能相乘"),
        ("inflow / gap > 1%", "单位须相同"),
        ("inflow and gap > 1天", "连接的须是比较"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(condition: str, says: str) -> None:
    with pytest.raises(BadCondition, match=says):
        unit_of(read_condition(condition), UNITS)


def test_a_condition_is_told_in_words_as_it_was_meant() -> None:
    node = read_condition("inflow < 50% * (owed + inflow) 且 非 gap ≥ 30天")
    assert text_of(node) == "inflow < 50% * (owed + inflow) and not (gap >= 30天)"
    assert text_of(read_condition(text_of(node))) == text_of(node)
    called = {"inflow": "流入", "owed": "余额", "gap": "间隔"}
    assert text_of(node, called) == "流入 低于 50% × (余额 + 流入) 且 非(间隔 不低于 30天)"
    assert names_in(node) == ("inflow", "owed", "gap")


def test_every_shipped_condition_is_understood_and_says_what_data_it_needs() -> None:
    judged = 0
    for signal in shipped_signals().values():
        if signal.is_of_loans:
            continue
        rule = as_shipped(signal)
        for node in rule.nodes:
            assert unit_of(node, condition_units()) is Unit.TRUTH, signal.number
            judged += 1
        assert needs_of(rule), signal.number
        assert set(needs_of(rule)) <= set(DATA_NAMES), signal.number
    assert judged > 98
