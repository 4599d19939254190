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


def open_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """The findings that show on a day: customer, signal (87-90), since, strength, id.

    `since` is a day number. `strength` counts the failing guarantors or members (87, 88, 89); for
    90 it is 2 above the share of net assets, 1 for too many guaranteed. Explained and excluded
    findings are left out.
    """
    return read_table(connection, _OPEN.format(day=day.isoformat()))
