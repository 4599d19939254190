"""预警: the queue of cases, the board, the light ones to release together, the watch list."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from daihou.daily_run.queries import still_to_do_on
from daihou.daily_run.work_budget import held_back
from daihou.early_warning.cases.actions import LEADERS, release_gone
from daihou.early_warning.cases.choices import CLOSED_STATES, OPEN_STATES, CaseState
from daihou.early_warning.cases.limits import case_limits_on
from daihou.early_warning.cases.queries import (
    cases_as_of,
    cases_visible_to,
    escalated_to,
    waiting_for,
    watched_visible_to,
)
from daihou.early_warning.cases.watching import unwatch
from daihou.early_warning.shipped_signals import signal_title
from daihou.loan_book.actions import NotAcceptable
from daihou.policy.queries import parameter
from daihou.staff.queries import sees_branch_tree
from daihou.workbench.desks import WARNINGS as DESK
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import HANDLERS
from daihou.workbench.today.worklist import Part, may_see_team, work_in_scope
from daihou.workbench.warnings.board import age_chart, board_of
from daihou.workbench.warnings.forms import ReasonForm
from daihou.workbench.warnings.listing import (
    WATCH_LIST,
    attach_signals,
    cases_table,
    with_people,
)

SCOPES = {"turn": "轮到我办", "mine": "我负责的", "escalated": "上报给我", "all": "全部可见"}


@desk(roles=DESK.roles)
def queue(request: DeskRequest) -> HttpResponseBase:
    """The cases that the person sees, the gravest first; the figures over them open their rows."""
    scope = _scope(request)
    visible = cases_visible_to(request.officer)
    rows = _as_of(request, visible.filter(_scope_of(request, scope)))
    listing = cases_table(
        request.business_date, request.officer, shows_past=request.shows_past
    ).open(request, with_people(_unless_asked(request, rows)), attach=attach_signals)
    if listing.is_export:
        return listing.download()
    context = {
        "title": "预警处置",
        "table": listing,
        "figures": _figures(request, rows, scope),
        "scopes": [(key, name, key == scope) for key, name in SCOPES.items()],
        "light": _gone_cases(request).count() if _may_handle(request) else 0,
        "held": None if request.shows_past else _held_back(request),
    }
    return page(request, "workbench/warnings/queue.html", context)


def _held_back(request: DeskRequest) -> dict[str, Any]:
    """The clients whose work waits behind the day's budget of each officer, and where they are."""
    team, budget = may_see_team(request.officer), parameter("worklist.budget", on=_today(request))
    assert isinstance(budget.value, int)
    waiting = work_in_scope(request.officer, team=team).filter(still_to_do_on(_today(request)))
    return {
        "clients": held_back(waiting, budget.value).count(),
        "budget": budget.value,
        "address": f"/?scope={'team' if team else 'mine'}&part={Part.HELD_BACK.value}",
    }


@desk(roles=DESK.roles)
def board(request: DeskRequest) -> HttpResponse:
    """Colour by state: how many, the most pressing of each, and how long they have stayed."""
    scope = _scope(request)
    visible = cases_visible_to(request.officer)
    rows = _as_of(request, visible.filter(_scope_of(request, scope)))
    in_hand = rows.filter(now_state__in=OPEN_STATES)
    context = {
        "title": "预警看板",
        "columns": [state for state in CaseState if state not in CLOSED_STATES],
        "lines": board_of(with_people(in_hand), request.business_date, scope),
        "chart": age_chart(in_hand, request.business_date, scope),
        "scopes": [(key, name, key == scope) for key, name in SCOPES.items()],
    }
    return page(request, "workbench/warnings/board.html", context)


@desk(roles=DESK.roles, writers=HANDLERS)
def gone(request: DeskRequest) -> HttpResponse:
    """Light cases whose signals are gone: what would be released, then the release."""
    cases = attach_signals(list(_gone_cases(request)[:500]))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen = {int(pk) for pk in request.POST.getlist("case") if pk.isdecimal()}
        released = release_gone(
            cases=[case for case in cases if case.pk in chosen],
            reason=form.cleaned_data["reason"],
            by=request.officer,
            business_date=_today(request),
        )
        messages.success(request, f"已解除 {released} 单,理由已记入每张处置单")
        return redirect("warnings")
    context = {
        "title": "信号已消失,批量解除",
        "cases": [(case, [signal_title(rule) for rule in case.rules]) for case in cases],  # type: ignore[attr-defined]
        "form": form,
        "limit": case_limits_on(request.business_date).simple_release_upto,
        "may_handle": _may_handle(request),
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/warnings/gone.html", context, status=status)


@desk(roles=DESK.roles)
def watch_list(request: DeskRequest) -> HttpResponseBase:
    """The clients on the watch list, why they are there, and who may leave."""
    rows = watched_visible_to(request.officer).filter(entered_on__lte=request.business_date)
    shown = rows.select_related("customer__branch", "customer__officer", "entered_by", "case")
    counts = rows.aggregate(
        on=Count("pk", filter=Q(left_on=None)),
        may=Count("pk", filter=Q(left_on=None, may_leave_since__isnull=False)),
        left=Count("pk", filter=Q(left_on__isnull=False)),
    )
    listing = WATCH_LIST.open(request, shown.defer("customer__identity_number"))
    if listing.is_export:
        return listing.download()
    quiet = case_limits_on(request.business_date).watch_quiet
    context = {
        "title": "观察名单",
        "table": listing,
        "quiet": quiet,
        "figures": [
            Figure("在列", f"{counts['on']:,}", "户", link="?state=on"),
            Figure("可移出", f"{counts['may']:,}", "户", link="?state=may",
                   change=f"已平稳满 {quiet} 天"),
            Figure("已移出", f"{counts['left']:,}", "户", link="?state=left"),
        ],
    }  # fmt: skip
    return page(request, "workbench/warnings/watch.html", context)


@desk(roles=DESK.roles, writers=LEADERS)
def leave_watch(request: DeskRequest, number: int) -> HttpResponse:
    """Take a client off the watch list."""
    visible = watched_visible_to(request.officer).select_related("customer", "case")
    entry = get_object_or_404(visible, pk=number)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            unwatch(entry=entry, text=form.cleaned_data["reason"], by=request.officer,
                    business_date=_today(request))  # fmt: skip
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        else:
            messages.success(request, f"{entry.customer.name} 已移出观察名单")
            return redirect("warning_watch")
    may_lead_now = request.officer.has_role(*LEADERS) and not request.shows_past
    context = {
        "title": f"移出观察名单 · {entry.customer.name}",
        "entry": entry,
        "form": form if may_lead_now and entry.left_on is None else None,
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/warnings/leave.html", context, status=status)


def _gone_cases(request: DeskRequest) -> QuerySet:
    """The light cases whose signals are gone, and that the person leads."""
    limits = case_limits_on(request.business_date)
    rows = cases_visible_to(request.officer).filter(
        gone_on__isnull=False,
        colour__lte=limits.simple_release_upto,
        state__in=[state for state in OPEN_STATES if state != CaseState.PROPOSED],
    )
    if not request.officer.has_role(*LEADERS):
        rows = rows.filter(Q(owner=request.officer) | Q(owner=None))
    return with_people(rows).order_by("gone_on", "pk")


def _scope(request: DeskRequest) -> str:
    asked = request.GET.get("scope", "")
    default = "all" if sees_branch_tree(request.officer) else "mine"
    return asked if asked in SCOPES else default


def _scope_of(request: DeskRequest, scope: str) -> Q:
    if scope == "turn":
        return waiting_for(request.officer)
    if scope == "mine":
        return Q(owner=request.officer)
    return escalated_to(request.officer) if scope == "escalated" else Q()


def _as_of(request: DeskRequest, rows: QuerySet) -> QuerySet:
    return cases_as_of(rows, request.business_date, is_latest=not request.shows_past)


def _unless_asked(request: DeskRequest, rows: QuerySet) -> QuerySet:
    """Cases in hand, unless the filters ask about closed ones or a span of time."""
    asked = {"state", "outcome", "from", "to", "mark", "q"} & set(request.GET)
    return rows if asked else rows.filter(now_state__in=OPEN_STATES)


def _today(request: DeskRequest) -> dt.date:
    return request.latest_day or request.business_date


def _may_handle(request: DeskRequest) -> bool:
    return request.officer.has_role(*HANDLERS) and not request.shows_past


def _figures(request: DeskRequest, rows: QuerySet, scope: str) -> list[Figure]:
    """The cards over the queue, in one query."""
    day = request.business_date
    open_ = Q(now_state__in=OPEN_STATES)
    counts = rows.order_by().aggregate(
        late=Count("pk", filter=open_ & Q(now_due__lt=day)),
        gone=Count("pk", filter=open_ & Q(gone_on__isnull=False)),
        escalated=Count("pk", filter=open_ & Q(escalation__gte=1)),
        **{state.name: Count("pk", filter=Q(now_state=state)) for state in OPEN_STATES},
    )

    def link(**asked: object) -> str:
        return "?" + urlencode({"scope": scope, **asked})

    states = [
        Figure(str(state.label), f"{counts[state.name]:,}", "单", link=link(state=state.value))
        for state in OPEN_STATES
    ]
    late, up = counts["late"], counts["escalated"]
    states.append(
        Figure("已超期", f"{late:,}", "单", link=link(late="late"), tone="bad" if late else "")
    )
    if request.shows_past:
        return states
    return [
        *states,
        Figure("已上报", f"{up:,}", "单", link=link(mark="escalated"), tone="bad" if up else ""),
        Figure("信号已消失", f"{counts['gone']:,}", "单", link=link(mark="gone")),
    ]
