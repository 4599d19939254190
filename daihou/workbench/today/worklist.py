"""The officer's worklist: which rows it holds, and the figures over it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from daihou.daily_run.choices import WorkStatus
from daihou.daily_run.models import WorkItem
from daihou.daily_run.queries import put_off_on, still_to_do_on, work_visible_to
from daihou.daily_run.work_budget import held_back, within_budget
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.staff.choices import Role
from daihou.staff.models import Officer

TEAM_ROLES = (Role.POST_LOAN_OFFICER, Role.RISK_MANAGER, Role.MANAGEMENT, Role.AUDITOR)


class Part(Enum):
    """Which part of the worklist is shown; the value stands in the address."""

    TO_DO = "todo"
    DUE_TODAY = "due"
    LATE = "late"
    RED = "red"
    HELD_BACK = "held"
    PUT_OFF = "deferred"
    DONE = "done"


PART_NAMES = {
    Part.TO_DO: "待办",
    Part.DUE_TODAY: "今日到期",
    Part.LATE: "已超期",
    Part.RED: "红色信号",
    Part.HELD_BACK: "暂缓提示",
    Part.PUT_OFF: "已延后",
    Part.DONE: "本月办结",
}


@dataclass(frozen=True)
class WorkFigures:
    """How many clients stand in each part of the worklist on a day.

    `held_back` are those that wait behind the day's budget of an officer; `to_do` leaves them out.
    """

    to_do: int
    due_today: int
    late: int
    red: int
    held_back: int
    put_off: int
    done: int

    @property
    def due_by_now(self) -> int:
        """What was to be done this month: done, or due by now and still to do."""
        return self.done + self.due_today + self.late


def work_in_scope(officer: Officer, *, team: bool) -> QuerySet[WorkItem]:
    """The officer's own work, or that of all whose clients the officer may see."""
    work = work_visible_to(officer)
    return work if team else work.filter(officer=officer)


def may_see_team(officer: Officer) -> bool:
    """Whether the person answers for the work of others."""
    return officer.has_role(*TEAM_ROLES)


def part_on(day: dt.date, part: Part) -> Q:
    """The condition for a part of the list on the day; the budget divides 待办 further."""
    waiting = still_to_do_on(day)
    conditions = {
        Part.TO_DO: waiting,
        Part.HELD_BACK: waiting,
        Part.DUE_TODAY: waiting & Q(due_on=day),
        Part.LATE: waiting & Q(due_on__lt=day),
        Part.RED: waiting & Q(has_red=True),
        Part.PUT_OFF: put_off_on(day),
        Part.DONE: Q(status=WorkStatus.DONE, closed_on__gte=day.replace(day=1), closed_on__lte=day),
    }
    return conditions[part]


def with_red_flag(work: QuerySet[WorkItem], day: dt.date) -> QuerySet[WorkItem]:
    """Mark the work whose client has a red signal that stands on the day."""
    red = Signal.objects.filter(
        Q(ceased_on__isnull=True) | Q(ceased_on__gt=day),
        customer=OuterRef("customer"),
        colour=Colour.RED,
        first_seen_on__lte=day,
    )
    return work.annotate(has_red=Exists(red))


def figures_on(work: QuerySet[WorkItem], day: dt.date, budget: int) -> WorkFigures:
    """The figures over the worklist, in two queries."""
    held = held_back(work.filter(still_to_do_on(day)), budget).count()
    counts = with_red_flag(work, day).aggregate(
        **{part.name: Count("pk", filter=part_on(day, part)) for part in Part}
    )
    return WorkFigures(
        to_do=counts["TO_DO"] - held,
        due_today=counts["DUE_TODAY"],
        late=counts["LATE"],
        red=counts["RED"],
        held_back=held,
        put_off=counts["PUT_OFF"],
        done=counts["DONE"],
    )


def rows_of(work: QuerySet[WorkItem], day: dt.date, part: Part, budget: int) -> QuerySet[WorkItem]:
    """The rows of a part, the most pressing first; 待办 ends with the budget, red ones stay."""
    rows = with_red_flag(work, day).filter(part_on(day, part))
    if part is Part.TO_DO:
        rows = within_budget(rows, budget)
    elif part is Part.HELD_BACK:
        rows = held_back(rows, budget)
    shown = rows.select_related("customer", "branch", "officer")
    return shown.defer("customer__identity_number").order_by("-rank_score", "pk")
