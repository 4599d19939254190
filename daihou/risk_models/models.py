"""Risk models, their versions with evidence and approval, and how stable their scores are."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from daihou.audit.tracking import audited
from daihou.risk_models.choices import Method, Target, VersionState
from daihou.staff.models import Officer


@audited()
class RiskModel(models.Model):
    """A model (风险模型): what it foretells and from which data; its versions do the work."""

    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    target = models.CharField("预测目标", max_length=20, choices=Target.choices)
    data = models.CharField("训练数据", max_length=40)
    is_of_own_book = models.BooleanField(
        "用于本行评分", default=False, help_text="否:只作方法验证,不给本行客户评分"
    )
    purpose = models.CharField("用途与限制", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "风险模型"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


@audited(exclude=["artefact"])
class ModelVersion(models.Model):
    """One trained version: its window, features, figures out of time, and who let it be used.

    `artefact` is JSON text (trees, bins, calibration), never a pickle: reading it runs nothing.
    Changed bytes no longer match `checksum` and are refused. `figures` is what the card shows.
    """

    model = models.ForeignKey(RiskModel, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("版本号")
    method = models.CharField("方法", max_length=20, choices=Method.choices)
    trained_on = models.DateField("训练日")
    window_from = models.DateField("训练窗口起")
    window_to = models.DateField("训练窗口止")
    features = models.JSONField("特征", default=list)
    figures = models.JSONField("指标", default=dict)
    artefact = models.BinaryField("模型文件")
    checksum = models.CharField("校验和", max_length=64)
    state = models.CharField(
        "状态", max_length=10, choices=VersionState.choices, default=VersionState.DRAFT
    )
    in_use_from = models.DateField("启用日", null=True, blank=True)
    in_use_until = models.DateField("停用日", null=True, blank=True)
    reason = models.CharField("说明", max_length=300, blank=True)
    trained_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="训练人"
    )
    submitted_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="提交人"
    )
    approved_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "模型版本"
        ordering = ["model", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="model_version_once"),
            models.UniqueConstraint(
                fields=["model"], condition=Q(state="in_use"), name="model_version_in_use_once"
            ),
            models.CheckConstraint(
                name="model_approved_by_a_second_person",
                condition=Q(approved_by=None) | ~Q(approved_by=F("submitted_by")),
            ),
            models.CheckConstraint(
                name="model_in_use_is_approved",
                condition=~Q(state="in_use")
                | Q(approved_by__isnull=False, in_use_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model.name} 第{self.number}版"


class StabilityReading(models.Model):
    """How far the scores and features of a day lie from those the version was trained on (PSI).

    Written by the daily run; `parts` names each feature's own shift, the largest first. Shifts are
    kept in thousandths: 0.250 is 250.
    """

    version = models.ForeignKey(
        ModelVersion, models.CASCADE, related_name="readings", db_constraint=False
    )
    day = models.DateField("营业日")
    loans = models.IntegerField("评分笔数")
    mean_score = models.IntegerField("平均概率", help_text="百万分之一")
    shift = models.IntegerField("分数偏移", help_text="PSI,千分之一")
    parts = models.JSONField("特征偏移", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "稳定性"
        ordering = ["version", "day"]
        constraints = [
            models.UniqueConstraint(fields=["version", "day"], name="stability_once_per_day"),
        ]
