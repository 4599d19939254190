"""Who works where, and how far a person sees over the tree of branches."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer

# Roles that look over everything of their own branch and the branches under it.
TREE_ROLES = frozenset(
    {
        Role.POST_LOAN_OFFICER,
        Role.RISK_MANAGER,
        Role.COLLECTOR,
        Role.ASSET_RECOVERY,
        Role.APPROVER,
        Role.MANAGEMENT,
        Role.AUDITOR,
        Role.API_CLIENT,
    }
)


def sees_branch_tree(officer: Officer) -> bool:
    """Whether the person sees the business of a whole branch, and not only the own clients."""
    return officer.branch_id is not None and officer.has_role(*TREE_ROLES)


def branches_visible_to(officer: Officer) -> QuerySet[Branch]:
    """The branches whose business the person may see: the own one and all under it.

    A client manager gets the own branch's tree too, to choose from; which clients and loans are
    seen is decided by the doors in `loan_book.queries`. A system administrator without another
    role sees no business, and so no branches here.
    """
    if officer.branch is None or not officer.has_role(Role.ACCOUNT_MANAGER, *TREE_ROLES):
        return Branch.objects.none()
    return branch_and_below(officer.branch)


def branch_and_below(branch: Branch) -> QuerySet[Branch]:
    """A branch and every branch under it."""
    below = branch.path.rstrip("/") + "/"
    return Branch.objects.filter(Q(pk=branch.pk) | Q(path__startswith=below))


def officers_visible_to(officer: Officer) -> QuerySet[Officer]:
    """The people whom the person may look up: administrators and auditors all, others their tree.

    Machine accounts of connected systems are no people; `api_clients.queries` has them.
    """
    staff = Officer.objects.exclude(roles__contains=[Role.API_CLIENT]).select_related("branch")
    if officer.has_role(Role.ADMINISTRATOR, Role.AUDITOR):
        return staff
    return staff.filter(branch__in=branches_visible_to(officer))
