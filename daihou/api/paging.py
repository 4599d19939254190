"""Long lists page by page: each page begins after the last row of the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from ninja import Schema
from pydantic import Field

from daihou.api.problems import Refused

MOST_ROWS = 500
Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    """One page of a list."""

    items: list[Item] = Field(description="本页各行")
    next: str | None = Field(description="下一页:把它放进参数 after;空表示没有更多")


class PageRequest(Schema):
    """Which page is asked for."""

    after: str = Field("", max_length=60, description="上一页应答中的 next;空为第一页")
    limit: int = Field(100, ge=1, le=MOST_ROWS, description=f"每页行数,最多 {MOST_ROWS}")


def page_after(
    rows: QuerySet[Any], field: str, asked: PageRequest
) -> tuple[Sequence[Any], str | None]:
    """The rows of a page in order of a unique field, and where the next one begins."""
    if asked.after:
        rows = rows.filter(**{f"{field}__gt": _place(rows, field, asked.after)})
    found = list(rows.order_by(field)[: asked.limit + 1])
    page = found[: asked.limit]
    more = len(found) > asked.limit
    return page, str(getattr(page[-1], field)) if more else None


def _place(rows: QuerySet[Any], field: str, text: str) -> object:
    if field != "pk":
        return text
    if not text.isdecimal() or len(text) > 18:
        raise Refused(422, "须为上一页应答中的 next", "after")
    return int(text)
