"""Colours of warning signals, and the clients a rule is for."""

from django.db.models import IntegerChoices, TextChoices


class Colour(IntegerChoices):
    """How urgent a signal is; red first."""

    RED = 4, "红"
    ORANGE = 3, "橙"
    YELLOW = 2, "黄"
    BLUE = 1, "蓝"


class Segment(TextChoices):
    """Which clients a rule is for."""

    ALL = "all", "全部客户"
    RETAIL = "retail", "零售"
    NON_RETAIL = "corporate", "非零售"
