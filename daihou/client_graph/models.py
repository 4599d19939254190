"""Ties between clients, circles of guarantees, and what was found in them. Derived every day."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daihou.audit.tracking import audited_actions
from daihou.client_graph import choices
from daihou.loan_book.models import Customer
from daihou.policy.reasons import Reason
from daihou.staff.models import Officer
from daihou.storage.fields import MoneyField, RateField


class Tie(models.Model):
    """What ties one client to another (关联), from the day it was first seen to the day it went.

    A guarantee leads from the guarantor to the debtor, a share from the holder to the firm; what
    is merely shared leads from the lower number to the higher. `rows` are the rows of the book.
    """

    source = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", db_constraint=False, verbose_name="甲"
    )
    target = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", db_constraint=False, verbose_name="乙"
    )
    kind = models.CharField("种类", max_length=20, choices=choices.TieKind.choices)
    amount = MoneyField("担保金额", null=True)
    share = RateField("持股比例", null=True)
    rows = ArrayField(models.BigIntegerField(), verbose_name="所据记录", default=list)
    seen_from = models.DateField("首次出现日")
    ceased_on = models.DateField("消失日", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "关联"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "kind"],
                condition=Q(ceased_on=None),
                name="tie_open_once",
            ),
            models.CheckConstraint(name="tie_is_between_two", condition=~Q(source=F("target"))),
        ]
        indexes = [models.Index(fields=["ceased_on"], name="tie_ceased")]  # fmt: skip


class Circle(models.Model):
    """Clients held together by guarantees (担保圈), as from one day to another.

    When members or guarantees change the row ends and the next begins; `known_since` is the day on
    which the circle, whatever its shape then, first showed.
    """

    shape = models.CharField("形态", max_length=20, choices=choices.CircleShape.choices)
    size = models.IntegerField("户数")
    ties = models.IntegerField("担保笔数")
    chain = models.IntegerField("最长担保链(户)")
    in_rings = models.IntegerField("互保、连环担保户数")
    hub = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", db_constraint=False, verbose_name="担保最多者"
    )
    hub_clients = models.IntegerField("其担保户数")
    known_since = models.DateField("最早出现日")
    seen_from = models.DateField("本形态起始日")
    ceased_on = models.DateField("消失日", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "担保圈"
        indexes = [models.Index(fields=["ceased_on", "-size"], name="circle_open")]


class CircleMember(models.Model):
    """A client in a circle."""

    circle = models.ForeignKey(Circle, models.CASCADE, related_name="members")
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="circles", db_constraint=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "担保圈成员"
        constraints = [
            models.UniqueConstraint(fields=["circle", "customer"], name="member_once"),
        ]


@audited_actions("state", "note")
class GraphFinding(models.Model):
    """What the graph says about a client (关联发现), one open row per client and signal.

    `clients` are those it is about (the failing guarantors, members, or the guaranteed), `rows`
    the guarantees or events behind it; `seen` holds the numbers, put into words when read.
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="graph_findings", db_constraint=False
    )
    signal = models.SmallIntegerField("信号编号")
    strength = models.SmallIntegerField("强度")
    seen = ArrayField(models.BigIntegerField(), verbose_name="所见数值", default=list)
    clients = ArrayField(models.BigIntegerField(), verbose_name="相关客户", default=list)
    rows = ArrayField(models.BigIntegerField(), verbose_name="所据记录", default=list)
    since = models.DateField("首次出现日")
    ceased_on = models.DateField("消失日", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=20, choices=choices.FindingState.choices,
        default=choices.FindingState.NEW,
    )  # fmt: skip
    decided_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处理人"
    )
    decided_on = models.DateField("处理日", null=True, blank=True)
    note = models.CharField("处理说明", max_length=300, blank=True)

    reasons: list[Reason]  # in words, once `queries.explained_findings` was asked

    class Meta:
        verbose_name = verbose_name_plural = "关联发现"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "signal"],
                condition=Q(ceased_on=None),
                name="graph_finding_open_once",
            ),
            models.CheckConstraint(
                name="graph_finding_interval_not_empty",
                condition=Q(ceased_on=None) | Q(ceased_on__gt=F("since")),
            ),
            models.CheckConstraint(
                name="graph_finding_decided_by_somebody",
                condition=Q(state="new") | Q(decided_by__isnull=False, decided_on__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["ceased_on", "signal"], name="graph_finding_open")]


class GraphMark(models.Model):
    """How far the book had been read when the ties were last drawn; nothing new, nothing to do."""

    table = models.CharField("表", max_length=60, primary_key=True)
    reached = models.BigIntegerField("读到")

    class Meta:
        verbose_name = verbose_name_plural = "关联读取标记"
