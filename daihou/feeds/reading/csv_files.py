"""CSV files: any accepted encoding, comma, semicolon or tab, rows numbered as Excel shows them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from daihou.feeds.problems import EmptyFile, Problem, RawTable, Rows, UnreadableFile
from daihou.feeds.reading.encodings import to_utf8
from daihou.feeds.reading.headings import columns_of
from daihou.feeds.standard import Table

_BLOCK = 8 << 20
_SEPARATORS = ",\t;"


Naming = Callable[[list[str]], list[str]]


def read_csv(path: Path, table: Table, file: str) -> RawTable:
    """Read one CSV file of the standard format. Raises `UnreadableFile`."""
    return read_csv_columns(path, table.name, file, lambda found: columns_of(found, table, file))


def read_csv_columns(path: Path, table: str, file: str, naming: Naming) -> RawTable:
    """Read one CSV file; every cell stays text. `naming` turns headings into column names."""
    content, encoding = to_utf8(path.read_bytes(), file)
    if not content.strip():
        raise EmptyFile(file, "文件为空")
    separator, headings = _heading_line(content)
    names = naming(headings)
    if not content.partition(b"\n")[2].strip():
        raise EmptyFile(file, "文件为空:只有表头,没有数据行")
    ragged: list[pacsv.InvalidRow] = []
    data = _parse(content, separator, names, ragged, file, threads=True)
    if ragged:  # only a single-threaded reading knows the numbers of the rows it leaves out
        ragged = []
        data = _parse(content, separator, names, ragged, file, threads=False)
    spoiled = [_problem(file, row, len(names)) for row in ragged if (row.text or "").strip()]
    blank = _blank_rows(data)
    kept = data.filter(pa.array(~blank)) if blank.any() else data
    columns: dict[str, object] = {
        name: pa.concat_arrays(kept.column(at).chunks or [pa.array([], pa.string())])
        for at, name in enumerate(names)
    }
    numbers = _numbers(data.num_rows, ragged)[~blank]
    if not len(numbers) and not spoiled:
        raise EmptyFile(file, "文件为空:只有表头,没有数据行")
    return RawTable(table, file, columns, numbers, encoding, spoiled)


def _blank_rows(data: pa.Table) -> np.ndarray:
    """Rows without any cell filled in: passed over, though they keep their numbers."""
    blank = np.ones(data.num_rows, np.bool_)
    for column in data.columns:
        if column.null_count == 0:
            return np.zeros(data.num_rows, np.bool_)
        blank &= column.is_null().to_numpy()
    return blank


def _heading_line(content: bytes) -> tuple[str, list[str]]:
    first = content.split(b"\n", 1)[0].decode().rstrip("\r")
    separator = max(_SEPARATORS, key=first.count)
    return separator, next(csv.reader([first], delimiter=separator))


def _parse(
    content: bytes,
    separator: str,
    names: list[str],
    ragged: list[pacsv.InvalidRow],
    file: str,
    *,
    threads: bool,
) -> pa.Table:
    def note(row: pacsv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    try:
        return pacsv.read_csv(
            pa.BufferReader(content),
            read_options=pacsv.ReadOptions(
                column_names=names, skip_rows=1, block_size=_BLOCK, use_threads=threads
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=separator,
                newlines_in_values=b'"' in content,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        raise UnreadableFile(file, f"CSV 无法解析,请检查引号与分隔符({error})") from None


def _numbers(count: int, ragged: list[pacsv.InvalidRow]) -> Rows:
    """Row numbers of the rows kept: consecutive from 2, passing over those left out."""
    taken = {row.number for row in ragged}
    numbers = np.arange(2, 2 + count + len(taken), dtype=np.int64)
    if not taken:
        return numbers
    return numbers[~np.isin(numbers, np.fromiter(taken, np.int64))]


def _problem(file: str, row: pacsv.InvalidRow, expected: int) -> Problem:
    reason = f"列数不符:应有 {expected} 列,实有 {row.actual_columns} 列"
    return Problem(file, row.number, "", (row.text or "")[:200], reason)
