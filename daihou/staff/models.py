"""Branches and the people who work in them."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models

from daihou.staff.choices import Role


class Branch(models.Model):
    """A branch (机构); the tree of branches decides whose business an officer sees."""

    code = models.CharField("机构号", max_length=20, unique=True)
    name = models.CharField("机构名称", max_length=100)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="上级机构",
    )
    path = models.CharField(
        "机构路径", max_length=200, unique=True, help_text="自总行起的机构号,以/分隔"
    )
    is_closed = models.BooleanField("已撤并", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "机构"
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name


class Officer(AbstractUser):
    """A member of staff (员工): signs in by staff number, acts in roles, sees a branch tree."""

    display_name = models.CharField("姓名", max_length=50)
    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="officers",
        verbose_name="所属机构",
    )
    roles = ArrayField(
        models.CharField(max_length=30, choices=Role.choices),
        verbose_name="角色",
        default=list,
        blank=True,
    )
    must_use_second_factor = models.BooleanField("必须双重验证", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "员工"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username

    def has_role(self, *roles: Role) -> bool:
        """Whether the person holds any of the roles."""
        return any(role in self.roles for role in roles)
