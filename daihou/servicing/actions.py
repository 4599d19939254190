"""Changes of what was agreed: the next version of a plan, and changes of the terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction

from daihou.loan_book.choices import (
    AMOUNT_CHANGES,
    RATE_CHANGES,
    PlanReason,
    TermChangeKind,
)
from daihou.loan_book.models import Loan, PlanVersion, TermChange
from daihou.servicing.plan_styles import repricing_style, restructuring_style
from daihou.servicing.queries import OneLoan, read_loan
from loanmath.floating import Uplifts
from loanmath.loans import Change, Instalment
from loanmath.money import Money
from loanmath.rates import MAX_RATE, Rate
from loanmath.replanning import reprice, restructure


class PlanNotAcceptable(Exception):
    """A plan that may not follow the one in force; the message says why."""


class TermsNotAcceptable(Exception):
    """A change of terms that cannot be recorded; the message says why."""


@dataclass(frozen=True)
class NewTerm:
    """One change of terms from the evening of a day on, as it is to be recorded."""

    kind: TermChangeKind
    on: dt.date
    rate: Rate | None = None
    amount: Money | None = None


@dataclass(frozen=True)
class NewPlan:
    """The next version of a plan, as it is to be recorded."""

    reason: PlanReason
    effective_from: dt.date
    instalments: Sequence[Instalment]


@transaction.atomic
def add_plan_version(
    *,
    loan: Loan,
    effective_from: dt.date,
    reason: PlanReason,
    instalments: Sequence[Instalment],
    note: str = "",
) -> PlanVersion:
    """Make the next version of a loan's plan; what fell due up to that day stays as it was.

    Raises `PlanNotAcceptable` if the plan is empty, its dates do not rise or do not lie after
    `effective_from`, an amount is negative, or a later version is in force already. Whether its
    principal fits what is owed is for the kernel to say: the loan is set aside if it does not.
    """
    Loan.objects.select_for_update().get(pk=loan.pk)  # versions are numbered one after the other
    last = PlanVersion.objects.filter(loan=loan).order_by("-version").first()
    if last is not None and effective_from < last.effective_from:
        raise PlanNotAcceptable(f"已有 {last.effective_from} 生效的还款计划,新计划不能更早")
    _check(instalments, effective_from)
    return PlanVersion.objects.create(
        loan=loan,
        version=1 if last is None else last.version + 1,
        effective_from=effective_from,
        reason=reason,
        note=note,
        due_dates=[row.due for row in instalments],
        principal=[row.principal for row in instalments],
        interest=[row.interest for row in instalments],
    )


def _check(instalments: Sequence[Instalment], effective_from: dt.date) -> None:
    dues = [row.due for row in instalments]
    if not dues:
        raise PlanNotAcceptable("还款计划没有任何一期")
    if any(later <= earlier for earlier, later in pairwise(dues)):
        raise PlanNotAcceptable("还款计划的应还日须逐期递增")
    if dues[0] <= effective_from:
        raise PlanNotAcceptable(f"首个应还日 {dues[0]} 须晚于生效日 {effective_from}")
    if any(row.principal < 0 or row.interest < 0 for row in instalments):
        raise PlanNotAcceptable("还款计划的金额不能为负数")


@transaction.atomic
def change_terms(
    *,
    loan: Loan,
    kind: TermChangeKind,
    effective_from: dt.date,
    business_date: dt.date,
    reason: str,
    rate: Rate | None = None,
    amount: Money | None = None,
) -> TermChange:
    """Record one change of a loan's terms, in force from the evening of a day.

    A contract rate takes the penalty rates along. Raises `TermsNotAcceptable` without a reason, for
    a day before the loan was paid out, for a rate or an amount that the kind lacks or does not
    have, and for a second change of the kind on the day.
    """
    if not reason.strip():
        raise TermsNotAcceptable("请写明变更原因")
    if effective_from < loan.disbursed_on:
        raise TermsNotAcceptable(f"生效日 {effective_from} 早于放款日 {loan.disbursed_on}")
    if (rate is not None) != (kind in RATE_CHANGES) or not 0 <= (rate or 0) <= MAX_RATE:
        raise TermsNotAcceptable(f"“{kind.label}”的年利率有误")
    if (amount is not None) != (kind in AMOUNT_CHANGES) or (amount is not None and amount <= 0):
        raise TermsNotAcceptable(f"“{kind.label}”的金额有误")
    Loan.objects.select_for_update().get(pk=loan.pk)
    same = TermChange.objects.filter(loan=loan, kind=kind, effective_from=effective_from)
    if same.exists():
        raise TermsNotAcceptable(f"{effective_from} 已登记过“{kind.label}”")
    return TermChange.objects.create(
        loan=loan,
        kind=kind,
        effective_from=effective_from,
        booked_on=business_date,
        reason=reason.strip(),
        rate=rate,
        amount=amount,
    )


@transaction.atomic
def replan(
    *,
    loan: Loan,
    changes: Sequence[NewTerm],
    plan: NewPlan,
    business_date: dt.date,
    reason: str,
) -> PlanVersion:
    """Record changes of terms together with the plan that they ask for, all or nothing.

    The one door by which both are written: by a repricing, a restructuring, an approved proposal.
    Raises as `change_terms` and `add_plan_version`.
    """
    for change in changes:
        record_change(loan=loan, change=change, business_date=business_date, reason=reason)
    return add_plan_version(
        loan=loan,
        effective_from=plan.effective_from,
        reason=plan.reason,
        instalments=plan.instalments,
        note=reason,
    )


def record_change(
    *, loan: Loan, change: NewTerm, business_date: dt.date, reason: str
) -> TermChange:
    """As `change_terms`, for a change that was worked out before."""
    return change_terms(
        loan=loan,
        kind=change.kind,
        effective_from=change.on,
        business_date=business_date,
        reason=reason,
        rate=change.rate,
        amount=change.amount,
    )


def repricing_of(one: OneLoan, on: dt.date, rate: Rate) -> tuple[list[NewTerm], NewPlan]:
    """What another contract rate from a day on asks to be recorded.

    The instalment that is running is charged by segments; 按计划还款 keeps its principal. Raises
    ValueError if the loan cannot be computed or nothing is left to come.
    """
    loan = one.loan
    uplifts = Uplifts(loan.penalty_uplift_bps, compound=loan.charges_compound)
    made = reprice(one.kernel_loan, on, rate, repricing_style(loan), uplifts)
    plan = NewPlan(PlanReason.REPRICING, on, made.plan.plan)
    return [NewTerm(TermChangeKind.RATE, on, rate=rate)], plan


def restructuring_of(
    one: OneLoan,
    on: dt.date,
    dues: Sequence[dt.date],
    capitalise_interest: bool = False,
    capitalise_penalty: bool = False,
) -> tuple[list[NewTerm], NewPlan]:
    """What a restructuring on a day asks to be recorded: all that is owed on new due dates.

    Raises ValueError if the loan cannot be computed, if nothing is owed, or if the dates do not
    rise.
    """
    style = restructuring_style(one.loan)
    made = restructure(one.kernel_loan, on, dues, style, capitalise_interest, capitalise_penalty)
    changes = [_recorded_as(change) for change in made.changes]
    return changes, NewPlan(PlanReason.RESTRUCTURING, on, made.plan.plan)


@transaction.atomic
def reprice_loan(
    *, loan: Loan, on: dt.date, rate: Rate, business_date: dt.date, reason: str
) -> PlanVersion:
    """Let another contract rate hold from a day on (重定价), and make the plan anew for it.

    Raises `TermsNotAcceptable` if the loan cannot be computed or nothing is left to come, and as
    `change_terms` and `add_plan_version`.
    """
    try:
        changes, plan = repricing_of(read_loan(loan), on, rate)
    except ValueError as error:
        raise TermsNotAcceptable("借据无法计算,或没有未到期的本金") from error
    return replan(loan=loan, changes=changes, plan=plan, business_date=business_date, reason=reason)


@transaction.atomic
def restructure_loan(
    *,
    loan: Loan,
    on: dt.date,
    dues: Sequence[dt.date],
    business_date: dt.date,
    reason: str,
    capitalise_interest: bool = False,
    capitalise_penalty: bool = False,
) -> PlanVersion:
    """Spread all that is owed over new due dates from a day on (重组).

    Interest that is owed is asked for with the first of them, or turned into principal; penalty
    stays due, or is turned into principal. Raises as `reprice_loan`.
    """
    try:
        changes, plan = restructuring_of(
            read_loan(loan), on, dues, capitalise_interest, capitalise_penalty
        )
    except ValueError as error:
        raise TermsNotAcceptable("借据无法计算、没有未还本金,或应还日未逐期递增") from error
    return replan(loan=loan, changes=changes, plan=plan, business_date=business_date, reason=reason)


def _recorded_as(change: Change) -> NewTerm:
    """A change that the kernel asks for, as it is recorded; not for rates and pauses."""
    kind = TermChangeKind(change.kind.value)
    amount = Money(change.value) if kind in AMOUNT_CHANGES else None
    return NewTerm(kind, change.date, amount=amount)
