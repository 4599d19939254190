"""Old and new plan beside one another: as a picture by months, and line by line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daihou.servicing.proposal_queries import Figures
from daihou.workbench.pieces.charts import LINE, QUIET, Chart
from daihou.workbench.pieces.figures_text import FEN_IN_WAN, yuan
from loanmath.loans import Instalment

_LEGEND = {"showlegend": True, "legend": {"orientation": "h", "y": 1.12, "x": 0}}


@dataclass(frozen=True)
class PlanDay:
    """One due date of either plan; None where a plan asks for nothing on it."""

    due: dt.date
    old: Instalment | None
    new: Instalment | None


def plan_days(figures: Figures) -> list[PlanDay]:
    """All due dates of both plans, in order."""
    old = {row.due: row for row in figures.old}
    new = {row.due: row for row in figures.new}
    return [PlanDay(due, old.get(due), new.get(due)) for due in sorted({*old, *new})]


def same_plan(figures: Figures) -> bool:
    """Whether the instalments stay as they are, as in a pause."""
    return [(r.due, r.total) for r in figures.old] == [(r.due, r.total) for r in figures.new]


def plans_chart(figures: Figures) -> Chart | None:
    """What is due in each month under both plans; None if nothing changes."""
    if same_plan(figures):
        return None
    months = sorted({_month(row) for row in (*figures.old, *figures.new)})
    months = _filled(months)
    old, new = (_by_month(rows, months) for rows in (figures.old, figures.new))
    return Chart(
        "plans",
        _finding(figures),
        [_bars("现行计划", months, old, QUIET), _bars("变更后", months, new, LINE)],
        {
            **_LEGEND,
            "barmode": "group",
            "yaxis": {"title": {"text": "万元"}, "rangemode": "tozero"},
            "xaxis": {"type": "category"},
            "height": 260,
        },
        headings=("月份", "现行计划应还(元)", "变更后应还(元)"),
        rows=[
            (month, yuan(was), yuan(now)) for month, was, now in zip(months, old, new, strict=True)
        ],
        note="每月应还本金与利息合计;不含罚息、复利和费用。",
        is_low=True,
    )


def _finding(figures: Figures) -> str:
    largest_old, largest_new = (
        max((row.total for row in rows), default=0) for rows in (figures.old, figures.new)
    )
    count = f"{len(figures.old)} 期变为 {len(figures.new)} 期"
    return f"每月应还:{count},单期最高由 {yuan(largest_old)} 元变为 {yuan(largest_new)} 元"


def _month(row: Instalment) -> str:
    return row.due.strftime("%Y-%m")


def _filled(months: Sequence[str]) -> list[str]:
    """The months without a gap, so that months with nothing due show as such."""
    if not months:
        return []
    year, month = (int(part) for part in months[0].split("-"))
    filled: list[str] = []
    while not filled or filled[-1] < months[-1]:
        filled.append(f"{year:04d}-{month:02d}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return filled


def _by_month(rows: Sequence[Instalment], months: Sequence[str]) -> list[int]:
    sums = dict.fromkeys(months, 0)
    for row in rows:
        sums[_month(row)] += row.total
    return list(sums.values())


def _bars(name: str, months: Sequence[str], fen: Sequence[int], colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": list(months),
        "y": [amount / FEN_IN_WAN for amount in fen],
        "marker": {"color": colour},
        "hovertemplate": "%{x} %{y:.2f} 万元",
    }
