"""Findings of other domains, as the rules about clients see them.

A domain that finds something a signal looks for is a line in `SOURCES`: which data it stands for,
which signals it speaks to, its open findings of a day (`customer, signal, strength, id`), and for
which clients it could have found something. Without a line its signals are 缺数据.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from daihou.early_warning.client_rules.evaluation import Bools, Values
from daihou.early_warning.client_rules.rules import FINDINGS, STRENGTH
from daihou.servicing.columnar import places_among
from daihou.statements.choices import FindingState
from daihou.statements.queries import latest_file
from daihou.storage.bulk import read_table

Clients = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FindingSource:
    """One domain's findings: the data's name in the catalogue, its signals, how to read them.

    `known` says for which clients each signal could be judged; one that nobody's data would do for
    is left out.
    """

    data: str
    signals: Sequence[int]
    read: Callable[[psycopg.Connection, dt.date], pa.Table]
    known: Callable[[Clients], Mapping[int, Bools]]


@dataclass(frozen=True)
class SignalFindings:
    """What was found for one signal: how many and how strong, and the ids, by place of client."""

    values: Mapping[str, Values]
    ids: Mapping[int, tuple[int, ...]]


def findings_on(
    connection: psycopg.Connection, day: dt.date, clients: Clients
) -> tuple[Mapping[int, SignalFindings], frozenset[str]]:
    """The findings by signal, of the sources that are there; second, the data that are there."""
    found: dict[int, SignalFindings] = {}
    available = set()
    for source in SOURCES:
        known = source.known(clients)
        if not known:
            continue
        available.add(source.data)
        table = source.read(connection, day)
        columns = {name: table[name].to_numpy() for name in table.column_names}
        for signal, judged in known.items():
            found[signal] = _of_signal(columns, signal, clients, judged)
    return found, frozenset(available)


def _of_signal(
    columns: Mapping[str, npt.NDArray], signal: int, clients: Clients, judged: Bools
) -> SignalFindings:
    rows = np.flatnonzero(columns["signal"] == signal)
    at = places_among(clients, columns["customer"][rows])
    rows, at = rows[at >= 0], at[at >= 0]
    count, strength = np.zeros(clients.size, np.int64), np.zeros(clients.size, np.int64)
    np.add.at(count, at, 1)
    np.maximum.at(strength, at, columns["strength"][rows])
    ids: dict[int, tuple[int, ...]] = {}
    for place, number in zip(at.tolist(), columns["id"][rows].tolist(), strict=True):
        ids[place] = (*ids.get(place, ()), number)
    known = judged | (count > 0)
    return SignalFindings({FINDINGS: Values(count, known), STRENGTH: Values(strength, known)}, ids)


def _statement_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    return read_table(
        connection,
        "SELECT customer_id AS customer, signal::int8, coalesce(strength, 0)::int8 AS strength, id"
        " FROM statements_statementfinding WHERE since <= %(day)s"
        " AND (ceased_on IS NULL OR ceased_on > %(day)s) AND state = ANY(%(counting)s)"
        " ORDER BY customer, signal, id",
        {"day": day, "counting": [FindingState.NEW.value, FindingState.CONFIRMED.value]},
    )


def _statements_known(clients: Clients) -> Mapping[int, Bools]:
    """The clients whose statements let a signal be judged, as the step of the day left it."""
    path = latest_file()
    if not path.exists():
        return {}
    shows = {f"shows_{signal}": signal for signal in STATEMENT_SIGNALS}
    file = pq.ParquetFile(path)
    table = file.read(["customer", *(set(shows) & set(file.schema_arrow.names))])
    at = places_among(clients, table["customer"].to_numpy())
    found = {}
    for column in table.column_names[1:]:
        can = table[column].is_valid().to_numpy(zero_copy_only=False)
        if can.any():
            found[shows[column]] = np.zeros(clients.size, bool)
            found[shows[column]][at[can & (at >= 0)]] = True
    return found


STATEMENT_SIGNALS = range(1, 23)
SOURCES: tuple[FindingSource, ...] = (
    FindingSource("statements", STATEMENT_SIGNALS, _statement_findings, _statements_known),
)
