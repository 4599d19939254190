"""Roles of the lender's staff."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What a person may do; a person may hold several. 对接系统 is for machine accounts alone."""

    ACCOUNT_MANAGER = "account_manager", "客户经理"
    POST_LOAN_OFFICER = "post_loan_officer", "贷后岗"
    RISK_MANAGER = "risk_manager", "风险经理"
    COLLECTOR = "collector", "催收员"
    ASSET_RECOVERY = "asset_recovery", "资产保全"
    APPROVER = "approver", "审批人"
    CREDIT_REPORT_QUERIER = "credit_report_querier", "征信查询员"
    CREDIT_REPORT_REVIEWER = "credit_report_reviewer", "征信审核员"
    MANAGEMENT = "management", "管理层"
    AUDITOR = "auditor", "审计"
    ADMINISTRATOR = "administrator", "系统管理员"
    API_CLIENT = "api_client", "对接系统"


PEOPLE = tuple(role for role in Role if role is not Role.API_CLIENT)  # what a person can be
