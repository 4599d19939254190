"""Keyset paging: the next page begins behind the last row seen, so page 20,000 costs as page 1.

A place in the list is the row's values of the sort fields, written into the address as JSON. The
sort must end in a field that is unique, or rows with equal values would be lost between pages.
Absent values sort last, whichever the direction.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce


class NoSuchPlace(Exception):
    """The address names a place that this list does not have."""


@dataclass(frozen=True)
class SortField:
    """One field of the sort: its lookup and whether it descends."""

    lookup: str
    descends: bool

    @classmethod
    def parse(cls, text: str) -> SortField:
        """From Django's spelling: `-due_on`."""
        return cls(text.removeprefix("-"), text.startswith("-"))


@dataclass(frozen=True)
class Page:
    """The rows of one page and the places of its neighbours ("" where there is none)."""

    rows: list[Any]
    before: str
    after: str


def read_page(
    rows: QuerySet,
    order: Sequence[str],
    size: int,
    *,
    after: str = "",
    before: str = "",
    is_short: bool = False,
) -> Page:
    """The page behind `after`, or the one in front of `before`, in one query of size + 1 rows.

    `is_short` says that few rows fit the filters: they are then gathered and sorted. Walking the
    index of the sort until a page is full is the faster way through many rows, and by far the
    slower one to few: it may pass a million rows that the filters keep out.
    """
    sort = [SortField.parse(text) for text in order]
    backwards = bool(before)
    place = before or after
    wanted = rows.order_by(*(_order(field, rows.model, backwards, is_short) for field in sort))
    if place:
        wanted = wanted.filter(
            _beyond(sort, _decode(place, sort, rows.model), rows.model, backwards)
        )
    found = list(wanted[: size + 1])
    there_is_more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_earlier = there_is_more if backwards else bool(place)
    has_later = bool(place) if backwards else there_is_more
    return Page(
        found,
        _encode(found[0], sort) if found and has_earlier else "",
        _encode(found[-1], sort) if found and has_later else "",
    )


def _order(field: SortField, model: type[Model], backwards: bool, is_short: bool) -> OrderBy:
    # The same value, but no index is sorted by it.
    expression = Coalesce(field.lookup, field.lookup) if is_short else F(field.lookup)
    descends = field.descends != backwards
    if not _may_be_absent(model, field.lookup):
        return expression.desc() if descends else expression.asc()
    if backwards:
        return expression.desc(nulls_first=True) if descends else expression.asc(nulls_first=True)
    return expression.desc(nulls_last=True) if descends else expression.asc(nulls_last=True)


def _beyond(
    sort: Sequence[SortField], place: Sequence[Any], model: type[Model], backwards: bool
) -> Q:
    """Rows behind a place: later in the first field, or equal there and later in the next ...

    The first field's own bound stands beside the alternatives, so that an index can be entered.
    """
    alternatives = Q(pk__in=[])
    equal = Q()
    for field, value in zip(sort, place, strict=True):
        alternatives |= equal & _later(field, value, model, backwards)
        equal &= _equal(field.lookup, value)
    first, value = sort[0], place[0]
    if value is None or _may_be_absent(model, first.lookup):
        return alternatives
    bound = "lte" if first.descends != backwards else "gte"
    return Q(**{f"{first.lookup}__{bound}": value}) & alternatives


def _later(field: SortField, value: Any, model: type[Model], backwards: bool) -> Q:
    nothing, absent = Q(pk__in=[]), Q(**{f"{field.lookup}__isnull": True})
    if value is None:
        return ~absent if backwards else nothing
    bound = "lt" if field.descends != backwards else "gt"
    later = Q(**{f"{field.lookup}__{bound}": value})
    if backwards or not _may_be_absent(model, field.lookup):
        return later
    return later | absent


def _equal(lookup: str, value: Any) -> Q:
    return Q(**{f"{lookup}__isnull": True}) if value is None else Q(**{lookup: value})


def _encode(row: Any, sort: Sequence[SortField]) -> str:
    values = [_value(row, field.lookup) for field in sort]
    text = json.dumps(values, cls=DjangoJSONEncoder, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(place: str, sort: Sequence[SortField], model: type[Model]) -> list[Any]:
    try:
        padded = place + "=" * (-len(place) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded))
        if not isinstance(values, list) or len(values) != len(sort):
            raise NoSuchPlace(place)
        return [_typed(model, f.lookup, v) for f, v in zip(sort, values, strict=True)]
    except (ValueError, TypeError, ValidationError) as problem:
        raise NoSuchPlace(place) from problem


def _typed(model: type[Model], lookup: str, value: Any) -> Any:
    field = _field(model, lookup)
    return value if field is None or value is None else field.to_python(value)


def _value(row: Any, lookup: str) -> Any:
    if isinstance(row, dict):
        return row[lookup]
    for part in lookup.split(LOOKUP_SEP):
        row = None if row is None else getattr(row, part)
    return row


def _may_be_absent(model: type[Model], lookup: str) -> bool:
    """Whether a field or any table on the way to it may hold nothing; an annotation may."""
    if lookup == "pk":
        return False
    current: type[Model] | None = model
    for part in lookup.split(LOOKUP_SEP):
        try:
            field = current._meta.get_field(part) if current else None
        except FieldDoesNotExist:
            return True
        if field is None or getattr(field, "null", True):
            return True
        current = getattr(field, "related_model", None)
    return False


def _field(model: type[Model], lookup: str) -> Field | None:
    current: type[Model] | None = model
    field: Any = None
    for part in lookup.split(LOOKUP_SEP):
        if current is None:
            return None
        try:
            field = current._meta.pk if part == "pk" else current._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        current = getattr(field, "related_model", None)
    return field  # type: ignore[no-any-return]
