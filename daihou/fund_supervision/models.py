"""Accounts and what moved over them; where drawn money went; what was found about it."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daihou.audit.tracking import audited, audited_actions, audited_changes
from daihou.fund_supervision import choices
from daihou.loan_book.models import Customer, Loaded, Loan
from daihou.staff.models import Officer
from daihou.storage.fields import MoneyField
from daihou.storage.history import IntervalHistory


@audited_changes()
class Account(Loaded):
    """An account (账户) of a client, with us or (from statements handed in) with another bank."""

    number = models.CharField("账号", max_length=40, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts")
    bank = models.CharField("开户行", max_length=100, blank=True)
    is_ours = models.BooleanField("本行账户", default=True)
    kind = models.CharField("账户性质", max_length=20, choices=choices.AccountKind.choices)
    currency = models.CharField("币种", max_length=3, default="CNY")
    opened_on = models.DateField("开户日", null=True, blank=True)
    closed_on = models.DateField("销户日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "账户"
        constraints = [
            models.CheckConstraint(
                name="account_closes_after_opening",
                condition=Q(closed_on=None) | Q(opened_on=None) | Q(closed_on__gte=F("opened_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


@audited_changes()
class AccountState(Loaded, IntervalHistory):
    """Whether money may leave an account (账户状态), from a day to a day; normal unless said."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="states")
    state = models.CharField("状态", max_length=20, choices=choices.AccountStateKind.choices)
    note = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "账户状态"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "valid_from"],
                condition=Q(known_to=None),
                name="account_state_once_a_day",
            ),
        ]


class AccountTransaction(models.Model):
    """One movement of money on an account (交易流水): raw, append-only, kept by month.

    The table is divided by the month of `booked_on`; `partitions.make_months` makes the months
    before rows come in. A row is its own evidence and is never changed; undoing an import takes
    out that import's rows. `counterparty` is who the other side is, where we know it as a client.
    """

    # By the million and checked by the import, so the database need not look up each again.
    account = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    booked_on = models.DateField("交易日")
    minute = models.SmallIntegerField("时刻", null=True, help_text="当日第几分钟;空为不详")
    is_inflow = models.BooleanField("收入")
    amount = MoneyField("金额")
    balance_after = MoneyField("交易后余额", null=True)
    counterparty_name = models.CharField("对方户名", max_length=200, blank=True)
    counterparty_account = models.CharField("对方账号", max_length=60, blank=True)
    counterparty_bank = models.CharField("对方开户行", max_length=100, blank=True)
    counterparty = models.ForeignKey(
        Customer,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name="对方客户",
    )
    channel = models.SmallIntegerField("渠道", choices=choices.Channel.choices)
    is_cash = models.BooleanField("现金", default=False)
    kind = models.SmallIntegerField("交易类型", choices=choices.TransactionKind.choices)
    purpose = models.CharField("用途摘要", max_length=300, blank=True)
    reference = models.CharField("交易流水号", max_length=60)
    source_batch = models.BigIntegerField("导入批次", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "交易流水"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "booked_on", "reference"], name="transaction_once"
            ),
            models.CheckConstraint(name="transaction_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="transaction_minute_of_a_day",
                condition=Q(minute=None) | Q(minute__gte=0, minute__lt=1440),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "booked_on"], name="transaction_by_customer"),
            models.Index(
                fields=["source_batch"],
                condition=Q(source_batch__isnull=False),
                name="transaction_by_batch",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name=f"no_{name}", operation=operation, level=pgtrigger.Statement)
            for name, operation in (("change", pgtrigger.Update), ("deletion", pgtrigger.Delete))
        ]


@audited_changes()
class DrawUse(Loaded):
    """What a draw was agreed to be for, and who pays the sellers (约定用途与支付方式)."""

    loan = models.OneToOneField(Loan, models.PROTECT, related_name="agreed_use")
    pay_by = models.CharField("支付方式", max_length=20, choices=choices.PayBy.choices)
    use = models.CharField("约定用途", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "用途约定"


@audited_changes()
class AgreedPayee(Loaded):
    """Somebody whom a draw was agreed to be paid to (约定收款人)."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="agreed_payees")
    name = models.CharField("收款人户名", max_length=200)
    account_number = models.CharField("收款账号", max_length=60, blank=True)
    amount = MoneyField("约定金额", null=True, blank=True)
    trade_contract = models.CharField("购销合同编号", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "约定收款人"
        constraints = [
            models.UniqueConstraint(fields=["loan", "name"], name="payee_once_per_draw"),
        ]


@audited()
class Document(models.Model):
    """A paper that somebody handed in (附件): kept as it is, known by its digest."""

    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    digest = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.IntegerField("字节数")
    uploaded_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    uploaded_on = models.DateField("上传日")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "附件"


class DocumentContent(models.Model):
    """The bytes of a paper, apart from what is said about it."""

    document = models.OneToOneField(
        Document, models.CASCADE, primary_key=True, related_name="content"
    )
    data = models.BinaryField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "附件内容"


@audited()
class Voucher(Loaded):
    """A paper that proves the use of a draw (用途凭证): by import, or entered with its scan."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="vouchers")
    kind = models.CharField("凭证类型", max_length=20, choices=choices.VoucherKind.choices)
    number = models.CharField("凭证号码", max_length=60)
    issuer = models.CharField("出具方(收款人)", max_length=200)
    amount = MoneyField("凭证金额")
    issued_on = models.DateField("出具日", null=True, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "用途凭证"
        constraints = [
            models.UniqueConstraint(fields=["loan", "kind", "number"], name="voucher_once"),
            models.CheckConstraint(name="voucher_amount_positive", condition=Q(amount__gt=0)),
        ]


class TracedPayment(models.Model):
    """A payment, or part of one, that drawn money made (资金去向): derived, one per step of a path.

    `number` counts within the draw; `parent` is the number of the payment that brought the money
    to the account which made this one, 0 for a payment out of the draw itself.
    """

    loan = models.ForeignKey(Loan, models.DO_NOTHING, related_name="+", db_constraint=False)
    number = models.IntegerField("序号")
    parent = models.IntegerField("上一步")
    hop = models.SmallIntegerField("第几手")
    transaction = models.BigIntegerField("流水", db_index=True)
    booked_on = models.DateField("交易日")
    amount = MoneyField("其中贷款资金")
    evidence = models.SmallIntegerField("证据", choices=choices.Evidence.choices)
    payee = models.BigIntegerField("约定收款人", null=True)
    voucher = models.BigIntegerField("凭证", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "资金去向"
        constraints = [
            models.UniqueConstraint(fields=["loan", "number"], name="traced_payment_once"),
        ]


class DrawStanding(models.Model):
    """How well the use of a draw is known (用途核查结果): derived from its traced payments."""

    loan = models.OneToOneField(
        Loan, models.DO_NOTHING, primary_key=True, related_name="fund_use", db_constraint=False
    )
    checked_on = models.DateField("核查日")
    arrived_on = models.DateField("到账日", null=True, help_text="空:账户流水中未见放款")
    arrived = MoneyField("到账金额")
    spent = MoneyField("已支付")
    to_payees = MoneyField("付给约定收款人")
    evidenced = MoneyField("有证据")
    findings = models.SmallIntegerField("疑点数")

    class Meta:
        verbose_name = verbose_name_plural = "用途核查结果"


@audited_actions("state", "note", "decided_by", "decided_on", "document")
class Finding(models.Model):
    """Something odd about the use of money (资金疑点); found again, it is the same finding.

    `numbers` is what the rule saw, in the order that `explanations` knows; a decision stands until
    a transaction joins the finding that was not there when it was taken.
    """

    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, related_name="fund_findings", db_constraint=False
    )
    loan = models.ForeignKey(
        Loan, models.DO_NOTHING, null=True, related_name="fund_findings", db_constraint=False
    )
    pattern = models.SmallIntegerField("疑点", choices=choices.Pattern.choices)
    other_side = models.CharField("对方", max_length=200, blank=True)
    other_key = models.BigIntegerField("对方标识")
    amount = MoneyField("涉及金额")
    numbers = ArrayField(models.BigIntegerField(), verbose_name="所见数值", default=list)
    first_found_on = models.DateField("发现日")
    last_found_on = models.DateField("最近发现日")
    ended_on = models.DateField("不再出现", null=True)
    state = models.CharField(
        "状态",
        max_length=20,
        choices=choices.FindingState.choices,
        default=choices.FindingState.NEW,
    )
    note = models.CharField("处理说明", max_length=500, blank=True)
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField("处理日", null=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "资金疑点"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "loan", "pattern", "other_key"],
                nulls_distinct=False,
                name="finding_once",
            ),
            models.CheckConstraint(
                name="finding_decision_has_its_reason",
                condition=Q(state=choices.FindingState.NEW) | ~Q(note=""),
            ),
        ]


class FindingTransaction(models.Model):
    """A transaction that a finding rests on, and how much of it."""

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="transactions")
    transaction = models.BigIntegerField("流水", db_index=True)
    booked_on = models.DateField("交易日")
    amount = MoneyField("涉及金额")

    class Meta:
        verbose_name = verbose_name_plural = "疑点流水"
        constraints = [
            models.UniqueConstraint(fields=["finding", "transaction"], name="evidence_once"),
        ]


class NotableTransaction(models.Model):
    """A transaction on the list of large or of abnormal ones (大额与异常清单), by one rule."""

    transaction = models.BigIntegerField("流水")
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    account = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    booked_on = models.DateField("交易日")
    rule = models.SmallIntegerField("规则", choices=choices.NotableRule.choices)
    amount = MoneyField("金额")
    floor = MoneyField("起点")

    class Meta:
        verbose_name = verbose_name_plural = "大额与异常交易"
        constraints = [
            models.UniqueConstraint(fields=["transaction", "rule"], name="notable_once"),
        ]
        indexes = [
            models.Index(fields=["booked_on", "id"], name="notable_by_day"),
            models.Index(fields=["customer", "booked_on"], name="notable_by_customer"),
        ]


class TransactionRemoval(models.Model):
    """That transactions were taken out again: what was derived from them is made anew."""

    batch = models.BigIntegerField("导入批次")
    rows = models.BigIntegerField("笔数")

    class Meta:
        verbose_name = verbose_name_plural = "流水撤销"


class MatchingRun(models.Model):
    """What the last check of the use of funds has seen; seen again, there is nothing to do."""

    day = models.DateField("营业日", unique=True)
    seen = models.JSONField("所见")

    class Meta:
        verbose_name = verbose_name_plural = "用途核对"
