"""账户体检: a card of a client's accounts; unknown where nobody knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client

from daihou.early_warning.choices import Colour
from daihou.early_warning.client_rules.evaluation import Values
from daihou.early_warning.indicators.computing import IndicatorValues
from daihou.early_warning.indicators.history import write_indicators
from daihou.early_warning.models import Signal
from daihou.fund_supervision.choices import Channel, TransactionKind
from daihou.fund_supervision.models import Account, AccountTransaction
from daihou.fund_supervision.partitions import make_months
from daihou.loan_book.models import Customer
from daihou.staff.models import Officer
from loanmath.money import yuan
from tests.cast import Branches, Cast
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
LI = "/customers/KH000004/health/"
MONTHS = [(2024 + (10 + n) // 12, (10 + n) % 12 + 1) for n in range(24)]  # to October 2026


@pytest.fixture
def bank(cast: Cast, branches: Branches, tmp_path: Path, settings: Any) -> SmallBank:
    settings.INDICATOR_FOLDER = tmp_path
    made = make_small_bank(cast, branches)
    harvests(made.customers["李建国"])
    return made


def harvests(client: Customer) -> None:
    """Two harvests a year and little else, for two years."""
    account = Account.objects.create(number="62280001", customer=client, kind="personal")
    with connection.cursor() as cursor:
        make_months(cursor, [dt.date(year, month, 1) for year, month in MONTHS])
    for number, (year, month) in enumerate(MONTHS):
        amount = {6: "300000", 10: "200000"}.get(month, "6000")
        AccountTransaction.objects.create(
            account=account, customer=client, booked_on=dt.date(year, month, 12), is_inflow=True,
            amount=yuan(amount), kind=TransactionKind.GOODS, channel=Channel.ONLINE,
            reference=str(number),
        )  # fmt: skip


def leave_indicators(folder: Path, day: dt.date, client: Customer, **known: int) -> None:
    clients = np.array([client.pk], np.int64)
    values = {
        code: Values(np.array([value]), np.array([True]))
        for code, value in {"history_days": 390, "owed": 1, **known}.items()
    }
    available = frozenset({"transactions", "loans_today", "instalments_ahead", "accounts"})
    write_indicators(folder, day, IndicatorValues(clients, values, available))


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_card_says_what_is_known_and_what_is_missing(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer, settings: Any
) -> None:
    li, zhang = bank.customers["李建国"], as_officer(cast.zhang)
    assert "还没有计算过客户指标" in text_of(zhang, LI)
    folder = Path(settings.INDICATOR_FOLDER)
    leave_indicators(folder, DAY - dt.timedelta(days=40), li, cash_inflow_share_90d=2000)
    leave_indicators(
        folder, DAY, li, cash_inflow_share_90d=8000, balance_now=yuan("10000"),
        due_30d=yuan("22000"), due_90d=yuan("66000"), frozen_accounts=0,
    )  # fmt: skip
    Signal.objects.create(
        customer=li, rule=38, rule_version="出厂值", level=1, previous_level=0,
        colour=Colour.YELLOW, episode_since=DAY, first_seen_on=DAY, seen=[8000],
    )  # fmt: skip
    page = text_of(zhang, LI)
    for words in ("80.00%", "38 号信号", "黄:近90天现金流入占比 高于 70%", "62280001", "polyline"):
        assert words in page
    assert "不足 30 天" in page and "缺 1.2万元" in page
    assert "现有数据不够,见口径" in page and "未知" in page
    assert '<span class="badge ok">正常</span>' in page  # no account is frozen
    check_query_count("client_health", zhang, LI)
    assert as_officer(cast.chen).get(LI).status_code == 404
    other = text_of(zhang, "/customers/KH000002/health/")
    assert "当日没有在贷借据" in other and "账户余额" not in other
