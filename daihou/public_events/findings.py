"""What confirmed events say to the warning signals: one set-based query for a day."""

from __future__ import annotations

import datetime as dt

import psycopg
import pyarrow as pa

from daihou.policy.queries import ParametersOnDay
from daihou.public_events.choices import CHANGES, LASTING, SIGNAL_OF
from daihou.public_events.limits import event_limits
from daihou.storage.bulk import read_table

_KINDS = ", ".join(
    f"('{kind.value}', {signal}, {str(kind in LASTING).lower()})"
    for kind, signal in SIGNAL_OF.items()
)
_CHANGES = ", ".join(f"'{kind.value}'" for kind in CHANGES)
# An event counts from the day on which a person confirmed it, as it was known on the day asked for.
_OPEN = """
    WITH kinds (kind, signal, lasts) AS (VALUES {kinds}),
    counting AS (
        SELECT event.id, event.customer_id, event.industry, kinds.signal, event.happened_on,
               event.quality, event.amount, event.kind IN ({changes}) AS is_change,
               count(*) FILTER (WHERE event.kind IN ({changes}))
                   OVER (PARTITION BY event.customer_id, kinds.signal) AS changes
        FROM public_events_publicevent event
        JOIN kinds ON kinds.kind = event.kind
        WHERE event.state = 'confirmed'
          AND event.happened_on <= DATE '{day}' AND event.decided_on <= DATE '{day}'
          AND (event.ended_on IS NULL OR event.ended_on > DATE '{day}')
          AND (kinds.lasts OR event.happened_on > DATE '{day}' - {shows})
    )
    SELECT customer_id::int8 AS customer, signal::int8 AS signal,
           (happened_on - DATE '1970-01-01')::int8 AS since, quality::int8 AS strength,
           amount, id::int8
    FROM counting
    WHERE customer_id IS NOT NULL AND NOT (is_change AND changes < {often})
    UNION ALL
    SELECT client.id::int8, counting.signal::int8,
           (counting.happened_on - DATE '1970-01-01')::int8, counting.quality::int8,
           counting.amount, counting.id::int8
    FROM counting JOIN loan_book_customer client ON client.industry = counting.industry
    WHERE counting.customer_id IS NULL
    ORDER BY customer, signal, id
"""
_JUDGED = """
    SELECT id::int8 AS customer, industry IS NOT NULL AS has_industry FROM loan_book_customer
    WHERE EXISTS (SELECT FROM public_events_publicevent WHERE reported_on <= DATE '{day}')
"""


def open_findings(
    connection: psycopg.Connection, day: dt.date, parameters: ParametersOnDay
) -> pa.Table:
    """The confirmed events that show on a day: customer, signal, since, strength, amount, id.

    `since` is a day number, `strength` the quality of the source (3 official, 2 relayed, 1 said),
    `amount` fen where the event names one, `id` the event. One row per event and client; an event
    about an industry has one per client of it. Changes of the representative or of shares count
    from so many on. Events that people have not confirmed are not here, whatever they say.
    """
    limits = event_limits(parameters)
    query = _OPEN.format(
        kinds=_KINDS,
        changes=_CHANGES,
        day=day.isoformat(),
        shows=limits.shows_days,
        often=limits.changes_least,
    )
    return read_table(connection, query)


def judged_clients(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """The clients about whom something could be heard: customer, has_industry.

    All of them, since each is known by its paper; nobody, if this lender takes in no events.
    """
    return read_table(connection, _JUDGED.format(day=day.isoformat()))
