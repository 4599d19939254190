"""Moves columns of whole numbers and dates between PostgreSQL and numpy, by the million.

Reading packs some thousand rows into one message: each column arrives as one array, so that no
Python code runs per row. On the same connection this is about four times faster than COPY read row
by row (5 million ledger entries: 5.5 s against 23.2 s; the Arrow driver on a connection of its own
took 9.4 s). Writing builds the rows of COPY's binary format as one block of bytes.

Dates are int32 days since 1970-01-01; `NO_DATE` stands for NULL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from loanmath.dates import NO_DATE

Columns = dict[str, npt.NDArray[Any]]

_PG_EPOCH = 10_957  # PostgreSQL counts days from 2000-01-01
_PG_INFINITY = 2**31 - 1  # the date 'infinity', which the queries below put in the place of NULL
_ROWS_PER_MESSAGE = 8192
_BLOCK_ROWS = 65_536
_COPY_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = b"\xff\xff"
_ARRAY_HEADER_WORDS = 5  # dimensions, flags, element type, length, lower bound
_EMPTY_HEADER_WORDS = 3  # an array without elements has no length and no bound

_ELEMENT_TYPES = {"int8": 20, "int4": 23, "int2": 21, "date": 1082}
_KINDS: dict[str, str] = {"int8": ">i8", "int4": ">i4", "int2": ">i2", "date": ">i4", "bool": "?"}


@dataclass(frozen=True)
class Column:
    """One column to read: its SQL expression, and its kind (int8, int4, int2 or date).

    A date may be NULL; a number may not (say in SQL what NULL means).
    """

    expression: str
    kind: str

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"cannot move a column of kind {self.kind}")

    @property
    def sql(self) -> str:
        """The expression with its type, never NULL."""
        if self.kind == "date":
            return f"coalesce(({self.expression})::date, 'infinity')"
        return f"({self.expression})::{self.kind}"


@dataclass(frozen=True)
class ListColumn:
    """One column of arrays to read (int8[] or date[]): all rows' elements one after the other.

    How many each row has comes as a column of its own, named with `_length` behind.
    """

    expression: str
    kind: str

    @property
    def length(self) -> Column:
        """How many elements each row has."""
        return Column(f"cardinality({self.expression})", "int4")


def read_columns(
    connection: psycopg.Connection,
    source: str,
    columns: Mapping[str, Column | ListColumn],
    *,
    key: str,
    only: str = "true",
    above: int = 0,
    up_to: int,
) -> Columns:
    """Read the rows of `source` (a FROM clause) whose key lies above one number, up to another.

    `key` is an indexed bigint column; `only` is a further condition. The order of the rows is any,
    the same in all columns: sort by what was read. Raises ValueError for a NULL inside an array.
    """
    wanted: dict[str, Column | ListColumn] = {}
    for name, column in columns.items():
        if isinstance(column, ListColumn):
            wanted[f"{name}_length"] = column.length
        wanted[name] = column
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in wanted}
    for fields in _messages(connection, _packing_query(source, wanted, key, only, above, up_to)):
        for (name, column), field in zip(wanted.items(), fields, strict=True):
            if isinstance(column, ListColumn):
                lengths = parts[f"{name}_length"][-1]
                parts[name].append(_joined_arrays(column.kind, lengths, field))
            else:
                parts[name].append(_decoded(column.kind, field))
    return {
        name: np.concatenate(parts[name]) if parts[name] else np.empty(0, _native(column.kind))
        for name, column in wanted.items()
    }


def _packing_query(
    source: str,
    columns: Mapping[str, Column | ListColumn],
    key: str,
    only: str,
    above: int,
    up_to: int,
) -> str:
    packed = ", ".join(
        f"string_agg(array_send({column.expression}), ''::bytea)"
        if isinstance(column, ListColumn)
        else f"array_agg({column.sql})"
        for column in columns.values()
    )
    step = _ROWS_PER_MESSAGE
    return (
        "SELECT packed.*"
        f" FROM generate_series({above}::bigint, {up_to - 1}::bigint, {step}) AS low,"
        f" LATERAL (SELECT {packed} FROM {source} WHERE {only} AND {key} > low"
        f" AND {key} <= least(low + {step}, {up_to}) HAVING count(*) > 0) AS packed"
    )


def _messages(connection: psycopg.Connection, query: str) -> Iterator[list[memoryview]]:
    """Each row of the query as its raw fields, in COPY's binary format."""
    with (
        psycopg.Cursor(connection) as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy,
    ):
        at_start = True
        for data in copy:
            message = memoryview(data)
            if at_start:
                message, at_start = message[len(_COPY_SIGNATURE) :], False
            if message[:2] != _COPY_END and len(message):
                yield _fields(message)


def _fields(message: memoryview) -> list[memoryview]:
    count = int.from_bytes(message[:2])
    at, fields = 2, []
    for _ in range(count):
        length = int.from_bytes(message[at : at + 4])
        fields.append(message[at + 4 : at + 4 + length])
        at += 4 + length
    return fields


def _native(kind: str) -> np.dtype[Any]:
    return np.dtype(_KINDS[kind]).newbyteorder("=")


def _decoded(kind: str, field: memoryview) -> npt.NDArray[Any]:
    element = np.dtype([("length", ">i4"), ("value", _KINDS[kind])])
    values = np.frombuffer(field, element, offset=4 * _ARRAY_HEADER_WORDS)["value"]
    return _dates(values) if kind == "date" else values.astype(_native(kind))


def _dates(values: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    native = values.astype(np.int32)
    return np.where(native == _PG_INFINITY, np.int32(NO_DATE), native + np.int32(_PG_EPOCH))


def _joined_arrays(
    kind: str, lengths: npt.NDArray[np.int32], field: memoryview
) -> npt.NDArray[Any]:
    """The elements of many arrays sent one behind the other, their headers cut out."""
    words = np.frombuffer(field, ">i4")
    per_element = 2 if kind == "date" else 3  # its length, and one or two words of value
    headers = np.where(lengths > 0, _ARRAY_HEADER_WORDS, _EMPTY_HEADER_WORDS)
    ends = np.cumsum(headers + lengths * per_element)
    if ends[-1] != words.size:
        raise ValueError("an array holds a NULL")
    starts = ends - headers - lengths * per_element
    keep = np.ones(words.size, bool)
    for word in range(_ARRAY_HEADER_WORDS):
        keep[starts[headers > word] + word] = False
    elements = words[keep].reshape(-1, per_element)[:, 1:]
    if kind == "date":
        return _dates(elements[:, 0])
    return np.ascontiguousarray(elements).view(">i8")[:, 0].astype(np.int64)


@dataclass(frozen=True)
class Written:
    """One column to write: its values and their kind (int8, int4, int2, bool, date, text, bytea).

    Dates that are `NO_DATE` are written as NULL. Texts and bytes have one width (numpy S and V).
    Values in two dimensions are written as arrays, each row of them one array.
    """

    values: npt.NDArray[Any]
    kind: str

    @property
    def is_null(self) -> npt.NDArray[np.bool_]:
        """Which values are written as NULL."""
        if self.kind == "date" and self.values.ndim == 1:
            return np.asarray(self.values == NO_DATE)
        return np.zeros(len(self.values), bool)

    @property
    def wire(self) -> npt.NDArray[Any]:
        """The values as PostgreSQL wants them, one fixed number of bytes each."""
        if self.kind in ("text", "bytea"):
            return self.values
        values = self.values
        if self.kind == "date":
            values = np.where(values == NO_DATE, 0, values.astype(np.int64) - _PG_EPOCH)
        values = values.astype(_KINDS[self.kind])
        return values if values.ndim == 1 else self._arrays(values)

    def _arrays(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Rows of a table of numbers as arrays with their headers."""
        rows, length = values.shape
        element = np.dtype([("length", ">i4"), ("value", values.dtype)])
        whole = np.dtype([("header", ">i4", _ARRAY_HEADER_WORDS), ("elements", element, (length,))])
        arrays = np.empty(rows, whole)
        arrays["header"] = (1, 0, _ELEMENT_TYPES[self.kind], length, 1)
        arrays["elements"]["length"] = values.dtype.itemsize
        arrays["elements"]["value"] = values
        return arrays


def write_columns(
    connection: psycopg.Connection, table: str, columns: Mapping[str, Written]
) -> int:
    """COPY columns of equal length into a table; returns the number of rows."""
    rows = len(next(iter(columns.values())).values)
    names = ", ".join(columns)
    with (
        psycopg.Cursor(connection) as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.write(_COPY_SIGNATURE)
        for start in range(0, rows, _BLOCK_ROWS):
            block = slice(start, start + _BLOCK_ROWS)
            copy.write(_encoded([Written(c.values[block], c.kind) for c in columns.values()]))
        copy.write(_COPY_END)
    return rows


def _encoded(columns: Sequence[Written]) -> bytes:
    """Rows in COPY's binary format: laid out with every value present, then the NULLs cut out."""
    wires = [column.wire for column in columns]
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for number, wire in enumerate(wires):
        layout += [(f"length{number}", ">i4"), (f"value{number}", wire.dtype)]
    rows = np.empty(wires[0].size, np.dtype(layout))
    rows["fields"] = len(columns)
    absent: list[tuple[npt.NDArray[np.bool_], int, int]] = []
    for number, (column, wire) in enumerate(zip(columns, wires, strict=True)):
        null, width = column.is_null, wire.dtype.itemsize
        rows[f"length{number}"] = np.where(null, -1, width)
        rows[f"value{number}"] = wire
        if null.any():
            absent.append((null, rows.dtype.fields[f"value{number}"][1], width))  # type: ignore[index]
    as_bytes = rows.view(np.uint8).reshape(rows.size, -1)
    if not absent:
        return as_bytes.tobytes()
    keep = np.ones(as_bytes.shape, bool)
    for null, place, width in absent:
        keep[null, place : place + width] = False
    return as_bytes[keep].tobytes()
