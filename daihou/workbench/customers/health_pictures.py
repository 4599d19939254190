"""The pictures of 账户体检: what moved by month, when money comes, and two plans against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from daihou.fund_supervision.cycles import MONTHS, Cycle, Month
from daihou.fund_supervision.queries import MonthFlow
from daihou.workbench.pieces.charts import LINE, QUIET, SECOND_LINE, Chart
from daihou.workbench.pieces.figures_text import FEN_IN_WAN, short_money, yuan
from loanmath.loans import Instalment

_LEGEND = {"showlegend": True, "legend": {"orientation": "h", "y": 1.14, "x": 0}}
_AXIS = {"yaxis": {"title": {"text": "万元"}, "rangemode": "tozero"}, "height": 260}
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


def cycle_chart(cycle: Cycle) -> Chart:
    """What each calendar month brings in the mean, those with money marked."""
    names = [f"{month}月" for month in range(1, MONTHS + 1)]
    weights = cycle.weights or (0,) * MONTHS
    colours = [LINE if weight else QUIET for weight in weights]
    bars = _bars("月均流入", names, cycle.expected, LINE)
    return Chart(
        "cycle",
        f"各月平均流入(按 {cycle.months_known} 个整月)",
        [{**bars, "marker": {"color": colours}}],
        {**_AXIS, **_AS_TEXT, "showlegend": False},
        note="深色为有回款的月份:达到平均月份的一半以上;权重为相当于几个平均月份。",
        headings=("月份", "平均流入(元)", "权重"),
        rows=[(n, yuan(e), str(w)) for n, e, w in zip(names, cycle.expected, weights, strict=True)],
        is_low=True,
    )


def plans_chart(
    loan: str, cycle: Cycle, now: Sequence[Instalment], then: Sequence[Instalment], day: dt.date
) -> tuple[Chart, tuple[int, int]]:
    """Two plans against what usually comes in, month by month for a year; second, in how many
    months each asks for more than that."""
    months = _all_between((day.year, day.month), (day.year + 1, day.month))
    names = [f"{year}-{month:02d}" for year, month in months]
    comes = [cycle.expected[month - 1] for _, month in months]
    due_now, due_then = _by_month(now, months), _by_month(then, months)
    short = (_short_of(due_now, comes), _short_of(due_then, comes))
    line = {
        "type": "scatter", "mode": "lines+markers", "name": "通常流入", "x": names,
        "y": _in_wan(comes), "line": {"color": SECOND_LINE, "width": 1.5},
        "hovertemplate": "%{x} 通常流入 %{y:,.2f} 万元<extra></extra>",
    }  # fmt: skip
    chart = Chart(
        "plans",
        f"借据 {loan}:应还超过通常流入的月份,现行 {short[0]} 个,按周期 {short[1]} 个",
        [
            _bars("现行计划应还", names, due_now, QUIET),
            _bars("按周期应还", names, due_then, LINE),
            line,
        ],
        {**_LEGEND, **_AXIS, **_AS_TEXT, "barmode": "group"},
        note="通常流入为同月份的平均;未计客户其他支出与其他借据。",
        headings=("月份", "通常流入(元)", "现行应还(元)", "按周期应还(元)"),
        rows=[
            (name, yuan(c), yuan(a), yuan(b))
            for name, c, a, b in zip(names, comes, due_now, due_then, strict=True)
        ],
    )
    return chart, short


def _all_between(first: Month, last: Month) -> list[Month]:
    begin, end = (year * MONTHS + month - 1 for year, month in (first, last))
    return [(number // MONTHS, number % MONTHS + 1) for number in range(begin, end + 1)]


def _by_month(plan: Sequence[Instalment], months: Sequence[Month]) -> list[int]:
    sums = dict.fromkeys(months, 0)
    for row in plan:
        month = (row.due.year, row.due.month)
        if month in sums:
            sums[month] += row.total
    return list(sums.values())


def _short_of(due: Sequence[int], comes: Sequence[int]) -> int:
    return sum(1 for asked, coming in zip(due, comes, strict=True) if asked > coming)


def _bars(name: str, names: Sequence[str], fen: Sequence[int], colour: str) -> dict[str, Any]:
    return {
        "type": "bar", "name": name, "x": list(names), "y": _in_wan(fen),
        "marker": {"color": colour},
        "hovertemplate": f"%{{x}} {name} %{{y:,.2f}} 万元<extra></extra>",
    }  # fmt: skip


def _in_wan(fen: Sequence[int]) -> list[float]:
    return [one / FEN_IN_WAN for one in fen]
