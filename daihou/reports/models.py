"""Totals of the book per day, from which the overview is drawn."""

from __future__ import annotations

from django.db import models

from daihou.storage.fields import MoneyField


class DayTotal(models.Model):
    """How many loans, and how much, stood in one cell of the book at the end of a day (日汇总)."""

    day = models.DateField("日期")
    branch_id = models.BigIntegerField("机构")
    product_id = models.BigIntegerField("产品")
    industry = models.CharField("行业", max_length=1, blank=True)
    currency = models.CharField("币种", max_length=3)
    grade = models.SmallIntegerField("分类")
    overdue_bucket = models.SmallIntegerField("逾期档")
    loans = models.IntegerField("笔数")
    principal = MoneyField("余额")
    principal_overdue = MoneyField("逾期本金")

    class Meta:
        verbose_name = verbose_name_plural = "日汇总"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "day",
                    "branch_id",
                    "product_id",
                    "industry",
                    "currency",
                    "grade",
                    "overdue_bucket",
                ],
                name="day_total_cell_once",
            )
        ]
