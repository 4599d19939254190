"""Which PostgreSQL column types move in bulk, and as what they arrive in Arrow.

Money, rates, counts and dates are whole numbers on both sides. `numeric` and floating point are
left out on purpose: a query that returns one must say how it becomes a whole number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

DAYS_TO_2000 = 10_957  # PostgreSQL counts days from 2000-01-01, Arrow from 1970-01-01
MICROSECONDS_TO_2000 = DAYS_TO_2000 * 86_400_000_000


@dataclass(frozen=True)
class ColumnType:
    """One column type: its names on both sides and its shape in binary COPY.

    `width` is the bytes of one value, or of one element where `element_oid` says it is an array;
    0 means text, or bytes, of any length. `shift` is added on the way to Arrow. `prefix` bytes
    precede the text.
    """

    name: str
    arrow: pa.DataType
    width: int
    shift: int = 0
    element_oid: int = 0
    prefix: int = 0


_TYPES = {
    16: ColumnType("boolean", pa.bool_(), 1),
    21: ColumnType("smallint", pa.int16(), 2),
    23: ColumnType("integer", pa.int32(), 4),
    20: ColumnType("bigint", pa.int64(), 8),
    1082: ColumnType("date", pa.date32(), 4, DAYS_TO_2000),
    1114: ColumnType("timestamp", pa.timestamp("us"), 8, MICROSECONDS_TO_2000),
    1184: ColumnType("timestamptz", pa.timestamp("us", "UTC"), 8, MICROSECONDS_TO_2000),
    25: ColumnType("text", pa.string(), 0),
    1043: ColumnType("varchar", pa.string(), 0),
    1042: ColumnType("char", pa.string(), 0),
    17: ColumnType("bytea", pa.binary(), 0),
    114: ColumnType("json", pa.string(), 0),
    3802: ColumnType("jsonb", pa.string(), 0, prefix=1),
    1005: ColumnType("smallint[]", pa.list_(pa.int16()), 2, element_oid=21),
    1007: ColumnType("integer[]", pa.list_(pa.int32()), 4, element_oid=23),
    1016: ColumnType("bigint[]", pa.list_(pa.int64()), 8, element_oid=20),
    1182: ColumnType("date[]", pa.list_(pa.date32()), 4, DAYS_TO_2000, element_oid=1082),
}


class BulkMoveError(ValueError):
    """Rows that cannot be moved as they are; the message names the column and the way out."""


def types_for(names: Sequence[str], oids: Sequence[int]) -> list[ColumnType]:
    """The types of these columns; a type that does not move in bulk is refused by name."""
    missing = [name for name, oid in zip(names, oids, strict=True) if oid not in _TYPES]
    if missing:
        known = "、".join(kind.name for kind in _TYPES.values())
        raise BulkMoveError(
            f"列 {'、'.join(missing)} 的类型不能批量读写；请在查询中转换为以下类型之一：{known}。"
        )
    return [_TYPES[oid] for oid in oids]
