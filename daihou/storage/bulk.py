"""Moves whole tables between PostgreSQL and Arrow columns, for the daily run and the import.

Reading (`read_table`, `read_batches`) and writing (`copy_in`, `insert_or_update`, `update_rows`)
are binary COPY inside the caller's own psycopg connection, so they see and join its transaction.
Loops over rows are compiled; nothing here touches a value in Python.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import ClientCursor, sql

from daihou.storage import copy_format as fmt
from daihou.storage.column_types import BulkMoveError, ColumnType, types_for
from daihou.storage.libpq_rows import BLOCK_ROWS, copied_blocks

Connection = psycopg.Connection[Any]
Cursor = psycopg.Cursor[Any]
Column: TypeAlias = Any  # a pyarrow Array or ChunkedArray (untyped), or a numpy array

_ROWS_PER_WRITE = 16_384
_MISTAKES = {
    fmt.HAS_NULLS: "的数组中有空值",
    fmt.MANY_DIMENSIONS: "的数组不止一维",
}


# --- reading ----------------------------------------------------------------------------------


def read_table(
    source: Connection | str, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> pa.Table:
    """All rows of a query as Arrow columns; whole numbers stay whole numbers, arrays become lists.

    `source` is an open psycopg connection (the rows are those its transaction sees) or an address.
    """
    with _connected(source) as connection:
        names, kinds = _describe(connection, _bound(connection, query, parameters))
        batches = list(read_batches(connection, query, parameters))
    schema = pa.schema([(name, kind.arrow) for name, kind in zip(names, kinds, strict=True)])
    return pa.Table.from_batches(batches, schema)


def read_batches(
    connection: Connection, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most 65,536, for tables that should not be held at once."""
    statement = _bound(connection, query, parameters)
    names, kinds = _describe(connection, statement)
    decoder = _Decoder(names, kinds)
    copy = f"COPY ({statement}) TO STDOUT (FORMAT binary)".encode()
    with connection.cursor() as cursor, cursor.copy(copy) as rows:
        for block, count in copied_blocks(rows, connection.pgconn):
            yield decoder.batch(block, count)


@contextmanager
def _connected(source: Connection | str) -> Iterator[Connection]:
    if isinstance(source, str):
        with psycopg.connect(source, client_encoding="utf8") as connection:
            yield connection
    else:
        yield source


def _bound(
    connection: Connection, query: str, parameters: Sequence[Any] | Mapping[str, Any]
) -> str:
    """The query with its parameters written in, since COPY takes none."""
    if connection.info.encoding != "utf-8":
        raise BulkMoveError("批量读写要求数据库连接使用 UTF-8 编码。")
    return ClientCursor(connection).mogrify(query, parameters) if parameters else query


def _describe(connection: Connection, query: str) -> tuple[list[str], list[ColumnType]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) AS described LIMIT 0".encode())
        described = cursor.description or []
    names = [column.name for column in described]
    return names, types_for(names, [column.type_code for column in described])


class _Decoder:
    """Turns blocks of rows into record batches, reusing its work space."""

    def __init__(self, names: list[str], kinds: list[ColumnType]) -> None:
        self.names, self.kinds = names, kinds
        self.widths = np.array([kind.width for kind in kinds], np.int64)
        self.is_number = np.array([kind.width > 0 and not kind.element_oid for kind in kinds], "u1")
        self.values = np.empty((len(kinds), BLOCK_ROWS), np.int64)
        self.lengths = np.empty((len(kinds), BLOCK_ROWS), np.int64)

    def batch(self, block: fmt.Bytes, rows: int) -> pa.RecordBatch:
        fmt.split_rows(block, rows, self.widths, self.is_number, self.values, self.lengths)
        columns = [
            self._column(number, self.values[number, :rows], self.lengths[number, :rows])
            for number in range(len(self.kinds))
        ]
        schema = pa.schema([(n, k.arrow) for n, k in zip(self.names, self.kinds, strict=True)])
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _column(self, number: int, values: fmt.Longs, lengths: fmt.Longs) -> pa.Array:
        kind, name = self.kinds[number], self.names[number]
        if self.is_number[number]:
            return _numbers(name, kind, values, lengths)
        valid = _valid(lengths, int((lengths < 0).sum()))
        offsets = np.empty(len(values) + 1, np.int32)
        if kind.element_oid:
            return _lists(name, kind, values, lengths, offsets, valid)
        text = fmt.gather_bytes(values, lengths, kind.prefix, offsets)
        buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(text)]
        return pa.Array.from_buffers(kind.arrow, len(values), buffers)


def _valid(lengths: fmt.Longs, nulls: int) -> pa.Buffer | None:
    """Arrow's bits of the rows that are not null; nothing where all are there."""
    return pa.py_buffer(np.packbits(lengths >= 0, bitorder="little")) if nulls else None


def _numbers(name: str, kind: ColumnType, values: fmt.Longs, lengths: fmt.Longs) -> pa.Array:
    if pa.types.is_boolean(kind.arrow):
        return pa.array(values != 0, mask=lengths < 0)
    numbers = np.empty(len(values), np.dtype(f"i{kind.width}"))
    limits = np.iinfo(numbers.dtype)
    nulls = fmt.cast_numbers(values, lengths, kind.shift, numbers, limits.min, limits.max)
    if nulls == fmt.INFINITE:
        raise BulkMoveError(f"列 {name} 中有无穷日期（infinity），不能批量读取；请改为空值。")
    buffers = [_valid(lengths, nulls), pa.py_buffer(numbers)]
    return pa.Array.from_buffers(kind.arrow, len(values), buffers, nulls)


def _lists(
    name: str,
    kind: ColumnType,
    starts: fmt.Longs,
    lengths: fmt.Longs,
    offsets: np.ndarray[Any, Any],
    valid: pa.Buffer | None,
) -> pa.Array:
    count = fmt.measure_arrays(starts, lengths, offsets)
    numbers = np.empty(max(count, 0), np.dtype(f"i{kind.width}"))
    mistake = min(count, 0) or fmt.gather_numbers(starts, offsets, kind.width, kind.shift, numbers)
    if mistake:
        raise BulkMoveError(f"列 {name} {_MISTAKES[mistake]}，不能批量读取。")
    elements = pa.Array.from_buffers(kind.arrow.value_type, count, [None, pa.py_buffer(numbers)])
    buffers = [valid, pa.py_buffer(offsets)]
    return pa.Array.from_buffers(kind.arrow, len(starts), buffers, children=[elements])


# --- writing ----------------------------------------------------------------------------------


def copy_in(
    cursor: Cursor, table: str, columns: Mapping[str, Column] | pa.Table, *, freeze: bool = False
) -> int:
    """Append rows to a table inside the cursor's transaction; returns how many.

    `columns` are Arrow or numpy columns by name (dates: date32, datetime64[D], or int32 days since
    1970-01-01; arrays: Arrow lists). A value that does not fit the table's type is refused by name.
    `freeze` is for a table made or emptied in this transaction: its rows need no later vacuum.
    """
    names = list(columns.column_names if isinstance(columns, pa.Table) else columns)
    kinds = _table_types(cursor, table, names)
    fitted = [_fit(name, kind, columns[name]) for name, kind in zip(names, kinds, strict=True)]
    rows = {len(column) for column in fitted}
    if len(rows) != 1:
        raise BulkMoveError(f"写入 {table} 的各列行数不一致。")
    count = rows.pop()
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary{})").format(
        _table(table), _list(names), sql.SQL(", FREEZE" if freeze else "")
    )
    encoder = _Encoder(kinds)
    with cursor.copy(statement) as copy:
        copy.write(fmt.SIGNATURE)
        for start in range(0, count, _ROWS_PER_WRITE):
            copy.write(encoder.rows([column.slice(start, _ROWS_PER_WRITE) for column in fitted]))
        copy.write(fmt.TRAILER)
    return count


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _list(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _table_types(cursor: Cursor, table: str, names: Sequence[str]) -> list[ColumnType]:
    if not names:
        raise BulkMoveError(f"写入 {table} 时没有给出任何列。")
    cursor.execute(sql.SQL("SELECT {} FROM {} LIMIT 0").format(_list(names), _table(table)))
    described = cursor.description or []
    return types_for(names, [column.type_code for column in described])


def _fit(name: str, kind: ColumnType, column: Column) -> pa.Array:
    """One Arrow array of exactly the type that the table wants."""
    array = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # no chunk at all stays chunked
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    try:
        return array if array.type == kind.arrow else _cast(array, kind.arrow)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        raise BulkMoveError(f"列 {name} 的值放不进数据库类型 {kind.name}：{problem}") from problem


def _cast(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_date32(wanted) and pa.types.is_integer(array.type):
        array = array.cast(pa.int32())
    return array.cast(wanted)


class _Encoder:
    """Turns slices of Arrow columns into binary COPY rows."""

    def __init__(self, kinds: list[ColumnType]) -> None:
        self.kinds = kinds
        self.widths = np.array([kind.width for kind in kinds], np.int64)
        self.element_oids = np.array([kind.element_oid for kind in kinds], np.int64)
        self.prefixes = np.array([kind.prefix for kind in kinds], np.int64)

    def rows(self, columns: list[pa.Array]) -> memoryview:
        """The rows of one slice, ready to send."""
        shape = (len(columns), len(columns[0]))
        values, lengths = np.zeros(shape, np.int64), np.empty(shape, np.int64)
        text: list[fmt.Bytes] = [np.empty(0, np.uint8)]
        elements: list[fmt.Longs] = [np.empty(0, np.int64)]
        size = len(columns[0]) * (2 + len(columns) * 4 + int(self.widths.sum()))
        for number, (kind, column) in enumerate(zip(self.kinds, columns, strict=True)):
            if kind.element_oid:
                _place_lists(kind, column, values[number], lengths[number], elements)
                size += int(lengths[number].clip(0).sum()) * (4 + kind.width)
                size += len(column) * fmt.ARRAY_HEADER
            elif kind.width:
                values[number], lengths[number] = _whole_numbers(kind, column), kind.width
            else:
                _place_text(column, values[number], lengths[number], text)
                size += int(lengths[number].sum()) + len(column) * kind.prefix
            if column.null_count:
                lengths[number][column.is_null().to_numpy(zero_copy_only=False)] = fmt.NULL
        out = np.empty(size + 1, np.uint8)
        used = fmt.join_rows(
            self.widths,
            self.element_oids,
            self.prefixes,
            values,
            lengths,
            np.concatenate(text),
            np.concatenate(elements),
            out,
        )
        return out[:used].data


def _whole_numbers(kind: ColumnType, column: pa.Array) -> fmt.Longs:
    if pa.types.is_boolean(kind.arrow):
        column = column.cast(pa.int8())
    elif pa.types.is_date32(kind.arrow):
        column = column.view(pa.int32())
    elif pa.types.is_timestamp(kind.arrow):
        column = column.view(pa.int64())
    if column.null_count:
        column = column.fill_null(0)
    numbers: fmt.Longs = column.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers - kind.shift


def _offsets(column: pa.Array) -> fmt.Longs:
    """Where each of the slice's rows starts and ends in its child or its bytes."""
    buffer = column.buffers()[1]
    if buffer is None:  # an array of no rows may come without offsets
        return np.zeros(1, np.int64)
    every = np.frombuffer(buffer, np.int32)
    return every[column.offset : column.offset + len(column) + 1].astype(np.int64)


def _place_text(
    column: pa.Array, values: fmt.Longs, lengths: fmt.Longs, text: list[fmt.Bytes]
) -> None:
    offsets = _offsets(column)
    data = column.buffers()[2]
    before = sum(part.size for part in text)
    values[:] = offsets[:-1] - offsets[0] + before
    lengths[:] = np.diff(offsets)
    if data is not None:
        text.append(np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]])


def _place_lists(
    kind: ColumnType,
    column: pa.Array,
    values: fmt.Longs,
    lengths: fmt.Longs,
    elements: list[fmt.Longs],
) -> None:
    offsets = _offsets(column)
    before = sum(part.size for part in elements)
    values[:] = offsets[:-1] - offsets[0] + before
    lengths[:] = np.diff(offsets)
    inner = column.values.slice(offsets[0], offsets[-1] - offsets[0])
    if inner.null_count:
        raise BulkMoveError(f"类型为 {kind.name} 的列 {_MISTAKES[fmt.HAS_NULLS]}，不能批量写入。")
    if pa.types.is_date32(inner.type):
        inner = inner.view(pa.int32())
    elements.append(inner.to_numpy().astype(np.int64) - kind.shift)


# --- changing rows that are there --------------------------------------------------------------


def update_rows(
    cursor: Cursor, table: str, keys: Sequence[str], columns: Mapping[str, Column] | pa.Table
) -> int:
    """Give existing rows new values, found by their keys; returns how many were there.

    All columns that are not keys are set: COPY to a temporary table, then one UPDATE join.
    """
    with _staged(cursor, table, columns) as (stage, names):
        cursor.execute(
            sql.SQL("UPDATE {} AS kept SET {} FROM {} AS staged WHERE {}").format(
                _table(table),
                sql.SQL(", ").join(
                    sql.SQL("{0} = staged.{0}").format(sql.Identifier(name))
                    for name in names
                    if name not in keys
                ),
                stage,
                sql.SQL(" AND ").join(
                    sql.SQL("kept.{0} = staged.{0}").format(sql.Identifier(key)) for key in keys
                ),
            )
        )
        return cursor.rowcount


def insert_or_update(
    cursor: Cursor, table: str, keys: Sequence[str], columns: Mapping[str, Column] | pa.Table
) -> int:
    """Insert rows, or give those whose keys exist the new values; returns how many were touched.

    A row that would stay as it is is left alone. `keys` must be a unique constraint of the table.
    """
    with _staged(cursor, table, columns) as (stage, names):
        changing = [name for name in names if name not in keys]
        old = sql.SQL(", ").join(sql.SQL("kept.{}").format(sql.Identifier(n)) for n in changing)
        new = sql.SQL(", ").join(sql.SQL("excluded.{}").format(sql.Identifier(n)) for n in changing)
        on_conflict: sql.Composable = sql.SQL("DO NOTHING")
        if changing:
            on_conflict = sql.SQL(
                "DO UPDATE SET ({}) = ROW ({}) WHERE ({}) IS DISTINCT FROM ({})"
            ).format(_list(changing), new, old, new)
        cursor.execute(
            sql.SQL("INSERT INTO {} AS kept ({}) SELECT {} FROM {} ON CONFLICT ({}) {}").format(
                _table(table), _list(names), _list(names), stage, _list(keys), on_conflict
            )
        )
        return cursor.rowcount


@contextmanager
def _staged(
    cursor: Cursor, table: str, columns: Mapping[str, Column] | pa.Table
) -> Iterator[tuple[sql.Identifier, list[str]]]:
    """The rows in a temporary table with the same column types, gone at the end of the block."""
    names = list(columns.column_names if isinstance(columns, pa.Table) else columns)
    stage = sql.Identifier("daihou_staged_rows")
    cursor.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA"
        ).format(stage, _list(names), _table(table))
    )
    copy_in(cursor, "daihou_staged_rows", columns)
    cursor.execute(sql.SQL("ANALYZE {}").format(stage))  # else the join is planned blindly
    yield stage, names
    cursor.execute(sql.SQL("DROP TABLE {}").format(stage))
