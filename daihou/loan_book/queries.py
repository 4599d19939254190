"""Reads of the loan book. Rows of clients and loans leave only through the doors below."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from daihou.loan_book.models import Customer, Loan
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.staff.queries import branch_and_below, sees_branch_tree


def customers_visible_to(officer: Officer) -> QuerySet[Customer]:
    """The clients whom the person may see.

    客户经理: the own clients. 贷后岗, 催收员, 资产保全, 风险经理, 审批人, 管理层, 审计: all clients
    of the own branch and the branches under it; at head office, all. 系统管理员: none. Somebody who
    holds several roles sees what any of them sees.
    """
    return Customer.objects.filter(_scope(officer, client=""))


def loans_visible_to(officer: Officer) -> QuerySet[Loan]:
    """The loans that the person may see: those of the clients whom the person may see."""
    return Loan.objects.filter(_scope(officer, client="customer__"))


def _scope(officer: Officer, *, client: str) -> Q:
    nothing = Q(pk__in=[])
    if not officer.is_active:
        return nothing
    scope = nothing
    if sees_branch_tree(officer) and officer.branch is not None:
        if officer.branch.parent_id is None:
            return Q()  # head office: no restriction, and none in the SQL either
        scope = Q(**{f"{client}branch__in": branch_and_below(officer.branch)})
    if officer.has_role(Role.ACCOUNT_MANAGER):
        scope = scope | Q(**{f"{client}officer": officer})
    return scope
