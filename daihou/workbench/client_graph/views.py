"""关联图谱: circles of guarantees, a client's surroundings, and what follows if a client fails."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from daihou.client_graph.actions import judge_finding
from daihou.client_graph.choices import FindingState, TieKind
from daihou.client_graph.contagion import spread
from daihou.client_graph.models import Circle, CircleMember
from daihou.client_graph.queries import (
    circle_of,
    circles_on,
    circles_visible_to,
    explained_findings,
    findings_on,
    findings_visible_to,
    signal_name,
)
from daihou.client_graph.surroundings import (
    MOST_DRAWN,
    all_behind,
    around,
    clients_of,
    ties_on,
)
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.queries import parameters_on
from daihou.statements.queries import net_assets_of
from daihou.workbench.client_graph.forms import JudgeForm
from daihou.workbench.client_graph.listing import (
    CIRCLES,
    FINDINGS,
    TIES,
    circle_name,
    tie_rows,
)
from daihou.workbench.client_graph.picture import picture_of
from daihou.workbench.client_graph.rounds import round_lines
from daihou.workbench.desks import GRAPH as DESK
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.figures_text import short_money
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import HANDLERS

_HOPS = (1, 2, 3)


@desk(roles=DESK.roles)
def circles(request: DeskRequest) -> HttpResponseBase:
    """The circles of guarantees on the day, the largest first."""
    rows = circles_on(circles_visible_to(request.officer), request.business_date)
    failing_from = _failing_from(request)
    listing = CIRCLES.open(
        request,
        rows.select_related("hub").defer("hub__identity_number"),
        attach=lambda some: _with_debts(some, request, failing_from),
    )
    if listing.is_export:
        return listing.download()
    findings = findings_on(findings_visible_to(request.officer), request.business_date)
    context = {
        "title": "关联图谱",
        "table": listing,
        "open_findings": findings.filter(state=FindingState.NEW).order_by()[:10_001].count(),
    }
    return page(request, "workbench/client_graph/circles.html", context)


@desk(roles=DESK.roles)
def circle(request: DeskRequest, number: int) -> HttpResponseBase:
    """One circle: its picture, its figures, and the guarantees in it."""
    found: Circle = get_object_or_404(
        circles_visible_to(request.officer).select_related("hub"), pk=number
    )
    day, failing_from = _day_within(found, request.business_date), _failing_from(request)
    members = set(found.members.values_list("customer_id", flat=True))
    # steps are counted from the client who guarantees most, within the circle
    view = around(
        [found.hub_id],
        day=day,
        standing=_last_run(request),
        kinds=[TieKind.GUARANTEE],
        hops=max(found.size, 1),
    )
    listing = TIES.open(request, tie_rows(view))
    if listing.is_export:
        return listing.download()
    everybody = clients_of(dict.fromkeys(members, 0), _last_run(request))
    failing = [one for one in everybody if one.days_past_due >= failing_from]
    title = f"{circle_name(found)} · {found.get_shape_display()}"
    said = f"{len(failing)} 户出险" if failing else "没有成员出险"
    said = f"{found.size} 户担保相连,{said}"
    context = {
        "title": title,
        "circle": found,
        "is_over": day < request.business_date,
        "chart": picture_of(
            view, name="circle", finding=said, failing_from=failing_from
        ),
        "figures": [
            Figure("户数", str(found.size), "户", change=f"担保关系 {found.ties} 条"),
            Figure("在贷余额", fen=sum(one.owed for one in everybody)),
            Figure("出险户数", str(len(failing)), "户", tone="bad" if failing else "good",
                   change=short_money(sum(one.owed for one in failing)) if failing else ""),
            Figure("最长担保链", str(found.chain), "户"),
            Figure("担保最多者", found.hub.name, change=f"担保 {found.hub_clients} 户"),
        ],
        "failing": failing,
        "table": listing,
    }  # fmt: skip
    return page(request, "workbench/client_graph/circle.html", context)


@desk(roles=DESK.roles)
def client_graph(request: DeskRequest, number: str) -> HttpResponseBase:
    """A client's surroundings: kinds of ties and steps as chosen, the picture, the table."""
    found = _customer_or_404(request, number)
    kinds, hops = _chosen_kinds(request), _chosen_hops(request)
    day = request.business_date
    view = around([found.pk], day=day, standing=_last_run(request), kinds=kinds, hops=hops)
    listing = TIES.open(request, tie_rows(view))
    if listing.is_export:
        return listing.download()
    others = len(view.clients) - 1 + view.left_out
    said = f"{found.name}在 {hops} 层内与 {others} 户相关联" if others else "没有关联的客户"
    context = {
        "title": f"{found.name} · 关联图谱",
        "customer": found,
        "chart": picture_of(view, name="graph", finding=said, failing_from=_failing_from(request)),
        "table": listing,
        "kinds": [(kind.value, kind.label, kind in kinds) for kind in TieKind],
        "hops": [(step, step == hops) for step in _HOPS],
        "circle": circle_of(found, day),
        "findings": explained_findings(
            findings_on(findings_visible_to(request.officer).filter(customer=found), day)
        ),
        "most_drawn": MOST_DRAWN,
    }
    return page(request, "workbench/client_graph/client.html", context)


@desk(roles=DESK.roles)
def brief(request: DeskRequest, number: str) -> HttpResponse:
    """A client of the picture in the side panel; of clients elsewhere only name and debt show."""
    found = get_object_or_404(Customer.objects.defer("identity_number"), number=number)
    day = request.business_date
    may_open = customers_visible_to(request.officer).filter(pk=found.pk).exists()
    ties = ties_on(day).filter(kind=TieKind.GUARANTEE)
    if not may_open and not _is_tied_to_visible(request, found):
        raise Http404("不在您的管户范围内")
    context = {
        "title": found.name,
        "customer": found,
        "may_open": may_open,
        "client": clients_of({found.pk: 0}, _last_run(request))[0],
        "gives": ties.filter(source=found).count(),
        "takes": ties.filter(target=found).count(),
        "circle": circle_of(found, day),
    }
    return page(request, "workbench/client_graph/brief.html", context)


@desk(roles=DESK.roles)
def if_fails(request: DeskRequest, number: str) -> HttpResponse:
    """若 A 违约: who is called upon, round by round; unknown stays unknown."""
    found = _customer_or_404(request, number)
    day, worst = request.business_date, request.GET.get("assume") == "worst"
    promises = all_behind(found.pk, day)
    concerned = {found.pk} | {end for one in promises for end in (one.guarantor, one.debtor)}
    clients = {one.pk: one for one in clients_of(dict.fromkeys(concerned, 0), _last_run(request))}
    owed = {pk: one.owed for pk, one in clients.items()}
    result = spread(
        [found.pk], promises=promises, owed=owed, capacity=net_assets_of(concerned, day=day),
        unknown_falls=worst,
    )  # fmt: skip
    view = around(
        [found.pk], day=day, standing=_last_run(request), kinds=[TieKind.GUARANTEE],
        hops=len(result.rounds) + 1,
    )  # fmt: skip
    context = {
        "title": f"若 {found.name} 违约",
        "customer": found,
        "worst": worst,
        "lines": round_lines(result, clients),
        "uncovered": [
            (clients[one.guarantor], clients[one.debtor], one.amount)
            for one in result.uncovered
            if owed.get(one.debtor)
        ],
        "figures": [
            Figure("起始违约余额", fen=owed[found.pk]),
            Figure("波及轮次", str(len(result.rounds)), "轮"),
            Figure("倒下户数", str(len(result.fallen)), "户",
                   tone="bad" if len(result.fallen) > 1 else ""),
            Figure("倒下者余额", fen=result.owed_by_fallen(owed)),
            Figure("能力未知", str(len(result.unknown)), "户",
                   tone="warn" if result.unknown else "", hint="没有财务报表,不能判断能否代偿"),
        ],
        "chart": picture_of(
            view, name="if-fails", failing_from=_failing_from(request), fallen=result.fallen,
            unknown=result.unknown,
            finding=f"{len(result.fallen)} 户倒下,{len(result.unknown)} 户能否代偿未知",
        ),
    }  # fmt: skip
    return page(request, "workbench/client_graph/if_fails.html", context)


@desk(roles=DESK.roles)
def findings(request: DeskRequest) -> HttpResponseBase:
    """What the graph found on the day, the latest first."""
    rows = findings_on(findings_visible_to(request.officer), request.business_date)
    listing = FINDINGS.open(
        request,
        rows.select_related("customer").defer("customer__identity_number"),
        attach=explained_findings,
    )
    if listing.is_export:
        return listing.download()
    context = {"title": "关联发现", "table": listing}
    return page(request, "workbench/client_graph/findings.html", context)


@desk(roles=DESK.roles, writers=HANDLERS)
def finding(request: DeskRequest, number: int) -> HttpResponse:
    """One finding with its reasons, and what a person makes of it."""
    rows = findings_visible_to(request.officer).select_related("customer", "decided_by")
    found = get_object_or_404(rows.filter(since__lte=request.business_date), pk=number)
    form = JudgeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            judge_finding(
                finding=found, state=FindingState(form.cleaned_data["state"]),
                note=form.cleaned_data["note"], by=request.officer,
                business_date=request.latest_day or request.business_date,
            )  # fmt: skip
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        else:
            messages.success(
                request, f"已将“{signal_name(found.signal)}”认定为{found.get_state_display()}"
            )
            return redirect("graph_findings")
    (shown,) = explained_findings([found])
    context = {
        "title": signal_name(found.signal),
        "finding": shown,
        "form": form if _may_judge(request, found.ceased_on is None) else None,
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/client_graph/finding.html", context, status=status)


def _with_debts(some: list[Any], request: DeskRequest, failing_from: int) -> list[Any]:
    """The circles of a page with what their members owe and how many fail: three queries."""
    members = CircleMember.objects.filter(circle__in=[one.pk for one in some])
    pairs = list(members.values_list("circle_id", "customer_id"))
    clients = clients_of({client: 0 for _, client in pairs}, _last_run(request))
    by_id = {one.pk: one for one in clients}
    for one in some:
        mine = [by_id[client] for circle, client in pairs if circle == one.pk and client in by_id]
        one.owed = sum(client.owed for client in mine)
        one.failing = sum(client.days_past_due >= failing_from for client in mine)
    return some


def _is_tied_to_visible(request: DeskRequest, found: Customer) -> bool:
    """Whether the client is tied, or in one circle, with somebody whom the officer may see."""
    visible: QuerySet[Customer] = customers_visible_to(request.officer)
    ties = ties_on(request.business_date)
    if ties.filter(source=found, target__in=visible).exists():
        return True
    if ties.filter(target=found, source__in=visible).exists():
        return True
    here = circle_of(found, request.business_date)
    return here is not None and circles_visible_to(request.officer).filter(pk=here.pk).exists()


def _chosen_kinds(request: DeskRequest) -> list[TieKind]:
    asked = set(request.GET.getlist("kind"))
    return [kind for kind in TieKind if kind.value in asked] or list(TieKind)


def _chosen_hops(request: DeskRequest) -> int:
    text = request.GET.get("hops", "2")
    return int(text) if text in {"1", "2", "3"} else 2


def _failing_from(request: DeskRequest) -> int:
    return parameters_on(request.business_date).whole("graph.failing_days")


def _day_within(circle: Circle, day: dt.date) -> dt.date:
    """The day asked for, or the last on which the circle stood as it is kept."""
    if circle.ceased_on is None:
        return day
    return min(day, circle.ceased_on - dt.timedelta(days=1))


def _last_run(request: DeskRequest) -> dt.date:
    """The day that debts and arrears are of, whatever day is looked at (the page says so)."""
    return request.latest_day or request.business_date


def _may_judge(request: DeskRequest, is_open: bool) -> bool:
    return is_open and request.officer.has_role(*HANDLERS) and not request.shows_past


def _customer_or_404(request: DeskRequest, number: str) -> Customer:
    visible = customers_visible_to(request.officer).defer("identity_number")
    return get_object_or_404(visible, number=number)
