"""How a parameter's value is written for people, read from what they type, and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from daihou.policy.entries import COLOUR_NAMES, PERCENT, Kind, Parameter, Value

Chosen = TypeVar("Chosen", int, bool, str)

NOT_ENTERED = "未录入"
_COLOURS = {name: number for number, name in COLOUR_NAMES.items()}
_YES_NO = {"是": True, "否": False}


class BadValue(Exception):
    """A typed value that the parameter cannot take; the text says why and what is expected."""


def as_text(entry: Parameter, value: Value) -> str:
    """The value with its unit, as the 参数 desk shows it."""
    if value is None:
        return NOT_ENTERED
    text = typed(entry, value)
    return f"{text}{entry.unit}" if entry.unit == "%" else f"{text} {entry.unit}".strip()


def typed(entry: Parameter, value: Value) -> str:
    """The value as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(_one(entry, item) for item in value)
    if entry.kind is Kind.WORDS:
        return str(value)
    if isinstance(value, str):
        return dict(entry.options)[value]
    return _one(entry, value)


def read(entry: Parameter, text: str) -> Value:
    """What a person typed, as the value to keep; raises BadValue."""
    text = text.strip()
    if not text:
        raise BadValue("请填写取值")
    if entry.kind is Kind.FLAG:
        return _chosen(text, _YES_NO)
    if entry.kind is Kind.CHOICE:
        return _chosen(text, {label: code for code, label in entry.options})
    if entry.kind is Kind.WORDS:
        return _words(text)
    if entry.kind in {Kind.COUNTS, Kind.COLOURS}:
        return tuple(_read_one(entry, part) for part in re.split(r"[、,,\s]+", text))
    return _read_one(entry, text)


def _words(text: str) -> str:
    words = [word for word in re.split(r"[、,,;;\s]+", text) if word]
    if any(len(word) < 2 for word in words):
        raise BadValue("每个词语至少两个字,否则误报太多")
    return "、".join(dict.fromkeys(words))


def _one(entry: Parameter, number: int) -> str:
    if entry.kind in {Kind.COLOUR, Kind.COLOURS}:
        return COLOUR_NAMES[number]
    if entry.kind is Kind.SHARE:
        return f"{Decimal(number) / PERCENT:f}"
    if entry.kind is Kind.MONEY:
        return f"{Decimal(number) / 100:,.2f}"
    return str(number)


def _read_one(entry: Parameter, text: str) -> int:
    if entry.kind in {Kind.COLOUR, Kind.COLOURS}:
        number = _chosen(text.removesuffix("色"), _COLOURS)
    else:
        number = _scaled(text, {Kind.SHARE: PERCENT, Kind.MONEY: 100}.get(entry.kind, 1))
    if not entry.lowest <= number <= entry.highest:
        low, high = _one(entry, entry.lowest), _one(entry, entry.highest)
        raise BadValue(f"取值应在 {low} 至 {high} 之间")
    return number


def _scaled(text: str, scale: int) -> int:
    try:
        number = Decimal(re.sub(r"[,\s%]", "", text)) * scale
    except InvalidOperation as problem:
        raise BadValue(f"“{text[:20]}”不是数字") from problem
    if not number.is_finite() or number != number.to_integral_value():
        raise BadValue(f"“{text[:20]}”的小数位数过多")
    return int(number)


def _chosen(text: str, options: Mapping[str, Chosen]) -> Chosen:
    if text not in options:
        raise BadValue(f"请从以下选项中选:{'、'.join(options)}")
    return options[text]
