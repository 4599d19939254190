"""The register of collateral as a list: columns, filters, and the cards above it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from daihou.collateral.choices import INSURED, REGISTERED, CollateralKind
from daihou.collateral.models import Collateral
from daihou.collateral.queries import standings_of
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to
from daihou.storage.history import holding_on
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.filters import Filter, branch_chosen
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags.desk import NOTHING
from daihou.workbench.templatetags.desk import rate as rate_cell

Rows = QuerySet[Collateral]


def states(day: dt.date, ahead: int) -> Mapping[str, tuple[str, str, str, Q]]:
    """The groups that the list can be narrowed to: name, tone, what it means, condition."""
    soon = day + dt.timedelta(days=ahead)
    now = holding_on(day, "standings__")
    return {
        "due": ("应重估", "warn", "已到或已过重估日", now & Q(standings__due_on__lte=day)),
        "over": (
            "抵押率超核定", "bad", "含先顺位债权的抵押率高于核定",
            now & Q(standings__ltv__gt=F("standings__approved_ltv")),
        ),
        "expiring": (
            "登记或保险到期", "warn", f"已到期或 {ahead} 天内到期",
            Q(registered_until__lte=soon) | Q(insured_until__lte=soon),
        ),
        "unregistered": (
            "未办登记", "bad", "应登记的种类而没有登记证明号",
            Q(registration="", kind__in=sorted(REGISTERED)),
        ),
        "unvalued": ("没有估值", "warn", "可用价值与抵押率未知", now & Q(standings__value=None)),
    }  # fmt: skip


def figures(rows: Rows, day: dt.date, ahead: int) -> list[Figure]:
    """The cards above the list, each with the list behind it; one query."""
    groups = states(day, ahead)
    counts = rows.aggregate(
        all=Count("pk", distinct=True),
        **{key: Count("pk", filter=one[3], distinct=True) for key, one in groups.items()},
    )
    cards = [Figure("在押押品", f"{counts['all']:,}", "件", link=reverse("collateral_register"))]
    for key, (name, tone, hint, _) in groups.items():
        number = counts[key]
        cards.append(Figure(name, f"{number:,}", "件", link=f"?state={key}", change=hint,
                            tone=tone if number else "good"))  # fmt: skip
    return cards


def register_table(officer: Officer, day: dt.date, ahead: int) -> Table:
    """The list as this officer may narrow it on this day."""
    groups = states(day, ahead)
    branches = [(str(one.pk), one.name) for one in branches_visible_to(officer)]
    return Table(
        name="collateral",
        title="押品",
        columns=(
            Column("押品编号", "number", on_screen=False),
            Column("押品", "name", link=lambda row: reverse("collateral", args=[row.number])),
            Column("种类", "get_kind_display"),
            Column("客户", "customer.name",
                   link=lambda row: reverse("customer", args=[row.customer.number])),
            Column("估值", _of("value"), Kind.MONEY),
            Column("可用价值", _of("usable"), Kind.MONEY, hint="扣除折扣与先顺位权利之后"),
            Column("所担保余额", _of("owed"), Kind.MONEY, hint="多件押品担保同一合同的,按价值分摊"),
            Column("抵押率", ltv_cell, Kind.HTML, is_number=True, exported=_exported("ltv"),
                   hint="现在 / 核定;含先顺位金额"),
            Column("核定抵押率", _of("approved_ltv"), Kind.RATE, on_screen=False),
            Column("应重估日", lambda row: until(_of("due_on")(row), day, 0), Kind.HTML,
                   exported=_of("due_on")),
            Column("保险到期", lambda row: _insured(row, day, ahead), Kind.HTML,
                   sort="insured_until", exported=lambda row: row.insured_until),
            Column("登记", lambda row: _registered(row, day, ahead), Kind.HTML,
                   exported=lambda row: row.registration or None),
            Column("权属人", "owner", on_screen=False),
            Column("所在地区", "region", on_screen=False),
            Column("折扣率", _of("haircut"), Kind.RATE, on_screen=False),
            Column("先顺位金额", _of("prior"), Kind.MONEY, on_screen=False),
            Column("覆盖金额", _of("covered"), Kind.MONEY, on_screen=False),
            Column("登记到期", "registered_until", Kind.DAY, on_screen=False),
        ),
        order=("-pk",),
        filters=(
            Filter("state", "情形", [(key, one[0]) for key, one in groups.items()],
                   narrow=lambda rows, text: rows.filter(groups[text][3])),
            Filter("q", "查找", input_type="search", placeholder="押品、客户名称或编号",
                   narrow=_searched),
            Filter("kind", "种类", [(str(k.value), str(k.label)) for k in CollateralKind]),
            Filter("branch", "机构", branches,
                   narrow=lambda rows, text: rows.filter(customer__branch__in=branch_chosen(text))),
        ),
        empty="还没有押品。押品从“数据接入”批量导入,或在客户全景的“担保与关系”中登记;日终后在这里看到抵押率。",
        counted="件",
    )  # fmt: skip


def with_standings(day: dt.date) -> Callable[[list[Any]], list[Any]]:
    """Put beside the rows of a page where they stood on a day; one query."""

    def attach(rows: list[Any]) -> list[Any]:
        found = standings_of(rows, day)
        for row in rows:
            row.standing = found.get(row.pk)
        return rows

    return attach


def ltv_cell(row: Any) -> SafeString | str:
    """Loan-to-value, with a word where it lies above what was approved."""
    one = row.standing
    if one is None or one.ltv is None:
        return NOTHING
    is_over = one.approved_ltv is not None and one.ltv > one.approved_ltv
    return format_html(
        '{}{} <span class="muted">/ {}</span>',
        mark_safe('<span class="badge bad">超核定</span> ') if is_over else "",
        rate_cell(one.ltv),
        rate_cell(one.approved_ltv),
    )


def until(end: dt.date | None, day: dt.date, ahead: int) -> SafeString | str:
    """A day until which something holds, and how late it is or how soon."""
    if end is None:
        return NOTHING
    left = (end - day).days
    if left <= 0 and not (left == 0 and ahead):
        word = "今日" if left == 0 else f"超期 {-left} 天"
        return format_html('{} <span class="deadline-late">{}</span>', end.isoformat(), word)
    if left <= ahead:
        return format_html(
            '{} <span class="deadline-soon">还剩 {} 天</span>', end.isoformat(), left
        )
    return end.isoformat()


def _insured(row: Collateral, day: dt.date, ahead: int) -> SafeString | str:
    if row.insured_until is None and row.kind in INSURED:
        return format_html('<span class="badge warn">{}</span>', "未登记保险")
    return until(row.insured_until, day, ahead)


def _registered(row: Collateral, day: dt.date, ahead: int) -> SafeString | str:
    if not row.registration and row.kind in REGISTERED:
        return format_html('<span class="badge bad">{}</span>', "未办")
    if row.registered_until is not None:
        return until(row.registered_until, day, ahead)
    return "已登记" if row.registration else NOTHING


def _of(name: str) -> Callable[[Any], Any]:
    return lambda row: None if row.standing is None else getattr(row.standing, name)


def _exported(name: str) -> Callable[[Any], Any]:
    """A rate as Excel wants it, as other rate columns are exported."""

    def read(row: Any) -> float | None:
        value = _of(name)(row)
        return None if value is None else value / 100_000_000

    return read


def _searched(rows: Rows, text: str) -> Rows:
    named = Q(name__contains=text) | Q(customer__name__contains=text)
    return rows.filter(named | Q(number=text) | Q(customer__number=text))
