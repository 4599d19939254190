"""The indicators of each day, kept as a Parquet file: one row a client, one column an indicator.

Derived, and written whole or not at all; the rules of the day read them from here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from daihou.early_warning.client_rules.evaluation import Values
from daihou.early_warning.indicators.computing import IndicatorValues

_AVAILABLE = b"available"
_ROWS_TOGETHER = 65_536  # so that one client is found without reading all


@dataclass(frozen=True)
class ClientIndicators:
    """One client's indicators on a day; what is None was unknown.

    `available` are the data that were there. Without `is_judged` the client had no loan to judge.
    """

    day: dt.date
    values: Mapping[str, int | None]
    available: frozenset[str]
    is_judged: bool


def indicator_path(folder: Path, day: dt.date) -> Path:
    """Where the indicators of a day lie."""
    return folder / f"day={day.isoformat()}" / "indicators.parquet"


def write_indicators(folder: Path, day: dt.date, found: IndicatorValues) -> None:
    """Keep the indicators of a day in place of an older file; the same day, the same bytes."""
    columns = {"customer": pa.array(found.clients)}
    for code, values in sorted(found.values.items()):
        columns[code] = pa.array(values.value, mask=~values.known)
    available = json.dumps(sorted(found.available)).encode()
    table = pa.table(columns).replace_schema_metadata({_AVAILABLE: available})
    path = indicator_path(folder, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(".indicators.unfinished")
    try:
        pq.write_table(
            table,
            unfinished,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            row_group_size=_ROWS_TOGETHER,
        )
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def kept_days(folder: Path) -> list[dt.date]:
    """The days whose indicators were kept, in order."""
    return sorted(
        dt.date.fromisoformat(path.parent.name.removeprefix("day="))
        for path in folder.glob("day=*/indicators.parquet")
    )


def read_indicators(
    folder: Path, day: dt.date, only: Collection[str] | None = None
) -> IndicatorValues:
    """The indicators of a day, or `only` some; raises FileNotFoundError where none were kept."""
    file = pq.ParquetFile(indicator_path(folder, day))
    there = file.schema_arrow.names
    wanted = there if only is None else [n for n in there if n == "customer" or n in only]
    table = file.read(wanted)
    values = {}
    for code in table.column_names:
        if code != "customer":
            column = table[code].combine_chunks()
            value = np.asarray(column.fill_null(0).to_numpy(zero_copy_only=False), np.int64)
            values[code] = Values(value, column.is_valid().to_numpy(zero_copy_only=False))
    available = json.loads(table.schema.metadata[_AVAILABLE])
    return IndicatorValues(table["customer"].to_numpy(), values, frozenset(available))


def indicators_of_client(
    folder: Path, day: dt.date, customer: int, codes: Sequence[str]
) -> ClientIndicators:
    """Some of a client's indicators on a day; raises FileNotFoundError where none were kept."""
    path = indicator_path(folder, day)
    schema = pq.read_schema(path)
    there = [code for code in codes if code in schema.names]
    rows = pq.read_table(
        path,
        columns=["customer", *there],
        filters=[("customer", "==", customer)],
        partitioning=None,
    ).to_pylist()
    row = rows[0] if rows else {}
    available = frozenset(json.loads(schema.metadata[_AVAILABLE]))
    return ClientIndicators(day, {code: row.get(code) for code in codes}, available, bool(rows))
