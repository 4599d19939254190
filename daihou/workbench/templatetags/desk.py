"""How amounts, rates, days, grades and colours are written on every screen.

Absent values print as a dash, never as 0: unknown is not nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from daihou.classification.choices import Grade
from daihou.early_warning.choices import Colour
from daihou.policy.choices import Evidence
from daihou.workbench.pieces import figures_text

register = template.Library()

NOTHING = mark_safe('<span class="muted">—</span>')


@register.filter
def money(fen: int | None) -> SafeString:
    """An amount in fen, shown in 元 or 万元 as the person chose; for tables with the unit above."""
    if fen is None:
        return NOTHING
    return format_html(
        '<data class="money{}" value="{}">{}</data>',
        " bad" if fen < 0 else "",
        fen,
        figures_text.yuan(fen),
    )


@register.filter
def yuan(fen: int | None) -> SafeString | str:
    """An amount in fen as 元 with two decimals, without a unit."""
    return NOTHING if fen is None else figures_text.yuan(fen)


@register.filter
def wan(fen: int | None) -> SafeString | str:
    """An amount in fen as 万元 with two decimals, without a unit."""
    return NOTHING if fen is None else figures_text.wan(fen)


@register.filter
def short_money(fen: int | None) -> SafeString | str:
    """An amount in fen in the unit that suits it, with the unit: 12.4万元, 3.20亿元."""
    return NOTHING if fen is None else figures_text.short_money(fen)


@register.filter
def rate(micro_percent: int | None) -> SafeString | str:
    """A rate kept in millionths of a percent: 4.35%."""
    return NOTHING if micro_percent is None else figures_text.rate(micro_percent)


@register.filter
def share(part: float | None) -> SafeString | str:
    """A ratio between 0 and 1 as a percentage with two decimals: 1.52%."""
    return NOTHING if part is None else figures_text.share(part)


@register.filter
def count(number: int | None) -> SafeString | str:
    """A whole number with thousands separators."""
    return NOTHING if number is None else f"{number:,}"


@register.filter
def day(value: dt.date | None) -> SafeString | str:
    """A day as 2026-11-23."""
    return NOTHING if value is None else value.strftime("%Y-%m-%d")


@register.filter
def moment(value: dt.datetime | None) -> SafeString | str:
    """A moment as 2026-11-23 17:05:09 in Chinese time."""
    return NOTHING if value is None else figures_text.moment(value)


@register.filter
def grade(value: int | None) -> SafeString:
    """A grade as a coloured word."""
    if value is None:
        return mark_safe('<span class="badge">未分类</span>')
    return format_html('<span class="badge grade-{}">{}</span>', value, Grade(value).label)


@register.filter
def signal(value: int | None) -> SafeString:
    """A signal's colour as a coloured dot with its word."""
    if value is None:
        return NOTHING
    return format_html(
        '<span class="badge signal signal-{}">{}色</span>', value, Colour(value).label
    )


@register.filter
def overdue(days: int | None) -> SafeString:
    """Days past due: nothing when on time, else a clock and the days in red."""
    if not days:
        return NOTHING
    return format_html(
        '<span class="overdue"><span class="icon" aria-hidden="true">schedule</span> {} 天</span>',
        days,
    )


@register.filter
def deadline(due: dt.date | None, today: dt.date) -> SafeString:
    """A deadline as a day with 还剩 or 超期 days beside it, counted from the business date."""
    if due is None:
        return NOTHING
    left = (due - today).days
    tone = "deadline-late" if left < 0 else "deadline-soon" if left <= 2 else "muted"
    return format_html(
        '<span class="nowrap">{} <span class="{}">{}</span></span>',
        due.strftime("%m-%d"),
        tone,
        figures_text.time_left(left),
    )


@register.inclusion_tag("workbench/pieces/why_button.html")
def why(reasons: Iterable[dict[str, Any]], conclusion: str, name: str) -> dict[str, Any]:
    """The 为什么 button with its panel; `name` must be unique on the page."""
    return {"reasons": list(reasons), "conclusion": conclusion, "name": f"why-{name}"}


# Tables that a reason names: what staff call a row of each, and the page that shows one.
_SOURCE_PAGES = {
    "loan_book.loan": ("借据", "loan"),
    "客户": ("客户", "customer"),
    "报表线索": ("报表线索", "statement_finding"),
    "账户": ("账户", "fund_account"),
    "资金疑点": ("资金疑点", "fund_finding"),
    "外部事件": ("外部事件", "event"),
    "关联发现": ("关联发现", "graph_finding"),
    "担保线索": ("担保线索", "collateral_finding"),
    "更正": ("更正", "correction"),
}


@register.filter
def source_row(row: dict[str, str]) -> SafeString:
    """A row that a reason rests on, as a link to its page where it has one."""
    name, page = _SOURCE_PAGES.get(row["table"], (row["table"], ""))
    text = f"{name} 第 {row['id']} 号"
    if not page:
        return format_html("{}", text)
    return format_html('<a href="{}">{}</a>', reverse(page, args=[row["id"]]), text)


@register.filter
def evidence(tag: str) -> str:
    """How sure we are of a clause, in words: 待核对原文 unless the text has been read."""
    return str(Evidence(tag).label) if tag in Evidence.values else ""
