"""LPR 报价: what was published when, entered by one person and approved by another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.policy.actions import (
    APPROVERS,
    PROPOSERS,
    Refused,
    approve_quote,
    propose_quotes,
    reject_quote,
)
from daihou.policy.choices import Benchmark, VersionStatus
from daihou.policy.models import BenchmarkQuote
from daihou.policy.queries import quotes_that_count, waiting_quotes
from daihou.servicing.choices import ResetOutcome
from daihou.servicing.reset_queries import open_resets
from daihou.workbench.desks import PARAMETERS
from daihou.workbench.parameters import deciding
from daihou.workbench.parameters.forms import QuotesForm
from daihou.workbench.pieces.charts import LINE, SECOND_LINE, Chart
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures_text import rate as rate_text
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table
from loanmath.rates import PER_PERCENT

_COLOURS = {Benchmark.LPR_1Y: LINE, Benchmark.LPR_5Y: SECOND_LINE}

LIST = Table(
    name="quotes",
    title="LPR 报价",
    columns=(
        Column("公布日", "published_on", Kind.DAY),
        Column("基准", "get_benchmark_display"),
        Column("报价", "rate", Kind.RATE),
        Column("状态", lambda row: _state(row)),
        Column("采用笔数", "used", Kind.COUNT, hint="按这条报价重定价的借据"),
        Column("来源", "source", Kind.LONG_TEXT),
        Column("更正理由", "reason", Kind.LONG_TEXT),
        Column("录入人", "proposed_by"),
        Column("复核人", "approved_by"),
        Column("录入时间", "recorded_at", Kind.MOMENT),
    ),
    order=("-published_on", "benchmark", "-pk"),
    filters=(
        Filter("benchmark", "基准", [(str(b.value), str(b.label)) for b in Benchmark]),
        Filter("status", "状态", [(s.value, str(s.label)) for s in VersionStatus]),
    ),
    empty="还没有录入 LPR 报价。录入并复核后,浮动利率借据才能在重定价日调整利率。",
)


@desk(roles=PARAMETERS.roles, writers=PROPOSERS, needs_day=False)
def quotes_page(request: DeskRequest) -> HttpResponseBase:
    """All quotes with their course, what waits for a second person, and a form to enter more."""
    counting = quotes_that_count()
    listing = LIST.open(request, _rows(), attach=_marked(counting))
    if listing.is_export:
        return listing.download()
    form = QuotesForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _entered(request, form):
        return redirect(reverse("parameter_quotes"))
    context = {
        "title": "LPR 报价",
        "table": listing,
        "chart": _chart(counting),
        "waiting": waiting_quotes(),
        "lacking": open_resets().filter(outcome=ResetOutcome.NO_QUOTE).count(),
        "form": form if request.officer.has_role(*PROPOSERS) else None,
        "may_decide": request.officer.has_role(*APPROVERS),
    }
    return page(request, "workbench/parameters/quotes.html", context)


@desk(roles=PARAMETERS.roles, writers=PROPOSERS | APPROVERS, needs_day=False)
def decide(request: DeskRequest, number: int) -> HttpResponseBase:
    """Let a quote count or send it back; a plain visit leads to the list."""
    quote = get_object_or_404(BenchmarkQuote, pk=number)
    told, by = f"{quote} {rate_text(quote.rate)}", request.officer
    if request.method == "POST":
        deciding.decide(
            request,
            approve=(
                lambda: approve_quote(quote=quote, by=by),
                f"{told} 已复核生效,下一次日终起采用。",
            ),
            send_back=(lambda: reject_quote(quote=quote, by=by), f"{told} 已退回。"),
        )
    return redirect(reverse("parameter_quotes"))


def _entered(request: DeskRequest, form: QuotesForm) -> bool:
    given = form.cleaned_data
    try:
        made = propose_quotes(
            quotes=given["quotes"],
            source=given["source"],
            reason=given["reason"],
            by=request.officer,
            business_date=request.business_date,
        )
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return False
    messages.success(request, f"已录入 {len(made)} 条报价,待审批人或管理层复核后生效。")
    return True


def _rows() -> QuerySet[BenchmarkQuote]:
    rows = BenchmarkQuote.objects.select_related("proposed_by", "approved_by")
    return rows.annotate(used=Count("resets"))


def _marked(counting: dict[Benchmark, list[BenchmarkQuote]]) -> Any:
    """Say of each row whether it counts, or was corrected by a later one."""
    ids = {row.pk for rows in counting.values() for row in rows}

    def attach(rows: list[Any]) -> list[Any]:
        for row in rows:
            row.counts = row.pk in ids
        return rows

    return attach


def _state(row: Any) -> str:
    if row.status == VersionStatus.APPROVED and not row.counts:
        return "已被更正"
    return str(row.get_status_display())


def _chart(counting: dict[Benchmark, list[BenchmarkQuote]]) -> Chart | None:
    """The course of the quotes as steps; None before there are two."""
    if max(len(rows) for rows in counting.values()) < 2:
        return None
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers+text",
            "text": [*[""] * (len(rows) - 1), str(benchmark.label)],
            "textposition": "top left",
            "showlegend": False,
            "line": {"shape": "hv", "color": _COLOURS[benchmark]},
            "name": str(benchmark.label),
            "x": [str(row.published_on) for row in rows],
            "y": [row.rate / PER_PERCENT for row in rows],
        }
        for benchmark, rows in counting.items()
        if rows
    ]
    return Chart(
        "lpr",
        _finding(counting),
        data,
        {
            "xaxis": {"tickformat": "%Y-%m"},
            "yaxis": {"title": {"text": "年利率(%)"}, "tickformat": ".2f"},
        },
        headings=("公布日", *(str(benchmark.label) for benchmark in Benchmark)),
        rows=_chart_rows(counting),
        is_low=True,
    )


def _finding(counting: dict[Benchmark, list[BenchmarkQuote]]) -> str:
    told = []
    for benchmark, rows in counting.items():
        if rows:
            told.append(f"{benchmark.label} {rate_text(rows[-1].rate)}{_since(rows)}")
    return ";".join(told)


def _since(rows: Sequence[BenchmarkQuote]) -> str:
    """How long the last quote has stood, and what was before it."""
    changed = next(
        (at for at in range(len(rows) - 1, 0, -1) if rows[at].rate != rows[at - 1].rate), None
    )
    if changed is None:
        return ",未变动"
    before = rows[changed - 1].rate
    way = "上调" if rows[changed].rate > before else "下调"
    return f",{rows[changed].published_on} 由 {rate_text(before)} {way}"


def _chart_rows(counting: dict[Benchmark, list[BenchmarkQuote]]) -> list[list[str]]:
    by_day: dict[str, dict[int, str]] = {}
    for benchmark, rows in counting.items():
        for row in rows:
            by_day.setdefault(str(row.published_on), {})[benchmark] = rate_text(row.rate)
    return [
        [day, *(of_day.get(benchmark, "—") for benchmark in Benchmark)]
        for day, of_day in sorted(by_day.items(), reverse=True)
    ]
