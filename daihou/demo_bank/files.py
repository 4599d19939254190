"""Writes the demo bank's business as files of the standard import format."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from daihou.feeds.standard import TABLE_BY_NAME

Row = Mapping[str, Any]


def write_tables(folder: Path, tables: Mapping[str, Iterable[Row]]) -> Path:
    """Write one CSV file per table that has rows, with Chinese headings; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        kept = list(rows)
        if kept:
            _write(folder / f"{TABLE_BY_NAME[name].heading}.csv", name, kept)
    return folder


def _write(path: Path, table: str, rows: list[Row]) -> None:
    columns = list(rows[0])
    headings = [TABLE_BY_NAME[table].column(column).heading for column in columns]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows([_text(row[column]) for column in columns] for row in rows)


def _text(value: Any) -> str:
    """A value as it stands in a file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def yuan_text(fen: int) -> str:
    """Fen as yuan with two decimals, exact."""
    return f"{fen // 100}.{fen % 100:02d}"
