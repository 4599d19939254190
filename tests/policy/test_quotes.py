"""LPR quotes take two people, and a wrong one is corrected by another row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError

from daihou.policy.actions import (
    GivenQuote,
    Refused,
    approve_quote,
    propose_quotes,
    reject_quote,
)
from daihou.policy.choices import Benchmark, VersionStatus
from daihou.policy.models import BenchmarkQuote
from daihou.policy.queries import quotes_that_count, waiting_quotes
from loanmath.rates import Rate, percent
from tests.cast import Cast

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 25)
PUBLISHED = dt.date(2026, 3, 20)


def enter(cast: Cast, rate: str = "3.1", **more: Any) -> BenchmarkQuote:
    given: dict[str, Any] = {
        "quotes": [GivenQuote(Benchmark.LPR_1Y, PUBLISHED, percent(rate))],
        "source": "公告",
        "by": cast.zhao,
        "business_date": TODAY,
        **more,
    }
    return propose_quotes(**given)[0]


def counting(benchmark: Benchmark = Benchmark.LPR_1Y) -> list[int]:
    return [quote.rate for quote in quotes_that_count()[benchmark]]


def test_a_quote_counts_once_a_second_person_approved(cast: Cast) -> None:
    quote = enter(cast)
    assert counting() == [] and waiting_quotes() == [quote]
    with pytest.raises(Refused, match="审批人"):
        approve_quote(quote=quote, by=cast.sun)
    approve_quote(quote=quote, by=cast.qian)
    assert counting() == [percent("3.1")] and waiting_quotes() == []
    assert counting(Benchmark.LPR_5Y) == []
    with pytest.raises(Refused, match="他人"):
        reject_quote(quote=quote, by=cast.qian)


def test_nobody_approves_what_they_entered(cast: Cast) -> None:
    quote = enter(cast)
    cast.zhao.roles = [*cast.zhao.roles, "approver"]
    with pytest.raises(Refused, match="自己"):
        approve_quote(quote=quote, by=cast.zhao)
    with pytest.raises(IntegrityError):
        BenchmarkQuote.objects.update(approved_by=cast.zhao)


def test_a_correction_is_another_row_with_a_reason(cast: Cast) -> None:
    first = enter(cast)
    with pytest.raises(Refused, match="待复核"):
        enter(cast, "3.2")
    approve_quote(quote=first, by=cast.qian)
    with pytest.raises(Refused, match="相同"):
        enter(cast)
    with pytest.raises(Refused, match="理由"):
        enter(cast, "3.2")
    approve_quote(quote=enter(cast, "3.2", reason="录入有误"), by=cast.qian)
    assert counting() == [percent("3.2")]
    assert BenchmarkQuote.objects.count() == 2


def test_who_entered_it_may_withdraw_it(cast: Cast) -> None:
    quote = enter(cast)
    reject_quote(quote=quote, by=cast.zhao)
    quote.refresh_from_db()
    assert (quote.status, counting()) == (VersionStatus.REJECTED, [])


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"source": " "}, "source"),
        ({"quotes": []}, "quotes"),
        ({"quotes": [GivenQuote(Benchmark.LPR_1Y, PUBLISHED, Rate(0))]}, "quotes"),
        ({"quotes": [GivenQuote(Benchmark.LPR_1Y, dt.date(2026, 4, 20), Rate(1))]}, "quotes"),
        ({"quotes": [GivenQuote(Benchmark.LPR_1Y, PUBLISHED, Rate(1))] * 2}, "quotes"),
    ],
)
def test_what_cannot_be_entered(cast: Cast, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        enter(cast, **more)
    assert refused.value.field == field
    assert not BenchmarkQuote.objects.exists()


def test_only_the_risk_department_enters(cast: Cast) -> None:
    with pytest.raises(Refused, match="风险经理"):
        enter(cast, by=cast.sun)
