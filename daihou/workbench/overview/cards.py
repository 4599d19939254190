"""The row of figures at the top: each with its trend, its change and the rows behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from daihou.reports.cells import Cell, Counted
from daihou.reports.ratios import (
    LONG_OVERDUE_TO_NPL,
    NPL_RATIO,
    OVERDUE_RATIO,
    Definition,
    share,
)
from daihou.reports.totals import Totals
from daihou.workbench.overview.asked import Asked
from daihou.workbench.overview.blocks import percent, points
from daihou.workbench.pieces import figures_text
from daihou.workbench.pieces.charts import sparkline
from daihou.workbench.pieces.figures import Figure

TotalsByDay = Mapping[dt.date, Totals]


def trend_days(asked: Asked, months: int = 12) -> list[dt.date | None]:
    """The last snapshots of the months before, oldest first, then the shown day; None for a gap."""
    return [*(asked.month_end(back) for back in range(months, 0, -1)), asked.day]


def cards(asked: Asked, totals: TotalsByDay, paid: Mapping[str, int]) -> list[Figure]:
    """The figures of the day; `paid` maps a month ("2026-01") to what was paid in it, in fen."""
    return [
        _amount(asked, totals, "贷款余额", lambda t: t.principal),
        _clients(asked, totals),
        _ratio(asked, totals, NPL_RATIO, Cell(npl=True), _npl_parts),
        _ratio(asked, totals, OVERDUE_RATIO, Cell(counted=Counted.OVERDUE), _overdue_parts),
        _ratio(
            asked,
            totals,
            LONG_OVERDUE_TO_NPL,
            Cell(over_days=asked.definitions.long_overdue_over),
            _long_overdue_parts,
        ),
        _paid(asked, paid),
    ]


def totals_on(totals: TotalsByDay, day: dt.date | None) -> Totals | None:
    """The totals of a day, where there is such a day and it was run."""
    return None if day is None else totals.get(day)


def since(name: str, day: dt.date | None) -> str:
    """A comparison by name; by its day where the month was not run to its end."""
    if day is None or (day + dt.timedelta(days=1)).day == 1:
        return name
    return f"较{day:%m-%d}"


def _npl_parts(totals: Totals) -> tuple[int, int]:
    return totals.non_performing, totals.principal


def _overdue_parts(totals: Totals) -> tuple[int, int]:
    return totals.overdue, totals.principal


def _long_overdue_parts(totals: Totals) -> tuple[int, int]:
    return totals.long_overdue, totals.non_performing


def _amount(asked: Asked, totals: TotalsByDay, name: str, read: Callable[[Totals], int]) -> Figure:
    return Figure(
        name,
        fen=read(totals[asked.day]),
        change=_changes_of_amount(asked, totals, read),
        link=asked.rows(Cell()),
        trend=_trend(asked, totals, read),
        hint=f"{totals[asked.day].loans:,} 笔借据",
    )


def _clients(asked: Asked, totals: TotalsByDay) -> Figure:
    return Figure(
        "有余额户数",
        value=f"{totals[asked.day].clients:,}",
        unit="户",
        change=_changes_of_amount(asked, totals, lambda t: t.clients),
        link=asked.rows(Cell()),
        trend=_trend(asked, totals, lambda t: t.clients),
        hint="同一客户的多笔借据只计一户",
    )


def _ratio(
    asked: Asked,
    totals: TotalsByDay,
    definition: Definition,
    cell: Cell,
    parts: Callable[[Totals], tuple[int, int]],
) -> Figure:
    def read(one: Totals) -> int | None:
        return share(*parts(one))

    now = read(totals[asked.day])
    above, below = parts(totals[asked.day])
    month = totals_on(totals, asked.month_end(1))
    year = totals_on(totals, asked.year_start)
    changes = [
        points(now, read(then), since(name, then.day))
        for name, then in (("较上月末", month), ("较年初", year))
        if then is not None
    ]
    return Figure(
        definition.name,
        value=percent(now),
        change="\n".join(changes) or "没有可比的上月末",
        link=asked.rows(cell),
        tone=_tone(now, read(month) if month else None),
        trend=_trend(asked, totals, read),
        hint=(
            f"{definition.above} {figures_text.short_money(above)} ÷ "
            f"{definition.below} {figures_text.short_money(below)}。"
            f"依据:{definition.clause}({definition.evidence.label})"
        ),
    )


def _paid(asked: Asked, paid: Mapping[str, int]) -> Figure:
    months = [f"{day:%Y-%m}" if day else "" for day in trend_days(asked)]
    first = asked.day.replace(day=1)
    return Figure(
        "本月回收",
        fen=paid.get(f"{asked.day:%Y-%m}", 0),
        change=f"{first:%m-%d} 至 {asked.day:%m-%d}",
        link=asked.rows(Cell(counted=Counted.PAID, since=first)),
        trend=sparkline([paid.get(month) for month in months]),
        hint="当月客户实际还款合计,含本金、利息、罚息和费用",
    )


def _changes_of_amount(asked: Asked, totals: TotalsByDay, read: Callable[[Totals], int]) -> str:
    now = read(totals[asked.day])
    then = {
        "较上月末": totals_on(totals, asked.month_end(1)),
        "较年初": totals_on(totals, asked.year_start),
    }
    changes = [
        figures_text.change_in_percent(now, read(one), since(name, one.day))
        for name, one in then.items()
        if one is not None
    ]
    return "\n".join(changes) or "没有可比的上月末"


def _trend(asked: Asked, totals: TotalsByDay, read: Callable[[Totals], int | None]) -> str:
    past = [totals_on(totals, day) for day in trend_days(asked)]
    return sparkline([None if one is None else read(one) for one in past])


def _tone(now: int | None, before: int | None) -> str:
    """A risk ratio that rose is bad; nothing is said where one end is unknown."""
    if now is None or before is None or now == before:
        return ""
    return "bad" if now > before else ""
