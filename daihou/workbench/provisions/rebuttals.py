"""反驳推定: days past due that mean no more risk; put forward by one, signed by another."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.loan_book.queries import loans_visible_to
from daihou.policy.actions import Refused
from daihou.provision.actions import APPROVERS, PROPOSERS, decide_rebuttal, propose_rebuttal
from daihou.provision.choices import RebuttalStatus
from daihou.provision.models import StageRebuttal
from daihou.provision.queries import rebuttals_visible_to
from daihou.workbench.desks import PROVISIONS
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table
from daihou.workbench.provisions.forms import OpinionForm, RebuttalForm

_TONES = {"proposed": "warn", "approved": "ok", "rejected": "bad"}


def _badge(row: StageRebuttal) -> SafeString:
    return format_html(
        '<span class="badge {}">{}</span>', _TONES[row.status], row.get_status_display()
    )


LIST = Table(
    name="rebuttals",
    title="反驳推定",
    columns=(
        Column("编号", str, link=lambda row: reverse("rebuttal", args=[row.pk])),
        Column("借据", "loan.number",
               link=lambda row: reverse("provision_loan", args=[row.loan.number])),
        Column("客户", "loan.customer.name"),
        Column("状态", _badge, Kind.HTML, exported=lambda row: str(row.get_status_display())),
        Column("理由与依据", "reason", Kind.LONG_TEXT),
        Column("有效期至", "expires_on", Kind.DAY),
        Column("提出人", "proposed_by"),
        Column("提出日", "proposed_on", Kind.DAY),
        Column("复核人", "decided_by"),
        Column("复核日", "decided_on", Kind.DAY),
    ),
    order=("-pk",),
    filters=(
        Filter("status", "状态", [(str(one.value), str(one.label)) for one in RebuttalStatus]),
    ),
    empty="没有反驳推定。逾期超过三十日而风险并未显著增加的,在借据的拨备页提出。",
    counted="份",
)  # fmt: skip


@desk(roles=PROVISIONS.roles)
def rebuttals(request: DeskRequest) -> HttpResponseBase:
    """All rebuttals about loans that may be seen, the latest first."""
    rows = rebuttals_visible_to(request.officer).filter(proposed_on__lte=request.business_date)
    rows = rows.select_related("loan__customer", "proposed_by", "decided_by")
    listing = LIST.open(request, rows.defer("loan__customer__identity_number"))
    if listing.is_export:
        return listing.download()
    return page(request, "workbench/provisions/list.html", {"title": "反驳推定", "table": listing})


@desk(roles=PROPOSERS, writers=PROPOSERS)
def new(request: DeskRequest, number: str) -> HttpResponseBase:
    """Put a rebuttal forward."""
    found = get_object_or_404(loans_visible_to(request.officer), number=number)
    form = RebuttalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not request.shows_past and form.is_valid():
        try:
            made = propose_rebuttal(
                loan=found, by=request.officer, business_date=request.business_date,
                **form.cleaned_data,
            )  # fmt: skip
            messages.success(request, "已提交,待另一人复核;通过后自下一次日终起计入")
            return redirect("rebuttal", made.pk)
        except Refused as refusal:
            show_refusal(form, refusal.field, str(refusal))
    context = {"title": f"反驳推定 · {number}", "form": form, "loan": found}
    status = 422 if form.errors else 200
    return page(request, "workbench/provisions/rebuttal_new.html", context, status=status)


@desk(roles=PROVISIONS.roles, writers=APPROVERS)
def one(request: DeskRequest, number: int) -> HttpResponseBase:
    """One rebuttal, and the second person's decision."""
    rows = rebuttals_visible_to(request.officer)
    rows = rows.select_related("loan__customer", "proposed_by", "decided_by")
    found = get_object_or_404(rows.defer("loan__customer__identity_number"), pk=number)
    form = OpinionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        decision = request.POST.get("decision")
        if decision not in ("approve", "reject") or request.shows_past:
            raise Http404
        try:
            decide_rebuttal(
                rebuttal=found, approve=decision == "approve", by=request.officer,
                opinion=form.cleaned_data["opinion"], business_date=request.business_date,
            )  # fmt: skip
            messages.success(request, "已复核,自下一次日终起计入")
            return redirect("rebuttal", found.pk)
        except Refused as refusal:
            show_refusal(form, refusal.field, str(refusal))
    waits = found.status == RebuttalStatus.PROPOSED and not request.shows_past
    own = found.proposed_by_id == request.officer.pk
    context = {
        "title": f"反驳推定 {found}",
        "found": found,
        "badge": _badge(found),
        "form": form,
        "may_decide": waits and not own and request.officer.has_role(*APPROVERS),
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/provisions/rebuttal.html", context, status=status)
