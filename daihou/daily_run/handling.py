"""What people do with their work: put the result on record, or defer it with a reason."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from daihou.daily_run.choices import WorkStatus
from daihou.daily_run.models import WorkItem
from daihou.loan_book.actions import NotAcceptable, Promise, record_contact, record_happening
from daihou.loan_book.choices import ContactOutcome, HappeningKind
from daihou.staff.models import Officer

STILL_TO_DO = (WorkStatus.OPEN, WorkStatus.DEFERRED)


class AlreadyHandled(Exception):
    """Somebody else has dealt with this work in the meantime; nothing was written."""

    def __init__(self) -> None:
        super().__init__("这项待办已由他人办结或已消失,本次没有登记;请刷新后再看")


@transaction.atomic
def record_outcome(
    *,
    work: WorkItem,
    outcome: ContactOutcome,
    note: str,
    by: Officer,
    business_date: dt.date,
    promise: Promise | None = None,
) -> WorkStatus:
    """Put on record what came of the work, and close it unless the client could not be reached.

    An attempt that reached nobody is kept as a contact and the work stays open: it is still to
    be done. Raises `NotAcceptable` and `AlreadyHandled`. Returns where the work stands now.
    """
    if outcome == ContactOutcome.DISPUTED and not note.strip():
        raise NotAcceptable("note", "客户有异议时,请写明异议内容")
    happening = record_contact(
        customer=work.customer,
        outcome=outcome,
        note=note,
        by=by,
        business_date=business_date,
        promise=promise,
    )
    if outcome == ContactOutcome.UNREACHABLE:
        _flip(work, outcome=happening.text[:500])
        return WorkStatus(work.status)
    _flip(
        work,
        status=WorkStatus.DONE,
        outcome=happening.text[:500],
        closed_on=business_date,
        closed_by=by,
    )
    return WorkStatus.DONE


@transaction.atomic
def defer(
    *,
    work: WorkItem,
    until: dt.date,
    reason: str,
    by: Officer,
    business_date: dt.date,
    longest_days: int,
) -> None:
    """Put work off to a later day, for a reason that stays in the client's timeline.

    `longest_days` is the lender's limit, counted from the business date. Raises `NotAcceptable`
    and `AlreadyHandled`.
    """
    if not reason.strip():
        raise NotAcceptable("reason", "延后须写明理由")
    if until <= business_date:
        raise NotAcceptable("until", f"延后日期须晚于营业日 {business_date}")
    if (until - business_date).days > longest_days:
        raise NotAcceptable("until", f"最多延后 {longest_days} 天,请选择更近的日期")
    record_happening(
        customer=work.customer,
        kind=HappeningKind.NOTE,
        happened_on=business_date,
        text=f"“{work.get_task_display()}”延后至 {until}:{reason.strip()}",
        facts={"deferred_until": until.isoformat(), "work": work.pk},
        by=by,
        business_date=business_date,
    )
    _flip(work, status=WorkStatus.DEFERRED, deferred_until=until)


def _flip(work: WorkItem, **values: object) -> None:
    """Change the work only if it is still to be done; otherwise undo everything."""
    still_open = WorkItem.objects.filter(pk=work.pk, status__in=STILL_TO_DO)
    if still_open.update(**values) != 1:
        raise AlreadyHandled
