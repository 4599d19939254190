"""分类认定: batches of loans whose grades people determine, exceptions first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from daihou.classification.actions import (
    DECIDERS,
    FIRST,
    REVIEWERS,
    change_grade,
    determine,
    open_batch,
    review,
    send_back,
    submit,
    withdraw,
)
from daihou.classification.choices import BatchStatus, Grade, Lift
from daihou.classification.models import Determination, GradingBatch, LoanGrade
from daihou.classification.queries import (
    batches_visible_to,
    determinations_of,
    determinations_visible_to,
    explained_grades,
    moves_of,
)
from daihou.policy.actions import Refused
from daihou.workbench.desks import GRADING as DESK
from daihou.workbench.grading.forms import BatchForm, GradeForm, OpinionForm
from daihou.workbench.grading.listing import BATCHES, ROWS, exception_words, status_badge
from daihou.workbench.grading.pictures import migration_chart
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.steps import Step, take_step
from daihou.workbench.term_proposals.views import open_day_of

STEPS_MAY = FIRST | REVIEWERS | DECIDERS


@desk(roles=DESK.roles)
def batches(request: DeskRequest) -> HttpResponseBase:
    """All batches that hold loans which the officer may see, the latest first."""
    rows = _batches(request).annotate(
        loans=Count("rows"), exceptional=Count("rows", filter=Q(rows__exceptions__gt=0))
    )
    listing = BATCHES.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {
        "title": "分类认定",
        "table": listing,
        "may_open": request.officer.has_role(*FIRST) and not request.shows_past,
        "waiting": _waiting_for(request).count(),
        "waiting_status": _waits_for(request),
    }
    return page(request, "workbench/grading/list.html", context)


@desk(roles=FIRST, writers=FIRST)
def new_batch(request: DeskRequest) -> HttpResponse:
    """Begin a batch with the machine's proposals of the last closed day."""
    form = BatchForm(request.POST or None, officer=request.officer)
    if request.method == "POST" and form.is_valid() and not request.shows_past:
        assert request.latest_day is not None
        try:
            made = open_batch(
                branch=form.cleaned_data["branch"], note=form.cleaned_data["note"],
                by=request.officer, as_of=request.latest_day, business_date=open_day_of(request),
            )  # fmt: skip
        except Refused as refusal:
            show_refusal(form, refusal.field, str(refusal))
        else:
            messages.success(request, f"已建立第 {made.pk} 批,共 {made.rows.count():,} 笔借据")
            return redirect("grading_batch", made.pk)
    context = {"title": "新建分类批次", "form": form, "may": not request.shows_past}
    status = 422 if form.errors else 200
    return page(request, "workbench/grading/new.html", context, status=status)


@desk(roles=DESK.roles, writers=STEPS_MAY)
def batch(request: DeskRequest, number: int) -> HttpResponseBase:
    """One batch: its figures, its migration, its loans with the exceptions first; the next step."""
    found = get_object_or_404(_batches(request), pk=number)
    form = OpinionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and take_step(request, found, form, _STEPS):
        return redirect("grading_batch", number)
    found = get_object_or_404(_batches(request), pk=number)
    rows = _rows(request).filter(batch=found)
    listing = ROWS.open(request, rows, attach=_with_days(found.as_of))
    if listing.is_export:
        return listing.download(f"分类认定第{found.pk}批")
    totals = rows.order_by().aggregate(
        loans=Count("pk"),
        exceptional=Count("pk", filter=Q(exceptions__gt=0)),
        overridden=Count("pk", filter=Q(changed_by__isnull=False)),
        bad=Count("pk", filter=Q(grade__gte=Grade.SUBSTANDARD)),
        first=Count("pk", filter=Q(before=None)),
    )
    context = {
        "title": f"分类认定 {found}",
        "batch": found,
        "badge": status_badge(found),
        "table": listing,
        "figures": _figures(totals),
        "chart": migration_chart(moves_of(rows), totals["first"]),
        "form": form,
        "may": _may(request, found),
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/grading/batch.html", context, status=status)


@desk(roles=DESK.roles, writers=FIRST)
def row(request: DeskRequest, number: int) -> HttpResponse:
    """One loan of a batch: why the machine says what it says, and the form to say otherwise."""
    found = get_object_or_404(_rows(request), pk=number)
    form = GradeForm(
        request.POST if request.method == "POST" else None,
        initial={"grade": found.grade, "lift": found.lift, "reason": found.reason},
    )
    if request.method == "POST" and form.is_valid() and _change(request, found, form):
        return redirect("grading_batch", found.batch_id)
    grades = LoanGrade.objects.valid_on(found.batch.as_of).filter(loan=found.loan_id)
    explained = explained_grades(grades)
    own = found.batch.made_by_id == request.officer.pk
    context = {
        "title": f"{found.loan.customer.name} · {found.loan.number}",
        "row": found,
        "machine": explained[0] if explained else None,
        "exceptions": exception_words(found),
        "earlier": [
            one
            for one in determinations_of(found.loan, until=request.business_date)
            if one.pk != found.pk
        ],
        "form": form if own and _is_draft(request, found.batch) else None,
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/grading/row.html", context, status=status)


def _change(request: DeskRequest, found: Determination, form: GradeForm) -> bool:
    given = form.cleaned_data
    try:
        change_grade(
            row=found, grade=given["grade"], reason=given["reason"], lift=Lift(given["lift"]),
            by=request.officer, business_date=open_day_of(request),
        )  # fmt: skip
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return False
    messages.success(request, f"借据 {found.loan.number} 初分为{Grade(given['grade']).label}")
    return True


def _figures(totals: dict[str, int]) -> list[Figure]:
    return [
        Figure("借据", f"{totals['loans']:,}", "笔", link="?"),
        Figure("例外", f"{totals['exceptional']:,}", "笔", link="?exception=any",
               tone="warn" if totals["exceptional"] else ""),
        Figure("初分与机器不同", f"{totals['overridden']:,}", "笔", link="?exception=1"),
        Figure("初分为不良", f"{totals['bad']:,}", "笔", tone="bad" if totals["bad"] else ""),
    ]  # fmt: skip


def _with_days(day: dt.date) -> Callable[[list[Determination]], list[Determination]]:
    def attach(rows: list[Determination]) -> list[Determination]:
        for one in rows:
            position = getattr(one.loan, "position", None)
            one.days = position.days_past_due(day) if position else None  # type: ignore[attr-defined]
        return rows

    return attach


def _is_draft(request: DeskRequest, found: GradingBatch) -> bool:
    return found.status == BatchStatus.DRAFT and not request.shows_past


def _may(request: DeskRequest, found: GradingBatch) -> dict[str, bool]:
    """Which steps the person may take now."""
    now, own = not request.shows_past, found.made_by_id == request.officer.pk
    reviews = request.officer.has_role(*REVIEWERS) and not own
    decides = request.officer.has_role(*DECIDERS) and not own
    may_review = now and reviews and found.status == BatchStatus.SUBMITTED
    may_decide = (
        now and decides and found.status == BatchStatus.REVIEWED
        and found.reviewed_by_id != request.officer.pk
    )  # fmt: skip
    return {
        "submit": now and own and found.status == BatchStatus.DRAFT,
        "withdraw": now and own and found.status in (BatchStatus.DRAFT, BatchStatus.SUBMITTED),
        "review": may_review,
        "determine": may_decide,
        "send_back": may_review or may_decide,
    }


def _submit(request: DeskRequest, found: GradingBatch, _opinion: str) -> str:
    submit(batch=found, by=request.officer)
    return f"{found}已提交,待风险经理复核"


def _review(request: DeskRequest, found: GradingBatch, opinion: str) -> str:
    review(batch=found, by=request.officer, business_date=open_day_of(request), opinion=opinion)
    return f"{found}复核通过,待审批人或管理层认定"


def _determine(request: DeskRequest, found: GradingBatch, opinion: str) -> str:
    determine(batch=found, by=request.officer, business_date=open_day_of(request), opinion=opinion)
    return f"{found}已认定,自 {open_day_of(request)} 起有效"


def _send_back(request: DeskRequest, found: GradingBatch, opinion: str) -> str:
    send_back(batch=found, by=request.officer, opinion=opinion)
    return f"{found}已退回 {found.made_by} 修改"


def _withdraw(request: DeskRequest, found: GradingBatch, _opinion: str) -> str:
    withdraw(batch=found, by=request.officer, business_date=open_day_of(request))
    return f"{found}已撤回"


_STEPS: dict[str, Step[GradingBatch]] = {
    "submit": _submit,
    "review": _review,
    "determine": _determine,
    "return": _send_back,
    "withdraw": _withdraw,
}


def _waits_for(request: DeskRequest) -> str:
    if request.officer.has_role(*REVIEWERS):
        return BatchStatus.SUBMITTED
    return BatchStatus.REVIEWED if request.officer.has_role(*DECIDERS) else ""


def _waiting_for(request: DeskRequest) -> QuerySet[GradingBatch]:
    return _batches(request).filter(status=_waits_for(request)).exclude(made_by=request.officer)


def _batches(request: DeskRequest) -> QuerySet[GradingBatch]:
    rows = batches_visible_to(request.officer)
    if request.shows_past:
        rows = rows.filter(made_on__lte=request.business_date)
    return rows.select_related("branch", "made_by", "reviewed_by", "determined_by")


def _rows(request: DeskRequest) -> QuerySet[Determination]:
    shown = determinations_visible_to(request.officer).select_related(
        "batch__made_by", "loan__customer", "loan__position", "changed_by"
    )
    return shown.defer("loan__customer__identity_number")
