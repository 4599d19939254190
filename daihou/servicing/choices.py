"""The words for proposed changes of terms, and for what became of resets of rates."""

from django.db.models import IntegerChoices, TextChoices


class ProposalKind(TextChoices):
    """What is proposed to be changed about a loan."""

    EXTENSION = "extension", "展期"
    RESTRUCTURING = "restructuring", "重组"
    REPRICING = "repricing", "重定价"
    CASH_CYCLE = "cash_cycle", "按现金流调整还款计划"
    PREPAYMENT = "prepayment", "提前还款后调整计划"
    CALLED_IN = "called_in", "提前到期"
    PENALTY_PAUSED = "penalty_paused", "停计罚息"
    PENALTY_RESUMED = "penalty_resumed", "恢复计收罚息"
    COUNT_PAUSED = "count_paused", "停计逾期天数"
    COUNT_RESUMED = "count_resumed", "恢复计算逾期天数"


class ProposalStatus(TextChoices):
    """Where a proposal stands."""

    PROPOSED = "proposed", "待复核"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "已批准,待还款"
    ADOPTED = "adopted", "已执行"
    REJECTED = "rejected", "已否决"
    WITHDRAWN = "withdrawn", "已撤回"
    EXPIRED = "expired", "已失效"


OPEN = (ProposalStatus.PROPOSED, ProposalStatus.RETURNED, ProposalStatus.APPROVED)


class ProposalStep(TextChoices):
    """What somebody did with a proposal."""

    SUBMITTED = "submitted", "提交"
    RECKONED_ANEW = "reckoned_anew", "重新试算"
    RETURNED = "returned", "退回修改"
    REJECTED = "rejected", "否决"
    APPROVED = "approved", "复核通过"
    ADOPTED = "adopted", "执行"
    WITHDRAWN = "withdrawn", "撤回"
    EXPIRED = "expired", "过期失效"


class ResetOutcome(IntegerChoices):
    """How a reset ended; one that was set aside is tried again every day."""

    DONE = 1, "已重定价"
    BY_OTHERS = 2, "当日利率已另行调整"
    NOTHING_LEFT = 3, "已无未到期本金"
    NO_QUOTE = 11, "未重定价:缺 LPR 报价"
    NOT_COMPUTABLE = 12, "未重定价:借据无法计算"
    LATER_PLAN = 13, "未重定价:其后已有新的还款计划"


RESET_DONE = (ResetOutcome.DONE, ResetOutcome.BY_OTHERS, ResetOutcome.NOTHING_LEFT)
