"""The five grades, and the words of their determination by people."""

from enum import IntFlag

from django.db.models import IntegerChoices, TextChoices


class Grade(IntegerChoices):
    """五级分类; the last three are non-performing (不良)."""

    NORMAL = 1, "正常"
    SPECIAL_MENTION = 2, "关注"
    SUBSTANDARD = 3, "次级"
    DOUBTFUL = 4, "可疑"
    LOSS = 5, "损失"


class BatchStatus(TextChoices):
    """Where a batch of determinations stands (初分 → 复核 → 认定)."""

    DRAFT = "draft", "初分中"
    SUBMITTED = "submitted", "待复核"
    REVIEWED = "reviewed", "待认定"
    DETERMINED = "determined", "已认定"
    WITHDRAWN = "withdrawn", "已撤回"


class Lift(TextChoices):
    """The named exceptions by which people may put a loan above a floor."""

    NONE = "", "无"
    TECHNICAL = "technical", "操作或技术原因的短期逾期"
    QUALIFYING_RENEWAL = "renewal", "符合条件的续贷"
    ENHANCED = "enhanced", "监管认可的增信(10%规则例外)"


class Exceptional(IntFlag):
    """Why a row of a batch should be looked at first."""

    OVERRIDDEN = 1
    DIFFERS = 2
    MOVED_TWO = 4
    NEAR_FLOOR = 8
    UNKNOWN = 16


EXCEPTION_NAMES = {
    Exceptional.OVERRIDDEN: "初分与机器不同",
    Exceptional.DIFFERS: "与上次认定不同",
    Exceptional.MOVED_TWO: "变动两级以上",
    Exceptional.NEAR_FLOOR: "临近下限",
    Exceptional.UNKNOWN: "有未知事实",
}
