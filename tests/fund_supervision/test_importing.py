"""Accounts and transactions come in by file, once, and go again as one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection

from daihou.feeds.undoing import undo_batch
from daihou.fund_supervision.models import Account, AccountState, AccountTransaction
from tests.feeds.small_bank import DAY, load, write_bank, write_table

pytestmark = pytest.mark.django_db

ACCOUNTS = [
    ["账号", "客户号", "开户行", "账户性质", "本行账户", "开户日"],
    ["A1", "C001", "本行城东支行", "基本存款账户", "是", "2024-01-01"],
    ["A2", "C002", "本行城东支行", "个人结算账户", "", ""],
]
STATES = [
    ["账号", "状态", "生效日", "失效日", "原因"],
    ["A1", "冻结", "2026-03-01", "2026-03-09", "法院冻结"],
]
HEADINGS = [
    "账号", "交易日", "交易时刻", "收支方向", "金额", "交易后余额", "对方户名", "对方账号",
    "交易类型", "用途摘要", "交易流水号",
]  # fmt: skip
FLOWS = [
    HEADINGS,
    ["A1", "2026-01-15", "09:05", "收入", "1000000", "1000000", "", "", "贷款发放", "放款", "1"],
    ["A1", "2026-01-16", "", "支出", "300000", "", "王秀英", "A2", "", "往来款", "2"],
    ["A2", "2026-01-16", "14:32:10", "收入", "300000", "", "江南纺织有限公司", "", "", "", "1"],
    ["A2", "2026-02-02", "", "支出", "10.5", "", "王秀英", "", "", "", "1"],
]


def write_flows(folder: Path, flows: list[list[str]] = FLOWS) -> Path:
    write_bank(folder)
    write_table(folder / "账户.csv", ACCOUNTS)
    write_table(folder / "账户状态.csv", STATES)
    write_table(folder / "交易流水.csv", flows)
    return folder


def test_transactions_come_in_with_both_sides_and_by_month(tmp_path: Path) -> None:
    load(write_flows(tmp_path))
    assert Account.objects.count() == 2
    assert AccountState.objects.valid_on(dt.date(2026, 3, 8)).get().account.number == "A1"
    first, paid, came, last = AccountTransaction.objects.order_by("id")
    assert (first.minute, first.is_inflow, first.balance_after) == (545, True, 100_000_000)
    assert (paid.minute, paid.is_inflow, paid.balance_after) == (None, False, None)
    assert paid.counterparty_id == came.customer_id  # by the account's number
    assert came.counterparty_id == paid.customer_id  # by the name of an enterprise
    assert last.counterparty_id is None  # persons are not matched by name
    assert (came.minute, last.amount) == (872, 1050)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM"
                       " fund_supervision_accounttransaction ORDER BY 1")  # fmt: skip
        months = [name[-6:] for (name,) in cursor.fetchall()]
    assert months == ["202601", "202602"]


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    load(write_flows(tmp_path))
    again = load(tmp_path)
    assert AccountTransaction.objects.count() == 4
    assert again.rows_unchanged == again.rows_read > 4


def test_an_undo_takes_out_its_transactions_and_then_the_accounts(tmp_path: Path) -> None:
    first = load(write_flows(tmp_path))
    more = load(write_flows(tmp_path, [HEADINGS, [*FLOWS[1][:-1], "9"]]))
    kept = undo_batch(number=first.pk, business_date=DAY, closed_through=None, actor=None)
    assert kept.removed["account_transactions"] == 4
    assert Account.objects.get().number == "A1" and "accounts" in kept.kept
    undo_batch(number=more.pk, business_date=DAY, closed_through=None, actor=None)
    assert not AccountTransaction.objects.exists()


@pytest.mark.parametrize(
    ("at", "cell", "reason"),
    [
        (1, "2023-12-31", "交易日早于开户日"),
        (2, "25:00", "不是时刻"),
        (3, "存入", "没有这个选项"),
        (4, "0", "金额必须大于零"),
        (0, "A9", "账户不存在"),
    ],
)
def test_a_bad_cell_is_refused_by_name(tmp_path: Path, at: int, cell: str, reason: str) -> None:
    bad = list(FLOWS[1])
    bad[at] = cell
    batch = load(write_flows(tmp_path, [HEADINGS, bad]))
    assert reason in batch.problems.get().reason
