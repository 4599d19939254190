"""Patterns that show between accounts rather than along the path of a draw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from daihou.fund_supervision.choices import Pattern, TransactionKind
from daihou.fund_supervision.draws import Disbursed
from daihou.fund_supervision.rules import EVERYDAY, Found, FundLimits

_ORDINARY = [int(kind) for kind in (*sorted(EVERYDAY), TransactionKind.LOAN_DRAW)]
_PAID_BY_ALL = """
    SELECT counterparty, -sum(amount)::BIGINT FROM flows
    WHERE amount < 0 AND counterparty <> 0 AND day > $since GROUP BY counterparty
"""
_ONE_PAYER = """
    WITH repaid AS (
        SELECT customer, day, -amount AS amount FROM flows
        WHERE kind = $repayment AND amount < 0 AND day > $since
    ),
    came AS (
        SELECT * FROM flows WHERE amount > 0 AND counterparty <> 0 AND day > $since - $within
    ),
    funded AS (
        SELECT DISTINCT c.counterparty, c.customer, c.id, c.day, c.amount
        FROM came c JOIN repaid r
          ON c.customer = r.customer AND c.day BETWEEN r.day - $within AND r.day
         AND abs(c.amount - r.amount) * 100 <= r.amount * $margin
        WHERE NOT list_contains($ordinary, c.kind)
          AND c.counterparty_customer IS DISTINCT FROM c.customer
    ),
    shared AS (
        SELECT counterparty, count(DISTINCT customer) AS borrowers, sum(amount) AS used
        FROM funded GROUP BY counterparty HAVING borrowers >= $borrowers
    ),
    mostly AS (
        SELECT s.counterparty, s.borrowers
        FROM shared s JOIN came c USING (counterparty)
        GROUP BY s.counterparty, s.borrowers, s.used
        HAVING s.used * 100 >= sum(c.amount) * $share
    )
    SELECT customer, counterparty, borrowers, id, day, amount
    FROM funded JOIN mostly USING (counterparty) ORDER BY customer, counterparty, id
"""
_IN_AND_OUT = """
    SELECT d.number, i.id, i.day, i.amount, o.id, o.day, -o.amount
    FROM draws d
    JOIN flows i ON i.customer = d.customer AND i.day BETWEEN d.day - $before AND d.day + $after
     AND i.amount * 100 >= d.amount * $share AND NOT list_contains($ordinary, i.kind)
     AND i.counterparty_customer IS DISTINCT FROM i.customer
    JOIN flows o ON o.account = i.account AND o.day BETWEEN i.day AND i.day + $stay AND o.id > i.id
     AND -o.amount * 10 BETWEEN i.amount * 9 AND i.amount * 10
     AND o.counterparty_customer IS DISTINCT FROM o.customer
    QUALIFY row_number() OVER (PARTITION BY d.number, i.id ORDER BY o.id) = 1
    ORDER BY d.number, i.id
"""


class BetweenClients:
    """The transactions of all clients, to be asked for what shows only between them."""

    def __init__(self, link: duckdb.DuckDBPyConnection, limits: FundLimits) -> None:
        self._link, self._limits = link, limits

    def paid_by_all(self, day: int) -> dict[int, int]:
        """What all our clients paid to each other side in the days before a day, by its key."""
        since = day - self._limits.shared_days
        return dict(self._link.execute(_PAID_BY_ALL, {"since": since}).fetchall())

    def shared_repayers(self, day: int) -> list[tuple[int, Found]]:
        """One account that funds the repayments of several borrowers, and hardly does anything
        else with our clients; a finding for each borrower.
        """
        limits = self._limits
        asked = {
            "repayment": int(TransactionKind.LOAN_REPAYMENT), "ordinary": _ORDINARY,
            "since": day - limits.shared_days, "within": limits.repaid_days,
            "margin": limits.repaid_margin, "borrowers": limits.shared_borrowers,
            "share": limits.shared_share,
        }  # fmt: skip
        grouped: defaultdict[tuple[int, int, int], list[tuple[int, int, int]]] = defaultdict(list)
        for customer, key, borrowers, *hit in self._link.execute(_ONE_PAYER, asked).fetchall():
            grouped[customer, key, borrowers].append((hit[0], hit[1], hit[2]))
        return [
            (customer, Found(Pattern.SHARED_REPAYER, key, "", tuple(hits), (borrowers, len(hits))))
            for (customer, key, borrowers), hits in grouped.items()
        ]

    def fast_through(self, draws: list[Disbursed]) -> list[tuple[int, Found]]:
        """Large sums that came in around a draw and left again at once; by the draw's place."""
        limits = self._limits
        self._link.register(
            "draws",
            pa.table(
                {
                    "number": pa.array(range(len(draws)), pa.int64()),
                    "customer": pa.array([one.draw.customer for one in draws], pa.int64()),
                    "amount": pa.array([one.draw.amount for one in draws], pa.int64()),
                    "day": pa.array([one.day for one in draws], pa.int32()),
                }
            ),
        )
        asked = {
            "before": limits.fast_before, "after": limits.fast_after, "stay": limits.fast_days,
            "share": limits.fast_share, "ordinary": _ORDINARY,
        }  # fmt: skip
        grouped: defaultdict[int, dict[int, tuple[int, int, int]]] = defaultdict(dict)
        for number, *row in self._link.execute(_IN_AND_OUT, asked).fetchall():
            for one in (row[:3], row[3:]):
                grouped[number][one[0]] = (one[0], one[1], one[2])
        numbers = (limits.fast_days, limits.fast_share)
        pattern = Pattern.FAST_THROUGH
        return [
            (number, Found(pattern, pattern.value, "", tuple(hits.values()), numbers))
            for number, hits in grouped.items()
        ]


@contextmanager
def between_clients(flows: pa.Table, limits: FundLimits) -> Iterator[BetweenClients]:
    """The transactions, ready to be asked."""
    with duckdb.connect() as link:
        link.register("flows", flows)
        yield BetweenClients(link, limits)
