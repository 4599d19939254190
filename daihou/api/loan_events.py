"""What happened to a loan, event by event, as the kernel tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ninja import Schema
from pydantic import Field

from daihou.api.paging import Page, PageRequest
from daihou.api.problems import Refused
from daihou.api.shapes import Coded
from daihou.ledger.choices import EntryKind
from loanmath.codes import What
from loanmath.one_loan import Event

_WHAT_NAMES = {
    What.FELL_DUE: "应还日",
    What.CREDIT_USED: "溢缴款抵扣",
    What.GRACE_ENDED: "宽限期满",
    What.INTEREST_CHARGED: "结息",
    What.TERMS_CHANGED: "条款变更",
}


class EventShape(Schema):
    """One event, where its money went, and how the loan stood after it; amounts in fen."""

    place: int = Field(description="序号,自 1 起")
    date: dt.date = Field(description="日期")
    what: Coded = Field(description="事件:流水的类型,或 fell_due 应还日等")
    number: int = Field(description="第几期、第几条流水或第几次变更")
    principal: int = Field(description="归还本金(分)")
    interest: int = Field(description="归还利息(分)")
    penalty: int = Field(description="归还罚息(分)")
    compound: int = Field(description="归还复利(分)")
    fees: int = Field(description="归还费用(分)")
    waived: int = Field(description="减免(分)")
    credit: int = Field(description="其后的溢缴款(分)")
    balance: int = Field(description="其后的本金余额(分)")
    due_unpaid: int = Field(description="其后的应还未还合计(分)")
    days_past_due: int = Field(description="其后的逾期天数")


def page_of_events(events: Sequence[Event], asked: PageRequest) -> Page[EventShape]:
    """Some of the events; the place of the last one is where the next page begins."""
    if asked.after and not asked.after.isdecimal():
        raise Refused(422, "须为上一页应答中的 next", "after")
    start = int(asked.after or 0)
    end = start + asked.limit
    items = [_shown(place, one) for place, one in enumerate(events[start:end], start=start + 1)]
    return Page[EventShape](items=items, next=str(end) if end < len(events) else None)


def _shown(place: int, event: Event) -> EventShape:
    if isinstance(event.what, What):
        what = Coded(code=event.what.name.lower(), name=_WHAT_NAMES[event.what])
    else:
        kind = EntryKind(int(event.what))
        what = Coded(code=kind.name.lower(), name=str(kind.label))
    return EventShape(
        place=place,
        date=event.date,
        what=what,
        number=event.number,
        principal=event.principal,
        interest=event.interest,
        penalty=event.penalty,
        compound=event.compound,
        fees=event.fees,
        waived=event.waived,
        credit=event.credit,
        balance=event.balance,
        due_unpaid=event.due_unpaid,
        days_past_due=event.days_past_due,
    )
