"""Columns to and from the database by binary COPY, inside the import's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from daihou.storage.bulk import copy_in, read_table

__all__ = ["as_lists", "copy_in", "days_as_dates", "fetch", "make_wanted", "new_ids"]


def fetch(cursor: Any, query: str, types: Mapping[str, pa.DataType]) -> dict[str, pa.Array]:
    """The columns of a query as Arrow arrays, in the order and of the types of `types`."""
    table = read_table(cursor.connection, query)
    return {
        name: pa.concat_arrays(table.column(at).cast(kind).chunks or [pa.array([], kind)])
        for at, (name, kind) in enumerate(types.items())
    }


def make_wanted(cursor: Any, columns: Mapping[str, tuple[str, Any]]) -> None:
    """A temporary table `wanted` (gone with the transaction) with the given columns."""
    cursor.execute("DROP TABLE IF EXISTS wanted")
    declared = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
    cursor.execute(f"CREATE TEMPORARY TABLE wanted ({declared}) ON COMMIT DROP")
    copy_in(cursor, "wanted", {name: values for name, (_, values) in columns.items()})
    cursor.execute("ANALYZE wanted")


def new_ids(cursor: Any, table: str, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """So many fresh ids of a table, rising.

    The lock is the one that writing takes anyway, only sooner: whoever wants to know the last row
    of the table waits for writers, and must see us as one before our numbers are drawn.
    """
    cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
    sequence = f"pg_get_serial_sequence('{table}', 'id')"
    query = f"SELECT nextval({sequence}) AS id FROM generate_series(1, {int(count)})"
    ids = fetch(cursor, query, {"id": pa.int64()})["id"].to_numpy()
    return np.sort(ids)


def days_as_dates(days: Any, missing: Any = None) -> pa.Array:
    """Day numbers as an Arrow array of dates."""
    return pa.array(np.asarray(days, np.int32), pa.int32(), mask=missing).cast(pa.date32())


def as_lists(values: pa.Array, offsets: Any) -> pa.Array:
    """Values cut at the offsets into lists, one per row."""
    return pa.ListArray.from_arrays(pa.array(np.asarray(offsets, np.int32)), values)
