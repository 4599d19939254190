"""更正: what business days learned about days before them, and who has read it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Max, Min, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.daily_run.choices import Aspect, CauseKind
from daihou.daily_run.models import Correction
from daihou.daily_run.queries import (
    corrections_visible_to,
    has_to_be_read,
    may_be_read_with_others,
)
from daihou.daily_run.reading_corrections import AlreadyRead, mark_all_read, mark_read
from daihou.staff.choices import Role
from daihou.workbench.corrections.forms import ReadForm, ReadManyForm
from daihou.workbench.corrections.listing import (
    CORRECTIONS,
    days_words,
    first_cause,
    state_of,
)
from daihou.workbench.desks import CORRECTIONS as DESK
from daihou.workbench.pieces.filters import apply_filters
from daihou.workbench.pieces.page import DeskRequest, desk, page

READERS = frozenset({Role.ACCOUNT_MANAGER, Role.POST_LOAN_OFFICER, Role.RISK_MANAGER})
_PREVIEWED = 50


@desk(roles=DESK.roles)
def corrections(request: DeskRequest) -> HttpResponseBase:
    """What was learned up to the chosen day, the latest first; unread ones can be picked out."""
    rows = _visible(request)
    listing = CORRECTIONS.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {
        "title": "更正",
        "table": listing,
        "unread": rows.filter(has_to_be_read()).order_by()[:10_001].count(),
        "may_read": request.officer.has_role(*READERS) and not request.shows_past,
        "narrowed": request.GET.urlencode(),
    }
    return page(request, "workbench/corrections/corrections.html", context)


@desk(roles=DESK.roles, writers=READERS)
def correction(request: DeskRequest, number: int) -> HttpResponse:
    """One correction: what became known, what it changed, and the button 已阅."""
    found = get_object_or_404(_visible(request), pk=number)
    form = ReadForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            mark_read(correction=found, by=request.officer, note=form.cleaned_data["note"])
        except AlreadyRead as problem:
            messages.warning(request, str(problem))
        else:
            messages.success(request, f"借据 {found.loan.number} 的更正已签阅")
        return redirect("corrections")
    may_read = request.officer.has_role(*READERS) and not request.shows_past
    context = {
        "title": f"更正 {found.loan.number}",
        "correction": found,
        "causes": [(CauseKind(cause["kind"]).label, cause) for cause in found.causes],
        "changes": [(Aspect(line["aspect"]).label, line) for line in found.changes],
        "days_words": days_words(found),
        "state": state_of(found),
        "form": form if may_read and found.read_by is None else None,
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/corrections/correction.html", context, status=status)


@desk(roles=READERS, writers=READERS)
def read_many(request: DeskRequest) -> HttpResponse:
    """批量已阅: first how many, of which days and which not; on the button, signed at once."""
    rows, _, problems = apply_filters(
        _visible(request), CORRECTIONS.filters, lambda name: request.GET.get(name, "")
    )
    unread = rows.filter(has_to_be_read())
    chosen = unread.filter(may_be_read_with_others())
    form = ReadManyForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and not problems and not request.shows_past:
        shown = chosen.filter(pk__lte=form.cleaned_data["last"])
        signed = mark_all_read(
            corrections=shown, by=request.officer, note=form.cleaned_data["note"]
        )
        messages.success(request, f"{signed:,} 笔更正已签阅;分类有变的未签,请逐笔查看")
        return redirect(f"{reverse('corrections')}?state=unread")
    figures = chosen.order_by().aggregate(
        count=Count("pk"), loans=Count("loan", distinct=True), first=Min("found_on"),
        last_day=Max("found_on"), last=Max("pk"),
    )  # fmt: skip
    if not form.is_bound:
        form = ReadManyForm(initial={"last": figures["last"]})
    context = {
        "title": "批量已阅",
        "figures": figures,
        "left": unread.exclude(pk__in=chosen.values("pk")).order_by().count(),
        "rows": [
            (row, first_cause(row), days_words(row))
            for row in chosen.order_by("-found_on", "-pk")[:_PREVIEWED]
        ],
        "previewed": _PREVIEWED,
        "problems": problems,
        "form": form if figures["count"] and not problems and not request.shows_past else None,
        "narrowed": request.GET.urlencode(),
    }
    return page(
        request, "workbench/corrections/read.html", context, status=422 if form.errors else 200
    )


def _visible(request: DeskRequest) -> QuerySet[Correction]:
    rows = corrections_visible_to(request.officer).filter(found_on__lte=request.business_date)
    shown = rows.select_related("loan__customer", "read_by__branch")
    return shown.defer("loan__customer__identity_number")
