"""The list of corrections: its columns and filters."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.classification.choices import Grade
from daihou.daily_run.choices import Aspect
from daihou.daily_run.models import Correction
from daihou.daily_run.queries import corrections_about, has_to_be_read
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags.desk import grade as grade_badge

UNKNOWN = "无法计算"
STATES = {
    "unread": ("待阅", has_to_be_read()),
    "read": ("已阅", Q(read_by__isnull=False)),
    "minor": ("仅金额有变,无须签阅", Q(is_material=False, read_by=None)),
}


def state_of(row: Correction) -> str:
    """Whether a correction waits to be read, was read by whom, or need not be."""
    if row.read_by is not None:
        return f"已阅 {row.read_by}"
    return "待阅" if row.is_material else "无须签阅"


def days_words(row: Correction) -> str:
    """Days past due on the last closed day: believed, then true."""
    believed = UNKNOWN if row.days_believed is None else f"{row.days_believed} 天"
    return f"{believed} → {row.days_true} 天"


def counts_words(row: Correction) -> str:
    """How many lines of each aspect the change list has."""
    found = [line["aspect"] for line in row.changes]
    counts = [(aspect.label, found.count(aspect)) for aspect in Aspect]
    return "、".join(f"{label} {number}" for label, number in counts if number)


def first_cause(row: Correction) -> str:
    """The first cause in words, and how many more there are."""
    more = len(row.causes) - 1
    return str(row.causes[0]["says"]) + (f";另有 {more} 项" if more else "")


def _grades(row: Correction) -> SafeString:
    return format_html("{} → {}", grade_badge(row.grade_believed), grade_badge(row.grade_true))


def _grades_plain(row: Correction) -> str:
    names = (
        "未分类" if one is None else str(Grade(one).label)
        for one in (row.grade_believed, row.grade_true)
    )
    return " → ".join(names)


def _state(row: Correction) -> SafeString:
    tone = "ok" if row.read_by is not None else "warn" if row.is_material else ""
    return format_html('<span class="badge {}">{}</span>', tone, state_of(row))


def _by_state(rows: QuerySet[Correction], text: str) -> QuerySet[Correction]:
    return rows.filter(STATES[text][1])


def _by_name(rows: QuerySet[Correction], text: str) -> QuerySet[Correction]:
    named = Q(loan__customer__number=text) | Q(loan__customer__name__contains=text)
    return rows.filter(Q(loan__number=text) | named)


def span_words(row: Correction) -> str:
    """From which closed day to which one the past was believed otherwise."""
    return str(row.since) if row.since == row.until else f"{row.since} 至 {row.until}"


def _span(row: Correction) -> SafeString:
    if row.since == row.until:
        return format_html("{}", row.since)
    return format_html('{}<br><span class="muted">至</span> {}', row.since, row.until)


def _counts(row: Correction) -> SafeString:
    return format_html('<span title="{}">{} 项</span>', counts_words(row), len(row.changes))


CORRECTIONS = Table(
    name="corrections",
    title="更正",
    columns=(
        Column("发现日", "found_on", Kind.DAY),
        Column("借据号", "loan.number", Kind.HTML, panel=True,
               link=lambda row: reverse("correction", args=[row.pk]),
               exported=lambda row: row.loan.number),
        Column("客户", "loan.customer.name",
               link=lambda row: reverse("customer", args=[row.loan.customer.number])),
        Column("原因", first_cause, Kind.LONG_TEXT,
               exported=lambda row: ";".join(cause["says"] for cause in row.causes)),
        Column("追溯", _span, Kind.HTML, exported=span_words),
        Column("逾期天数", days_words, Kind.HTML, exported=days_words,
               hint="追溯截止日:当时所知 → 现在更正后"),
        Column("分类", _grades, Kind.HTML, exported=_grades_plain,
               hint="追溯截止日:当时所知 → 现在更正后"),
        Column("变化", _counts, Kind.HTML, exported=lambda row: "\n".join(change_words(row))),
        Column("状态", _state, Kind.HTML, exported=state_of),
        Column("已阅时间", "read_at", Kind.MOMENT, on_screen=False),
        Column("阅后说明", "note", Kind.LONG_TEXT, on_screen=False),
    ),
    order=("-found_on", "-pk"),
    filters=(
        Filter("state", "状态", [(key, name) for key, (name, _) in STATES.items()],
               narrow=_by_state),
        Filter("q", "查找", narrow=_by_name, input_type="search",
               placeholder="借据号、客户名称、客户号"),
        Filter("from", "发现自", input_type="date",
               narrow=lambda rows, text: rows.filter(found_on__gte=text)),
        Filter("to", "至", input_type="date",
               narrow=lambda rows, text: rows.filter(found_on__lte=text)),
        Filter("about", "涉及日期", input_type="date",
               narrow=lambda rows, text: corrections_about(rows, dt.date.fromisoformat(text))),
    ),
    empty="没有更正:到这一天为止,没有补记、冲正或倒签的计划改变过已日终的日子。",
    counted="笔",
)  # fmt: skip


def change_words(row: Correction) -> list[str]:
    """The change list as lines of text, for the export."""
    return [
        f"{line['since']} 至 {line['until']} {line['what']}:{line['believed']} → {line['true']}"
        for line in row.changes
    ]
