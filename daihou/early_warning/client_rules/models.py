"""Rules about clients as people changed them, and for how many each indicator was known."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from daihou.audit.tracking import audited
from daihou.early_warning.choices import Colour, RuleStatus, Segment, TrialStatus
from daihou.early_warning.shipped_signals import signal_title
from daihou.policy.choices import Evidence
from daihou.staff.models import Officer


@audited()
class RuleVersion(models.Model):
    """One version of a signal's rule (规则版本): proposed by one person, approved by another.

    It counts from its day on, in place of the rule as shipped and of earlier versions. A draft is
    changed in place by its author; from the moment it is proposed its content stands.
    """

    number = models.SmallIntegerField("信号编号", db_index=True)
    conditions = ArrayField(models.CharField(max_length=500), verbose_name="各档条件")
    colours = ArrayField(models.SmallIntegerField(choices=Colour.choices), verbose_name="各档颜色")
    segment = models.CharField(
        "适用客户", max_length=10, choices=Segment.choices, default=Segment.ALL
    )
    products = ArrayField(models.BigIntegerField(), verbose_name="适用产品", default=list)
    cooldown = models.SmallIntegerField("消失后静默天数")
    merge = models.SmallIntegerField("重现并入天数")
    is_on = models.BooleanField("启用", default=True)
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日", null=True, blank=True)
    source = models.CharField("来源", max_length=300)
    evidence = models.CharField("可靠程度", max_length=10, choices=Evidence.choices)
    status = models.CharField(
        "状态", max_length=10, choices=RuleStatus.choices, default=RuleStatus.DRAFT
    )
    reason = models.CharField("调整理由", max_length=300)
    proposed_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    approved_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    opinion = models.CharField("审批意见", max_length=300, default="", blank=True)
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "预警规则版本"
        ordering = ["number", "-effective_from", "-id"]
        constraints = [
            models.CheckConstraint(
                name="rule_checked_by_a_second_person",
                condition=models.Q(approved_by=None)
                | ~models.Q(approved_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="rule_ends_after_it_begins",
                condition=models.Q(effective_to=None)
                | models.Q(effective_to__gt=models.F("effective_from")),
            ),
            models.UniqueConstraint(
                fields=["number", "proposed_by"],
                condition=models.Q(status="draft"),
                name="one_draft_of_a_rule_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{signal_title(self.number)} 第{self.pk}号"


class RuleTrial(models.Model):
    """A backtest (规则回测) of a rule version against another, over the days that were kept.

    `result` is what `trials.run_trial` found for both, side by side; it is kept as it was found.
    """

    version = models.ForeignKey(
        RuleVersion, models.CASCADE, related_name="trials", verbose_name="规则版本"
    )
    against = models.ForeignKey(
        RuleVersion, models.SET_NULL, null=True, related_name="+", verbose_name="对照版本"
    )
    since = models.DateField("起始日")
    until = models.DateField("截止日")
    horizon = models.SmallIntegerField("观察天数")
    status = models.CharField(
        "状态", max_length=10, choices=TrialStatus.choices, default=TrialStatus.QUEUED
    )
    days_done = models.IntegerField("已算天数", default=0)
    days_in_all = models.IntegerField("应算天数", default=0)
    message = models.CharField("说明", max_length=300, default="", blank=True)
    result = models.JSONField("结果", default=dict)
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name="发起人")
    asked_at = models.DateTimeField("发起时间", db_default=Now())
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "规则回测"
        ordering = ["-id"]


class IndicatorCoverage(models.Model):
    """For how many clients an indicator was known on a day (指标覆盖率)."""

    day = models.DateField("营业日")
    indicator = models.CharField("指标", max_length=60)
    clients = models.IntegerField("客户数")
    known = models.IntegerField("可知客户数")

    class Meta:
        verbose_name = verbose_name_plural = "指标覆盖率"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "indicator"], name="indicator_coverage_once_per_day"
            ),
        ]
