"""The desks of the workbench in the order of the sidebar, and who sits at each.

A desk is a folder `workbench/<desk>/` with `views.py` and `urls.py`. To add one: a line here, its
addresses in `workbench/urls.py`, and its lines in the access matrix of the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.workbench.roles import BUSINESS, OPERATORS


@dataclass(frozen=True)
class Desk:
    """One entry of the sidebar: its name, its icon (Material Symbols) and the roles it is for."""

    name: str
    icon: str
    url_name: str
    roles: frozenset[Role]
    group: str

    @property
    def address(self) -> str:
        """Where the desk is entered."""
        return reverse(self.url_name)


OVERVIEW = Desk("组合总览", "monitoring", "overview", BUSINESS, "工作")
TODAY = Desk("今日工作", "checklist", "home", BUSINESS, "工作")
WARNINGS = Desk("预警", "notifications_active", "warnings", BUSINESS, "工作")
LOANS = Desk("贷款", "request_quote", "loans", BUSINESS, "工作")
CUSTOMERS = Desk("客户全景", "groups", "customers", BUSINESS, "工作")
STATEMENTS = Desk("财务报表", "table_chart", "statements", BUSINESS, "工作")
COLLATERAL = Desk("押品", "real_estate_agent", "collateral_register", BUSINESS, "工作")
# Who looks at revaluations in bulk: whoever sees a whole branch and answers for values.
REVALUERS = frozenset(
    {
        Role.POST_LOAN_OFFICER,
        Role.RISK_MANAGER,
        Role.APPROVER,
        Role.MANAGEMENT,
        Role.AUDITOR,
    }
)
TERM_PROPOSALS = Desk("条款变更", "edit_document", "term_proposals", BUSINESS, "工作")
EVENTS = Desk("外部事件", "campaign", "events", BUSINESS, "工作")
GRAPH = Desk("关联图谱", "hub", "circles", BUSINESS, "工作")
GRADING = Desk("分类认定", "rule", "grading", BUSINESS, "工作")
CORRECTIONS = Desk("更正", "history", "corrections", BUSINESS, "工作")
RISK_MODELS = Desk("风险模型", "model_training", "risk_models", BUSINESS, "工作")
FUNDS = Desk("资金监管", "account_balance", "funds", BUSINESS, "工作")
IMPORTS = Desk("数据接入", "upload_file", "imports", OPERATORS | {Role.AUDITOR}, "系统")
BUSINESS_DAYS = Desk(
    "日终",
    "event_available",
    "business_days",
    frozenset(
        {
            Role.RISK_MANAGER,
            Role.ADMINISTRATOR,
            Role.POST_LOAN_OFFICER,
            Role.MANAGEMENT,
            Role.AUDITOR,
        }
    ),
    "系统",
)
PARAMETERS = Desk(
    "参数",
    "tune",
    "parameters",
    frozenset(
        {Role.RISK_MANAGER, Role.APPROVER, Role.MANAGEMENT, Role.AUDITOR, Role.POST_LOAN_OFFICER}
    ),
    "系统",
)
SIGNAL_RULES = Desk("预警规则", "rule", "signal_rules", PARAMETERS.roles, "系统")
STAFF = Desk("机构与员工", "badge", "staff", frozenset({Role.ADMINISTRATOR, Role.AUDITOR}), "系统")
API_CLIENTS = Desk(
    "接口", "hub", "api_clients", frozenset({Role.ADMINISTRATOR, Role.AUDITOR}), "系统"
)
AUDIT = Desk("审计", "policy", "audit", frozenset({Role.AUDITOR}), "系统")

DESKS: tuple[Desk, ...] = (
    TODAY,
    OVERVIEW,
    WARNINGS,
    LOANS,
    CUSTOMERS,
    FUNDS,
    STATEMENTS,
    COLLATERAL,
    TERM_PROPOSALS,
    EVENTS,
    GRAPH,
    GRADING,
    CORRECTIONS,
    RISK_MODELS,
    IMPORTS,
    BUSINESS_DAYS,
    PARAMETERS,
    SIGNAL_RULES,
    STAFF,
    API_CLIENTS,
    AUDIT,
)


def desks_for(officer: Officer) -> tuple[Desk, ...]:
    """The desks that the person's roles allow, in the order of the sidebar."""
    return tuple(desk for desk in DESKS if officer.has_role(*desk.roles))


def groups_of(desks: Iterable[Desk]) -> list[tuple[str, list[Desk]]]:
    """Desks gathered under their headings, both in the order of the sidebar."""
    groups: dict[str, list[Desk]] = {}
    for desk in desks:
        groups.setdefault(desk.group, []).append(desk)
    return list(groups.items())
