"""Grades of loans as the machine proposes them, and as people determine them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from daihou.audit.tracking import audited, audited_changes
from daihou.classification import choices
from daihou.classification.choices import Grade
from daihou.classification.codes import LOW_BITS, Because
from daihou.loan_book.models import Loan
from daihou.policy.reasons import Reason
from daihou.staff.models import Branch, Officer
from daihou.storage.history import IntervalHistory


class LoanGrade(IntervalHistory):
    """A loan's grade (五级分类) from a day on, and why.

    A new row begins when the grade changes, or when other rules speak for the same grade. When a
    business day learns that the past was otherwise, rows are not changed but taken out of what is
    known (`known_to`, `superseded_on`) and others put beside them (`known_from`, `corrected_on`):
    so what was believed on any business day and what is true both have an answer.
    """

    # Unchecked: checking doubles the time to write a book's grades; the daily step takes out the
    # rows of loans that are no longer there.
    loan = models.ForeignKey(
        Loan, models.CASCADE, related_name="grades", db_index=False, db_constraint=False
    )
    grade = models.SmallIntegerField("分类", choices=Grade.choices)
    previous_grade = models.SmallIntegerField(
        "原分类", choices=Grade.choices, null=True, blank=True
    )
    because = models.SmallIntegerField("规则代码", help_text="发言的规则,按位相加")
    because_more = models.SmallIntegerField(
        "规则代码(续)", default=0, db_default=0, help_text="第十五位以后的规则"
    )
    rule_version = models.CharField("规则版本", max_length=40)
    corrected_on = models.DateField(
        "更正日", null=True, blank=True, help_text="由哪一个营业日的更正写入;空为当日所判"
    )
    superseded_on = models.DateField(
        "被更正日", null=True, blank=True, help_text="由哪一个营业日的更正取代"
    )
    # What the rules looked at, as `explanations.Seen`; nothing for a sound loan not past due, and
    # for rows of before numbers were kept.
    seen = ArrayField(models.BigIntegerField(), verbose_name="所见数值", default=list)
    bad_siblings = ArrayField(models.BigIntegerField(), verbose_name="债务人不良借据", default=list)

    reasons: list[Reason]  # in words, once `queries.explained_grades` was asked

    class Meta:
        verbose_name = verbose_name_plural = "五级分类"
        indexes = [
            models.Index(fields=["loan", "valid_from"], name="grade_by_loan_and_day"),
            models.Index(
                fields=["loan"],
                condition=Q(valid_to=None, known_to=None, previous_grade__lt=F("grade")),
                name="grade_now_worse",
            ),
            # Rows are written day after day, so a tiny block index finds those of one day.
            BrinIndex(fields=["valid_from"], name="grade_by_day", pages_per_range=16),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["loan"],
                condition=Q(valid_to=None, known_to=None),
                name="one_open_grade_per_loan",
            ),
            models.CheckConstraint(
                name="grade_interval_not_empty",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    @property
    def spoken(self) -> Because:
        """The rules that spoke."""
        return Because(self.because | self.because_more << LOW_BITS)


@audited()
class GradingBatch(models.Model):
    """A batch of loans whose grades people determine (分类认定批次): 初分, 复核, 认定.

    Each of the three is another person's. What they determine stands beside the machine's
    proposal (`LoanGrade`), never in its place.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="机构")
    as_of = models.DateField("分类基准日")
    status = models.CharField(
        "状态", max_length=10, choices=choices.BatchStatus.choices,
        default=choices.BatchStatus.DRAFT,
    )  # fmt: skip
    note = models.CharField("说明", max_length=200, blank=True)
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name="初分人")
    made_on = models.DateField("初分日")
    reviewed_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    reviewed_on = models.DateField("复核日", null=True)
    determined_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="认定人"
    )
    determined_on = models.DateField("认定日", null=True)
    opinion = models.CharField("意见", max_length=300, blank=True)
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "分类认定批次"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="grading_batch_by_three_people",
                condition=(Q(reviewed_by=None) | ~Q(reviewed_by=F("made_by")))
                & (Q(determined_by=None) | ~Q(determined_by=F("made_by")))
                & (
                    Q(determined_by=None) | Q(reviewed_by=None) | ~Q(determined_by=F("reviewed_by"))
                ),
            ),
            models.CheckConstraint(
                name="grading_batch_determined_is_signed",
                condition=~Q(status=choices.BatchStatus.DETERMINED)
                | Q(reviewed_by__isnull=False, determined_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.pk} 批"


@audited_changes()
class Determination(models.Model):
    """What people say of one loan's grade, beside what the machine proposed on the same day."""

    batch = models.ForeignKey(GradingBatch, models.CASCADE, related_name="rows")
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="determinations")
    machine = models.SmallIntegerField("机器建议", choices=Grade.choices)
    spoken = models.IntegerField("发言的规则")
    before = models.SmallIntegerField("上次认定", choices=Grade.choices, null=True)
    grade = models.SmallIntegerField("初分", choices=Grade.choices)
    exceptions = models.SmallIntegerField("例外", default=0)
    reason = models.CharField("理由", max_length=300, blank=True)
    lift = models.CharField(
        "高于下限的例外", max_length=10, choices=choices.Lift.choices, blank=True
    )
    expires_on = models.DateField("有效期至", null=True)
    changed_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="改动人"
    )
    closed_on = models.DateField("办结日", null=True)
    determined_on = models.DateField("认定日", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "分类认定"
        indexes = [
            models.Index(fields=["loan", "-determined_on"], name="determination_by_loan"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(closed_on=None), name="determination_once_open"
            ),
            models.CheckConstraint(
                name="determination_above_the_floor_is_named",
                condition=Q(grade__gte=F("machine")) | ~Q(lift=""),
            ),
            models.CheckConstraint(
                name="determination_override_has_reason_and_end",
                condition=Q(grade=F("machine")) | (~Q(reason="") & Q(expires_on__isnull=False)),
            ),
        ]

    reasons: list[Reason]  # of the machine, in words, once asked for

    def __str__(self) -> str:
        return f"{self.loan_id} {self.get_grade_display()}"
