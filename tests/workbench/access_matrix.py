"""Who may open what, and who may send anything: every address of the product is listed here.

Written by hand, on purpose: it says what the lender wants, not what the code does. An address that
is missing here fails `test_access`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from daihou.staff.choices import Role

ALL = frozenset(Role)
NONE: frozenset[Role] = frozenset()


def roles(*letters: str) -> frozenset[Role]:
    """Roles by one Chinese word each: 客 贷 风 催 保 批 查 审 管 计 系."""
    return frozenset(_ROLE_OF[letter] for letter in "".join(letters))


_ROLE_OF = {
    "客": Role.ACCOUNT_MANAGER,
    "贷": Role.POST_LOAN_OFFICER,
    "风": Role.RISK_MANAGER,
    "催": Role.COLLECTOR,
    "保": Role.ASSET_RECOVERY,
    "批": Role.APPROVER,
    "查": Role.CREDIT_REPORT_QUERIER,
    "审": Role.CREDIT_REPORT_REVIEWER,
    "管": Role.MANAGEMENT,
    "计": Role.AUDITOR,
    "系": Role.ADMINISTRATOR,
}


@dataclass(frozen=True)
class Access:
    """Roles that may read an address and roles that may send to it, with a sample of its parts.

    The sample names nothing that exists: whoever passes the door gets 404, whoever does not 403.
    """

    read: frozenset[Role]
    write: frozenset[Role] = NONE
    sample: dict[str, Any] = field(default_factory=dict)


BUSINESS = roles("客贷风催保批管计")
HANDLERS = roles("客贷风催保")

MATRIX: dict[str, Access] = {
    "home": Access(ALL),
    "search": Access(ALL),
    # 组合总览: whoever works with clients and loans; 系统管理员 sees no business
    "overview": Access(roles("客贷风催保批管计")),
    "overview_rows": Access(roles("客贷风催保批管计")),
    "overview_export": Access(roles("客贷风催保批管计"), sample={"name": "no-such"}),
    "work": Access(BUSINESS, sample={"work_id": 0}),
    "work_outcome": Access(BUSINESS, HANDLERS, {"work_id": 0}),
    "work_defer": Access(BUSINESS, HANDLERS, {"work_id": 0}),
    "loans": Access(BUSINESS),
    "loan": Access(BUSINESS, sample={"number": "none"}),
    # 条款变更: proposed by whoever handles the client, decided by a second person
    "term_proposals": Access(BUSINESS),
    "term_proposal": Access(BUSINESS, roles("客贷保风批管"), {"number": 0}),
    "term_proposal_new": Access(roles("客贷保"), roles("客贷保"), {"number": "none"}),
    "repricing": Access(BUSINESS),
    "reset_notice": Access(BUSINESS, sample={"number": "none", "reset_on": "2026-01-01"}),
    # 财务报表: seen with the clients, entered and judged by whoever handles them
    "statements": Access(BUSINESS),
    "client_health": Access(BUSINESS, sample={"number": "none"}),
    "client_statements": Access(BUSINESS, sample={"number": "none"}),
    "statement_new": Access(BUSINESS, HANDLERS, {"number": "none"}),
    "statement_workbook": Access(BUSINESS, HANDLERS, {"number": "none"}),
    "statement_finding": Access(BUSINESS, HANDLERS, {"number": 0}),
    # 押品: seen with the clients, entered by whoever handles them; values in bulk by two people
    "collateral_register": Access(BUSINESS),
    "collateral": Access(BUSINESS, sample={"number": "none"}),
    "collateral_finding": Access(BUSINESS, sample={"number": 0}),
    "collateral_new": Access(BUSINESS, HANDLERS, {"customer": "none"}),
    "collateral_entry": Access(BUSINESS, HANDLERS, {"number": "none", "what": "lien"}),
    "collateral_end": Access(BUSINESS, HANDLERS, {"number": "none", "what": "lien", "row": 0}),
    "revaluations": Access(roles("贷风批管计")),
    "revaluation_new": Access(roles("贷风批管计"), roles("贷风")),
    "revaluation": Access(roles("贷风批管计"), roles("贷风批管"), {"number": 0}),
    # 分类认定: 初分 by whoever handles the client, 复核 by 风险经理, 认定 by 审批人 or 管理层
    "grading": Access(BUSINESS),
    "grading_new": Access(roles("客贷"), roles("客贷")),
    "grading_batch": Access(BUSINESS, roles("客贷风批管"), {"number": 0}),
    "grading_row": Access(BUSINESS, roles("客贷"), {"number": 0}),
    # 拨备: seen with the loans; rebuttals proposed by one, signed by another
    "provisions": Access(BUSINESS),
    "provision_loans": Access(BUSINESS),
    "provision_loan": Access(BUSINESS, sample={"number": "none"}),
    "provision_moved": Access(BUSINESS, sample={"cause": "none"}),
    "provision_what_if": Access(BUSINESS),
    "provision_estimates": Access(BUSINESS),
    "rebuttals": Access(BUSINESS),
    "rebuttal_new": Access(roles("客贷风"), roles("客贷风"), {"number": "none"}),
    "rebuttal": Access(BUSINESS, roles("风批管"), {"number": 0}),
    # 更正: seen with the loans, signed by whoever answers for them
    "corrections": Access(BUSINESS),
    "correction": Access(BUSINESS, roles("客贷风"), {"number": 0}),
    "corrections_read": Access(roles("客贷风"), roles("客贷风")),
    # 资金监管: decided by whoever answers for the client
    "funds": Access(BUSINESS),
    "fund_findings": Access(BUSINESS),
    "fund_notable": Access(BUSINESS),
    "fund_finding": Access(BUSINESS, roles("客贷风"), {"number": 0}),
    "fund_draw": Access(BUSINESS, sample={"number": "none"}),
    "fund_voucher": Access(BUSINESS, roles("客贷风"), {"number": "none"}),
    "fund_account": Access(BUSINESS, sample={"number": "none"}),
    "fund_document": Access(BUSINESS, sample={"number": 0}),
    # 预警: seen with the clients; handled by those who work with them, signed by 审批人 too
    "warnings": Access(BUSINESS),
    "warning_board": Access(BUSINESS),
    "warning_gone": Access(BUSINESS, HANDLERS),
    "warning_results": Access(BUSINESS),
    "warning_watch": Access(BUSINESS),
    "warning_unwatch": Access(BUSINESS, roles("贷风"), {"number": 0}),
    "warning_case": Access(BUSINESS, sample={"number": 0}),
    "warning_step": Access(BUSINESS, roles("客贷风催保批"), {"number": 0, "name": "plan"}),
    "warning_document": Access(BUSINESS, sample={"number": 0}),
    # 外部事件: seen with the clients, decided by whoever handles them
    "events": Access(BUSINESS),
    "event_new": Access(BUSINESS, HANDLERS),
    "event": Access(BUSINESS, HANDLERS, {"number": 0}),
    # 关联图谱
    "circles": Access(BUSINESS),
    "circle": Access(BUSINESS, sample={"number": 0}),
    "graph_findings": Access(BUSINESS),
    "graph_finding": Access(BUSINESS, HANDLERS, {"number": 0}),
    "client_graph": Access(BUSINESS, sample={"number": "none"}),
    "client_brief": Access(BUSINESS, sample={"number": "none"}),
    "client_if_fails": Access(BUSINESS, sample={"number": "none"}),
    "customers": Access(BUSINESS),
    "customer": Access(BUSINESS, sample={"number": "none"}),
    "happening": Access(BUSINESS, HANDLERS, {"number": "none"}),
    "disclose": Access(BUSINESS, HANDLERS, {"number": "none", "field": "identity"}),
    # 风险模型: read by whoever works with clients; submitted by 风险经理, approved by another
    "risk_models": Access(BUSINESS),
    "risk_scores": Access(BUSINESS),
    "model_card": Access(BUSINESS, roles("风批管"), {"number": 0}),
    # 数据接入: only at head office, since files hold every branch's clients; not 系统管理员
    "imports": Access(roles("贷风计"), roles("贷风")),
    "import_batch": Access(roles("贷风计"), sample={"number": 0}),
    "import_undo": Access(roles("贷风计"), roles("贷风"), {"number": 0}),
    "import_job": Access(roles("贷风计"), sample={"number": 0}),
    "import_job_progress": Access(roles("贷风计"), sample={"number": 0}),
    "import_load": Access(roles("贷风"), roles("贷风"), {"number": 0}),
    "import_template": Access(roles("贷风计"), sample={"name": "no-such.csv"}),
    "business_days": Access(roles("贷风管计系"), roles("风系")),
    "business_day": Access(roles("贷风管计系"), sample={"day": "2020-01-01"}),
    "business_day_progress": Access(roles("贷风管计系"), sample={"run_id": 0}),
    # 参数: proposed by 风险经理, approved by 审批人 or 管理层
    "parameters": Access(roles("贷风批管计")),
    "parameter": Access(roles("贷风批管计"), roles("风"), {"code": "no.such"}),
    "parameter_decide": Access(roles("贷风批管计"), roles("风批管"), {"number": 0}),
    "parameter_quotes": Access(roles("贷风批管计"), roles("风")),
    "parameter_quote_decide": Access(roles("贷风批管计"), roles("风批管"), {"number": 0}),
    "parameter_calendar": Access(roles("贷风批管计"), roles("风")),
    # 预警规则: as parameters: changed by 风险经理, approved by 审批人 or 管理层
    "signal_rules": Access(roles("贷风批管计")),
    "signal_rule": Access(roles("贷风批管计"), sample={"number": 0}),
    "signal_rule_edit": Access(roles("贷风批管计"), roles("风"), {"number": 0}),
    "rule_version": Access(roles("贷风批管计"), roles("风批管"), {"number": 0}),
    "rule_clients": Access(roles("贷风批管计"), sample={"number": 0}),
    "rule_trials": Access(roles("贷风批管计"), roles("风批管"), {"number": 0}),
    "rule_trial": Access(roles("贷风批管计"), sample={"number": 0}),
    "rule_trial_progress": Access(roles("贷风批管计"), sample={"number": 0}),
    "signal_indicators": Access(roles("贷风批管计")),
    # 机构与员工: kept by 系统管理员, read by 审计
    "staff": Access(roles("系计")),
    "staff_new": Access(roles("系计"), roles("系")),
    "staff_branches": Access(roles("系计"), roles("系")),
    "staff_officer": Access(roles("系计"), roles("系"), {"number": "0000"}),
    # 接口: connected systems, kept by 系统管理员, read by 审计
    "api_clients": Access(roles("系计")),
    "api_client_new": Access(roles("系计"), roles("系")),
    "api_client": Access(roles("系计"), roles("系"), {"code": "none"}),
    "api_client_requests": Access(roles("系计"), sample={"code": "none"}),
    # 审计: read by 审计, written by nobody
    "audit": Access(roles("计")),
    "audit_event": Access(roles("计"), sample={"table": "no_such_table", "number": 1}),
    "audit_disclosures": Access(roles("计")),
    "audit_logins": Access(roles("计")),
    "audit_seals": Access(roles("计")),
}

# allauth's pages: login for anybody, the person's own password and second factor.
LOGIN_PAGES = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_change_password",
        "account_reauthenticate",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    }
)

# For machines: whether it works (nothing secret), and figures behind a token or from loopback.
MACHINE_PAGES = frozenset({"healthz", "metrics"})
