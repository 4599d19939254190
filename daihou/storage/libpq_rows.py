"""Takes the rows of a running `COPY … TO STDOUT` from psycopg's connection, a block at a time.

libpq hands out one row per call. From Python that call costs more than the server's work on the
row; from a compiled loop it costs next to nothing. The loop uses only libpq's documented functions
(`PQgetCopyData`, `PQfreemem`), of the very library that psycopg is linked to, so authentication,
TLS and the state of the transaction remain psycopg's affair.
"""

import ctypes
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import numba
import numpy as np
import psycopg
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from psycopg import errors, pq

from daihou.storage.copy_format import SIGNATURE, TRAILER, Bytes, Longs
from daihou.storage.raw_memory import ADDRESS, copy_memory

BLOCK_BYTES = 4 * 1024 * 1024  # about what the processor's cache holds
BLOCK_ROWS = 65_536

_BLOCK_FULL = 0
_END = -1
_BROKEN = -2
_TOO_LONG = -3

_intrinsic: Any = intrinsic


@_intrinsic
def _call_get_copy_data(_context: Any, function: Any, connection: Any, slot: Any) -> Any:
    """`int PQgetCopyData(PGconn *conn, char **buffer, int async)`, waiting for the row."""

    def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        number = ir.IntType(32)
        kind = ir.FunctionType(number, [ADDRESS, ADDRESS, number])
        called = builder.inttoptr(arguments[0], kind.as_pointer())
        return builder.call(called, [arguments[1], arguments[2], ir.Constant(number, 0)])

    return types.int32(types.intp, types.intp, types.intp), generate


@_intrinsic
def _call_free(_context: Any, function: Any, memory: Any) -> Any:
    """`void PQfreemem(void *ptr)`."""

    def generate(target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ADDRESS])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [arguments[1]])
        return target.get_dummy_value()

    return types.void(types.intp, types.intp), generate


@numba.njit(cache=True, nogil=True)
def _take_block(
    functions: Longs, connection: int, slot: Longs, pending: int, used: int, block: Bytes, rows: int
) -> tuple[int, int, int, int]:
    """Fill the block; returns (rows taken, bytes used, length of a row left over, what ended it).

    `slot` is where libpq leaves the address of a row; `pending` is the length of a row that an
    earlier call left there because the block was full.
    """
    start = np.int64(block.ctypes.data)
    taken = 0
    while taken < rows:
        length = pending
        if pending == 0:
            length = _call_get_copy_data(functions[0], connection, np.int64(slot.ctypes.data))
            if length < 0:
                return taken, used, 0, _BROKEN
        pending = 0
        if used + length >= block.size:  # one byte stays free, for split_rows
            return taken, used, length, _TOO_LONG if taken == 0 else _BLOCK_FULL
        copy_memory(start + used, slot[0], length)
        _call_free(functions[1], slot[0])
        if length == 2 and block[used] == 255:
            return taken, used, 0, _END
        used += length
        taken += 1
    return taken, used, 0, _BLOCK_FULL


@cache
def _functions() -> Longs:
    """The addresses of the two functions in the library that psycopg itself uses."""
    module = sys.modules[pq.PGconn.__module__]
    if pq.__impl__ == "python" or module.__file__ is None:
        raise ImportError("bulk reading needs psycopg[binary] or psycopg[c]")
    library = ctypes.CDLL(module.__file__)  # already loaded: finds what it is linked to
    names = (library.PQgetCopyData, library.PQfreemem)
    return np.array([ctypes.cast(name, ctypes.c_void_p).value for name in names], np.int64)


def copied_blocks(copy: psycopg.Copy, pgconn: Any) -> Iterator[tuple[Bytes, int]]:
    """Blocks of (bytes, number of rows), signature and trailer removed, until the copy has ended.

    The bytes are overwritten by the next block.
    """
    first = bytes(copy.read())[len(SIGNATURE) :]
    block = np.empty(max(BLOCK_BYTES, 2 * len(first)), np.uint8)
    ended = _BLOCK_FULL if first and first != TRAILER else _END
    slot, pending, carried = np.zeros(1, np.int64), 0, len(first)
    block[:carried] = np.frombuffer(first, np.uint8)
    while ended != _END:
        taken, used, pending, ended = _take_block(
            _functions(), pgconn.pgconn_ptr, slot, pending, carried, block, BLOCK_ROWS - 1
        )
        if ended == _BROKEN:
            raise _server_error(pgconn)
        if ended == _TOO_LONG and carried == 0:
            block = np.empty(2 * pending, np.uint8)
            continue
        if rows := taken + (carried > 0):
            yield block[:used], rows
        carried = 0
    if copy.read():
        raise psycopg.DataError("the server sent rows after the end of the copy")


def _server_error(pgconn: Any) -> psycopg.Error:
    """Why the server (or the line to it) stopped in the middle."""
    words, state = pgconn.error_message.decode("utf-8", "replace"), b""
    while result := pgconn.get_result():
        if result.status == pq.ExecStatus.FATAL_ERROR:
            words = result.error_message.decode("utf-8", "replace")
            state = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
    try:
        return errors.lookup(state.decode())(words)
    except KeyError:
        return psycopg.OperationalError(words)
