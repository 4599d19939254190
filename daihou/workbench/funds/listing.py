"""The lists of 资金监管: draws, findings, large and abnormal transactions, an account's flow."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.fund_supervision.choices import (
    LARGE_RULES,
    FindingState,
    NotableRule,
    Pattern,
    TransactionKind,
)
from daihou.fund_supervision.explanations import says_of
from daihou.fund_supervision.queries import transactions_by_id
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table

_TONES = {"new": "warn", "confirmed": "bad", "explained": "ok", "dismissed": ""}
_LARGE = [rule.value for rule in LARGE_RULES]


def share_of(row: Any) -> float | None:
    """The share of a draw that is explained by evidence; None while nothing is known of it."""
    return None if row.arrived_on is None or not row.arrived else row.evidenced / row.arrived


def share_bar(row: Any) -> SafeString | str:
    """The share as a bar with its number."""
    share = share_of(row)
    if share is None:
        return format_html('<span class="muted">{}</span>', "未见到账")
    percent = f"{share * 100:.0f}"
    return format_html(
        '<progress class="fund-share" max="100" value="{0}">{0}%</progress> {0}%', percent
    )


def state_badge(row: Any) -> SafeString:
    """A finding's state with its colour."""
    return format_html(
        '<span class="badge {}">{}</span>', _TONES[row.state], row.get_state_display()
    )


def minute_text(minute: int | None) -> str:
    """The time of day, where it is known."""
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def _by_client(field: str) -> Any:
    def narrow(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(**{f"{field}__name__contains": text}) | Q(**{f"{field}__number": text})
        )

    return narrow


def _by_share(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    if text == "unseen":
        return rows.filter(arrived_on=None)
    if text == "full":
        return rows.filter(evidenced__gte=F("arrived"), arrived__gt=0)
    return rows.filter(evidenced__lt=F("arrived") / 2, arrived__gt=0)


DRAWS = Table(
    name="fund_draws",
    title="提款用途核查",
    columns=(
        Column("借据号", "loan.number", link=lambda r: reverse("fund_draw", args=[r.loan.number])),
        Column("客户", "loan.customer.name",
               link=lambda r: reverse("customer", args=[r.loan.customer.number])),
        Column("放款日", "loan.disbursed_on", Kind.DAY),
        Column("借款金额", "loan.amount", Kind.MONEY),
        Column("已支付", "spent", Kind.MONEY),
        Column("付给约定收款人", "to_payees", Kind.MONEY),
        Column("有证据用途占比", share_bar, Kind.HTML, exported=share_of,
               hint="有合同或凭证支持的支付 ÷ 到账金额"),
        Column("无证据支付", "unexplained", Kind.MONEY, sort="unexplained", sorts_short=True),
        Column("疑点", "findings", Kind.COUNT, sort="findings", sorts_short=True),
    ),
    order=("-loan__disbursed_on", "pk"),
    filters=(
        Filter("q", "查找", narrow=_by_client("loan__customer"), input_type="search",
               placeholder="客户名称或客户号"),
        Filter("share", "证据", (("low", "不足一半"), ("full", "全部有证据"),
                                 ("unseen", "未见到账")), narrow=_by_share),
        Filter("suspect", "疑点", (("yes", "有疑点"),),
               narrow=lambda rows, text: rows.filter(findings__gt=0)),
    ),
    empty="还没有可核查的提款。导入账户与交易流水后,下一次日终会逐笔核对。",
    counted="笔",
)  # fmt: skip

FINDINGS = Table(
    name="fund_findings",
    title="资金疑点",
    columns=(
        Column("发现日", "first_found_on", Kind.DAY),
        Column("疑点", "get_pattern_display",
               link=lambda r: reverse("fund_finding", args=[r.pk]), panel=False),
        Column("客户", "customer.name",
               link=lambda r: reverse("customer", args=[r.customer.number])),
        Column("借据号", lambda r: r.loan.number if r.loan else None,
               link=lambda r: reverse("fund_draw", args=[r.loan.number])),
        Column("情况", says_of, Kind.LONG_TEXT),
        Column("涉及金额", "amount", Kind.MONEY, sort="amount", sorts_short=True),
        Column("状态", state_badge, Kind.HTML, exported=lambda r: r.get_state_display()),
    ),
    order=("-first_found_on", "-pk"),
    filters=(
        Filter("pattern", "疑点", [(str(p.value), p.label) for p in Pattern]),
        Filter("state", "状态", FindingState.choices),
        Filter("q", "查找", narrow=_by_client("customer"), input_type="search",
               placeholder="客户名称或客户号"),
    ),
    empty="没有符合条件的资金疑点。",
    counted="项",
)  # fmt: skip

NOTABLE = Table(
    name="fund_notable",
    title="大额与异常交易",
    columns=(
        Column("交易日", "booked_on", Kind.DAY),
        Column("客户", "customer.name",
               link=lambda r: reverse("customer", args=[r.customer.number])),
        Column("账号", "account.number",
               link=lambda r: reverse("fund_account", args=[r.account.number])),
        Column("方向", "direction"),
        Column("金额", "amount", Kind.MONEY),
        Column("对方", "other_side"),
        Column("用途摘要", "purpose"),
        Column("列入原因", lambda r: f"{r.get_rule_display()}:达到 {r.floor / 100:,.0f} 元",
               Kind.LONG_TEXT),
    ),
    order=("-booked_on", "-id"),
    filters=(
        Filter("list", "清单", (("large", "大额"), ("abnormal", "异常")),
               narrow=lambda rows, text: rows.filter(rule__in=_LARGE) if text == "large"
               else rows.exclude(rule__in=_LARGE)),
        Filter("rule", "规则", [(str(r.value), r.label) for r in NotableRule]),
        Filter("q", "查找", narrow=_by_client("customer"), input_type="search",
               placeholder="客户名称或客户号"),
        Filter("from", "自", input_type="date",
               narrow=lambda rows, text: rows.filter(booked_on__gte=text)),
        Filter("to", "至", input_type="date",
               narrow=lambda rows, text: rows.filter(booked_on__lte=text)),
    ),
    empty="没有符合条件的大额或异常交易。",
    counted="笔",
)  # fmt: skip

TRANSACTIONS = Table(
    name="fund_transactions",
    title="交易流水",
    columns=(
        Column("交易日", "booked_on", Kind.DAY),
        Column("时刻", lambda r: minute_text(r.minute)),
        Column("收入", lambda r: r.amount if r.is_inflow else None, Kind.MONEY),
        Column("支出", lambda r: None if r.is_inflow else r.amount, Kind.MONEY),
        Column("余额", "balance_after", Kind.MONEY),
        Column("对方户名", "counterparty_name"),
        Column("对方账号", "counterparty_account"),
        Column("类型", "get_kind_display"),
        Column("渠道", "get_channel_display", on_screen=False),
        Column("用途摘要", "purpose"),
        Column("流水号", "reference", on_screen=False),
    ),
    order=("-booked_on", "-id"),
    filters=(
        Filter("q", "对方或摘要", input_type="search", placeholder="户名、账号、摘要",
               narrow=lambda rows, text: rows.filter(
                   Q(counterparty_name__contains=text) | Q(counterparty_account=text)
                   | Q(purpose__contains=text))),
        Filter("kind", "类型", [(str(k.value), k.label) for k in TransactionKind]),
        Filter("way", "方向", (("in", "收入"), ("out", "支出")),
               narrow=lambda rows, text: rows.filter(is_inflow=text == "in")),
        Filter("from", "自", input_type="date",
               narrow=lambda rows, text: rows.filter(booked_on__gte=text)),
        Filter("to", "至", input_type="date",
               narrow=lambda rows, text: rows.filter(booked_on__lte=text)),
    ),
    empty="没有符合条件的流水。",
    counted="笔",
)  # fmt: skip


def attach_transactions(rows: list[Any]) -> list[Any]:
    """Give notable rows what their transactions say, in one query."""
    found = transactions_by_id((row.transaction, row.booked_on) for row in rows)
    for row in rows:
        moved = found.get(row.transaction)
        row.direction = "" if moved is None else "收入" if moved.is_inflow else "支出"
        row.other_side = "" if moved is None else moved.counterparty_name
        row.purpose = "" if moved is None else moved.purpose
    return rows
