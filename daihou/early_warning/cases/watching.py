"""The watch list by hand: putting a client on it, and taking one off, each with a reason."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from daihou.early_warning.cases.actions import HANDLERS, LEADERS
from daihou.early_warning.cases.choices import StepKind, WatchReason
from daihou.early_warning.cases.models import CaseStep, SignalCase, WatchEntry
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer
from daihou.staff.models import Officer


@transaction.atomic
def watch(
    *,
    customer: Customer,
    text: str,
    by: Officer,
    business_date: dt.date,
    case: SignalCase | None = None,
    reason: WatchReason = WatchReason.BY_HAND,
) -> WatchEntry:
    """Put a client on the watch list, for a reason that stays with it."""
    if not by.has_role(*HANDLERS):
        raise NotAcceptable("text", "您的角色不办理观察名单")
    if not text.strip():
        raise NotAcceptable("text", "请写明列入理由")
    entry, is_new = WatchEntry.objects.get_or_create(
        customer=customer,
        left_on=None,
        defaults={"case": case, "entered_on": business_date, "entered_by": by,
                  "reason": reason, "text": text.strip()},
    )  # fmt: skip
    if not is_new:
        raise NotAcceptable("text", f"{customer.name} 自 {entry.entered_on} 起已在观察名单")
    _keep_step(entry, StepKind.WATCHED, by, business_date, entry.text)
    return entry


@transaction.atomic
def unwatch(*, entry: WatchEntry, text: str, by: Officer, business_date: dt.date) -> None:
    """Take a client off the list once it has been quiet long enough; who leads says why."""
    if not by.has_role(*LEADERS):
        raise NotAcceptable("text", "移出观察名单由贷后岗或风险经理办理")
    if not text.strip():
        raise NotAcceptable("text", "请写明移出理由")
    if entry.may_leave_since is None:
        raise NotAcceptable("text", "还不符合移出条件:仍有在办预警或信号,或平稳时间不足")
    standing = WatchEntry.objects.filter(pk=entry.pk, left_on=None)
    if not standing.update(left_on=business_date, left_by=by, left_text=text.strip()):
        raise NotAcceptable("text", "已由他人移出")
    _keep_step(entry, StepKind.UNWATCHED, by, business_date, text.strip())


def _keep_step(entry: WatchEntry, kind: StepKind, by: Officer, today: dt.date, text: str) -> None:
    """In the case that brought the client onto the list, where there is one."""
    if (case := entry.case) is not None:
        CaseStep.objects.create(
            case=case, taken_on=today, kind=kind, by=by, state=case.state, colour=case.colour,
            due_on=case.due_on, text=text,
        )  # fmt: skip
