"""账户体检: a client's accounts on one page, and a plan that follows when the money comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from daihou.early_warning.health import Health, HealthLine, health_of
from daihou.early_warning.models import Signal
from daihou.early_warning.queries import explained_signals, open_on, signals_of_customer
from daihou.fund_supervision.cycles import Cycle, cycle_of, last_whole_month
from daihou.fund_supervision.limits import cycle_limits
from daihou.fund_supervision.queries import accounts_visible_to, monthly_flows
from daihou.loan_book.models import Customer, Loan
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.queries import ParametersOnDay, parameters_on
from daihou.policy.reasons import Reason, SourceRow
from daihou.servicing.choices import ProposalKind
from daihou.servicing.proposals import PROPOSERS
from daihou.servicing.queries import read_loan
from daihou.servicing.simulating import NotPossible, answer_to, coming
from daihou.servicing.wishes import Wish
from daihou.workbench.customers.health_pictures import cycle_chart, flow_chart, plans_chart
from daihou.workbench.customers.standing import LoanLine, loan_lines
from daihou.workbench.pieces.charts import Chart, sparkline
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.figures_text import short_money
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import BUSINESS
from daihou.workbench.term_proposals.addresses import proposal_address

_NEXT_DAY = dt.timedelta(days=1)
_YEARS = 2
_A_YEAR_OF_DAYS = 365
_MOST_ACCOUNTS = 5


@desk(roles=BUSINESS)
def client_health(request: DeskRequest, number: str) -> HttpResponse:
    """One client's accounts: what the indicators say, what moved, when money comes."""
    visible = customers_visible_to(request.officer).select_related("branch")
    found = get_object_or_404(visible.defer("identity_number"), number=number)
    day, parameters = request.business_date, parameters_on(request.business_date)
    accounts = list(
        accounts_visible_to(request.officer)
        .filter(customer=found)
        .order_by("number")[:_MOST_ACCOUNTS]
    )
    rows = [SourceRow(table="账户", id=one.number) for one in accounts]
    card = health_of(found.pk, day)
    last = last_whole_month(day)
    flows = monthly_flows(found, since=dt.date(day.year - _YEARS, day.month, 1), until=day)
    cycle = cycle_of(
        {month: flow.inflow for month, flow in flows.items()}, last, cycle_limits(parameters)
    )
    context = {
        "title": f"账户体检 · {found.name}",
        "customer": found,
        "accounts": accounts,
        "card": card,
        "figures": _figures(card) if card else [],
        "groups": _groups(request, found, card, rows) if card else [],
        "flows": flow_chart(flows) if flows else None,
        "cycle": cycle,
        "cycle_chart": cycle_chart(cycle) if cycle else None,
        "cycle_words": _cycle_words(cycle),
        "shows_past": request.shows_past,
        "suggestion": None
        if request.shows_past
        else _suggestion(request, found, cycle, parameters),
    }
    return page(request, "workbench/customers/health.html", context)


def _figures(card: Health) -> list[Figure]:
    balance, month, quarter = (card.also[code] for code in ("balance_now", "due_30d", "due_90d"))
    return [
        Figure("账户余额", fen=balance) if balance is not None else Figure("账户余额", "未知"),
        Figure("未来30天应还", fen=month or 0),
        Figure("未来90天应还", fen=quarter or 0),
        _days_ahead(balance, month or 0, quarter or 0),
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


def _cycle_words(cycle: Cycle | None) -> str:
    if cycle is None:
        return "流水不足一整年,看不出回款周期。"
    share = f"流入最多的几个月占全年 {cycle.top_share / 1_000_000:.0f}%"
    if not cycle.is_seasonal:
        return f"回款没有明显的季节性({share}),不需要按周期另排还款计划。"
    return f"回款集中在{_months(cycle.weights)}({share})。"


def _months(weights: Sequence[int]) -> str:
    return "、".join(f"{month}月" for month, weight in enumerate(weights, start=1) if weight)


def _typed(weights: Sequence[int]) -> str:
    """The weights as the trial's form takes them: 6月2、10月3."""
    parts = enumerate(weights, start=1)
    return "、".join(f"{month}月{weight}" for month, weight in parts if weight)


@dataclass(frozen=True)
class _Suggestion:
    """A plan after the cycle beside the one in force, or why there is none."""

    loans: list[LoanLine]
    loan: Loan
    problem: str = ""
    chart: Chart | None = None
    short_now: int = 0
    short_then: int = 0
    interest_added: int = 0
    trial_address: str = ""
    proposal_address: str = ""

    @property
    def interest_saved(self) -> int:
        """What the client pays less in interest, in fen."""
        return -self.interest_added

    @property
    def helps(self) -> bool:
        """Whether fewer months ask for more than usually comes in."""
        return not self.problem and self.short_then < self.short_now


def _suggestion(
    request: DeskRequest, found: Customer, cycle: Cycle | None, parameters: ParametersOnDay
) -> _Suggestion | None:
    """What following the cycle would do to the loan asked for, else to the largest."""
    if cycle is None or not cycle.is_seasonal:
        return None
    lines = [line for line in _lines_of(found, request.business_date) if line.is_live]
    lines.sort(key=lambda line: (-line.principal, line.loan.pk))
    if not lines:
        return None
    wanted = request.GET.get("loan", "")
    loan = next((line.loan for line in lines if line.loan.number == wanted), lines[0].loan)
    one, day = read_loan(loan), request.business_date
    try:
        answer = answer_to(
            one, Wish(ProposalKind.CASH_CYCLE, day, weights=cycle.weights), parameters
        )
    except NotPossible as problem:
        return _Suggestion(lines, loan, str(problem))
    until = day + dt.timedelta(days=_A_YEAR_OF_DAYS)
    now, then = (
        [row for row in plan if row.due <= until] for plan in (coming(one, day), answer.rows)
    )
    chart, short = plans_chart(loan.number, cycle, now, then, day)
    wish = Wish(ProposalKind.CASH_CYCLE, day + _NEXT_DAY, weights=cycle.weights)
    proposes = request.officer.has_role(*PROPOSERS) and not answer.against
    return _Suggestion(
        lines, loan, "", chart, short[0], short[1], answer.interest_added,
        f"{reverse('loan', args=[loan.number])}?cycle={_typed(cycle.weights)}#trial",
        proposal_address(loan, wish) if proposes else "",
    )  # fmt: skip


def _lines_of(found: Customer, day: dt.date) -> list[LoanLine]:
    loans: QuerySet[Loan] = Loan.objects.filter(customer=found).select_related("contract")
    return loan_lines(loans, day)
