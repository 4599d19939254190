"""更正: what business days learned about days before them, and who has read it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from daihou.daily_run.choices import Aspect, CauseKind
from daihou.daily_run.models import Correction
from daihou.daily_run.queries import corrections_visible_to, has_to_be_read
from daihou.daily_run.reading_corrections import AlreadyRead, mark_read
from daihou.staff.choices import Role
from daihou.workbench.corrections.forms import ReadForm
from daihou.workbench.corrections.listing import CORRECTIONS, days_words, state_of
from daihou.workbench.desks import CORRECTIONS as DESK
from daihou.workbench.pieces.page import DeskRequest, desk, page

READERS = frozenset({Role.ACCOUNT_MANAGER, Role.POST_LOAN_OFFICER, Role.RISK_MANAGER})


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


def _visible(request: DeskRequest) -> QuerySet[Correction]:
    rows = corrections_visible_to(request.officer).filter(found_on__lte=request.business_date)
    shown = rows.select_related("loan__customer", "read_by__branch")
    return shown.defer("loan__customer__identity_number")
