"""Movements on accounts for the synthetic book: a year of them, and what comes in on the next day.

Seeded like the book. One client in four keeps an account. The accounts take turns, so that each
moves at even distances: two of its movements in five are income from three payers in turn, half as
large again as what goes out to thirty others. A balance is what the movements make of it. One
account in thirty is in trouble: nearly nothing lies on it, and its income ended.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import transaction

from daihou.cli.bench_book import DAY
from daihou.fund_supervision.choices import TransactionKind
from daihou.fund_supervision.partitions import TABLE, make_months, partition_of
from daihou.storage.packed_columns import Written, write_columns
from loanmath.dates import dates_of, day_number

_SEED = 20260628
_DAYS = 365
_CLIENTS_PER_ACCOUNT = 4
_OTHER_SIDES = 30
_CHUNK = 250_000
_IN_TROUBLE = 30  # of so many accounts one runs dry
_NO_INCOME = 100  # days before the book's day on which income ended for those in trouble
_NIGHT = 0.01  # share of movements outside the day
_TURNS_WITH_INCOME = (0, 2)  # of five
_PAYERS = 3

Numbers = npt.NDArray[np.int64]


def fill_accounts(connection: psycopg.Connection, transactions: int) -> Accounts:
    """Give clients accounts, and the accounts a year of movements up to the book's day."""
    with transaction.atomic():
        connection.execute(
            "INSERT INTO fund_supervision_account"
            " (id, number, customer_id, bank, is_ours, kind, currency)"
            " SELECT id, 'A' || id, id, '', true, 'basic', 'CNY' FROM loan_book_customer"
            f" WHERE id % {_CLIENTS_PER_ACCOUNT} = 0"
        )
        accounts = Accounts.opened(_accounts(connection))
        last = day_number(DAY)
        days = np.arange(last - _DAYS + 1, last + 1)
        months = days.astype("datetime64[D]").astype("datetime64[M]")
        random = np.random.default_rng(_SEED)
        of_day = np.bincount(random.integers(0, _DAYS, transactions), minlength=_DAYS)
        make_months(connection.cursor(), dates_of(days))
        made = 0
        for month in np.unique(months):
            rows = np.repeat(days[months == month], of_day[months == month])
            made += _write(connection, partition_of(month.item()), rows, accounts, made, random)
        _set_sequence(connection)
    return accounts


def move_next_day(connection: psycopg.Connection, transactions: int, accounts: Accounts) -> None:
    """One more day's share of the movements, going on from what lies on the accounts."""
    rows = np.full(max(1, transactions // _DAYS), day_number(DAY) + 1)
    with transaction.atomic():
        make_months(connection.cursor(), dates_of(rows[:1]))
        random = np.random.default_rng(_SEED + 1)
        _write(connection, TABLE, rows, accounts, transactions, random)
        _set_sequence(connection)


def _accounts(connection: psycopg.Connection) -> Numbers:
    found = connection.execute("SELECT id FROM fund_supervision_account ORDER BY id").fetchall()
    return np.array([number for (number,) in found], np.int64)


@dataclass(frozen=True)
class Accounts:
    """The accounts by number, what lies on each so far (fen), and the order of their turns."""

    numbers: Numbers
    balance: Numbers
    in_trouble: npt.NDArray[np.bool_]
    in_turn: Numbers

    @classmethod
    def opened(cls, numbers: Numbers) -> Accounts:
        """Each with what it begins with, by its number."""
        random = np.random.default_rng(_SEED)
        usual = random.integers(50_000_000, 500_000_000, numbers.size)
        in_trouble = numbers // _CLIENTS_PER_ACCOUNT % _IN_TROUBLE == 0
        balance = np.where(in_trouble, 100_000, usual)
        return cls(numbers, balance, in_trouble, random.permutation(numbers.size))

    def move(self, at: Numbers, signed: Numbers) -> Numbers:
        """Book amounts in their order; returns the balance behind each, never below nothing."""
        order = np.argsort(at, kind="stable")
        of, run = at[order], np.cumsum(signed[order])
        first = np.flatnonzero(np.diff(of, prepend=-1))
        before = np.repeat(run[first] - signed[order][first], np.diff(first, append=of.size))
        after = np.maximum(self.balance[of] + run - before, 0)
        self.balance[of] = after  # the last of each account is what stays
        behind = np.empty(after.size, np.int64)
        behind[order] = after
        return behind


def _set_sequence(connection: psycopg.Connection) -> None:
    connection.execute(
        f"SELECT setval(pg_get_serial_sequence('{TABLE}', 'id'), max(id)) FROM {TABLE}"
    )


def _write(
    connection: psycopg.Connection,
    table: str,
    days: Numbers,
    accounts: Accounts,
    after: int,
    random: np.random.Generator,
) -> int:
    """Movements on the given days, numbered behind `after`; returns how many."""
    for start in range(0, days.size, _CHUNK):
        day = days[start : start + _CHUNK]
        rows = _Rows(day, np.arange(day.size) + after + start)
        write_columns(connection, table, _columns(rows, accounts, random))
    return int(days.size)


@dataclass(frozen=True)
class _Rows:
    """Movements to be made: their days, and which in the order of all they are, from zero."""

    day: Numbers
    place: Numbers


def _columns(rows: _Rows, accounts: Accounts, random: np.random.Generator) -> dict[str, Written]:
    size = rows.day.size
    turn, at = np.divmod(rows.place, accounts.numbers.size)
    at = accounts.in_turn[at]
    account = accounts.numbers[at]
    since = np.where(accounts.in_trouble[at], day_number(DAY) - _NO_INCOME, rows.day + 1)
    is_inflow = np.isin(turn % 5, _TURNS_WITH_INCOME) & (rows.day < since)
    paid = random.integers(1_000, 5_000_000, size)
    amount = np.where(is_inflow, random.integers(3_000_000, 4_500_000, size), paid)
    side = np.where(is_inflow, turn % _PAYERS, random.integers(_PAYERS, _OTHER_SIDES, size))
    other = (account * _OTHER_SIDES + side).astype("S12")
    minute = random.integers(8 * 60, 20 * 60, size)
    minute[random.random(size) < _NIGHT] = 120
    kinds = np.array([TransactionKind.TRANSFER, TransactionKind.GOODS, TransactionKind.CASH])
    kind = random.choice(kinds, size, p=[0.5, 0.45, 0.05])
    behind = accounts.move(at, np.where(is_inflow, amount, -amount))
    return {
        "id": Written(rows.place + 1, "int8"),
        "account_id": Written(account, "int8"),
        "customer_id": Written(account, "int8"),
        "booked_on": Written(rows.day, "date"),
        "minute": Written(minute, "int2"),
        "is_inflow": Written(is_inflow, "bool"),
        "amount": Written(amount, "int8"),
        "balance_after": Written(behind, "int8"),
        "counterparty_name": Written(other, "text"),
        "counterparty_account": Written(other, "text"),
        "counterparty_bank": Written(np.full(size, b"-"), "text"),
        "channel": Written(np.ones(size, np.int64), "int2"),
        "is_cash": Written(kind == TransactionKind.CASH, "bool"),
        "kind": Written(kind, "int2"),
        "purpose": Written(np.full(size, b"-"), "text"),
        "reference": Written((rows.place + 1).astype("S12"), "text"),
    }
