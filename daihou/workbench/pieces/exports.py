"""Files made of a table's rows: Excel with real numbers and dates, CSV that Excel can open."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from daihou.workbench.pieces.columns import Column, Kind, Plain

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
_FORMATS = {
    Kind.MONEY: "#,##0.00",
    Kind.RATE: "0.00####%",
    Kind.SHARE: "0.00%",
    Kind.COUNT: "#,##0",
    Kind.OVERDUE: "#,##0",
    Kind.DAY: "yyyy-mm-dd",
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sheet:
    """What a file is made of: rows under columns, as of which day, made by whom.

    `answer` says which of the two answers about a past day it holds, where there are two.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Any]
    business_date: dt.date
    made_by: str
    answer: str = ""

    @property
    def headings(self) -> list[str]:
        """The headings with their units."""
        return [
            f"{column.heading}(元)" if column.has_money else column.heading
            for column in self.columns
        ]

    @property
    def origin(self) -> str:
        """One line saying what this file is."""
        answer = f"  口径 {self.answer}" if self.answer else ""
        day = f"业务日期 {self.business_date:%Y-%m-%d}"
        return f"{self.title}  {day}{answer}  导出人 {self.made_by}"


def as_xlsx(sheet: Sheet) -> tuple[IO[bytes], str, str]:
    """An Excel file, written row by row in constant memory."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    page = book.add_worksheet(sheet.title[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
    page.write_string(0, 0, sheet.origin)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, 28 if column.kind is Kind.LONG_TEXT else 16)
        page.write_string(1, place, sheet.headings[place], bold)
    page.freeze_panes(2, 0)
    for line, row in enumerate(sheet.rows, start=2):
        for place, column in enumerate(sheet.columns):
            _write(page, line, place, column.plain(row), formats.get(column.kind))
    book.close()
    file.seek(0)
    return file, XLSX_TYPE, "xlsx"


def as_csv(sheet: Sheet) -> tuple[IO[bytes], str, str]:
    """A CSV file with the mark by which Excel knows UTF-8."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(sheet.headings)
    for row in sheet.rows:
        writer.writerow([_harmless(column, column.plain(row)) for column in sheet.columns])
    text.flush()
    text.detach()
    file.seek(0)
    return file, CSV_TYPE, "csv"


def _write(page: Any, line: int, place: int, value: Plain, style: Any) -> None:
    if value is None:
        page.write_blank(line, place, None)
    elif isinstance(value, dt.date):
        page.write_datetime(line, place, value, style)
    elif isinstance(value, int | float):
        page.write_number(line, place, value, style)
    else:
        page.write_string(line, place, value)


def _harmless(column: Column, value: Plain) -> str:
    """The text of a CSV cell; what a spreadsheet would run as a formula gets a leading quote."""
    if value is None:
        return ""
    if column.kind is Kind.MONEY:
        return f"{value:.2f}"
    if column.kind in {Kind.RATE, Kind.SHARE}:
        return f"{float(value) * 100:.6f}".rstrip("0").rstrip(".") + "%"  # type: ignore[arg-type]
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text
