"""Loans as the interface shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet
from ninja import Schema
from pydantic import Field

from daihou.api.shapes import Coded, grade_named, percent
from daihou.classification.models import LoanGrade
from daihou.daily_run.past_standings import LoanStanding, grade_rows_then, standings_then
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.choices import SecurityKind
from daihou.loan_book.models import FloatingTerms, Loan, TermChange
from daihou.servicing.floating_rates import terms_in_words
from daihou.servicing.knowledge import Answer
from daihou.servicing.models import LoanPosition
from loanmath.codes import Status

STATUS_NAMES = {
    Status.LIVE: "在贷",
    Status.SETTLED: "已结清",
    Status.WRITTEN_OFF: "已核销",
}


class StandingShape(Schema):
    """Where a loan stands after the last daily run, or stood on the day asked for."""

    status: Coded = Field(description="状态")
    principal: int = Field(description="本金余额(分)")
    overdue: int = Field(description="逾期本金与欠息(分)")
    days_past_due: int = Field(description="逾期天数")
    next_due: dt.date | None = Field(description="下一应还日")
    next_amount: int = Field(description="下一期应还(分)")


class LoanShape(Schema):
    """One loan (借据) in the list."""

    number: str = Field(description="借据号")
    customer: Coded = Field(description="客户")
    product: Coded = Field(description="产品")
    branch: Coded = Field(description="经办机构")
    currency: str = Field(description="币种")
    amount: int = Field(description="借款金额(分)")
    disbursed_on: dt.date = Field(description="放款日")
    matures_on: dt.date = Field(description="到期日")
    rate: str = Field(description="合同年利率(%)")
    method: Coded = Field(description="还款方式")
    standing: StandingShape | None = Field(
        description="最近日终后(或所查日期)的状态;空为尚未经过日终或当日挂起"
    )
    grade: Coded | None = Field(description="五级分类;空为未分类")


class InstalmentShape(Schema):
    """One line of the plan in force."""

    due: dt.date = Field(description="应还日")
    principal: int = Field(description="应还本金(分)")
    interest: int = Field(description="应还利息(分)")


class FloatingShape(Schema):
    """A floating rate as agreed."""

    benchmark: Coded = Field(description="定价基准")
    spread_bps: int = Field(description="加点(基点),减点为负")
    cycle_months: int = Field(description="重定价周期(月)")
    reset_rule: Coded = Field(description="重定价日规则")
    notice_days: int = Field(description="采用重定价日前多少天的最新报价")
    lowest: str | None = Field(description="利率下限(%);空为不设")
    highest: str | None = Field(description="利率上限(%);空为不设")
    next_reset_on: dt.date | None = Field(description="下次重定价日;空为到期前不再重定价")
    says: str = Field(description="约定的文字表述")


class LoanWithPlan(LoanShape):
    """One loan with the terms as signed and the plan in force."""

    contract: str | None = Field(description="合同编号")
    purpose: str = Field(description="用途")
    security: Coded = Field(description="主要担保方式")
    grace_days: int = Field(description="宽限天数")
    rate_now: str = Field(description="现行年利率(%)")
    floating: FloatingShape | None = Field(description="浮动利率约定;空为固定利率")
    plan: list[InstalmentShape] = Field(description="现行还款计划")


class TermChangeShape(Schema):
    """One change of a loan's terms."""

    kind: Coded = Field(description="变更")
    effective_from: dt.date = Field(description="生效日,自该日日终起执行")
    booked_on: dt.date = Field(description="登记日")
    rate: str | None = Field(description="变更后年利率(%);空为不涉及")
    amount: int | None = Field(description="转入本金的金额(分);空为不涉及")
    reason: str = Field(description="原因")


class EntryShape(Schema):
    """One movement of the ledger."""

    id: int = Field(description="流水编号,冲正时使用")
    loan: str = Field(description="借据号")
    kind: Coded = Field(description="类型")
    amount: int = Field(description="金额(分)")
    value_date: dt.date = Field(description="起息日")
    booked_on: dt.date = Field(description="记账日")
    reference: str = Field(description="来源系统流水号")
    payer_name: str | None = Field(description="付款人;空为未知")
    note: str = Field(description="摘要")
    reverses: int | None = Field(description="冲正的是哪一条流水")
    reversed_by: int | None = Field(description="被哪一条流水冲正")


def with_what_is_shown(loans: QuerySet[Loan], day: dt.date) -> QuerySet[Loan]:
    """The loans with client, product, branch, position and grade of a day: two queries in all."""
    graded = Prefetch("grades", LoanGrade.objects.valid_on(day), to_attr="grades_now")
    shown = loans.select_related("customer", "product", "branch", "position")
    return shown.defer("customer__identity_number").prefetch_related(graded)


def as_they_stood(loans: Iterable[Loan], day: dt.date, answer: Answer) -> list[Loan]:
    """Those of the loans that the book had on a past day, each as it stood then, by an answer."""
    rows = list(loans)
    standings = standings_then([loan.pk for loan in rows], day, answer)
    grades = grade_rows_then(standings, day, answer)
    for loan in rows:
        loan.stood = standings.get(loan.pk)  # type: ignore[attr-defined]
        loan.grades_now = [grades[loan.pk]] if loan.pk in grades else []  # type: ignore[attr-defined]
    return [loan for loan in rows if loan.pk in standings]


def runs(loan: Loan) -> bool:
    """Whether a loan is not settled, as far as is known."""
    stood: LoanStanding | None = getattr(loan, "stood", None)
    if stood is not None:
        return stood.is_live or not stood.is_known
    position = getattr(loan, "position", None)
    return position is None or position.settled_on is None


def loan_fields(loan: Loan, day: dt.date) -> dict[str, Any]:
    """What list and single page of a loan have in common."""
    grades: list[LoanGrade] = loan.grades_now  # type: ignore[attr-defined]
    return {
        "number": loan.number,
        "customer": Coded(code=loan.customer.number, name=loan.customer.name),
        "product": Coded(code=loan.product.code, name=loan.product.name),
        "branch": Coded(code=loan.branch.code, name=loan.branch.name),
        "currency": loan.currency,
        "amount": loan.amount,
        "disbursed_on": loan.disbursed_on,
        "matures_on": loan.matures_on,
        "rate": percent(loan.rate),
        "method": Coded(code=loan.method, name=loan.get_method_display()),
        "standing": standing_of(loan, day),
        "grade": grade_named(grades[0].grade if grades else None),
    }


def standing_of(loan: Loan, day: dt.date) -> StandingShape | None:
    """Where a loan stands, or stood; None before its first daily run, or while set aside."""
    stood: LoanStanding | None = getattr(loan, "stood", None)
    if stood is not None:
        return _stood(stood) if stood.is_known else None
    position: LoanPosition | None = getattr(loan, "position", None)
    if position is None:
        return None
    return StandingShape(
        status=status_named(position.status),
        principal=position.principal,
        overdue=position.principal_overdue + position.interest_overdue,
        days_past_due=position.days_past_due(day),
        next_due=position.next_due,
        next_amount=position.next_due_amount,
    )


def _stood(one: LoanStanding) -> StandingShape:
    return StandingShape(
        status=status_named(one.status),
        principal=one.principal,
        overdue=one.overdue,
        days_past_due=one.days_past_due,
        next_due=one.next_due,
        next_amount=one.next_amount,
    )


def status_named(status: int) -> Coded:
    """A loan's status by code and name."""
    return Coded(code=int(status), name=STATUS_NAMES.get(Status(status), "未放款"))


def security_named(loan: Loan) -> Coded:
    """How a loan is secured."""
    return Coded(code=loan.security, name=str(SecurityKind(loan.security).label))


def term_change_shown(change: TermChange) -> TermChangeShape:
    """One change of terms."""
    return TermChangeShape(
        kind=Coded(code=change.kind, name=change.get_kind_display()),
        effective_from=change.effective_from,
        booked_on=change.booked_on,
        rate=None if change.rate is None else percent(change.rate),
        amount=change.amount,
        reason=change.reason,
    )


def entry_shown(entry: LedgerEntry, loan_number: str) -> EntryShape:
    """One entry with what it undoes, or what undid it."""
    undone: LedgerEntry | None = getattr(entry, "reversed_by", None)
    return EntryShape(
        id=entry.pk,
        loan=loan_number,
        kind=Coded(code=entry.kind, name=entry.get_kind_display()),
        amount=entry.amount,
        value_date=entry.value_date,
        booked_on=entry.booked_on,
        reference=entry.reference,
        payer_name=entry.payer_name,
        note=entry.note,
        reverses=entry.reverses_id,
        reversed_by=undone.pk if undone else None,
    )


def floating_shown(loan: Loan) -> FloatingShape | None:
    """The floating rate of a loan; None for a fixed one."""
    terms: FloatingTerms | None = getattr(loan, "floating", None)
    if terms is None:
        return None
    return FloatingShape(
        benchmark=Coded(code=terms.benchmark, name=terms.get_benchmark_display()),
        spread_bps=terms.spread_bps,
        cycle_months=terms.cycle_months,
        reset_rule=Coded(code=terms.reset_rule, name=terms.get_reset_rule_display()),
        notice_days=terms.notice_days,
        lowest=None if terms.lowest is None else percent(terms.lowest),
        highest=None if terms.highest is None else percent(terms.highest),
        next_reset_on=terms.next_reset_on,
        says=terms_in_words(terms),
    )
