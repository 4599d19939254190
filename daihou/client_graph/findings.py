"""What the graph says to the warning signals: one set-based query for a day."""

from __future__ import annotations

import datetime as dt

import psycopg
import pyarrow as pa

from daihou.storage.bulk import read_table

_OPEN = """
    SELECT customer_id::int8 AS customer, signal::int8 AS signal,
           (since - DATE '1970-01-01')::int8 AS since, strength::int8 AS strength, id::int8
    FROM client_graph_graphfinding
    WHERE since <= DATE '{day}' AND (ceased_on IS NULL OR ceased_on > DATE '{day}')
      AND (state IN ('new', 'confirmed') OR decided_on > DATE '{day}')
    ORDER BY customer, signal, id
"""

_JUDGED = """
    SELECT customer::int8 AS customer, bool_or(is_debtor) AS is_debtor,
           bool_or(is_guarantor) AS is_guarantor, bool_or(gives) AS gives,
           bool_or(was_found) AS was_found
    FROM (
        SELECT target_id AS customer, true AS is_debtor, false AS is_guarantor, false AS gives,
               false AS was_found
        FROM client_graph_tie WHERE kind = 'guarantee' AND seen_from <= DATE '{day}'
        UNION ALL
        SELECT source_id, false, true, ceased_on IS NULL OR ceased_on > DATE '{day}', false
        FROM client_graph_tie WHERE kind = 'guarantee' AND seen_from <= DATE '{day}'
        UNION ALL
        SELECT customer_id, false, false, false, true
        FROM client_graph_graphfinding WHERE signal = 90 AND since <= DATE '{day}'
    ) AS client
    GROUP BY customer
"""


def open_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """The findings that show on a day: customer, signal (87-90), since, strength, id.

    `since` is a day number. `strength` counts the failing guarantors or members (87, 88, 89); for
    90 it is 2 above the share of net assets, 1 for too many guaranteed. Explained and excluded
    findings are left out.
    """
    return read_table(connection, _OPEN.format(day=day.isoformat()))


def judged_clients(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """The clients about whom something could be found: customer, and in what respect.

    `is_debtor`: others guarantee or guaranteed the client; `is_guarantor`: the client others;
    `gives`: the client guarantees somebody today; `was_found`: signal 90 was judged before.
    """
    return read_table(connection, _JUDGED.format(day=day.isoformat()))
