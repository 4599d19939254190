"""The business day: its steps, the loans it set aside, and the work it left for people."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from daihou.audit.tracking import audited_actions
from daihou.daily_run.choices import DayStatus, RunOrigin, RunStatus, Task, WorkStatus
from daihou.loan_book.models import Customer, Loan
from daihou.policy.reasons import Reason
from daihou.staff.models import Branch, Officer
from daihou.storage.fields import MoneyField


class BusinessDay(models.Model):
    """One business day (营业日) and how far its daily run has come."""

    day = models.DateField("营业日", primary_key=True)
    status = models.CharField("状态", max_length=10, choices=DayStatus.choices)
    opened_at = models.DateTimeField("开始时间", db_default=Now())
    closed_at = models.DateTimeField("完成时间", null=True)
    inputs = models.JSONField("输入", default=dict, help_text="参数版本与各表末号")

    class Meta:
        verbose_name = verbose_name_plural = "营业日"
        ordering = ["-day"]


class StepRecord(models.Model):
    """One step of one business day (步骤): done once, with its figures."""

    day = models.ForeignKey(BusinessDay, models.CASCADE, related_name="steps")
    step = models.CharField("步骤", max_length=40)
    finished_at = models.DateTimeField("完成时间", db_default=Now())
    rows = models.BigIntegerField("行数")
    seconds = models.FloatField("秒")
    figures = models.JSONField("结果", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "日终步骤"
        constraints = [models.UniqueConstraint(fields=["day", "step"], name="step_once_per_day")]


class DayEndRun(models.Model):
    """One start of the daily run (日终运行): by whom, up to which day, and how far it has come.

    It is what the run's page polls. It is written outside the steps' transactions and decides
    nothing: what has been done is in `BusinessDay` and `StepRecord`.
    """

    origin = models.CharField("发起方式", max_length=10, choices=RunOrigin.choices)
    started_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="发起人"
    )
    asked_at = models.DateTimeField("发起时间", db_default=Now())
    finished_at = models.DateTimeField("结束时间", null=True)
    until = models.DateField("运行至")
    status = models.CharField("状态", max_length=10, choices=RunStatus.choices)
    current_day = models.DateField("当前营业日", null=True)
    current_step = models.CharField("当前步骤", max_length=40, blank=True)
    steps_done = models.IntegerField("已完成步骤", default=0)
    steps_total = models.IntegerField("全部步骤", default=0)
    message = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "日终运行"
        ordering = ["-id"]


class SetAside(models.Model):
    """A loan that could not be computed (挂起借据), with the reason; it never stops the book."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="set_asides")
    since = models.DateField("起始日")
    until = models.DateField("解除日", null=True)
    problem = models.SmallIntegerField("问题代码")
    reason = models.CharField("原因", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "挂起借据"
        constraints = [
            models.UniqueConstraint(fields=["loan", "since"], name="set_aside_once_per_day"),
        ]


# From the first to the last day of which a correction speaks.
_PAST_DAYS = Func(F("since"), F("until"), Value("[]"), function="daterange")


@audited_actions("read_by", "read_at", "note")
class Correction(models.Model):
    """What a business day learned about a loan's past (更正): what was believed, and what is true.

    Written once by the daily run that saw it; people only put on record that they have read it.
    `changes` holds the lines of `correction_lines.Change`: packages that keep more of a loan's
    past (allowance, letters) add lines of their own aspects.
    """

    loan = models.ForeignKey(
        Loan, models.CASCADE, related_name="corrections", verbose_name="借据", db_index=False
    )
    found_on = models.DateField("发现日", help_text="哪一个营业日的日终发现")
    since = models.DateField("追溯起始日", help_text="最早有不同的一天")
    until = models.DateField("追溯截止日", help_text="发现前最后一个已日终的营业日")
    causes = models.JSONField("原因")
    changes = models.JSONField("变化")
    is_material = models.BooleanField("须阅", help_text="逾期天数、分类或信号有变")
    days_believed = models.IntegerField("当时逾期天数", null=True, help_text="截止日;空为无法计算")
    days_true = models.IntegerField("更正后逾期天数", help_text="截止日")
    grade_believed = models.SmallIntegerField("当时分类", null=True, help_text="截止日")
    grade_true = models.SmallIntegerField("更正后分类", null=True, help_text="截止日")
    read_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="阅者"
    )
    read_at = models.DateTimeField("已阅时间", null=True)
    note = models.CharField("阅后说明", max_length=300, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "更正"
        constraints = [
            models.UniqueConstraint(fields=["loan", "found_on"], name="correction_once_per_day"),
            models.CheckConstraint(
                name="correction_lies_in_the_past",
                condition=Q(since__lte=F("until"), until__lt=F("found_on")),
            ),
            models.CheckConstraint(
                name="correction_read_by_somebody",
                condition=Q(read_by=None, read_at=None)
                | Q(read_by__isnull=False, read_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-found_on", "-id"], name="correction_by_day"),
            models.Index(
                fields=["-found_on", "-id"],
                condition=Q(is_material=True, read_by=None),
                name="correction_unread",
            ),
            # Which corrections speak of a past day.
            GistIndex(_PAST_DAYS, name="correction_by_past_day"),
        ]


@audited_actions("status", "deferred_until", "outcome", "closed_on", "closed_by")
class WorkItem(models.Model):
    """One client's work (待办): what to do first and why, all matters of the client together."""

    # By the thousand every morning: branch and officer are those of the client, whose own row was
    # checked, and neither is ever deleted; the indexes below begin with what is looked for.
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="work", db_index=False)
    branch = models.ForeignKey(
        Branch, models.CASCADE, related_name="+", verbose_name="机构", db_constraint=False
    )
    officer = models.ForeignKey(
        Officer,
        models.CASCADE,
        null=True,
        related_name="work",
        verbose_name="负责人",
        db_index=False,
        db_constraint=False,
    )
    opened_on = models.DateField("产生日")
    due_on = models.DateField("期限")
    rank_score = models.BigIntegerField("排序分")
    task = models.SmallIntegerField("做什么", choices=Task.choices)
    amount = MoneyField("涉及金额")
    # As `telling.Matter`, one after the other.
    matters = ArrayField(models.BigIntegerField(), verbose_name="事由", default=list)
    status = models.CharField("状态", max_length=10, choices=WorkStatus.choices)
    deferred_until = models.DateField("延后至", null=True, blank=True)
    outcome = models.CharField("处理结果", max_length=500, blank=True)
    closed_on = models.DateField("办结日", null=True, blank=True)
    closed_by = models.ForeignKey(
        Officer,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="办理人",
        db_index=False,
    )

    # In words for a day, once `queries.explained_work` was asked.
    why_first: str
    reasons: list[Reason]

    class Meta:
        verbose_name = verbose_name_plural = "待办"
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(status__in=[WorkStatus.OPEN, WorkStatus.DEFERRED]),
                name="one_open_work_per_customer",
            ),
            models.UniqueConstraint(fields=["customer", "opened_on"], name="work_once_per_day"),
        ]
        indexes = [
            models.Index(fields=["officer", "status", "-rank_score"], name="work_of_officer"),
        ]
