"""重定价: floating loans by their next reset, what became of the last one, what to expect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.loan_book.models import FloatingTerms
from daihou.policy.choices import Benchmark
from daihou.policy.queries import quotes_that_count
from daihou.servicing.choices import RESET_DONE, ResetOutcome
from daihou.servicing.floating_rates import spread_in_words, terms_in_words
from daihou.servicing.models import RateReset
from daihou.servicing.reset_queries import (
    expected_rate,
    floating_visible_to,
    last_resets,
    rates_on,
)
from daihou.staff.queries import branches_visible_to
from daihou.workbench.desks import PARAMETERS
from daihou.workbench.loans.floating import quote_age_on
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.figures_text import rate as rate_text
from daihou.workbench.pieces.filters import Filter, branch_chosen
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table
from daihou.workbench.roles import BUSINESS
from daihou.workbench.templatetags.desk import NOTHING
from loanmath.codes import Status

_COUNT_LIMIT = 10_000


@desk(roles=BUSINESS)
def repricing(request: DeskRequest) -> HttpResponseBase:
    """Floating loans in the order of their next reset, with the rate now and the one to expect."""
    day = request.business_date
    rows = floating_visible_to(request.officer).select_related(
        "loan__customer", "loan__product", "loan__branch", "loan__position"
    )
    rows = rows.defer("loan__customer__identity_number")
    filters = _filters(request, day)
    listing = _table(request, filters).open(request, rows, attach=_attacher(day))
    if listing.is_export:
        return listing.download()
    context = {
        "title": "利率重定价",
        "table": listing,
        "figures": _figures(rows, day, request.GET.get("when", "")),
        "quotes": [
            (benchmark.label, quotes[-1])
            for benchmark, quotes in quotes_that_count().items()
            if quotes
        ],
        "may_see_quotes": request.officer.has_role(*PARAMETERS.roles),
    }
    return page(request, "workbench/loans/repricing.html", context)


WHEN = (
    ("this_month", "本月待重定价"),
    ("next_month", "下月待重定价"),
    ("made", "本月已重定价"),
    ("aside", "到期未重定价"),
)


def _when(key: str, day: dt.date) -> Callable[[QuerySet[FloatingTerms]], QuerySet[FloatingTerms]]:
    """Narrow to the loans whose reset lies in a month, seen from a day."""
    first = day.replace(day=1)
    following = (first + dt.timedelta(days=32)).replace(day=1)
    after = (following + dt.timedelta(days=32)).replace(day=1)
    live = Q(loan__position__status=Status.LIVE)
    resets = RateReset.objects.filter(terms=OuterRef("pk"))
    wanted = {
        "this_month": Q(next_reset_on__gt=day, next_reset_on__lt=following) & live,
        "next_month": Q(next_reset_on__gte=following, next_reset_on__lt=after) & live,
        "made": Q(
            Exists(resets.filter(outcome=ResetOutcome.DONE, reset_on__gte=first, reset_on__lte=day))
        ),
        "aside": Q(Exists(resets.exclude(outcome__in=RESET_DONE))),
    }
    return lambda rows: rows.filter(wanted[key])


def _figures(rows: QuerySet[FloatingTerms], day: dt.date, chosen: str) -> list[Figure]:
    """How many loans each month asks for; each opens its rows."""
    found = []
    for key, name in WHEN:
        count = _when(key, day)(rows)[: _COUNT_LIMIT + 1].count()
        text = f"{_COUNT_LIMIT:,} 以上" if count > _COUNT_LIMIT else f"{count:,}"
        tone = "bad" if key == "aside" and count else "good" if key == chosen else ""
        found.append(Figure(name, text, "笔", link=f"?when={key}", tone=tone))
    return found


def _attacher(day: dt.date) -> Callable[[list[FloatingTerms]], list[FloatingTerms]]:
    """Give the rows of a page their last reset, the rate now and the rate to expect."""
    quote_age = quote_age_on(day)

    def attach(rows: list[FloatingTerms]) -> list[FloatingTerms]:
        last, now, quotes = last_resets(rows), rates_on(rows, day), quotes_that_count()
        for row in rows:
            row.last_reset = last.get(row.pk)  # type: ignore[attr-defined]
            row.rate_now = now[row.pk]  # type: ignore[attr-defined]
            row.expected = expected_rate(row, quotes, day, quote_age)  # type: ignore[attr-defined]
        return rows

    return attach


def _table(request: DeskRequest, filters: Sequence[Filter]) -> Table:
    several = branches_visible_to(request.officer).count() > 1
    return Table(
        name="repricing",
        title="利率重定价",
        columns=(
            Column("下次重定价日", "next_reset_on", Kind.DAY, sort="next_reset_on"),
            Column("借据号", "loan.number", Kind.HTML, link=_loan_address,
                   exported=lambda row: row.loan.number),
            Column("客户", "loan.customer.name", link=_customer_address),
            Column("机构", "loan.branch.name", on_screen=several),
            Column("产品", "loan.product.name", on_screen=False),
            Column("余额", _balance, Kind.MONEY),
            Column("定价", _pricing, hint="基准与加点"),
            Column("约定", terms_in_words, on_screen=False),
            Column("现行年利率", "rate_now", Kind.RATE),
            Column("按已公布报价", _expected, Kind.HTML, exported=_expected_plain, is_number=True,
                   hint="下次重定价若按目前最新报价执行的年利率"),
            Column("最近重定价", _last, Kind.HTML, exported=_last_plain),
            Column("通知书", _notice, Kind.HTML, exported=lambda row: ""),
            Column("客户号", "loan.customer.number", on_screen=False),
        ),
        order=("next_reset_on", "pk"),
        filters=tuple(filters),
        empty="没有浮动利率借据。浮动利率约定从“数据接入”随借据导入(表“浮动利率约定”)。",
        counted="笔",
    )  # fmt: skip


def _filters(request: DeskRequest, day: dt.date) -> tuple[Filter, ...]:
    branches = [(str(b.pk), str(b)) for b in branches_visible_to(request.officer)]
    return (
        Filter("when", "重定价", WHEN, narrow=lambda rows, text: _when(text, day)(rows)),
        Filter("benchmark", "基准", [(str(b.value), str(b.label)) for b in Benchmark]),
        Filter("branch", "机构", branches, narrow=_by_branch),
        Filter("q", "查找", narrow=_by_name, input_type="search", placeholder="借据号、客户名称"),
    )


def _by_branch(rows: QuerySet[FloatingTerms], text: str) -> QuerySet[FloatingTerms]:
    return rows.filter(loan__branch__in=branch_chosen(text))


def _by_name(rows: QuerySet[FloatingTerms], text: str) -> QuerySet[FloatingTerms]:
    return rows.filter(Q(loan__number=text) | Q(loan__customer__name__contains=text))


def _balance(row: FloatingTerms) -> int | None:
    return getattr(getattr(row.loan, "position", None), "principal", None)


def _pricing(row: FloatingTerms) -> str:
    return f"{row.get_benchmark_display()}{spread_in_words(row.spread_bps)}"


def _expected(row: Any) -> SafeString | str:
    if row.expected is None:
        return NOTHING
    change = row.expected.rate - row.rate_now
    tone = "bad" if change > 0 else "good" if change < 0 else "muted"
    mark = "↑" if change > 0 else "↓" if change < 0 else "不变"
    return format_html('{} <span class="{}">{}</span>', rate_text(row.expected.rate), tone, mark)


def _expected_plain(row: Any) -> str | None:
    return None if row.expected is None else rate_text(row.expected.rate)


def _last(row: Any) -> SafeString | str:
    reset: RateReset | None = row.last_reset
    if reset is None:
        return NOTHING
    if reset.outcome == ResetOutcome.DONE:
        return format_html("{} {}", reset.reset_on, _rates(reset))
    tone = "ok" if reset.outcome in RESET_DONE else "bad"
    label = reset.get_outcome_display()
    return format_html('{} <span class="badge {}">{}</span>', reset.reset_on, tone, label)


def _last_plain(row: Any) -> str:
    reset: RateReset | None = row.last_reset
    if reset is None:
        return ""
    told = _rates(reset) if reset.outcome == ResetOutcome.DONE else reset.get_outcome_display()
    return f"{reset.reset_on} {told}"


def _rates(reset: RateReset) -> str:
    assert reset.rate_before is not None and reset.rate_after is not None
    if reset.rate_before == reset.rate_after:
        return f"{rate_text(reset.rate_after)} 不变"
    return f"{rate_text(reset.rate_before)} → {rate_text(reset.rate_after)}"


def _notice(row: Any) -> SafeString | str:
    """The notice of the last reset if it was made, else of the one to come."""
    reset: RateReset | None = row.last_reset
    if reset is not None and reset.outcome == ResetOutcome.DONE:
        return _notice_link(row, reset.reset_on, "打开")
    if row.next_reset_on is not None and row.expected is not None:
        return _notice_link(row, row.next_reset_on, "预告")
    return ""


def _notice_link(row: FloatingTerms, reset_on: dt.date, text: str) -> SafeString:
    address = reverse("reset_notice", args=[row.loan.number, reset_on])
    return format_html('<a href="{}">{}</a>', address, text)


def _loan_address(row: FloatingTerms) -> str:
    return reverse("loan", args=[row.loan.number])


def _customer_address(row: FloatingTerms) -> str:
    return reverse("customer", args=[row.loan.customer.number])
