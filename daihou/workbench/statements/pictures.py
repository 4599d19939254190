"""The pictures of a client's statements: trends, and when the cash would run out."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from daihou.statements.amounts import Amounts
from daihou.statements.forecast import Course, Forecast
from daihou.statements.models import Statement
from daihou.statements.panel import Panel
from daihou.statements.queries import MONTH_DAYS
from daihou.statements.ratios import RATIO_BY_KEY
from daihou.workbench.pieces import figures_text
from daihou.workbench.pieces.charts import LINE, QUIET, SECOND_LINE, Chart
from daihou.workbench.pieces.figures_text import FEN_IN_WAN
from daihou.workbench.statements.sheet_lines import period_words

_QUARTERS = 8
_LEGEND = {"showlegend": True, "legend": {"orientation": "h", "y": 1.12, "x": 0}}


def trend_charts(panel: Panel, statements: Sequence[Statement]) -> list[Chart]:
    """Sales and profit, cash flow and leverage over the last quarters."""
    places = list(range(len(panel)))[-_QUARTERS:]
    names = [period_words(statements[place].period_end) for place in places]
    return [_sales(panel, places, names), _cash(panel, places, names), _debt(panel, places, names)]


def _sales(panel: Panel, places: list[int], names: list[str]) -> Chart:
    revenue, profit = panel.quarter("revenue"), panel.quarter("net_profit")
    growth = _growth_words(panel, places[-1])
    return Chart(
        "sales",
        f"单季营业收入与净利润{growth}",
        [
            _bars("营业收入", names, _wan(revenue, places), QUIET),
            _line("净利润", names, _wan(profit, places), LINE),
        ],
        {**_LEGEND, "yaxis": {"title": {"text": "万元"}}, "height": 250},
        headings=("报表", "单季营业收入(万元)", "单季净利润(万元)"),
        rows=_rows(names, _wan(revenue, places), _wan(profit, places)),
        note="单季数 = 本年累计 − 上季累计;缺上季报表时不画。",
        is_low=True,
    )


def _growth_words(panel: Panel, place: int) -> str:
    grown = float(RATIO_BY_KEY["revenue_growth"].of(panel)[place])
    if np.isnan(grown):
        return ""
    return f":本年收入同比 {'+' if grown >= 0 else '−'}{abs(grown) * 100:.1f}%"


def _cash(panel: Panel, places: list[int], names: list[str]) -> Chart:
    operating, profit = panel.quarter("operating_cash"), panel.quarter("net_profit")
    last = operating.at(places[-1])
    finding = "单季经营现金流"
    if last is not None:
        finding = f"{finding}:最近一季 {figures_text.short_money(last)}"
    return Chart(
        "operating-cash",
        finding,
        [
            {
                **_bars("经营现金流", names, _wan(operating, places), LINE),
                "marker": {
                    "color": ["--bad" if (v or 0) < 0 else LINE for v in _wan(operating, places)]
                },
            },
            _line("净利润", names, _wan(profit, places), SECOND_LINE),
        ],
        {**_LEGEND, "yaxis": {"title": {"text": "万元"}}, "height": 250},
        headings=("报表", "单季经营现金流(万元)", "单季净利润(万元)"),
        rows=_rows(names, _wan(operating, places), _wan(profit, places)),
        note="利润有而现金长期跟不上,是应收、存货虚增的常见迹象。",
        is_low=True,
    )


def _debt(panel: Panel, places: list[int], names: list[str]) -> Chart:
    debt = _percents(RATIO_BY_KEY["debt_ratio"].of(panel), places)
    borrowed = _percents(RATIO_BY_KEY["interest_debt_share"].of(panel), places)
    last = debt[-1]
    return Chart(
        "leverage",
        "资产负债率" + (f" {last:.1f}%" if last is not None else ""),
        [_line("资产负债率", names, debt, LINE), _line("有息负债率", names, borrowed, SECOND_LINE)],
        {**_LEGEND, "yaxis": {"title": {"text": "%"}, "rangemode": "tozero"}, "height": 250},
        headings=("报表", "资产负债率(%)", "有息负债率(%)"),
        rows=_rows(names, debt, borrowed),
        is_low=True,
    )


def forecast_chart(found: Forecast, day: dt.date) -> Chart:
    """Cash at the end of each coming month under both courses, and what falls due to us."""
    months = [
        (day + dt.timedelta(days=MONTH_DAYS * (n + 1))).strftime("%m-%d")
        for n in range(len(found.dues))
    ]
    labels = ["现在", *months]
    data: list[dict[str, Any]] = [
        {
            **_bars(
                "本行应还本息", labels, [None, *[due / FEN_IN_WAN for due in found.dues]], QUIET
            ),
        },
        _path(found.base, labels, found.cash, LINE),
    ]
    headings = ["时点", "本行应还(万元)", "现金·基准(万元)"]
    columns = [found.dues, found.base.cash]
    if found.low is not None:
        data.append(_path(found.low, labels, found.cash, "--bad"))
        headings.append("现金·低(万元)")
        columns.append(found.low.cash)
    zero = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0,
            "line": {"color": "--bad", "width": 1, "dash": "dot"}}  # fmt: skip
    return Chart(
        "forecast",
        break_words(found),
        data,
        {**_LEGEND, "shapes": [zero], "yaxis": {"title": {"text": "万元"}}, "height": 280,
         "xaxis": {"title": {"text": f"自 {day} 起每 30 天"}}},
        headings=headings,
        rows=[
            [months[n], *[figures_text.wan(column[n]) for column in columns]]
            for n in range(len(found.dues))
        ],
        note=_note(found),
    )  # fmt: skip


def break_words(found: Forecast) -> str:
    """The finding of the forecast in one sentence."""
    base, low = found.base, found.low
    if base.months_left is not None:
        return f"按最近一年的经营现金流,现金约 {_tenths(base.months_left)} 个月后不足以还款"
    if low is not None and low.months_left is not None:
        return f"维持现状可支撑一年;若最差的一季重演,约 {_tenths(low.months_left)} 个月后现金断裂"
    return "未来 12 个月现金足以支付本行应还款"


def _tenths(months: float) -> str:
    """Months rounded down to tenths, as the list has them."""
    return f"{math.floor(months * 10) / 10:.1f}"


def _note(found: Forecast) -> str:
    parts = [
        f"起点:货币资金 {figures_text.short_money(found.cash)};"
        f"每月经营现金流 基准 {figures_text.short_money(found.base.monthly)}(近十二个月平均)"
    ]
    if found.low is not None:
        parts.append(f"低 {figures_text.short_money(found.low.monthly)}(最近四季中最差的一季)")
    else:
        parts.append("缺少连续四个季度的现金流量表,低情景未知")
    if found.debt_elsewhere:
        parts.append(
            f"另有他行有息负债约 {figures_text.short_money(found.debt_elsewhere)},到期日未知,未计入"
        )
    return ";".join(parts) + "。本行应还按现行还款计划。"


def _path(course: Course, labels: list[str], start: int, colour: str) -> dict[str, Any]:
    values = [start / FEN_IN_WAN, *[fen / FEN_IN_WAN for fen in course.cash]]
    return _line(f"现金·{course.name}", labels, values, colour)


def _bars(name: str, x: list[str], y: Sequence[float | None], colour: str) -> dict[str, Any]:
    return {"type": "bar", "name": name, "x": x, "y": list(y), "marker": {"color": colour},
            "hovertemplate": f"%{{x}} {name} %{{y:,.2f}}<extra></extra>"}  # fmt: skip


def _line(name: str, x: list[str], y: Sequence[float | None], colour: str) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines+markers", "name": name, "x": x, "y": list(y),
            "line": {"color": colour, "width": 2}, "marker": {"size": 5, "color": colour},
            "hovertemplate": f"%{{x}} {name} %{{y:,.2f}}<extra></extra>"}  # fmt: skip


def _wan(amounts: Amounts, places: list[int]) -> list[float | None]:
    found = [amounts.at(place) for place in places]
    return [None if fen is None else fen / FEN_IN_WAN for fen in found]


def _percents(values: Any, places: list[int]) -> list[float | None]:
    return [None if np.isnan(values[p]) else float(values[p]) * 100 for p in places]


def _rows(names: list[str], *columns: Sequence[float | None]) -> list[list[str]]:
    return [
        [name, *["—" if column[n] is None else f"{column[n]:,.2f}" for column in columns]]
        for n, name in enumerate(names)
    ]
