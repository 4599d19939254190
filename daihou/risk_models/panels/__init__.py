"""Panels: one row a loan and month with features, label and nothing from later; SQL beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from daihou.risk_models.features import FEATURE_SETS, Feature
from daihou.risk_models.measures import Floats, Labels
from daihou.servicing.snapshots import snapshot_days, snapshot_path
from loanmath.codes import Status

_HERE = Path(__file__).parent
MEMORY = "2GB"  # what DuckDB may take; beyond, it writes to disk


@dataclass(frozen=True)
class Panel:
    """Rows sorted by month. `label` is -1 where six months have not passed; months are 12·year+m.

    `event_month` is nan where nothing happened within six months. `extra` are further columns.
    """

    data: str
    loans: npt.NDArray[Any]
    months: npt.NDArray[np.int32]
    table: Floats
    label: Labels
    event_month: Floats
    extra: dict[str, npt.NDArray[Any]]

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features in the order of the table's columns."""
        return FEATURE_SETS[self.data]

    def only(self, rows: npt.NDArray[np.bool_]) -> Panel:
        """Some of the rows."""
        extra = {name: values[rows] for name, values in self.extra.items()}
        return Panel(self.data, self.loans[rows], self.months[rows], self.table[rows],
                     self.label[rows], self.event_month[rows], extra)  # fmt: skip

    def columns(self, codes: Sequence[str]) -> Floats:
        """The table of some features, in their order."""
        places = [[feature.code for feature in self.features].index(code) for code in codes]
        return self.table[:, places]


def auto_loans_panel(folder: Path) -> Panel:
    """The public car loans (SEC ABS-EE), from `loans.parquet` and `monthly.parquet`."""
    return _panel("auto_loans", {"folder": str(folder)}, extra=())


def book_panel(files: Sequence[Path], *, per_thousand: int = 1000, from_month: int = 0) -> Panel:
    """The lender's own book from snapshots, or a sample of its loans."""
    values = {
        "files": [str(path) for path in files],
        "per_thousand": per_thousand,
        "from_month": from_month,
        "live": int(Status.LIVE),
        "written_off": int(Status.WRITTEN_OFF),
    }
    return _panel("book", values, extra=("customer_id", "principal"))


def month_ends(folder: Path) -> list[Path]:
    """The last snapshot of each month, in order."""
    last = {(day.year, day.month): day for day in snapshot_days(folder)}
    return [snapshot_path(folder, day) for day in last.values()]


def month_name(month: int) -> str:
    """2019-08 for its number."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def month_number(text: str) -> int:
    """The number of a month written 2019-08."""
    year, month = text.split("-")
    return 12 * int(year) + int(month) - 1


def _panel(data: str, values: dict[str, Any], extra: Sequence[str]) -> Panel:
    with duckdb.connect(config={"memory_limit": MEMORY, "threads": 2}) as engine:
        engine.execute("SET disabled_optimizers = 'common_subexpressions'")
        found = engine.sql((_HERE / f"{data}.sql").read_text(), params=values).to_arrow_table()
    column = {name: found[name].to_numpy() for name in found.column_names}
    table = np.column_stack([np.asarray(column[f.code], np.float64) for f in FEATURE_SETS[data]])
    label = np.nan_to_num(np.asarray(column["label"], np.float64), nan=-1).astype(np.int8)
    return Panel(data, column["loan"], np.asarray(column["month"], np.int32), table, label,
                 np.asarray(column["event_month"], np.float64),
                 {name: column[name] for name in extra})  # fmt: skip
