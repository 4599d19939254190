"""Changes of what was agreed to be paid back: the next version of a plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from django.db import transaction

from daihou.loan_book.choices import PlanReason
from daihou.loan_book.models import Loan, PlanVersion
from loanmath.loans import Instalment


class PlanNotAcceptable(Exception):
    """A plan that may not follow the one in force; the message says why."""


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
