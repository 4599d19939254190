"""Rules about clients as people changed them, and for how many each indicator was known."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from daihou.audit.tracking import audited
from daihou.early_warning.choices import Colour, Segment
from daihou.policy.choices import Evidence, VersionStatus
from daihou.staff.models import Officer


@audited()
class RuleVersion(models.Model):
    """One version of a signal's rule (规则版本): proposed by one person, approved by another.

    It counts from its day on, in place of the rule as shipped and of earlier versions.
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
        "状态", max_length=10, choices=VersionStatus.choices, default=VersionStatus.PROPOSED
    )
    reason = models.CharField("调整理由", max_length=300)
    proposed_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    approved_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
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
        ]


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
