"""The daily step: where drawn money went, how well that is explained, and what is odd about it."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa

from daihou.fund_supervision.between_clients import between_clients
from daihou.fund_supervision.choices import Pattern
from daihou.fund_supervision.draws import (
    EPOCH,
    Disbursed,
    arrivals_of,
    draws_since,
    in_order,
    payments_of,
    texts_of,
)
from daihou.fund_supervision.keeping import FoundOf, Seen, keep_findings, keep_paths, keep_standings
from daihou.fund_supervision.limits import fund_limits
from daihou.fund_supervision.notable import note_transactions
from daihou.fund_supervision.partitions import TABLE
from daihou.fund_supervision.rules import (
    FundLimits,
    judge_payments,
    patterns_of,
    shared_payees,
)
from daihou.fund_supervision.tracing import Arrivals, Longs, trace
from daihou.fund_supervision.transaction_files import TransactionFiles
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import StepResult

_MANY = 10_000  # new rows after which the table's statistics are renewed
_NEVER = np.iinfo(np.int64).max
_AROUND = 10  # days before the first draw that the rules look back


def match_funds(
    connection: psycopg.Connection, day: dt.date, parameters: ParametersOnDay, folder: Path
) -> StepResult:
    """Follow the draws of the last months and keep what was found; runs inside the step's own
    transaction. Where nothing came in since the last time, there is nothing to do.
    """
    files = TransactionFiles(folder)
    had = files.reached.last
    reached = files.bring_up(connection)
    if reached.last - had > _MANY:
        connection.execute(f"ANALYZE {TABLE}".encode())  # else plans are made from before them
    if not reached.last:
        return StepResult(rows=0, figures={"无新流水": 1})
    seen = _inputs(connection, parameters, day, reached.last, reached.removals, reached.last_day)
    before = _last_seen(connection)
    if before is not None and {**before, "day": ""} == {**seen, "day": ""}:
        return StepResult(rows=0, figures={"无新流水": 1})
    noted = note_transactions(connection, day, parameters, before, reached.removals)
    limits = fund_limits(parameters)
    first = day - dt.timedelta(days=parameters.whole("fund.trace_days"))
    draws = draws_since(connection, first, day)
    result = _look_at(connection, draws, day, parameters, limits, files)
    connection.execute(
        "INSERT INTO fund_supervision_matchingrun (day, seen) VALUES (%s, %s)"
        " ON CONFLICT (day) DO UPDATE SET seen = excluded.seen",
        (day, json.dumps(seen)),
    )
    return StepResult(result.rows + noted, {**result.figures, "大额与异常": noted})


def _look_at(
    connection: psycopg.Connection,
    draws: list[Disbursed],
    day: dt.date,
    parameters: ParametersOnDay,
    limits: FundLimits,
    files: TransactionFiles,
) -> StepResult:
    start = min([one.day for one in draws], default=(day - EPOCH).days) - _AROUND
    start = min(start, (day - EPOCH).days - 100)
    ledger = in_order(files.read(EPOCH + dt.timedelta(days=start), day))
    arrivals = arrivals_of(draws, ledger)
    steps = trace(
        ledger.flows,
        arrivals,
        np.array([one.draw.customer for one in draws], np.int64),
        hops=parameters.whole("fund.trace_hops"),
        within_days=parameters.whole("fund.trace_within"),
        least=parameters.whole("fund.trace_least"),
    )
    texts = texts_of(connection, ledger.column("id")[steps.at], ledger.flows.day[steps.at])
    payments = payments_of(draws, steps, ledger, texts)
    arrived_on, arrived = _arrived(arrivals, ledger.flows.day, len(draws))
    seen = [
        Seen(one, day_arrived, amount, paid, judge_payments(one.draw, paid))
        for one, day_arrived, amount, paid in zip(draws, arrived_on, arrived, payments, strict=True)
    ]
    found = _named(connection, _all_found(seen, ledger.table, (day - EPOCH).days, limits))
    cursor = psycopg.Cursor(connection)
    rows = keep_paths(cursor, seen)
    loans = [one.draw.loan for one in draws]
    fresh, gone = keep_findings(cursor, found, loans, day)
    keep_standings(cursor, seen, Counter(d.loan for _, d, _ in found if d), day)
    figures = {"核对提款": len(draws), "追踪步数": rows, "新疑点": fresh, "消失疑点": gone}
    return StepResult(rows + fresh + gone, figures)


def _arrived(arrivals: Arrivals, days: Longs, draws: int) -> tuple[list[int | None], list[int]]:
    """The day on which each draw first arrived, if it was seen to, and how much of it did."""
    first, amount = np.full(draws, _NEVER), np.zeros(draws, np.int64)
    np.minimum.at(first, arrivals.draw, days[arrivals.at])
    np.add.at(amount, arrivals.draw, arrivals.amount)
    return [None if day == _NEVER else day for day in first.tolist()], amount.tolist()


def _all_found(seen: list[Seen], flows: pa.Table, day: int, limits: FundLimits) -> list[FoundOf]:
    found: list[FoundOf] = []
    for s in seen:
        draw = s.one.draw
        found += [(draw.customer, draw, hit)
                  for hit in patterns_of(draw, s.payments, s.judged, limits)]  # fmt: skip
    pairs = [(s.one.draw, one) for s in seen for one in s.judged]
    draws = [s.one for s in seen]
    with between_clients(flows, limits) as clients:
        shared = shared_payees(pairs, clients.paid_by_all(day), day, limits)
        found += [(draw.customer, draw, hit) for draw, hit in shared]
        found += [(draws[n].draw.customer, draws[n].draw, hit)
                  for n, hit in clients.fast_through(draws)]  # fmt: skip
        found += [(customer, None, hit) for customer, hit in clients.shared_repayers(day)]
    return found


def _named(connection: psycopg.Connection, found: list[FoundOf]) -> list[FoundOf]:
    """Give the payers of repayments, known so far by a number alone, their names."""
    first = {hit.other_key: hit.payments[0] for _, _, hit in found
             if hit.pattern is Pattern.SHARED_REPAYER}  # fmt: skip
    rows = np.array([(number, day) for number, day, _ in first.values()], np.int64).reshape(-1, 2)
    texts = texts_of(connection, rows[:, 0], rows[:, 1])
    names = {key: texts.get(number, ("",))[0] for key, (number, _, _) in first.items()}
    return [
        (customer, draw, replace(hit, other_side=names[hit.other_key]))
        if hit.pattern is Pattern.SHARED_REPAYER
        else (customer, draw, hit)
        for customer, draw, hit in found
    ]


def _inputs(
    connection: psycopg.Connection,
    parameters: ParametersOnDay,
    day: dt.date,
    last: int,
    removals: int,
    last_day: str,
) -> dict[str, object]:
    """All that the result depends on, so far as it can have changed since the last time."""
    row = connection.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM loan_book_loan WHERE disbursed_on <= %s),"
        " (SELECT coalesce(max(id), 0) FROM fund_supervision_drawuse),"
        " (SELECT coalesce(max(id), 0) FROM fund_supervision_agreedpayee),"
        " (SELECT coalesce(max(id), 0) FROM fund_supervision_voucher),"
        " (SELECT coalesce(max(pgh_id), 0) FROM fund_supervision_drawuseevent),"
        " (SELECT coalesce(max(pgh_id), 0) FROM fund_supervision_agreedpayeeevent),"
        " (SELECT coalesce(max(pgh_id), 0) FROM fund_supervision_voucherevent),"
        " (SELECT coalesce(max(id), 0) FROM loan_book_customerrelation WHERE valid_from <= %s)",
        (day, day),
    ).fetchone()
    assert row is not None
    versions = [f"{c}:{v}" for c, v in sorted(parameters.versions.items()) if c.startswith("fund.")]
    return {"day": day.isoformat(), "last": last, "removals": removals,
            "through": min(day.isoformat(), last_day), "rows": list(row),
            "parameters": versions}  # fmt: skip


def _last_seen(connection: psycopg.Connection) -> dict[str, object] | None:
    row = connection.execute(
        "SELECT seen::text FROM fund_supervision_matchingrun ORDER BY day DESC LIMIT 1"
    ).fetchone()
    return None if row is None else json.loads(row[0])
