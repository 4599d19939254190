"""Excel workbooks: one sheet per table, dates and numbers turned into the text a person sees."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from daihou.feeds.problems import EmptyFile, Problem, RawTable, UnreadableFile
from daihou.feeds.reading.headings import columns_of
from daihou.feeds.standard import Kind, Table

EXACT_DIGITS = 10**15  # Excel keeps fifteen digits of a number; what is beyond is lost


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook; raises `UnreadableFile` if it is none."""
    return list(_open(path).sheetnames)


def read_sheet(path: Path, sheet: str, table: Table, file: str) -> RawTable:
    """Read one sheet; blank rows are passed over but keep their row numbers."""
    lines: Iterator[tuple[Any, ...]] = _open(path)[sheet].iter_rows(values_only=True)
    heading = next(lines, ())
    while heading and heading[-1] is None:
        heading = heading[:-1]
    names = columns_of([_shown(cell) or "" for cell in heading], table, file)
    textual = [table.column(name).kind is Kind.TEXT for name in names]
    cells: list[list[str | None]] = [[] for _ in names]
    rows: list[int] = []
    spoiled: list[Problem] = []
    for number, line in enumerate(lines, start=2):
        if all(cell is None or cell == "" for cell in line):
            continue
        problem = _spoiled(line, names, textual, table, file, number)
        if problem:
            spoiled.append(problem)
            continue
        rows.append(number)
        for at, column in enumerate(cells):
            column.append(_shown(line[at]) if at < len(line) else None)
    if not rows and not spoiled:
        raise EmptyFile(file, "工作表为空:只有表头,没有数据行")
    columns: dict[str, object] = {
        name: pa.array(column, pa.string()) for name, column in zip(names, cells, strict=True)
    }
    return RawTable(table.name, file, columns, np.array(rows, np.int64), "Excel", spoiled)


def _open(path: Path) -> openpyxl.Workbook:
    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableFile(path.name, f"不是可读的 Excel(xlsx)文件:{error}") from None


def _shown(cell: Any) -> str | None:
    """The text of a cell: dates as 2026-11-23, numbers without exponent, truth as 是/否."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, float):
        return format(cell, ".0f") if cell.is_integer() else _plain_decimal(cell)
    return str(cell).strip() or None


def _plain_decimal(number: float) -> str:
    """A number as Excel shows it: fifteen significant digits, no trailing zeros."""
    text = format(number, ".15g")
    if "e" in text:
        text = format(number, ".15f").rstrip("0").rstrip(".")
    return text


def _spoiled(
    line: tuple[Any, ...], names: list[str], textual: list[bool], table: Table, file: str, row: int
) -> Problem | None:
    for cell in line[len(names) :]:
        if cell not in (None, ""):
            reason = f"列数不符:表头有 {len(names)} 列,该行在其右侧还有内容"
            return Problem(file, row, "", str(cell)[:200], reason)
    for cell, name, is_text in zip(line, names, textual, strict=False):
        number = isinstance(cell, int | float) and not isinstance(cell, bool)
        heading = table.column(name).heading
        if number and is_text and abs(cell) >= EXACT_DIGITS:
            reason = "单元格是超过 15 位的数字,Excel 已丢失末位;请设为文本格式后重新填写"
            return Problem(file, row, heading, format(cell, ".0f"), reason)
        if isinstance(cell, str) and cell.startswith("#") and cell.endswith(("!", "?", "A")):
            return Problem(file, row, heading, cell, "单元格是 Excel 公式错误")
    return None
