"""Where each loan stands now, as the last daily run left it (derived), and what resets did."""

from __future__ import annotations

from django.db import models

from daihou.loan_book.models import FloatingTerms, Loan
from daihou.policy.models import BenchmarkQuote
from daihou.servicing.choices import RESET_DONE, ResetOutcome
from daihou.storage.fields import MoneyField, RateField


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


class RateReset(models.Model):
    """One reset of a floating rate (重定价): what became of it, by which quote, from which rate.

    Written by the daily run beside the change of terms that it makes. One that could not be made
    stays open and is tried again every day.
    """

    terms = models.ForeignKey(
        FloatingTerms, models.PROTECT, related_name="resets", verbose_name="浮动利率约定"
    )
    reset_on = models.DateField("重定价日")
    outcome = models.SmallIntegerField("结果", choices=ResetOutcome.choices)
    found_on = models.DateField("处理日", help_text="首次处理或作出结果的营业日")
    quote = models.ForeignKey(
        BenchmarkQuote, models.PROTECT, null=True, related_name="resets", verbose_name="报价"
    )
    rate_before = RateField("调整前年利率", null=True)
    rate_after = RateField("调整后年利率", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "重定价"
        ordering = ["-reset_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["terms", "reset_on"], name="reset_once_a_day"),
            models.CheckConstraint(
                name="reset_done_has_its_rates",
                condition=~models.Q(outcome=ResetOutcome.DONE)
                | models.Q(
                    quote__isnull=False, rate_before__isnull=False, rate_after__isnull=False
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["reset_on"], name="reset_by_day"),
            models.Index(
                fields=["terms"],
                condition=~models.Q(outcome__in=RESET_DONE),
                name="reset_set_aside",
            ),
        ]
