"""Grades of loans, as intervals, with the reasons for each."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from daihou.classification.choices import Grade
from daihou.loan_book.models import Loan
from daihou.policy.reasons import Reason
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
