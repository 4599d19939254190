"""States of a business day, its steps and the work it leaves."""

from django.db.models import TextChoices


class DayStatus(TextChoices):
    """Where a business day stands."""

    RUNNING = "running", "日终进行中"
    CLOSED = "closed", "已日终"


class WorkStatus(TextChoices):
    """What became of a piece of work."""

    OPEN = "open", "待办"
    DEFERRED = "deferred", "已延后"
    DONE = "done", "已办结"
    LAPSED = "lapsed", "已消失"
