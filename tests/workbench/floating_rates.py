"""Floating rates for the desks' small bank: one reset made, one to come, one without a quote."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from daihou.loan_book.choices import ResetRule
from daihou.loan_book.models import FloatingTerms, Loan
from daihou.policy.actions import GivenQuote, approve_quote, propose_quotes
from daihou.policy.choices import Benchmark
from daihou.servicing.rate_resets import reset_due_rates
from loanmath.rates import percent
from tests.cast import Cast
from tests.small_book import pg
from tests.workbench.small_bank import DAY, SmallBank

QUOTE_AGE = 35


def publish(cast: Cast, on: dt.date, rate: str, benchmark: Benchmark = Benchmark.LPR_1Y) -> None:
    """Enter a quote and have it approved."""
    given = [GivenQuote(benchmark, on, percent(rate))]
    (quote,) = propose_quotes(quotes=given, source="测试", by=cast.zhao, business_date=DAY)
    approve_quote(quote=quote, by=cast.qian)


def let_float(loan: Loan, next_reset_on: dt.date, benchmark: Benchmark) -> FloatingTerms:
    """Give a loan a floating rate whose next reset is on a day."""
    return FloatingTerms.objects.create(
        loan=loan,
        benchmark=benchmark,
        spread_bps=120,
        cycle_months=1,
        reset_rule=ResetRule.ANNIVERSARY,
        next_reset_on=next_reset_on,
    )


def float_some(bank: SmallBank, cast: Cast) -> None:
    """王秀英: reset today. 李建国: next month, unless changed. 长名: its quote is missing."""
    publish(cast, DAY - dt.timedelta(days=34), "3.10")
    publish(cast, DAY - dt.timedelta(days=3), "3.00")
    let_float(bank.loans["王秀英"], DAY, Benchmark.LPR_1Y)
    let_float(bank.loans["李建国"], DAY + dt.timedelta(days=20), Benchmark.LPR_1Y)
    let_float(bank.loans["长名"], DAY, Benchmark.LPR_5Y)
    with transaction.atomic():
        reset_due_rates(pg(), DAY, QUOTE_AGE)
