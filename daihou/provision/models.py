"""A loan's stage from day to day, the allowance for it, and what people said against a stage."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from daihou.audit.tracking import audited
from daihou.loan_book.models import Loan
from daihou.policy.reasons import Reason
from daihou.provision.choices import Because, RebuttalStatus, Stage
from daihou.staff.models import Officer
from daihou.storage.fields import MoneyField, RateField


class LoanStage(models.Model):
    """A loan's stage (阶段) from a day on, and why, as the evening of that day saw it; derived."""

    loan = models.ForeignKey(
        Loan, models.CASCADE, related_name="stages", db_constraint=False, db_index=False
    )
    valid_from = models.DateField("自")
    valid_to = models.DateField("至", null=True)
    stage = models.SmallIntegerField("阶段", choices=Stage.choices)
    because = models.SmallIntegerField("规则代码", help_text="发言的规则,按位相加")
    rule_version = models.CharField("规则版本", max_length=20)
    # What the rules looked at, as `explanations.Seen`; nothing where no rule spoke.
    seen = ArrayField(models.BigIntegerField(), verbose_name="所见数值", default=list)

    reasons: list[Reason]  # in words, once `queries.explained_stage` was asked

    class Meta:
        verbose_name = verbose_name_plural = "拨备阶段"
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(valid_to=None), name="one_stage_now"
            ),
        ]
        indexes = [models.Index(fields=["loan", "valid_from"], name="stage_by_loan")]

    @property
    def spoken(self) -> Because:
        """The rules that spoke."""
        return Because(self.because)


class Allowance(models.Model):
    """What is set aside for a loan (拨备) from a day on, with all it was measured from; derived.

    A row begins when one of its figures changes. `parameters_from` is the youngest day on which a
    parameter of provisions took effect: a later one means that the measure itself changed.
    """

    loan = models.ForeignKey(
        Loan, models.CASCADE, related_name="allowances", db_constraint=False, db_index=False
    )
    valid_from = models.DateField("自")
    valid_to = models.DateField("至", null=True)
    stage = models.SmallIntegerField("阶段", choices=Stage.choices)
    grade = models.SmallIntegerField("五级分类")
    risk_group = models.SmallIntegerField("风险组", help_text="见 rules.GROUPS;零售加十")
    principal = MoneyField("本金余额")
    exposure = MoneyField("风险暴露", help_text="本金与应收未收利息")
    covered = MoneyField("押品覆盖")
    months = models.SmallIntegerField("剩余月数")
    runs_down = models.BooleanField("分期归还")
    default_rate = RateField("一年违约概率")
    rate = RateField("实际利率", help_text="贴现用,取合同利率")
    expected_loss = MoneyField("预期信用损失")
    by_scale = MoneyField("五级比例法应提")
    parameters_from = models.DateField("参数生效日")

    class Meta:
        verbose_name = verbose_name_plural = "拨备"
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(valid_to=None), name="one_allowance_now"
            ),
        ]
        indexes = [models.Index(fields=["loan", "valid_from"], name="allowance_by_loan")]


@audited()
class StageRebuttal(models.Model):
    """People say that days past due mean no more risk here (反驳推定): one proposes, one signs."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="stage_rebuttals")
    reason = models.CharField("理由与依据", max_length=500)
    expires_on = models.DateField("有效期至")
    status = models.CharField(
        "状态", max_length=10, choices=RebuttalStatus.choices, default=RebuttalStatus.PROPOSED
    )
    proposed_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_on = models.DateField("提出日")
    decided_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_on = models.DateField("复核日", null=True)
    opinion = models.CharField("复核意见", max_length=300, blank=True)
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "阶段推定反驳"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(status=RebuttalStatus.PROPOSED),
                name="rebuttal_waits_once",
            ),
            models.CheckConstraint(
                name="rebuttal_by_a_second_person",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"第 {self.pk} 号"
