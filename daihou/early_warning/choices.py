"""Colours of warning signals."""

from django.db.models import IntegerChoices


class Colour(IntegerChoices):
    """How urgent a signal is; red first."""

    RED = 4, "红"
    ORANGE = 3, "橙"
    YELLOW = 2, "黄"
    BLUE = 1, "蓝"
