"""Workbooks as accountants send them: two columns of names, periods across, units, odd lines."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.statements.accountants_sheets import NotUnderstood, plain_name, read_sheets

SEPTEMBER = dt.date(2026, 9, 30)


def test_a_balance_sheet_with_assets_left_and_debts_right() -> None:
    grid = [
        ["资产负债表"],
        ["编制单位:江南纺织有限公司", None, None, "2026年9月30日", None, "单位:万元"],
        ["资产", "期末余额", "年初余额", "负债和所有者权益", "期末余额", "年初余额"],
        ["货币资金", 120.5, 90, "短期借款", "500.00", 400],
        ["应收帐款", "(3.2)", "-", "应付账款", None, 12],
        ["存货", 80, 70, "资产总计", "—", 1],
        ["其他神秘资产", 5, 1, "备注", "已审", None],
    ]
    reading = read_sheets([grid], None)
    (one,) = reading.periods
    assert one.period_end == SEPTEMBER
    assert one.now == {"cash": 120_500_000, "short_loans": 500_000_000, "receivables": -3_200_000,
                       "payables": 0, "inventory": 80_000_000, "total_assets": 0}  # fmt: skip
    assert one.earlier["cash"] == 90_000_000 and one.earlier["receivables"] == 0
    assert reading.unknown == ["其他神秘资产"]


def test_periods_across_and_several_sheets() -> None:
    income = [
        ["项目", "2025年度", "2026年1-9月", "2026-06-30"],
        ["一、营业收入", 100, 80, 50],
        ["减:营业成本", 70, 60, 40],
        ["四、净利润(净亏损以“-”号填列)", 8, 5, 3],
    ]
    cash = [
        ["项目", "本年累计金额", "上年同期"],
        ["销售商品、提供劳务收到的现金", 90, 70],
        ["经营活动产生的现金流量净额", -4, 6],
        ["加:期初现金及现金等价物余额", 10, 9],
    ]
    periods = {one.period_end: one for one in read_sheets([income, cash], SEPTEMBER).periods}
    assert sorted(periods) == [dt.date(2025, 12, 31), dt.date(2026, 6, 30), SEPTEMBER]
    assert periods[SEPTEMBER].now == {"revenue": 80_00, "cost": 60_00, "net_profit": 5_00,
                                      "sales_receipts": 90_00, "operating_cash": -4_00,
                                      "cash_at_start": 10_00}  # fmt: skip
    assert periods[SEPTEMBER].earlier["operating_cash"] == 6_00
    assert periods[dt.date(2025, 12, 31)].now["revenue"] == 100_00


def test_what_is_no_statement_is_refused() -> None:
    with pytest.raises(NotUnderstood):
        read_sheets([[["姓名", "电话"], ["张三", "1"]]], SEPTEMBER)
    no_day = [["项目", "期末余额"], ["货币资金", 1], ["存货", 2], ["应收账款", 3]]
    with pytest.raises(NotUnderstood):
        read_sheets([no_day], None)
    assert read_sheets([no_day], SEPTEMBER).periods[0].now["inventory"] == 2_00


@pytest.mark.parametrize(
    "text", ["  其中：利息费用", "三、利润总额（亏损总额以“-”号填列）", "减：库存股"]
)
def test_names_are_read_as_they_are_printed(text: str) -> None:
    assert plain_name(text) in {"利息费用", "利润总额", "库存股"}
