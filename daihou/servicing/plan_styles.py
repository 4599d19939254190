"""How the plan of a loan that is under way is made anew, by its method of repayment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from daihou.loan_book.choices import PLANNED_BY_MONTHS, RepaymentMethod
from daihou.loan_book.models import Loan
from loanmath.arrays import Codes
from loanmath.codes import InterestMode
from loanmath.plans import Style
from loanmath.repricing import AS_PLANNED
from loanmath.schedule import InterestBy, Method


def repricing_style(loan: Loan) -> Style | None:
    """For another rate; a custom plan keeps its principal (None)."""
    method = RepaymentMethod(loan.method)
    return None if method is RepaymentMethod.CUSTOM else _style(method, loan.interest_mode)


def restructuring_style(loan: Loan) -> Style:
    """For new due dates; a custom plan goes on in equal parts of principal."""
    method = RepaymentMethod(loan.method)
    if method is RepaymentMethod.CUSTOM:
        method = RepaymentMethod.LEVEL_PRINCIPAL
    return _style(method, loan.interest_mode)


def _style(method: RepaymentMethod, interest_mode: int) -> Style:
    interest_by = interest_by_of(np.array([method]), np.array([interest_mode]))
    return Style(Method[method.name], InterestBy(int(interest_by[0])))


def interest_by_of(methods: npt.NDArray, interest_modes: npt.NDArray) -> Codes:
    """How the plans of many loans count the interest of a period: as their first plans did."""
    by_months = np.isin(methods, PLANNED_BY_MONTHS) & (interest_modes == InterestMode.BY_PLAN)
    return np.where(by_months, InterestBy.MONTHS, InterestBy.DAYS).astype(np.int8)


def kernel_methods(methods: npt.NDArray) -> Codes:
    """The methods of many loans in the kernel's codes; custom plans keep their principal."""
    return np.take(_KERNEL_METHODS, methods)


_KERNEL_METHODS = np.array(
    [
        AS_PLANNED
        if code in (0, RepaymentMethod.CUSTOM)
        else int(Method[RepaymentMethod(code).name])
        for code in range(max(RepaymentMethod) + 1)
    ],
    np.int8,
)  # codes of loans begin at 1
