"""The picture of a piece of collateral: what it was worth, and what of that can serve us."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from daihou.collateral.models import CollateralStanding, Valuation
from daihou.workbench.pieces.charts import LINE, SECOND_LINE, Chart
from daihou.workbench.pieces.figures_text import FEN_IN_WAN, short_money, wan

_MONTHS_APART = 180


def value_chart(
    valuations: Sequence[Valuation], standings: Sequence[CollateralStanding], until: dt.date
) -> Chart | None:
    """Value by valuation as steps, usable value and what is owed by day; None without a value."""
    if not valuations:
        return None
    known = [one for one in standings if one.usable is not None]
    course = [(str(one.valid_from), one) for one in known]
    course += [(str(until), one) for one in known[-1:]]
    worth = [(str(one.valued_on), one.value) for one in valuations]
    usable = [(day, one.usable or 0) for day, one in course]
    owed = [(day, one.owed + one.prior) for day, one in course]
    data = [
        _steps("估值", [*worth, (str(until), valuations[-1].value)], LINE, "solid"),
        _steps("可用价值", usable, "--grade-1", "solid"),
        _steps("先顺位与所担保余额", owed, SECOND_LINE, "dot"),
    ]
    return Chart(
        "collateral-value",
        _finding(valuations),
        [one for one in data if one["x"]],
        {
            "showlegend": True,
            "legend": {"orientation": "h", "y": 1.12, "x": 0},
            "yaxis": {"title": {"text": "万元"}, "rangemode": "tozero"},
            "xaxis": {"tickformat": "%Y-%m" if _is_long(worth, until) else "%m-%d"},
            "height": 280,
        },
        headings=("估值日", "估值(万元)", "来源"),
        rows=[
            [str(v.valued_on), wan(v.value), str(v.get_source_display())]
            for v in reversed(valuations)
        ],
        note="可用价值 = 估值扣除折扣与先顺位权利;逾期未重估时折扣加大。",
        is_low=True,
    )


def _is_long(worth: Sequence[tuple[str, int]], until: dt.date) -> bool:
    """Whether the course is long enough that its ticks fall on different months."""
    return (until - dt.date.fromisoformat(worth[0][0])).days > _MONTHS_APART


def _steps(
    name: str, points: Sequence[tuple[str, int]], colour: str, dash: str
) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [day for day, _ in points],
        "y": [fen / FEN_IN_WAN for _, fen in points],
        "line": {"shape": "hv", "color": colour, "width": 2, "dash": dash},
        "marker": {"size": 5, "color": colour},
        "hovertemplate": f"%{{x}} {name} %{{y:,.2f}}<extra></extra>",
    }


def _finding(valuations: Sequence[Valuation]) -> str:
    first, last = valuations[0], valuations[-1]
    if len(valuations) == 1 or first.value == 0:
        return f"估值 {short_money(last.value)}({last.valued_on})"
    moved = (last.value - first.value) / first.value
    if last.value == first.value:
        return f"估值 {short_money(last.value)},与初次估值相同"
    way = "上升" if moved > 0 else "下降"
    return f"估值 {short_money(last.value)},较初次估值{way} {abs(moved) * 100:.1f}%"
