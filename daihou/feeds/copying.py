"""Columns to and from the database by COPY, inside the caller's transaction."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from psycopg import sql

_CHUNK = 1 << 20


def fetch(cursor: Any, query: str, types: Mapping[str, pa.DataType]) -> dict[str, pa.Array]:
    """The columns of a query as Arrow arrays; the query's columns are named as in `types`."""
    received = io.BytesIO()
    with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            received.write(block)
    if not received.tell():
        return {name: pa.array([], kind) for name, kind in types.items()}
    table = pacsv.read_csv(
        pa.BufferReader(received.getvalue()),
        read_options=pacsv.ReadOptions(column_names=list(types), block_size=8 << 20),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=dict(types), strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    return {name: table.column(name).combine_chunks() for name in types}


def make_wanted(cursor: Any, columns: Mapping[str, tuple[str, Any]]) -> None:
    """A temporary table `wanted` (gone with the transaction) with the given columns."""
    cursor.execute("DROP TABLE IF EXISTS wanted")
    declared = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
    cursor.execute(f"CREATE TEMPORARY TABLE wanted ({declared}) ON COMMIT DROP")
    copy_in(cursor, "wanted", {name: values for name, (_, values) in columns.items()})
    cursor.execute("ANALYZE wanted")


def copy_in(cursor: Any, table: str, columns: Mapping[str, Any]) -> None:
    """Append rows to a table; columns are numpy or Arrow arrays of equal length, null as null."""
    batch = pa.table({name: pa.array(values) for name, values in columns.items()})
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    with cursor.copy(statement) as copy:
        for chunk in batch.to_batches(max_chunksize=_CHUNK):
            written = pa.BufferOutputStream()
            pacsv.write_csv(pa.table(chunk.columns, chunk.schema.names), written, options)
            copy.write(memoryview(written.getvalue()))


def new_ids(cursor: Any, table: str, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """So many fresh ids of a table, rising."""
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [table, count],
    )
    return np.sort(np.fromiter((row[0] for row in cursor.fetchall()), np.int64, count))


def days_as_dates(days: Any, missing: Any = None) -> pa.Array:
    """Day numbers as an Arrow array of dates."""
    return pa.array(np.asarray(days, np.int32), pa.int32(), mask=missing).cast(pa.date32())


def as_array_texts(values: pa.Array, offsets: Any) -> pa.Array:
    """Values cut at the offsets, each cut written as PostgreSQL writes an array: `{1,2,3}`."""
    texts = values.cast(pa.string())
    lists = pa.ListArray.from_arrays(pa.array(np.asarray(offsets, np.int32)), texts)
    return pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", "")
