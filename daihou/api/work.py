"""An officer's worklist, for systems that show it elsewhere."""

from __future__ import annotations

import datetime as dt

from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import Field

from daihou.api.door import ROW_REFUSALS, ApiHttpRequest, closed_day, needs
from daihou.api.shapes import AskedDay, Coded, ReasonShape, StaffNumber, reasons_shown
from daihou.api_clients.choices import Scope
from daihou.daily_run.models import WorkItem
from daihou.daily_run.queries import explained_work, still_to_do_on, work_visible_to
from daihou.daily_run.work_budget import held_back, within_budget
from daihou.policy.queries import parameters_on
from daihou.staff.queries import officers_visible_to

router = Router(tags=["待办"])


class WorkShape(Schema):
    """One client's work: what to do first and why."""

    rank: int = Field(description="次序")
    customer: Coded = Field(description="客户")
    task: Coded = Field(description="做什么")
    why_first: str = Field(description="为什么先做")
    opened_on: dt.date = Field(description="产生日")
    due_on: dt.date = Field(description="期限")
    amount: int = Field(description="涉及金额(分)")
    reasons: list[ReasonShape] = Field(description="依据")


class WorklistShape(Schema):
    """What an officer has to do on a day."""

    officer: Coded = Field(description="工号与姓名")
    day: dt.date = Field(description="营业日")
    items: list[WorkShape] = Field(description="待办,最要紧的在前")
    held_back: int = Field(description="超出当日提示数、暂缓提示的户数")


@router.get(
    "/officers/{staff_number}/worklist",
    response={200: WorklistShape, **ROW_REFUSALS},
    summary="查询客户经理的待办",
    description="与工作台“今日工作”相同的清单和次序;超出每日提示数的不列出,只给户数。",
    **needs(Scope.WORK_READ),
)
def worklist(
    request: ApiHttpRequest,
    staff_number: StaffNumber,
    on: AskedDay = None,
) -> WorklistShape:
    """The ranked list of clients whom an officer has to deal with."""
    day = closed_day(on)
    account = request.account
    officer = get_object_or_404(officers_visible_to(account), username=staff_number)
    waiting = work_visible_to(account).filter(still_to_do_on(day), officer=officer)
    budget = parameters_on(day).whole("worklist.budget")
    shown = within_budget(waiting, budget).select_related("customer")
    rows = explained_work(shown.defer("customer__identity_number"), on=day)
    return WorklistShape(
        officer=Coded(code=officer.username, name=str(officer)),
        day=day,
        items=[_shown(rank, row) for rank, row in enumerate(rows, start=1)],
        held_back=held_back(waiting, budget).count(),
    )


def _shown(rank: int, row: WorkItem) -> WorkShape:
    return WorkShape(
        rank=rank,
        customer=Coded(code=row.customer.number, name=row.customer.name),
        task=Coded(code=row.task, name=row.get_task_display()),
        why_first=row.why_first,
        opened_on=row.opened_on,
        due_on=row.due_on,
        amount=row.amount,
        reasons=reasons_shown(row.reasons),
    )
