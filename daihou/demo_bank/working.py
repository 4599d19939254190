"""The demo bank's officers at work: each week they deal with most of what is due on their lists."""

from __future__ import annotations

import datetime as dt
import random

from daihou.daily_run.choices import WorkStatus
from daihou.daily_run.handling import record_outcome
from daihou.daily_run.models import Correction, WorkItem
from daihou.daily_run.queries import has_to_be_read
from daihou.daily_run.reading_corrections import mark_read
from daihou.loan_book.choices import ContactOutcome

DILIGENCE = 0.9  # the share of due work that gets done in its week
_LOOK_AHEAD = dt.timedelta(days=2)
_FORTNIGHT = dt.timedelta(days=14)
# What came of a contact, how often in a hundred, and what the officer wrote.
_OUTCOMES = (
    (ContactOutcome.REACHED, 62, "电话联系客户,已说明应还金额与日期,客户表示知悉"),
    (ContactOutcome.VISITED, 23, "上门走访,经营正常,提醒按时备足还款资金"),
    (ContactOutcome.UNREACHABLE, 15, "两次拨打均无人接听,次日再联系"),
)


def work_the_lists(today: dt.date, chance: random.Random) -> int:
    """Deal with what is due within two days; returns how many pieces of work were handled."""
    due = WorkItem.objects.filter(
        status=WorkStatus.OPEN, due_on__lte=today + _LOOK_AHEAD, officer__isnull=False
    ).select_related("customer", "officer")
    handled = 0
    for work in due.order_by("customer__number"):
        if chance.random() < DILIGENCE:
            _handle(work, today, chance)
            handled += 1
    return handled


def sign_corrections(today: dt.date) -> int:
    """Clients' managers sign the corrections that have lain a fortnight; returns how many."""
    found = Correction.objects.filter(
        has_to_be_read(), found_on__lte=today - _FORTNIGHT, loan__customer__officer__isnull=False
    ).select_related("loan__customer__officer")
    for correction in found.order_by("loan__number", "found_on"):
        officer = correction.loan.customer.officer
        assert officer is not None
        mark_read(correction=correction, by=officer, note="已核对凭证,分类与信号以更正后为准")
    return len(found)


def _handle(work: WorkItem, today: dt.date, chance: random.Random) -> None:
    outcome, _, note = chance.choices(_OUTCOMES, weights=[often for _, often, _ in _OUTCOMES])[0]
    assert work.officer is not None
    record_outcome(work=work, outcome=outcome, note=note, by=work.officer, business_date=today)
