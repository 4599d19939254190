"""Floating rates as contracts and people say them: terms for the kernel, quotes, words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from daihou.loan_book.choices import ResetRule
from daihou.loan_book.models import FloatingTerms
from daihou.policy.choices import Benchmark
from daihou.policy.models import BenchmarkQuote
from loanmath.floating import FloatingRate, Quote, ResetOn
from loanmath.rates import MAX_RATE, NO_RATE, Rate, format_percent

_MONTHS_A_YEAR = 12


class Priced(NamedTuple):
    """A floating rate as it would be set on a day: which of the quotes counts, and the rate."""

    place: int
    rate: Rate


def kernel_terms(terms: FloatingTerms) -> FloatingRate:
    """A contract's floating rate in the form of the kernel."""
    return FloatingRate(
        spread_bps=terms.spread_bps,
        months=terms.cycle_months,
        reset_on=ResetOn(terms.reset_rule),
        notice_days=terms.notice_days,
        lowest=NO_RATE if terms.lowest is None else Rate(terms.lowest),
        highest=MAX_RATE if terms.highest is None else Rate(terms.highest),
    )


def kernel_quotes(rows: Sequence[BenchmarkQuote]) -> list[Quote]:
    """Quotes in the form of the kernel, in the order given."""
    return [Quote(row.published_on, Rate(row.rate)) for row in rows]


def rate_on(
    terms: FloatingRate, quotes: Sequence[Quote], day: dt.date, quote_age: int
) -> Priced | None:
    """The rate if it is set on a day; None if the quote that should count is not known.

    LPR is published every month: where the last quote known is older than `quote_age` days on the
    day that counts, a later one is missing, and the rate would be a guess.
    """
    try:
        quote = terms.quote_by(quotes, day)
    except ValueError:
        return None
    latest = day - dt.timedelta(days=terms.notice_days)
    if (latest - quote.published).days > quote_age:
        return None
    return Priced(quotes.index(quote), terms.rate_by(quotes, day))


def in_words(quote: BenchmarkQuote, spread_bps: int) -> str:
    """How a rate is made up: `LPR1年期 3.00%(2026-01-20 公布)+ 120 基点`."""
    name, rate = quote.get_benchmark_display(), format_percent(Rate(quote.rate))
    return f"{name} {rate}({quote.published_on} 公布){spread_in_words(spread_bps)}"


def spread_in_words(spread_bps: int) -> str:
    """A spread with its sign; nothing where there is none."""
    if spread_bps == 0:
        return ""
    return f" {'+' if spread_bps > 0 else '−'} {abs(spread_bps)} 基点"


def resets_in_words(terms: FloatingTerms) -> str:
    """When the rate is set anew: `每年1月1日重定价`, `每3个月对月对日重定价`."""
    months = terms.cycle_months
    if terms.reset_rule == ResetRule.ANNIVERSARY:
        cycle = "每年" if months == _MONTHS_A_YEAR else f"每{months}个月"
        return f"{cycle}对月对日重定价"
    if months == _MONTHS_A_YEAR:
        return "每年1月1日重定价"
    return f"自放款当年1月1日起每{months}个月重定价"


def terms_in_words(terms: FloatingTerms) -> str:
    """The agreement in one line: `LPR1年期 + 120 基点,每年1月1日重定价`."""
    base = Benchmark(terms.benchmark).label
    told = f"{base}{spread_in_words(terms.spread_bps)},{resets_in_words(terms)}"
    if terms.notice_days:
        told += f",采用重定价日前 {terms.notice_days} 天的最新报价"
    if terms.lowest is not None:
        told += f",不低于 {format_percent(Rate(terms.lowest))}"
    if terms.highest is not None:
        told += f",不高于 {format_percent(Rate(terms.highest))}"
    return told
