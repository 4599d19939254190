"""The words of provisions: stages, why a loan is in one, rebuttals, what moved the allowance."""

from __future__ import annotations

from enum import IntFlag

from django.db.models import IntegerChoices, TextChoices


class Stage(IntegerChoices):
    """How far the credit risk of a loan has gone since it was paid out (阶段)."""

    ONE = 1, "第一阶段"
    TWO = 2, "第二阶段"
    THREE = 3, "第三阶段"


class Because(IntFlag):
    """What put a loan into its stage; kept with the stage as one number."""

    OVERDUE_LONG = 1  # beyond the days of stage 3
    BAD_GRADE = 2
    OVERDUE = 4  # beyond the days of stage 2
    MENTION = 8
    RESTRUCTURED = 16
    WATCHED = 32
    REBUTTED = 64  # the days of stage 2 are passed, and people said why that means nothing


class RebuttalStatus(TextChoices):
    """How far a rebuttal has come."""

    PROPOSED = "proposed", "待复核"
    APPROVED = "approved", "已通过"
    REJECTED = "rejected", "已退回"


class Cause(TextChoices):
    """What changed the allowance of a loan between two days; the first that applies names all."""

    NEW = "new", "新增贷款"
    RETURNED = "returned", "重新纳入"
    WRITTEN_OFF = "written_off", "核销转出"
    GONE = "gone", "结清转出"
    WORSE = "worse", "阶段上迁"
    BETTER = "better", "阶段回迁"
    PARAMETERS = "parameters", "参数调整"
    BALANCE = "balance", "余额变动"
    MEASURED = "measured", "其他重计量"
