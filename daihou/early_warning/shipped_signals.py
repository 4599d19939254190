"""The 106 signals as the product ships them, read from `shipped_rules.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from daihou.early_warning.choices import Colour
from daihou.policy.choices import Evidence

_FILE = Path(__file__).with_name("shipped_rules.toml")
_COLOURS = {str(colour.label): colour for colour in Colour}


@dataclass(frozen=True)
class Level:
    """One level of a signal: the condition under which it shows, and its colour."""

    when: str
    colour: Colour


@dataclass(frozen=True)
class ShippedSignal:
    """One signal of the catalogue: its place, its rule as shipped, and where that comes from.

    `is_of_loans` tells the signals of repayment behaviour, which `rules.py` judges on each loan and
    whose thresholds are parameters; they have no levels here.
    """

    number: int
    group: str
    name: str
    needs: tuple[str, ...]
    levels: tuple[Level, ...]
    cooldown: int
    merge: int
    source: str
    evidence: Evidence
    is_of_loans: bool


@cache
def shipped_signals() -> Mapping[int, ShippedSignal]:
    """All signals by their number."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["rule"]
    return {row["number"]: _signal(row) for row in rows}


def signal_name(number: int) -> str:
    """What a signal is called."""
    return shipped_signals()[number].name


def signal_title(number: int) -> str:
    """A signal's number and name, as lists show it."""
    return f"{number} {signal_name(number)}"


def _signal(row: dict) -> ShippedSignal:
    return ShippedSignal(
        number=row["number"],
        group=row["group"],
        name=row["name"],
        needs=tuple(row["needs"]),
        levels=tuple(Level(one["when"], _COLOURS[one["colour"]]) for one in row["levels"]),
        cooldown=row.get("cooldown", 0),
        merge=row.get("merge", 0),
        source=row["source"],
        evidence=Evidence(row["evidence"]),
        is_of_loans=row.get("computed") == "loans",
    )
