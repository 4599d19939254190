"""Parameters that regulation or the business may change, and the calendar of working days."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from daihou.audit.tracking import audited
from daihou.policy.choices import Benchmark, Evidence, VersionStatus
from daihou.staff.models import Officer
from daihou.storage.fields import RateField


@audited()
class ParameterVersion(models.Model):
    """One value of a parameter from a day on, with the clause it rests on and who approved it."""

    code = models.CharField("参数", max_length=80, db_index=True)
    value = models.JSONField("取值")
    effective_from = models.DateField("生效日")
    clause = models.CharField("依据条款", max_length=300)
    evidence = models.CharField("依据可靠程度", max_length=10, choices=Evidence.choices)
    status = models.CharField(
        "状态", max_length=10, choices=VersionStatus.choices, default=VersionStatus.PROPOSED
    )
    reason = models.CharField("调整理由", max_length=300, blank=True)
    proposed_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="提出人"
    )
    approved_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "参数版本"
        ordering = ["code", "-effective_from", "-id"]
        constraints = [
            models.CheckConstraint(
                name="parameter_checked_by_a_second_person",
                condition=models.Q(approved_by=None)
                | ~models.Q(approved_by=models.F("proposed_by")),
            ),
        ]


@audited()
class WorkingDay(models.Model):
    """Whether a calendar day is a working day, as announced or as entered by the lender."""

    day = models.DateField("日期", primary_key=True)
    is_working = models.BooleanField("工作日")
    name = models.CharField("节假日名称", max_length=50, blank=True)
    source = models.CharField("来源", max_length=100)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        ordering = ["day"]


@audited()
class BenchmarkQuote(models.Model):
    """A benchmark rate as published on a day (LPR 报价); it counts once a second person approved.

    A wrong quote is corrected by another row for the same day; the one approved last counts.
    """

    benchmark = models.SmallIntegerField("基准", choices=Benchmark.choices)
    published_on = models.DateField("公布日")
    rate = RateField("报价")
    source = models.CharField("来源", max_length=200)
    reason = models.CharField("更正理由", max_length=300, blank=True)
    status = models.CharField(
        "状态", max_length=10, choices=VersionStatus.choices, default=VersionStatus.PROPOSED
    )
    proposed_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name="录入人"
    )
    approved_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "LPR 报价"
        ordering = ["-published_on", "benchmark", "-id"]
        constraints = [
            models.CheckConstraint(
                name="quote_checked_by_a_second_person",
                condition=models.Q(approved_by=None)
                | ~models.Q(approved_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(name="quote_rate_positive", condition=models.Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_benchmark_display()} {self.published_on}"
