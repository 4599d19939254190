"""Where each loan stands now, as the last daily run left it. Derived; rebuilt at will."""

from __future__ import annotations

from django.db import models

from daihou.loan_book.models import Loan
from daihou.storage.fields import MoneyField


class LoanPosition(models.Model):
    """A loan's standing (借据状态) after the last run that found it changed.

    It holds only what changes by events. Days past due follow from `oldest_unpaid_due` and the
    day asked about; penalty and accrued interest are computed by the kernel on demand.
    """

    # Written by the million and derived: the daily run keeps it in step with the loans and
    # `verify` checks it, so the database need not look up every loan again.
    loan = models.OneToOneField(
        Loan,
        models.CASCADE,
        primary_key=True,
        related_name="position",
        verbose_name="借据",
        db_constraint=False,
    )
    changed_on = models.DateField("最近变动日")
    status = models.SmallIntegerField("状态")
    principal = MoneyField("本金余额")
    principal_overdue = MoneyField("逾期本金")
    interest_overdue = MoneyField("欠息")
    credit = MoneyField("溢缴款")
    oldest_unpaid_due = models.DateField("最早未还应还日", null=True)
    oldest_unpaid_interest_due = models.DateField("最早欠息日", null=True)
    unpaid_instalments = models.SmallIntegerField("未还期数")
    next_due = models.DateField("下一应还日", null=True)
    next_due_amount = MoneyField("下一期应还")
    last_payment_on = models.DateField("最近还款日", null=True)
    settled_on = models.DateField("结清日", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "借据状态"
        indexes = [
            models.Index(
                fields=["oldest_unpaid_due"],
                condition=models.Q(oldest_unpaid_due__isnull=False),
                name="position_overdue",
            ),
        ]


class PositionsWritten(models.Model):
    """By which step the positions were written last (one row): see `standing_files`."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.BigIntegerField("标记")

    class Meta:
        verbose_name = verbose_name_plural = "借据状态写入标记"
        constraints = [
            models.CheckConstraint(name="positions_written_one_row", condition=models.Q(id=1)),
        ]
