"""指数重估: values carried on by a market index; tried, proposed, done by a second person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.collateral.choices import CollateralKind, RevaluationStatus
from daihou.collateral.models import PriceIndex, Revaluation, RevaluationLine
from daihou.collateral.queries import revaluations_visible_to
from daihou.collateral.revaluing import (
    APPROVERS,
    PROPOSERS,
    Preview,
    Wanted,
    approve_revaluation,
    moves_over,
    preview,
    propose_revaluation,
    reject_revaluation,
)
from daihou.policy.actions import Refused
from daihou.workbench.collateral.forms import OpinionForm, ReasonForm, RevaluationForm
from daihou.workbench.desks import REVALUERS
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table, plain_table

_TONES = {"proposed": "warn", "approved": "ok", "rejected": "bad"}
_MOST_SHOWN = 200


def _badge(row: Revaluation) -> SafeString:
    return format_html(
        '<span class="badge {}">{}</span>', _TONES[row.status], row.get_status_display()
    )


LIST = Table(
    name="revaluations",
    title="指数重估",
    columns=(
        Column("提出日", "proposed_on", Kind.DAY),
        Column("市场", str, link=lambda row: reverse("revaluation", args=[row.pk])),
        Column("件数", "count", Kind.COUNT),
        Column("原值", "before", Kind.MONEY),
        Column("重估值", "after", Kind.MONEY),
        Column("状态", _badge, Kind.HTML, exported=lambda row: str(row.get_status_display())),
        Column("理由", "reason", Kind.LONG_TEXT),
        Column("提出人", "proposed_by"),
        Column("复核人", "decided_by"),
        Column("复核日", "decided_on", Kind.DAY),
    ),
    order=("-pk",),
    empty="还没有按市场指数重估过。先在“数据接入”导入市场指数,再在这里试算、提交复核。",
    counted="次",
)
LINES = Table(
    name="revaluation_lines",
    title="指数重估明细",
    columns=(
        Column("押品编号", "collateral.number",
               link=lambda row: reverse("collateral", args=[row.collateral.number])),
        Column("押品名称", "collateral.name"),
        Column("客户", "collateral.customer.name"),
        Column("原估值日", "base.valued_on", Kind.DAY),
        Column("原值", "value_before", Kind.MONEY),
        Column("重估值", "value_after", Kind.MONEY),
        Column("原抵押率", "ltv_before", Kind.RATE),
        Column("重估后", "ltv_after", Kind.RATE),
        Column("核定", "approved_ltv", Kind.RATE),
        Column("提示", lambda row: _remark(row), Kind.HTML, exported=lambda row: _words(row)),
    ),
    order=("-value_before", "pk"),
    empty="没有押品",
    counted="件",
)  # fmt: skip


@desk(roles=REVALUERS)
def revaluations(request: DeskRequest) -> HttpResponseBase:
    """All revaluations by index in the own branches, the latest first."""
    rows = revaluations_visible_to(request.officer).filter(proposed_on__lte=request.business_date)
    rows = rows.select_related("proposed_by", "decided_by").annotate(
        count=Count("lines"), before=Sum("lines__value_before"), after=Sum("lines__value_after")
    )
    listing = LIST.open(request, rows)
    if listing.is_export:
        return listing.download()
    waiting = rows.filter(status=RevaluationStatus.PROPOSED).exclude(proposed_by=request.officer)
    context = {
        "title": "指数重估",
        "table": listing,
        "waiting": waiting.count() if request.officer.has_role(*APPROVERS) else 0,
        "may_propose": request.officer.has_role(*PROPOSERS) and not request.shows_past,
    }
    return page(request, "workbench/collateral/revaluations.html", context)


@desk(roles=REVALUERS, writers=PROPOSERS)
def new(request: DeskRequest) -> HttpResponseBase:
    """Try a market's index on all its collateral, then put it forward for a second person."""
    regions = list(
        PriceIndex.objects.values_list("region", flat=True).distinct().order_by("region")
    )
    asked = RevaluationForm(request.GET if "month" in request.GET else None, regions=regions)
    reason = ReasonForm(request.POST if request.method == "POST" else None)
    found: Preview | None = None
    if asked.is_bound and asked.is_valid():
        wanted = _wanted(asked.cleaned_data)
        try:
            found = preview(wanted, officer=request.officer, business_date=request.business_date)
            if request.method == "POST" and reason.is_valid() and not request.shows_past:
                made = propose_revaluation(
                    wanted=wanted, reason=reason.cleaned_data["reason"], by=request.officer,
                    business_date=request.business_date,
                )  # fmt: skip
                messages.success(request, f"已提交指数重估第 {made.pk} 号,待另一人复核后执行")
                return redirect("revaluation", made.pk)
        except Refused as refusal:
            show_refusal(asked, refusal.field, str(refusal))
    context = {
        "title": "试算指数重估",
        "asked": asked,
        "regions": regions,
        "found": found,
        "form": reason,
        "grid": plain_table(LINES.columns, found.lines[:_MOST_SHOWN]) if found else None,
        "most": _MOST_SHOWN,
        "figures": _figures(found.lines) if found else [],
        "may_propose": request.officer.has_role(*PROPOSERS) and not request.shows_past,
    }
    status = 422 if asked.errors or reason.errors else 200
    return page(request, "workbench/collateral/revaluation_new.html", context, status=status)


@desk(roles=REVALUERS, writers=PROPOSERS | APPROVERS)
def one(request: DeskRequest, number: int) -> HttpResponseBase:
    """One revaluation: its lines before and after, and the second person's decision."""
    rows = revaluations_visible_to(request.officer).select_related("proposed_by", "decided_by")
    found = get_object_or_404(rows, pk=number)
    form = OpinionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if _decided(request, found, form):
            return redirect("revaluation", found.pk)
        found.refresh_from_db()
    lines = found.lines.select_related("collateral__customer", "base")
    listing = LINES.open(request, lines.defer("collateral__customer__identity_number"))
    if listing.is_export:
        return listing.download(f"指数重估第{found.pk}号")
    waits = found.status == RevaluationStatus.PROPOSED and not request.shows_past
    own = found.proposed_by_id == request.officer.pk
    context = {
        "title": f"指数重估 第 {found.pk} 号",
        "found": found,
        "badge": _badge(found),
        "table": listing,
        "figures": _figures(list(found.lines.all())),
        "form": form,
        "may_decide": waits and not own and request.officer.has_role(*APPROVERS),
        "may_withdraw": waits and own,
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/collateral/revaluation.html", context, status=status)


def _decided(request: DeskRequest, found: Revaluation, form: OpinionForm) -> bool:
    decision, opinion = request.POST.get("decision"), form.cleaned_data["opinion"]
    if decision not in ("approve", "reject") or request.shows_past:
        raise Http404
    by, today = request.officer, request.business_date
    try:
        if decision == "approve":
            count = approve_revaluation(
                revaluation=found, by=by, business_date=today, opinion=opinion
            )
            said = f"已按指数写入 {count:,} 件估值,下一次日终重算抵押率与覆盖"
        else:
            reject_revaluation(revaluation=found, by=by, business_date=today, opinion=opinion)
            said = "已退回,估值不变"
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return False
    messages.success(request, said)
    return True


def _wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(
        CollateralKind(given["kind"]), given["region"], given["month"].replace(day=1),
        given["rises"],
    )  # fmt: skip


def _figures(lines: list[RevaluationLine]) -> list[Figure]:
    before = sum(line.value_before for line in lines)
    after = sum(line.value_after for line in lines)
    over = sum(moves_over(line) for line in lines)
    moved = (after - before) * 100 / before if before else 0
    return [
        Figure("重估押品", f"{len(lines):,}", "件"),
        Figure("原值合计", fen=before),
        Figure("重估值合计", fen=after, change=f"{'+' if moved >= 0 else '−'}{abs(moved):.2f}%",
               tone="bad" if moved < 0 else ""),
        Figure("抵押率升破核定", f"{over:,}", "件", tone="bad" if over else "good",
               change="由未超核定变为超核定"),
    ]  # fmt: skip


def _words(row: RevaluationLine) -> str:
    if row.is_stale:
        return "已有新估值,未执行"
    return "升破核定" if moves_over(row) else ""


def _remark(row: RevaluationLine) -> SafeString | str:
    words = _words(row)
    tone = "warn" if row.is_stale else "bad"
    return format_html('<span class="badge {}">{}</span>', tone, words) if words else ""
