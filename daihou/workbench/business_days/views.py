"""日终: start the daily run, watch it, and see what it did and what it changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from daihou.daily_run.choices import RunStatus
from daihou.daily_run.models import BusinessDay, DayEndRun, SetAside, StepRecord
from daihou.daily_run.queries import set_asides_visible_to
from daihou.daily_run.runner import DayCannotRun, next_day
from daihou.daily_run.steps import STEPS
from daihou.daily_run.tasks import WAITING, RunAlreadyAsked, ask_for_run
from daihou.early_warning.queries import coverage
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.workbench.business_days.changes import changes_on
from daihou.workbench.business_days.forms import StartForm
from daihou.workbench.desks import BUSINESS_DAYS, SIGNAL_RULES
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures_text import short_money
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table
from daihou.workbench.roles import BUSINESS

STARTERS = frozenset({Role.RISK_MANAGER, Role.ADMINISTRATOR})
WATCHERS = BUSINESS_DAYS.roles
LINES_SHOWN = 100
_MONEY_WORDS = ("余额", "金额")

DAYS = Table(
    name="business_days",
    title="营业日",
    columns=(
        Column("营业日", "day", Kind.DAY, link=lambda row: reverse("business_day", args=[row.day])),
        Column("状态", "get_status_display", Kind.HTML,
               exported=lambda row: row.get_status_display()),
        Column("开始", "opened_at", Kind.MOMENT),
        Column("完成", "closed_at", Kind.MOMENT),
        Column("步骤", "steps_done", Kind.COUNT),
        Column("写入行数", "rows_written", Kind.COUNT),
        Column("用时(秒)", lambda row: f"{row.seconds_used:.1f}" if row.seconds_used else None),
        Column("新挂起借据", "set_aside", Kind.COUNT),
    ),
    order=("-day",),
    empty="还没有做过日终。请先在“数据接入”导入,再在上方开始第一个营业日。",
    counted="天",
    page_size=31,
)  # fmt: skip


@dataclass(frozen=True)
class StepLine:
    """One step on the line: `state` is done, running, failed or waiting."""

    label: str
    state: str
    rows: int | None = None
    seconds: float | None = None
    figures: str = ""


@desk(roles=WATCHERS, writers=STARTERS, needs_day=False)
def business_days(request: DeskRequest) -> HttpResponseBase:
    """The days that were run, the run that is under way, and the button for the next one."""
    upcoming = next_day()
    form = StartForm(
        request.POST if request.method == "POST" else None,
        initial={"until": upcoming or timezone.localdate()},
    )
    if request.method == "POST" and form.is_valid():
        try:
            asked = ask_for_run(until=form.cleaned_data["until"], by=request.officer)
        except (DayCannotRun, RunAlreadyAsked) as problem:
            form.add_error("until", str(problem))
        else:
            messages.success(request, f"日终已排入后台,运行至 {asked.until}")
            return redirect("business_days")
    rows = BusinessDay.objects.annotate(
        steps_done=Count("steps"),
        rows_written=Sum("steps__rows"),
        seconds_used=Sum("steps__seconds"),
    )
    listing = DAYS.open(request, rows, attach=_with_set_asides)
    if listing.is_export:
        return listing.download()
    run = DayEndRun.objects.select_related("started_by").first()
    newest = BusinessDay.objects.first()
    if run and newest and run.status not in WAITING and newest.day > run.until:
        run = None  # days were run from the command line since
    shown = run.current_day if run else newest and newest.day
    context = {
        "title": "日终",
        "table": listing,
        "form": form,
        "upcoming": upcoming,
        "is_ahead": upcoming is not None and upcoming > timezone.localdate(),
        "may_start": request.officer.has_role(*STARTERS),
        "run": run,
        "newest": newest,
        "lines": _lines(shown, run, request.officer) if shown else [],
        "is_waiting": run is not None and run.status in WAITING,
    }
    return page(request, "workbench/business_days/days.html", context, status=_status(form))


@desk(roles=WATCHERS, needs_day=False)
def progress(request: DeskRequest, run_id: int) -> HttpResponse:
    """The part of the page that shows how far a run has come; the page's script asks for it."""
    run = get_object_or_404(DayEndRun.objects.select_related("started_by"), pk=run_id)
    context = {
        "run": run,
        "lines": _lines(run.current_day, run, request.officer) if run.current_day else [],
        "is_waiting": run.status in WAITING,
    }
    return render(request, "workbench/business_days/progress.html", context)


@desk(roles=WATCHERS, needs_day=False)
def business_day(request: DeskRequest, day: dt.date) -> HttpResponse:
    """One business day: its steps, the loans set aside, and what changed."""
    found = BusinessDay.objects.filter(day=day).first()
    if found is None:
        raise Http404(f"{day} 没有做过日终")
    sees_business = request.officer.has_role(*BUSINESS)
    aside = SetAside.objects.filter(Q(until=None) | Q(until__gt=day), since__lte=day)
    problems = aside.order_by().values("reason").annotate(loans=Count("pk")).order_by("-loans")
    visible = set_asides_visible_to(request.officer).filter(pk__in=aside.values("pk"))
    context = {
        "title": f"日终 {day}",
        "day": found,
        "lines": _lines(day, None, request.officer),
        "problems": list(problems),
        "set_asides": list(
            visible.select_related("loan__customer").order_by("since", "pk")[:LINES_SHOWN]
        ),
        "sees_business": sees_business,
        "coverage": coverage(on=day),
        "sees_rules": request.officer.has_role(*SIGNAL_RULES.roles),
        "changes": changes_on(day, request.officer) if sees_business else None,
        "before": BusinessDay.objects.filter(day__lt=day).order_by("-day").first(),
        "after": BusinessDay.objects.filter(day__gt=day).order_by("day").first(),
    }
    return page(request, "workbench/business_days/day.html", context)


def _with_set_asides(rows: list[Any]) -> list[Any]:
    counts = dict(
        SetAside.objects.filter(since__in=[row.day for row in rows])
        .values_list("since")
        .annotate(number=Count("pk"))
        .order_by()
    )
    for row in rows:
        row.set_aside = counts.get(row.day, 0)
    return rows


def _lines(day: dt.date, run: DayEndRun | None, officer: Officer) -> list[StepLine]:
    """The steps of a day in their order: those on record, the one at work, those to come."""
    done = {row.step: row for row in StepRecord.objects.filter(day=day)}
    at_work = run is not None and run.status == RunStatus.RUNNING
    failed = run is not None and run.status == RunStatus.FAILED
    lines, first_open = [], True
    for step in STEPS:
        row = done.get(step.name)
        if row is not None:
            figures = _figures_text(row.figures, officer)
            lines.append(StepLine(step.label, "done", row.rows, row.seconds, figures))
            continue
        state = "waiting"
        if first_open and (at_work or failed):
            state = "failed" if failed else "running"
        lines.append(StepLine(step.label, state))
        first_open = False
    return lines


def _figures_text(figures: dict[str, Any], officer: Officer) -> str:
    """The figures of a step in one line; amounts only for those who see business.

    Sums come before the single signals, which go by number (the database keeps no order).
    """
    parts = []
    for name in sorted(figures, key=lambda name: (name[0].isdigit(), name)):
        value = figures[name]
        if any(word in name for word in _MONEY_WORDS) and isinstance(value, int):
            if officer.has_role(*BUSINESS):
                parts.append(f"{name} {short_money(value)}")
        elif isinstance(value, int | float):
            parts.append(f"{name} {value:,}")
        else:
            parts.append(f"{name} {value}")
    return " · ".join(parts)


def _status(form: StartForm) -> int:
    return 422 if form.errors else 200
