"""Columns of whole numbers and dates as numpy arrays, from and to PostgreSQL by the million.

A thin layer over `bulk`: what the daily run reads and writes is arrays, not Arrow. Dates are int32
days since 1970-01-01; `NO_DATE` stands for NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from psycopg import sql

from daihou.storage.bulk import copy_in, read_batches
from loanmath.dates import NO_DATE

Columns = dict[str, npt.NDArray[Any]]

ROWS_AT_A_TIME = 250_000  # of a whole book that is written


HIGHEST_KEY = 2**63 - 1


def places_among(
    ids: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Where numbers first stand among rising ones; -1: nowhere."""
    if not ids.size:
        return np.full(wanted.size, -1, np.int64)
    found = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    return np.where(ids[found] == wanted, found, -1)


_KINDS: dict[str, pa.DataType] = {
    "int8": pa.int64(),
    "int4": pa.int32(),
    "int2": pa.int16(),
    "date": pa.date32(),
    "bool": pa.bool_(),
}


@dataclass(frozen=True)
class Column:
    """One column to read: its SQL expression, and its kind (int8, int4, int2, bool or date).

    A date may be NULL; a number may not (say in SQL what NULL means).
    """

    expression: str
    kind: str

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"cannot move a column of kind {self.kind}")

    @property
    def sql(self) -> str:
        """The expression with its type."""
        return f"({self.expression})::{self.kind}"


@dataclass(frozen=True)
class ListColumn:
    """One column of arrays to read (int8[] or date[]): all rows' elements one after the other.

    How many each row has comes as a column of its own, named with `_length` behind.
    """

    expression: str
    kind: str

    @property
    def sql(self) -> str:
        """The expression with its type."""
        return f"({self.expression})::{self.kind}[]"


def read_columns(
    connection: psycopg.Connection,
    source: str,
    columns: Mapping[str, Column | ListColumn],
    *,
    key: str,
    only: str = "true",
    above: int = 0,
    up_to: int = HIGHEST_KEY,
) -> Columns:
    """Read the rows of `source` (a FROM clause) whose key lies above one number, up to another.

    `key` is an indexed bigint column, whose order the rows come in; `only` is a further condition.
    Raises ValueError for a NULL that is not a date, or inside an array.
    """
    where = f"{only} AND {key} > {above} AND {key} <= {up_to} ORDER BY {key}"
    return joined_columns(column_batches(connection, source, columns, where=where), columns)


def column_batches(
    connection: psycopg.Connection,
    source: str,
    columns: Mapping[str, Column | ListColumn],
    *,
    where: str,
) -> Iterator[Columns]:
    """The same, some ten thousand rows at a time, for those that `where` lets through."""
    wanted = ", ".join(f'{column.sql} AS "{name}"' for name, column in columns.items())
    for batch in read_batches(connection, f"SELECT {wanted} FROM {source} WHERE {where}"):
        read: Columns = {}
        for name, column in columns.items():
            values = batch.column(name)
            if isinstance(column, ListColumn):
                read[f"{name}_length"] = np.diff(values.offsets.to_numpy())
                values = values.values
            read[name] = _as_numbers(values)
        yield read


def joined_columns(
    batches: Iterable[Columns], columns: Mapping[str, Column | ListColumn]
) -> Columns:
    """Batches of rows as one; uses them up, so that never two copies of the whole are held."""
    parts: dict[str, list[npt.NDArray[Any]]] = {}
    for name, column in columns.items():
        if isinstance(column, ListColumn):
            parts[f"{name}_length"] = [np.empty(0, np.int32)]
        parts[name] = [_as_numbers(pa.array([], _KINDS[column.kind]))]
    for batch in batches:
        for name, values in batch.items():
            parts[name].append(values)
    return {name: np.concatenate(parts.pop(name)) for name in list(parts)}


@contextmanager
def same_view(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A second connection that sees what the first one sees of others' committed rows.

    The first one must be in a transaction; what that wrote and has not committed is not seen.
    """
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    info = connection.info
    with psycopg.connect(info.dsn, password=info.password, client_encoding="utf8") as second:
        second.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        second.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(row[0])))
        yield second
        second.rollback()


def _as_numbers(values: pa.Array) -> npt.NDArray[Any]:
    if pa.types.is_date32(values.type):
        values = values.view(pa.int32())
        values = values.fill_null(int(NO_DATE)) if values.null_count else values
    if values.null_count:
        raise ValueError("a number is NULL")
    return np.asarray(values.to_numpy(zero_copy_only=False))


@dataclass(frozen=True)
class Written:
    """One column to write: its values and their kind (int8, int4, int2, bool, date, text, bytea).

    Dates that are `NO_DATE` are written as NULL, and so are numbers that equal `nothing`. Texts and
    bytes have one width (numpy S and V). Values in two dimensions are written as arrays, each row
    of them one array.
    """

    values: npt.NDArray[Any]
    kind: str
    nothing: int | None = None

    @property
    def arrow(self) -> pa.Array:
        """The values as an Arrow array of their kind."""
        if self.kind in ("text", "bytea"):
            return self._bytes()
        if self.values.ndim == 1:
            nothing = None if self.nothing is None else self.values == self.nothing
            return _as_arrow(self.values, self.kind, nothing)
        rows, length = self.values.shape
        offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * np.int32(length))
        return pa.ListArray.from_arrays(offsets, _as_arrow(self.values.ravel(), self.kind))

    def _bytes(self) -> pa.Array:
        if self.kind == "text":
            return pa.array(self.values).cast(pa.string())
        width = self.values.dtype.itemsize
        data = pa.py_buffer(np.ascontiguousarray(self.values).view(np.uint8))
        fixed = pa.binary(width)
        return pa.Array.from_buffers(fixed, self.values.size, [None, data]).cast(pa.binary())


@dataclass(frozen=True)
class WrittenLists:
    """One column of int8[] to write: all rows' elements in one array, and how many each has."""

    values: npt.NDArray[np.int64]
    lengths: npt.NDArray[Any]

    @property
    def arrow(self) -> pa.Array:
        """The values as an Arrow array of lists."""
        offsets = np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(self.values, pa.int64()))


def _as_arrow(
    values: npt.NDArray[Any], kind: str, nothing: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    if kind == "date":
        missing = values == NO_DATE
        return pa.array(values.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())
    return pa.array(values, mask=nothing).cast(_KINDS[kind])


def slices(rows: npt.NDArray[Any], most: int = ROWS_AT_A_TIME) -> Iterator[npt.NDArray[Any]]:
    """The rows to be written in slices, so that not all of a book's columns are held twice."""
    for start in range(0, rows.size, most):
        yield rows[start : start + most]


def write_columns(
    connection: psycopg.Connection,
    table: str,
    columns: Mapping[str, Written | WrittenLists],
    *,
    freeze: bool = False,
) -> int:
    """COPY columns of equal length into a table; returns the number of rows.

    `freeze` is for a table made or emptied in this transaction, as `bulk.copy_in` has it.
    """
    arrays = {name: column.arrow for name, column in columns.items()}
    return copy_in(psycopg.Cursor(connection), table, arrays, freeze=freeze)
