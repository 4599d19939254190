"""The five grades."""

from django.db.models import IntegerChoices


class Grade(IntegerChoices):
    """五级分类; the last three are non-performing (不良)."""

    NORMAL = 1, "正常"
    SPECIAL_MENTION = 2, "关注"
    SUBSTANDARD = 3, "次级"
    DOUBTFUL = 4, "可疑"
    LOSS = 5, "损失"
