"""Clients with grade and signals; putting on record what happened to them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from daihou.api.correction_shapes import CorrectionShape, correction_shown
from daihou.api.door import (
    ROW_REFUSALS,
    WRITE_REFUSALS,
    ApiHttpRequest,
    closed_day,
    last_closed_day,
    needs,
    needs_key,
)
from daihou.api.loan_shapes import (
    LoanShape,
    as_they_stood,
    loan_fields,
    runs,
    standing_of,
    with_what_is_shown,
)
from daihou.api.paging import Page, PageRequest, page_after
from daihou.api.problems import Refused
from daihou.api.shapes import (
    AskedAnswer,
    AskedDay,
    Coded,
    CustomerNumber,
    Day,
    GivenShape,
    ReasonShape,
    SignalShape,
    Text,
    grade_named,
    reasons_shown,
    signal_shown,
)
from daihou.api.writing import carry_out_once
from daihou.api_clients.choices import Scope
from daihou.classification.models import LoanGrade
from daihou.classification.queries import explained_grades
from daihou.daily_run.models import Correction
from daihou.daily_run.past_standings import signals_as_true
from daihou.daily_run.queries import corrections_about, corrections_visible_to, open_day
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.early_warning.queries import explained_signals, open_on, signals_visible_to
from daihou.early_warning.rules import SIGNAL_NAMES, Rule
from daihou.loan_book.actions import NotAcceptable, record_happening
from daihou.loan_book.choices import HappeningKind
from daihou.loan_book.models import Customer, Happening, Loan
from daihou.loan_book.queries import customers_visible_to
from daihou.servicing.knowledge import Answer

router = Router(tags=["客户"])
_KIND_WORDS = "、".join(f"{kind.value} {kind.label}" for kind in HappeningKind)


class CustomerShape(Schema):
    """One client in the list; amounts in fen, sums over the loans that run."""

    number: str = Field(description="客户号")
    name: str = Field(description="客户名称")
    kind: Coded = Field(description="客户类型")
    industry: Coded | None = Field(description="所属行业;空为未知")
    region: str = Field(description="所在地区")
    branch: Coded = Field(description="管户机构")
    officer: Coded | None = Field(description="管户客户经理")
    live_loans: int = Field(description="在贷笔数")
    principal: int = Field(description="本金余额(分)")
    overdue: int = Field(description="逾期本金与欠息(分)")
    days_past_due: int = Field(description="最长逾期天数")
    worst_grade: Coded | None = Field(description="在贷借据的最差分类;空为未分类")
    signals: dict[str, int] = Field(description="各颜色未消失的预警信号数")


class GradeShape(Schema):
    """The grade of one loan, and why."""

    loan: str = Field(description="借据号")
    grade: Coded = Field(description="五级分类")
    since: dt.date = Field(description="自哪一天起")
    reasons: list[ReasonShape] = Field(description="依据")


class CustomerWhole(CustomerShape):
    """One client with loans, grades and signals, each with its reasons."""

    day: dt.date = Field(description="营业日")
    answer: Answer = Field(description="口径")
    corrections: list[CorrectionShape] = Field(description="此后涉及当日的更正")
    loans: list[LoanShape] = Field(description="全部借据")
    grades: list[GradeShape] = Field(description="各借据的分类及依据")
    open_signals: list[SignalShape] = Field(description="未消失的预警信号及依据")


class NewHappening(GivenShape):
    """Something that happened to a client."""

    kind: str = Field(description=f"事项:{_KIND_WORDS}")
    happened_on: Day = Field(description="发生日,不晚于营业日")
    text: Text = Field(max_length=2000, description="发生了什么")
    loan: str | None = Field(None, max_length=40, description="有关借据号;空为客户整体")


class HappeningShape(Schema):
    """A happening as recorded."""

    id: int = Field(description="事项编号")
    customer: str = Field(description="客户号")
    loan: str | None = Field(description="借据号")
    kind: Coded = Field(description="事项")
    happened_on: dt.date = Field(description="发生日")
    text: str = Field(description="内容")
    recorded_by: str = Field(description="登记者")


class CustomerFilters(PageRequest):
    """Which clients are asked for."""

    branch: str = Field("", max_length=20, description="管户机构号")
    officer: str = Field("", max_length=30, description="管户客户经理工号")
    on: Day | None = Field(None, description="日期;不填为最近营业日")
    answer: Answer = Field(
        Answer.AS_TRUE, description="口径:as_known 按所查日期当时所知,as_true 按最近营业日所知"
    )


class HappeningFilters(PageRequest):
    """Which happenings are asked for."""

    loan: str = Field("", max_length=40, description="只列有关这笔借据的")


@router.get(
    "/customers",
    response={200: Page[CustomerShape], **ROW_REFUSALS},
    summary="查询客户",
    description=(
        "按客户号排列,逐页取;不含证件号码和联系方式。填 on 时,余额、逾期、分类、信号为当日情况,"
        "按 answer 的口径;管户机构和客户经理总是现在的。"
    ),
    **needs(Scope.CUSTOMERS_READ),
)
def list_customers(request: ApiHttpRequest, asked: Query[CustomerFilters]) -> Page[CustomerShape]:
    """A page of the clients whom the system may see."""
    day = closed_day(asked.on)
    rows = _visible(request)
    if asked.branch:
        rows = rows.filter(branch__code=asked.branch)
    if asked.officer:
        rows = rows.filter(officer__username=asked.officer)
    page, following = page_after(rows, "number", asked)
    loans = _loans_by_customer(page, day, asked.answer)
    open_signals = _open_signals(request, page, day, asked.answer)
    by_customer: dict[int, list[Signal]] = defaultdict(list)
    for one in open_signals:
        by_customer[one.customer_id].append(one)
    items = [CustomerShape(**_fields(row, loans[row.pk], by_customer[row.pk], day)) for row in page]
    return Page[CustomerShape](items=items, next=following)


@router.get(
    "/customers/{number}",
    response={200: CustomerWhole, **ROW_REFUSALS},
    summary="查询一户客户:借据、分类、预警信号及依据",
    description=(
        "不填日期时按最近营业日。填过去的日期时,借据、分类、信号为当日情况:as_known 按当日所知,"
        "as_true 按最近营业日所知;corrections 列出两者不同的原因。"
    ),
    **needs(Scope.CUSTOMERS_READ),
)
def one_customer(
    request: ApiHttpRequest,
    number: CustomerNumber,
    on: AskedDay = None,
    answer: AskedAnswer = Answer.AS_TRUE,
) -> CustomerWhole:
    """One client, every grade and signal with its reasons in words and numbers."""
    day = closed_day(on)
    found = get_object_or_404(_visible(request), number=number)
    loans = _loans_by_customer([found], day, answer)[found.pk]
    numbers = {loan.pk: loan.number for loan in loans}
    signals = _open_signals(request, [found], day, answer)
    grades: list[LoanGrade] = explained_grades(
        grade
        for loan in loans
        for grade in loan.grades_now  # type: ignore[attr-defined]
    )
    return CustomerWhole(
        **_fields(found, loans, signals, day),
        day=day,
        answer=answer,
        corrections=[correction_shown(one) for one in _corrections(request, [found], day)],
        loans=[LoanShape(**loan_fields(loan, day)) for loan in loans],
        grades=[
            GradeShape(
                loan=numbers[grade.loan_id],
                grade=Coded(code=grade.grade, name=grade.get_grade_display()),
                since=grade.valid_from,
                reasons=reasons_shown(grade.reasons),
            )
            for grade in grades
        ],
        open_signals=[
            signal_shown(one, SIGNAL_NAMES[Rule(one.rule)], numbers.get(one.loan_id))
            for one in signals
        ],
    )


@router.get(
    "/customers/{number}/happenings",
    response={200: Page[HappeningShape], **ROW_REFUSALS},
    summary="查询客户事项",
    description="客户及其各笔借据登记过的事项,按登记的先后排列,逐页取。",
    **needs(Scope.CUSTOMERS_READ),
)
def list_happenings(
    request: ApiHttpRequest, number: CustomerNumber, asked: Query[HappeningFilters]
) -> Page[HappeningShape]:
    """A page of what was put on record about a client."""
    found = get_object_or_404(_visible(request), number=number)
    rows = Happening.objects.filter(customer=found)
    if asked.loan:
        rows = rows.filter(loan__number=asked.loan)
    shown = rows.select_related("customer", "loan", "recorded_by")
    page, following = page_after(shown.defer("customer__identity_number"), "pk", asked)
    return Page[HappeningShape](items=[_happening_shown(row) for row in page], next=following)


@router.post(
    "/customers/{number}/happenings",
    response={201: HappeningShape, **WRITE_REFUSALS},
    summary="登记客户事项",
    description="如债务重组、宣称无力还款、重大变化;下一次日终会用到。",
    **needs_key(Scope.HAPPENINGS_WRITE),
)
def report_happening(
    request: ApiHttpRequest,
    number: CustomerNumber,
    happening: NewHappening,
) -> HttpResponse:
    """Put on record that something happened to a client or one of its loans."""
    if happening.kind not in HappeningKind.values:
        raise Refused(422, f"须为以下之一:{_KIND_WORDS}", "kind")

    def report() -> HappeningShape:
        customer = get_object_or_404(_visible(request), number=number)
        try:
            row = record_happening(
                customer=customer,
                kind=HappeningKind(happening.kind),
                happened_on=happening.happened_on,
                text=happening.text,
                loan=_loan_of(customer, happening.loan),
                by=request.account,
                business_date=open_day(timezone.localdate()),
            )
        except NotAcceptable as problem:
            raise Refused(422, str(problem), problem.field) from problem
        return _happening_shown(row)

    return carry_out_once(request, report)


def _happening_shown(row: Happening) -> HappeningShape:
    return HappeningShape(
        id=row.pk,
        customer=row.customer.number,
        loan=row.loan.number if row.loan else None,
        kind=Coded(code=row.kind, name=str(HappeningKind(row.kind).label)),
        happened_on=row.happened_on,
        text=row.text,
        recorded_by=str(row.recorded_by),
    )


def _loan_of(customer: Customer, number: str | None) -> Loan | None:
    if number is None:
        return None
    found = Loan.objects.filter(customer=customer, number=number).first()
    if found is None:
        raise Refused(422, "这笔借据不属于该客户", "loan")
    return found


def _visible(request: ApiHttpRequest) -> QuerySet[Customer]:
    visible = customers_visible_to(request.account)
    return visible.select_related("branch", "officer__branch").defer("identity_number")


def _signals(request: ApiHttpRequest) -> QuerySet[Signal]:
    return signals_visible_to(request.account)


def _corrections(
    request: ApiHttpRequest, customers: Iterable[Customer], day: dt.date
) -> list[Correction]:
    """What was learned later about a day of some clients' loans, in the order of finding."""
    about = corrections_about(corrections_visible_to(request.account), day)
    rows = about.filter(loan__customer__in=list(customers)).select_related("loan", "read_by")
    return list(rows.order_by("found_on", "pk"))


def _open_signals(
    request: ApiHttpRequest, customers: Sequence[Customer], day: dt.date, answer: Answer
) -> list[Signal]:
    """The signals of some clients on a day, with their reasons, by an answer."""
    showing = explained_signals(open_on(_signals(request).filter(customer__in=customers), day))
    if answer is Answer.AS_KNOWN or day == last_closed_day():
        return showing
    return signals_as_true(showing, _corrections(request, customers, day), day)


def _loans_by_customer(
    customers: Iterable[Customer], day: dt.date, answer: Answer
) -> dict[int, list[Loan]]:
    """The loans of some clients as of a day, in a constant number of queries."""
    loans = with_what_is_shown(Loan.objects.filter(customer__in=list(customers)), day)
    rows: Iterable[Loan] = loans.order_by("number")
    if day < last_closed_day():
        rows = as_they_stood(rows, day, answer)
    found: dict[int, list[Loan]] = defaultdict(list)
    for loan in rows:
        found[loan.customer_id].append(loan)
    return found


def _fields(
    customer: Customer, loans: list[Loan], signals: list[Signal], day: dt.date
) -> dict[str, Any]:
    """What list and single page of a client have in common."""
    live = [loan for loan in loans if runs(loan)]
    standings = [one for loan in live if (one := standing_of(loan, day)) is not None]
    grades = [grade.grade for loan in live for grade in loan.grades_now]  # type: ignore[attr-defined]
    officer = customer.officer
    return {
        "number": customer.number,
        "name": customer.name,
        "kind": Coded(code=customer.kind, name=customer.get_kind_display()),
        "industry": Coded(code=customer.industry, name=customer.get_industry_display())
        if customer.industry
        else None,
        "region": customer.region,
        "branch": Coded(code=customer.branch.code, name=customer.branch.name),
        "officer": Coded(code=officer.username, name=str(officer)) if officer else None,
        "live_loans": len(live),
        "principal": sum(one.principal for one in standings),
        "overdue": sum(one.overdue for one in standings),
        "days_past_due": max((one.days_past_due for one in standings), default=0),
        "worst_grade": grade_named(max(grades)) if grades else None,
        "signals": {
            f"{colour.label}色": sum(1 for one in signals if one.colour == colour)
            for colour in Colour
        },
    }
