"""Reads of the work that the daily run leaves, and of what it set aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.fields import DateRangeField
from django.db import connection
from django.db.models import F, Func, Q, QuerySet, Value

from daihou.daily_run.choices import DayStatus, RunStatus, WorkStatus
from daihou.daily_run.locking import a_run_is_working
from daihou.daily_run.models import (
    BusinessDay,
    Correction,
    DayEndRun,
    SetAside,
    StepRecord,
    WorkItem,
)
from daihou.daily_run.telling import matters_of, reasons_of, why_first
from daihou.daily_run.work_rows import work_points
from daihou.loan_book.models import Loan
from daihou.loan_book.queries import customers_visible_to, loans_visible_to
from daihou.policy.queries import parameters_on_days
from daihou.servicing.knowledge import Knowledge
from daihou.servicing.marks import BookMarks
from daihou.staff.models import Officer
from loanmath.dates import day_number


def work_visible_to(officer: Officer) -> QuerySet[WorkItem]:
    """The work on the clients whom the person may see, whoever is to do it."""
    return WorkItem.objects.filter(customer__in=customers_visible_to(officer))


def explained_work(work: Iterable[WorkItem], *, on: dt.date) -> list[WorkItem]:
    """The work with `why_first` and `reasons` in words, as they are on a day; two queries.

    Work that is closed is told as on the day it was closed; work of before matters were kept with
    it has none.
    """
    rows = list(work)
    told_on = [min(on, row.closed_on) if row.closed_on else on for row in rows]
    parameters = parameters_on_days(told_on)
    points = {day: work_points(on_day) for day, on_day in parameters.items()}
    matters = [matters_of(row.matters) for row in rows]
    loans = {matter.loan for each in matters for matter in each}
    numbers = dict(Loan.objects.filter(pk__in=loans).values_list("pk", "number"))
    for row, day, each in zip(rows, told_on, matters, strict=True):
        today = day_number(day)
        row.why_first = why_first(each, today)
        row.reasons = reasons_of(each, points[day], today, numbers) if each else []
    return rows


def still_to_do_on(day: dt.date) -> Q:
    """Work that waited to be done at the start of the day: opened, not closed, not put off.

    A deferral counts from when it was made; an earlier day shows such work as put off too.
    """
    return opened_not_closed_on(day) & (
        Q(deferred_until__isnull=True) | Q(deferred_until__lte=day) | ~Q(status=WorkStatus.DEFERRED)
    )


def put_off_on(day: dt.date) -> Q:
    """Work that somebody put off beyond the day."""
    return opened_not_closed_on(day) & Q(status=WorkStatus.DEFERRED, deferred_until__gt=day)


def opened_not_closed_on(day: dt.date) -> Q:
    """Work that existed on the day and was not closed by then."""
    return Q(opened_on__lte=day) & (Q(closed_on__isnull=True) | Q(closed_on__gt=day))


def set_asides_visible_to(officer: Officer) -> QuerySet[SetAside]:
    """The loans that could not be computed, among those the person may see."""
    return SetAside.objects.filter(loan__in=loans_visible_to(officer))


def closed_through() -> dt.date | None:
    """The last business day whose daily run is closed; None before the first."""
    return (
        BusinessDay.objects.filter(status=DayStatus.CLOSED)
        .order_by("-day")
        .values_list("day", flat=True)
        .first()
    )


def open_day(today: dt.date) -> dt.date:
    """The business day that work belongs to now: the one after the last closed, else `today`."""
    closed = closed_through()
    return today if closed is None else closed + dt.timedelta(days=1)


def knowledge_since(day: dt.date) -> Knowledge:
    """Which plans, entries and changes of terms each closed day from a day on has seen."""
    closed = BusinessDay.objects.filter(
        status=DayStatus.CLOSED,
        day__gte=day,
        inputs__has_key="marks",
        inputs__marks__has_key="entry",
    ).order_by("day")
    rows = closed.values_list("day", "inputs__marks")
    return Knowledge.of((day, BookMarks(**marks)) for day, marks in rows)


def corrections_visible_to(officer: Officer) -> QuerySet[Correction]:
    """What was learned late about the loans that the person may see."""
    return Correction.objects.filter(loan__in=loans_visible_to(officer))


def corrections_about(
    corrections: QuerySet[Correction], day: dt.date, narrowed: str = ""
) -> QuerySet[Correction]:
    """Those that say something about a day before them; `narrowed` to a loan's or client's number.

    They came after the day: what a day believed is only ever corrected by a later one.
    """
    past_days = Func(
        F("since"), F("until"), Value("[]"), function="daterange", output_field=DateRangeField()
    )
    rows = corrections.alias(past_days=past_days).filter(past_days__contains=day)  # type: ignore[misc]
    if narrowed:
        rows = rows.filter(Q(loan__number=narrowed) | Q(loan__customer__number=narrowed))
    return rows


def has_to_be_read() -> Q:
    """Corrections that change arrears, grade or signals and that nobody has read."""
    return Q(is_material=True, read_by=None)


def may_be_read_with_others() -> Q:
    """Unread ones that may be signed many at once; a changed grade is looked at by itself."""
    same = Q(grade_believed=F("grade_true")) | Q(grade_believed=None, grade_true=None)
    return has_to_be_read() & same


@dataclass(frozen=True)
class RunFigures:
    """How the daily run stands, for whoever watches the installation: counts and times only."""

    closed_day: dt.date | None
    closed_at: dt.datetime | None
    steps: list[StepRecord]  # of the latest day, closed or not
    is_working: bool
    has_failed: bool
    set_aside: int
    open_work: int


def run_figures() -> RunFigures:
    """Read the run's records."""
    connection.ensure_connection()
    latest = BusinessDay.objects.order_by("-day").first()
    closed = BusinessDay.objects.filter(status=DayStatus.CLOSED).order_by("-day").first()
    last_start = DayEndRun.objects.order_by("-pk").first()
    return RunFigures(
        closed_day=closed.day if closed else None,
        closed_at=closed.closed_at if closed else None,
        steps=list(latest.steps.order_by("pk")) if latest else [],
        is_working=a_run_is_working(connection.connection),
        has_failed=last_start is not None and last_start.status == RunStatus.FAILED,
        set_aside=SetAside.objects.filter(until=None).count(),
        open_work=WorkItem.objects.filter(status=WorkStatus.OPEN).count(),
    )
