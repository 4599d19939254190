"""The list of clients by where they stand with their statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from daihou.loan_book.choices import Industry
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to
from daihou.statements.models import StatementStanding
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table

Rows = QuerySet[StatementStanding]
_NOTHING = mark_safe('<span class="muted">—</span>')


def states(day: dt.date, short_tenths: int) -> Mapping[str, tuple[str, Q]]:
    """The groups that a list can be narrowed to."""
    return {
        "late": ("迟报", Q(awaited_by__lt=day)),
        "wrong": ("校验有错误", Q(errors__gt=0)),
        "found": ("有预警线索", Q(findings__gt=0)),
        "short": ("现金紧张", Q(cash_months_low__lt=short_tenths)),
        "none": ("从未报送", Q(statement=None)),
    }


def figures(rows: Rows, day: dt.date, short_tenths: int) -> list[Figure]:
    """The cards above the list, each with the list behind it; one query."""
    groups = states(day, short_tenths)
    counts = rows.aggregate(
        all=Count("pk"),
        given=Count("pk", filter=Q(statement__isnull=False)),
        **{key: Count("pk", filter=condition) for key, (_, condition) in groups.items()},
    )
    tones = {"late": "warn", "wrong": "bad", "found": "warn", "short": "bad", "none": ""}
    cards = [
        Figure("企业客户", f"{counts['all']:,}", "户", change=f"已有报表 {counts['given']:,} 户",
               link=reverse("statements")),
    ]  # fmt: skip
    for key, (name, _) in groups.items():
        number = counts[key]
        cards.append(
            Figure(name, f"{number:,}", "户", link=f"?state={key}",
                   tone=tones[key] if number else "good", hint=_HINTS[key],
                   change=_HINTS[key].format(months=short_tenths // 10))
        )  # fmt: skip
    return cards


_HINTS = {
    "late": "已过报送期限",
    "wrong": "最近一期报表不平或钩稽不符",
    "found": "符合预警信号 1—22 的情形",
    "short": "低情景下现金撑不到 {months} 个月",
    "none": "在贷而没有任何报表",
}


def statements_table(officer: Officer, day: dt.date, short_tenths: int) -> Table:
    """The list as this officer may filter it on this day."""
    groups = states(day, short_tenths)
    branches = [(str(one.pk), one.name) for one in branches_visible_to(officer)]
    return Table(
        name="statements",
        title="财务报表",
        columns=(
            Column("客户", "customer.name",
                   link=lambda row: reverse("client_statements", args=[row.customer.number])),
            Column("行业", "customer.get_industry_display"),
            Column("客户经理",
                   lambda row: row.customer.officer.display_name if row.customer.officer else None),
            Column("最近报表", lambda row: _period(row.period_end), Kind.HTML, sort="period_end",
                   exported=lambda row: row.period_end),
            Column("待收报表", lambda row: _awaited(row, day), Kind.HTML, sort="awaited_by",
                   exported=lambda row: row.awaited_by),
            Column("校验", _checks, Kind.HTML, exported=_checks_plain,
                   hint="最近一期报表的合计、钩稽与合理性校验"),
            Column("预警线索", "findings", Kind.COUNT, sort="findings",
                   link=lambda row: reverse("client_statements", args=[row.customer.number])
                   + "#found"),
            Column("现金可支撑(基准)", lambda row: months_badge(row.cash_months_base, short_tenths),
                   Kind.HTML, sort="cash_months_base",
                   exported=lambda row: months_words(row.cash_months_base)),
            Column("现金可支撑(低)", lambda row: months_badge(row.cash_months_low, short_tenths),
                   Kind.HTML, sort="cash_months_low",
                   exported=lambda row: months_words(row.cash_months_low),
                   hint="最近四个季度中最差的一季重演"),
        ),
        order=("-findings", "pk"),
        filters=(
            Filter("state", "情形", [(key, name) for key, (name, _) in groups.items()],
                   narrow=lambda rows, text: rows.filter(groups[text][1])),
            Filter("q", "查找", input_type="search", placeholder="客户名称、客户号",
                   narrow=lambda rows, text: rows.filter(
                       Q(customer__name__contains=text) | Q(customer__number=text))),
            Filter("branch", "机构", branches,
                   narrow=lambda rows, text: rows.filter(customer__branch=text)),
            Filter("industry", "行业", [(i.value, str(i.label)) for i in Industry],
                   narrow=lambda rows, text: rows.filter(customer__industry=text)),
        ),
        empty="还没有企业客户的报表状况。报表从“数据接入”批量导入,或在客户的报表页录入;日终后在这里汇总。",
        counted="户",
    )  # fmt: skip


def months_words(tenths: int | None) -> str:
    """Months of cash in words; unknown is said."""
    if tenths is None:
        return "未知"
    if tenths >= StatementStanding.CASH_LASTS:
        return "12 个月以上"
    return f"{tenths / 10:.1f} 个月"


def months_badge(tenths: int | None, short_tenths: int) -> SafeString:
    """Months of cash with a colour when short."""
    if tenths is None:
        return _NOTHING
    tone = "bad" if tenths < short_tenths else "ok" if tenths >= 120 else "warn"
    return format_html('<span class="badge {}">{}</span>', tone, months_words(tenths))


def _period(day: dt.date | None) -> SafeString | str:
    return _NOTHING if day is None else f"{day:%Y-%m}"


def _awaited(row: StatementStanding, day: dt.date) -> SafeString:
    if row.awaited is None or row.awaited_by is None:
        return _NOTHING
    late = (day - row.awaited_by).days
    if late > 0:
        return format_html('{} <span class="deadline-late">迟 {} 天</span>',
                           f"{row.awaited:%Y-%m}", late)  # fmt: skip
    return format_html('{} <span class="muted">{} 前</span>', f"{row.awaited:%Y-%m}",
                       f"{row.awaited_by:%m-%d}")  # fmt: skip


def _checks(row: StatementStanding) -> SafeString:
    if row.errors is None:
        return _NOTHING
    parts = [("bad", "错误", row.errors), ("warn", "存疑", row.warnings or 0)]
    badges = [
        format_html('<span class="badge {}">{} {}</span> ', tone, word, number)
        for tone, word, number in parts
        if number
    ]
    if not badges:
        return mark_safe('<span class="badge ok">相符</span>')
    return SafeString("".join(badges))


def _checks_plain(row: StatementStanding) -> str | None:
    return None if row.errors is None else f"错误 {row.errors} 存疑 {row.warnings or 0}"


def visible_rows(rows: Rows) -> Any:
    """The rows with what the columns show, in one query."""
    shown = rows.select_related("customer__officer", "customer__branch")
    return shown.annotate(number=F("customer__number")).defer("customer__identity_number")
