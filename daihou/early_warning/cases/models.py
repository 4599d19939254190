"""Cases (预警处置单): what people do about a client's signals, from acknowledging to release."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from daihou.audit.tracking import audited, audited_actions, audited_changes
from daihou.early_warning.cases.choices import (
    OPEN_STATES,
    CaseState,
    DecisionState,
    Measure,
    Outcome,
    StepKind,
    TaskState,
    WatchReason,
)
from daihou.early_warning.choices import Colour
from daihou.loan_book.models import Customer, Happening
from daihou.staff.models import Branch, Officer

_OPEN = Q(state__in=[int(state) for state in OPEN_STATES])


@audited_actions("state", "owner", "plan", "outcome", "conclusion", "closed_by")
class SignalCase(models.Model):
    """One client's signals in handling (预警处置单): all that show together, in one case.

    The daily run opens it, adds signals and marks what it sees; people take every step towards
    release. `due_on` is the deadline of the step that is next.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="cases")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="机构")
    owner = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="cases", verbose_name="负责人"
    )
    colour = models.SmallIntegerField("颜色", choices=Colour.choices)
    opening_colour = models.SmallIntegerField("立案时颜色", choices=Colour.choices)
    repeats = models.SmallIntegerField("观察期内此前立案次数", default=0)
    is_raised = models.BooleanField("因反复升色", default=False)
    state = models.SmallIntegerField("状态", choices=CaseState.choices)
    state_since = models.DateField("进入本状态日")
    due_on = models.DateField("本步期限", null=True)
    opened_on = models.DateField("立案日")
    acknowledge_by = models.DateField("签收期限")
    plan_by = models.DateField("方案期限")
    acknowledged_on = models.DateField("签收日", null=True)
    planned_on = models.DateField("方案日", null=True)
    verified_on = models.DateField("核实日", null=True)
    closed_on = models.DateField("结案日", null=True)
    closed_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="结案人"
    )
    gone_on = models.DateField("信号全部消失日", null=True)
    escalation = models.SmallIntegerField("上报层级", default=0)
    escalated_to = models.ForeignKey(
        Branch, models.PROTECT, null=True, related_name="+", verbose_name="上报机构"
    )
    was_escalated = models.BooleanField("曾超期上报", default=False)
    plan = models.TextField("处置思路", blank=True, default="")
    outcome = models.CharField("结果", max_length=12, choices=Outcome.choices, blank=True)
    conclusion = models.TextField("结论", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "预警处置单"
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=_OPEN, name="one_open_case_per_customer"
            ),
            models.UniqueConstraint(fields=["customer", "opened_on"], name="case_once_per_day"),
            models.CheckConstraint(
                name="case_closed_or_open",
                condition=(_OPEN & Q(closed_on=None)) | (~_OPEN & Q(closed_on__isnull=False)),
            ),
            models.CheckConstraint(name="case_colour_counts", condition=Q(colour__range=(1, 4))),
        ]
        indexes = [
            models.Index(fields=["customer", "-opened_on"], name="case_by_customer"),
            models.Index(fields=["due_on"], condition=_OPEN, name="open_case_by_deadline"),
            models.Index(fields=["-opened_on", "-id"], name="case_by_day"),
            models.Index(fields=["owner", "state"], condition=_OPEN, name="open_case_of_owner"),
        ]

    @property
    def number(self) -> str:
        """What people call the case by."""
        return f"YJ{self.opened_on:%Y%m%d}-{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.state in OPEN_STATES


class CaseSignal(models.Model):
    """A signal that is handled in a case; a higher level of the same signal is a row of its own."""

    case = models.ForeignKey(SignalCase, models.CASCADE, related_name="case_signals")
    # Unchecked, as the signal itself is: a signal of a loan whose import was undone goes away.
    signal = models.OneToOneField(
        "early_warning.Signal", models.DO_NOTHING, related_name="+", db_constraint=False
    )
    rule = models.SmallIntegerField("信号编号")
    joined_on = models.DateField("并入日")

    class Meta:
        verbose_name = verbose_name_plural = "处置单所含信号"
        indexes = [models.Index(fields=["rule", "case"], name="case_by_rule")]


@audited_changes()
class CaseStep(models.Model):
    """One thing that happened in a case (步骤), and how the case stood after it."""

    case = models.ForeignKey(SignalCase, models.CASCADE, related_name="steps")
    taken_on = models.DateField("营业日")
    kind = models.CharField("步骤", max_length=14, choices=StepKind.choices)
    by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="办理人"
    )
    state = models.SmallIntegerField("此后状态", choices=CaseState.choices)
    colour = models.SmallIntegerField("此后颜色", choices=Colour.choices)
    due_on = models.DateField("此后期限", null=True)
    text = models.TextField("内容", blank=True, default="", db_default="")
    # What the daily run saw: how many signals, the colour before, the level of escalation.
    number = models.IntegerField("数值", default=0, db_default=0)
    recorded_at = models.DateTimeField("记录时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "处置步骤"
        indexes = [models.Index(fields=["case", "-taken_on", "-id"], name="step_by_case")]


@audited()
class CaseTask(models.Model):
    """One action of a plan (处置任务): who does what by when, and what came of it."""

    case = models.ForeignKey(SignalCase, models.CASCADE, related_name="tasks")
    measure = models.CharField("措施", max_length=12, choices=Measure.choices)
    text = models.CharField("要求", max_length=500)
    assignee = models.ForeignKey(
        Officer, models.PROTECT, related_name="case_tasks", verbose_name="办理人"
    )
    due_on = models.DateField("期限")
    state = models.CharField("状态", max_length=10, choices=TaskState.choices)
    result = models.TextField("结果", blank=True, default="")
    added_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name="布置人")
    added_on = models.DateField("布置日")
    done_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="完成人"
    )
    done_on = models.DateField("完成日", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "处置任务"
        indexes = [
            models.Index(
                fields=["assignee", "due_on"], condition=Q(state="open"), name="open_task_of"
            )
        ]


@audited(exclude=["content"])
class CaseDocument(models.Model):
    """A file that proves something in a case (证据文件), kept with the digest of its content."""

    case = models.ForeignKey(SignalCase, models.CASCADE, related_name="documents")
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=80)
    size = models.IntegerField("大小(字节)")
    sha256 = models.CharField("摘要", max_length=64)
    content = models.BinaryField("内容")
    added_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name="上传人")
    added_on = models.DateField("上传日")

    class Meta:
        verbose_name = verbose_name_plural = "证据文件"


@audited()
class CaseEvidence(models.Model):
    """A piece of evidence (证据): words, a file, something that happened, or a transaction."""

    case = models.ForeignKey(SignalCase, models.CASCADE, related_name="evidence")
    task = models.ForeignKey(
        CaseTask, models.CASCADE, null=True, related_name="evidence", verbose_name="任务"
    )
    text = models.CharField("说明", max_length=1000, blank=True)
    document = models.ForeignKey(
        CaseDocument, models.CASCADE, null=True, related_name="+", verbose_name="文件"
    )
    happening = models.ForeignKey(
        Happening, models.PROTECT, null=True, related_name="+", verbose_name="登记事项"
    )
    # The reference of an account transaction as it stands on the statement (交易流水号).
    transaction = models.CharField("交易流水号", max_length=80, blank=True)
    added_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name="登记人")
    added_on = models.DateField("登记日")

    class Meta:
        verbose_name = verbose_name_plural = "处置证据"
        constraints = [
            models.CheckConstraint(
                name="evidence_holds_something",
                condition=~Q(text="")
                | ~Q(transaction="")
                | Q(document__isnull=False)
                | Q(happening__isnull=False),
            )
        ]


@audited()
class CaseProposal(models.Model):
    """A proposal to close a case (解除提请); a second person decides where the colour asks it."""

    case = models.ForeignKey(SignalCase, models.CASCADE, related_name="proposals")
    is_false_alarm = models.BooleanField("误报")
    outcome = models.CharField("结果", max_length=12, choices=Outcome.choices, blank=True)
    reason = models.TextField("理由")
    state = models.CharField("状态", max_length=10, choices=DecisionState.choices)
    proposed_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name="提请人"
    )
    proposed_on = models.DateField("提请日")
    decided_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_on = models.DateField("复核日", null=True)
    note = models.TextField("复核意见", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "解除提请"
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="waiting"), name="one_waiting_proposal"
            ),
            models.CheckConstraint(
                name="proposal_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("proposed_by")),
            ),
        ]


@audited()
class WatchEntry(models.Model):
    """A client on the watch list (观察名单): since when and why, and why it left."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="watched")
    case = models.ForeignKey(
        SignalCase, models.SET_NULL, null=True, related_name="+", verbose_name="处置单"
    )
    entered_on = models.DateField("列入日")
    entered_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="列入人"
    )
    reason = models.SmallIntegerField("列入原因", choices=WatchReason.choices)
    text = models.CharField("说明", max_length=500, blank=True)
    may_leave_since = models.DateField("符合移出条件日", null=True)
    left_on = models.DateField("移出日", null=True)
    left_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="移出人"
    )
    left_text = models.CharField("移出理由", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "观察名单"
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(left_on=None), name="on_watch_list_once"
            )
        ]
