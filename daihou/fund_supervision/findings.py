"""What the findings about money say to the warning signals: one set-based query for a day."""

from __future__ import annotations

import datetime as dt

import psycopg
import pyarrow as pa

from daihou.fund_supervision.choices import SIGNAL_OF
from daihou.storage.bulk import read_table

_SIGNALS = ", ".join(f"({pattern.value}, {signal})" for pattern, signal in SIGNAL_OF.items())
_OPEN = f"""
    WITH patterns (pattern, signal) AS (VALUES {_SIGNALS}),
    counting AS (
        SELECT finding.id, finding.customer_id, patterns.signal, finding.first_found_on,
               standing.spent, sum(finding.amount) OVER (
                   PARTITION BY finding.customer_id, finding.loan_id, patterns.signal) AS amount
        FROM fund_supervision_finding finding
        JOIN patterns ON patterns.pattern = finding.pattern
        LEFT JOIN fund_supervision_drawstanding standing ON standing.loan_id = finding.loan_id
        WHERE finding.first_found_on <= %(day)s
          AND (finding.ended_on IS NULL OR finding.ended_on > %(day)s)
          AND (finding.state IN ('new', 'confirmed') OR finding.decided_on > %(day)s)
    )
    SELECT customer_id::int8 AS customer, signal::int8 AS signal,
           (first_found_on - DATE '1970-01-01')::int8 AS since,
           least(10000, coalesce(amount * 10000 / nullif(spent, 0), 0))::int8 AS share,
           id::int8 AS id
    FROM counting ORDER BY customer, signal, id
"""
_TRACED = """
    SELECT customer_id::int8 AS customer, bool_or(is_traced) AS is_traced
    FROM (
        SELECT customer_id, false AS is_traced FROM fund_supervision_account
        WHERE is_ours AND (opened_on IS NULL OR opened_on <= %(day)s)
        UNION ALL
        SELECT loan.customer_id, true FROM fund_supervision_drawstanding standing
        JOIN loan_book_loan loan ON loan.id = standing.loan_id WHERE standing.arrived_on <= %(day)s
    ) AS client
    WHERE EXISTS (SELECT FROM fund_supervision_matchingrun WHERE day <= %(day)s)
    GROUP BY customer_id
"""


def open_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """The findings that stand on a day: customer, signal (28-32, 40, 41), since, share, id.

    `since` is a day number. `share` is what all findings of the signal on one draw amount to, in
    ten-thousandths of what was paid out of it; 0 where the finding is about no single draw.
    Explained and dismissed findings are left out from the day of the decision.
    """
    return read_table(connection, _OPEN, {"day": day})


def judged_clients(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """The clients about whom something could be found: customer, is_traced.

    Each has an account with us; `is_traced` where a draw was seen to arrive. Nobody, if no
    transactions have ever been looked at.
    """
    return read_table(connection, _TRACED, {"day": day})
