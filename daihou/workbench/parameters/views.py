"""参数: every value that regulation or the business may change, its clause, its history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.policy.actions import APPROVERS, PROPOSERS, Refused, approve, propose, reject
from daihou.policy.catalogue import CATALOGUE
from daihou.policy.choices import Evidence
from daihou.policy.entries import GROUPS, Parameter
from daihou.policy.models import ParameterVersion
from daihou.policy.queries import (
    SHIPPED_VERSION,
    ParameterValue,
    frozen,
    parameter,
    parameters_on,
    versions_of,
    waiting_versions,
)
from daihou.policy.values import as_text, typed
from daihou.workbench.desks import PARAMETERS
from daihou.workbench.parameters import deciding
from daihou.workbench.parameters.forms import ProposalForm
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table, plain_table

LIST = Table(
    name="parameters",
    title="参数",
    columns=(
        Column("类别", "group"),
        Column("参数", "name", Kind.LONG_TEXT, link=lambda row: _address(row["code"])),
        Column("取值", "value"),
        Column("依据", "clause", Kind.LONG_TEXT),
        Column("可靠程度", "evidence"),
        Column("生效日", "effective_from", Kind.DAY),
        Column("版本", "version"),
        Column("代码", "code", on_screen=False),
    ),
    order=("code",),
    filters=(
        Filter("group", "类别", options=tuple((name, name) for name in GROUPS.values())),
        Filter("evidence", "可靠程度", options=tuple((str(e.label),) * 2 for e in Evidence)),
        Filter("changed", "版本", options=(("yes", "本行调整过"), ("no", "出厂值")),
               narrow=lambda rows, text: [r for r in rows if r["is_changed"] == (text == "yes")]),
    ),
    counted="项",
    page_size=200,
)  # fmt: skip
HISTORY = (
    Column("版本", lambda row: f"第{row.pk}号"),
    Column("取值", lambda row: as_text(CATALOGUE[row.code], frozen(row.value))),
    Column("生效日", "effective_from", Kind.DAY),
    Column("状态", "get_status_display"),
    Column("依据", "clause", Kind.LONG_TEXT),
    Column("理由", "reason", Kind.LONG_TEXT),
    Column("提出人", "proposed_by"),
    Column("复核人", "approved_by"),
    Column("记录时间", "recorded_at", Kind.MOMENT),
)


@desk(roles=PARAMETERS.roles, needs_day=False)
def parameter_list(request: DeskRequest) -> HttpResponseBase:
    """All parameters as they count on the business date, and what waits for a second person."""
    values = parameters_on(request.business_date)
    rows = [_row(CATALOGUE[code], values[code]) for code in CATALOGUE]
    listing = LIST.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {"title": "参数", "table": listing, "waiting": _waiting()}
    return page(request, "workbench/parameters/list.html", context)


@desk(roles=PARAMETERS.roles, writers=PROPOSERS, needs_day=False)
def parameter_page(request: DeskRequest, code: str) -> HttpResponseBase:
    """One parameter: its value, clause and history, and a form to propose another value."""
    entry = CATALOGUE.get(code)
    if entry is None:
        raise Http404
    now = parameter(code, on=request.business_date)
    form = ProposalForm(request.POST or None, initial=_start_of_proposal(entry, now))
    if request.method == "POST" and form.is_valid() and _propose(request, code, form):
        return redirect(_address(code))
    context = {
        "title": entry.name,
        "entry": entry,
        "now": now,
        "value": as_text(entry, now.value),
        "shipped": as_text(entry, entry.default),
        "grid": plain_table(HISTORY, versions_of(code)),
        "waiting": [one for one in _waiting() if one["version"].code == code],
        "form": form if request.officer.has_role(*PROPOSERS) else None,
        "may_decide": request.officer.has_role(*APPROVERS),
    }
    return page(request, "workbench/parameters/detail.html", context)


@desk(roles=PARAMETERS.roles, writers=PROPOSERS | APPROVERS, needs_day=False)
def decide(request: DeskRequest, number: int) -> HttpResponseBase:
    """Approve a proposal or send it back; a plain visit leads to the parameter."""
    version = get_object_or_404(ParameterVersion, pk=number)
    if request.method != "POST":
        return redirect(_address(version.code))
    told = f"“{CATALOGUE[version.code].name}”第{number}号"
    by, today = request.officer, request.business_date
    deciding.decide(
        request,
        approve=(
            lambda: approve(version=version, by=by, business_date=today),
            f"{told}已复核通过,自 {version.effective_from} 起生效。",
        ),
        send_back=(lambda: reject(version=version, by=by), f"{told}已退回,现行取值不变。"),
    )
    return redirect(_address(version.code))


def _propose(request: DeskRequest, code: str, form: ProposalForm) -> bool:
    given = form.cleaned_data
    try:
        version = propose(
            code=code,
            text=given["text"],
            effective_from=given["effective_from"],
            clause=given["clause"],
            evidence=Evidence(given["evidence"]),
            reason=given["reason"],
            by=request.officer,
            business_date=request.business_date,
        )
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return False
    messages.success(request, f"已提交第{version.pk}号调整,待审批人或管理层复核后生效。")
    return True


def _start_of_proposal(entry: Parameter, now: ParameterValue) -> dict[str, Any]:
    return {
        "text": typed(entry, now.value),
        "clause": now.clause,
        "evidence": now.evidence,
    }


def _waiting() -> list[dict[str, Any]]:
    return [
        {
            "version": one,
            "name": CATALOGUE[one.code].name,
            "value": as_text(CATALOGUE[one.code], frozen(one.value)),
            "address": _address(one.code),
        }
        for one in waiting_versions()
        if one.code in CATALOGUE
    ]


def _row(entry: Parameter, now: ParameterValue) -> dict[str, Any]:
    return {
        "code": entry.code,
        "group": entry.group,
        "name": entry.name,
        "value": as_text(entry, now.value),
        "clause": now.clause,
        "evidence": str(now.evidence.label),
        "effective_from": now.effective_from,
        "version": now.version_text,
        "is_changed": now.version != SHIPPED_VERSION,
    }


def _address(code: str) -> str:
    return reverse("parameter", args=[code])
