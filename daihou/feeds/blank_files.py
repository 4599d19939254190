"""Templates to download: empty files of the standard format with their headings and one example."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import xlsxwriter

from daihou.feeds.standard import Column, Kind, Table

_LISTABLE = 255  # Excel's limit for a list written into a cell's validation
_ROWS_WITH_LISTS = 10_000


def blank_csv(table: Table) -> bytes:
    """A CSV template: Chinese headings and an example row, with BOM so that Excel shows Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.heading for column in table.columns])
    writer.writerow([column.example for column in table.columns])
    return out.getvalue().encode("utf-8-sig")


def blank_workbook(tables: Sequence[Table]) -> bytes:
    """An Excel template: one sheet per table, choices offered as lists, meanings as comments.

    Required headings are bold. Numbers of persons and dates are kept as text, as written.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        required = book.add_format({"bold": True, "bg_color": "#DCE6F1"})
        optional = book.add_format({"bg_color": "#F2F2F2"})
        text = book.add_format({"num_format": "@"})
        for table in tables:
            sheet = book.add_worksheet(table.heading)
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(table.columns):
                sheet.set_column(at, at, max(12, 2 * len(column.heading) + 2), text)
                sheet.write_string(0, at, column.heading, required if column.required else optional)
                sheet.write_comment(0, at, column.meaning)
                sheet.write_string(1, at, column.example)
                _offer_choices(sheet, at, column)
    return out.getvalue()


def _offer_choices(sheet: xlsxwriter.worksheet.Worksheet, at: int, column: Column) -> None:
    if column.kind is Kind.YES_NO:
        choices = ["是", "否"]
    elif column.kind is Kind.CHOICE:
        choices = [word.chinese for word in column.words]
    else:
        return
    if len(",".join(choices)) <= _LISTABLE and not any("," in choice for choice in choices):
        sheet.data_validation(1, at, _ROWS_WITH_LISTS, at, {"validate": "list", "source": choices})
