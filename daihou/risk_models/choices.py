"""What a risk model foretells, how it is built, and where a version of it stands."""

from django.db.models import TextChoices


class Target(TextChoices):
    """What a model foretells, and about whom."""

    SERIOUS_ARREARS = "serious_arrears", "六个月内严重逾期"
    COMPANY_DISTRESS = "company_distress", "企业财务困境"


class Method(TextChoices):
    """How a version is built; the scorecard is the plain one that can be worked out by hand."""

    BOOSTED_TREES = "boosted_trees", "单调梯度提升树"
    SCORECARD = "scorecard", "WOE 评分卡"
    LOGISTIC = "logistic", "逻辑回归"


class VersionState(TextChoices):
    """A version is trained, submitted by one person and put into use by another."""

    DRAFT = "draft", "草案"
    SUBMITTED = "submitted", "待批"
    IN_USE = "in_use", "启用"
    RETIRED = "retired", "停用"
