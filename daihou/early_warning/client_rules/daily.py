"""The daily steps of clients' indicators and of the signals that rules see in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psycopg
from django.conf import settings

from daihou.early_warning.changes import KeptSignals, Quiet, SignalChanges, changes_between
from daihou.early_warning.client_rules.evaluation import Values
from daihou.early_warning.client_rules.finding_sources import SignalFindings, findings_on
from daihou.early_warning.client_rules.queries import needs_of, rules_on
from daihou.early_warning.client_rules.rules import (
    FINDINGS,
    STRENGTH,
    ClientRule,
    Judged,
    Scopes,
    judge_rule,
)
from daihou.early_warning.daily import end_signals
from daihou.early_warning.indicators.computing import IndicatorValues, indicators_of
from daihou.early_warning.indicators.history import read_indicators, write_indicators
from daihou.early_warning.indicators.sources import sources_of
from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.storage.packed_columns import (
    Column,
    Written,
    WrittenLists,
    places_among,
    read_columns,
    write_columns,
)
from loanmath.dates import NO_DATE, day_number

UNKNOWN = np.iinfo(np.int64).min  # a value that was not known, among those kept as seen
_TABLE = "early_warning_signal"
_KEPT = {
    "id": "int8", "customer_id": "int8", "rule": "int2", "level": "int2",
    "episode_since": "date", "ceased_on": "date",
}  # fmt: skip


def write_day_indicators(book: BookOnDay, cursor: psycopg.Cursor) -> StepResult:
    """Work out the indicators of every client, keep them, and note for how many each is known."""
    found = _work_out(book, cursor.connection)
    cursor.execute("DELETE FROM early_warning_indicatorcoverage WHERE day = %s", (book.day,))
    clients = int(found.clients.size)
    cursor.executemany(
        "INSERT INTO early_warning_indicatorcoverage (day, indicator, clients, known)"
        " VALUES (%s, %s, %s, %s)",
        [(book.day, code, clients, found.known(code)) for code in sorted(found.values)],
    )
    figures = {"客户": clients, "指标": len(found.values)}
    return StepResult(rows=len(found.values), figures=figures)


def _work_out(book: BookOnDay, connection: psycopg.Connection) -> IndicatorValues:
    found = indicators_of(sources_of(book, connection))
    write_indicators(Path(settings.INDICATOR_FOLDER), book.day, found)
    return found


def _indicators_kept(book: BookOnDay, connection: psycopg.Connection) -> IndicatorValues:
    """The day's indicators; worked out once more where their file was lost, as by a restore."""
    try:
        return read_indicators(Path(settings.INDICATOR_FOLDER), book.day)
    except FileNotFoundError:
        return _work_out(book, connection)


@dataclass(frozen=True)
class _Seen:
    """One rule's day: what it looked at, what it says of each client, and what that changes."""

    rule: ClientRule
    values: Mapping[str, Values]
    findings: SignalFindings | None
    judged: Judged
    changes: SignalChanges


def write_client_signals(book: BookOnDay, cursor: psycopg.Cursor) -> StepResult:
    """Open and end the signals about clients by the rules of the day, and note their coverage.

    Where a rule could not be judged, a signal that stands goes on standing and none begins.
    """
    connection = cursor.connection
    found = _indicators_kept(book, connection)
    findings, has_findings = findings_on(connection, book.day, found.clients)
    rules = [rule for rule in rules_on(book.day).values() if rule.is_on]
    kept, gone = _kept_signals(connection, book.day, found.clients, rules)
    loans = {
        name: book.loans[name][book.is_live] for name in ("customer_id", "is_retail", "product_id")
    }
    scopes = Scopes(found.clients, loans)
    seen, coverage = [], []
    for rule in rules:
        in_scope = scopes.of(rule)
        one = _judged(rule, found, findings.get(rule.number), in_scope, kept[rule.number], book.day)
        seen.append(one)
        known = int(np.count_nonzero(one.judged.known & in_scope))
        has_data = set(needs_of(rule)) <= found.available | has_findings
        coverage.append((rule.number, int(in_scope.sum()), known if has_data else 0))
    ends = np.concatenate([gone, *(one.changes.ended_rows for one in seen)])
    ended = end_signals(connection, book.day, ends)
    opened = sum(
        write_columns(connection, _TABLE, _rows(one, found.clients, book.day))
        for one in seen
        if one.changes.opened.size
    )
    _note_coverage(cursor, book.day, coverage)
    figures = {
        f"{one.rule.number} {one.rule.name}": int(one.changes.opened.size)
        for one in seen
        if one.changes.opened.size
    }
    quiet = sum(one.changes.quiet for one in seen)
    summed = {"客户新信号": opened, "客户消失或变档": ended, "客户静默期内未提示": quiet}
    return StepResult(rows=opened + ended, figures={**summed, **figures})


def _judged(
    rule: ClientRule,
    found: IndicatorValues,
    findings: SignalFindings | None,
    in_scope: npt.NDArray[np.bool_],
    kept: KeptSignals,
    day: dt.date,
) -> _Seen:
    values = {**found.values, **_findings_of(rule, findings, in_scope.size)}
    judged = judge_rule(rule, values, in_scope)
    quiet = Quiet(rule.cooldown, rule.merge)
    changes = changes_between(
        rule.number, judged.level, ~judged.known, kept, day_number(day), quiet
    )
    return _Seen(rule, values, findings, judged, changes)


def _findings_of(
    rule: ClientRule, findings: SignalFindings | None, clients: int
) -> Mapping[str, Values]:
    """What was found for a rule; one that looks at indicators too goes by them alone where this
    lender has nobody who finds anything."""
    if findings is not None:
        return findings.values
    if set(rule.looks_at) <= {FINDINGS, STRENGTH}:
        return {}
    return {FINDINGS: Values(np.zeros(clients, np.int64), np.ones(clients, bool))}


def _kept_signals(
    connection: psycopg.Connection,
    day: dt.date,
    clients: npt.NDArray[np.int64],
    rules: list[ClientRule],
) -> tuple[dict[int, KeptSignals], npt.NDArray[np.int64]]:
    """The rows open or lately ceased of each rule; second, open rows that no rule judges any more.

    Those are of clients without a loan to be judged, and of rules that were switched off.
    """
    longest = max((max(rule.cooldown, rule.merge) for rule in rules), default=0)
    since = day - dt.timedelta(days=longest)
    rows = read_columns(
        connection, f"{_TABLE} AS held",
        {name: Column(f"held.{name}", kind) for name, kind in _KEPT.items()},
        key="held.id",
        only=f"held.loan_id IS NULL AND coalesce(held.ceased_on >= '{since}', true)",
    )  # fmt: skip
    row, number, ceased = rows["id"], rows["rule"], rows["ceased_on"]
    place = places_among(clients, rows["customer_id"])
    here = place >= 0
    kept = {}
    for rule in rules:
        which = here & (number == rule.number)
        kept[rule.number] = KeptSignals(
            row=row[which],
            place=place[which],
            level=rows["level"][which].astype(np.int8),
            episode_since=rows["episode_since"][which],
            ceased_on=ceased[which],
        )
    judged = here & np.isin(number, [rule.number for rule in rules])
    return kept, row[~judged & (ceased == NO_DATE)]


def _rows(
    one: _Seen, clients: npt.NDArray[np.int64], day: dt.date
) -> dict[str, Written | WrittenLists]:
    """The rows of one signal that begin today, with the values that its rule saw."""
    change, places = one.changes, one.changes.opened
    colours = np.array([level.colour for level in one.rule.levels], np.int8)
    today = np.full(places.size, day_number(day), np.int32)
    return {
        "customer_id": Written(clients[places], "int8"),
        "loan_id": Written(np.full(places.size, -1), "int8", nothing=-1),
        "rule": Written(np.full(places.size, one.rule.number), "int2"),
        "rule_version": Written(np.full(places.size, one.rule.version.encode()), "text"),
        "level": Written(change.level, "int2"),
        "previous_level": Written(change.previous_level, "int2"),
        "colour": Written(colours[change.level - 1], "int2"),
        "episode_since": Written(change.episode_since, "date"),
        "first_seen_on": Written(today, "date"),
        "seen": Written(_values_seen(one, places), "int8"),
        "sources": _finding_ids(one.findings, places),
    }


def _values_seen(one: _Seen, places: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """A row for each client, a column for each indicator that the rule names."""
    columns = []
    for name in one.rule.looks_at:
        values = one.values.get(name)
        if values is None:
            columns.append(np.full(places.size, UNKNOWN))
        else:
            columns.append(np.where(values.known[places], values.value[places], UNKNOWN))
    return np.column_stack(columns).astype(np.int64)


def _finding_ids(findings: SignalFindings | None, places: npt.NDArray[np.intp]) -> WrittenLists:
    ids = findings.ids if findings else {}
    each = [ids.get(place, ()) for place in places.tolist()]
    lengths = np.array([len(one) for one in each], np.int64)
    return WrittenLists(np.fromiter(chain.from_iterable(each), np.int64), lengths)


def _note_coverage(
    cursor: psycopg.Cursor, day: dt.date, coverage: list[tuple[int, int, int]]
) -> None:
    """For how many of the clients a rule is for it could be judged."""
    cursor.executemany(
        "INSERT INTO early_warning_signalcoverage (day, rule, loans, known)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (day, rule)"
        " DO UPDATE SET loans = excluded.loans, known = excluded.known",
        [(day, *row) for row in coverage],
    )
