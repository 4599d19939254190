"""The book: clients, what they were granted, what was paid out, what is to be paid back."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from daihou.audit.tracking import audited, audited_actions, audited_changes
from daihou.loan_book import choices
from daihou.loan_book.name_characters import name_characters
from daihou.policy.choices import Benchmark
from daihou.staff.models import Branch, Officer
from daihou.storage.fields import BlindIndexField, MoneyField, RateField, SealedTextField
from daihou.storage.history import IntervalHistory


class Loaded(models.Model):
    """Rows that may come from an import; the batch number leads back to the file."""

    source_batch = models.BigIntegerField("导入批次", null=True, blank=True, editable=False)
    recorded_at = models.DateTimeField("记录时间", db_default=Now(), editable=False)

    class Meta:
        abstract = True


@audited()
class Product(models.Model):
    """A loan product (产品) and whether its debtors count as retail for grading."""

    code = models.CharField("产品代码", max_length=30, unique=True)
    name = models.CharField("产品名称", max_length=100)
    is_retail = models.BooleanField("零售资产", default=False)
    rule_set = models.CharField(
        "分类规则集", max_length=10, choices=choices.RuleSet.choices, blank=True, default="",
        db_default="",
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = "产品"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


@audited_changes()
class Customer(Loaded):
    """A client (客户): an enterprise, a sole trader, a farmer or a consumer."""

    number = models.CharField("客户号", max_length=40, unique=True)
    name = models.CharField("客户名称", max_length=200)
    kind = models.CharField("客户类型", max_length=20, choices=choices.CustomerKind.choices)
    identity_kind = models.CharField(
        "证件类型", max_length=20, choices=choices.IdentityKind.choices
    )
    identity_number = SealedTextField("证件号码")
    identity_index = BlindIndexField("证件号码索引")
    industry = models.CharField(
        "所属行业", max_length=1, choices=choices.Industry.choices, null=True, blank=True
    )
    region = models.CharField("所在地区", max_length=100, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="管户机构")
    officer = models.ForeignKey(
        Officer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="管户客户经理",
    )

    class Meta:
        verbose_name = verbose_name_plural = "客户"
        constraints = [
            models.UniqueConstraint(
                fields=["identity_kind", "identity_index"], name="customer_identity_once"
            ),
        ]
        indexes = [GinIndex(name_characters(), name="customer_name_characters")]

    def __str__(self) -> str:
        return self.name


@audited_changes()
class CustomerRelation(Loaded, IntervalHistory):
    """How one client stands to another (法定代表人, 股东, 配偶 ...), from a day to a day."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="relations")
    related = models.ForeignKey(Customer, models.CASCADE, related_name="related_to")
    kind = models.CharField("关系", max_length=30, choices=choices.RelationKind.choices)
    share = RateField("持股比例", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "客户关系"
        constraints = [
            models.CheckConstraint(
                name="relation_is_between_two", condition=~Q(customer=F("related"))
            ),
            models.UniqueConstraint(
                fields=["customer", "related", "kind", "valid_from"],
                condition=Q(known_to=None),
                name="relation_once_per_day",
            ),
        ]


@audited_changes()
class Contact(Loaded):
    """A way to reach a client (联系方式): sealed, and found by its fingerprint."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    kind = models.CharField("类型", max_length=20, choices=choices.ContactKind.choices)
    person = models.CharField("联系人", max_length=100, blank=True)
    value = SealedTextField("号码或地址")
    value_index = BlindIndexField("号码索引")
    is_primary = models.BooleanField("首选", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "联系方式"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "value_index"], name="contact_once_per_customer"
            ),
        ]


@audited_changes()
class Facility(Loaded):
    """A credit line (授信额度) granted to a client."""

    number = models.CharField("授信编号", max_length=40, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="facilities")
    amount = MoneyField("授信金额")
    starts_on = models.DateField("起始日")
    ends_on = models.DateField("到期日")
    is_revolving = models.BooleanField("可循环", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "授信额度"
        constraints = [
            models.CheckConstraint(name="facility_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="facility_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))
            ),
        ]


@audited_changes()
class Contract(Loaded):
    """A loan contract (借款合同) under which one or more loans are paid out."""

    number = models.CharField("合同编号", max_length=40, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contracts")
    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="contracts"
    )
    amount = MoneyField("合同金额")
    signed_on = models.DateField("签订日")
    purpose = models.CharField("约定用途", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "借款合同"
        constraints = [
            models.CheckConstraint(name="contract_amount_positive", condition=Q(amount__gt=0)),
        ]


@audited_changes()
class Guarantee(Loaded):
    """A guarantor's promise (保证) for a contract."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="guarantees")
    guarantor = models.ForeignKey(Customer, models.PROTECT, related_name="guarantees_given")
    form = models.CharField("保证方式", max_length=20, choices=choices.GuaranteeForm.choices)
    amount = MoneyField("保证金额")
    ends_on = models.DateField("保证期间届满日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "保证"
        constraints = [
            models.CheckConstraint(name="guarantee_amount_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["contract", "guarantor"], name="guarantor_once_per_contract"
            ),
        ]


@audited_changes()
class Loan(Loaded):
    """A loan (借据): one disbursement's terms as signed; what became of it is derived."""

    number = models.CharField("借据号", max_length=40, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="loans")
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="loans"
    )
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name="产品")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="经办机构")
    currency = models.CharField("币种", max_length=3, default="CNY")
    amount = MoneyField("借款金额")
    disbursed_on = models.DateField("放款日")
    matures_on = models.DateField("到期日")
    rate = RateField("年利率")
    method = models.SmallIntegerField("还款方式", choices=choices.RepaymentMethod.choices)
    frequency_months = models.SmallIntegerField("还款间隔月数", default=1)
    day_count = models.SmallIntegerField("计息基础")
    roll_rule = models.SmallIntegerField("节假日顺延", default=0)
    penalty_uplift_bps = models.IntegerField("逾期罚息上浮(基点)")
    charges_compound = models.BooleanField("计收复利", default=True)
    grace_days = models.SmallIntegerField("宽限天数", default=0)
    penalty_from = models.SmallIntegerField(
        "罚息起算", default=0, help_text="0 自应还日起,1 自宽限期满起"
    )
    allocation = models.SmallIntegerField("还款冲销顺序")
    allocation_impaired = models.SmallIntegerField("逾期后冲销顺序")
    impaired_after_days = models.SmallIntegerField("改变冲销顺序的逾期天数", default=90)
    interest_mode = models.SmallIntegerField("应付利息口径", default=0)
    excess_mode = models.SmallIntegerField("多付款项处理", default=0)
    security = models.CharField("主要担保方式", max_length=20, choices=choices.SecurityKind.choices)
    industry = models.CharField(
        "投向行业", max_length=1, choices=choices.Industry.choices, null=True, blank=True
    )
    purpose = models.CharField("用途", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "借据"
        constraints = [
            models.CheckConstraint(name="loan_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="loan_matures_after_disbursement",
                condition=Q(matures_on__gt=F("disbursed_on")),
            ),
            models.CheckConstraint(name="loan_rate_not_negative", condition=Q(rate__gte=0)),
        ]

    def __str__(self) -> str:
        return self.number


@audited_changes()
class PlanVersion(Loaded):
    """A repayment plan (还款计划): immutable; a change makes the next version and says why.

    Its instalments count for due dates after `effective_from`, until the next version's day.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="plans")
    version = models.SmallIntegerField("版本")
    effective_from = models.DateField("生效日")
    reason = models.CharField("原因", max_length=20, choices=choices.PlanReason.choices)
    note = models.CharField("说明", max_length=300, blank=True)
    due_dates = ArrayField(models.DateField(), verbose_name="应还日")
    principal = ArrayField(models.BigIntegerField(), verbose_name="应还本金(分)")
    interest = ArrayField(models.BigIntegerField(), verbose_name="应还利息(分)")

    class Meta:
        verbose_name = verbose_name_plural = "还款计划"
        indexes = [
            models.Index(
                fields=["effective_from"], condition=Q(reason__in=choices.RELIEF_PLANS),
                name="plan_of_relief",
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(fields=["loan", "version"], name="plan_version_once"),
            models.CheckConstraint(
                name="plan_columns_have_one_length",
                condition=Q(due_dates__len=F("principal__len"), interest__len=F("principal__len")),
            ),
        ]


@audited_changes()
class TermChange(Loaded):
    """A change of a loan's terms (条款变更) in the evening of a day: a rate, a pause, a call-in ...

    Append-only; `Loan` keeps the terms as signed. A contract rate takes the penalty rates along by
    the loan's uplift. What asks for a new plan has a plan version of the same day beside it.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="term_changes")
    kind = models.SmallIntegerField("变更", choices=choices.TermChangeKind.choices)
    effective_from = models.DateField("生效日")
    rate = RateField("年利率", null=True, blank=True)
    amount = MoneyField("金额", null=True, blank=True)
    booked_on = models.DateField("登记日", help_text="记入本账的营业日")
    reason = models.CharField("原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "条款变更"
        ordering = ["effective_from", "pk"]
        indexes = [
            models.Index(
                fields=["effective_from"], condition=Q(kind__in=choices.GRADED_CHANGES),
                name="term_change_graded",
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "kind", "effective_from"], name="term_change_once_a_day"
            ),
            models.CheckConstraint(
                name="term_change_has_its_rate",
                condition=Q(kind__in=choices.RATE_CHANGES, rate__isnull=False, rate__gte=0)
                | (~Q(kind__in=choices.RATE_CHANGES) & Q(rate=None)),
            ),
            models.CheckConstraint(
                name="term_change_has_its_amount",
                condition=Q(kind__in=choices.AMOUNT_CHANGES, amount__isnull=False, amount__gt=0)
                | (~Q(kind__in=choices.AMOUNT_CHANGES) & Q(amount=None)),
            ),
        ]


@audited_actions("spread_bps", "cycle_months", "notice_days", "lowest", "highest")
class FloatingTerms(Loaded):
    """What a contract says about a floating rate (浮动利率约定): LPR and spread, and its resets.

    `Loan.rate` is the rate as signed; each reset is a `TermChange`. `next_reset_on` is moved on by
    the daily run; None: no reset is to come before the loan matures.
    """

    loan = models.OneToOneField(Loan, models.PROTECT, related_name="floating", verbose_name="借据")
    benchmark = models.SmallIntegerField("定价基准", choices=Benchmark.choices)
    spread_bps = models.IntegerField("加点(基点)")
    cycle_months = models.SmallIntegerField("重定价周期(月)", default=12)
    reset_rule = models.CharField(
        "重定价日", max_length=20, choices=choices.ResetRule.choices,
        default=choices.ResetRule.CALENDAR,
    )  # fmt: skip
    notice_days = models.SmallIntegerField("报价提前天数", default=0)
    lowest = RateField("利率下限", null=True, blank=True)
    highest = RateField("利率上限", null=True, blank=True)
    first_reset_on = models.DateField("首个重定价日", null=True, blank=True)
    next_reset_on = models.DateField("下次重定价日", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "浮动利率约定"
        constraints = [
            models.CheckConstraint(
                name="floating_cycle_of_months", condition=Q(cycle_months__gte=1)
            ),
            models.CheckConstraint(
                name="floating_notice_not_negative", condition=Q(notice_days__gte=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_reset_on"],
                condition=Q(next_reset_on__isnull=False),
                name="floating_next_reset",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_benchmark_display()} {self.spread_bps:+d}"


@audited()
class Happening(Loaded):
    """Something that happened to a client or a loan (事项); the next daily run reads it."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="happenings")
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, blank=True, related_name="happenings")
    kind = models.CharField("事项", max_length=30, choices=choices.HappeningKind.choices)
    happened_on = models.DateField("发生日")
    text = models.TextField("内容", blank=True)
    facts = models.JSONField("要素", default=dict, blank=True)
    recorded_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "事项"
        indexes = [
            models.Index(fields=["customer", "-happened_on"], name="happening_by_customer"),
            models.Index(
                fields=["happened_on"],
                condition=Q(kind__in=choices.GRADED_HAPPENINGS),
                name="happening_graded",
            ),
        ]
