"""One case on a page: its signals, steps, tasks, evidence, and the forms of its next steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from io import BytesIO

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from daihou.early_warning.cases.actions import CaseMovedOn, facts_of
from daihou.early_warning.cases.choices import DecisionState
from daihou.early_warning.cases.limits import case_limits_on
from daihou.early_warning.cases.models import (
    CaseDocument,
    CaseEvidence,
    CaseProposal,
    CaseStep,
    CaseTask,
    SignalCase,
)
from daihou.early_warning.cases.queries import (
    cases_as_of,
    cases_visible_to,
    signals_of_case,
    watch_entry_of,
)
from daihou.early_warning.models import Signal
from daihou.early_warning.queries import explained_signals
from daihou.early_warning.shipped_signals import signal_title
from daihou.loan_book.actions import NotAcceptable
from daihou.staff.choices import Role
from daihou.workbench.desks import WARNINGS as DESK
from daihou.workbench.pieces.forms import DeskForm, show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import HANDLERS
from daihou.workbench.warnings.listing import state_badge, with_people
from daihou.workbench.warnings.offered import Offer, offered
from daihou.workbench.warnings.progress import milestones, tone_of
from daihou.workbench.warnings.steps import STEPS, TITLES, Taken, form_for

WRITERS = HANDLERS | {Role.APPROVER}


@desk(roles=DESK.roles)
def case(request: DeskRequest, number: int) -> HttpResponse:
    """Everything about one case on the chosen day."""
    found = _case_or_404(request, number)
    day = request.business_date
    offers = [] if request.shows_past else _offers(request, found)
    context = {
        "title": found.customer.name,
        "case": found,
        "state": state_badge(found.now_state),  # type: ignore[attr-defined]
        "milestones": milestones(found, day),
        "signals": _signals_by(found, day),
        "steps": [(step, tone_of(step)) for step in _steps_by(found, day)],
        "tasks": _tasks_by(found, day),
        "evidence": _evidence_by(found, day),
        "proposals": found.proposals.filter(proposed_on__lte=day)
        .select_related("proposed_by", "decided_by")
        .order_by("-pk"),
        "watched": watch_entry_of(found.customer, day),
        "offers": offers,
        "may_report": any(offer.name == "task-result" for offer in offers),
        "earlier": _earlier(request, found),
    }
    return page(request, "workbench/warnings/case.html", context)


@desk(roles=DESK.roles, writers=WRITERS)
def step(request: DeskRequest, number: int, name: str) -> HttpResponse:
    """The form of one step; taking it leaves a line in the case."""
    found = _case_or_404(request, number)
    if name not in STEPS:
        raise Http404("没有这一步")
    offers = [] if request.shows_past else _offers(request, found)
    offer = next((one for one in offers if one.name == name), None)
    form: DeskForm | None = None
    if request.method == "POST":
        form = form_for(name, found, request.POST, request.FILES)
        if form.is_valid() and _take(request, found, name, form):
            return redirect("warning_case", number)
    elif offer is not None:
        first = {"task": request.GET["task"]} if request.GET.get("task", "").isdecimal() else {}
        form = form_for(name, found, **first)
    heading, button = TITLES[name]
    context = {
        "title": f"{heading} · {found.customer.name}",
        "case": found,
        "name": name,
        "button": button,
        "form": form,
        "tasks_planned": name == "plan",
        "waiting": _waiting(found) if name == "decide" else None,
    }
    status = 422 if form is not None and form.errors else 200
    return page(request, "workbench/warnings/step.html", context, status=status)


@desk(roles=DESK.roles)
def document(request: DeskRequest, number: int) -> HttpResponseBase:
    """A file that was kept as evidence, as it was uploaded."""
    kept = get_object_or_404(
        CaseDocument.objects.filter(case__in=cases_visible_to(request.officer)), pk=number
    )
    return FileResponse(
        BytesIO(kept.content), as_attachment=True, filename=kept.name,
        content_type=kept.content_type,
    )  # fmt: skip


def _take(request: DeskRequest, found: SignalCase, name: str, form: DeskForm) -> bool:
    """Take the step; False with the reason beside the form when it is refused."""
    today = request.latest_day or request.business_date
    try:
        said = STEPS[name][1](Taken(found, form, request.officer, today))
    except NotAcceptable as problem:
        show_refusal(form, problem.field, str(problem))
        return False
    except CaseMovedOn as moved:
        messages.warning(request, str(moved))
        return True
    messages.success(request, said)
    return True


def _offers(request: DeskRequest, found: SignalCase) -> list[Offer]:
    if not request.officer.has_role(*WRITERS):
        return []
    watched = found.customer.watched.filter(left_on=None).exists()
    return offered(
        found,
        request.officer,
        facts=facts_of(found),
        limits=case_limits_on(request.business_date),
        waiting=_waiting(found),
        is_watched=watched,
    )


def _waiting(found: SignalCase) -> CaseProposal | None:
    waiting = found.proposals.filter(state=DecisionState.WAITING)
    return waiting.select_related("proposed_by").first()


def _case_or_404(request: DeskRequest, number: int) -> SignalCase:
    rows = cases_as_of(
        cases_visible_to(request.officer), request.business_date,
        is_latest=not request.shows_past,
    )  # fmt: skip
    shown = with_people(rows).select_related("closed_by", "customer__officer")
    found: SignalCase = get_object_or_404(shown, pk=number)
    return found


def _signals_by(found: SignalCase, day: dt.date) -> list[tuple[str, Signal, bool]]:
    """The signals that had joined by the day, and whether they showed on it."""
    known = [one for one in signals_of_case(found) if one.first_seen_on <= day]
    return [
        (signal_title(one.rule), one, one.ceased_on is None or one.ceased_on > day)
        for one in explained_signals(known)
    ]


def _steps_by(found: SignalCase, day: dt.date) -> QuerySet[CaseStep]:
    rows = found.steps.filter(taken_on__lte=day).select_related("by")
    return rows.order_by("-taken_on", "-pk")


def _tasks_by(found: SignalCase, day: dt.date) -> list[tuple[CaseTask, bool]]:
    """The tasks set by the day, and whether each was still open on it."""
    rows: Iterable[CaseTask] = found.tasks.filter(added_on__lte=day).select_related(
        "assignee", "done_by"
    )
    open_on_day = [(task, task.done_on is None or task.done_on > day) for task in rows]
    return sorted(open_on_day, key=lambda pair: (not pair[1], pair[0].due_on, pair[0].pk))


def _evidence_by(found: SignalCase, day: dt.date) -> QuerySet[CaseEvidence]:
    rows = found.evidence.filter(added_on__lte=day).defer("document__content")
    return rows.select_related("added_by", "document", "happening", "task").order_by("-pk")


def _earlier(request: DeskRequest, found: SignalCase) -> QuerySet[SignalCase]:
    """The client's cases before this one."""
    rows = cases_visible_to(request.officer).filter(
        customer=found.customer_id, opened_on__lt=found.opened_on
    )
    return rows.order_by("-opened_on")[:5]
