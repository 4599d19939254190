"""Works out all indicators of a day with DuckDB, reading each view once.

Every file stands on its own, `SELECT customer, … AS value FROM view GROUP BY customer`; those over
the same view are put into one query, which gives the same numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import duckdb
import numpy as np
import pyarrow as pa
import sqlglot
from sqlglot import exp

from daihou.early_warning.client_rules.evaluation import Values
from daihou.early_warning.indicators.catalogue import Indicator, indicators, views
from daihou.early_warning.indicators.sources import LOOKS_BACK, Sources, transaction_parts
from daihou.storage.packed_columns import places_among


@dataclass(frozen=True)
class IndicatorValues:
    """The indicators of all clients on a day; what is not in `values` nobody could know."""

    clients: np.ndarray
    values: Mapping[str, Values]
    available: frozenset[str]

    def known(self, code: str) -> int:
        """For how many clients an indicator is known."""
        return int(np.count_nonzero(self.values[code].known)) if code in self.values else 0


def indicators_of(sources: Sources) -> IndicatorValues:
    """Every indicator whose data are there, for every client with a loan to be judged."""
    found: dict[str, Values] = {}
    with duckdb.connect() as engine:
        register(engine, sources)
        for query, codes in queries_over(sources.available).items():
            table = engine.sql(query.replace("$day", str(sources.day))).to_arrow_table()
            found |= _aligned(table, codes, sources.clients)
    return IndicatorValues(sources.clients, found, sources.available)


def register(engine: duckdb.DuckDBPyConnection, sources: Sources) -> None:
    """Make the data of a day and the shared views known to DuckDB by their names."""
    for name, table in sources.tables.items():
        engine.register(name, table)
    if sources.transactions is not None:
        parts = list(transaction_parts(sources.transactions, sources.day))
        engine.execute(
            "CREATE VIEW transactions AS SELECT id, account, customer, day, minute, amount,"
            " balance, counterparty, kind, is_cash FROM read_parquet("
            f"{parts!r}, hive_partitioning = false)"
            f" WHERE day <= {sources.day} AND day > {sources.day - LOOKS_BACK}"
            if parts
            else _NO_TRANSACTIONS
        )
    for view in views().values():
        if set(view.needs) <= sources.available:
            kept = "TABLE" if view.is_base else "VIEW"
            engine.execute(f"CREATE {kept} {view.name} AS {_on_day(view.sql, sources.day)}")


_NO_TRANSACTIONS = (
    "CREATE VIEW transactions AS SELECT 0::int8 AS id, 0::int8 AS account, 0::int8 AS customer,"
    " 0 AS day, 0::int2 AS minute, 0::int8 AS amount, 0::int8 AS balance, 0::int8 AS counterparty,"
    " 0::int1 AS kind, false AS is_cash WHERE false"
)


@cache
def queries_over(available: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """The queries to run, each with the codes of the indicators that it gives, in order."""
    of_view: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for indicator in indicators().values():
        if set(indicator.needs) <= available:
            view, value = _shape(indicator)
            of_view[view].append((indicator.code, value))
    joined = {}
    for view, parts in of_view.items():
        columns = ", ".join(f"CAST({value} AS BIGINT) AS {code}" for code, value in parts)
        query = f"SELECT customer, {columns} FROM {view} GROUP BY customer"
        joined[query] = tuple(code for code, _ in parts)
    return joined


@cache
def _shape(indicator: Indicator) -> tuple[str, str]:
    """The view that an indicator reads and its value; raises ValueError for another shape."""
    query = sqlglot.parse_one(indicator.sql, read="duckdb")
    extra = set(query.args) - {"expressions", "from_", "from", "group", "kind", "hint"}
    unwanted = [name for name in extra if query.args.get(name)]
    first, value = query.expressions if len(query.expressions) == 2 else (None, None)
    if unwanted or not isinstance(value, exp.Alias) or value.alias != "value":
        raise ValueError(f"indicator {indicator.code} is not customer, value over one view")
    assert first is not None
    view = query.find(exp.Table)
    assert view is not None
    # DuckDB's own text: a parameter prints as it was written.
    return view.name, value.this.sql(dialect="duckdb")


def _on_day(sql: str, day: int) -> str:
    return sql.replace("$day", str(day))


def _aligned(table: pa.Table, codes: tuple[str, ...], clients: np.ndarray) -> dict[str, Values]:
    """The columns of a result laid beside the clients; who is not in it is unknown."""
    at = places_among(clients, table["customer"].to_numpy())
    here = at >= 0
    place, found = at[here], {}
    for code in codes:
        column = table[code].combine_chunks()
        value, known = np.zeros(clients.size, np.int64), np.zeros(clients.size, bool)
        value[place] = column.fill_null(0).to_numpy(zero_copy_only=False)[here]
        known[place] = column.is_valid().to_numpy(zero_copy_only=False)[here]
        found[code] = Values(value, known)
    return found
