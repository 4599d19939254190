"""Tables: columns declared once; paging in constant time; filters and sort in the address; export.

A desk declares a `Table` at module level and opens it in a view:

    listing = LOANS.open(request, loans_visible_to(request.officer).select_related("customer"))
    if listing.is_export:
        return listing.download()
    return page(request, "workbench/loans/list.html", {"title": "贷款", "table": listing})

and the template says `{% include "workbench/pieces/table.html" %}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from django.utils.safestring import SafeString

from daihou.workbench.pieces import keyset
from daihou.workbench.pieces.columns import Column
from daihou.workbench.pieces.exports import Sheet, as_csv, as_xlsx
from daihou.workbench.pieces.filters import BoundFilter, Filter, apply_filters
from daihou.workbench.pieces.page import DeskRequest

COUNT_LIMIT = 10_000  # beyond, the list says "10,000 以上" instead of counting a million rows
_FILTERS_IN_SIGHT = 6  # more of them are folded away: the list itself stands on the first screen
Attach = Callable[[list[Any]], list[Any]]


@dataclass(frozen=True)
class Table:
    """A list as declared: columns, sort, filters, what to say when it is empty.

    `order` is the sort when none is chosen, in Django's spelling, ending in a unique field.
    `export_limit` is the most rows that one file takes; beyond, nothing is written and the page
    says to narrow the list. `counted` names the rows (笔, 户, 条).
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    empty: str = "没有符合条件的记录"
    counted: str = "条"
    page_size: int = 50
    export_limit: int = 100_000
    is_queue: bool = False

    def open(self, request: DeskRequest, rows: Any, *, attach: Attach | None = None) -> Listing:
        """The list as this request asks for it.

        `rows` is a query set of the door, or a sequence of dictionaries; one that names `sorts`
        is put in order by its `sorted_by`. `attach` is called with
        the rows of a page (or of an export's piece) and may replace them by rows that carry more,
        in a constant number of queries.
        """
        narrowed, bound, problems = apply_filters(
            rows, self.filters, lambda name: request.GET.get(name, "")
        )
        return Listing(
            self, request, narrowed, tuple(bound), problems, attach or (lambda some: some)
        )


@dataclass(frozen=True)
class Heading:
    """A column's heading with the address that sorts by it."""

    column: Column
    link: str
    mark: str


class Listing:
    """A table opened for one request: the rows of its page, its neighbours, its download."""

    def __init__(
        self,
        table: Table,
        request: DeskRequest,
        rows: Any,
        filters: tuple[BoundFilter, ...],
        problems: list[str],
        attach: Attach,
    ) -> None:
        self.table = table
        self.filters = filters
        self.problems = problems
        self._request = request
        self._rows = rows
        self._attach = attach
        self._chosen_sort = self._read_sort()
        if self.is_export and self._is_too_long():
            self.problems.append(
                f"导出未执行:结果超过 {table.export_limit:,} {table.counted},请先筛选再导出"
            )
        if not self.is_export:
            self._read_page()

    @property
    def is_export(self) -> bool:
        """Whether a file is asked for and can be given."""
        asked = self._request.GET.get("export", "") in {"xlsx", "csv"}
        return asked and not any(text.startswith("导出未执行") for text in self.problems)

    def download(self, title: str = "", answer: str = "") -> HttpResponseBase:
        """The whole list, narrowed as on screen, as an Excel or CSV file.

        `title` names the file where the list has a name of its own; `answer` is which of the two
        answers about a past day it holds.
        """
        title = title or self.table.title
        writer = as_xlsx if self._request.GET["export"] == "xlsx" else as_csv
        file, content_type, ending = writer(
            Sheet(
                title,
                self.table.columns,
                self._all_rows(),
                self._request.business_date,
                str(self._request.officer),
                answer,
            )
        )
        parts = (title, f"{self._request.business_date:%Y%m%d}", answer)
        name = f"{'_'.join(part for part in parts if part)}.{ending}"
        return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)

    @property
    def columns(self) -> list[Column]:
        """The columns on the screen; some are for export alone."""
        return [column for column in self.table.columns if column.on_screen]

    @property
    def headings(self) -> Iterator[Heading]:
        """The headings with the addresses that sort."""
        for column in self.columns:
            if not column.sort or column.sort not in self._sorts:
                yield Heading(column, "", "")
                continue
            descends = self._chosen_sort == column.sort
            target = f"-{column.sort}" if descends else column.sort
            mark = {column.sort: "▲", f"-{column.sort}": "▼"}.get(self._chosen_sort, "")
            yield Heading(column, self._address(sort=target, after="", before=""), mark)

    @property
    def lines(self) -> Iterator[list[tuple[Column, SafeString | str]]]:
        """The cells of the page, row by row."""
        for row in self.rows:
            yield [(column, column.cell(row)) for column in self.columns]

    @property
    def filter_groups(self) -> list[tuple[bool, bool, list[BoundFilter]]]:
        """The filters in sight and those folded away: whether folded, whether open, the filters."""
        hidden = [one for one in self.filters if one.filter.input_type == "hidden"]
        shown = [one for one in self.filters if one.filter.input_type != "hidden"]
        groups = [(False, True, [*hidden, *shown[:_FILTERS_IN_SIGHT]])]
        if folded := shown[_FILTERS_IN_SIGHT:]:
            groups.append((True, any(one.value for one in folded), folded))
        return groups

    @property
    def has_filters(self) -> bool:
        """Whether anything that a person chose narrows the list."""
        return any(one.value for one in self.filters if one.filter.input_type != "hidden")

    @property
    def total_text(self) -> str:
        """How many rows, without ever counting more than a page of pages."""
        if self._is_long:
            return f"{COUNT_LIMIT:,} {self.table.counted}以上"
        return f"共 {self._number:,} {self.table.counted}"

    @property
    def export_links(self) -> dict[str, str]:
        """The addresses of the two files."""
        return {kind: self._address(export=kind, after="", before="") for kind in ("xlsx", "csv")}

    @property
    def unfiltered_address(self) -> str:
        """The list without filters."""
        chosen = [one.filter for one in self.filters if one.filter.input_type != "hidden"]
        return self._address(**{one.name: "" for one in chosen}, after="", before="")

    @property
    def sort_field(self) -> str:
        """The chosen sort, kept by the filter form."""
        return self._chosen_sort

    @property
    def has_money(self) -> bool:
        """Whether the 元/万元 switch is of use."""
        return any(column.has_money for column in self.columns)

    @cached_property
    def _number(self) -> int:
        """How many rows there are, or one more than `COUNT_LIMIT` when there are more."""
        if isinstance(self._rows, QuerySet):
            return self._rows.order_by()[: COUNT_LIMIT + 1].count()
        return len(self._rows)

    @property
    def _is_long(self) -> bool:
        return isinstance(self._rows, QuerySet) and self._number > COUNT_LIMIT

    @cached_property
    def _sorts(self) -> frozenset[str]:
        """The fields that the list can be sorted by now."""
        if not isinstance(self._rows, QuerySet):
            return frozenset(getattr(self._rows, "sorts", ()))
        offered = [column for column in self.table.columns if column.sort]
        if any(column.sorts_short for column in offered) and self._is_long:
            offered = [column for column in offered if not column.sorts_short]
        return frozenset(column.sort for column in offered)

    def _read_page(self) -> None:
        if not isinstance(self._rows, QuerySet):
            self._read_sequence_page()
            return
        after, before = self._request.GET.get("after", ""), self._request.GET.get("before", "")
        order, size, is_short = self._order(), self.table.page_size, not self._is_long
        try:
            found = keyset.read_page(
                self._rows, order, size, after=after, before=before, is_short=is_short
            )
        except keyset.NoSuchPlace:
            found = keyset.read_page(self._rows, order, size, is_short=is_short)
        self.rows = self._attach(found.rows)
        self.earlier = self._address(before=found.before, after="") if found.before else ""
        self.later = self._address(after=found.after, before="") if found.after else ""

    @property
    def _sequence(self) -> Any:
        """The rows in the chosen order, where they can be put into one."""
        return self._rows.sorted_by(self._chosen_sort) if self._chosen_sort else self._rows

    def _read_sequence_page(self) -> None:
        text = self._request.GET.get("after", "0")
        start = int(text) if text.isdigit() else 0
        size = self.table.page_size
        self.rows = self._attach(list(self._sequence[start : start + size]))
        self.earlier = self._address(after=str(max(start - size, 0))) if start else ""
        self.later = (
            self._address(after=str(start + size)) if len(self._rows) > start + size else ""
        )

    def _read_sort(self) -> str:
        asked = self._request.GET.get("sort", "")
        return asked if asked.removeprefix("-") in self._sorts else ""

    def _order(self) -> tuple[str, ...]:
        if not self._chosen_sort:
            return self.table.order
        tie_breaker = self.table.order[-1]
        return (self._chosen_sort, tie_breaker)

    def _all_rows(self) -> Iterator[Any]:
        if not isinstance(self._rows, QuerySet):
            yield from self._attach(list(self._sequence[:]))
            return
        rows = self._rows.order_by(*self._order())
        for piece in _pieces(rows.iterator(chunk_size=2000), 2000):
            yield from self._attach(piece)

    def _is_too_long(self) -> bool:
        limit = self.table.export_limit
        if isinstance(self._rows, QuerySet):
            return self._rows.order_by()[limit : limit + 1].exists()
        return len(self._rows) > limit

    def _address(self, **changes: str) -> str:
        given = self._request.GET.dict()
        given.pop("export", None)
        kept = {name: text for name, text in {**given, **changes}.items() if text}
        return f"{self._request.path}?{urlencode(kept)}" if kept else self._request.path


def _pieces(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    piece: list[Any] = []
    for row in rows:
        piece.append(row)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece


def plain_table(columns: Sequence[Column], rows: Sequence[Any]) -> dict[str, Any]:
    """A short table without paging or filters, for `{% include "workbench/pieces/grid.html" %}`."""
    return {
        "columns": columns,
        "lines": [[(column, column.cell(row)) for column in columns] for row in rows],
    }
