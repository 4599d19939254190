"""PostgreSQL's binary COPY format, read and written by compiled loops over whole blocks of rows.

A row is `int16 number of fields`, then per field `int32 length` (-1: null) and that many bytes, all
big-endian. An array field is `int32 dimensions, int32 has nulls, int32 element type`, then for its
one dimension `int32 size, int32 lower bound`, then per element length and bytes.

Numbers pass through one int64 matrix (column, row), so that one compiled function serves every
table; `lengths` (column, row) holds each field's length, -1 for null.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from daihou.storage.raw_memory import copy_memory, get2, get4, get8, put2, put4, put8

Bytes = NDArray[np.uint8]
Longs = NDArray[np.int64]

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
ARRAY_HEADER = 20
NULL = -1

HAS_NULLS = -2
MANY_DIMENSIONS = -3
INFINITE = -4

_compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")


# Functions below take and return addresses of bytes (`at`), not positions in an array.


@_compiled
def _get(at: int, width: int) -> Any:
    """A signed big-endian whole number of 1, 2, 4 or 8 bytes."""
    if width == 8:
        return get8(at)
    if width == 4:
        return get4(at)
    if width == 2:
        return get2(at)
    return get2(at) >> 8  # a boolean; the byte after it is inside the buffer (see split_rows)


@_compiled
def _put(at: int, width: int, value: int) -> int:
    """Write a number of 1, 2, 4 or 8 bytes; returns where the next one goes."""
    if width == 8:
        put8(at, value)
    elif width == 4:
        put4(at, value)
    elif width == 2:
        put2(at, value)
    else:
        put2(at, value << 8)  # a boolean; the byte after it is written next (see join_rows)
    return at + width


# --- reading ----------------------------------------------------------------------------------


@_compiled
def split_rows(
    buffer: Bytes, rows: int, widths: Longs, is_number: Bytes, values: Longs, lengths: Longs
) -> None:
    """Walk `rows` rows: numbers go to `values`, of other fields their address does.

    `buffer` must be one byte longer than the rows.
    """
    at = np.int64(buffer.ctypes.data)
    for row in range(rows):
        at += 2
        for column in range(widths.size):
            length = get4(at)
            at += 4
            lengths[column, row] = length
            if length < 0:
                values[column, row] = 0
                continue
            values[column, row] = _get(at, widths[column]) if is_number[column] else at
            at += length


@_compiled
def cast_numbers(
    values: Longs, lengths: Longs, shift: int, out: NDArray[np.integer[Any]], low: int, high: int
) -> int:
    """Numbers in their own width, shifted; returns how many are null, or INFINITE.

    With a shift, a value at the limits `low` and `high` of the width stands for infinity.
    """
    nulls = 0
    for row in range(values.size):
        value = values[row]
        if lengths[row] < 0:
            nulls += 1
        elif shift != 0 and (value <= low or value >= high):
            return INFINITE
        out[row] = value + shift
    return nulls


@_compiled
def gather_bytes(starts: Longs, lengths: Longs, prefix: int, offsets: NDArray[np.int32]) -> Bytes:
    """Text fields one after the other, without their prefix; fills Arrow's offsets."""
    total = 0
    for row in range(starts.size):
        offsets[row] = total
        total += max(lengths[row] - prefix, 0)
    offsets[starts.size] = total
    out = np.empty(total, np.uint8)
    target = np.int64(out.ctypes.data)
    for row in range(starts.size):
        size = offsets[row + 1] - offsets[row]
        copy_memory(target + offsets[row], starts[row] + prefix, size)
    return out


@_compiled
def measure_arrays(starts: Longs, lengths: Longs, offsets: NDArray[np.int32]) -> int:
    """Fill Arrow's offsets from array fields; returns the number of elements, or what is wrong."""
    total = 0
    for row in range(starts.size):
        offsets[row] = total
        if lengths[row] < 0:
            continue
        dimensions = get4(starts[row])
        if dimensions > 1:
            return MANY_DIMENSIONS
        if dimensions == 1:
            total += get4(starts[row] + 12)
    offsets[starts.size] = total
    return total


@_compiled
def gather_numbers(
    starts: Longs,
    offsets: NDArray[np.int32],
    width: int,
    shift: int,
    out: NDArray[np.integer[Any]],
) -> int:
    """The elements of array fields one after the other; returns 0, or HAS_NULLS."""
    for row in range(starts.size):
        at = starts[row] + ARRAY_HEADER
        for i in range(offsets[row], offsets[row + 1]):
            if get4(at) != width:
                return HAS_NULLS
            out[i] = _get(at + 4, width) + shift
            at += 4 + width
    return 0


# --- writing ----------------------------------------------------------------------------------


@_compiled
def join_rows(
    widths: Longs,
    element_oids: Longs,
    prefixes: Longs,
    values: Longs,
    lengths: Longs,
    text: Bytes,
    elements: Longs,
    out: Bytes,
) -> Any:
    """Write all rows into `out`; returns the bytes used. `out` must be one byte longer than that.

    Of a number, `values` holds it; of text, its start in `text`; of an array, its start in
    `elements`, with the number of elements in `lengths`.
    """
    columns, rows = values.shape
    at = np.int64(out.ctypes.data)
    for row in range(rows):
        at = _put(at, 2, columns)
        for column in range(columns):
            length = lengths[column, row]
            value = values[column, row]
            width = widths[column]
            if length < 0:
                at = _put(at, 4, NULL)
            elif element_oids[column]:
                at = _put_array(at, width, element_oids[column], elements, value, length)
            elif width:
                put4(at, width)
                at = _put(at + 4, width, value)
            else:
                at = _put_text(at, prefixes[column], text, value, length)
    return at - np.int64(out.ctypes.data)


@_compiled
def _put_array(at: int, width: int, oid: int, elements: Longs, start: int, count: int) -> int:
    if count == 0:
        put4(at, 12)
        put8(at + 4, 0)
        put4(at + 12, oid)
        return at + 16
    put4(at, ARRAY_HEADER + count * (4 + width))
    put8(at + 4, 1 << 32)  # one dimension, no nulls
    put4(at + 12, oid)
    put4(at + 16, count)
    put4(at + 20, 1)  # counted from 1
    at += 24
    for i in range(count):
        put4(at, width)
        at = _put(at + 4, width, elements[start + i])
    return at


@_compiled
def _put_text(at: int, prefix: int, text: Bytes, start: int, length: int) -> int:
    put4(at, length + prefix)
    at += 4
    if prefix:
        at = _put(at, 1, 1)  # jsonb: version 1
    copy_memory(at, np.int64(text.ctypes.data) + start, length)
    return at + length
