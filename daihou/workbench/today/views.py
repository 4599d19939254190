"""今日工作: the first screen of every officer, and what is done from it."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from daihou.daily_run.choices import WorkStatus
from daihou.daily_run.handling import AlreadyHandled, defer, record_outcome
from daihou.daily_run.models import WorkItem
from daihou.daily_run.queries import explained_work, work_visible_to
from daihou.early_warning.models import Signal
from daihou.early_warning.queries import explained_signals
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.choices import ContactOutcome
from daihou.loan_book.models import Happening, Loan
from daihou.policy.queries import parameter
from daihou.servicing.proposal_queries import returned_to, waiting_for
from daihou.servicing.proposals import APPROVERS, PROPOSERS
from daihou.workbench.customers.standing import Standing, loan_lines, sentence
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.figures_text import share
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import BUSINESS, HANDLERS
from daihou.workbench.today.forms import DeferForm, OutcomeForm
from daihou.workbench.today.worklist import (
    PART_NAMES,
    Part,
    WorkFigures,
    figures_on,
    may_see_team,
    rows_of,
    work_in_scope,
)

ROWS_ON_A_PAGE = 50


def worklist(request: DeskRequest) -> HttpResponse:
    """The ranked list of clients to work on, with the figures over it; the door is `home`."""
    team = _wants_team(request)
    part = _part(request.GET.get("part", ""))
    work = work_in_scope(request.officer, team=team)
    budget = _whole("worklist.budget", request)
    figures = figures_on(work, request.business_date, budget)
    start = _start(request.GET.get("from", ""))
    rows = explained_work(
        rows_of(work, request.business_date, part, budget)[start : start + ROWS_ON_A_PAGE + 1],
        on=request.business_date,
    )
    context = {
        "title": "今日工作",
        "cards": _cards(figures, team=team),
        "part": part,
        "part_name": PART_NAMES[part],
        "parts": _parts(figures, team=team, chosen=part),
        "rows": list(enumerate(rows[:ROWS_ON_A_PAGE], start=start + 1)),
        "next_start": start + ROWS_ON_A_PAGE if len(rows) > ROWS_ON_A_PAGE else None,
        "previous_start": max(0, start - ROWS_ON_A_PAGE) if start else None,
        "team": team,
        "may_see_team": may_see_team(request.officer),
        "may_handle": _may_handle(request),
        "here": request.get_full_path(),
        "terms": _terms_waiting(request),
        "nothing_at_all": figures.to_do + figures.put_off + figures.done == 0,
    }
    return page(request, "workbench/today/today.html", context)


@desk(roles=BUSINESS)
def matters(request: DeskRequest, work_id: int) -> HttpResponse:
    """One client's matters together: how it stands, why it is here, and the forms to act."""
    work = _work_or_404(request, work_id)
    return _matters(request, work, OutcomeForm(), DeferForm())


@desk(roles=BUSINESS, writers=HANDLERS)
def outcome(request: DeskRequest, work_id: int) -> HttpResponse:
    """Put on record what came of the work."""
    work = _work_or_404(request, work_id)
    form = OutcomeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            status = record_outcome(
                work=work,
                outcome=form.chosen,
                note=form.cleaned_data["note"],
                promise=form.promise,
                by=request.officer,
                business_date=request.latest_day or request.business_date,
            )
        except NotAcceptable as problem:
            form.add_error(problem.field, str(problem))
        except AlreadyHandled as problem:
            messages.warning(request, str(problem))
            return _back(request)
        else:
            messages.success(request, _said(work, form.chosen, status))
            return _back(request)
    return _matters(request, work, form, DeferForm())


@desk(roles=BUSINESS, writers=HANDLERS)
def put_off(request: DeskRequest, work_id: int) -> HttpResponse:
    """Put work off to a later day, with a reason."""
    work = _work_or_404(request, work_id)
    form = DeferForm(request.POST if request.method == "POST" else None)
    today_ = request.latest_day or request.business_date
    if request.method == "POST" and form.is_valid():
        until = form.cleaned_data["until"]
        try:
            defer(
                work=work,
                until=until,
                reason=form.cleaned_data["reason"],
                by=request.officer,
                business_date=today_,
                longest_days=_whole("deadline.deferral", request),
            )
        except NotAcceptable as problem:
            form.add_error(problem.field, str(problem))
        except AlreadyHandled as problem:
            messages.warning(request, str(problem))
            return _back(request)
        else:
            messages.success(
                request, f"{work.customer.name}:“{work.get_task_display()}”已延后至 {until}"
            )
            return _back(request)
    return _matters(request, work, OutcomeForm(), form)


def _matters(
    request: DeskRequest, work: WorkItem, outcome_form: OutcomeForm, defer_form: DeferForm
) -> HttpResponse:
    day = request.business_date
    explained_work([work], on=day)
    standing = Standing(
        customer=work.customer,
        day=day,
        lines=loan_lines(Loan.objects.filter(customer=work.customer), day),
        signals=explained_signals(Signal.objects.filter(customer=work.customer, ceased_on=None)),
        work=work if work.status in (WorkStatus.OPEN, WorkStatus.DEFERRED) else None,
    )
    recent = Happening.objects.filter(customer=work.customer).select_related("recorded_by")
    problems = bool(outcome_form.errors or defer_form.errors)
    context = {
        "title": work.customer.name,
        "work": work,
        "standing": standing,
        "sentence": sentence(standing),
        "matters": [(one, [one]) for one in work.reasons],
        "happenings": recent.order_by("-happened_on", "-pk")[:5],
        "outcomes": ContactOutcome,
        "outcome_form": outcome_form,
        "defer_form": defer_form,
        "is_open": standing.work is not None,
        "may_handle": _may_handle(request) and standing.work is not None,
        "longest_days": _whole("deadline.deferral", request),
        "back_to": _back_address(request),
    }
    return page(request, "workbench/today/matters.html", context, status=422 if problems else 200)


def _terms_waiting(request: DeskRequest) -> dict[str, int]:
    """Changes of terms that wait for this person: to be decided, or sent back to be changed."""
    officer, counts = request.officer, {}
    if officer.has_role(*APPROVERS):
        counts["review"] = waiting_for(officer).count()
    if officer.has_role(*PROPOSERS):
        counts["returned"] = returned_to(officer).count()
    return counts


def _work_or_404(request: DeskRequest, work_id: int) -> WorkItem:
    visible: QuerySet[WorkItem] = work_visible_to(request.officer)
    return get_object_or_404(
        visible.select_related("customer", "branch", "officer", "closed_by"), pk=work_id
    )


def _may_handle(request: DeskRequest) -> bool:
    return request.officer.has_role(*HANDLERS) and not request.shows_past


def _whole(code: str, request: DeskRequest) -> int:
    """A parameter that is a whole number, as it counts on the day shown."""
    value = parameter(code, on=request.business_date).value
    if not isinstance(value, int):
        raise TypeError(f"参数 {code} 不是整数")
    return value


def _wants_team(request: DeskRequest) -> bool:
    asked = request.GET.get("scope", "")
    default = may_see_team(request.officer)
    return default if asked not in ("mine", "team") else asked == "team" and default


def _part(text: str) -> Part:
    return Part(text) if text in {part.value for part in Part} else Part.TO_DO


def _start(text: str) -> int:
    return min(int(text), 100_000) if text.isdecimal() else 0


def _address(part: Part, *, team: bool) -> str:
    return "/?" + urlencode({"scope": "team" if team else "mine", "part": part.value})


def _cards(figures: WorkFigures, *, team: bool) -> list[Figure]:
    due = figures.due_by_now
    return [
        Figure(
            "待办",
            f"{figures.to_do:,}",
            "户",
            change=f"另有 {figures.held_back:,} 户暂缓提示" if figures.held_back else "",
            link=_address(Part.TO_DO, team=team),
        ),
        Figure(
            "今日到期",
            f"{figures.due_today:,}",
            "户",
            link=_address(Part.DUE_TODAY, team=team),
            tone="warn" if figures.due_today else "",
        ),
        Figure(
            "已超期",
            f"{figures.late:,}",
            "户",
            link=_address(Part.LATE, team=team),
            tone="bad" if figures.late else "",
        ),
        Figure(
            "红色信号",
            f"{figures.red:,}",
            "户",
            link=_address(Part.RED, team=team),
            tone="bad" if figures.red else "",
        ),
        Figure(
            "本月完成率",
            share(figures.done / due) if due else "—",
            change=f"应办 {due:,} 户,已办结 {figures.done:,} 户" if due else "本月没有到期的待办",
            link=_address(Part.DONE, team=team),
            hint="本月已办结 ÷(本月已办结 + 今日到期 + 已超期)",
        ),
    ]


def _parts(figures: WorkFigures, *, team: bool, chosen: Part) -> list[tuple[str, str, int, bool]]:
    """The tabs over the list: name, address, count, whether it is the chosen one."""
    counts = asdict(figures)
    return [
        (PART_NAMES[part], _address(part, team=team), counts[part.name.lower()], part is chosen)
        for part in Part
    ]


def _said(work: WorkItem, chosen: ContactOutcome, status: WorkStatus) -> str:
    if status is WorkStatus.DONE:
        return f"{work.customer.name}:已登记“{chosen.label}”,待办“{work.get_task_display()}”办结"
    return f"{work.customer.name}:已登记“{chosen.label}”,待办“{work.get_task_display()}”仍在清单中"


def _back_address(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if safe else reverse("home")


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(_back_address(request))
