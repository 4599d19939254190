"""Connected systems, their tokens, what they asked and what they wrote."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from daihou.api_clients.choices import Scope
from daihou.audit.tracking import audited
from daihou.staff.models import Branch, Officer


@audited()
class ApiClient(models.Model):
    """A system that is connected to the product (对接系统), such as the core banking system.

    It acts as a machine account among the staff: that account has no password and cannot sign in,
    and its branch decides which clients the system sees, through the same doors as people.
    """

    account = models.OneToOneField(
        Officer, models.PROTECT, related_name="api_client", verbose_name="系统账号"
    )
    purpose = models.CharField("用途", max_length=200)
    contact = models.CharField("联系人", max_length=100, blank=True)
    scopes = ArrayField(
        models.CharField(max_length=30, choices=Scope.choices), verbose_name="权限", default=list
    )
    per_minute = models.PositiveIntegerField("每分钟请求上限", default=600)
    registered_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "对接系统"
        constraints = [
            models.CheckConstraint(name="api_client_limit_positive", condition=Q(per_minute__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """How the system is called in addresses and in the audit trail."""
        return self.account.username

    @property
    def name(self) -> str:
        """How people call the system."""
        return self.account.display_name

    @property
    def branch(self) -> Branch | None:
        """The branch whose clients, and those of the branches under it, the system sees."""
        return self.account.branch

    @property
    def is_active(self) -> bool:
        """Whether the system may ask anything at all."""
        return self.account.is_active

    def may(self, scope: Scope) -> bool:
        """Whether the system was given a permission."""
        return scope in self.scopes


@audited(exclude=["digest"])
class ApiToken(models.Model):
    """A secret by which a system proves itself (令牌): shown once, kept only as a fingerprint."""

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="tokens")
    prefix = models.CharField("令牌前缀", max_length=12, unique=True)
    digest = models.CharField("指纹", max_length=64, editable=False)
    expires_on = models.DateField("失效日", help_text="这一天起不再有效")
    issued_at = models.DateTimeField("签发时间", db_default=Now(), editable=False)
    issued_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="签发人"
    )
    revoked_at = models.DateTimeField("吊销时间", null=True)
    revoked_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="吊销人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"

    def __str__(self) -> str:
        return f"{self.prefix}…"


@audited(exclude=["answer"])
class ApiWrite(models.Model):
    """One write of a system (接口写入) under its own key: the same key is never carried out twice.

    It is written in the transaction of the write itself, so that the trail of what a system changed
    is complete, and holds the answer, which is given again when the system asks again.
    """

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="writes")
    token = models.ForeignKey(ApiToken, models.PROTECT, related_name="+")
    key = models.CharField("幂等键", max_length=100)
    path = models.CharField("地址", max_length=300)
    digest = models.CharField("内容摘要", max_length=64, help_text="方法、地址与报文的 SHA-256")
    status = models.SmallIntegerField("状态码")
    answer = models.TextField("应答")
    written_at = models.DateTimeField("写入时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "接口写入"
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="api_write_once_per_key"),
        ]


class ApiRequest(models.Model):
    """One request of a system (接口请求): when, from where, what for, and how it ended."""

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="requests", db_index=False)
    token = models.ForeignKey(ApiToken, models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField("请求时间")
    method = models.CharField("方法", max_length=7)
    path = models.CharField("地址", max_length=300)
    status = models.SmallIntegerField("状态码")
    milliseconds = models.IntegerField("耗时(毫秒)")
    address = models.GenericIPAddressField("来源地址", null=True)
    reference = models.CharField("参考号", max_length=20, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口请求"
        indexes = [
            models.Index(F("client"), F("asked_at").desc(), name="api_request_by_client"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="api_request_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
