"""预警成效: how fast and how well cases were handled, laid out as asked; every figure opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.early_warning.cases.choices import CaseState, Outcome
from daihou.early_warning.cases.queries import cases_visible_to
from daihou.early_warning.cases.results import CaseFigures, figures_by, figures_of
from daihou.early_warning.choices import Colour
from daihou.early_warning.shipped_signals import signal_title
from daihou.staff.models import Branch, Officer
from daihou.staff.queries import branches_visible_to
from daihou.workbench.desks import WARNINGS as DESK
from daihou.workbench.pieces.charts import LINE, QUIET, SECOND_LINE, Chart
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.figures_text import share
from daihou.workbench.pieces.filters import Filter, apply_filters, branch_chosen
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags.desk import NOTHING
from daihou.workbench.warnings.listing import SIGNALS, narrowed_by_signal

GROUPINGS = {
    "month": "立案月份", "colour": "颜色", "rule": "信号", "branch": "机构", "owner": "负责人",
}  # fmt: skip
MONTHS = 12  # shown unless another period is asked for
_ONE_DAY = dt.timedelta(days=1)
Asked = Mapping[str, str]
Row = dict[str, Any]


@desk(roles=DESK.roles)
def results(request: DeskRequest) -> HttpResponseBase:
    """Figures of the cases opened in a period, by month, colour, signal, branch or owner."""
    day = request.business_date
    by = request.GET.get("by", "")
    grouping = by if by in GROUPINGS else "month"
    filters, asked = _filters(request), _asked(request)
    visible = cases_visible_to(request.officer).filter(opened_on__lte=day)
    cases, _, _ = apply_filters(visible, filters, lambda name: asked.get(name, ""))
    by_month = figures_by(cases, "month", day)
    found = by_month if grouping == "month" else figures_by(cases, grouping, day)
    listing = _table(grouping, filters).open(request, _rows(found, grouping, asked))
    if listing.is_export:
        return listing.download(f"预警成效_按{GROUPINGS[grouping]}")
    context = {
        "title": "预警成效",
        "table": listing,
        "figures": _cards(figures_of(cases, day), asked),
        "chart": _chart(by_month, asked),
        "period": (asked["from"], asked["to"]),
        "groupings": [
            (f"?{urlencode({**asked, 'by': key})}", name, key == grouping)
            for key, name in GROUPINGS.items()
        ],
    }
    return page(request, "workbench/warnings/results.html", context)


def _asked(request: DeskRequest) -> dict[str, str]:
    """What the cases are narrowed by; the last twelve months unless another period is asked for."""
    day = request.business_date
    months = day.year * 12 + day.month - MONTHS
    start = dt.date(months // 12, months % 12 + 1, 1)
    asked = {"from": start.isoformat(), "to": day.isoformat()}
    given = {name: request.GET.get(name, "").strip() for name in (*asked, *_NARROWED_BY)}
    return asked | {name: text for name, text in given.items() if text}


_NARROWED_BY = ("colour", "rule", "branch")


def _filters(request: DeskRequest) -> tuple[Filter, ...]:
    branches = [(str(b.pk), str(b)) for b in branches_visible_to(request.officer)]
    return (
        Filter("from", "立案自", input_type="date",
               narrow=lambda rows, text: rows.filter(opened_on__gte=text)),
        Filter("to", "至", input_type="date",
               narrow=lambda rows, text: rows.filter(opened_on__lte=text)),
        Filter("colour", "颜色", [(str(c.value), f"{c.label}色") for c in Colour]),
        Filter("rule", "信号", SIGNALS,
               narrow=narrowed_by_signal),
        Filter("branch", "机构", branches,
               narrow=lambda rows, text: rows.filter(branch__in=branch_chosen(text))),
    )  # fmt: skip


def _table(grouping: str, filters: tuple[Filter, ...]) -> Table:
    """One line for each month, colour, signal, branch or person; the figures are of the cases."""
    applied = [replace(one, narrow=lambda rows, _: rows) for one in filters]
    return Table(
        name="warning_results",
        title="预警成效",
        columns=(
            Column(GROUPINGS[grouping], "name"),
            _opening("立案", "cases", {}),
            _opening("在办", "in_hand", {"state": "open"}),
            _opening("已结案", "closed", {"state": "closed"}),
            _opening("超时限", "missed", {"late": "missed"}, hint="签收或定方案超过时限"),
            Column("按期率", "on_time_rate", Kind.SHARE, hint="未超时限的 ÷ 已到或已办签收的"),
            _opening("风险消除", "cured", {"outcome": Outcome.CURED.value}),
            Column("治愈率", "cure_rate", Kind.SHARE, hint="风险消除 ÷ 已结案(不含误报)"),
            _opening("误报", "false_alarms", {"state": str(CaseState.FALSE_ALARM.value)}),
            Column("误报率", "false_alarm_rate", Kind.SHARE, hint="误报 ÷ 已结案"),
            _average("签收(天)", "days_to_acknowledge"),
            _average("定方案(天)", "days_to_plan"),
            _average("结案(天)", "days_to_close"),
        ),
        order=(),
        filters=(Filter("by", "分组", input_type="hidden", narrow=applied[0].narrow), *applied),
        counted="行",
        empty="这一期间没有立案的预警处置单",
        page_size=200,
    )


def _opening(heading: str, name: str, asked: Asked, hint: str = "") -> Column:
    """A count that opens its cases."""

    def cell(row: Row) -> SafeString:
        address = _queue({**row["asked"], **asked})
        return format_html('<a href="{}">{}</a>', address, f"{row[name]:,}")

    return Column(
        heading, cell, Kind.HTML, hint=hint, is_number=True, exported=lambda row: row[name]
    )


def _average(heading: str, name: str) -> Column:
    def cell(row: Row) -> SafeString | str:
        return NOTHING if row[name] is None else f"{row[name]:.1f}"

    return Column(
        heading, cell, Kind.HTML, is_number=True, hint="自立案起的平均日历天数",
        exported=lambda row: None if row[name] is None else round(row[name], 1),
    )  # fmt: skip


def _rows(found: list[CaseFigures], grouping: str, asked: Asked) -> list[Row]:
    """The figures as rows, each with its name and what finds its cases in the queue."""
    named = _NAMES[grouping]({one.key for one in found if one.key is not None})
    rates = ("in_hand", "on_time_rate", "cure_rate", "false_alarm_rate")
    rows = [
        {
            **vars(one),
            **{rate: getattr(one, rate) for rate in rates},
            "name": named.get(one.key, "未指定"),
            "asked": {**asked, **_group_asked(grouping, one.key, asked, named)},
        }
        for one in found
    ]
    return list(reversed(rows)) if grouping in ("month", "colour") else rows


def _group_asked(grouping: str, key: Any, asked: Asked, named: Mapping[Any, str]) -> Asked:
    """What narrows the queue to one line of the table."""
    if grouping == "month":
        end = (key + 31 * _ONE_DAY).replace(day=1) - _ONE_DAY
        return {"from": max(str(key), asked["from"]), "to": min(str(end), asked["to"])}
    if grouping == "owner":
        return {"mark": "unowned"} if key is None else {"owner": named[key].split(" ")[-1]}
    return {grouping: str(key)}


def _month_names(keys: set[Any]) -> dict[Any, str]:
    return {key: f"{key:%Y-%m}" for key in keys}


def _colour_names(keys: set[Any]) -> dict[Any, str]:
    return {key: f"{Colour(key).label}色" for key in keys}


def _signal_names(keys: set[Any]) -> dict[Any, str]:
    return {key: signal_title(key) for key in keys}


def _branch_names(keys: set[Any]) -> dict[Any, str]:
    return dict(Branch.objects.filter(pk__in=keys).values_list("pk", "name"))


def _owner_names(keys: set[Any]) -> dict[Any, str]:
    people = Officer.objects.filter(pk__in=keys).values_list("pk", "display_name", "username")
    return {pk: f"{name} {number}" for pk, name, number in people}


_NAMES: Mapping[str, Callable[[set[Any]], dict[Any, str]]] = {
    "month": _month_names,
    "colour": _colour_names,
    "rule": _signal_names,
    "branch": _branch_names,
    "owner": _owner_names,
}


def _queue(asked: Asked) -> str:
    return f"{reverse('warnings')}?{urlencode({'scope': 'all', **asked})}"


def _rate(name: str, value: float | None, how: str, address: str, hint: str) -> Figure:
    text = "—" if value is None else share(value)
    return Figure(name, text, change=how, link=address, hint=hint)


def _cards(found: CaseFigures, asked: Asked) -> list[Figure]:
    """The period in six cards."""

    def link(**more: str) -> str:
        return _queue({**asked, **more})

    def days(value: float | None) -> str:
        return "—" if value is None else f"{value:.1f}"

    return [
        Figure("立案", f"{found.cases:,}", "单", link=link(), change=f"在办 {found.in_hand:,} 单"),
        _rate("按期率", found.on_time_rate, f"超时限 {found.missed:,} 单", link(late="missed"),
              "签收、定方案都未超时限的处置单 ÷ 已到或已办签收的处置单"),
        _rate("治愈率", found.cure_rate, f"风险消除 {found.cured:,} 单",
              link(outcome=Outcome.CURED.value), "因风险消除而解除 ÷ 已结案(不含误报)"),
        _rate("误报率", found.false_alarm_rate, f"误报 {found.false_alarms:,} 单",
              link(state=str(CaseState.FALSE_ALARM.value)), "认定误报 ÷ 已结案"),
        Figure("平均签收", days(found.days_to_acknowledge), "天",
               change=f"定方案 {days(found.days_to_plan)} 天", hint="自立案起的日历天数"),
        Figure("平均结案", days(found.days_to_close), "天", link=link(state="closed"),
               change=f"已结案 {found.closed:,} 单", hint="自立案起的日历天数"),
    ]  # fmt: skip


def _chart(found: list[CaseFigures], asked: Asked) -> Chart | None:
    """The cases of each month by how they ended; None when there is no month to compare."""
    if len(found) < 2:
        return None
    rows = _rows(found, "month", asked)[::-1]
    names = [row["name"] for row in rows]
    parts: tuple[tuple[str, str, Callable[[Row], int], Asked], ...] = (
        ("已解除", LINE, lambda row: row["closed"] - row["false_alarms"],
         {"state": str(CaseState.RELEASED.value)}),
        ("误报", SECOND_LINE, lambda row: row["false_alarms"],
         {"state": str(CaseState.FALSE_ALARM.value)}),
        ("在办", QUIET, lambda row: row["in_hand"], {"state": "open"}),
    )  # fmt: skip
    data = [
        {
            "type": "bar", "name": name, "x": names, "y": [count(row) for row in rows],
            "marker": {"color": colour},
            "customdata": [_queue({**row["asked"], **more}) for row in rows],
            "hovertemplate": f"%{{x}} {name} %{{y:,}} 单<extra></extra>",
        }
        for name, colour, count, more in parts
    ]  # fmt: skip
    busiest = max(rows, key=lambda row: row["cases"])
    return Chart(
        name="warning-results",
        finding=f"{busiest['name']} 立案最多,{busiest['cases']:,} 单",
        data=data,
        layout={
            "barmode": "stack", "bargap": 0.35, "xaxis": {"type": "category"},
            "yaxis": {"title": {"text": "单"}, "rangemode": "tozero"},
            "showlegend": True, "legend": {"orientation": "h", "y": 1.15},
        },
        note="按立案月份;点柱子看清单",
        headings=("立案月份", *(name for name, *_ in parts)),
        rows=[(row["name"], *(f"{count(row):,}" for _, _, count, _ in parts)) for row in rows],
        is_low=True,
    )  # fmt: skip
