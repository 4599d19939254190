"""预警规则: all signals with state and coverage, one signal's page, the catalogue of indicators."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from daihou.early_warning.client_rules.models import IndicatorCoverage
from daihou.early_warning.models import SignalCoverage
from daihou.early_warning.shipped_signals import shipped_signals
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, make_small_bank

AsOfficer = Callable[[Officer], Client]
CASH = 38  # 现金收入占比过高


@pytest.fixture
def zhao(cast: Cast, branches: Branches, as_officer: AsOfficer) -> Client:
    """A risk manager's browser, on the evening of a day that saw cash shares of 4 of 10 clients."""
    make_small_bank(cast, branches)
    SignalCoverage.objects.filter(day=DAY).delete()
    SignalCoverage.objects.bulk_create(
        SignalCoverage(day=DAY, rule=number, loans=10, known=4 if number == CASH else 0)
        for number in shipped_signals()
    )
    IndicatorCoverage.objects.create(
        day=DAY, indicator="cash_inflow_share_90d", clients=10, known=4
    )
    return as_officer(cast.zhao)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_list_says_what_is_looked_for_and_what_is_missing(zhao: Client) -> None:
    page = text_of(zhao, "/signal-rules/")
    assert "共 106 个" in page
    assert "近90天现金流入占比 高于 70%" in page
    assert "征信报告" in text_of(zhao, "/signal-rules/?state=NO_DATA&group=征信")
    in_use = text_of(zhao, "/signal-rules/?state=IN_USE&q=现金收入")
    assert "共 1 个" in in_use and "40.00%" in in_use
    assert "现金收入" in text_of(zhao, "/signal-rules/?coverage=low")
    rows = zhao.get("/signal-rules/?export=csv")
    told = b"".join(rows.streaming_content).decode("utf-8-sig")
    assert "cash_inflow_share_90d > 70%" in told and "流水分析要点" in told
    check_query_count("signal_rules", zhao, "/signal-rules/")


def test_a_signal_opens_with_conditions_and_the_indicators_it_looks_at(zhao: Client) -> None:
    page = text_of(zhao, f"/signal-rules/{CASH}/")
    assert "cash_inflow_share_90d &gt; 70%" in page and "流水分析要点" in page
    assert "40.00%" in page and "所用指标" in page
    assert "此信号目前为未知" not in page
    assert "缺少公开信息,此信号目前为未知" in text_of(zhao, "/signal-rules/81/")
    overdue = text_of(zhao, "/signal-rules/54/")
    assert "/parameters/signal.54." in overdue and "逐笔借据" in overdue
    check_query_count("signal_rule", zhao, f"/signal-rules/{CASH}/")


def test_a_day_that_judged_nothing_does_not_pretend_to_have(zhao: Client) -> None:
    SignalCoverage.objects.all().delete()
    assert "共 106 个" in text_of(zhao, "/signal-rules/?state=NOT_JUDGED")


def test_the_catalogue_of_indicators_says_for_how_many_each_is_known(zhao: Client) -> None:
    page = text_of(zhao, "/signal-rules/indicators/")
    assert "近90天现金流入占比" in page and "40.00%" in page
    check_query_count("signal_indicators", zhao, "/signal-rules/indicators/")
