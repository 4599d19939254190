"""Reads of floating rates: whose rate is set anew when, what became of it, at which rate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from daihou.loan_book.choices import TermChangeKind
from daihou.loan_book.models import FloatingTerms, TermChange
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.choices import Benchmark
from daihou.policy.models import BenchmarkQuote
from daihou.servicing.choices import RESET_DONE
from daihou.servicing.floating_rates import kernel_quotes, kernel_terms, rate_on
from daihou.servicing.models import RateReset
from daihou.staff.models import Officer
from loanmath.rates import Rate

Quotes = Mapping[Benchmark, Sequence[BenchmarkQuote]]


@dataclass(frozen=True)
class Expected:
    """A rate as it would be set by what is known so far."""

    rate: Rate
    quote: BenchmarkQuote
    is_settled: bool  # the quote that counts is published; nothing can change any more


def floating_visible_to(officer: Officer) -> QuerySet[FloatingTerms]:
    """The floating rates of the loans that the person may see."""
    return FloatingTerms.objects.filter(loan__in=loans_visible_to(officer))


def resets_of(terms: FloatingTerms) -> list[RateReset]:
    """The resets of one loan, the latest first."""
    return list(terms.resets.select_related("quote"))


def open_resets() -> QuerySet[RateReset]:
    """Resets whose day has come and that could not be made."""
    return RateReset.objects.exclude(outcome__in=RESET_DONE)


def last_resets(terms: Sequence[FloatingTerms]) -> dict[int, RateReset]:
    """The latest reset of each, by the number of the terms; in one query."""
    found = RateReset.objects.filter(terms__in=[one.pk for one in terms])
    latest = found.order_by("terms", "-reset_on").distinct("terms").select_related("quote")
    return {reset.terms_id: reset for reset in latest}


def rates_on(terms: Sequence[FloatingTerms], day: dt.date) -> dict[int, int]:
    """The contract rate of each loan on a day, by the number of the terms; in one query."""
    changes = TermChange.objects.filter(
        loan__in=[one.loan_id for one in terms],
        kind=TermChangeKind.RATE,
        effective_from__lte=day,
        booked_on__lte=day,
    )
    latest = changes.order_by("loan", "-effective_from").distinct("loan")
    changed = {loan: rate for loan, rate in latest.values_list("loan", "rate") if rate is not None}
    return {one.pk: changed.get(one.loan_id, one.loan.rate) for one in terms}


def expected_rate(
    terms: FloatingTerms, quotes: Quotes, today: dt.date, quote_age: int
) -> Expected | None:
    """The rate from the next reset on, by the quotes known; None where there is none to go by."""
    if terms.next_reset_on is None:
        return None
    rows = quotes[Benchmark(terms.benchmark)]
    counts_on = terms.next_reset_on - dt.timedelta(days=terms.notice_days)
    is_settled = counts_on <= today
    ahead = 0 if is_settled else (counts_on - today).days
    priced = rate_on(
        kernel_terms(terms), kernel_quotes(rows), terms.next_reset_on, quote_age + ahead
    )
    return None if priced is None else Expected(priced.rate, rows[priced.place], is_settled)
