"""Where a loan stood on a day: as it was known then, and as it is true; and why they differ."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ninja import Schema
from pydantic import Field

from daihou.api.correction_shapes import CorrectionShape, correction_shown
from daihou.api.loan_shapes import status_named
from daihou.api.shapes import Coded, ReasonShape, grade_named, percent, reasons_shown
from daihou.classification.models import LoanGrade
from daihou.classification.queries import explained_grades, grade_of
from daihou.daily_run.models import Correction
from daihou.daily_run.queries import knowledge_since
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan, PlanVersion, TermChange
from daihou.servicing.knowledge import Knowledge
from daihou.servicing.queries import LoanRows, OneLoan, as_known_on
from daihou.servicing.two_accounts import all_known, two_accounts
from loanmath.codes import PROBLEM_TEXT, Problem
from loanmath.courses import Span, Standing
from loanmath.loans import terms_on
from loanmath.money import Money, format_yuan


class AccountShape(Schema):
    """One answer about a loan on a day; amounts in fen."""

    problem: str = Field(description="无法计算的原因;空为可以计算")
    status: Coded | None = Field(description="状态;空为无法计算")
    rate: str = Field(description="当日合同年利率(%)")
    principal: int | None = Field(description="本金余额(分)")
    principal_overdue: int | None = Field(description="逾期本金(分)")
    interest_overdue: int | None = Field(description="欠息(分)")
    penalty_due: int | None = Field(description="应收罚息(分)")
    compound_due: int | None = Field(description="应收复利(分)")
    fees_due: int | None = Field(description="应收费用(分)")
    accrued_interest: int | None = Field(description="未到期应计利息(分)")
    credit: int | None = Field(description="溢缴款(分)")
    payoff: int | None = Field(description="当日结清金额(分)")
    days_past_due: int | None = Field(description="逾期天数")
    oldest_unpaid_due: dt.date | None = Field(description="最早未还应还日")
    next_due: dt.date | None = Field(description="下一应还日")
    next_amount: int | None = Field(description="下一期应还(分)")
    grade: Coded | None = Field(description="五级分类;空为未分类")
    grade_reasons: list[ReasonShape] = Field(description="分类依据")


class LearnedShape(Schema):
    """One thing that came to be known after the day of knowledge and counts by the day asked."""

    counts_from: dt.date = Field(description="影响自哪一天")
    known_since: dt.date = Field(description="自哪一个营业日起为系统所知")
    says: str = Field(description="说明")


class SpanShape(Schema):
    """Days, both included, on which what was believed day by day was not what is true."""

    since: dt.date = Field(description="起")
    until: dt.date = Field(description="止")
    principal_believed: int = Field(description="当时所知本金余额(分)")
    principal_true: int = Field(description="更正后本金余额(分)")
    unpaid_believed: int = Field(description="当时所知应还未还本息(分)")
    unpaid_true: int = Field(description="更正后应还未还本息(分)")
    days_past_due_believed: int = Field(description="止日当时所知逾期天数")
    days_past_due_true: int = Field(description="止日更正后逾期天数")


class PositionShape(Schema):
    """Both answers to where a loan stood on a day."""

    loan: str = Field(description="借据号")
    on: dt.date = Field(description="查询的日期(当日日终)")
    known_on: dt.date = Field(description="“当时所知”按哪一个营业日的所知")
    is_projected: bool = Field(description="是否晚于最近营业日,即推算")
    as_known: AccountShape = Field(description="当时所知")
    as_true: AccountShape = Field(description="现在更正后")
    differs: list[str] = Field(description="两种口径不同的字段;空为一致")
    learned: list[LearnedShape] = Field(description="此后才知道的事项,即不同的原因")
    differing_days: list[SpanShape] = Field(description="逐日当时所知与更正后不同的各段日期")
    corrections: list[CorrectionShape] = Field(description="有关的更正")


def both_answers(
    loan: Loan, *, on: dt.date, known_on: dt.date, closed: dt.date, corrections: list[Correction]
) -> PositionShape:
    """Lay the two answers side by side; `closed` is the last closed business day."""
    rows, knowledge = LoanRows.of(loan), knowledge_since(loan.disbursed_on)
    then, now = as_known_on(rows, known_on, knowledge), as_known_on(rows, None)
    known, true = _accounts(loan, then, now, on, known_on)
    return PositionShape(
        loan=loan.number,
        on=on,
        known_on=known_on,
        is_projected=on > closed,
        as_known=known,
        as_true=true,
        differs=[
            name
            for name in AccountShape.model_fields
            if name != "grade_reasons" and getattr(known, name) != getattr(true, name)
        ],
        learned=_learned(rows, knowledge, on, known_on),
        differing_days=_differing_days(loan, on, closed),
        corrections=[correction_shown(one) for one in corrections],
    )


def _accounts(
    loan: Loan, then: OneLoan, now: OneLoan, on: dt.date, known_on: dt.date
) -> tuple[AccountShape, AccountShape]:
    believed, true = grade_of(loan, on=on, known=known_on), grade_of(loan, on=on)
    explained_grades([one for one in (believed, true) if one is not None])
    return _account(then, on, believed), _account(now, on, true)


def _account(one: OneLoan, on: dt.date, grade: LoanGrade | None) -> AccountShape:
    judged: dict[str, Any] = {
        "grade": grade_named(grade.grade if grade else None),
        "grade_reasons": reasons_shown(grade.reasons) if grade else [],
        "rate": percent(terms_on(one.kernel_loan, on).rate),
    }
    position = one.position(on)
    if position.problem is not Problem.NONE:
        unknown = dict.fromkeys(name for name in AccountShape.model_fields if name not in judged)
        return AccountShape(**{**unknown, **judged, "problem": PROBLEM_TEXT[position.problem]})
    return AccountShape(
        problem="",
        status=status_named(position.status),
        principal=position.principal,
        principal_overdue=position.principal_overdue,
        interest_overdue=position.interest_overdue,
        penalty_due=position.penalty_due,
        compound_due=position.compound_due,
        fees_due=position.fees_due,
        accrued_interest=position.accrued_interest,
        credit=position.credit,
        payoff=position.payoff,
        days_past_due=position.days_past_due,
        oldest_unpaid_due=position.oldest_unpaid_due,
        next_due=position.next_due,
        next_amount=position.next_due_amount,
        **judged,
    )


def _learned(
    rows: LoanRows, knowledge: Knowledge, on: dt.date, known_on: dt.date
) -> list[LearnedShape]:
    """What counts by a day and was not known yet on the day of knowledge, in order of that."""
    return [
        LearnedShape(counts_from=one.happened_on, known_since=one.known_since, says=_says(one.row))
        for one in all_known(rows, knowledge)
        if one.happened_on <= on and one.known_since > known_on
    ]


def _says(row: LedgerEntry | PlanVersion | TermChange) -> str:
    if isinstance(row, PlanVersion):
        return f"还款计划第 {row.version} 版({row.get_reason_display()})"
    if isinstance(row, TermChange):
        return f"条款变更:{row.get_kind_display()}({row.reason})"
    undone = row.reverses
    if undone is None:
        return f"{row.get_kind_display()} {format_yuan(Money(row.amount))} 元"
    note = f"({row.note})" if row.note else ""
    return f"冲正{_says(undone)}{note}"


def _differing_days(loan: Loan, on: dt.date, closed: dt.date) -> list[SpanShape]:
    """Where the two accounts differ up to a day, by all that closed days know.

    Empty where one of them cannot be computed.
    """
    try:
        spans = two_accounts(loan, until=closed, knowledge=knowledge_since).spans
    except ValueError:
        return []
    return [_span(one, min(one.until, on)) for one in spans if one.since <= on]


def _span(one: Span, until: dt.date) -> SpanShape:
    believed: Standing = one.believed
    true: Standing = one.true
    return SpanShape(
        since=one.since,
        until=until,
        principal_believed=believed.balance,
        principal_true=true.balance,
        unpaid_believed=believed.unpaid,
        unpaid_true=true.unpaid,
        days_past_due_believed=believed.days_past_due(until),
        days_past_due_true=true.days_past_due(until),
    )
