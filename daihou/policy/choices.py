"""How sure we are of a value, and where a proposal stands."""

from django.db.models import TextChoices


class Evidence(TextChoices):
    """How a clause was seen; decides what the screen may say of it."""

    TEXT = "TEXT", "已核对原文"
    QUOTE = "QUOTE", "官方文本摘引"
    SECONDARY = "SEC", "二手来源,待核对原文"
    EXAM = "EXAM", "仅见于试题,待核对原文"
    RECALLED = "RECALLED", "待核对原文"
    PROPOSAL = "PROPOSAL", "本系统默认"


class VersionStatus(TextChoices):
    """A value is proposed by one person and approved by another before it counts."""

    PROPOSED = "proposed", "待复核"
    APPROVED = "approved", "已生效"
    REJECTED = "rejected", "已退回"
