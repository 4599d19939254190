"""Where each loan stands now (derived), proposals to change its terms, and what resets did."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from daihou.audit.tracking import audited
from daihou.loan_book.models import FloatingTerms, Loan, PlanVersion
from daihou.policy.models import BenchmarkQuote
from daihou.servicing import choices
from daihou.servicing.choices import RESET_DONE, ResetOutcome
from daihou.staff.models import Officer
from daihou.storage.fields import MoneyField, RateField


class LoanPosition(models.Model):
    """A loan's standing (借据状态) after the last run that found it changed.

    It holds only what changes by events. Days past due follow from `late_since` and the day asked
    about; penalty and accrued interest are computed by the kernel on demand. Only while a loan's
    count of days stands still (停计逾期天数) does `late_since` move with every day.
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
    late_since = models.DateField(
        "逾期天数起算日", null=True, help_text="最早未还应还日,停计逾期天数的日子往后推"
    )
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
                fields=["late_since"],
                condition=models.Q(late_since__isnull=False),
                name="position_late_since",
            ),
        ]

    def days_past_due(self, day: dt.date) -> int:
        """How many days the loan is overdue on a day on which it stands as it does here."""
        return max(0, (day - self.late_since).days) if self.late_since else 0


class PositionsWritten(models.Model):
    """By which step the positions were written last (one row): see `standing_files`."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.BigIntegerField("标记")

    class Meta:
        verbose_name = verbose_name_plural = "借据状态写入标记"
        constraints = [
            models.CheckConstraint(name="positions_written_one_row", condition=models.Q(id=1)),
        ]


@audited()
class TermProposal(models.Model):
    """A proposed change of a loan's terms (条款变更申请), with the figures it was simulated on.

    One person proposes and another decides; only then are changes of terms and the next plan
    version written. `facts` says which rows of the loan the figures rest on.
    """

    loan = models.ForeignKey(
        Loan, models.PROTECT, related_name="term_proposals", verbose_name="借据"
    )
    kind = models.CharField("变更", max_length=20, choices=choices.ProposalKind.choices)
    effective_from = models.DateField("生效日")
    asked = models.JSONField("申请内容", default=dict)
    figures = models.JSONField("试算结果")
    facts = models.JSONField("试算依据")
    simulated_on = models.DateField("试算所据营业日")
    reason = models.CharField("申请理由", max_length=300)
    evidence = models.TextField("证明材料", max_length=1000)
    status = models.CharField(
        "状态",
        max_length=10,
        choices=choices.ProposalStatus.choices,
        default=choices.ProposalStatus.PROPOSED,
    )
    proposed_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    proposed_on = models.DateField("申请日")
    decided_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_on = models.DateField("复核日", null=True)
    opinion = models.CharField("复核意见", max_length=300, blank=True)
    adopted_on = models.DateField("执行日", null=True)
    plan = models.OneToOneField(
        PlanVersion,
        models.PROTECT,
        null=True,
        related_name="proposal",
        verbose_name="执行后的还款计划",
    )
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "条款变更申请"
        ordering = ["-proposed_on", "-pk"]
        indexes = [
            models.Index(fields=["status", "-proposed_on"], name="term_proposal_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "kind"],
                condition=Q(status__in=choices.OPEN),
                name="term_proposal_once_open",
            ),
            models.CheckConstraint(
                name="term_proposal_checked_by_a_second_person",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="term_proposal_adopted_is_decided",
                condition=~Q(status=choices.ProposalStatus.ADOPTED)
                | Q(decided_by__isnull=False, adopted_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.loan_id}"


@audited()
class TermProposalStep(models.Model):
    """One line of a proposal's trail: who did what on which business day, and why."""

    proposal = models.ForeignKey(TermProposal, models.CASCADE, related_name="steps")
    what = models.CharField("办理", max_length=20, choices=choices.ProposalStep.choices)
    by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="办理人"
    )
    business_date = models.DateField("营业日")
    note = models.CharField("说明", max_length=300, blank=True)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "条款变更办理记录"
        ordering = ["pk"]


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
                condition=~Q(outcome=ResetOutcome.DONE)
                | Q(quote__isnull=False, rate_before__isnull=False, rate_after__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["reset_on"], name="reset_by_day"),
            models.Index(
                fields=["terms"],
                condition=~Q(outcome__in=RESET_DONE),
                name="reset_set_aside",
            ),
        ]
