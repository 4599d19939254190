"""The ratios: each with its formula in words and as one function over a panel of statements.

A ratio is unknown (NaN) where a line that it needs is missing; nothing is filled in. Flows of less
than a year are raised to a year by their months. Balances beside flows are the mean of the year's
beginning and the period's end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from daihou.statements.amounts import Amounts, Share, divided, mean_of
from daihou.statements.panel import Panel

Formula = Callable[[Panel], Share]
PERCENT, TIMES, DAYS = "%", "倍", "天"


@dataclass(frozen=True)
class Ratio:
    """One ratio. `better` says which way is good: 1 up, -1 down, 0 neither by itself."""

    key: str
    name: str
    group: str
    unit: str
    formula: str
    better: int
    of: Formula

    def shown(self, value: float | None) -> str:
        """The value as it stands on a screen; a dash when unknown."""
        if value is None or np.isnan(value):
            return "—"
        if self.unit == PERCENT:
            text = f"{value * 100:,.2f}%"
        else:
            text = f"{value:,.1f}" if self.unit == DAYS else f"{value:,.2f}"
        return text.replace("-", "−")


def debt_with_interest(panel: Panel) -> Amounts:
    """有息负债: what bears interest on the balance sheet.

    Bonds and leases that a sheet leaves out count as none; borrowings must be stated.
    """
    return (
        panel["short_loans"]
        + panel["long_loans"]
        + panel["liabilities_due"].or_zero()
        + panel["bonds"].or_zero()
        + panel["lease_liabilities"].or_zero()
    )


def ebitda(panel: Panel) -> Amounts:
    """利润总额 + 利息费用 + 折旧与摊销."""
    return panel["profit_before_tax"] + panel["interest_expense"] + panel["depreciation"]


def _yearly(panel: Panel, flow: Amounts) -> Share:
    return flow.as_float() * 12 / panel.months


def _mean(panel: Panel, key: str) -> Share:
    return mean_of(panel[key], panel.opening(key))


def _days(panel: Panel, balance: str, flow: str) -> Share:
    return divided(_mean(panel, balance) * 30 * panel.months, panel[flow].as_float())


def _growth(panel: Panel, key: str) -> Share:
    before = panel.last_year(key)
    grown = (panel[key] - before).as_float()
    return divided(grown, np.where(before.as_float() > 0, before.as_float(), np.nan))


def _positive(bottom: Share) -> Share:
    """A denominator that must be above zero for the ratio to mean anything."""
    return np.where(bottom > 0, bottom, np.nan)


def _quick(p: Panel) -> Share:
    return (p["current_assets"] - p["inventory"] - p["prepayments"]) / p["current_liabilities"]


def _cash_ratio(p: Panel) -> Share:
    return (p["cash"] + p["trading_assets"].or_zero()) / p["current_liabilities"]


def _interest_cover(p: Panel) -> Share:
    top = (p["profit_before_tax"] + p["interest_expense"]).as_float()
    return divided(top, _positive(p["interest_expense"].as_float()))


def _debt_to_ebitda(p: Panel) -> Share:
    return divided(debt_with_interest(p).as_float(), _positive(_yearly(p, ebitda(p))))


def _cash_cycle(p: Panel) -> Share:
    return (
        _days(p, "receivables", "revenue")
        + _days(p, "inventory", "cost")
        - _days(p, "payables", "cost")
    )


RATIOS: tuple[Ratio, ...] = (
    Ratio("current_ratio", "流动比率", "短期偿债", TIMES, "流动资产合计 ÷ 流动负债合计", 1,
          lambda p: p["current_assets"] / p["current_liabilities"]),
    Ratio("quick_ratio", "速动比率", "短期偿债", TIMES,
          "(流动资产合计 − 存货 − 预付款项) ÷ 流动负债合计", 1, _quick),
    Ratio("cash_ratio", "现金比率", "短期偿债", TIMES,
          "(货币资金 + 交易性金融资产) ÷ 流动负债合计", 1, _cash_ratio),
    Ratio("debt_ratio", "资产负债率", "杠杆", PERCENT, "负债合计 ÷ 资产总计", -1,
          lambda p: p["total_liabilities"] / p["total_assets"]),
    Ratio("interest_debt_share", "有息负债率", "杠杆", PERCENT,
          "(短期借款 + 长期借款 + 一年内到期的非流动负债 + 应付债券 + 租赁负债) ÷ 资产总计", -1,
          lambda p: debt_with_interest(p) / p["total_assets"]),
    Ratio("short_debt_share", "短期借款占有息负债", "杠杆", PERCENT,
          "(短期借款 + 一年内到期的非流动负债) ÷ 有息负债", -1,
          lambda p: (p["short_loans"] + p["liabilities_due"].or_zero()) / debt_with_interest(p)),
    Ratio("debt_to_ebitda", "有息负债/EBITDA", "杠杆", TIMES,
          "有息负债 ÷ 折成全年的(利润总额 + 利息费用 + 折旧与摊销)", -1, _debt_to_ebitda),
    Ratio("receivable_days", "应收账款周转天数", "营运", DAYS,
          "应收账款平均余额 × 期间天数(每月30天) ÷ 营业收入", -1,
          lambda p: _days(p, "receivables", "revenue")),
    Ratio("inventory_days", "存货周转天数", "营运", DAYS,
          "存货平均余额 × 期间天数 ÷ 营业成本", -1, lambda p: _days(p, "inventory", "cost")),
    Ratio("payable_days", "应付账款周转天数", "营运", DAYS,
          "应付账款平均余额 × 期间天数 ÷ 营业成本", 0, lambda p: _days(p, "payables", "cost")),
    Ratio("cash_cycle", "现金周转天数", "营运", DAYS,
          "应收账款周转天数 + 存货周转天数 − 应付账款周转天数", -1, _cash_cycle),
    Ratio("asset_turnover", "总资产周转率", "营运", TIMES,
          "折成全年的营业收入 ÷ 资产总计平均余额", 1,
          lambda p: divided(_yearly(p, p["revenue"]), _mean(p, "total_assets"))),
    Ratio("gross_margin", "毛利率", "盈利", PERCENT, "(营业收入 − 营业成本) ÷ 营业收入", 1,
          lambda p: (p["revenue"] - p["cost"]) / p["revenue"]),
    Ratio("operating_margin", "营业利润率", "盈利", PERCENT, "营业利润 ÷ 营业收入", 1,
          lambda p: p["operating_profit"] / p["revenue"]),
    Ratio("net_margin", "净利率", "盈利", PERCENT, "净利润 ÷ 营业收入", 1,
          lambda p: p["net_profit"] / p["revenue"]),
    Ratio("return_on_assets", "总资产报酬率", "盈利", PERCENT,
          "折成全年的(利润总额 + 利息费用) ÷ 资产总计平均余额", 1,
          lambda p: divided(_yearly(p, p["profit_before_tax"] + p["interest_expense"]),
                            _mean(p, "total_assets"))),
    Ratio("return_on_equity", "净资产收益率", "盈利", PERCENT,
          "折成全年的净利润 ÷ 所有者权益平均余额", 1,
          lambda p: divided(_yearly(p, p["net_profit"]), _positive(_mean(p, "total_equity")))),
    Ratio("revenue_growth", "营业收入增长", "成长", PERCENT,
          "(本期营业收入 − 上年同期) ÷ 上年同期", 1, lambda p: _growth(p, "revenue")),
    Ratio("profit_growth", "净利润增长", "成长", PERCENT,
          "(本期净利润 − 上年同期) ÷ 上年同期;上年同期亏损时不计算", 1,
          lambda p: _growth(p, "net_profit")),
    Ratio("asset_growth", "总资产增长", "成长", PERCENT, "(资产总计 − 上年同期末) ÷ 上年同期末", 0,
          lambda p: _growth(p, "total_assets")),
    Ratio("interest_cover", "利息保障倍数", "保障", TIMES, "(利润总额 + 利息费用) ÷ 利息费用", 1,
          _interest_cover),
    Ratio("cash_to_short_debt", "货币资金/短期有息负债", "保障", TIMES,
          "货币资金 ÷ (短期借款 + 一年内到期的非流动负债)", 1,
          lambda p: p["cash"] / (p["short_loans"] + p["liabilities_due"].or_zero())),
    Ratio("cash_flow_to_debt", "经营现金流/有息负债", "现金", PERCENT,
          "近十二个月经营活动现金流量净额 ÷ 有息负债", 1,
          lambda p: p.trailing_year("operating_cash") / debt_with_interest(p)),
    Ratio("cash_flow_to_current", "现金流动负债比", "现金", PERCENT,
          "近十二个月经营活动现金流量净额 ÷ 流动负债合计", 1,
          lambda p: p.trailing_year("operating_cash") / p["current_liabilities"]),
    Ratio("collected_share", "销售收现比", "现金", PERCENT,
          "销售商品、提供劳务收到的现金 ÷ 营业收入(含税收现,通常高于100%)", 1,
          lambda p: p["sales_receipts"] / p["revenue"]),
    Ratio("cash_to_profit", "净现比", "现金", TIMES,
          "经营活动产生的现金流量净额 ÷ 净利润;亏损时不计算", 1,
          lambda p: divided(p["operating_cash"].as_float(),
                            _positive(p["net_profit"].as_float()))),
)  # fmt: skip
RATIO_BY_KEY = MappingProxyType({ratio.key: ratio for ratio in RATIOS})


def all_ratios(panel: Panel) -> dict[str, Share]:
    """Every ratio of every statement of a panel."""
    return {ratio.key: ratio.of(panel) for ratio in RATIOS}
