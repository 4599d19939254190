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
    """One entry of the sidebar: name, icon (Material Symbols), who it is for, and its heading."""

    name: str
    icon: str
    url_name: str
    roles: frozenset[Role]
    group: str

    @property
    def address(self) -> str:
        """Where the desk is entered."""
        return reverse(self.url_name)


_DAY = "工作台"
_CLIENTS = "客户与贷款"
_WATCH = "监测预警"
_QUALITY = "资产质量"
_RULES = "规则与模型"
_DATA = "数据与日终"
_SYSTEM = "系统管理"

TODAY = Desk("今日工作", "checklist", "home", BUSINESS, _DAY)
OVERVIEW = Desk("组合总览", "monitoring", "overview", BUSINESS, _DAY)
CUSTOMERS = Desk("客户全景", "groups", "customers", BUSINESS, _CLIENTS)
LOANS = Desk("贷款", "request_quote", "loans", BUSINESS, _CLIENTS)
TERM_PROPOSALS = Desk("条款变更", "edit_document", "term_proposals", BUSINESS, _CLIENTS)
STATEMENTS = Desk("财务报表", "table_chart", "statements", BUSINESS, _CLIENTS)
COLLATERAL = Desk("押品", "real_estate_agent", "collateral_register", BUSINESS, _CLIENTS)
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
GRAPH = Desk("关联图谱", "hub", "circles", BUSINESS, _CLIENTS)
WARNINGS = Desk("预警处置", "notifications_active", "warnings", BUSINESS, _WATCH)
FUNDS = Desk("资金监管", "account_balance", "funds", BUSINESS, _WATCH)
EVENTS = Desk("外部事件", "campaign", "events", BUSINESS, _WATCH)
GRADING = Desk("分类认定", "grading", "grading", BUSINESS, _QUALITY)
PROVISIONS = Desk("拨备", "savings", "provisions", BUSINESS, _QUALITY)
RISK_MODELS = Desk("风险模型", "model_training", "risk_models", BUSINESS, _RULES)
PARAMETERS = Desk(
    "参数",
    "tune",
    "parameters",
    frozenset(
        {Role.RISK_MANAGER, Role.APPROVER, Role.MANAGEMENT, Role.AUDITOR, Role.POST_LOAN_OFFICER}
    ),
    _RULES,
)
SIGNAL_RULES = Desk("预警规则", "rule", "signal_rules", PARAMETERS.roles, _RULES)
IMPORTS = Desk("数据接入", "upload_file", "imports", OPERATORS | {Role.AUDITOR}, _DATA)
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
    _DATA,
)
CORRECTIONS = Desk("更正", "history", "corrections", BUSINESS, _DATA)
STAFF = Desk("机构与员工", "badge", "staff", frozenset({Role.ADMINISTRATOR, Role.AUDITOR}), _SYSTEM)
API_CLIENTS = Desk(
    "接口", "api", "api_clients", frozenset({Role.ADMINISTRATOR, Role.AUDITOR}), _SYSTEM
)
AUDIT = Desk("审计", "policy", "audit", frozenset({Role.AUDITOR}), _SYSTEM)

DESKS: tuple[Desk, ...] = (
    TODAY,
    OVERVIEW,
    CUSTOMERS,
    LOANS,
    TERM_PROPOSALS,
    STATEMENTS,
    COLLATERAL,
    GRAPH,
    WARNINGS,
    FUNDS,
    EVENTS,
    GRADING,
    PROVISIONS,
    SIGNAL_RULES,
    RISK_MODELS,
    PARAMETERS,
    IMPORTS,
    BUSINESS_DAYS,
    CORRECTIONS,
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
