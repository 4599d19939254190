"""Warning signals: what the rules saw, since when, and why."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daihou.early_warning.choices import Colour
from daihou.loan_book.models import Customer, Loan


class Signal(models.Model):
    """A warning signal (预警信号) on a loan, from the day a rule first saw it to the day it ceased."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="signals")
    loan = models.ForeignKey(Loan, models.CASCADE, related_name="signals")
    rule = models.SmallIntegerField("信号编号")
    rule_version = models.CharField("规则版本", max_length=40)
    colour = models.SmallIntegerField("颜色", choices=Colour.choices)
    first_seen_on = models.DateField("首次出现日")
    ceased_on = models.DateField("消失日", null=True, blank=True)
    reasons = models.JSONField("依据")

    class Meta:
        verbose_name = verbose_name_plural = "预警信号"
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "rule", "first_seen_on"], name="signal_once_per_day"
            ),
            models.UniqueConstraint(
                fields=["loan", "rule"], condition=Q(ceased_on=None), name="signal_open_once"
            ),
        ]
        indexes = [models.Index(fields=["customer", "-first_seen_on"], name="signal_by_customer")]
