"""Accounts and what moved over them; where drawn money went; what was found about it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from daihou.audit.tracking import audited_changes
from daihou.fund_supervision import choices
from daihou.loan_book.models import Customer, Loaded
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
