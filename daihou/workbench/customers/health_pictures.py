"""The pictures of 账户体检: what moved by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daihou.fund_supervision.queries import Month, MonthFlow
from daihou.workbench.pieces.charts import LINE, QUIET, Chart
from daihou.workbench.pieces.figures_text import FEN_IN_WAN, short_money, yuan

_LEGEND = {"showlegend": True, "legend": {"orientation": "h", "y": 1.14, "x": 0}}
_AXIS = {"yaxis": {"title": {"text": "万元"}, "rangemode": "tozero"}, "height": 260}
_MONTHS = 12
_AS_TEXT = {"xaxis": {"type": "category"}}


def flow_chart(flows: Mapping[Month, MonthFlow]) -> Chart:
    """In and out by month."""
    months = _all_between(min(flows), max(flows))
    none = MonthFlow(0, 0)
    moved = [flows.get(month, none) for month in months]
    names = [f"{year}-{month:02d}" for year, month in months]
    inflow, outflow = [one.inflow for one in moved], [one.outflow for one in moved]
    return Chart(
        "flows",
        f"近 {len(months)} 个月流入 {short_money(sum(inflow))},流出 {short_money(sum(outflow))}",
        [_bars("流入", names, inflow, LINE), _bars("流出", names, outflow, QUIET)],
        {**_LEGEND, **_AXIS, **_AS_TEXT, "barmode": "group"},
        note="贷款发放不计入流入;末月可能未满。",
        headings=("月份", "流入(元)", "流出(元)"),
        rows=[(n, yuan(i), yuan(o)) for n, i, o in zip(names, inflow, outflow, strict=True)],
        is_low=True,
    )


def _all_between(first: Month, last: Month) -> list[Month]:
    begin, end = (year * _MONTHS + month - 1 for year, month in (first, last))
    return [(number // _MONTHS, number % _MONTHS + 1) for number in range(begin, end + 1)]


def _bars(name: str, names: Sequence[str], fen: Sequence[int], colour: str) -> dict[str, Any]:
    return {
        "type": "bar", "name": name, "x": list(names), "y": _in_wan(fen),
        "marker": {"color": colour},
        "hovertemplate": f"%{{x}} {name} %{{y:,.2f}} 万元<extra></extra>",
    }  # fmt: skip


def _in_wan(fen: Sequence[int]) -> list[float]:
    return [one / FEN_IN_WAN for one in fen]
