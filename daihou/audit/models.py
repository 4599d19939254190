"""The audit trail: what changed by trigger, chained so that nobody can rewrite it unseen."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from daihou.audit.tracking import audited
from daihou.staff.models import Branch, Officer

# `staff` lies below `audit`, so its tables are put under audit from here.
audited()(Branch)
audited(exclude=["password", "last_login"])(Officer)


class Seal(models.Model):
    """One link of the hash chain over the audit events recorded since the link before."""

    sealed_at = models.DateTimeField("封存时间", db_default=Now())
    event_counts = models.JSONField(
        "各表事件", help_text="每张审计表:起止事件号(不含起、含止)、条数、列、摘要"
    )
    digest = models.CharField("摘要", max_length=64, help_text="本段事件内容的 SHA-256")
    chained_digest = models.CharField("链摘要", max_length=64, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计封存"
        ordering = ["id"]
        triggers = [
            pgtrigger.Protect(
                name="seal_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]


class Disclosure(models.Model):
    """Who looked at a person's unmasked data, and why (个人信息解密查看)."""

    officer = models.ForeignKey(Officer, models.PROTECT, verbose_name="查看人")
    shown_at = models.DateTimeField("查看时间", db_default=Now())
    subject = models.CharField("查看对象", max_length=100)
    field = models.CharField("字段", max_length=50)
    reason = models.CharField("理由", max_length=200)
    address = models.GenericIPAddressField("来源地址", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "解密查看记录"
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(
                name="disclosure_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
