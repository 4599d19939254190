"""Groups of roles that desks are opened to."""

from __future__ import annotations

from daihou.staff.choices import Role

# Everybody who works with clients and loans. 系统管理员 keeps the system and sees no business data.
BUSINESS = frozenset(
    {
        Role.ACCOUNT_MANAGER,
        Role.POST_LOAN_OFFICER,
        Role.RISK_MANAGER,
        Role.COLLECTOR,
        Role.ASSET_RECOVERY,
        Role.APPROVER,
        Role.MANAGEMENT,
        Role.AUDITOR,
    }
)
# Those who act on clients and loans; 管理层 and 审计 look and do not touch.
HANDLERS = BUSINESS - {Role.MANAGEMENT, Role.AUDITOR, Role.APPROVER}
# Those who run the machinery of a business day: feeds and the daily run.
OPERATORS = frozenset({Role.POST_LOAN_OFFICER, Role.RISK_MANAGER})
EVERYBODY = frozenset(Role)
NOBODY: frozenset[Role] = frozenset()
