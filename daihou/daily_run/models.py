"""The business day: its steps, the loans it set aside, and the work it left for people."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
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


@audited_actions("status", "deferred_until", "outcome", "closed_on", "closed_by")
class WorkItem(models.Model):
    """One client's work (待办): what to do first and why, all matters of the client together."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="work")
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+", verbose_name="机构")
    officer = models.ForeignKey(
        Officer, models.CASCADE, null=True, related_name="work", verbose_name="负责人"
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
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="办理人"
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
