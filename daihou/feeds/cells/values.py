"""Columns of text or typed columns to values, and what could not be read, with the reason.

Columns whose values repeat (dates, choices, whole numbers) are read once per distinct text.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from daihou.feeds.cells import fixed_point
from daihou.feeds.problems import Refusal
from daihou.feeds.standard import Column, Kind
from daihou.feeds.standard.columns import NO, YES, Word
from daihou.storage.fields import MONEY_LIMIT
from loanmath.dates import FIRST_DAY, LAST_DAY, day_number

MONEY_DECIMALS = 2
RATE_DECIMALS = 6
RATE_LIMIT = 100 * 10**RATE_DECIMALS
WHOLE_LIMIT = 32_767
_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{1,2})[::]?(\d{2})(?:[::]?\d{2})?")
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f]"
_SIGNS = str.maketrans("", "", "¥￥元 \u00a0\u3000")


@dataclass
class Parsed:
    """A column as values: int64, or an Arrow array of text; `missing` where the cell was empty."""

    values: Any
    missing: npt.NDArray[np.bool_]
    refusals: list[Refusal]


class BadCell(ValueError):
    """A cell that cannot be read; the message is the reason in Chinese."""


def parse_column(column: Column, raw: pa.Array) -> Parsed:
    """Read one column by its declaration; empty cells get the default, or are refused."""
    if pa.types.is_dictionary(raw.type):
        raw = raw.cast(raw.type.value_type)
    reader = _TYPED.get(column.kind)
    parsed = reader(raw) if reader else None
    if parsed is None:
        parsed = _TEXTUAL[column.kind](column, as_text(raw))
    if column.default:
        _fill_default(column, parsed)
    elif column.required and parsed.missing.any():
        at = np.flatnonzero(parsed.missing)
        parsed.refusals.append(Refusal(at, column.name, "必填,不能为空"))
    return parsed


def absent_column(column: Column, count: int) -> Parsed:
    """A column that the file does not have: every cell empty."""
    return parse_column(column, pa.nulls(count, pa.string()))


def as_text(raw: pa.Array) -> pa.Array:
    """Any column as trimmed text, null where empty."""
    if not (pa.types.is_string(raw.type) or pa.types.is_large_string(raw.type)):
        raw = _typed_as_text(raw)
    trimmed = pc.utf8_trim_whitespace(raw.cast(pa.string()))
    empty = pc.equal(pc.binary_length(trimmed), 0)
    if pc.any(empty).as_py():
        trimmed = pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
    return trimmed


def _typed_as_text(raw: pa.Array) -> pa.Array:
    if pa.types.is_boolean(raw.type):
        return pc.if_else(raw, "是", "否")
    if pa.types.is_floating(raw.type):
        texts = [_number_text(value) for value in raw.to_pylist()]
        return pa.array(texts, pa.string())
    return raw.cast(pa.string())


def _number_text(value: float | None) -> str | None:
    if value is None or value != value:
        return None
    return str(int(value)) if value.is_integer() else repr(value)


def missing_of(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Where an array holds nothing."""
    return np.asarray(pc.is_null(array).to_numpy(zero_copy_only=False), dtype=np.bool_)


# --- text -------------------------------------------------------------------------------------


def _text(column: Column, texts: pa.Array) -> Parsed:
    refusals = []
    too_long = _true_at(pc.greater(pc.utf8_length(texts), column.max_length))
    if too_long.size:
        reason = f"超过 {column.max_length} 个字"
        refusals.append(Refusal(too_long, column.name, reason))
    control = _true_at(pc.match_substring_regex(texts, _CONTROL))
    if control.size:
        refusals.append(Refusal(control, column.name, "含有不可见的控制字符"))
    return Parsed(texts, missing_of(texts), refusals)


def _true_at(mask: pa.Array) -> npt.NDArray[np.int64]:
    filled = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return np.flatnonzero(filled).astype(np.int64)


# --- numbers ----------------------------------------------------------------------------------


def _number(column: Column, texts: pa.Array, decimals: int, limit: int) -> Parsed:
    values, states = fixed_point.read_fixed(texts, decimals, limit)
    _retry(texts, decimals, limit, values, states)
    refusals = []
    for state in (1, 2, 3):
        at = np.flatnonzero(states == state)
        if at.size:
            refusals.append(Refusal(at, column.name, _reason(state, decimals, limit)))
            values[at] = 0
    return Parsed(values, missing_of(texts), refusals)


def _reason(state: int, decimals: int, limit: int) -> str:
    if state == fixed_point.TOO_MANY_DECIMALS:
        return f"小数超过 {decimals} 位" if decimals else "不是整数"
    if state == fixed_point.TOO_LARGE:
        return f"超过上限 {limit // 10**decimals:,}"
    return "不是数字(不接受科学计数法)"


def _retry(texts: pa.Array, decimals: int, limit: int, values: Any, states: Any) -> None:
    """Numbers with a currency sign, or in full-width digits, once more in plain digits."""
    again = np.flatnonzero(states == fixed_point.NOT_A_NUMBER)
    if not again.size:
        return
    plain = [
        unicodedata.normalize("NFKC", text).translate(_SIGNS)
        for text in texts.take(pa.array(again)).to_pylist()
    ]
    values[again], states[again] = fixed_point.read_fixed(pa.array(plain), decimals, limit)
    states[again[[not text for text in plain]]] = fixed_point.NOT_A_NUMBER


def _money(column: Column, texts: pa.Array) -> Parsed:
    return _number(column, texts, MONEY_DECIMALS, MONEY_LIMIT)


def _rate(column: Column, texts: pa.Array) -> Parsed:
    return _number(column, texts, RATE_DECIMALS, RATE_LIMIT)


def _whole(column: Column, texts: pa.Array) -> Parsed:
    return _number(column, texts, 0, WHOLE_LIMIT)


def _typed_number(raw: pa.Array, decimals: int, limit: int) -> Parsed | None:
    """Floats, integers and decimals straight to whole numbers; None if the column is text."""
    if pa.types.is_integer(raw.type):
        raw = raw.cast(pa.float64())
    elif pa.types.is_decimal(raw.type) or not pa.types.is_floating(raw.type):
        return None
    numbers = np.asarray(raw.cast(pa.float64()).to_numpy(zero_copy_only=False))
    missing = np.isnan(numbers)
    scaled = np.where(missing, 0.0, numbers) * 10**decimals
    large = ~(np.abs(scaled) <= limit)
    rounded = np.rint(np.where(large, 0.0, scaled))
    fraction = ~large & (np.abs(scaled - rounded) > 0.01)
    if large.any() or fraction.any():
        return None  # the slow path by text names each of them
    return Parsed(rounded.astype(np.int64), missing, [])


# --- dates and choices: once per distinct text ------------------------------------------------


def _by_distinct(
    column: Column, texts: pa.Array, read: Callable[[str], Any], nothing: Any
) -> tuple[list[Any], npt.NDArray[np.int64], Parsed]:
    """Read each distinct text once; the values, which one each row has, and what failed."""
    encoded = texts.dictionary_encode()
    which = np.asarray(encoded.indices.fill_null(-1).to_numpy(), dtype=np.int64)
    found: list[Any] = []
    refusals = []
    for number, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            found.append(read(text))
        except BadCell as bad:
            found.append(nothing)
            refusals.append(Refusal(np.flatnonzero(which == number), column.name, str(bad)))
    found.append(nothing)  # for the rows without text: index -1
    return found, which, Parsed(None, which < 0, refusals)


def _date(column: Column, texts: pa.Array) -> Parsed:
    found, which, parsed = _by_distinct(column, texts, read_date, 0)
    parsed.values = np.array(found, np.int64)[which]
    return parsed


def read_date(text: str) -> int:
    """The day number of a written date; raises `BadCell`."""
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if match is None:
        raise BadCell("不是日期,应写作 2026-11-23")
    try:
        day = day_number(dt.date(*(int(part) for part in match.groups())))
    except ValueError:
        raise BadCell("没有这一天") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadCell("日期超出 1900 年至 2199 年")
    return day


def _minute(column: Column, texts: pa.Array) -> Parsed:
    found, which, parsed = _by_distinct(column, texts, read_minute, 0)
    parsed.values = np.array(found, np.int64)[which]
    return parsed


def read_minute(text: str) -> int:
    """The minute of the day of a written time, `14:32` or `14:32:05`; raises `BadCell`."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise BadCell("不是时刻,应写作 14:32")
    return int(match[1]) * 60 + int(match[2])


def _typed_date(raw: pa.Array) -> Parsed | None:
    if not (pa.types.is_date(raw.type) or pa.types.is_timestamp(raw.type)):
        return None
    days = raw.cast(pa.date32()) if pa.types.is_date(raw.type) else _days_of_moments(raw)
    values = np.asarray(days.cast(pa.int32()).fill_null(0).to_numpy(), dtype=np.int64)
    missing = missing_of(days)
    if ((values < FIRST_DAY) | (values > LAST_DAY)).any():
        return None
    return Parsed(values, missing, [])


def _days_of_moments(raw: pa.Array) -> pa.Array:
    return pc.floor_temporal(raw, unit="day").cast(pa.timestamp("s")).cast(pa.date32())


def _choice(column: Column, texts: pa.Array) -> Parsed:
    words = _word_index(column.words)
    nothing = "" if isinstance(column.words[0].code, str) else 0

    def read(text: str) -> str | int:
        word = words.get(text.lower())
        if word is None:
            raise BadCell(_unknown_word(column))
        return word.code

    found, which, parsed = _by_distinct(column, texts, read, nothing)
    if isinstance(nothing, str):
        codes = pa.array([*found[:-1], None], pa.string())
        at = np.where(which < 0, len(found) - 1, which)
        parsed.values = codes.take(pa.array(at))
    else:
        parsed.values = np.array(found, np.int64)[which]
    return parsed


def _choices(column: Column, texts: pa.Array) -> Parsed:
    words = _word_index(column.words)

    def read(text: str) -> tuple[str | int, ...]:
        parts = [part.strip().lower() for part in re.split(r"[、,,;;|]", text) if part.strip()]
        if not parts or any(part not in words for part in parts):
            raise BadCell(_unknown_word(column))
        return tuple(words[part].code for part in parts)

    found, which, parsed = _by_distinct(column, texts, read, ())
    values = np.empty(len(which), object)
    values[:] = [found[number] for number in which]
    parsed.values = values
    return parsed


def _word_index(words: Sequence[Word]) -> dict[str, Word]:
    return {
        str(name).lower(): word
        for word in words
        for name in (word.code, word.english, word.chinese)
    }


def _unknown_word(column: Column) -> str:
    shown = "、".join(word.chinese for word in column.words[:8])
    more = "等" if len(column.words) > 8 else ""
    return f"没有这个选项,可填:{shown}{more}"


_TRUTHS = {"是": 1, "yes": 1, "y": 1, "true": 1, "1": 1} | {
    "否": 0, "no": 0, "n": 0, "false": 0, "0": 0
}  # fmt: skip


def _yes_no(column: Column, texts: pa.Array) -> Parsed:
    def read(text: str) -> int:
        truth = _TRUTHS.get(text.lower())
        if truth is None:
            raise BadCell(f"应填{YES.chinese}或{NO.chinese}")
        return truth

    found, which, parsed = _by_distinct(column, texts, read, 0)
    parsed.values = np.array(found, np.int64)[which]
    return parsed


def _fill_default(column: Column, parsed: Parsed) -> None:
    if not parsed.missing.any():
        return
    default = _TEXTUAL[column.kind](column, pa.array([column.default])).values[0]
    if isinstance(parsed.values, np.ndarray):
        parsed.values[parsed.missing] = default
    else:
        parsed.values = parsed.values.fill_null(default)
    parsed.missing = np.zeros(len(parsed.missing), np.bool_)


_TEXTUAL: dict[Kind, Callable[[Column, pa.Array], Parsed]] = {
    Kind.TEXT: _text,
    Kind.MONEY: _money,
    Kind.RATE: _rate,
    Kind.WHOLE: _whole,
    Kind.DATE: _date,
    Kind.MINUTE: _minute,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.YES_NO: _yes_no,
}
_TYPED: dict[Kind, Callable[[pa.Array], Parsed | None]] = {
    Kind.MONEY: lambda raw: _typed_number(raw, MONEY_DECIMALS, MONEY_LIMIT),
    Kind.RATE: lambda raw: _typed_number(raw, RATE_DECIMALS, RATE_LIMIT),
    Kind.WHOLE: lambda raw: _typed_number(raw, 0, WHOLE_LIMIT),
    Kind.DATE: _typed_date,
}
