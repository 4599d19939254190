"""Reads statements as accountants send them: names of lines down, periods across, several sheets.

A grid of cells goes in, statements by period come out, with what was not understood. A line that is
printed with an empty cell or a dash has nothing in it (0); a line that is not printed is unknown.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from daihou.statements.items import ITEMS

Grid = Sequence[Sequence[Any]]
_UNITS = {"元": 100, "千元": 100_000, "万元": 1_000_000, "百万元": 100_000_000}
_UNIT = re.compile(r"单位[::]?\s*(?:人民币)?\s*(百万元|万元|千元|元)")
_DAY = re.compile(
    r"(20\d\d)\s*[年\-/.]\s*(?:1\s*[-—~至]\s*)?(\d{1,2})\s*(?:[月\-/.]|$)(?:\s*\d{1,2})?"
)
_YEAR = re.compile(r"(20\d\d)\s*年?\s*(?:度|年报|$)")
_NOW = ("期末", "本期", "本年累计", "累计金额", "本年金额", "期末数")
_EARLIER = ("年初", "期初", "上期", "上年", "去年")
_NUMBERING = re.compile(r"^[\s一二三四五六七八九十\d]+[、..]\s*|^\([一二三四五六七八九十]+\)\s*")
_NOISE = re.compile(r"\(损失以.*?\)|\(亏损以.*?\)|\(净亏损.*?\)|\(亏损总额.*?\)|[\s*△☆::]")
_PREFIX = re.compile(r"^(其中|减|加|加:|减:)")
_LOOKS_LIKE_MONEY = re.compile(r"^[-−(]?[\d,]+(\.\d+)?\)?$")


class NotUnderstood(Exception):
    """The workbook holds nothing that could be read as a statement; the message says what lacks."""


@dataclass
class PeriodSheets:
    """What was read of one period: lines by key in fen, and the second column."""

    period_end: dt.date
    now: dict[str, int] = field(default_factory=dict)
    earlier: dict[str, int] = field(default_factory=dict)


@dataclass
class Reading:
    """All periods of a workbook, and the names of lines with amounts that are no known line."""

    periods: list[PeriodSheets]
    unknown: list[str]


@dataclass(frozen=True)
class _Column:
    place: int
    period_end: dt.date | None
    is_earlier: bool


def plain_name(text: str) -> str:
    """A line's name without numbering, remarks, blanks and full-width brackets."""
    name = str(text).replace("（", "(").replace("）", ")").replace("：", ":")
    name = _NOISE.sub("", _NUMBERING.sub("", name.strip()))
    return _PREFIX.sub("", name).strip()


_KEYS = {plain_name(name): item.key for item in ITEMS for name in (item.name, *item.other_names)}


def read_sheets(grids: Iterable[Grid], period_end: dt.date | None) -> Reading:
    """Read the sheets of a workbook; `period_end` serves where a sheet names no day itself.

    Raises `NotUnderstood`.
    """
    periods: dict[dt.date, PeriodSheets] = {}
    unknown: list[str] = []
    for grid in grids:
        _read_grid(grid, period_end, periods, unknown)
    if not any(one.now for one in periods.values()):
        raise NotUnderstood(
            "没有认出报表:需要一列项目名称(如“货币资金”),并在其右侧有标明期末日期或“期末余额”的金额列"
        )
    kept = [one for _, one in sorted(periods.items()) if one.now]
    return Reading(kept, list(dict.fromkeys(unknown)))


def _read_grid(
    grid: Grid,
    period_end: dt.date | None,
    periods: dict[dt.date, PeriodSheets],
    unknown: list[str],
) -> None:
    names = _name_columns(grid)
    if not names:
        return
    unit = _unit_of(grid)
    first = min(row for row, _ in _named_cells(grid, names))
    day = _day_above(grid, first) or period_end
    columns = {at: _value_columns(grid, first, at, names, day) for at in names}
    for row in grid[first:]:
        for at in names:
            name = row[at] if at < len(row) else None
            if isinstance(name, str) and name.strip():
                _take_line(row, name, columns[at], unit, periods, unknown)


def _take_line(
    row: Sequence[Any],
    name: str,
    columns: Sequence[_Column],
    unit: int,
    periods: dict[dt.date, PeriodSheets],
    unknown: list[str],
) -> None:
    key = _KEYS.get(plain_name(name))
    cells = [(column, row[column.place] if column.place < len(row) else None) for column in columns]
    if key is None:
        if any(_fen(cell, unit) for _, cell in cells):
            unknown.append(name.strip())
        return
    for column, cell in cells:
        fen = _fen(cell, unit)
        if fen is None or column.period_end is None:
            continue
        of = periods.setdefault(column.period_end, PeriodSheets(column.period_end))
        (of.earlier if column.is_earlier else of.now)[key] = fen


def _name_columns(grid: Grid) -> list[int]:
    """The columns that hold names of lines; a balance sheet often has two."""
    counts: dict[int, int] = {}
    for row in grid:
        for at, cell in enumerate(row):
            if isinstance(cell, str) and plain_name(cell) in _KEYS:
                counts[at] = counts.get(at, 0) + 1
    return sorted(at for at, count in counts.items() if count >= 3)


def _named_cells(grid: Grid, names: Sequence[int]) -> Iterator[tuple[int, int]]:
    for at, row in enumerate(grid):
        for column in names:
            cell = row[column] if column < len(row) else None
            if isinstance(cell, str) and plain_name(cell) in _KEYS:
                yield at, column


def _value_columns(
    grid: Grid, first: int, name_at: int, names: Sequence[int], day: dt.date | None
) -> list[_Column]:
    """The columns of amounts to the right of a column of names, as the headings above call them."""
    later = [at for at in names if at > name_at]
    end = later[0] if later else max((len(row) for row in grid), default=0)
    found = []
    for place in range(name_at + 1, end):
        heading = [grid[row][place] for row in range(first) if place < len(grid[row])]
        column = _column(place, heading, day)
        if column is not None:
            found.append(column)
    return found


def _column(place: int, heading: Sequence[Any], day: dt.date | None) -> _Column | None:
    for cell in reversed(heading):
        own = _day_in(cell)
        if own is not None:
            return _Column(place, own, False)
        text = str(cell or "").replace(" ", "")
        if any(word in text for word in _EARLIER):
            return _Column(place, day, True)
        if any(word in text for word in _NOW):
            return _Column(place, day, False)
    return None


def _day_above(grid: Grid, first: int) -> dt.date | None:
    """The day that stands above the table as a whole."""
    for row in grid[:first]:
        for cell in row:
            day = _day_in(cell)
            if day is not None:
                return day
    return None


def _day_in(cell: Any) -> dt.date | None:
    """The end of the month that a cell names: 2026年9月30日, 2026-09, 2026年1-9月, 2025年度."""
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, dt.date):
        return _month_end(cell.year, cell.month)
    text = str(cell or "")
    found = _DAY.search(text)
    if found and 1 <= int(found[2]) <= 12:
        return _month_end(int(found[1]), int(found[2]))
    year = _YEAR.search(text)
    return _month_end(int(year[1]), 12) if year else None


def _month_end(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _unit_of(grid: Grid) -> int:
    for row in grid:
        for cell in row:
            found = _UNIT.search(str(cell)) if isinstance(cell, str) else None
            if found:
                return _UNITS[found[1]]
    return _UNITS["元"]


def _fen(cell: Any, unit: int) -> int | None:
    """A cell as fen; an empty one or a dash is nothing, a text is no amount."""
    if cell is None or str(cell).strip() in {"", "-", "—", "——", "–"}:
        return 0
    text = str(cell).strip().replace("−", "-")
    if isinstance(cell, str) and not _LOOKS_LIKE_MONEY.match(text):
        return None
    negative = text.startswith("(")
    try:
        number = Decimal(text.strip("()").replace(",", "")) * unit
    except InvalidOperation:
        return None
    fen = int(number.to_integral_value())
    return -fen if negative else fen
