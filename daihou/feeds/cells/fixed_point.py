"""Reading millions of written numbers exactly: no float, one pass over the bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loanmath.compiled import compiled

OK, NOT_A_NUMBER, TOO_MANY_DECIMALS, TOO_LARGE = 0, 1, 2, 3

_MINUS, _PLUS, _COMMA, _POINT, _PERCENT, _ZERO, _NINE = 45, 43, 44, 46, 37, 48, 57

Values = npt.NDArray[np.int64]
States = npt.NDArray[np.int8]


def read_fixed(texts: pa.Array, decimals: int, limit: int) -> tuple[Values, States]:
    """Numbers as whole multiples of 10**-decimals, and for each whether it could be read.

    `1,234.50` with two decimals is 123450. Null cells give 0 and OK. More decimals are accepted
    only if they are zeros; absolute values above `limit` (in the small unit) are TOO_LARGE.
    """
    texts = texts.cast(pa.string())
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset)
    letters = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    values = np.zeros(len(texts), np.int64)
    states = np.zeros(len(texts), np.int8)
    _read_all(starts, letters, decimals, limit, values, states)
    return values, states


@compiled
def _read_all(
    starts: Any, letters: Any, decimals: int, limit: int, values: Any, states: Any
) -> None:
    for n in range(values.size):
        if starts[n] < starts[n + 1]:
            values[n], states[n] = _read_one(letters, starts[n], starts[n + 1], decimals, limit)


@compiled
def _read_one(letters: Any, start: int, end: int, decimals: int, limit: int) -> tuple[int, int]:
    negative = letters[start] == _MINUS
    at = start + 1 if negative or letters[start] == _PLUS else start
    end = end - 1 if letters[end - 1] == _PERCENT else end
    value, digits, after_point, state = 0, 0, -1, OK
    while at < end:
        letter = letters[at]
        if _ZERO <= letter <= _NINE:
            digits += 1
            if after_point >= decimals:
                if letter != _ZERO:
                    state = max(state, TOO_MANY_DECIMALS)
            elif value > limit:
                state = TOO_LARGE
            else:
                value = value * 10 + (letter - _ZERO)
                after_point += 1 if after_point >= 0 else 0
        elif letter == _POINT and after_point < 0:
            after_point = 0
        elif letter != _COMMA or after_point >= 0 or digits == 0:
            return 0, NOT_A_NUMBER
        at += 1
    if digits == 0:
        return 0, NOT_A_NUMBER
    for _ in range(decimals - max(after_point, 0)):
        value = value * 10 if value <= limit else value
    if value > limit:
        state = TOO_LARGE
    return (-value if negative else value), state
