"""What the editor says of conditions that make no sense, before anybody relies on them."""

from __future__ import annotations

import pytest

from daihou.early_warning.choices import Colour
from daihou.early_warning.client_rules.checking import faults_of
from daihou.early_warning.client_rules.queries import condition_units, is_about_findings
from daihou.early_warning.indicators.catalogue import names
from daihou.early_warning.shipped_signals import Level, shipped_signals


def said(*conditions: str, colours: str = "黄橙红", has_findings: bool = False) -> list[str]:
    colour_of = {str(colour.label): colour for colour in Colour}
    levels = [
        Level(when, colour_of[colour]) for when, colour in zip(conditions, colours, strict=False)
    ]
    faults = faults_of(levels, condition_units(), names(), has_findings=has_findings)
    return [f"{fault.level} {fault.says}" for fault in faults]


def test_a_good_rule_has_no_faults() -> None:
    assert said("cash_inflow_share_90d > 70%", "cash_inflow_share_90d > 90%") == []


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("", "条件不能为空"),
        ("cash_inflow_share_90d >", "条件没有写完"),
        ("(owed > 5万元", "少了右括号"),
        ("cash_inflow_share_90 > 70%", "是否指 cash_inflow_share_90d(近90天现金流入占比)"),
        ("profit > 5万元", "指标目录里没有“profit”"),
        ("cash_inflow_share_90d > 70", "要带单位%"),
        ("inflow_30d < 30天", "左边的单位是元,右边是天"),
        ("inflow_30d", "条件须是比较"),
        ("1 < 2", "条件里没有指标"),
        ("findings >= 1", "这个信号没有线索来源"),
        ("inflow_30d / inflow_90d < 20%", "“近90天流入”可能为 0"),
        ("inflow_90d >= 0 and inflow_30d / inflow_90d < 20%", "可能为 0"),
        ("inflow_90d > 0 or inflow_30d / inflow_90d < 20%", "可能为 0"),
    ],
)
def test_each_bad_condition_is_told_why(condition: str, words: str) -> None:
    (found,) = said(condition)
    assert found.startswith("1 ") and words in found


@pytest.mark.parametrize(
    "condition",
    [
        "inflow_90d > 0 and inflow_30d / inflow_90d < 20%",
        "inflow_30d / inflow_90d < 20% and inflow_90d >= 5万元",
        "0 < inflow_90d and not (inflow_30d / inflow_90d >= 20%)",
        "inflow_90d != 0 and owed > 0 and inflow_30d / inflow_90d < 20%",
    ],
)
def test_a_divisor_held_from_zero_is_fine(condition: str) -> None:
    assert said(condition) == []


def test_levels_rise_and_differ() -> None:
    assert said("owed > 5万元", "owed > 9万元", colours="橙黄") == ["2 第2档不能比第1档(橙)轻"]
    assert "第1档永远不会显示" in said("owed > 5万元", "owed > 5万元")[0]
    assert said() == ["1 至少写一档条件"]


def test_every_shipped_rule_passes_its_own_editor() -> None:
    checked = 0
    for signal in shipped_signals().values():
        if not signal.is_of_loans:
            checked += 1
            found = faults_of(
                signal.levels, condition_units(), names(),
                has_findings=is_about_findings(signal.number),
            )  # fmt: skip
            assert not found, signal
    assert checked == 98
