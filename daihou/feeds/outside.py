"""From a path and the name of a format to raw tables of the standard format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from daihou.feeds.mapping import map_files
from daihou.feeds.mapping_files import STANDARD, read_mapping
from daihou.feeds.problems import EmptyFile, Problem, RawTable, Rows, UnreadableFile
from daihou.feeds.reading.files import find_files, fingerprint_of, paths_in


@dataclass
class Source:
    """What came in: tables, the row numbers of each file, and files that could not be read."""

    tables: list[RawTable]
    rows: dict[str, Rows]
    encodings: dict[str, str]
    fingerprint: str
    problems: list[Problem]


def open_source(path: Path, format_name: str, progress: Callable[[str], None]) -> Source:
    """Read the files at a path in a format; raises `UnreadableFile` if there is nothing to read.

    Files that cannot be read are all named, not only the first.
    """
    if format_name != STANDARD:
        return _mapped(path, format_name, progress)
    tables, problems = [], []
    found = find_files(path)
    for file in found:
        progress(f"读取{file.shown}")
        try:
            tables.append(file.read())
        except EmptyFile as empty:
            if not file.among_others:
                problems.append(empty.problem)
        except UnreadableFile as unreadable:
            problems.append(unreadable.problem)
    if not tables and not problems:
        raise UnreadableFile(path.name, "文件为空:各工作表都没有数据行")
    rows = {table.file: _all_rows(table) for table in tables}
    encodings = {table.file: table.encoding for table in tables}
    return Source(tables, rows, encodings, fingerprint_of(paths_in(path)), problems)


def _all_rows(table: RawTable) -> Rows:
    spoiled = np.array([problem.row for problem in table.spoiled], np.int64)
    return np.concatenate([table.rows, spoiled])


def _mapped(path: Path, format_name: str, progress: Callable[[str], None]) -> Source:
    mapping = read_mapping(format_name)
    tables, rows, encodings = map_files(mapping, path, progress)
    return Source(tables, rows, encodings, fingerprint_of(paths_in(path)), [])
