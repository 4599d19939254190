"""The editor of a rule, and one version of it: what it changes, what it would do, who decided."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.early_warning.choices import RuleStatus
from daihou.early_warning.client_rules.actions import (
    approve,
    draft,
    propose,
    send_back,
    withdraw,
)
from daihou.early_warning.client_rules.listing import indicator_lines
from daihou.early_warning.client_rules.models import RuleVersion
from daihou.early_warning.client_rules.previewing import Preview, preview_of
from daihou.early_warning.client_rules.queries import (
    as_version,
    is_about_findings,
    rules_on,
    versions_of,
)
from daihou.early_warning.client_rules.rules import FINDING_NAMES, ClientRule
from daihou.early_warning.indicators.catalogue import names
from daihou.early_warning.shipped_signals import shipped_signals, signal_title
from daihou.loan_book.models import Product
from daihou.policy.actions import APPROVERS, PROPOSERS, Refused
from daihou.workbench.desks import SIGNAL_RULES as DESK
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import plain_table
from daihou.workbench.signal_rules.comparing import (
    CLIENTS,
    OFFICERS,
    client_rows,
    officer_chart,
    officer_rows,
    preview_figures,
    sides_of,
)
from daihou.workbench.signal_rules.forms import OpinionForm, RuleForm, start_of

_ONE_DAY = dt.timedelta(days=1)
_TONES = {
    RuleStatus.PROPOSED: "warn",
    RuleStatus.APPROVED: "ok",
    RuleStatus.REJECTED: "bad",
}


@desk(roles=DESK.roles, writers=PROPOSERS)
def edit_rule(request: DeskRequest, number: int) -> HttpResponseBase:
    """Write a version of a rule: begun from one's draft, a version named by `from`, or the rule."""
    signal = shipped_signals().get(number)
    if signal is None or signal.is_of_loans:
        raise Http404
    products = list(Product.objects.order_by("code"))
    form = RuleForm(
        request.POST if request.method == "POST" else None,
        initial=_start(request, number),
        products=products,
    )
    if request.method == "POST" and _may_act(request) and form.is_valid():
        version = _drafted(request, number, form)
        if version is not None:
            messages.success(request, "草稿已保存。请看昨日预览和回测,再提请审批。")
            return redirect(_address(version))
    context = {
        "title": f"调整规则 {signal_title(number)}",
        "number": number,
        "form": form,
        "may_edit": request.officer.has_role(*PROPOSERS) and not request.shows_past,
        "indicators": indicator_lines(request.business_date),
        "findings": FINDING_NAMES.items() if is_about_findings(number) else (),
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/signal_rules/edit.html", context, status=status)


@desk(roles=DESK.roles, writers=PROPOSERS | APPROVERS)
def rule_version(request: DeskRequest, number: int) -> HttpResponseBase:
    """One version: beside the rule in force, over yesterday's book, and the step that is next."""
    version = _version(number)
    form = OpinionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _may_act(request) and form.is_valid():
        if _took(request, version, request.POST.get("step", ""), form):
            return redirect(_address(version))
        version = _version(number)
    now, new = _rule_in_force(request, version), as_version(version)
    steps = _steps(request, version)
    context = {
        "title": str(version),
        "version": version,
        "tone": _TONES.get(RuleStatus(version.status), ""),
        "sides": sides_of(now, new),
        "now": now,
        "steps": steps,
        "trials": version.trials.count(),
        "may_decide": any(step == "approve" for step, *_ in steps),
        "may_edit": _may_edit(request, version),
        "form": form,
        **_previewed(request, version, now, new),
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/signal_rules/version.html", context, status=status)


@desk(roles=DESK.roles)
def rule_clients(request: DeskRequest, number: int) -> HttpResponseBase:
    """The clients on whom the rule in force or the version shows, of those whom one may see."""
    version = _version(number)
    now, new = _rule_in_force(request, version), as_version(version)
    preview = preview_of(now, new, upto=request.business_date)
    rows = client_rows(request.officer, preview, now, new) if preview else []
    listing = CLIENTS.open(request, rows)
    if listing.is_export:
        return listing.download(f"规则预览客户_第{version.pk}号")
    context = {"title": "昨日账面预览客户", "table": listing, "version": version,
               "preview": preview}  # fmt: skip
    return page(request, "workbench/signal_rules/clients.html", context)


def _version(number: int) -> RuleVersion:
    rows = RuleVersion.objects.select_related("proposed_by", "approved_by")
    return get_object_or_404(rows, pk=number)


def _rule_in_force(request: DeskRequest, version: RuleVersion) -> ClientRule:
    """The rule beside which a version stands: the one of the business date."""
    return rules_on(request.business_date)[version.number]


def _previewed(
    request: DeskRequest, version: RuleVersion, now: ClientRule, new: ClientRule
) -> dict[str, Any]:
    preview = preview_of(now, new, upto=request.business_date)
    if preview is None:
        return {"preview": None}
    lines = officer_rows(request, preview)
    return {
        "preview": preview,
        "figures": preview_figures(preview, new, reverse("rule_clients", args=[version.pk])),
        "odd": preview.odd(new) if new.is_on else "",
        "officers": plain_table(OFFICERS, lines),
        "chart": officer_chart(lines),
        "levels": _levels(preview, new),
    }


def _levels(preview: Preview, new: ClientRule) -> list[tuple[int, str, int]]:
    counts = preview.by_level(len(new.levels))
    called = names()
    return [
        (level.colour, new.in_words(place, called), counts[place - 1])
        for place, level in enumerate(new.levels, start=1)
    ]


def _start(request: DeskRequest, number: int) -> dict[str, Any]:
    """What the form begins with."""
    known = versions_of(number)
    text = request.GET.get("from", "")
    version = known.filter(pk=text).first() if text.isdecimal() else None
    if version is None:
        version = known.filter(status=RuleStatus.DRAFT, proposed_by=request.officer).first()
    begins = request.business_date + _ONE_DAY
    if version is None:
        return {**start_of(rules_on(request.business_date)[number]), "effective_from": begins}
    return {
        **start_of(as_version(version)),
        "effective_from": max(version.effective_from, begins),
        "effective_to": version.effective_to,
        "reason": version.reason,
    }


def _may_edit(request: DeskRequest, version: RuleVersion) -> bool:
    """Whether the person may go on from this version; a draft is its author's alone."""
    is_own = version.proposed_by_id == request.officer.pk
    may = request.officer.has_role(*PROPOSERS) and not request.shows_past
    return may and (is_own or version.status != RuleStatus.DRAFT)


def _may_act(request: DeskRequest) -> bool:
    if request.shows_past:
        messages.error(request, "正在看过去的日子,不能办理;请回到最近营业日")
    return not request.shows_past


def _drafted(request: DeskRequest, number: int, form: RuleForm) -> RuleVersion | None:
    try:
        return draft(
            number=number, wanted=form.wanted, by=request.officer,
            business_date=request.business_date,
        )  # fmt: skip
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return None


def _steps(request: DeskRequest, version: RuleVersion) -> list[tuple[str, str, bool]]:
    """The buttons: what the person may do with the version now, and which is the main one."""
    if request.shows_past:
        return []
    officer, is_own = request.officer, version.proposed_by_id == request.officer.pk
    if version.status == RuleStatus.DRAFT and is_own and officer.has_role(*PROPOSERS):
        return [("propose", "提请审批", True), ("withdraw", "放弃草稿", False)]
    if version.status != RuleStatus.PROPOSED:
        return []
    if is_own:
        return [("withdraw", "撤回", False)]
    if officer.has_role(*APPROVERS):
        return [("approve", "批准", True), ("send_back", "退回", False)]
    return []


def _took(request: DeskRequest, version: RuleVersion, step: str, form: OpinionForm) -> bool:
    """Take the step that the button named; a refusal is told and changes nothing."""
    by, day, opinion = request.officer, request.business_date, form.cleaned_data["opinion"]
    try:
        if step == "propose":
            propose(version=version, by=by, business_date=day)
            said = "已提请审批,批准前现行规则不变。"
        elif step == "approve":
            approve(version=version, opinion=opinion, by=by, business_date=day)
            said = f"已批准,自 {version.effective_from} 的日终起按新规则判定。"
        elif step == "send_back":
            send_back(version=version, opinion=opinion, by=by)
            said = "已退回,现行规则不变。"
        elif step == "withdraw":
            withdraw(version=version, by=by)
            said = "已撤回,现行规则不变。"
        else:
            return False
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return False
    messages.success(request, said)
    return True


def _address(version: RuleVersion) -> str:
    return reverse("rule_version", args=[version.pk])
