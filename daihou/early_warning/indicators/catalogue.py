"""The catalogue of indicators (指标目录): one `.sql` file each, with what it means.

A file is DuckDB's dialect over the tables of `sources.py` and `views/*.sql`; it gives one whole
number a client, or nothing where that is unknown. The text is restricted to what every engine
computes alike: sums, counts, least and greatest, the value where another is greatest, lag, rank,
differences of days, on whole numbers.
`$day` is the business day as a number. Shares are ten-thousandths, amounts fen.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from daihou.early_warning.client_rules.conditions import Unit

_FOLDER = Path(__file__).parent
_UNITS = {unit.value: unit for unit in Unit}
# The data that views stand on, and what a lender calls them.
DATA_NAMES: Mapping[str, str] = {
    "loans_today": "借据状态",
    "instalments_ahead": "还款计划",
    "transactions": "账户流水",
    "accounts": "账户",
    "happenings": "登记事项",
    "statements": "财务报表",
    "fund_findings": "资金疑点",
    "public_events": "公开信息",
    "client_graph": "担保与关联关系",
    "credit_reports": "征信报告",
    "collateral": "押品",
    "guarantees": "保证合同",
    "inspections": "检查记录",
}


@dataclass(frozen=True)
class View:
    """A view that several indicators share: its query and the data that it needs.

    `is_base` where another view stands on it, so that it is worth working out once and keeping.
    """

    name: str
    definition: str
    needs: tuple[str, ...]
    sql: str
    is_base: bool


@dataclass(frozen=True)
class Indicator:
    """One figure of a client: its code in conditions, what it is called and means, its query."""

    code: str
    name: str
    definition: str
    unit: Unit
    needs: tuple[str, ...]
    source: str
    sql: str


@cache
def indicators() -> Mapping[str, Indicator]:
    """All indicators by code, in order of code."""
    found = {}
    for path in sorted((_FOLDER / "sql").glob("*.sql")):
        front, sql = _parts(path)
        found[path.stem] = Indicator(
            code=path.stem,
            name=front["name"],
            definition=front["definition"],
            unit=_UNITS[front["unit"]],
            needs=tuple(front["needs"]),
            source=front["source"],
            sql=sql,
        )
    return found


@cache
def views() -> Mapping[str, View]:
    """The shared views by name; one that stands on another comes after it."""
    parts = {path.stem: _parts(path) for path in sorted((_FOLDER / "views").glob("*.sql"))}
    stands_on = {
        name: (parts.keys() - {name}) & set(sql.split()) for name, (_, sql) in parts.items()
    }
    bases = set().union(*stands_on.values())
    found = {}
    for name in TopologicalSorter(stands_on).static_order():
        front, sql = parts[name]
        found[name] = View(name, front["definition"], tuple(front["needs"]), sql, name in bases)
    return found


def units() -> Mapping[str, Unit]:
    """What each indicator measures, by code; as conditions are checked against."""
    return {code: one.unit for code, one in indicators().items()}


def names() -> Mapping[str, str]:
    """What each indicator is called, by code."""
    return {code: one.name for code, one in indicators().items()}


def _parts(path: Path) -> tuple[dict, str]:
    """The front part of a file (TOML in comments) and its query."""
    lines = path.read_text(encoding="utf-8").splitlines()
    front = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    sql = "\n".join(line for line in lines if not line.startswith("--"))
    return tomllib.loads("\n".join(front)), sql.strip()
