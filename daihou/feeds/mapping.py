"""Files of an outside system turned into tables of the standard format, as a mapping file says.

A mapping file names the source files, and for each table of the standard format where each column
comes from: a source column (`from`), a fixed value (`constant`), with `times`, `prefix`,
`date_format` and `values` where the two sides differ. What cannot be said like this is a named
function in the Python module of the mapping.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.feeds import mapping_files
from daihou.feeds.problems import RawTable, Rows, UnreadableFile
from daihou.feeds.reading.csv_files import read_csv_columns


@dataclass(frozen=True)
class SourceFile:
    """One source file as read: its columns under their own names, and its row numbers."""

    file: str
    columns: Mapping[str, pa.Array]
    rows: Rows
    encoding: str

    def numbers(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """A column as floating numbers, NaN where empty; for ratios and days, not for money."""
        return np.asarray(self.columns[name].cast(pa.float64()).to_numpy(zero_copy_only=False))

    def cents(self, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
        """A column of amounts in whole cents, 0 where empty."""
        return np.asarray(np.rint(np.nan_to_num(self.numbers(name)) * 100), np.int64)

    def texts(self, name: str) -> list[str]:
        """A column as texts, empty where there is none."""
        return [text or "" for text in self.columns[name].cast(pa.string()).to_pylist()]


@dataclass(frozen=True)
class MadeRows:
    """Rows that a mapping's function made: columns of the standard format, and whence they came."""

    columns: Mapping[str, Any]
    rows: Rows


Sources = Mapping[str, SourceFile]


def map_files(
    mapping: mapping_files.Mapping, path: Path, progress: Callable[[str], None]
) -> tuple[list[RawTable], dict[str, Rows], dict[str, str]]:
    """Read the source files and make the tables of the standard format.

    Returns the tables, the row numbers of every source file, and the encoding of each.
    """
    sources = read_sources(mapping, path, progress)
    tables = [_fixed(mapping, name, rows) for name, rows in mapping.content["fixed"].items()]
    for described in mapping.content["tables"]:
        progress(f"转换{described['table']}")
        tables.append(_mapped(mapping, described, sources))
    rows = {source.file: source.rows for source in sources.values()}
    rows |= {f"{mapping.name}.toml": _fixed_rows(tables, mapping)}
    encodings = {source.file: source.encoding for source in sources.values()}
    return tables, rows, encodings


def read_sources(
    mapping: mapping_files.Mapping, path: Path, progress: Callable[[str], None]
) -> dict[str, SourceFile]:
    """The source files that a mapping names, as they are."""
    sources = {}
    for name, described in mapping.content["sources"].items():
        progress(f"读取{name}")
        sources[name] = _read(path, described)
    return sources


def _read(path: Path, described: Mapping[str, Any]) -> SourceFile:
    needed: list[str] = described["columns"]
    for name in described["files"]:
        file = path / name
        if file.is_file():
            return _read_file(file, needed)
    raise UnreadableFile(path.name, f"缺少源文件:{' 或 '.join(described['files'])}")


def _read_file(file: Path, needed: Sequence[str]) -> SourceFile:
    if file.suffix == ".parquet":
        try:
            table = pq.read_table(file)
        except (pa.ArrowInvalid, OSError) as error:
            raise UnreadableFile(file.name, f"不是可读的 Parquet 文件:{error}") from None
        _must_have(file.name, table.column_names, needed)
        columns = {name: table.column(name).combine_chunks() for name in needed}
        rows = np.arange(2, 2 + table.num_rows, dtype=np.int64)
        return SourceFile(file.name, columns, rows, "Parquet")

    def naming(headings: list[str]) -> list[str]:
        _must_have(file.name, headings, needed)
        return headings

    raw = read_csv_columns(file, "", file.name, naming)
    if raw.spoiled:
        problem = raw.spoiled[0]
        raise UnreadableFile(file.name, f"第 {problem.row} 行{problem.reason}")
    return SourceFile(
        file.name, {n: pa.array(raw.columns[n]) for n in needed}, raw.rows, raw.encoding
    )


def _must_have(file: str, headings: Sequence[str], needed: Sequence[str]) -> None:
    absent = [name for name in needed if name not in headings]
    if absent:
        raise UnreadableFile(file, f"缺少列:{'、'.join(absent)}", field=absent[0])


def _fixed(mapping: mapping_files.Mapping, table: str, rows: list[dict[str, str]]) -> RawTable:
    columns: dict[str, object] = {
        name: pa.array([row.get(name) for row in rows], pa.string())
        for name in dict.fromkeys(name for row in rows for name in row)
    }
    numbers = np.arange(1, 1 + len(rows), dtype=np.int64)
    return RawTable(table, f"{mapping.name}.toml", columns, numbers)


def _fixed_rows(tables: list[RawTable], mapping: mapping_files.Mapping) -> Rows:
    """Fixed rows of all tables numbered one after the other, so that each counts once."""
    at = 1
    for table in tables:
        if table.file == f"{mapping.name}.toml":
            table.rows = np.arange(at, at + len(table.rows), dtype=np.int64)
            at += len(table.rows)
    return np.arange(1, at, dtype=np.int64)


def _mapped(
    mapping: mapping_files.Mapping, described: Mapping[str, Any], sources: Sources
) -> RawTable:
    source = sources[described["source"]]
    columns: dict[str, object] = {}
    rows = source.rows
    if "rows" in described:
        made: MadeRows = _function(mapping, described["rows"])(sources)
        columns.update(made.columns)
        rows = made.rows
    for name, rule in described.get("columns", {}).items():
        columns[name] = _column(mapping, rule, sources, source, len(rows))
    return RawTable(described["table"], source.file, columns, rows)


def _column(
    mapping: mapping_files.Mapping,
    rule: Mapping[str, Any],
    sources: Sources,
    source: SourceFile,
    count: int,
) -> Any:
    if "constant" in rule:
        return pa.array([rule["constant"]] * count, pa.string())
    if "function" in rule:
        return _function(mapping, rule["function"])(sources)
    values = source.columns[rule["from"]]
    if "times" in rule:
        return pc.multiply(values.cast(pa.float64()), float(rule["times"]))
    if "date_format" in rule:
        return _dates(values, rule["date_format"])
    if "values" in rule:
        return pa.array(
            [rule["values"].get(text, text) for text in values.cast(pa.string()).to_pylist()]
        )
    if "prefix" in rule:
        return pc.binary_join_element_wise(rule["prefix"], values.cast(pa.string()), "")
    return values


def _dates(values: pa.Array, written: str) -> pa.Array:
    """Dates written in another way; what does not fit stays as it is, for the checks to refuse."""

    def read(text: str | None) -> str | None:
        try:
            return text and dt.datetime.strptime(text, written).date().isoformat()  # noqa: DTZ007
        except ValueError:
            return text

    return pa.array([read(text) for text in values.cast(pa.string()).to_pylist()], pa.string())


def _function(mapping: mapping_files.Mapping, name: str) -> Callable[[Sources], Any]:
    module = import_module(f"daihou.feeds.formats.{mapping.content['functions']}")
    found: Callable[[Sources], Any] = getattr(module, name)
    return found
