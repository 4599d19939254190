"""年化成本: what the loan costs a year if paid as agreed, as borrowers must be shown."""

from __future__ import annotations

from daihou.servicing.queries import OneLoan, planned_rows
from loanmath.annual_cost import AnnualCost, CashFlow, annual_cost
from loanmath.codes import EntryKind
from loanmath.money import Money


def yearly_cost(one: OneLoan) -> AnnualCost | None:
    """The cost by the first plan and the fees charged on the day of disbursement.

    None where no yearly rate follows from them: a plan that does not repay the loan, or that begins
    on the day of disbursement.
    """
    loan = one.loan
    first = one.plan_versions[0] if one.plan_versions else None
    if first is None or sum(first.principal) != loan.amount:
        return None
    fees = [
        CashFlow(entry.date, Money(-entry.amount))
        for entry in one.kernel_loan.entries
        if entry.kind is EntryKind.FEE and entry.date == loan.disbursed_on
    ]
    try:
        return annual_cost(Money(loan.amount), loan.disbursed_on, planned_rows(first), fees)
    except ValueError:
        return None
