"""Loans: the list, one loan, where it stood on a day, its ledger; booking and reversing entries."""

from __future__ import annotations

from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from ninja.params.functions import Path as in_path
from ninja.params.functions import Query as in_query
from pydantic import Field

from daihou.api.door import (
    ROW_REFUSALS,
    WRITE_REFUSALS,
    ApiHttpRequest,
    closed_day,
    last_closed_day,
    needs,
    needs_key,
)
from daihou.api.loan_events import EventShape, page_of_events
from daihou.api.loan_shapes import (
    EntryShape,
    InstalmentShape,
    LoanShape,
    LoanWithPlan,
    TermChangeShape,
    entry_shown,
    floating_shown,
    loan_fields,
    security_named,
    term_change_shown,
    with_what_is_shown,
)
from daihou.api.paging import Page, PageRequest, page_after
from daihou.api.positions import PositionShape, both_answers
from daihou.api.problems import Refused
from daihou.api.shapes import AskedDay, Day, GivenShape, LoanNumber, Text, percent
from daihou.api.writing import carry_out_once
from daihou.api_clients.choices import Scope
from daihou.daily_run.queries import corrections_visible_to, knowledge_since, open_day
from daihou.ledger.actions import CannotBook, record_entry, reverse_entry
from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan, TermChange
from daihou.loan_book.queries import loans_visible_to
from daihou.servicing.knowledge import Answer
from daihou.servicing.queries import read_loan
from loanmath.loans import terms_on
from loanmath.money import MAX_MONEY, Money

router = Router(tags=["借据与流水"])
_KINDS = {kind.name.lower(): kind for kind in EntryKind if kind is not EntryKind.REVERSAL}
_KIND_WORDS = "、".join(f"{name} {kind.label}" for name, kind in _KINDS.items())

EntryId = Annotated[int, in_path(description="流水编号")]
KnownOn = Annotated[
    Day | None, in_query(description="“当时所知”按哪一个营业日;不填为所查日期,最晚为最近营业日")
]


class LoanFilters(PageRequest):
    """Which loans are asked for."""

    customer: str = Field("", max_length=40, description="客户号")
    branch: str = Field("", max_length=20, description="经办机构号")
    live: bool | None = Field(None, description="true 只列在贷,false 只列已结清或已核销")


class EventFilters(PageRequest):
    """Up to which day, and by which answer, the events are asked for."""

    on: Day | None = Field(None, description="截至日;不填为最近营业日")
    answer: Answer = Field(
        Answer.AS_TRUE, description="口径:as_known 按截至日当时所知,as_true 按现在所知"
    )


class NewEntry(GivenShape):
    """A movement of money to be booked."""

    kind: str = Field(description=f"类型:{_KIND_WORDS}")
    amount: int = Field(strict=True, gt=0, le=MAX_MONEY, description="金额(分)")
    value_date: Day = Field(description="起息日:资金实际发生的日期,不晚于营业日")
    reference: Text = Field(max_length=60, description="来源系统流水号,每笔借据内唯一")
    payer_name: str | None = Field(None, max_length=200, description="付款人名称")
    note: str = Field("", max_length=200, description="摘要")


class NewReversal(GivenShape):
    """Why an entry is undone."""

    note: Text = Field(max_length=200, description="冲正原因")


@router.get(
    "/loans",
    response={200: Page[LoanShape], **ROW_REFUSALS},
    summary="查询借据",
    description="按借据号排列,逐页取;只含本系统所属机构及下级机构客户的借据。",
    **needs(Scope.LOANS_READ),
)
def list_loans(request: ApiHttpRequest, asked: Query[LoanFilters]) -> Page[LoanShape]:
    """A page of the loans whose clients the system may see."""
    day = last_closed_day()
    loans = loans_visible_to(request.account)
    if asked.customer:
        loans = loans.filter(customer__number=asked.customer)
    if asked.branch:
        loans = loans.filter(branch__code=asked.branch)
    if asked.live is not None:
        loans = loans.filter(position__settled_on__isnull=asked.live)
    rows, following = page_after(with_what_is_shown(loans, day), "number", asked)
    return Page[LoanShape](
        items=[LoanShape(**loan_fields(row, day)) for row in rows], next=following
    )


@router.get(
    "/loans/{number}",
    response={200: LoanWithPlan, **ROW_REFUSALS},
    summary="查询一笔借据",
    description="条款、现行还款计划和最近日终后的状态。",
    **needs(Scope.LOANS_READ),
)
def one_loan(request: ApiHttpRequest, number: LoanNumber) -> LoanWithPlan:
    """One loan with its plan in force."""
    day = last_closed_day()
    visible = with_what_is_shown(_visible(request).select_related("contract", "floating"), day)
    loan = get_object_or_404(visible, number=number)
    read = read_loan(loan).kernel_loan
    return LoanWithPlan(
        **loan_fields(loan, day),
        contract=loan.contract.number if loan.contract else None,
        purpose=loan.purpose,
        security=security_named(loan),
        grace_days=loan.grace_days,
        rate_now=percent(terms_on(read, day).rate),
        floating=floating_shown(loan),
        plan=[
            InstalmentShape(due=row.due, principal=row.principal, interest=row.interest)
            for row in read.plan
        ],
    )


@router.get(
    "/loans/{number}/position",
    response={200: PositionShape, **ROW_REFUSALS},
    summary="查询借据在某日的状态:当时所知与更正后",
    description=(
        "同时给出两种口径:as_known 按 known_on 那一个营业日所知,as_true 按现在所知。"
        "两者不同时,differs 列出不同的字段,learned 列出此后才知道的事项(补记、冲正、变更),"
        "corrections 列出日终发现的更正。不填日期时按最近营业日。"
    ),
    **needs(Scope.LOANS_READ),
)
def loan_position(
    request: ApiHttpRequest, number: LoanNumber, on: AskedDay = None, known_on: KnownOn = None
) -> PositionShape:
    """Where a loan stood on a day, both answers."""
    closed = last_closed_day()
    loan = get_object_or_404(_visible(request), number=number)
    day = on or closed
    known = known_on or min(day, closed)
    if known > closed:
        raise Refused(422, f"{known} 尚未日终,不能晚于最近营业日 {closed}", "known_on")
    if day < loan.disbursed_on:
        raise Refused(422, f"不能早于放款日 {loan.disbursed_on}", "on")
    learned_late = (
        corrections_visible_to(request.account)
        .filter(loan=loan, found_on__gt=known, since__lte=day)
        .select_related("loan", "read_by")
        .order_by("found_on")
    )
    return both_answers(loan, on=day, known_on=known, closed=closed, corrections=list(learned_late))


@router.get(
    "/loans/{number}/entries",
    response={200: Page[EntryShape], **ROW_REFUSALS},
    summary="查询借据的流水",
    description="按登记的先后排列,逐页取;被冲正的流水和冲正流水都在内。",
    **needs(Scope.LOANS_READ),
)
def loan_entries(
    request: ApiHttpRequest, number: LoanNumber, asked: Query[PageRequest]
) -> Page[EntryShape]:
    """A page of a loan's ledger."""
    loan = get_object_or_404(_visible(request), number=number)
    entries = LedgerEntry.objects.filter(loan=loan).select_related("reversed_by")
    rows, following = page_after(entries, "pk", asked)
    return Page[EntryShape](items=[entry_shown(row, loan.number) for row in rows], next=following)


@router.get(
    "/loans/{number}/events",
    response={200: Page[EventShape], **ROW_REFUSALS},
    summary="查询借据的逐项事件",
    description=(
        "截至 on 的每一件事:到期、还款及其去向、结息、宽限期满、条款变更,"
        "各附其后的余额、欠款和逾期天数。按 answer 的口径计算,按发生的先后排列,逐页取。"
    ),
    **needs(Scope.LOANS_READ),
)
def loan_events(
    request: ApiHttpRequest, number: LoanNumber, asked: Query[EventFilters]
) -> Page[EventShape]:
    """A page of what happened to a loan, by what was known or by what is true."""
    day = closed_day(asked.on)
    loan = get_object_or_404(_visible(request), number=number)
    known = day if asked.answer is Answer.AS_KNOWN else None
    one = read_loan(loan, known_on=known, knowledge=knowledge_since(loan.disbursed_on))
    try:
        events = one.timeline(day)
    except ValueError as problem:
        raise Refused(409, f"借据数据有误,无法计算:{problem}") from problem
    return page_of_events(events, asked)


@router.get(
    "/loans/{number}/term-changes",
    response={200: Page[TermChangeShape], **ROW_REFUSALS},
    summary="查询借据的条款变更",
    description=(
        "放款之后条款的变更,按登记的先后排列,逐页取:利率、罚息利率、挪用、停计罚息、停计逾期天数、"
        "提前到期、转本金、重组。由此重排的还款计划见借据的现行计划。"
    ),
    **needs(Scope.LOANS_READ),
)
def loan_term_changes(
    request: ApiHttpRequest, number: LoanNumber, asked: Query[PageRequest]
) -> Page[TermChangeShape]:
    """A page of the changes of a loan's terms."""
    loan = get_object_or_404(_visible(request), number=number)
    rows, following = page_after(TermChange.objects.filter(loan=loan), "pk", asked)
    return Page[TermChangeShape](items=[term_change_shown(row) for row in rows], next=following)


@router.post(
    "/loans/{number}/entries",
    response={201: EntryShape, **WRITE_REFUSALS},
    summary="登记一条流水",
    description=(
        "还款、提前还款、收费、减免、核销、收回等。记账日为当前营业日(最近日终日的次日);"
        "起息日早于记账日的,下一次日终会更正以前各日的状态。"
    ),
    **needs_key(Scope.LEDGER_WRITE),
)
def book_entry(request: ApiHttpRequest, number: LoanNumber, entry: NewEntry) -> HttpResponse:
    """Book a movement of money."""
    kind = _KINDS.get(entry.kind)
    if kind is None:
        raise Refused(422, f"须为以下之一:{_KIND_WORDS}", "kind")

    def book() -> EntryShape:
        loan = get_object_or_404(_visible(request), number=number)
        try:
            booked = record_entry(
                loan=loan,
                kind=kind,
                amount=Money(entry.amount),
                value_date=entry.value_date,
                business_date=open_day(timezone.localdate()),
                reference=entry.reference,
                payer_name=entry.payer_name,
                note=entry.note.strip(),
            )
        except CannotBook as problem:
            raise Refused(409, str(problem)) from problem
        return entry_shown(booked, loan.number)

    return carry_out_once(request, book)


@router.post(
    "/loans/{number}/entries/{int:entry_id}/reversal",
    response={201: EntryShape, **WRITE_REFUSALS},
    summary="冲正一条流水",
    description="原流水保留,另记一条指向它的冲正;两者自记账日起都不再计入。",
    **needs_key(Scope.LEDGER_WRITE),
)
def undo_entry(
    request: ApiHttpRequest, number: LoanNumber, entry_id: EntryId, reversal: NewReversal
) -> HttpResponse:
    """Undo an entry by a reversal."""

    def undo() -> EntryShape:
        loan = get_object_or_404(_visible(request), number=number)
        entry = get_object_or_404(
            LedgerEntry.objects.select_related("loan"), loan=loan, pk=entry_id
        )
        try:
            undone = reverse_entry(
                entry=entry, business_date=open_day(timezone.localdate()), note=reversal.note
            )
        except CannotBook as problem:
            raise Refused(409, str(problem)) from problem
        return entry_shown(undone, loan.number)

    return carry_out_once(request, undo)


def _visible(request: ApiHttpRequest) -> QuerySet[Loan]:
    visible = loans_visible_to(request.account)
    return visible.select_related("customer").defer("customer__identity_number")
