"""The three sheets side by side over periods, and the ratios with their industry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from daihou.statements.checks import Result
from daihou.statements.choices import Severity, Sheet
from daihou.statements.items import Item, items_of
from daihou.statements.models import Statement
from daihou.statements.panel import Panel
from daihou.statements.queries import Peers
from daihou.statements.ratios import RATIOS, Ratio, all_ratios
from daihou.workbench.pieces.charts import sparkline

SHOWN = 6  # periods side by side
_WIDTH = 120


@dataclass(frozen=True)
class SheetLine:
    """One line of a sheet over the shown periods; `wrong` names checks it fails, by period."""

    item: Item
    cells: Sequence[tuple[int | None, str]]


@dataclass(frozen=True)
class QuartileBar:
    """Where the client lies between its industry's quartiles, in a drawing 120 wide."""

    low: float
    width: float
    median: float
    own: float | None
    words: str
    count: int


@dataclass(frozen=True)
class RatioLine:
    """One ratio: now, a quarter ago, a year ago, its trend, and its industry."""

    ratio: Ratio
    now: str
    before: str
    year_ago: str
    change: str  # better, worse or empty
    trend: str
    bar: QuartileBar | None


def chosen_places(statements: Sequence[Statement], rhythm: str) -> list[int]:
    """Which statements stand side by side, the newest first: all, or the yearly ones."""
    places = [
        place
        for place, one in enumerate(statements)
        if rhythm != "year" or one.period_end.month == 12
    ]
    return places[::-1][:SHOWN]


def sheets(
    panel: Panel, places: Sequence[int], checked: Sequence[Sequence[Result]]
) -> list[tuple[Sheet, list[SheetLine]]]:
    """The lines of each sheet that are known in any of the shown periods."""
    wrong = [_wrong_by_item(checked[place]) for place in places]
    found = []
    for sheet in Sheet:
        lines = [_line(panel, item, places, wrong) for item in items_of(sheet)]
        known = [line for line in lines if any(fen is not None for fen, _ in line.cells)]
        if known:
            found.append((sheet, known))
    return found


def _line(
    panel: Panel, item: Item, places: Sequence[int], wrong: Sequence[Mapping[str, str]]
) -> SheetLine:
    amounts = panel[item.key]
    return SheetLine(
        item, [(amounts.at(place), wrong[n].get(item.key, "")) for n, place in enumerate(places)]
    )


def _wrong_by_item(of_one: Sequence[Result]) -> dict[str, str]:
    """The lines that an error points at, with what is wrong."""
    return {
        result.check.needs[0]: f"{result.check.name}:不符"
        for result in of_one
        if result.severity is Severity.ERROR
    }


def ratio_groups(panel: Panel, peers: Mapping[str, Peers]) -> Iterator[tuple[str, list[RatioLine]]]:
    """The ratios of the newest statement, by group."""
    values = all_ratios(panel)
    last = len(panel) - 1
    places = (int(panel.quarter_before[last]), int(panel.same_last_year[last]))
    groups: dict[str, list[RatioLine]] = {}
    for ratio in RATIOS:
        column = values[ratio.key]
        before, year_ago = (float(column[p]) if p >= 0 else np.nan for p in places)
        now = float(column[last])
        groups.setdefault(ratio.group, []).append(
            RatioLine(
                ratio,
                ratio.shown(now),
                ratio.shown(before),
                ratio.shown(year_ago),
                _tone(ratio, now, year_ago),
                sparkline([None if np.isnan(v) else float(v) for v in column[-8:]]),
                _bar(ratio, now, peers.get(ratio.key)),
            )
        )
    yield from groups.items()


def _tone(ratio: Ratio, now: float, year_ago: float) -> str:
    if not ratio.better or np.isnan(now) or np.isnan(year_ago):
        return ""
    change = (now - year_ago) * ratio.better
    if abs(now - year_ago) < 0.03 * abs(year_ago):
        return ""
    return "gain" if change > 0 else "cost"


def _bar(ratio: Ratio, own: float, peers: Peers | None) -> QuartileBar | None:
    if peers is None:
        return None
    spread = (peers.high - peers.low) or abs(peers.median) or 1.0
    start, stop = peers.low - spread, peers.high + spread

    def at(value: float) -> float:
        return round(4 + min(max((value - start) / (stop - start), 0), 1) * (_WIDTH - 8), 1)

    words = (
        f"本行同行业 {peers.count} 户:下四分位 {ratio.shown(peers.low)},"
        f"中位数 {ratio.shown(peers.median)},上四分位 {ratio.shown(peers.high)}"
    )
    return QuartileBar(
        at(peers.low),
        max(at(peers.high) - at(peers.low), 1),
        at(peers.median),
        None if np.isnan(own) else at(own),
        words,
        peers.count,
    )


def period_words(end: dt.date) -> str:
    """A period as people call it: 2025年报, 2026年三季."""
    if end.month == 12:
        return f"{end.year} 年报"
    quarters = {3: "一季", 6: "半年", 9: "三季"}
    return f"{end.year} {quarters.get(end.month, f'{end.month}月')}"
