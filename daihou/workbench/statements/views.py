"""财务报表: who owes statements, and what a client's statements say."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.queries import ParametersOnDay, parameters_on
from daihou.statements.actions import judge_finding
from daihou.statements.checks import Result, failed, results
from daihou.statements.choices import FindingState, Scope, Severity
from daihou.statements.forecast import Forecast, forecast, monthly_flows
from daihou.statements.models import Statement, StatementFinding
from daihou.statements.panel import Panel, panel_of
from daihou.statements.queries import (
    dues_of,
    findings_visible_to,
    open_findings,
    owed_to_us,
    peers_of,
    standings_visible_to,
    statements_of,
)
from daihou.statements.ratios import debt_with_interest
from daihou.statements.warnings import NAMES, WARNING_BY_SIGNAL, in_words
from daihou.workbench.desks import STATEMENTS
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import HANDLERS
from daihou.workbench.statements.forms import JudgeForm
from daihou.workbench.statements.listing import figures, statements_table, visible_rows
from daihou.workbench.statements.pictures import break_words, forecast_chart, trend_charts
from daihou.workbench.statements.sheet_lines import (
    chosen_places,
    period_words,
    ratio_groups,
    sheets,
)


@desk(roles=STATEMENTS.roles)
def statements(request: DeskRequest) -> HttpResponseBase:
    """Clients by where they stand with their statements, as of the last daily run."""
    day = request.business_date
    short = parameters_on(day).whole("statements.cash.short") * 10
    rows = standings_visible_to(request.officer)
    listing = statements_table(request.officer, day, short).open(request, visible_rows(rows))
    if listing.is_export:
        return listing.download()
    context = {"title": "财务报表", "table": listing, "figures": figures(rows, day, short)}
    return page(request, "workbench/statements/statements.html", context)


@desk(roles=STATEMENTS.roles)
def client(request: DeskRequest, number: str) -> HttpResponse:
    """One client: the sheets side by side, trends, ratios, checks, warnings, months of cash."""
    visible = customers_visible_to(request.officer).select_related("branch", "officer")
    found = get_object_or_404(visible.defer("identity_number"), number=number)
    day = request.business_date
    context: dict[str, Any] = {
        "title": f"财务报表 {found.name}",
        "customer": found,
        "may_handle": may_handle(request),
        "rhythm": request.GET.get("rhythm", ""),
    }
    every = statements_of(found, until=day)
    scopes = sorted({one.scope for one in every})
    scope = Scope.CONSOLIDATED if request.GET.get("scope") == "2" else Scope.SINGLE
    if scope not in scopes and scopes:
        scope = Scope(scopes[0])
    chosen = [one for one in every if one.scope == scope]
    context |= {"scope": scope, "scopes": [Scope(one) for one in scopes]}
    if chosen:
        context |= _about(request, found, chosen, parameters_on(day))
    return page(request, "workbench/statements/client.html", context)


@desk(roles=STATEMENTS.roles, writers=HANDLERS)
def finding(request: DeskRequest, number: int) -> HttpResponse:
    """What became of a finding: confirmed, explained or dismissed, with the reason."""
    rows = findings_visible_to(request.officer).select_related("customer", "statement")
    one = get_object_or_404(rows, pk=number)
    form = JudgeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            judge_finding(finding=one, state=FindingState(form.cleaned_data["state"]),
                          note=form.cleaned_data["note"], by=request.officer)  # fmt: skip
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        else:
            messages.success(request, f"“{NAMES[one.signal]}”已登记为{one.get_state_display()}")
            return redirect(reverse("client_statements", args=[one.customer.number]) + "#found")
    context = {"title": f"认定线索 {one.customer.name}", "finding": one, "name": NAMES[one.signal],
               "form": form, "may_handle": may_handle(request)}  # fmt: skip
    status = 422 if form.errors else 200
    return page(request, "workbench/statements/finding.html", context, status=status)


def may_handle(request: DeskRequest) -> bool:
    """Whether the person may enter and judge on the day that is shown."""
    return request.officer.has_role(*HANDLERS) and not request.shows_past


def _about(
    request: DeskRequest, customer: Customer, chosen: list[Statement], parameters: ParametersOnDay
) -> dict[str, Any]:
    panel, day = panel_of(chosen), request.business_date
    checked = results(panel)
    places = chosen_places(chosen, request.GET.get("rhythm", ""))
    last = len(chosen) - 1
    wrong = failed(checked[last])
    ahead = _forecast(customer, panel, request)
    peers = peers_of(customer.industry, at_least=parameters.whole("statements.peers"))
    return {
        "latest": chosen[last],
        "latest_words": period_words(chosen[last].period_end),
        "periods": [(period_words(chosen[p].period_end), chosen[p]) for p in places],
        "sheets": sheets(panel, places, checked),
        "ratios": list(ratio_groups(panel, peers)),
        "has_peers": bool(peers),
        "wrong": wrong,
        "checks_words": _checks_words(wrong),
        "holding": [one for one in checked[last] if one.holds],
        "unknown": [one for one in checked[last] if one.holds is None and _matters(one.check.code)],
        "earlier_wrong": [
            (period_words(chosen[p].period_end), failed(checked[p]))
            for p in range(last - 1, -1, -1)
            if failed(checked[p])
        ],
        "findings": _findings(customer, panel, chosen, request, parameters),
        "trends": trend_charts(panel, chosen),
        "forecast": forecast_chart(ahead, day) if ahead else None,
        "forecast_words": break_words(ahead) if ahead else "",
        "versions": Statement.objects.filter(
            customer=customer, received_on__lte=day
        ).select_related("entered_by").order_by("-period_end", "-version"),
    }  # fmt: skip


def _checks_words(wrong: list[Result]) -> str:
    """How many checks failed, by gravity."""
    counts = [(s.label, sum(one.severity is s for one in wrong)) for s in reversed(Severity)]
    said = "、".join(f"{label} {number} 项" for label, number in counts if number)
    return f"校验{said}" if said else "校验相符"


def _matters(code: str) -> bool:
    """Unknown signs of lines that nobody printed are not worth a word."""
    return not code.startswith("sign.")


def _forecast(customer: Customer, panel: Panel, request: DeskRequest) -> Forecast | None:
    last = len(panel) - 1
    base, low = monthly_flows(panel)
    borrowed = debt_with_interest(panel).at(last)
    elsewhere = None if borrowed is None else max(borrowed - owed_to_us(customer), 0)
    return forecast(
        cash=panel["cash"].at(last),
        base=base.at(last),
        low=low.at(last),
        dues=dues_of(customer, request.business_date),
        debt_elsewhere=elsewhere,
    )


def _findings(
    customer: Customer,
    panel: Panel,
    chosen: list[Statement],
    request: DeskRequest,
    parameters: ParametersOnDay,
) -> list[tuple[StatementFinding, str, str]]:
    """Open findings with their words, worked out again from the statement they rest on."""
    place_of = {one.pk: place for place, one in enumerate(chosen)}
    found = []
    for one in open_findings(customer, on=request.business_date):
        warning = WARNING_BY_SIGNAL.get(one.signal)
        place = place_of.get(one.statement_id or 0)
        words = "报表迟报,或审计意见不是标准无保留意见"
        if warning is not None:
            words = "" if place is None else in_words(warning, panel, place, parameters)
        found.append((one, NAMES[one.signal], words or "所据报表已有更正版本,待日终重新判断"))
    return found
