"""How sure we are of a value, and where a proposal stands."""

from django.db.models import IntegerChoices, TextChoices


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


class Benchmark(IntegerChoices):
    """A published rate that floating rates follow: 贷款市场报价利率 (LPR), by its term."""

    LPR_1Y = 1, "LPR1年期"
    LPR_5Y = 5, "LPR5年期以上"
