"""风险模型: the versions with their cards, who let them be used, and the highest scores."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.policy.actions import Refused
from daihou.policy.queries import parameters_on
from daihou.risk_models.actions import (
    APPROVERS,
    SUBMITTERS,
    approve,
    retire,
    send_back,
    submit,
)
from daihou.risk_models.choices import Method, VersionState
from daihou.risk_models.features import features_of
from daihou.risk_models.models import ModelVersion
from daihou.risk_models.queries import (
    LOOKED_AT,
    ScoredLoan,
    highest_scores,
    last_scored_day,
    readings,
    trust_on,
    version_in_use,
    versions,
)
from daihou.risk_models.scorecard import points_table
from daihou.risk_models.scoring import BrokenArtefact, artefact_of
from daihou.workbench.desks import RISK_MODELS
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table, plain_table
from daihou.workbench.risk_models.card import charts_of, comparison_of, figures_of, number
from daihou.workbench.risk_models.forms import ReasonForm

VERSIONS = Table(
    name="risk_models",
    title="风险模型",
    columns=(
        Column("模型", "model.name", link=lambda row: reverse("model_card", args=[row.pk])),
        Column("版", lambda row: f"第{row.number}版"),
        Column("方法", "get_method_display"),
        Column("状态", "get_state_display"),
        Column("训练窗口", lambda row: f"{row.window_from:%Y-%m} 至 {row.window_to:%Y-%m}"),
        Column("AUC", lambda row: _auc(row, "judged"), is_number=True),
        Column("对照 AUC", lambda row: _auc(row, "floor"), is_number=True, hint="三个逾期计数"),
        Column("用途", lambda row: "本行评分" if row.model.is_of_own_book else "方法验证"),
        Column("启用日", "in_use_from", Kind.DAY),
        Column("审批人", "approved_by"),
    ),
    order=("-pk",),
    filters=(Filter("state", "状态", options=tuple(VersionState.choices)),),
    empty="还没有训练过模型。在服务器上运行 daihou models train,训练出的草案会列在这里。",
    counted="版",
)
POINTS = (
    Column("特征", lambda line: line[0]),
    Column("取值", lambda line: line[1]),
    Column("分值", lambda line: line[2], Kind.COUNT),
)
_WITH_REASON = frozenset({"submit", "retire"})
SCORES = Table(
    name="risk_scores",
    title="模型评分",
    columns=(
        Column("全行名次", "place", Kind.COUNT),
        Column("客户", "customer", link=lambda row: _customer(row["customer_number"])),
        Column("借据", "number", link=lambda row: reverse("loan", args=[row["number"]])),
        Column("余额", "principal", Kind.MONEY),
        Column("六个月内严重逾期", "chance", is_number=True),
        Column("推高的原因", "because", Kind.LONG_TEXT),
    ),
    order=("place",),
    empty="这一天没有评分。模型启用后的下一次日终开始评分。",
    counted="笔",
)


@desk(roles=RISK_MODELS.roles, needs_day=False)
def model_list(request: DeskRequest) -> HttpResponseBase:
    """All versions of all models, and which one scores the own book."""
    listing = VERSIONS.open(request, versions())
    if listing.is_export:
        return listing.download()
    used = version_in_use(request.business_date)
    context = {
        "title": "风险模型",
        "table": listing,
        "used": used,
        "trust": used and trust_on(used, request.business_date),
    }
    return page(request, "workbench/risk_models/list.html", context)


@desk(roles=RISK_MODELS.roles)
def scores(request: DeskRequest) -> HttpResponseBase:
    """The highest scores among the loans that the officer may see."""
    day = last_scored_day(request.business_date)
    found = highest_scores(request.officer, day) if day else None
    listing = SCORES.open(request, [_row(one) for one in found.loans] if found else [])
    if listing.is_export:
        return listing.download()
    context = {"title": "模型评分", "table": listing, "found": found, "day": day,
               "looked_at": LOOKED_AT}  # fmt: skip
    return page(request, "workbench/risk_models/scores.html", context)


@desk(roles=RISK_MODELS.roles, writers=SUBMITTERS | APPROVERS, needs_day=False)
def model_card(request: DeskRequest, number: int) -> HttpResponseBase:
    """One version's card: evidence, pictures, limits; and the step that waits for a person."""
    version = get_object_or_404(versions(), pk=number)
    step = request.POST.get("step", "")
    form = ReasonForm(request.POST if step in _WITH_REASON else None)
    if request.method == "POST" and not request.shows_past:
        is_ready = step not in _WITH_REASON or form.is_valid()
        if is_ready and _decide(request, version, step, form):
            return redirect(reverse("model_card", args=[number]))
        version = get_object_or_404(versions(), pk=number)
    steps = _steps(request, version)
    context = {
        "title": str(version),
        "version": version,
        "figures": figures_of(version),
        "comparison": comparison_of(version),
        "charts": charts_of(version, readings(version), parameters_on(request.business_date)),
        "trust": trust_on(version, request.business_date),
        "is_new": version.figures.get("kept_free") is None and bool(version.figures),
        "points": _points(request, version),
        "steps": steps,
        "form": form if steps else None,
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/risk_models/card.html", context, status=status)


def _decide(request: DeskRequest, version: ModelVersion, step: str, form: ReasonForm) -> bool:
    """Take the step that the pressed button names; a refusal is told and changes nothing."""
    by, day = request.officer, request.business_date
    reason = form.cleaned_data["reason"] if form.is_bound else ""
    try:
        if step == "submit":
            submit(version=version, reason=reason, by=by)
            said = "已提交,待审批人或管理层审批。"
        elif step == "approve":
            approve(version=version, by=by, business_date=day)
            said = "已审批,自下一个营业日起评分。"
        elif step == "send_back":
            send_back(version=version, by=by)
            said = "已退回为草案。"
        elif step == "retire":
            retire(version=version, reason=reason, by=by, business_date=day)
            said = "已停用,自下一个营业日起不再评分。"
        else:
            return False
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, f"{version}{said}")
    return True


def _steps(request: DeskRequest, version: ModelVersion) -> list[tuple[str, str, bool]]:
    """The buttons for this person: step, label, whether it is the main one."""
    if request.shows_past:
        return []
    may_submit = request.officer.has_role(*SUBMITTERS)
    may_approve = request.officer.has_role(*APPROVERS)
    own = version.submitted_by_id == request.officer.pk
    if version.state == VersionState.SUBMITTED:
        decide = [("approve", "审批启用", True)] if may_approve and not own else []
        back = [("send_back", "退回", False)] if may_approve or own else []
        return decide + back
    if version.state == VersionState.IN_USE:
        return [("retire", "停用", False)] if may_submit or may_approve else []
    if not may_submit:
        return []
    again = version.state == VersionState.RETIRED
    return [("submit", "提交重新启用" if again else "提交审批", True)]


def _points(request: DeskRequest, version: ModelVersion) -> dict[str, Any] | None:
    """The scorecard as it could be worked out on paper; trees have none."""
    if version.method != Method.SCORECARD:
        return None
    features = features_of(version.model.data, version.features)
    try:
        return plain_table(POINTS, points_table(artefact_of(version), features))
    except BrokenArtefact as problem:
        messages.error(request, str(problem))
        return None


def _auc(version: ModelVersion, of: str) -> str:
    return number((version.figures.get(of) or {}).get("auc"))


def _row(one: ScoredLoan) -> dict[str, Any]:
    return {
        "place": one.place,
        "customer": one.loan.customer.name,
        "customer_number": one.loan.customer.number,
        "number": one.loan.number,
        "principal": one.principal,
        "chance": one.percent,
        "because": one.because,
    }


def _customer(number: str) -> str:
    return f"{reverse('customer', args=[number])}#watched"
