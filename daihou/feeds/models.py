"""Import batches and every row they refused."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from daihou.audit.tracking import audited
from daihou.feeds.choices import BatchStatus, JobKind, JobStatus, LoadMode
from daihou.staff.models import Officer


@audited()
class ImportBatch(models.Model):
    """One import (导入批次): which files, by whom, how many rows and what became of them."""

    format_name = models.CharField("格式", max_length=60)
    business_date = models.DateField("营业日")
    started_at = models.DateTimeField("开始时间", db_default=Now())
    started_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作人"
    )
    mode = models.CharField("方式", max_length=10, choices=LoadMode.choices)
    status = models.CharField("状态", max_length=10, choices=BatchStatus.choices)
    fingerprint = models.CharField("文件指纹", max_length=64, db_index=True)
    files = models.JSONField("文件", default=list, help_text="文件名、表、行数、字节数")
    rows_read = models.BigIntegerField("读入行数", default=0)
    rows_loaded = models.BigIntegerField("新增行数", default=0)
    rows_unchanged = models.BigIntegerField("未变行数", default=0)
    rows_changed = models.BigIntegerField("更新行数", default=0)
    rows_withheld = models.BigIntegerField(
        "合格未入库行数", default=0, help_text="试算或整批未入库时,本可入库的行"
    )
    rows_refused = models.BigIntegerField("拒绝行数", default=0)
    rows_without_content = models.BigIntegerField(
        "无需入库行数", default=0, help_text="源文件中没有需要记入台账的内容的行"
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undone_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )
    undone = models.JSONField("撤销结果", default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"
        ordering = ["-id"]


class ImportProblem(models.Model):
    """A row that was refused (错误行): file, row, field, value and the reason in Chinese."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="problems")
    file = models.CharField("文件", max_length=200)
    row = models.BigIntegerField("行号")
    field = models.CharField("字段", max_length=100)
    value = models.CharField("取值", max_length=200, blank=True)
    reason = models.CharField("原因", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "错误行"
        ordering = ["file", "row", "id"]


class ImportChange(models.Model):
    """One field of the book that an import changed (更新记录): what it was and what it became."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="changes")
    table = models.CharField("表", max_length=40)
    column = models.CharField("字段", max_length=40)
    row_id = models.BigIntegerField("行编号")
    before = models.TextField("原值", null=True)
    after = models.TextField("新值", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "更新记录"
        indexes = [models.Index(fields=["batch", "table", "column"], name="change_by_batch")]


class ImportJob(models.Model):
    """Work that the desk has asked for (导入任务): checking or loading files, undoing a batch."""

    kind = models.CharField("任务", max_length=10, choices=JobKind.choices)
    status = models.CharField(
        "状态", max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED
    )
    format_name = models.CharField("格式", max_length=60, blank=True)
    mode = models.CharField(
        "方式", max_length=10, choices=LoadMode.choices, default=LoadMode.ALL_OR_NOTHING
    )
    upload = models.CharField("上传编号", max_length=40, blank=True)
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name="操作人")
    asked_at = models.DateTimeField("提交时间", db_default=Now())
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    step = models.CharField("当前步骤", max_length=60, blank=True)
    message = models.CharField("说明", max_length=500, blank=True)
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, blank=True, related_name="jobs", verbose_name="批次"
    )

    class Meta:
        verbose_name = verbose_name_plural = "导入任务"
        ordering = ["-id"]
