"""Statements as they came in, version by version; what the daily run makes of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daihou.audit.tracking import audited_actions, audited_changes
from daihou.loan_book.models import Customer, Loaded
from daihou.staff.models import Officer
from daihou.statements.choices import FindingState, Opinion, Scope, Source


@audited_changes()
class Statement(Loaded):
    """A client's financial statement (财务报表) of one period, in one version.

    Never overwritten: a correction is the next version, and says who and why. Income and cash flow
    run from 1 January to `period_end` (本年累计). `items` and `amounts` are one table, sorted by
    code; `earlier_items` and `earlier_amounts` the sheet's second column: 年初数 on the balance
    sheet, 上年同期 on the others. A line that is not there is unknown; nothing there says 0.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="statements")
    period_end = models.DateField("报表期末")
    months = models.SmallIntegerField("涵盖月数")
    scope = models.SmallIntegerField("口径", choices=Scope.choices, default=Scope.SINGLE)
    version = models.SmallIntegerField("版本", default=1)
    is_audited = models.BooleanField("经审计", default=False)
    opinion = models.CharField(
        "审计意见", max_length=20, choices=Opinion.choices, default=Opinion.NONE
    )
    auditor = models.CharField("审计机构", max_length=100, blank=True)
    received_on = models.DateField("收到日")
    source = models.CharField(
        "来源", max_length=10, choices=Source.choices, default=Source.IMPORTED
    )
    note = models.CharField("更正说明", max_length=300, blank=True)
    entered_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="录入人"
    )
    items = ArrayField(models.SmallIntegerField(), verbose_name="项目")
    amounts = ArrayField(models.BigIntegerField(), verbose_name="金额(分)")
    earlier_items = ArrayField(models.SmallIntegerField(), verbose_name="比较项目", default=list)
    earlier_amounts = ArrayField(
        models.BigIntegerField(), verbose_name="比较金额(分)", default=list
    )

    class Meta:
        verbose_name = verbose_name_plural = "财务报表"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "period_end", "scope", "version"],
                name="statement_version_once",
            ),
            models.CheckConstraint(
                name="statement_columns_have_one_length",
                condition=Q(
                    items__len=F("amounts__len"), earlier_items__len=F("earlier_amounts__len")
                ),
            ),
            models.CheckConstraint(
                name="statement_months_within_year", condition=Q(months__gte=1, months__lte=12)
            ),
            models.CheckConstraint(
                name="statement_received_after_period",
                condition=Q(received_on__gte=F("period_end")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.period_end}"


class StatementStanding(models.Model):
    """Where a client stands with its statements, as of the last daily run; derived, rebuildable.

    Rows exist for enterprises that owe statements or have any. Months of cash are kept in tenths;
    None is unknown, and `CASH_LASTS` says that the forecast sees no break.
    """

    CASH_LASTS = 9999

    customer = models.OneToOneField(
        Customer,
        models.CASCADE,
        related_name="statement_standing",
        db_constraint=False,
        primary_key=True,
    )
    day = models.DateField("评估日")
    statement = models.ForeignKey(
        Statement, models.SET_NULL, null=True, db_constraint=False, related_name="+"
    )
    period_end = models.DateField("最近报表期末", null=True)
    awaited = models.DateField("待收报表期末", null=True)
    awaited_by = models.DateField("报送期限", null=True)
    errors = models.SmallIntegerField("错误", null=True)
    warnings = models.SmallIntegerField("存疑", null=True)
    findings = models.SmallIntegerField("预警线索", default=0)
    cash_months_base = models.SmallIntegerField("可支撑月数(基准)", null=True)
    cash_months_low = models.SmallIntegerField("可支撑月数(低)", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "报表状况"


@audited_actions("state", "note", "handled_by")
class StatementFinding(models.Model):
    """Something in a client's statements that a warning signal (1-22) looks for, from a day on.

    The daily run opens and ends it; people confirm, explain or dismiss it. Its reasons are worked
    out again from the statement version it rests on, which never changes.
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="statement_findings", db_constraint=False
    )
    signal = models.SmallIntegerField("信号编号")
    statement = models.ForeignKey(
        Statement, models.SET_NULL, null=True, db_constraint=False, related_name="+"
    )
    strength = models.IntegerField("强度", null=True)
    since = models.DateField("发现日")
    ceased_on = models.DateField("消失日", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=FindingState.choices, default=FindingState.NEW
    )
    note = models.CharField("说明", max_length=300, blank=True, default="")
    handled_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处理人"
    )
    handled_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "报表预警线索"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "signal"],
                condition=Q(ceased_on=None),
                name="statement_finding_open_once",
            ),
        ]
