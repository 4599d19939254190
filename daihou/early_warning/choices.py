"""Colours of warning signals, the clients a rule is for, and where a changed rule stands."""

from django.db.models import IntegerChoices, TextChoices


class Colour(IntegerChoices):
    """How urgent a signal is; red first."""

    RED = 4, "红"
    ORANGE = 3, "橙"
    YELLOW = 2, "黄"
    BLUE = 1, "蓝"


class Segment(TextChoices):
    """Which clients a rule is for."""

    ALL = "all", "全部客户"
    RETAIL = "retail", "零售"
    NON_RETAIL = "corporate", "非零售"


class RuleStatus(TextChoices):
    """A changed rule is drafted and proposed by one person, approved by another."""

    DRAFT = "draft", "草稿"
    PROPOSED = "proposed", "待审批"
    APPROVED = "approved", "已批准"
    REJECTED = "rejected", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class TrialStatus(TextChoices):
    """How far a backtest is."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
