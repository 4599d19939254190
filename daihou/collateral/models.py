"""Collateral as registered, what it secures, who else holds it, and what it was worth when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from daihou.audit.tracking import audited, audited_changes
from daihou.collateral.choices import (
    CollateralKind,
    IncidentKind,
    LienKind,
    RevaluationStatus,
    ValueSource,
)
from daihou.loan_book.models import Contract, Customer, Guarantee, Loaded, Loan
from daihou.policy.reasons import Reason
from daihou.staff.models import Officer
from daihou.storage.fields import MoneyField, RateField


@audited_changes()
class Collateral(Loaded):
    """A thing or a right that secures contracts (押品), under the client who brought it."""

    number = models.CharField("押品编号", max_length=40, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="collateral", verbose_name="客户"
    )
    kind = models.SmallIntegerField("押品种类", choices=CollateralKind.choices)
    name = models.CharField("押品名称", max_length=200)
    owner = models.CharField("权属人", max_length=200)
    region = models.CharField("所在地区", max_length=100, blank=True)
    place = models.CharField("坐落或存放地", max_length=300, blank=True)
    registration = models.CharField("登记证明号", max_length=100, blank=True)
    registered_until = models.DateField("登记到期日", null=True, blank=True)
    insured_until = models.DateField("保险到期日", null=True, blank=True)
    released_on = models.DateField("解押日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "押品"
        indexes = [models.Index(fields=["kind", "region"], name="collateral_by_market")]

    def __str__(self) -> str:
        return self.name


@audited_changes()
class CollateralLink(Loaded):
    """What a piece of collateral secures (担保关系): a contract, up to an amount, in our rank."""

    collateral = models.ForeignKey(Collateral, models.PROTECT, related_name="links")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="collateral_links")
    amount = MoneyField("担保金额")
    rank = models.SmallIntegerField("本行顺位", default=1)
    approved_ltv = RateField("核定抵押率", null=True, blank=True)
    secured_on = models.DateField("设立日")

    class Meta:
        verbose_name = verbose_name_plural = "担保关系"
        constraints = [
            models.UniqueConstraint(
                fields=["collateral", "contract"], name="collateral_secures_contract_once"
            ),
            models.CheckConstraint(name="secured_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="own_rank_from_one", condition=Q(rank__gte=1)),
        ]


@audited_changes()
class Lien(Loaded):
    """What somebody else holds on a piece of collateral (他人权利), with its rank."""

    collateral = models.ForeignKey(Collateral, models.PROTECT, related_name="liens")
    holder = models.CharField("权利人", max_length=200)
    kind = models.CharField(
        "权利", max_length=20, choices=LienKind.choices, default=LienKind.MORTGAGE
    )
    rank = models.SmallIntegerField("顺位")
    amount = MoneyField("金额")
    registered_on = models.DateField("登记日")
    is_agreed = models.BooleanField("经本行同意", default=False)
    ended_on = models.DateField("消灭日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "他人权利"
        constraints = [
            models.UniqueConstraint(
                fields=["collateral", "holder", "registered_on"], name="lien_once_a_day"
            ),
            models.CheckConstraint(name="lien_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="lien_rank_from_one", condition=Q(rank__gte=1)),
        ]


@audited()
class Revaluation(models.Model):
    """A revaluation in bulk by a market index (指数重估): proposed by one person, done by another.

    `rises` says whether values may go up as well; prudence leaves them where they are.
    """

    kind = models.SmallIntegerField("押品种类", choices=CollateralKind.choices)
    region = models.CharField("地区", max_length=100)
    month = models.DateField("指数月份")
    rises = models.BooleanField("可调增", default=False)
    reason = models.CharField("重估理由", max_length=300)
    status = models.CharField(
        "状态", max_length=10, choices=RevaluationStatus.choices,
        default=RevaluationStatus.PROPOSED,
    )  # fmt: skip
    proposed_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_on = models.DateField("提出日")
    decided_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_on = models.DateField("复核日", null=True)
    opinion = models.CharField("复核意见", max_length=300, blank=True)
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "指数重估"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "region"],
                condition=Q(status=RevaluationStatus.PROPOSED),
                name="revaluation_waits_once",
            ),
            models.CheckConstraint(
                name="revaluation_by_a_second_person",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region}{self.get_kind_display()} {self.month:%Y-%m}"


@audited_changes()
class Valuation(Loaded):
    """What collateral was worth on a day, by whom (估值); a correction is the next version."""

    collateral = models.ForeignKey(Collateral, models.PROTECT, related_name="valuations")
    valued_on = models.DateField("估值日")
    version = models.SmallIntegerField("版本", default=1)
    value = MoneyField("估值")
    source = models.CharField("来源", max_length=20, choices=ValueSource.choices)
    appraiser = models.CharField("评估机构", max_length=200, blank=True)
    next_due = models.DateField("约定下次重估", null=True, blank=True)
    known_on = models.DateField("收到日")
    note = models.CharField("说明", max_length=300, blank=True)
    entered_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="录入人"
    )
    revaluation = models.ForeignKey(
        Revaluation, models.PROTECT, null=True, blank=True, related_name="valuations"
    )

    class Meta:
        verbose_name = verbose_name_plural = "估值"
        constraints = [
            models.UniqueConstraint(
                fields=["collateral", "valued_on", "version"], name="valuation_version_once"
            ),
            models.CheckConstraint(name="value_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(
                name="valuation_known_after_its_day", condition=Q(known_on__gte=F("valued_on"))
            ),
        ]


@audited()
class RevaluationLine(models.Model):
    """What a revaluation does to one piece of collateral, as it was previewed."""

    revaluation = models.ForeignKey(Revaluation, models.CASCADE, related_name="lines")
    collateral = models.ForeignKey(Collateral, models.PROTECT, related_name="+")
    base = models.ForeignKey(Valuation, models.PROTECT, related_name="+", verbose_name="原估值")
    value_before = MoneyField("原值")
    value_after = MoneyField("重估值")
    ltv_before = RateField("原抵押率", null=True)
    ltv_after = RateField("重估后抵押率", null=True)
    approved_ltv = RateField("核定抵押率", null=True)
    is_stale = models.BooleanField("复核时已有新估值", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "指数重估明细"
        constraints = [
            models.UniqueConstraint(
                fields=["revaluation", "collateral"], name="revaluation_line_once"
            ),
        ]


@audited_changes()
class PriceIndex(Loaded):
    """A market price index of one kind in one region and month (市场指数), base period 100."""

    region = models.CharField("地区", max_length=100)
    kind = models.SmallIntegerField("押品种类", choices=CollateralKind.choices)
    month = models.DateField("月份", help_text="该月1日")
    points = RateField("指数", help_text="定基指数,基期为 100")

    class Meta:
        verbose_name = verbose_name_plural = "市场指数"
        constraints = [
            models.UniqueConstraint(fields=["region", "kind", "month"], name="index_once_a_month"),
            models.CheckConstraint(name="index_positive", condition=Q(points__gt=0)),
        ]


@audited()
class Incident(models.Model):
    """Something that went wrong with collateral (押品异常), until it is over."""

    collateral = models.ForeignKey(Collateral, models.PROTECT, related_name="incidents")
    kind = models.CharField("异常", max_length=20, choices=IncidentKind.choices)
    happened_on = models.DateField("发生日")
    text = models.CharField("情况", max_length=300)
    ended_on = models.DateField("解除日", null=True, blank=True)
    recorded_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "押品异常"


class CollateralStanding(models.Model):
    """Where a piece of collateral stands from a day on, as the evening of that day saw it; derived.

    A row begins when a figure changes. What is not known (no valuation) is null.
    """

    collateral = models.ForeignKey(
        Collateral, models.CASCADE, related_name="standings", db_constraint=False
    )
    valid_from = models.DateField("自")
    valid_to = models.DateField("至", null=True)
    valuation = models.ForeignKey(
        Valuation, models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    value = MoneyField("估值", null=True)
    first_value = MoneyField("初次估值", null=True)
    haircut = RateField("折扣率")
    stale = models.SmallIntegerField("逾期重估", default=0)
    prior = MoneyField("先顺位金额", default=0)
    usable = MoneyField("可用价值", null=True)
    owed = MoneyField("所担保余额", default=0)
    covered = MoneyField("覆盖金额", default=0)
    ltv = RateField("抵押率", null=True)
    approved_ltv = RateField("核定抵押率", null=True)
    grade = models.SmallIntegerField("所担保借据最差分类", null=True)
    due_on = models.DateField("应重估日", null=True)

    reasons: list[Reason]  # in words, once `explanations.explained` was asked

    class Meta:
        verbose_name = verbose_name_plural = "押品状况"
        constraints = [
            models.UniqueConstraint(
                fields=["collateral"], condition=Q(valid_to=None), name="one_standing_now"
            ),
        ]
        indexes = [models.Index(fields=["collateral", "valid_from"], name="standing_by_collateral")]


class LoanCover(models.Model):
    """How much of a loan's principal its collateral covers, from a day on; derived."""

    loan = models.ForeignKey(
        Loan, models.CASCADE, related_name="covers", db_constraint=False, db_index=False
    )
    valid_from = models.DateField("自")
    valid_to = models.DateField("至", null=True)
    owed = MoneyField("本金余额")
    covered = MoneyField("押品覆盖")

    class Meta:
        verbose_name = verbose_name_plural = "借据押品覆盖"
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(valid_to=None), name="one_cover_now"
            ),
        ]
        indexes = [models.Index(fields=["loan", "valid_from"], name="cover_by_loan")]


class CollateralFinding(models.Model):
    """What collateral or a guarantee gives away (signals 91-96), loan by loan; derived."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="collateral_findings", db_constraint=False
    )
    loan = models.ForeignKey(
        Loan, models.CASCADE, related_name="collateral_findings", db_constraint=False
    )
    collateral = models.ForeignKey(
        Collateral, models.CASCADE, null=True, related_name="findings", db_constraint=False
    )
    guarantee = models.ForeignKey(
        Guarantee, models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    signal = models.SmallIntegerField("信号编号")
    strength = models.BigIntegerField("强度")
    since = models.DateField("发现日")
    ceased_on = models.DateField("消失日", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "担保线索"
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "signal", "collateral", "guarantee"],
                condition=Q(ceased_on=None),
                nulls_distinct=False,
                name="collateral_finding_open_once",
            ),
        ]
