"""The ledger (流水): append-only; a mistake is undone by a reversing entry that points at it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from daihou.audit.tracking import audited_changes
from daihou.ledger.choices import EntryKind
from daihou.loan_book.models import Loan
from daihou.storage.fields import MoneyField


@audited_changes()
class LedgerEntry(models.Model):
    """One movement of money on a loan; never changed, never deleted.

    Undoing an import takes out its entries before any business day has used them; the audit trail
    keeps what was taken out.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="entries", db_index=False)
    kind = models.SmallIntegerField("类型", choices=EntryKind.choices)
    amount = MoneyField("金额")
    value_date = models.DateField("起息日", help_text="资金实际发生的日期")
    booked_on = models.DateField("记账日", help_text="记入本账的营业日")
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name="冲正",
    )
    reference = models.CharField("流水号", max_length=60, blank=True)
    repeat = models.SmallIntegerField(
        "重新入账次数", default=0, help_text="同一流水号冲正后再次入账时加 1"
    )
    payer_name = models.CharField("付款人", max_length=200, null=True, blank=True)
    note = models.CharField("摘要", max_length=200, blank=True)
    source_batch = models.BigIntegerField("导入批次", null=True, blank=True, editable=False)
    recorded_at = models.DateTimeField("记录时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "流水"
        indexes = [
            models.Index(fields=["loan", "value_date"], name="entry_by_loan_and_day"),
            # For comparing payers with borrowers over the last days (signal 59).
            models.Index(
                fields=["value_date"],
                condition=Q(payer_name__isnull=False) & ~Q(payer_name=""),
                name="entry_payer_by_day",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "reference", "repeat"],
                condition=~Q(reference=""),
                name="entry_reference_once_per_loan",
            ),
            models.CheckConstraint(name="entry_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="only_a_reversal_points_back",
                condition=Q(kind=EntryKind.REVERSAL, reverses__isnull=False)
                | (~Q(kind=EntryKind.REVERSAL) & Q(reverses__isnull=True)),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name=f"no_{name}", operation=operation, level=pgtrigger.Statement)
            for name, operation in (("change", pgtrigger.Update), ("deletion", pgtrigger.Delete))
        ]
