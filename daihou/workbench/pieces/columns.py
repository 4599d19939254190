"""Columns: declared once, shown on the screen, written to Excel and to CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter, itemgetter
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.classification.choices import Grade
from daihou.early_warning.choices import Colour
from daihou.workbench.pieces import figures_text
from daihou.workbench.templatetags import desk as show

Row = Any
Plain = str | int | float | dt.date | dt.datetime | None


class Kind(Enum):
    """What a column holds; decides alignment, how it is written and its format in Excel."""

    TEXT = "text"  # one line, cut with the whole text as a tooltip
    LONG_TEXT = "wrap"  # wraps
    MONEY = "money"  # fen
    RATE = "rate"  # millionths of a percent
    SHARE = "share"  # a ratio
    COUNT = "count"
    DAY = "day"
    MOMENT = "moment"
    GRADE = "grade"
    SIGNAL = "signal"
    OVERDUE = "overdue"  # days past due
    HTML = "html"  # already safe; exported through `exported`


NUMBERS = frozenset({Kind.MONEY, Kind.RATE, Kind.SHARE, Kind.COUNT, Kind.OVERDUE})
_SHOWN: dict[Kind, Callable[[Any], SafeString | str]] = {
    Kind.MONEY: show.money,
    Kind.RATE: show.rate,
    Kind.SHARE: show.share,
    Kind.COUNT: show.count,
    Kind.DAY: show.day,
    Kind.MOMENT: show.moment,
    Kind.GRADE: show.grade,
    Kind.SIGNAL: show.signal,
    Kind.OVERDUE: show.overdue,
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `value` is an attribute path (`customer.name`), a key when rows are dictionaries, or a function
    of the row. `link` gives the address behind a cell. `sort` names the model field to sort by and
    makes the heading a link. Where no index serves the sort, say `sorts_short`: it is then offered
    only while the list is short enough to be counted. `exported` replaces the value in Excel and
    CSV.
    """

    heading: str
    value: str | Callable[[Row], Any]
    kind: Kind = Kind.TEXT
    link: Callable[[Row], str] | None = None
    sort: str = ""
    sorts_short: bool = False
    hint: str = ""
    panel: bool = False
    exported: Callable[[Row], Plain] | None = None
    on_screen: bool = True
    is_number: bool = False  # aligns ready-made cells (HTML) as numbers

    def read(self, row: Row) -> Any:
        """The raw value of a row."""
        if callable(self.value):
            return self.value(row)
        if isinstance(row, dict):
            return itemgetter(self.value)(row)
        value = attrgetter(self.value)(row)
        return value() if callable(value) else value  # get_status_display and its like

    def cell(self, row: Row) -> SafeString | str:
        """The cell as HTML."""
        value = self.read(row)
        text = self._text(value)
        if self.link is None or value is None:
            return text
        panel = format_html(" data-panel data-panel-title='{}'", self.heading) if self.panel else ""
        return format_html('<a href="{}"{}>{}</a>', self.link(row), panel, text)

    def plain(self, row: Row) -> Plain:
        """The cell as exported: amounts in 元, ratios as numbers, words as they stand on screen."""
        if self.exported is not None:
            return self.exported(row)
        value = self.read(row)
        if value is None:
            return None
        if self.kind is Kind.MONEY:
            return float(value) / 100  # Excel has no other number; the amount itself stays in fen
        if self.kind is Kind.RATE:
            return float(value) / 100_000_000
        if self.kind is Kind.GRADE:
            return str(Grade(value).label)
        if self.kind is Kind.SIGNAL:
            return f"{Colour(value).label}色"
        if self.kind in NUMBERS or self.kind is Kind.DAY:
            return value  # type: ignore[no-any-return]
        if self.kind is Kind.MOMENT:
            return figures_text.moment(value)
        return str(value)

    @property
    def classes(self) -> str:
        """The classes of the column's cells."""
        if self.kind in NUMBERS or self.is_number:
            return "num"
        return {Kind.TEXT: "text", Kind.LONG_TEXT: "wrap"}.get(self.kind, "nowrap")

    @property
    def has_money(self) -> bool:
        """Whether the heading shows the unit of money."""
        return self.kind is Kind.MONEY

    def _text(self, value: Any) -> SafeString | str:
        if value is None or value == "":
            return show.NOTHING
        if self.kind in _SHOWN:
            return _SHOWN[self.kind](value)
        if self.kind is Kind.HTML:
            return value  # type: ignore[no-any-return]
        if self.kind is Kind.TEXT and len(str(value)) > 16:
            return format_html('<span title="{}">{}</span>', value, value)
        return str(value)
