"""The draws to be looked at, with what was agreed about them, and the money that moved since."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa

from daihou.fund_supervision.choices import TransactionKind
from daihou.fund_supervision.rules import Draw, Paper, Payee, Payment
from daihou.fund_supervision.tracing import Arrivals, Flows, Longs, Steps, mirrors
from daihou.loan_book.choices import CustomerKind

EPOCH = dt.date(1970, 1, 1)
DAYS_TO_ARRIVE = 5


@dataclass(frozen=True)
class Disbursed:
    """A draw and the day on which it was paid out."""

    draw: Draw
    day: int


def draws_since(connection: psycopg.Connection, first: dt.date, day: dt.date) -> list[Disbursed]:
    """Every draw paid out between the days, the earliest first, with what was agreed about it."""
    rows: list[Any] = connection.execute(
        "SELECT l.id, l.customer_id, c.name, l.amount, p.is_retail, c.kind <> %s,"
        " coalesce(u.pay_by, ''), l.disbursed_on FROM loan_book_loan l"
        " JOIN loan_book_customer c ON c.id = l.customer_id"
        " JOIN loan_book_product p ON p.id = l.product_id"
        " LEFT JOIN fund_supervision_drawuse u ON u.loan_id = l.id"
        " WHERE l.disbursed_on BETWEEN %s AND %s"
        " AND EXISTS (SELECT FROM fund_supervision_account a WHERE a.customer_id = l.customer_id)"
        " ORDER BY l.disbursed_on, l.id",
        (CustomerKind.CONSUMER.value, first, day),
    ).fetchall()
    loans = [row[0] for row in rows]
    payees = _grouped(
        connection,
        "SELECT loan_id, id, name, account_number, trade_contract FROM"
        " fund_supervision_agreedpayee WHERE loan_id = ANY(%s) ORDER BY id",
        loans,
        Payee,
    )
    papers = _grouped(
        connection,
        "SELECT loan_id, id, issuer, amount, kind = 'contract' FROM fund_supervision_voucher"
        " WHERE loan_id = ANY(%s) ORDER BY id",
        loans,
        Paper,
    )
    related = _related(connection, day, [row[1] for row in rows])
    return [
        Disbursed(
            Draw(
                loan=loan,
                customer=customer,
                name=name,
                amount=amount,
                is_retail=is_retail,
                is_business=is_business,
                pay_by=pay_by,
                payees=tuple(payees[loan]),
                papers=tuple(papers[loan]),
                related=related[customer],
            ),
            (disbursed_on - EPOCH).days,
        )
        for loan, customer, name, amount, is_retail, is_business, pay_by, disbursed_on in rows
    ]


def _grouped(
    connection: psycopg.Connection, query: str, loans: list[int], make: Any
) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for loan, *rest in connection.execute(query.encode(), (loans,)).fetchall():
        found[loan].append(make(*rest))
    return found


def _related(
    connection: psycopg.Connection, day: dt.date, customers: list[int]
) -> defaultdict[int, dict[int, str]]:
    """Who is related to each borrower on the day, in either direction."""
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    rows = connection.execute(
        "SELECT customer_id, related_id, kind FROM loan_book_customerrelation"
        " WHERE known_to IS NULL AND valid_from <= %(day)s"
        " AND (valid_to IS NULL OR valid_to > %(day)s)"
        " AND (customer_id = ANY(%(who)s) OR related_id = ANY(%(who)s))",
        {"day": day, "who": customers},
    ).fetchall()
    for one, other, kind in rows:
        found[one][other] = kind
        found[other].setdefault(one, kind)
    return found


@dataclass(frozen=True)
class Ledger:
    """Transactions in the order (account, day, id), with what tracing does not need beside."""

    flows: Flows
    table: pa.Table

    def column(self, name: str) -> Any:
        """A column as numbers; 0 where nothing is known."""
        return _numbers(self.table, name)


def in_order(table: pa.Table) -> Ledger:
    """The transactions as tracing wants them."""
    table = table.sort_by([("account", "ascending"), ("day", "ascending"), ("id", "ascending")])
    customer, other = (_numbers(table, n) for n in ("customer", "counterparty_customer"))
    day, amount, ids = (_numbers(table, name) for name in ("day", "amount", "id"))
    known = ~np.asarray(table["balance"].is_null().to_numpy())
    before = np.where(known, _numbers(table, "balance") - amount, 0)
    flows = Flows(
        account=_numbers(table, "account"),
        customer=customer,
        day=day,
        amount=amount,
        before=before,
        mirror=mirrors(customer, other, day, amount, ids),
    )
    return Ledger(flows, table)


def _numbers(table: pa.Table, name: str) -> Longs:
    return np.asarray(table[name].cast(pa.int64()).fill_null(0).to_numpy(), np.int64)


def arrivals_of(draws: list[Disbursed], ledger: Ledger) -> Arrivals:
    """Where each draw arrived in the borrower's accounts, within days of being paid out."""
    kinds = ledger.column("kind")
    rows = np.flatnonzero((kinds == TransactionKind.LOAN_DRAW) & (ledger.flows.amount > 0))
    rows = rows[np.argsort(ledger.flows.day[rows], kind="stable")]
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows.tolist():
        waiting[int(ledger.flows.customer[row])].append(row)
    found: list[tuple[int, int, int]] = []
    for number, one in enumerate(draws):
        found += _arrived(number, one, waiting[one.draw.customer], ledger.flows)
    draw, at, amount = (np.array(c, np.int64) for c in zip(*found, strict=True)) if found else (
        np.zeros(0, np.int64) for _ in range(3)
    )  # fmt: skip
    return Arrivals(draw, at, amount, np.full(len(draw), -1, np.int64))


def _arrived(
    number: int, one: Disbursed, waiting: list[int], flows: Flows
) -> list[tuple[int, int, int]]:
    """The arrivals of one draw; one of the whole amount is preferred to several parts."""
    near = [r for r in waiting if one.day <= flows.day[r] <= one.day + DAYS_TO_ARRIVE]
    whole = [row for row in near if flows.amount[row] == one.draw.amount][:1]
    left, taken = one.draw.amount, []
    for row in whole or near:
        amount = int(flows.amount[row])
        if amount <= left:
            taken.append((number, row, amount))
            left -= amount
            waiting.remove(row)
    return taken


def payments_of(
    draws: list[Disbursed], steps: Steps, ledger: Ledger, texts: dict[int, tuple[str, str, str]]
) -> list[list[Payment]]:
    """The steps of each draw in the words of the rules, numbered within the draw from 1 on."""
    ids, other = ledger.column("id"), ledger.column("counterparty_customer")
    keys, kinds, cash = (ledger.column(n) for n in ("counterparty", "kind", "is_cash"))
    found: list[list[Payment]] = [[] for _ in draws]
    numbers: dict[int, Payment] = {}
    for step in range(steps.size):
        at, draw = int(steps.at[step]), draws[int(steps.draw[step])].draw
        parent = numbers.get(int(steps.parent[step]))
        own_so_far = parent is None or (parent.leaves is False and parent.payee_customer
                                        == draw.customer == parent.payer)  # fmt: skip
        payer, to = int(ledger.flows.customer[at]), int(other[at])
        name, account, purpose = texts.get(int(ids[at]), ("", "", ""))
        own = found[int(steps.draw[step])]
        payment = Payment(
            number=len(own) + 1,
            parent=parent.number if parent else 0,
            hop=int(steps.hop[step]),
            transaction=int(ids[at]),
            day=int(ledger.flows.day[at]),
            amount=int(steps.amount[step]),
            whole=-int(ledger.flows.amount[at]),
            payer=payer,
            payee_customer=to,
            payee_key=int(keys[at]),
            payee_name=name,
            payee_account=account,
            purpose=purpose,
            kind=int(kinds[at]),
            is_cash=bool(cash[at]),
            leaves=own_so_far and payer == draw.customer and to != draw.customer,
        )
        own.append(payment)
        numbers[step] = payment
    return found


def texts_of(
    connection: psycopg.Connection, transactions: Longs, days: Longs
) -> dict[int, tuple[str, str, str]]:
    """Name, account and purpose of the other side of transactions."""
    dates = [EPOCH + dt.timedelta(days=int(day)) for day in days]
    rows = connection.execute(
        "SELECT t.* FROM unnest(%s::bigint[], %s::date[]) AS wanted (id, day)"
        # one look into one month each, whatever is known of the months' sizes
        " CROSS JOIN LATERAL (SELECT id, counterparty_name, counterparty_account, purpose"
        " FROM fund_supervision_accounttransaction"
        " WHERE id = wanted.id AND booked_on = wanted.day LIMIT 1) t",
        (transactions.tolist(), dates),
    ).fetchall()
    return {row[0]: row[1:] for row in rows}
