"""Which files a path holds, and which table each of them is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daihou.feeds.problems import RawTable, UnreadableFile
from daihou.feeds.reading.csv_files import read_csv
from daihou.feeds.reading.excel_files import read_sheet, sheet_names
from daihou.feeds.reading.parquet_files import read_parquet
from daihou.feeds.standard import TABLES, Table

READABLE = (".csv", ".txt", ".xlsx", ".parquet")
_TAIL = re.compile(r"[-_ .((]?\d.*$")  # "借据_2026-11", "loans-01"


@dataclass(frozen=True)
class FoundFile:
    """One file, or one sheet of a workbook, and the table it holds."""

    path: Path
    table: Table
    sheet: str | None = None
    among_others: bool = False  # one of several sheets: may be left empty

    @property
    def shown(self) -> str:
        """The name by which problems call it."""
        return f"{self.path.name}[{self.sheet}]" if self.sheet else self.path.name

    def read(self) -> RawTable:
        """Read it; raises `UnreadableFile`."""
        if self.sheet is not None:
            return read_sheet(self.path, self.sheet, self.table, self.shown)
        if self.path.suffix.lower() == ".parquet":
            return read_parquet(self.path, self.table, self.shown)
        return read_csv(self.path, self.table, self.shown)


def find_files(path: Path) -> list[FoundFile]:
    """The files of a path in the order of loading; a path is one file or a folder of files.

    A file is known by its name (`借据.csv`, `loans_2026-11.parquet`), a sheet by its title.
    Raises `UnreadableFile` for a name that is no table, and for a folder without files.
    """
    if not path.exists():
        raise UnreadableFile(str(path), "文件或文件夹不存在")
    files = [found for file in paths_in(path) for found in _tables_in(file)]
    if not files:
        raise UnreadableFile(path.name, "文件夹中没有可导入的文件(csv、xlsx、parquet)")
    return sorted(files, key=lambda found: (TABLES.index(found.table), found.shown))


def paths_in(path: Path) -> list[Path]:
    """The readable files at a path, by name; hidden files and README files are passed over."""
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.iterdir()
        if file.is_file()
        and file.suffix.lower() in READABLE
        and not file.name.startswith((".", "~$"))
    )


def fingerprint_of(paths: list[Path]) -> str:
    """One SHA-256 over names and contents: the same files have the same fingerprint."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def table_named(name: str) -> Table | None:
    """The table that a file name or sheet title means, or None."""
    for plain in (name.strip().lower(), _TAIL.sub("", name.strip().lower())):
        for table in TABLES:
            if plain in {table.name, table.heading}:
                return table
    return None


def _tables_in(path: Path) -> Iterator[FoundFile]:
    if path.suffix.lower() not in READABLE:
        raise UnreadableFile(path.name, f"不支持的文件类型:{path.suffix or '无扩展名'}")
    if path.suffix.lower() != ".xlsx":
        yield FoundFile(path, _table_or_refuse(path.name, path.stem))
        return
    sheets = sheet_names(path)
    known = [(sheet, table_named(sheet)) for sheet in sheets]
    for sheet, table in known:
        if table is not None:
            yield FoundFile(path, table, sheet, among_others=len(sheets) > 1)
        elif len(sheets) == 1:
            yield FoundFile(path, _table_or_refuse(path.name, path.stem), sheet)
        else:
            raise UnreadableFile(f"{path.name}[{sheet}]", _unknown_name(sheet))


def _table_or_refuse(shown: str, name: str) -> Table:
    table = table_named(name)
    if table is None:
        raise UnreadableFile(shown, _unknown_name(name))
    return table


def _unknown_name(name: str) -> str:
    tables = "、".join(table.heading for table in TABLES)
    return f"看不出“{name}”是哪张表;请以表名命名:{tables}"
