"""外部事件: the queue of what was heard, one event with its evidence, and recording by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.public_events import actions
from daihou.public_events.choices import (
    OPEN_STATES,
    SIGNAL_OF,
    EventChannel,
    EventKind,
    EventSource,
    EventState,
    Quality,
)
from daihou.public_events.models import PublicEvent
from daihou.public_events.queries import (
    disagreements_of,
    events_visible_to,
    is_contradicted,
    mergeable_with,
    waiting,
)
from daihou.workbench.desks import EVENTS as DESK
from daihou.workbench.events.forms import (
    ConfirmForm,
    ExcludeForm,
    MatchForm,
    MergeForm,
    NewEventForm,
)
from daihou.workbench.events.listing import EVENTS, kind_words, subject_words
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import HANDLERS

_FORMS: dict[str, type[Any]] = {
    "confirm": ConfirmForm,
    "exclude": ExcludeForm,
    "match": MatchForm,
    "merge": MergeForm,
}


@desk(roles=DESK.roles)
def events(request: DeskRequest) -> HttpResponseBase:
    """What was heard up to the chosen day, the latest first; what waits can be picked out."""
    rows = _visible(request).annotate(disputed=is_contradicted())
    listing = EVENTS.open(request, rows.exclude(state=EventState.MERGED))
    if listing.is_export:
        return listing.download()
    context = {
        "title": "外部事件",
        "table": listing,
        "waiting": waiting(_visible(request)).order_by()[:10_001].count(),
        "disputed": _visible(request).filter(is_contradicted()).order_by()[:10_001].count(),
        "may_handle": _may_handle(request),
    }
    return page(request, "workbench/events/events.html", context)


@desk(roles=DESK.roles, writers=HANDLERS)
def new_event(request: DeskRequest) -> HttpResponse:
    """Record an event by hand; it is matched and compared at once."""
    today = request.latest_day or request.business_date
    form = NewEventForm(
        request.POST if request.method == "POST" else None, initial={"happened_on": today}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.EventFacts(
            source=EventSource(given["source"]), happened_on=given["happened_on"],
            text=given["text"], kind=EventKind(given["kind"]) if given["kind"] else None,
            source_name=given["source_name"], subject_name=given["subject_name"],
            quality=Quality(int(given["quality"])) if given["quality"] else None,
            subject_paper=given["subject_paper"], industry=given["industry"] or None,
            case_number=given["case_number"], amount=given["amount"],
        )  # fmt: skip
        try:
            made = actions.record_event(
                facts=facts, channel=EventChannel.HAND, by=request.officer, business_date=today
            )
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        else:
            messages.success(request, _told(made))
            return redirect("events")
    context = {"title": "登记外部事件", "form": form, "may_handle": _may_handle(request)}
    status = 422 if form.errors else 200
    return page(request, "workbench/events/new.html", context, status=status)


@desk(roles=DESK.roles, writers=HANDLERS)
def event(request: DeskRequest, number: int) -> HttpResponse:
    """One event: what it says, why it is thought to be about the client, and the decision."""
    found = get_object_or_404(_visible(request), pk=number)
    chosen = request.POST.get("do", "") if request.method == "POST" else ""
    mergeable = [
        (str(one.pk), f"{one.happened_on} {kind_words(one)}({one.number})")
        for one in mergeable_with(found, _visible(request))
    ]
    forms = {
        name: form(request.POST if name == chosen else None, initial=_first(found), prefix=None)
        for name, form in _FORMS.items()
    }
    forms["merge"].offer(mergeable)
    if chosen in forms and forms[chosen].is_valid():
        told = _decide(request, found, chosen, forms[chosen])
        if told:
            messages.success(request, told)
            return redirect(f"{reverse('events')}?state=waiting")
    thought = found.kind or found.proposed_kind
    kind = EventKind(thought) if thought else None
    context = {
        "title": kind_words(found),
        "event": found,
        "subject": subject_words(found),
        "signal": SIGNAL_OF.get(kind) if kind else None,
        "candidates": _candidates(request, found),
        "reports": found.reports.order_by("pk"),
        "disagreements": disagreements_of(found),
        "forms": forms,
        "mergeable": mergeable,
        "may_open": found.customer is not None
        and customers_visible_to(request.officer).filter(pk=found.customer.pk).exists(),
        "is_open": found.state in OPEN_STATES,
        "may_confirm": found.state == EventState.TO_CONFIRM,
        "may_handle": _may_handle(request),
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return page(request, "workbench/events/event.html", context, status=status)


def _decide(request: DeskRequest, found: PublicEvent, chosen: str, form: Any) -> str:
    """Do what was chosen; the sentence to show, or nothing when it was refused beside its entry."""
    given = form.cleaned_data
    by: dict[str, Any] = {
        "by": request.officer, "business_date": request.latest_day or request.business_date,
    }  # fmt: skip
    try:
        if chosen == "confirm":
            ended = actions.confirm_event(
                event=found, kind=EventKind(given["kind"]), note=given["note"], **by
            )
            more = f",并解除了 {ended} 则在列事件" if ended else ""
            return f"已确认“{kind_words(found)}”,下一次日终计入预警{more}"
        if chosen == "exclude":
            actions.exclude_event(event=found, reason=given["reason"], **by)
            return f"已排除事件 {found.number}"
        if chosen == "match":
            customer = _customer(request, given["customer"])
            actions.match_event(event=found, customer=customer, **by)
            return f"已指定客户 {customer.name},请再确认事件"
        into = get_object_or_404(_visible(request), pk=int(given["into"]))
        actions.merge_event(event=found, into=into, **by)
        return f"已并入事件 {into.number}"
    except NotAcceptable as problem:
        show_refusal(form, problem.field, str(problem))
    except actions.AlreadyDecided as problem:
        form.add_error(None, str(problem))
    return ""


def _customer(request: DeskRequest, number: str) -> Customer:
    found = customers_visible_to(request.officer).filter(number=number.strip()).first()
    if found is None:
        raise NotAcceptable("customer", "没有这个客户号,或不在您的管户范围内")
    return found


def _candidates(request: DeskRequest, found: PublicEvent) -> list[Any]:
    if found.customer_id is not None:
        return []
    visible = customers_visible_to(request.officer)
    rows = found.candidates.filter(customer__in=visible).select_related("customer__branch")
    return list(rows.defer("customer__identity_number").order_by("-likeness", "pk"))


def _visible(request: DeskRequest) -> QuerySet[PublicEvent]:
    rows = events_visible_to(request.officer).filter(reported_on__lte=request.business_date)
    shown = rows.select_related("customer", "decided_by", "recorded_by", "merged_into")
    return shown.defer("customer__identity_number", "subject_paper")


def _first(found: PublicEvent) -> dict[str, Any]:
    return {"kind": found.kind or found.proposed_kind or ""}


def _told(made: PublicEvent) -> str:
    if made.state == EventState.MERGED:
        return f"已登记,与事件 {made.merged_into} 为同一事件,已合并"
    whom = made.customer.name if made.customer else "尚未匹配到客户"
    return f"已登记“{kind_words(made)}”:{whom}({made.get_state_display()})"


def _may_handle(request: DeskRequest) -> bool:
    return request.officer.has_role(*HANDLERS) and not request.shows_past
