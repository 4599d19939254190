"""Kinds of ledger entries; the codes are those of the kernel."""

from django.db.models import IntegerChoices


class EntryKind(IntegerChoices):
    """What a ledger entry does to the loan."""

    DISBURSEMENT = 1, "放款"
    REPAYMENT = 2, "还款"
    PREPAYMENT = 3, "提前还款"
    FEE = 4, "收费"
    WAIVE_FEE = 5, "减免费用"
    WAIVE_PENALTY = 6, "减免罚息"
    WAIVE_COMPOUND = 7, "减免复利"
    WAIVE_INTEREST = 8, "减免利息"
    WAIVE_PRINCIPAL = 9, "减免本金"
    WRITE_OFF = 10, "核销"
    RECOVERY = 11, "核销后收回"
    REFUND = 12, "退还溢缴款"
    REVERSAL = 13, "冲正"
