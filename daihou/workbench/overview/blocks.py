"""A block of the overview: its finding, its picture, and the table behind, every figure a link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.reports.ratios import MICRO_PERCENT_IN_ONE
from daihou.workbench.pieces import figures_text
from daihou.workbench.pieces.charts import Chart
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.tables import plain_table
from daihou.workbench.templatetags import desk as show

Line = dict[str, Any]
DASH = "—"
SHOWN_LINES = 20


class Lines(Sequence[Line]):
    """The lines of a long table, each made when it is read: a screen shows few of thousands."""

    def __init__(self, of: Sequence[Any], make: Callable[[Any], Line]) -> None:
        self._of = of
        self._make = make

    def __len__(self) -> int:
        return len(self._of)

    @overload
    def __getitem__(self, place: int) -> Line: ...

    @overload
    def __getitem__(self, place: slice) -> list[Line]: ...

    def __getitem__(self, place: int | slice) -> Line | list[Line]:
        if isinstance(place, int):
            return self._make(self._of[place])
        return [self._make(one) for one in self._of[place]]


@dataclass(frozen=True)
class Choice:
    """One of several ways to look at a block, as a link; `is_chosen` is the one shown."""

    text: str
    address: str
    is_chosen: bool


@dataclass(frozen=True)
class Block:
    """What stands in one frame of the overview; `heading` names it, `finding` says what it shows.

    `columns` and `rows` are its table, on the screen and in the exported file alike; with
    `folds` the table waits behind a line, because the picture says the same.
    """

    name: str
    heading: str
    finding: str
    columns: tuple[Column, ...]
    rows: Sequence[Line]
    span: int = 12
    chart: Chart | None = None
    note: str = ""
    folds: bool = False
    empty: str = "没有数据"
    choices: Sequence[Choice] = field(default_factory=tuple)
    export: str = ""

    @property
    def grid(self) -> dict[str, Any]:
        """The table for the screen; the file holds every line."""
        return plain_table(self.columns, self.rows[:SHOWN_LINES])

    @property
    def lines_left(self) -> int:
        """How many lines are only in the file."""
        return max(len(self.rows) - SHOWN_LINES, 0)


def money(heading: str, name: str) -> Column:
    """An amount that opens its rows: `name` holds the fen, `name_link` the address."""
    return Column(heading, name, Kind.MONEY, link=lambda row: row[f"{name}_link"])


def ratio(heading: str, name: str, *, hint: str = "") -> Column:
    """A ratio in micro-percent; it opens the rows of its numerator when the line has the link."""

    def shown(row: Line) -> SafeString | str:
        address = row.get(f"{name}_link", "")
        text = percent(row[name])
        link = address and row[name] is not None
        return format_html('<a href="{}">{}</a>', address, text) if link else text

    def exported(row: Line) -> float | None:
        return None if row[name] is None else row[name] / MICRO_PERCENT_IN_ONE

    return Column(heading, shown, Kind.HTML, hint=hint, exported=exported, is_number=True)


def count(heading: str, name: str) -> Column:
    """A number of loans or clients."""
    return Column(heading, name, Kind.COUNT)


def heat(address: str, text: str | SafeString, warmth: float, *, good: bool = False) -> SafeString:
    """A cell of a heat table: the warmer the redder, or greener where it is good."""
    colour = "26,127,55" if good else "207,34,46"
    shade = format_html(' style="background:rgba({},{})"', colour, f"{min(warmth, 1) * 0.55:.2f}")
    return format_html(
        '<div class="heat"{}><a href="{}">{}</a></div>', shade if warmth else "", address, text
    )


def percent(micro_percent: int | None) -> str:
    """A ratio with two decimals; unknown is a dash."""
    if micro_percent is None:
        return DASH
    return figures_text.share(micro_percent / MICRO_PERCENT_IN_ONE)


def points(now: int | None, then: int | None, since: str) -> str:
    """The change of a ratio in percentage points; a dash when either end is unknown."""
    if now is None or then is None:
        return f"{since} {DASH}"
    scale = MICRO_PERCENT_IN_ONE
    return figures_text.change_in_points(now / scale, then / scale, since)


def money_text(fen: int) -> SafeString:
    """An amount that follows the 元/万元 switch."""
    return show.money(fen)
