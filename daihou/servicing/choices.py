"""What became of the reset of a floating rate."""

from django.db.models import IntegerChoices


class ResetOutcome(IntegerChoices):
    """How a reset ended; one that was set aside is tried again every day."""

    DONE = 1, "已重定价"
    BY_OTHERS = 2, "当日利率已另行调整"
    NOTHING_LEFT = 3, "已无未到期本金"
    NO_QUOTE = 11, "未重定价:缺 LPR 报价"
    NOT_COMPUTABLE = 12, "未重定价:借据无法计算"
    LATER_PLAN = 13, "未重定价:其后已有新的还款计划"


RESET_DONE = (ResetOutcome.DONE, ResetOutcome.BY_OTHERS, ResetOutcome.NOTHING_LEFT)
