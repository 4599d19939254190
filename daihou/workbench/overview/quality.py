"""Blocks on asset quality: the five grades, and what is overdue over twelve months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from daihou.classification.choices import Grade
from daihou.reports.cells import Cell, Counted
from daihou.reports.definitions import NOT_OVERDUE, UNGRADED
from daihou.reports.ratios import share
from daihou.reports.totals import Totals
from daihou.workbench.overview.asked import Asked
from daihou.workbench.overview.blocks import Block, Line, money, percent, points, ratio
from daihou.workbench.overview.cards import TotalsByDay, since, totals_on, trend_days
from daihou.workbench.overview.words import grade_name
from daihou.workbench.pieces import figures_text
from daihou.workbench.pieces.charts import GRADE_COLOURS, QUIET, Chart
from daihou.workbench.pieces.columns import Column
from daihou.workbench.pieces.figures_text import FEN_IN_WAN

_GROUPS_SHOWN = 5  # colours in one picture; worse buckets are drawn together
_SHADES = (0.22, 0.4, 0.58, 0.78, 1.0)


def grades_block(asked: Asked, totals: TotalsByDay) -> Block:
    """The five grades of the day, with what changed since the month before."""
    now, month = totals[asked.day], asked.month_end(1)
    before = totals_on(totals, month)
    rows = [_grade_line(asked, grade, now, before) for grade in _grades_present(now, before)]
    npl = share(now.non_performing, now.principal)
    then = share(before.non_performing, before.principal) if before else None
    finding = f"不良贷款 {figures_text.short_money(now.non_performing)},占 {percent(npl)}"
    if then is not None:
        finding = f"{finding},{points(npl, then, since('较上月末', month))}"
    return Block(
        "grades",
        "五级分类",
        finding,
        (
            Column("分类", "name"),
            money("余额", "amount"),
            ratio("占比", "share"),
            money("较上月末", "change"),
        ),
        rows,
        span=5,
        chart=_grades_chart(finding, rows),
    )


def overdue_block(asked: Asked, totals: TotalsByDay) -> Block:
    """What counts as overdue by bucket, at the end of each of twelve months and on the day."""
    past = [totals_on(totals, day) for day in trend_days(asked)]
    names = asked.definitions.bucket_names
    rows = [_overdue_line(asked, one) for one in past if one is not None]
    places = range(NOT_OVERDUE + 1, len(names))
    columns = (
        Column("月末", "day"),
        *(money(names[place], f"bucket_{place}") for place in places),
        money("合计", "total"),
        ratio("逾期率", "ratio"),
    )
    finding = _overdue_finding(asked, totals)
    return Block(
        "overdue",
        "逾期分档",
        finding,
        columns,
        rows,
        span=7,
        chart=_overdue_chart(asked, finding, rows, names),
        note="逾期贷款口径:分期消费贷款90天(含)以内只计逾期本金,其余按整笔余额。",
        folds=True,
    )


def _grades_present(now: Totals, before: Totals | None) -> list[int]:
    """正常 to 损失 always; 未分类 only where there is something."""
    ungraded = now.by_grade[UNGRADED] or (before.by_grade[UNGRADED] if before else 0)
    return [*(int(grade) for grade in Grade), *([UNGRADED] if ungraded else [])]


def _grade_line(asked: Asked, grade: int, now: Totals, before: Totals | None) -> Line:
    amount = now.by_grade[grade]
    change = before and Cell(counted=Counted.GRADE_CHANGE, base=before.day, moved_grade=grade)
    return {
        "grade": grade,
        "name": grade_name(grade),
        "amount": amount,
        "amount_link": asked.rows(Cell(grade=grade)),
        "share": share(amount, now.principal),
        "change": amount - before.by_grade[grade] if before else None,
        "change_link": asked.rows(change) if change else "",
    }


def _grades_chart(finding: str, rows: Sequence[Line]) -> Chart:
    """One bar a grade by its share, labelled, since 正常 dwarfs the others."""
    labels = [f"{percent(row['share'])}  {figures_text.short_money(row['amount'])}" for row in rows]
    trace: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": [(row["share"] or 0) / 1_000_000 for row in rows],
        "y": [row["name"] for row in rows],
        "text": labels,
        "textposition": "auto",
        "insidetextanchor": "end",
        "cliponaxis": False,
        "hovertemplate": "%{y} %{text}<extra></extra>",
        "marker": {"color": [_grade_colour(row["grade"]) for row in rows]},
    }
    layout = {
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "xaxis": {"title": {"text": "占各项贷款(%)"}, "range": [0, 100]},
        "bargap": 0.35,
        "height": 190,
    }
    links = [row["amount_link"] for row in rows]
    return Chart("grades", finding, [trace], layout, links=links, is_low=True)


def _grade_colour(grade: int) -> str:
    return GRADE_COLOURS[Grade(grade)] if grade in Grade.values else QUIET


def _overdue_line(asked: Asked, totals: Totals) -> Line:
    line: Line = {
        "day": f"{totals.day:%Y-%m-%d}",
        "total": totals.overdue,
        "total_link": asked.rows(Cell(counted=Counted.OVERDUE), day=totals.day),
        "ratio": share(totals.overdue, totals.principal),
        "ratio_link": asked.rows(Cell(counted=Counted.OVERDUE), day=totals.day),
    }
    for place, amount in enumerate(totals.by_bucket):
        cell = Cell(counted=Counted.OVERDUE, bucket=place)
        line |= {
            f"bucket_{place}": amount,
            f"bucket_{place}_link": asked.rows(cell, day=totals.day),
        }
    return line


def _overdue_finding(asked: Asked, totals: TotalsByDay) -> str:
    now, before = totals[asked.day], totals_on(totals, asked.month_end(1))
    if not now.overdue:
        return "没有逾期贷款"
    finding = f"逾期贷款 {figures_text.short_money(now.overdue)}"
    if before is not None:
        moved = figures_text.change_in_percent(
            now.overdue, before.overdue, since("较上月末", before.day)
        )
        finding = f"{finding},{moved}"
    over = asked.definitions.long_overdue_over
    return f"{finding};逾期{over}天以上占 {percent(share(_long_part(asked, now), now.overdue))}"


def _long_part(asked: Asked, totals: Totals) -> int:
    """Of what counts as overdue, the buckets that lie wholly beyond 逾期90天以上."""
    upto = asked.definitions.bucket_upto
    firsts = [0, 1, *(last + 1 for last in upto)]
    over = asked.definitions.long_overdue_over
    return sum(
        amount for first, amount in zip(firsts, totals.by_bucket, strict=True) if first > over
    )


def _overdue_chart(asked: Asked, finding: str, rows: Sequence[Line], names: Sequence[str]) -> Chart:
    """Stacked columns a month, the worse the darker; the worst buckets drawn as one."""
    months = [_month_label(dt.date.fromisoformat(row["day"]), asked.day) for row in rows]
    data = []
    for shade, (label, places) in zip(_SHADES, _drawn_buckets(asked, names), strict=False):
        amounts = [sum(row[f"bucket_{place}"] for place in places) for row in rows]
        links = [
            row[f"bucket_{places[0]}_link" if len(places) == 1 else "total_link"] for row in rows
        ]
        data.append(
            {
                "type": "bar",
                "name": label,
                "x": months,
                "y": [amount / FEN_IN_WAN for amount in amounts],
                "customdata": links,
                "marker": {"color": "--bad"},
                "opacity": shade,
                "hovertemplate": "%{x} " + label + " %{y:,.2f} 万元<extra></extra>",
            }
        )
    layout = {
        "barmode": "stack",
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.14, "traceorder": "normal"},
        "yaxis": {"title": {"text": "万元"}, "rangemode": "tozero", "tickformat": ",d"},
        "xaxis": {"type": "category"},
        "height": 300,
        "bargap": 0.3,
    }
    return Chart("overdue", finding, data, layout)


def _drawn_buckets(asked: Asked, names: Sequence[str]) -> list[tuple[str, list[int]]]:
    places = list(range(NOT_OVERDUE + 1, len(names)))
    single, together = places[: _GROUPS_SHOWN - 1], places[_GROUPS_SHOWN - 1 :]
    drawn = [(names[place], [place]) for place in single]
    if together:
        first = asked.definitions.bucket_upto[together[0] - 2] + 1
        drawn.append((f"{first}天以上" if len(together) > 1 else names[together[0]], together))
    return drawn


def _month_label(day: dt.date, shown: dt.date) -> str:
    """A month as 25-04; the shown day, which may not be a month's end, in full."""
    return f"{day:%m-%d}" if day == shown else f"{day:%y-%m}"
