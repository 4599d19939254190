"""Totals of the book per day, from which the overview draws its trends."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from daihou.reports.choices import ScopeKind
from daihou.storage.fields import MoneyField


class DayTotal(models.Model):
    """What one part of the book came to at the end of a day (日汇总). Derived; rebuilt at will.

    One row per part and day keeps the trend of any part a read of a few rows, however large the
    book. A branch counts with all branches under it; clients are counted once within each part,
    so they cannot be added up from smaller parts.
    """

    pk = models.CompositePrimaryKey("scope", "scope_code", "currency", "day")
    scope = models.CharField("口径", max_length=10, choices=ScopeKind.choices)
    scope_code = models.CharField("口径取值", max_length=20, blank=True)
    currency = models.CharField("币种", max_length=3)
    day = models.DateField("日期", db_index=True)
    loans = models.IntegerField("笔数")
    clients = models.IntegerField("户数")
    unknown = models.IntegerField("情况不明笔数", help_text="挂起、余额或逾期天数不明的借据")
    principal = MoneyField("余额")
    overdue = MoneyField("逾期贷款")
    long_overdue = MoneyField("逾期90天以上贷款")
    paid = MoneyField("当日还款")
    by_grade = ArrayField(models.BigIntegerField(), verbose_name="各分类余额(未分类、正常至损失)")
    by_bucket = ArrayField(models.BigIntegerField(), verbose_name="各逾期档余额(逾期贷款口径)")

    class Meta:
        verbose_name = verbose_name_plural = "日汇总"
