"""A synthetic book for measuring: many loans of 24 instalments, straight into PostgreSQL by COPY.

Seeded: the same number of loans gives the same book. Of the loans, 5 % are one to six instalments
behind and 8 % have their instalment on the day and pay it; another 8 % have theirs on the next
day. The rest have paid what was due, every month since they were paid out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import transaction

from daihou.ledger.choices import EntryKind
from daihou.storage.packed_columns import Written, write_columns
from daihou.storage.sealing import seal
from loanmath.dates import day_number

DAY = dt.date(2026, 6, 27)
INSTALMENTS = 24
_SEED = 20260627
_OVERDUE_PERCENT = 5
_PAY_TODAY_PERCENT = 8
_CUSTOMERS_PER_10_LOANS = 8
_BRANCHES = 20
_PART = 1_000_000  # loans drawn at a time
_CHUNK = 100_000
_TABLES = (
    "loan_book_customer",
    "loan_book_loan",
    "loan_book_planversion",
    "ledger_ledgerentry",
)

Numbers = npt.NDArray[np.int64]


class Payments(NamedTuple):
    """Payments that are still to be booked: of which loans (their places), and how much."""

    loans: Numbers
    amounts: Numbers


@dataclass(frozen=True)
class SyntheticBook:
    """What the book is made of, one value per loan; instalment tables have 24 columns."""

    customer: Numbers
    amount: Numbers
    rate: Numbers
    start: Numbers
    due: Numbers
    principal: Numbers
    interest: Numbers
    paid: Numbers  # how many instalments were paid up to and with the day
    pays_next_day: npt.NDArray[np.bool_]

    def next_payments(self, first: int) -> Payments:
        """What is paid on the day after: the instalments that fall due then.

        `first` is the place of the first loan in the whole book.
        """
        loans = np.flatnonzero(self.pays_next_day)
        which = self.paid[loans]
        return Payments(loans + first, self.principal[loans, which] + self.interest[loans, which])


def draw_book(loans: int, customers: int | None = None, part: int = 0) -> SyntheticBook:
    """Draw the loans: amounts of 10,000 to 500,000 yuan at 4 % to 12 %, equal principal.

    A large book is drawn part by part, each with so many loans of clients from the whole of it.
    """
    random = np.random.default_rng(_SEED + part)
    share = random.permutation(loans) * 100 // loans
    pays_today = share < _PAY_TODAY_PERCENT
    pays_next_day = (share >= _PAY_TODAY_PERCENT) & (share < 2 * _PAY_TODAY_PERCENT)
    is_overdue = share >= 100 - _OVERDUE_PERCENT
    day_of_month = random.integers(1, DAY.day, loans)
    day_of_month[pays_today], day_of_month[pays_next_day] = DAY.day, DAY.day + 1
    fallen = random.integers(1, INSTALMENTS, loans)  # due up to the end of this month
    first_month = DAY.year * 12 + DAY.month - fallen
    amount = random.integers(10_000, 500_000, loans) * 100
    rate = random.integers(40, 120, loans) * 100_000
    due = _due_dates(first_month, day_of_month)
    principal = np.repeat(amount[:, None] // INSTALMENTS, INSTALMENTS, axis=1)
    principal[:, -1] = amount - principal[:, :-1].sum(axis=1)
    left = amount[:, None] - np.cumsum(principal, axis=1) + principal
    interest = left * rate[:, None] // (12 * 100_000_000)
    behind = np.where(is_overdue, random.integers(1, 7, loans), 0)
    return SyntheticBook(
        random.integers(0, customers or _customers_of(loans), loans),
        amount,
        rate,
        _due_dates(first_month - 1, day_of_month)[:, 0],
        due,
        principal,
        interest,
        np.maximum(fallen - pays_next_day - behind, 0),
        pays_next_day,
    )


def _customers_of(loans: int) -> int:
    return max(1, loans * _CUSTOMERS_PER_10_LOANS // 10)


def _due_dates(first_month: Numbers, day_of_month: Numbers) -> Numbers:
    """The same day in each of 24 months."""
    months = first_month[:, None] + np.arange(INSTALMENTS)
    begins = (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.asarray(begins + day_of_month[:, None] - 1)


def fill(connection: psycopg.Connection, loans: int) -> Payments:
    """Write the book into an empty database in one transaction; returns the next payments."""
    payments = []
    with transaction.atomic():
        connection.execute("TRUNCATE loan_book_customer CASCADE")  # so that rows come in frozen
        taken_off = _take_off(connection)
        _write_branches(connection)
        _write_customers(connection, loans)
        entries = 0
        for part, first in enumerate(range(0, loans, _PART)):
            book = draw_book(min(_PART, loans - first), _customers_of(loans), part)
            for start in range(0, book.amount.size, _CHUNK):
                _write_loans(connection, book, slice(start, start + _CHUNK), first)
            entries = _write_entries(connection, book, first, entries)
            payments.append(book.next_payments(first))
        for statement in taken_off:
            connection.execute(statement)
        for table in _TABLES:
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
    return Payments(*(np.concatenate(each) for each in zip(*payments, strict=True)))


def _take_off(connection: psycopg.Connection) -> list[str]:
    """Take foreign keys and indexes off the tables; returns how to set them again when filled.

    Filled row by row, the indexes would take most of the time. The foreign keys are set again for
    what comes later; what was made here is known to fit. Primary keys stay.
    """
    held = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype = 'f'"
        " FROM pg_constraint WHERE contype IN ('f', 'u') AND conrelid::regclass::text = ANY(%s)",
        (list(_TABLES),),
    ).fetchall()
    again = []
    for table, name, rule, is_foreign in held:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        unchecked = " NOT VALID" if is_foreign else ""
        again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {rule}{unchecked}')
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)",
        (list(_TABLES),),
    ).fetchall()
    for name, definition in indexes:
        connection.execute(f'DROP INDEX "{name}"')
        again.append(definition)
    return again


def pay_next_day(connection: psycopg.Connection, payments: Payments) -> int:
    """Book the payments of the day after."""
    loans, amounts = payments.loans, payments.amounts
    last = connection.execute("SELECT max(id) FROM ledger_ledgerentry").fetchone()
    assert last is not None
    days = np.full(loans.size, day_number(DAY) + 1)
    kinds = np.full(loans.size, EntryKind.REPAYMENT)
    with transaction.atomic():
        return _copy_entries(connection, last[0], loans, kinds, amounts, days, freeze=False)


def _write_branches(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO staff_branch (id, code, name, path, is_closed)"
        " SELECT n, n, '支行' || n, '/' || n, false FROM generate_series(1, %s) AS n",
        (_BRANCHES,),
    )
    connection.execute(
        "INSERT INTO loan_book_product (id, code, name, is_retail) VALUES"
        " (1, 'corporate', '流动资金贷款', false), (2, 'retail', '个人消费贷款', true)"
    )


def _write_customers(connection: psycopg.Connection, loans: int) -> None:
    customers = _customers_of(loans)
    sealed = np.void(seal("synthetic"))
    for start in range(0, customers, _CHUNK):
        ids = np.arange(start, min(start + _CHUNK, customers)) + 1
        number = _texts("C", ids, 9)
        write_columns(
            connection,
            "loan_book_customer",
            {
                "id": Written(ids, "int8"),
                "number": Written(number, "text"),
                "name": Written(number, "text"),
                "kind": Written(_same(b"consumer", ids.size), "text"),
                "identity_kind": Written(_same(b"other", ids.size), "text"),
                "identity_number": Written(np.full(ids.size, sealed), "bytea"),
                "identity_index": Written(_texts("F", ids, 31), "text"),
                "region": Written(_same(b"-", ids.size), "text"),
                "branch_id": Written(ids % _BRANCHES + 1, "int8"),
            },
            freeze=True,
        )


def _write_loans(
    connection: psycopg.Connection, book: SyntheticBook, part: slice, first: int
) -> None:
    """Some of the loans, with their plans; `first` is the place of the first of all."""
    ids = np.arange(book.amount.size)[part] + first + 1
    codes = {
        "frequency_months": 1, "day_count": 0, "roll_rule": 0, "method": 2, "grace_days": 0,
        "penalty_from": 0, "allocation": 1, "allocation_impaired": 3, "impaired_after_days": 90,
        "interest_mode": 0, "excess_mode": 0,
    }  # fmt: skip
    columns = {
        "id": Written(ids, "int8"),
        "number": Written(_texts("L", ids, 9), "text"),
        "customer_id": Written(book.customer[part] + 1, "int8"),
        "product_id": Written(ids % 2 + 1, "int8"),
        "branch_id": Written(ids % _BRANCHES + 1, "int8"),
        "currency": Written(_same(b"CNY", ids.size), "text"),
        "amount": Written(book.amount[part], "int8"),
        "disbursed_on": Written(book.start[part], "date"),
        "matures_on": Written(book.due[part, -1], "date"),
        "rate": Written(book.rate[part], "int8"),
        "penalty_uplift_bps": Written(np.full(ids.size, 5000), "int4"),
        "charges_compound": Written(np.ones(ids.size, bool), "bool"),
        "security": Written(_same(b"credit", ids.size), "text"),
        "purpose": Written(_same(b"-", ids.size), "text"),
        **{name: Written(np.full(ids.size, code), "int2") for name, code in codes.items()},
    }
    write_columns(connection, "loan_book_loan", columns, freeze=True)
    plans = {
        "loan_id": Written(ids, "int8"),
        "version": Written(np.ones(ids.size, np.int64), "int2"),
        "effective_from": Written(book.start[part], "date"),
        "reason": Written(_same(b"disbursement", ids.size), "text"),
        "note": Written(_same(b"-", ids.size), "text"),
        "due_dates": Written(book.due[part], "date"),
        "principal": Written(book.principal[part], "int8"),
        "interest": Written(book.interest[part], "int8"),
    }
    write_columns(connection, "loan_book_planversion", plans, freeze=True)


def _write_entries(
    connection: psycopg.Connection, book: SyntheticBook, first: int, after: int
) -> int:
    """Every loan paid out, and what was paid since, in the order of time as a ledger is written.

    The entries follow those numbered up to `after`; returns the last number.
    """
    loans = np.arange(book.amount.size)
    paid = np.arange(INSTALMENTS) < book.paid[:, None]
    loan = np.concatenate([loans, np.nonzero(paid)[0]])
    date = np.concatenate([book.start, book.due[paid]])
    amount = np.concatenate([book.amount, book.principal[paid] + book.interest[paid]])
    kind = np.where(np.arange(loan.size) < loans.size, EntryKind.DISBURSEMENT, EntryKind.REPAYMENT)
    order = np.argsort(date, kind="stable")
    for start in range(0, order.size, _CHUNK):
        rows = order[start : start + _CHUNK]
        parts = loan[rows] + first, kind[rows], amount[rows], date[rows]
        after += _copy_entries(connection, after, *parts, freeze=True)
    return after


def _copy_entries(
    connection: psycopg.Connection,
    after: int,
    loan: Numbers,
    kind: Numbers,
    amount: Numbers,
    date: Numbers,
    *,
    freeze: bool,
) -> int:
    """Append entries to the ledger behind the last number."""
    ids = np.arange(loan.size) + after + 1
    return write_columns(
        connection,
        "ledger_ledgerentry",
        {
            "id": Written(ids, "int8"),
            "loan_id": Written(loan + 1, "int8"),
            "kind": Written(kind, "int2"),
            "amount": Written(amount, "int8"),
            "value_date": Written(date, "date"),
            "booked_on": Written(date, "date"),
            "reference": Written(_texts("E", ids, 11), "text"),
            "repeat": Written(np.zeros(loan.size, np.int64), "int2"),
            "note": Written(_same(b"-", loan.size), "text"),
        },
        freeze=freeze,
    )


def _texts(letter: str, numbers: Numbers, digits: int) -> npt.NDArray[np.bytes_]:
    """Numbers of one width behind a letter, as bytes."""
    shown = np.char.zfill(numbers.astype(f"S{digits}"), digits)
    return np.char.add(letter.encode(), shown)


def _same(text: bytes, rows: int) -> npt.NDArray[np.bytes_]:
    return np.full(rows, text)
