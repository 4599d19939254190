"""Filters of a list; they live in the address, so that a list can be sent to a colleague."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from daihou.staff.models import Branch, Officer
from daihou.staff.queries import branch_and_below, officers_visible_to

Narrow = Callable[[Any, str], Any]


class BadFilter(Exception):
    """A filter's value cannot be understood; the text says what is expected."""


@dataclass(frozen=True)
class Filter:
    """One field above a list. With `options` it is a choice, else a text, a day or a number.

    `narrow` takes the rows and the entered text and gives fewer rows; left out, the field named
    `name` must equal the value. `input_type` is text, date, search or number.
    """

    name: str
    label: str
    options: Sequence[tuple[str, str]] = ()
    narrow: Narrow | None = None
    input_type: str = "text"
    placeholder: str = ""

    def apply(self, rows: Any, text: str) -> Any:
        """The rows that pass; raises BadFilter for a value that is none of the options."""
        if self.options and text not in {value for value, _ in self.options}:
            raise BadFilter(f"“{self.label}”没有选项 {text[:20]}")
        if self.input_type == "date":
            text = _day(self.label, text)
        if self.narrow is not None:
            return self.narrow(rows, text)
        if isinstance(rows, QuerySet):
            return rows.filter(**{self.name: text})
        return [row for row in rows if str(row[self.name]) == text]


def officers_called(officer: Officer, text: str) -> list[int]:
    """The people of that name or staff number whom an officer may see; a bank has too many to list.

    Raises BadFilter where there are none.
    """
    named = officers_visible_to(officer).filter(Q(display_name=text) | Q(username=text))
    ids = list(named.values_list("pk", flat=True))
    if not ids:
        raise BadFilter(f"没有姓名或工号为“{text[:20]}”的客户经理")
    return ids


def branch_chosen(text: str) -> QuerySet[Branch]:
    """The branch that was chosen, and all under it; raises BadFilter where there is none."""
    branch = Branch.objects.filter(pk=text).first()
    if branch is None:
        raise BadFilter("没有这个机构")
    return branch_and_below(branch)


@dataclass(frozen=True)
class BoundFilter:
    """A filter with what the address says, for the template."""

    filter: Filter
    value: str


def apply_filters(
    rows: Any, filters: Sequence[Filter], given: Callable[[str], str]
) -> tuple[Any, list[BoundFilter], list[str]]:
    """Narrowed rows, the filters with their values, and what could not be understood."""
    bound, problems = [], []
    for one in filters:
        text = given(one.name).strip()
        bound.append(BoundFilter(one, text))
        if not text:
            continue
        try:
            rows = one.apply(rows, text)
        except (BadFilter, ValueError) as problem:
            problems.append(
                str(problem) if isinstance(problem, BadFilter) else f"“{one.label}”填写有误"
            )
    return rows, bound, problems


def _day(label: str, text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as problem:
        raise BadFilter(f"“{label}”请填日期,如 2026-11-23") from problem
