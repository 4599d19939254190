"""Findings of other domains, as the rules about clients see them.

A domain that finds something a signal looks for is a line in `SOURCES`: which data it stands for,
which signals it speaks to, its open findings of a day (`customer, signal, many, share, id`), and
for which clients it could have found something. Without a line its signals are 缺数据.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.client_graph import findings as of_graph
from daihou.collateral import findings as of_collateral
from daihou.early_warning.client_rules.evaluation import Bools, Values
from daihou.early_warning.client_rules.rules import FINDINGS, STRENGTH
from daihou.early_warning.shipped_signals import shipped_signals
from daihou.fund_supervision import findings as of_funds
from daihou.fund_supervision.choices import SIGNAL_OF as FUND_SIGNAL_OF
from daihou.policy.queries import parameters_on
from daihou.public_events import findings as of_events
from daihou.public_events.choices import SIGNAL_OF as EVENT_SIGNAL_OF
from daihou.statements.choices import FindingState
from daihou.statements.queries import latest_file, net_assets_of
from daihou.storage.bulk import read_table
from daihou.storage.packed_columns import places_among

Clients = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FindingSource:
    """One domain's findings: the data's name in the catalogue, what staff call a row, its signals.

    Of what `read` gives, `many` is how many a row counts for and `share` how heavy it is in
    ten-thousandths, 0 where the domain does not say. `known` says for which clients each signal
    could be judged; one that nobody's data would do for is left out.
    """

    data: str
    called: str
    signals: Sequence[int]
    read: Callable[[psycopg.Connection, dt.date], pa.Table]
    known: Callable[[psycopg.Connection, dt.date, Clients], Mapping[int, Bools]]


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
        known = source.known(connection, day, clients)
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
    np.add.at(count, at, columns["many"][rows])
    np.maximum.at(strength, at, columns["share"][rows])
    ids: dict[int, tuple[int, ...]] = {}
    for place, number in zip(at.tolist(), columns["id"][rows].tolist(), strict=True):
        ids[place] = (*ids.get(place, ()), number)
    known = judged | (count > 0)
    return SignalFindings({FINDINGS: Values(count, known), STRENGTH: Values(strength, known)}, ids)


def _statement_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    return read_table(
        connection,
        "SELECT customer_id AS customer, signal::int8, 1::int8 AS many,"
        " coalesce(strength, 0)::int8 AS share, id"
        " FROM statements_statementfinding WHERE since <= %(day)s"
        " AND (ceased_on IS NULL OR ceased_on > %(day)s) AND state = ANY(%(counting)s)"
        " ORDER BY customer, signal, id",
        {"day": day, "counting": [FindingState.NEW.value, FindingState.CONFIRMED.value]},
    )


def _statements_known(
    connection: psycopg.Connection, day: dt.date, clients: Clients
) -> Mapping[int, Bools]:
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


def _fund_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    table = of_funds.open_findings(connection, day)
    return table.append_column("many", _each(table, 1))


def _funds_known(
    connection: psycopg.Connection, day: dt.date, clients: Clients
) -> Mapping[int, Bools]:
    """Clients whose draw was seen to arrive; for money that repays, all with an account."""
    table = of_funds.judged_clients(connection, day)
    with_account, traced = (_among(clients, table, where) for where in (None, "is_traced"))
    known = dict.fromkeys(FUND_SIGNALS, traced) | {_REPAID_BY_ONE: with_account}
    return _known_of_some(known)


def _event_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """Confirmed events; a lawsuit that is small against known net assets is none to warn of."""
    parameters = parameters_on(day)
    table = of_events.open_findings(connection, day, parameters)
    sued = pc.and_(pc.equal(table["signal"], _SUED), pc.is_valid(table["amount"]))
    rows = np.flatnonzero(sued.to_numpy())
    of_whom = table["customer"].take(rows).to_pylist()
    amounts = table["amount"].take(rows).to_pylist()
    own = net_assets_of(set(of_whom), day=day) if of_whom else {}
    least = parameters.whole("event.lawsuit_to_net_assets")
    kept = np.ones(table.num_rows, bool)
    kept[rows] = [
        customer not in own or amount * _WHOLE > own[customer] * least
        for customer, amount in zip(of_whom, amounts, strict=True)
    ]
    table = table.filter(pa.array(kept))
    return table.append_column("many", _each(table, 1)).append_column("share", _each(table, 0))


def _events_known(
    connection: psycopg.Connection, day: dt.date, clients: Clients
) -> Mapping[int, Bools]:
    """Every client, since each is known by its paper; of what befalls an industry, those in one."""
    table = of_events.judged_clients(connection, day)
    everybody, in_industry = (_among(clients, table, where) for where in (None, "has_industry"))
    known = dict.fromkeys(EVENT_SIGNALS, everybody)
    return _known_of_some(known | dict.fromkeys(_INDUSTRY_SIGNALS, in_industry))


def _graph_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """A finding counts for the failing guarantors or members behind it; 90 is one whatever."""
    table = of_graph.open_findings(connection, day)
    many = pc.if_else(pc.equal(table["signal"], _GIVES_TOO_MUCH), 1, table["strength"])
    return table.append_column("many", many).append_column("share", _each(table, 0))


def _graph_known(
    connection: psycopg.Connection, day: dt.date, clients: Clients
) -> Mapping[int, Bools]:
    """Clients with guarantees taken or given; for 90 their net assets must be known as well.

    Who gives none any more has not given too much; who was found once has been judged.
    """
    table = of_graph.judged_clients(connection, day)
    debtor, guarantor, gives, was_found = (
        _among(clients, table, name) for name in ("is_debtor", "is_guarantor", "gives", "was_found")
    )
    own = net_assets_of(clients[gives].tolist(), day=day) if gives.any() else {}
    can_tell = ~gives | was_found | np.isin(clients, list(own))
    return _known_of_some(
        {87: debtor, 88: debtor, 89: debtor | guarantor, _GIVES_TOO_MUCH: guarantor & can_tell}
    )


def _collateral_findings(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    table = of_collateral.open_findings(connection, day, parameters_on(day))
    return table.append_column("many", _each(table, 1)).append_column("share", _each(table, 0))


def _collateral_known(
    connection: psycopg.Connection, day: dt.date, clients: Clients
) -> Mapping[int, Bools]:
    """Clients whose loans stand on collateral of which what a signal needs is known."""
    table = of_collateral.judged_clients(connection, day)
    secured, valued, has_ltv, has_terms = (
        _among(clients, table, where) for where in (None, "is_valued", "has_ltv", "has_terms")
    )
    return _known_of_some({92: valued, 93: has_ltv, 94: secured, 95: has_terms, 96: secured})


def _among(clients: Clients, table: pa.Table, where: str | None) -> Bools:
    """Which of the clients are in a table, in rows where a column says yes."""
    rows = table if where is None else table.filter(table[where])
    return np.isin(clients, rows["customer"].to_numpy())


def _known_of_some(known: Mapping[int, Bools]) -> Mapping[int, Bools]:
    """Without the signals that could be judged on nobody."""
    return {signal: judged for signal, judged in known.items() if judged.any()}


def _each(table: pa.Table, value: int) -> pa.Array:
    return pa.array(np.full(table.num_rows, value, np.int64))


def _rising(signals: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(signals)))


_WHOLE = 100_000_000  # 100 % as parameters count it
_REPAID_BY_ONE, _SUED, _GIVES_TOO_MUCH = 41, 83, 90
_INDUSTRY_SIGNALS = (97, 98, 99)
STATEMENT_SIGNALS = range(1, 23)
FUND_SIGNALS = _rising(FUND_SIGNAL_OF.values())
EVENT_SIGNALS = _rising(EVENT_SIGNAL_OF.values())
GRAPH_SIGNALS = range(87, 91)
COLLATERAL_SIGNALS = range(92, 97)  # 91 goes by the guarantees themselves
SOURCES: tuple[FindingSource, ...] = (
    FindingSource(
        "statements", "报表线索", STATEMENT_SIGNALS, _statement_findings, _statements_known
    ),
    FindingSource("fund_findings", "资金疑点", FUND_SIGNALS, _fund_findings, _funds_known),
    FindingSource("public_events", "外部事件", EVENT_SIGNALS, _event_findings, _events_known),
    FindingSource("client_graph", "关联发现", GRAPH_SIGNALS, _graph_findings, _graph_known),
    FindingSource(
        "collateral", "担保线索", COLLATERAL_SIGNALS, _collateral_findings, _collateral_known
    ),
)


def source_of(signal: int) -> FindingSource | None:
    """The domain whose findings speak to a signal, if any."""
    return next((one for one in SOURCES if signal in one.signals), None)


def own_signals(source: FindingSource) -> Iterator[int]:
    """The signals whose shipped rule rests on nothing but what this domain finds."""
    shipped = shipped_signals()
    return (number for number in source.signals if shipped[number].needs == (source.data,))
