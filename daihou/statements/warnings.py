"""What in a client's statements the warning signals 1-21 look for; each over a whole panel at once.

Thresholds are parameters. A warning over a missing line is unknown: `known` says so, and the words
name the figure that is lacking. No. 22 (late or qualified statements) is judged by the daily step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from daihou.policy.entries import PERCENT as MICRO
from daihou.policy.queries import ParametersOnDay
from daihou.statements.amounts import Amounts, Mask, Share, divided
from daihou.statements.panel import Panel
from daihou.statements.ratios import PERCENT, RATIO_BY_KEY, TIMES, debt_with_interest

YUAN, POINTS = "万元", "百分点"
Limits = Sequence[float]
LATE_OR_QUALIFIED = 22


@dataclass(frozen=True)
class Measure:
    """One figure that a warning looks at: its name, its unit, how it is worked out."""

    name: str
    unit: str
    of: Callable[[Panel], Share]

    def shown(self, value: float) -> str:
        """The figure in words; unknown is said."""
        if np.isnan(value):
            return "未知"
        if self.unit == PERCENT:
            return f"{value * 100:,.1f}%"
        if self.unit == POINTS:
            return f"{value * 100:+,.1f} 个百分点"
        return f"{value / 1_000_000:,.2f} 万元" if self.unit == YUAN else f"{value:,.2f}"


@dataclass(frozen=True)
class Warning:
    """One warning: its signal's number and name, its figures, thresholds and judgement.

    The first `needed` figures must be known for the warning to be known; further ones may add to
    it where they are.
    """

    signal: int
    name: str
    measures: tuple[Measure, ...]
    limits: tuple[str, ...]
    judge: Callable[[Sequence[Share], Limits], Mask]
    needed: int
    sense: str

    def thresholds(self, parameters: ParametersOnDay) -> list[float]:
        """The thresholds as they count on a day; 1.0 is 100 %."""
        return [parameters.whole(code) / (100 * MICRO) for code in self.limits]


@dataclass(frozen=True)
class Judged:
    """A warning over a panel: where it shows, where it is known, and how strongly (thousandths)."""

    shows: Mask
    known: Mask
    strength: np.ndarray


def judged(warning: Warning, panel: Panel, parameters: ParametersOnDay) -> Judged:
    """A warning over every statement of a panel."""
    values = [measure.of(panel) for measure in warning.measures]
    with np.errstate(invalid="ignore"):
        shows = warning.judge(values, warning.thresholds(parameters))
        known = np.logical_and.reduce([~np.isnan(value) for value in values[: warning.needed]])
        known = known | shows
        strength = np.where(np.isnan(values[0]), 0, values[0])
    bounded = np.clip(strength * 1000, -2_000_000_000, 2_000_000_000)
    if warning.measures[0].unit == YUAN:
        bounded = np.clip(strength / 1_000_000, -2_000_000_000, 2_000_000_000)
    return Judged(shows, known, bounded.astype(np.int64))


def in_words(warning: Warning, panel: Panel, place: int, parameters: ParametersOnDay) -> str:
    """What a warning saw in one statement, with its thresholds."""
    figures = ",".join(
        f"{measure.name} {measure.shown(float(measure.of(panel)[place]))}".replace("-", "−")
        for measure in warning.measures
    )
    in_times = warning.measures[0].unit == TIMES
    limits = [
        f"{limit:g} 倍" if in_times else f"{limit * 100:g}%"
        for limit in warning.thresholds(parameters)
    ]
    return f"{figures}(标准:{warning.sense.format(*limits)})"


def _growth(now: Amounts, then: Amounts) -> Share:
    before = np.where(then.as_float() > 0, then.as_float(), np.nan)
    return divided((now - then).as_float(), before)


def _yearly_growth(key: str) -> Callable[[Panel], Share]:
    return lambda panel: _growth(panel[key], panel.last_year(key))


def _grown(name: str, key: str) -> Measure:
    return Measure(f"{name}同比", PERCENT, _yearly_growth(key))


def _quarter_growth(key: str, back: int) -> Callable[[Panel], Share]:
    def of(panel: Panel) -> Share:
        flow = panel.quarter(key)
        rows = panel.quarters[back]
        now = flow.taken(rows)
        then = flow.taken(np.where(rows >= 0, panel.same_last_year[rows], -1))
        return _growth(now, then)

    return of


def _quarter(key: str, back: int) -> Callable[[Panel], Share]:
    return lambda panel: panel.quarter(key).taken(panel.quarters[back]).as_float()


def _slower(panel: Panel) -> Share:
    days = RATIO_BY_KEY["inventory_days"].of(panel)
    rows = panel.same_last_year
    then = np.where(rows >= 0, days[rows], np.nan)
    return 1 - divided(then, days)


def _note_share(panel: Panel) -> Share:
    share = panel["notes_receivable"] / (panel["notes_receivable"] + panel["receivables"])
    rows = panel.same_last_year
    return share - np.where(rows >= 0, share[rows], np.nan)


def _owed_by_others(panel: Panel) -> Share:
    related = panel["related_receivables"] / panel["total_assets"]
    other = panel["other_receivables"] / panel["total_assets"]
    return np.fmax(related, other)


def _debt_rise(panel: Panel) -> Share:
    now = panel["total_liabilities"] / panel["total_assets"]
    return now - panel.last_year("total_liabilities") / panel.last_year("total_assets")


def _equity_drained(panel: Panel) -> Share:
    before = panel.opening("total_equity")
    change = panel["total_equity"] - before - panel["net_profit"]
    return divided(-change.as_float(), np.where(before.as_float() > 0, before.as_float(), np.nan))


def _paid_out(panel: Panel) -> Share:
    paid = panel["interest_and_dividends"] - panel["interest_expense"]
    profit = panel["net_profit"].as_float()
    return divided(paid.as_float(), np.where(profit > 0, profit, np.nan))


def _debt_growth(panel: Panel) -> Share:
    before = panel.opening("short_loans") + panel.opening("long_loans")
    return _growth(debt_with_interest(panel), before)


def _costs(panel: Panel, *, then: bool) -> Amounts:
    lines = [panel.last_year(k) if then else panel[k] for k in ("selling", "admin", "financial")]
    return lines[0] + lines[1] + lines[2]


def _costs_ahead(panel: Panel) -> Share:
    grown = _growth(_costs(panel, then=False), _costs(panel, then=True))
    return grown - _yearly_growth("revenue")(panel)


def _ratio(key: str) -> Measure:
    ratio = RATIO_BY_KEY[key]
    return Measure(ratio.name, ratio.unit, ratio.of)


_REVENUE_GROWTH = _grown("营业收入", "revenue")

WARNINGS: tuple[Warning, ...] = (
    Warning(1, "应收账款非正常增加", (_grown("应收账款", "receivables"), _REVENUE_GROWTH),
            ("statements.1.receivables", "statements.1.revenue"),
            lambda v, at: (v[0] > at[0]) & (v[1] < at[1]), 2, "应收增长超过 {},收入增长低于 {}"),
    Warning(2, "应收账款过于集中", (Measure("最大单户占应收账款", PERCENT,
            lambda p: p["largest_receivable"] / p["receivables"]),), ("statements.2.largest",),
            lambda v, at: v[0] > at[0], 1, "超过 {}"),
    Warning(3, "存货积压、周转减慢", (Measure("存货周转较上年减慢", PERCENT, _slower),),
            ("statements.3.turnover",), lambda v, at: v[0] >= at[0], 1, "达到 {}"),
    Warning(4, "应收票据代替应收账款", (Measure("应收票据占应收款比重变动", POINTS, _note_share),),
            ("statements.4.notes",), lambda v, at: v[0] > at[0], 1, "上升超过 {}"),
    Warning(5, "对关联方或其他应收大额", (Measure("占总资产", PERCENT, _owed_by_others),),
            ("statements.5.other",), lambda v, at: v[0] > at[0], 1, "超过 {}"),
    Warning(6, "资产负债率过高或骤升", (_ratio("debt_ratio"),
            Measure("较上年同期", POINTS, _debt_rise)), ("statements.6.debt", "statements.6.rise"),
            lambda v, at: (v[0] > at[0]) | (v[1] >= at[1]), 1, "超过 {},或上升 {}"),
    Warning(7, "流动比率下降", (_ratio("current_ratio"), _ratio("quick_ratio")),
            ("statements.7.current",), lambda v, at: v[0] < at[0], 1, "流动比率低于 {}"),
    Warning(8, "借款异常增加",
            (_grown("短期借款", "short_loans"), _grown("长期借款", "long_loans")),
            ("statements.8.debt",), lambda v, at: (v[0] > at[0]) | (v[1] > at[0]), 1, "超过 {}"),
    Warning(9, "无形资产激增", (_grown("无形资产", "intangibles"), Measure("占总资产", PERCENT,
            lambda p: p["intangibles"] / p["total_assets"])), ("statements.9.intangibles",),
            lambda v, at: (v[0] > at[0]) & (v[1] > 0.05), 2, "增长超过 {}且占总资产 5% 以上"),
    Warning(10, "应付账款大幅变动", (_grown("应付账款", "payables"), _REVENUE_GROWTH),
            ("statements.10.payables", "statements.10.revenue"),
            lambda v, at: (np.abs(v[0]) > at[0]) & (np.abs(v[1]) < at[1]), 2,
            "变动超过 {},而收入变动小于 {}"),
    Warning(11, "固定资产大量减少", (_grown("固定资产", "fixed_assets"),),
            ("statements.11.fixed",), lambda v, at: v[0] <= -at[0], 1, "减少 {}"),
    Warning(12, "坏账准备大增", (_grown("坏账准备", "bad_debt_allowance"),),
            ("statements.12.allowance",), lambda v, at: v[0] > at[0], 1, "超过 {}"),
    Warning(13, "所有者权益非正常减少", (Measure("扣除利润后权益减少", PERCENT, _equity_drained),),
            ("statements.13.equity",), lambda v, at: v[0] >= at[0], 1, "达到 {}"),
    Warning(14, "利润未用于偿债", (Measure("分配占净利润", PERCENT, _paid_out),
            Measure("有息负债较年初", PERCENT, _debt_growth)), ("statements.14.paid_out",),
            lambda v, at: (v[0] > at[0]) & (v[1] > 0), 2, "分配超过净利润的 {},同时负债增加"),
    Warning(15, "销售持续下降", (_REVENUE_GROWTH,
            Measure("最近一季同比", PERCENT, _quarter_growth("revenue", 0)),
            Measure("上一季同比", PERCENT, _quarter_growth("revenue", 1))),
            ("statements.15.revenue", "statements.15.quarter"),
            lambda v, at: (v[0] <= -at[0]) | ((v[1] <= -at[1]) & (v[2] <= -at[1])), 1,
            "下降 {},或连续两季下降 {}"),
    Warning(16, "亏损", (Measure("最近一季净利润", YUAN, _quarter("net_profit", 0)),
            Measure("上一季净利润", YUAN, _quarter("net_profit", 1))), (),
            lambda v, at: (v[0] < 0) & (v[1] < 0), 2, "连续两季亏损"),
    Warning(17, "费用增速远超收入", (Measure("费用增速较收入增速", POINTS, _costs_ahead),),
            ("statements.17.costs",), lambda v, at: v[0] > at[0], 1, "超过 {}"),
    Warning(18, "收入增长过快", (_REVENUE_GROWTH,), ("statements.18.revenue",),
            lambda v, at: v[0] > at[0], 1, "超过 {}"),
    Warning(19, "关联交易占比高", (Measure("关联销售占营业收入", PERCENT,
            lambda p: p["related_sales"] / p["revenue"]),), ("statements.19.related",),
            lambda v, at: v[0] > at[0], 1, "超过 {}"),
    Warning(20, "经营现金流为负",
            (Measure("最近一季经营现金流", YUAN, _quarter("operating_cash", 0)),
            Measure("上一季经营现金流", YUAN, _quarter("operating_cash", 1))), (),
            lambda v, at: (v[0] < 0) & (v[1] < 0), 2, "连续两季为负"),
    Warning(21, "利息保障倍数过低", (_ratio("interest_cover"),), ("statements.21.cover",),
            lambda v, at: v[0] < at[0], 1, "低于 {}"),
)  # fmt: skip
WARNING_BY_SIGNAL = MappingProxyType({warning.signal: warning for warning in WARNINGS})
NAMES = MappingProxyType(
    {
        **{warning.signal: warning.name for warning in WARNINGS},
        LATE_OR_QUALIFIED: "报表迟报、审计意见非标",
    }
)
