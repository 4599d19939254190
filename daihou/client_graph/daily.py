"""The daily step of the graph: ties, circles and findings, written only where they changed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import psycopg
import pyarrow as pa

from daihou.client_graph.findings import open_findings
from daihou.client_graph.keeping import keep_circles, keep_findings
from daihou.client_graph.limits import graph_limits
from daihou.client_graph.rules import COURT_SIGNALS, GraphFacts, find_all
from daihou.client_graph.shapes import Promise, circles_of
from daihou.client_graph.ties import renew_ties
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import StepResult
from loanmath.codes import Status

_PROMISES = """
    SELECT source_id, target_id, amount, rows FROM client_graph_tie
    WHERE kind = 'guarantee' AND ceased_on IS NULL ORDER BY source_id, target_id
"""
_FAILING = f"""
    SELECT loan.customer_id, min(standing.late_since)
    FROM servicing_loanposition standing JOIN loan_book_loan loan ON loan.id = standing.loan_id
    WHERE standing.late_since <= %s
      AND standing.status IN ({Status.LIVE.value}, {Status.WRITTEN_OFF.value})
      AND loan.customer_id = ANY(%s)
    GROUP BY loan.customer_id
"""


@dataclass(frozen=True)
class FromOthers:
    """What packages beside this one know and the graph needs; both may be empty.

    `events` are confirmed events as `public_events.findings.open_findings` gives them;
    `net_assets_of` tells the last known net assets of clients, in fen. A client it leaves out is
    unknown.
    """

    events: pa.Table | None = None
    net_assets_of: Callable[[Collection[int]], Mapping[int, int]] = lambda _clients: {}


def write_graph(
    cursor: psycopg.Cursor,
    day: dt.date,
    parameters: ParametersOnDay,
    others: FromOthers,
) -> StepResult:
    """Bring ties, circles and findings up to the day. Runs inside the step's transaction."""
    limits = graph_limits(parameters)
    changed = renew_ties(cursor, day, shared_most=parameters.whole("graph.shared_most"))
    promises = read_promises(cursor)
    circles = circles_of(promises, hub_from=limits.hub_clients)
    circles_written = keep_circles(cursor, day, circles)
    facts = GraphFacts(
        promises=promises,
        circles=[circle.members for circle in circles],
        days_past_due=_failing(cursor, day, limits.failing_days, promises),
        events=_court_events(others.events),
        net_assets=others.net_assets_of({one.guarantor for one in promises}),
    )
    opened, ended = keep_findings(cursor, day, find_all(facts, limits))
    return StepResult(
        changed.opened + changed.ended + circles_written + opened + ended,
        {
            "新关联": changed.opened,
            "消失关联": changed.ended,
            "担保圈": len(circles),
            "新发现": opened,
            "消失发现": ended,
            "提示中": open_findings(cursor.connection, day).num_rows,
        },
    )


def read_promises(cursor: psycopg.Cursor) -> list[Promise]:
    """All guarantees that run, one per guarantor and debtor."""
    cursor.execute(_PROMISES)
    return [Promise(source, target, amount, tuple(rows)) for source, target, amount, rows in cursor]


def _failing(
    cursor: psycopg.Cursor, day: dt.date, since_days: int, promises: Sequence[Promise]
) -> dict[int, int]:
    """Clients with guarantees, given or taken, whose arrears are as deep as failing: days."""
    concerned = {one.guarantor for one in promises} | {one.debtor for one in promises}
    cursor.execute(_FAILING, (day - dt.timedelta(days=since_days), sorted(concerned)))
    return {client: (day - since).days for client, since in cursor}


def _court_events(table: pa.Table | None) -> dict[int, list[int]]:
    """Confirmed court events by client."""
    events: dict[int, list[int]] = defaultdict(list)
    if table is not None:
        columns = table.select(["customer", "signal", "id"]).to_pydict()
        for client, signal, event in zip(*columns.values(), strict=True):
            if signal in COURT_SIGNALS:
                events[client].append(event)
    return dict(events)
