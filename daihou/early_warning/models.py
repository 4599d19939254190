"""Warning signals: what the rules saw, since when, and why; and how much of it could be seen."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daihou.early_warning.cases.models import (
    CaseDocument,
    CaseEvidence,
    CaseProposal,
    CaseSignal,
    CaseStep,
    CaseTask,
    SignalCase,
    WatchEntry,
)
from daihou.early_warning.choices import Colour
from daihou.early_warning.client_rules.models import (  # noqa: F401 - tables of this app
    IndicatorCoverage,
    RuleTrial,
    RuleVersion,
)
from daihou.loan_book.models import Customer, Loan
from daihou.policy.reasons import Reason

__all__ = [
    "CaseDocument",
    "CaseEvidence",
    "CaseProposal",
    "CaseSignal",
    "CaseStep",
    "CaseTask",
    "Signal",
    "SignalCase",
    "SignalCoverage",
    "WatchEntry",
]


class Signal(models.Model):
    """One level of a warning signal (预警信号), from the day it was first seen at that level.

    It is about a loan or, where it names none, about the client as a whole. When the level changes
    the row ends and the next begins on the same day; `episode_since` is the day on which the signal
    first showed in this run of levels.
    """

    # Unchecked for speed, as grades are; the daily step takes out rows of loans no longer there.
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="signals", db_index=False, db_constraint=False
    )
    loan = models.ForeignKey(
        Loan,
        models.CASCADE,
        related_name="signals",
        db_index=False,
        db_constraint=False,
        null=True,
        blank=True,
    )
    rule = models.SmallIntegerField("信号编号")
    rule_version = models.CharField("规则版本", max_length=40)
    level = models.SmallIntegerField("档次")
    previous_level = models.SmallIntegerField("原档次", help_text="0: 新出现")
    colour = models.SmallIntegerField("颜色", choices=Colour.choices)
    episode_since = models.DateField("本轮起始日")
    first_seen_on = models.DateField("首次出现日")
    ceased_on = models.DateField("消失日", null=True, blank=True)
    # What it looked at, as `explanations.Seen`; rows of before numbers were kept have nothing.
    seen = ArrayField(models.BigIntegerField(), verbose_name="所见数值", default=list)
    sources = ArrayField(models.BigIntegerField(), verbose_name="所据记录", default=list)

    reasons: list[Reason]  # in words, once `queries.explained_signals` was asked

    class Meta:
        verbose_name = verbose_name_plural = "预警信号"
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "rule", "first_seen_on"], name="signal_once_per_day"
            ),
            models.UniqueConstraint(
                fields=["loan", "rule"], condition=Q(ceased_on=None), name="signal_open_once"
            ),
            models.UniqueConstraint(
                fields=["customer", "rule", "first_seen_on"],
                condition=Q(loan=None),
                name="client_signal_once_per_day",
            ),
            models.UniqueConstraint(
                fields=["customer", "rule"],
                condition=Q(loan=None, ceased_on=None),
                name="client_signal_open_once",
            ),
            models.CheckConstraint(name="signal_level_counts", condition=Q(level__gte=1)),
            models.CheckConstraint(
                name="signal_interval_not_empty",
                condition=Q(ceased_on=None) | Q(ceased_on__gt=F("first_seen_on")),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-first_seen_on"], name="signal_by_customer"),
            models.Index(
                fields=["ceased_on"], condition=Q(ceased_on__isnull=False), name="signal_ceased"
            ),
        ]


class SignalCoverage(models.Model):
    """For how many loans a signal could be judged on a day (覆盖率); the rest is unknown."""

    day = models.DateField("营业日")
    rule = models.SmallIntegerField("信号编号")
    loans = models.IntegerField("在贷笔数")
    known = models.IntegerField("可判定笔数")

    class Meta:
        verbose_name = verbose_name_plural = "预警覆盖率"
        constraints = [
            models.UniqueConstraint(fields=["day", "rule"], name="coverage_once_per_day"),
            models.CheckConstraint(
                name="coverage_within_loans", condition=Q(known__gte=0, known__lte=F("loans"))
            ),
        ]
