"""The words of the graph: kinds of ties, shapes of circles, where a finding stands."""

from __future__ import annotations

from django.db.models import TextChoices


class TieKind(TextChoices):
    """What ties two clients together."""

    GUARANTEE = "guarantee", "担保"
    CONTROL = "control", "法人与实控"
    SHARE = "share", "持股"
    POSITION = "position", "任职与关联"
    FAMILY = "family", "亲属"
    PHONE = "phone", "共用电话或邮箱"
    ADDRESS = "address", "共用地址"


class CircleShape(TextChoices):
    """What a circle of guarantees looks like; the first that fits."""

    RING = "ring", "连环担保"
    MUTUAL = "mutual", "互保"
    HUB = "hub", "集中担保"
    CHAIN = "chain", "担保链"


class FindingState(TextChoices):
    """What people have said to a finding."""

    NEW = "new", "新发现"
    CONFIRMED = "confirmed", "已确认"
    EXPLAINED = "explained", "已解释"
    EXCLUDED = "excluded", "已排除"


COUNTING = (FindingState.NEW, FindingState.CONFIRMED)
GUARANTOR_FAILING, GUARANTOR_SUED, CIRCLE_FAILING, GUARANTEES_TOO_LARGE = 87, 88, 89, 90
SIGNAL_NAMES = {
    GUARANTOR_FAILING: "保证人违约",
    GUARANTOR_SUED: "保证人被诉、失信",
    CIRCLE_FAILING: "担保圈成员出险",
    GUARANTEES_TOO_LARGE: "对外担保过大",
}
