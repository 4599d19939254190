"""The queue of cases, the watch list and the cases behind a figure: columns and filters."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from daihou.early_warning.cases.choices import (
    CLOSED_STATES,
    OPEN_STATES,
    CaseState,
    Outcome,
    WatchReason,
)
from daihou.early_warning.cases.models import CaseSignal, SignalCase, WatchEntry
from daihou.early_warning.cases.results import missed_a_deadline
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.early_warning.shipped_signals import shipped_signals, signal_title
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter, branch_chosen, officers_called
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags.desk import deadline

SIGNALS = [(str(number), signal_title(number)) for number in shipped_signals()]  # to choose from
AGES = ((0, 3), (4, 7), (8, 14), (15, 30), (31, 10_000))
AGE_NAMES = {f"{low}": f"{low}—{high} 天" if high < 1000 else f"{low} 天以上" for low, high in AGES}
_TONES = {
    CaseState.NEW: "bad",
    CaseState.ACKNOWLEDGED: "warn",
    CaseState.HANDLING: "",
    CaseState.VERIFIED: "warn",
    CaseState.PROPOSED: "warn",
    CaseState.RELEASED: "ok",
    CaseState.FALSE_ALARM: "",
}


def state_badge(state: int) -> SafeString:
    """A state as a word with its tone."""
    return format_html(
        '<span class="badge {}">{}</span>', _TONES[CaseState(state)], CaseState(state).label
    )


def attach_signals(cases: list[SignalCase]) -> list[SignalCase]:
    """Give the cases of a page their signals: which, and which of them still show. Two queries."""
    held = list(
        CaseSignal.objects.filter(case__in=cases).values_list("case_id", "rule", "signal_id")
    )
    showing = set(
        Signal.objects.filter(pk__in={row[2] for row in held}, ceased_on=None).values_list(
            "pk", flat=True
        )
    )
    for case in cases:
        rules: dict[int, bool] = {}
        for owner, rule, signal in held:
            if owner == case.pk:
                rules[rule] = rules.get(rule, False) or signal in showing
        case.rules = dict(sorted(rules.items()))  # type: ignore[attr-defined]
    return cases


def _signals(case: SignalCase) -> SafeString:
    rules: dict[int, bool] = case.rules  # type: ignore[attr-defined]
    names = format_html_join(
        "、", '<span class="{}" title="{}">{}</span>',
        (("" if shows else "muted gone-signal", "仍在" if shows else "已消失", signal_title(rule))
         for rule, shows in rules.items()),
    )  # fmt: skip
    return format_html('<span class="case-signals">{}</span>', names)


def _signals_plain(case: SignalCase) -> str:
    rules: dict[int, bool] = case.rules  # type: ignore[attr-defined]
    return "、".join(
        signal_title(rule) + ("" if shows else "(已消失)") for rule, shows in rules.items()
    )


def _state(case: SignalCase) -> SafeString:
    marks = []
    if case.gone_on and case.now_state in OPEN_STATES:  # type: ignore[attr-defined]
        marks.append(("", f"{case.gone_on} 起全部消失", "信号已消失"))
    if case.escalation:
        marks.append(("bad", f"上报至 {case.escalated_to}", "已上报"))
    if case.is_raised:
        marks.append(("warn", "观察期内反复立案", "反复升色"))
    badges = format_html_join(" ", '<span class="badge {}" title="{}">{}</span>', marks)
    return format_html("{} {}", state_badge(case.now_state), badges)  # type: ignore[attr-defined]


def _state_alone(case: SignalCase) -> SafeString:
    return state_badge(case.now_state)  # type: ignore[attr-defined]


def _state_plain(case: SignalCase) -> str:
    return str(CaseState(case.now_state).label)  # type: ignore[attr-defined]


def _by_state(rows: QuerySet, text: str) -> QuerySet:
    if text == "open":
        return rows.filter(now_state__in=OPEN_STATES)
    if text == "closed":
        return rows.filter(now_state__in=CLOSED_STATES)
    return rows.filter(now_state=int(text))


def _by_mark(rows: QuerySet, text: str) -> QuerySet:
    return rows.filter(MARKS[text][1])


def narrowed_by_signal(rows: QuerySet, text: str) -> QuerySet:
    """The cases that hold a signal."""
    return rows.filter(pk__in=CaseSignal.objects.filter(rule=int(text)).values("case"))


MARKS: dict[str, tuple[str, Q]] = {
    "gone": ("信号已消失", Q(gone_on__isnull=False, now_state__in=OPEN_STATES)),
    "escalated": ("已超期上报", Q(escalation__gte=1, now_state__in=OPEN_STATES)),
    "was_escalated": ("曾超期上报", Q(was_escalated=True)),
    "raised": ("因反复升色", Q(is_raised=True)),
    "unowned": ("未指定负责人", Q(owner=None)),
}


def cases_table(day: dt.date, officer: Officer, *, shows_past: bool = False) -> Table:
    """The queue as a person sees it on a day; marks are known of the latest day only."""
    branches = [(str(b.pk), str(b)) for b in branches_visible_to(officer)]
    mark = Filter(
        "mark", "标记", [(key, name) for key, (name, _) in MARKS.items()], narrow=_by_mark
    )
    marks = () if shows_past else (mark,)
    return Table(
        name="warnings",
        title="预警处置",
        is_queue=True,
        columns=(
            Column("颜色", "now_colour", Kind.SIGNAL),
            Column("客户", "customer.name",
                   link=lambda row: reverse("warning_case", args=[row.pk])),
            Column("信号", _signals, Kind.HTML, exported=_signals_plain),
            Column("状态", _state_alone if shows_past else _state, Kind.HTML,
                   exported=_state_plain),
            Column("本步期限", lambda row: deadline(row.now_due, day), Kind.HTML,
                   exported=lambda row: row.now_due, sort="now_due", sorts_short=True),
            Column("本步已", lambda row: _in_state(row, day), is_number=True,
                   exported=lambda row: (day - row.now_since).days, sort="now_since",
                   sorts_short=True, hint="在本状态停留的天数"),
            Column("立案", "opened_on", Kind.DAY, sort="opened_on", sorts_short=True),
            Column("负责人", lambda row: str(row.owner) if row.owner else "未指定"),
            Column("机构", "branch.name"),
            Column("处置单号", "number", on_screen=False),
            Column("签收日", "acknowledged_on", Kind.DAY, on_screen=False),
            Column("方案日", "planned_on", Kind.DAY, on_screen=False),
            Column("核实日", "verified_on", Kind.DAY, on_screen=False),
            Column("结案日", "closed_on", Kind.DAY, on_screen=False),
            Column("结果", "get_outcome_display", on_screen=False),
            Column("处置思路", "plan", Kind.LONG_TEXT, on_screen=False),
            Column("结论", "conclusion", Kind.LONG_TEXT, on_screen=False),
        ),
        order=("-now_colour", "now_due", "pk"),
        filters=(
            # Applied by the view; kept here so that filtering and paging stay within it.
            Filter("scope", "范围", input_type="hidden", narrow=lambda rows, _: rows),
            Filter("state", "状态",
                   [("open", "在办"), ("closed", "已结案"),
                    *((str(s.value), str(s.label)) for s in CaseState)], narrow=_by_state),
            Filter("colour", "颜色", [(str(c.value), f"{c.label}色") for c in Colour],
                   narrow=lambda rows, text: rows.filter(now_colour=int(text))),
            Filter("late", "期限",
                   [("late", "已超期"), ("soon", "三天内到期"), ("missed", "签收或方案曾超时限")],
                   narrow=lambda rows, text: _by_due(rows, text, day)),
            Filter("rule", "信号", SIGNALS,
                   narrow=narrowed_by_signal),
            Filter("branch", "机构", branches,
                   narrow=lambda rows, text: rows.filter(branch__in=branch_chosen(text))),
            Filter("q", "客户", input_type="search", placeholder="客户名称、客户号",
                   narrow=lambda rows, text: rows.filter(
                       Q(customer__name__contains=text) | Q(customer__number=text))),
            *marks,
            Filter("age", "停留", list(AGE_NAMES.items()),
                   narrow=lambda rows, text: _by_age(rows, text, day)),
            Filter("owner", "负责人", placeholder="负责人姓名或工号",
                   narrow=lambda rows, text: rows.filter(
                       owner__in=officers_called(officer, text))),
            Filter("outcome", "结果", list(Outcome.choices)),
            Filter("from", "立案自", input_type="date",
                   narrow=lambda rows, text: rows.filter(opened_on__gte=text)),
            Filter("to", "至", input_type="date",
                   narrow=lambda rows, text: rows.filter(opened_on__lte=text)),
        ),
        counted="单",
        empty="没有预警处置单:日终识别出信号后,会按客户在这里立案。",
    )  # fmt: skip


def _in_state(case: SignalCase, day: dt.date) -> str:
    return f"{(day - case.now_since).days} 天"  # type: ignore[attr-defined]


def _by_due(rows: QuerySet, text: str, day: dt.date) -> QuerySet:
    if text == "missed":
        return rows.filter(missed_a_deadline(day))
    in_hand = rows.filter(now_state__in=OPEN_STATES)
    if text == "late":
        return in_hand.filter(now_due__lt=day)
    return in_hand.filter(now_due__range=(day, day + dt.timedelta(days=3)))


def _by_age(rows: QuerySet, text: str, day: dt.date) -> QuerySet:
    low, high = next(pair for pair in AGES if str(pair[0]) == text)
    since = (day - dt.timedelta(days=min(high, 9000)), day - dt.timedelta(days=low))
    return rows.filter(now_since__range=since, now_state__in=OPEN_STATES)


def _left(entry: WatchEntry) -> str:
    if entry.left_on:
        return f"{entry.left_on} 移出:{entry.left_text}"
    return "可移出" if entry.may_leave_since else "在列"


def _watch_state(entry: WatchEntry) -> SafeString:
    if entry.left_on:
        return format_html('<span class="muted">{}</span>', _left(entry))
    if entry.may_leave_since:
        return format_html(
            '<a class="button" href="{}" data-panel data-panel-title="移出观察名单"'
            ' data-act="handle">可移出,办理</a>', reverse("warning_unwatch", args=[entry.pk]),
        )  # fmt: skip
    return format_html('<span class="badge warn">{}</span>', _left(entry))


WATCH_LIST = Table(
    name="watch_list",
    title="观察名单",
    is_queue=True,
    columns=(
        Column("客户", "customer.name",
               link=lambda row: reverse("customer", args=[row.customer.number])),
        Column("机构", "customer.branch.name"),
        Column("客户经理", lambda row: str(row.customer.officer or "未指定")),
        Column("列入日", "entered_on", Kind.DAY, sort="entered_on", sorts_short=True),
        Column("列入原因", "get_reason_display"),
        Column("说明", "text", Kind.LONG_TEXT),
        Column("列入人", lambda row: str(row.entered_by) if row.entered_by else "系统按规则"),
        Column("处置单", lambda row: row.case and row.case.number,
               link=lambda row: reverse("warning_case", args=[row.case_id])),
        Column("符合移出条件", "may_leave_since", Kind.DAY),
        Column("状态", _watch_state, Kind.HTML, exported=_left),
    ),
    order=("-entered_on", "pk"),
    filters=(
        Filter("state", "状态", [("on", "在列"), ("may", "可移出"), ("left", "已移出")],
               narrow=lambda rows, text: rows.filter(
                   {"on": Q(left_on=None), "may": Q(left_on=None, may_leave_since__isnull=False),
                    "left": Q(left_on__isnull=False)}[text])),
        Filter("reason", "列入原因", [(str(r.value), str(r.label)) for r in WatchReason]),
        Filter("q", "客户", input_type="search", placeholder="客户名称、客户号",
               narrow=lambda rows, text: rows.filter(
                   Q(customer__name__contains=text) | Q(customer__number=text))),
    ),
    counted="户",
    empty="观察名单为空。预警达到列入颜色或短期反复时系统自动列入,也可在处置单中人工列入。",
)  # fmt: skip


def with_people(cases: QuerySet) -> QuerySet:
    """The cases with the names that a list shows."""
    shown = cases.select_related("customer", "branch", "owner", "escalated_to")
    return shown.defer("customer__identity_number")
