"""账户体检: a client's accounts on one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from daihou.early_warning.health import Health, HealthLine, health_of
from daihou.early_warning.models import Signal
from daihou.early_warning.queries import explained_signals, open_on, signals_of_customer
from daihou.fund_supervision.queries import accounts_visible_to, monthly_flows
from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.reasons import Reason, SourceRow
from daihou.workbench.customers.health_pictures import flow_chart
from daihou.workbench.pieces.charts import sparkline
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.figures_text import short_money
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import BUSINESS

_YEARS = 2
_MOST_ACCOUNTS = 5


@desk(roles=BUSINESS)
def client_health(request: DeskRequest, number: str) -> HttpResponse:
    """One client's accounts: what the indicators say and what moved."""
    visible = customers_visible_to(request.officer).select_related("branch")
    found = get_object_or_404(visible.defer("identity_number"), number=number)
    day = request.business_date
    accounts = list(
        accounts_visible_to(request.officer)
        .filter(customer=found)
        .order_by("number")[:_MOST_ACCOUNTS]
    )
    rows = [SourceRow(table="账户", id=one.number) for one in accounts]
    card = health_of(found.pk, day)
    flows = monthly_flows(found, since=dt.date(day.year - _YEARS, day.month, 1), until=day)
    context = {
        "title": f"账户体检 · {found.name}",
        "customer": found,
        "accounts": accounts,
        "card": card,
        "figures": _figures(card) if card and card.is_judged else [],
        "groups": _groups(request, found, card, rows) if card else [],
        "flows": flow_chart(flows) if flows else None,
    }
    return page(request, "workbench/customers/health.html", context)


def _figures(card: Health) -> list[Figure]:
    # Every instalment ahead is in the book: who has no sum of them has nothing to pay.
    month, quarter = card.also["due_30d"] or 0, card.also["due_90d"] or 0
    balance = card.also["balance_now"]
    return [
        Figure("账户余额", fen=balance) if balance is not None else Figure("账户余额", "未知"),
        Figure("未来30天应还", fen=month),
        Figure("未来90天应还", fen=quarter),
        _days_ahead(balance, month, quarter),
    ]


def _days_ahead(balance: int | None, month: int, quarter: int) -> Figure:
    """How far the balance reaches, as the sums of the coming 30 and 90 days say."""
    name, hint = "余额可支付应还", "只比较余额与未来30天、90天的应还合计,不计期间流入"
    if balance is None:
        return Figure(name, "未知", hint=hint)
    if quarter == 0:
        return Figure(name, "无应还", hint=hint)
    if balance >= quarter:
        return Figure(name, "90 天以上", tone="good", hint=hint)
    if balance >= month:
        return Figure(name, "30 至 90 天", hint=hint)
    return Figure(
        name, "不足 30 天", tone="bad", change=f"缺 {short_money(month - balance)}", hint=hint
    )


@dataclass(frozen=True)
class _Shown:
    """A line of the card with its trend, the signal that stands on it, and why."""

    line: HealthLine
    trend: str
    signal: Signal | None
    reasons: list[Reason]

    @property
    def conclusion(self) -> str:
        """The figure in words."""
        return f"{self.line.indicator.name} {self.line.says}"

    @property
    def is_fine(self) -> bool:
        """Known, watched by a rule, and no signal stands."""
        return self.signal is None and self.line.value is not None and self.line.rule is not None


def _groups(
    request: DeskRequest, found: Customer, card: Health, rows: Sequence[SourceRow]
) -> list[tuple[str, list[_Shown]]]:
    shown = open_on(signals_of_customer(request.officer, found).filter(loan=None), card.day)
    signals = {one.rule: one for one in explained_signals(shown)}
    return [(title, [_shown(line, signals, rows) for line in lines])
            for title, lines in card.groups.items()]  # fmt: skip


def _shown(line: HealthLine, signals: Mapping[int, Signal], rows: Sequence[SourceRow]) -> _Shown:
    signal = signals.get(line.rule.number) if line.rule else None
    reasons = [*(signal.reasons if signal else ()), line.reason(rows)]
    past = [None if one is None else float(one) for one in line.past]
    return _Shown(line, sparkline(past), signal, reasons)
