"""Kinds of ledger entries; the codes are those of the kernel."""

from django.db.models import IntegerChoices

from loanmath.codes import EntryKind as Kernel


class EntryKind(IntegerChoices):
    """What a ledger entry does to the loan. Amounts are positive; the kind gives the sense.

    A reversal is unknown to the kernel: the entry that it points at and the reversal itself are
    both left out from the day the reversal was booked.
    """

    DISBURSEMENT = Kernel.DISBURSEMENT.value, "放款"
    REPAYMENT = Kernel.REPAYMENT.value, "还款"
    PREPAYMENT = Kernel.PREPAYMENT.value, "提前还款"
    FEE = Kernel.FEE.value, "收费"
    WAIVE_FEE = Kernel.WAIVE_FEE.value, "减免费用"
    WAIVE_PENALTY = Kernel.WAIVE_PENALTY.value, "减免罚息"
    WAIVE_COMPOUND = Kernel.WAIVE_COMPOUND.value, "减免复利"
    WAIVE_INTEREST = Kernel.WAIVE_INTEREST.value, "减免利息"
    WAIVE_PRINCIPAL = Kernel.WAIVE_PRINCIPAL.value, "减免本金"
    WRITE_OFF = Kernel.WRITE_OFF.value, "核销"
    RECOVERY = Kernel.RECOVERY.value, "核销后收回"
    REFUND = Kernel.REFUND.value, "退还溢缴款"
    REVERSAL = 100, "冲正"
