"""Patterns that show between accounts rather than along the path of a draw."""

from __future__ import annotations

from collections import defaultdict

import duckdb
import pyarrow as pa

from daihou.fund_supervision.choices import Pattern, TransactionKind
from daihou.fund_supervision.draws import Disbursed
from daihou.fund_supervision.rules import Found, FundLimits

_ORDINARY = (TransactionKind.WAGES, TransactionKind.PENSION, TransactionKind.LOAN_DRAW)
_DAYS_BACK, _DAYS_OF_FUNDING = 90, 3
_BEFORE, _AFTER = 5, 15
_ONE_PAYER = """
    WITH repaid AS (SELECT * FROM flows WHERE kind = ? AND amount < 0 AND day > ?),
    funded AS (
        SELECT DISTINCT f.counterparty, f.customer, f.id, f.day, f.amount
        FROM repaid r JOIN flows f
          ON f.customer = r.customer AND f.day BETWEEN r.day - ? AND r.day
         AND f.amount * 10 BETWEEN -r.amount * 8 AND -r.amount * 12
        WHERE f.counterparty <> 0 AND NOT list_contains(?, f.kind)
          AND f.counterparty_customer IS DISTINCT FROM f.customer
    ),
    shared AS (
        SELECT counterparty, count(DISTINCT customer) AS borrowers FROM funded
        GROUP BY counterparty HAVING borrowers >= ?
    )
    SELECT customer, counterparty, borrowers, id, day, amount
    FROM funded JOIN shared USING (counterparty) ORDER BY customer, counterparty, id
"""
_IN_AND_OUT = """
    SELECT d.number, i.id, i.day, i.amount, o.id, o.day, -o.amount
    FROM draws d
    JOIN flows i ON i.customer = d.customer AND i.day BETWEEN d.day - ? AND d.day + ?
     AND i.amount * 100 >= d.amount * ? AND NOT list_contains(?, i.kind)
     AND i.counterparty_customer IS DISTINCT FROM i.customer
    JOIN flows o ON o.account = i.account AND o.day BETWEEN i.day AND i.day + ? AND o.id > i.id
     AND -o.amount * 10 BETWEEN i.amount * 9 AND i.amount * 10
     AND o.counterparty_customer IS DISTINCT FROM o.customer
    QUALIFY row_number() OVER (PARTITION BY d.number, i.id ORDER BY o.id) = 1
    ORDER BY d.number, i.id
"""


def shared_repayers(flows: pa.Table, day: int, limits: FundLimits) -> list[tuple[int, Found]]:
    """One account that funds the repayments of several borrowers: a finding for each borrower."""
    with duckdb.connect() as link:
        link.register("flows", flows)
        rows = link.execute(
            _ONE_PAYER,
            [int(TransactionKind.LOAN_REPAYMENT), day - _DAYS_BACK, _DAYS_OF_FUNDING,
             [int(k) for k in _ORDINARY], limits.shared_borrowers],
        ).fetchall()  # fmt: skip
    grouped: defaultdict[tuple[int, int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for customer, key, borrowers, *transaction in rows:
        grouped[customer, key, borrowers].append((transaction[0], transaction[1], transaction[2]))
    return [
        (customer, Found(Pattern.SHARED_REPAYER, key, "", tuple(hits), (borrowers, len(hits))))
        for (customer, key, borrowers), hits in grouped.items()
    ]


def fast_through(
    flows: pa.Table, draws: list[Disbursed], limits: FundLimits
) -> list[tuple[int, Found]]:
    """Large sums that came in around a draw and left again at once; by the place of the draw."""
    asked = pa.table(
        {
            "number": pa.array(range(len(draws)), pa.int64()),
            "customer": pa.array([one.draw.customer for one in draws], pa.int64()),
            "amount": pa.array([one.draw.amount for one in draws], pa.int64()),
            "day": pa.array([one.day for one in draws], pa.int32()),
        }
    )
    with duckdb.connect() as link:
        link.register("flows", flows)
        link.register("draws", asked)
        rows = link.execute(
            _IN_AND_OUT,
            [_BEFORE, _AFTER, limits.fast_share, [int(k) for k in _ORDINARY], limits.fast_days],
        ).fetchall()
    grouped: defaultdict[int, dict[int, tuple[int, int, int]]] = defaultdict(dict)
    for number, in_id, in_day, in_amount, out_id, out_day, out_amount in rows:
        grouped[number][in_id] = (in_id, in_day, in_amount)
        grouped[number][out_id] = (out_id, out_day, out_amount)
    return [
        (
            number,
            Found(
                Pattern.FAST_THROUGH, Pattern.FAST_THROUGH.value, "", tuple(hits.values()),
                (limits.fast_days, limits.fast_share),
            ),
        )
        for number, hits in grouped.items()
    ]  # fmt: skip
