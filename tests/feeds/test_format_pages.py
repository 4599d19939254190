"""The pages of the standard format say what the declaration says."""

from __future__ import annotations

import io
import os
from pathlib import Path

import openpyxl
import pytest

from daihou.feeds.blank_files import blank_csv, blank_workbook
from daihou.feeds.format_pages import NOTICE, all_pages
from daihou.feeds.standard import TABLE_BY_NAME, TABLES, Kind, Table
from daihou.feeds.standard.columns import heading_index

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "formats"


def test_pages_are_up_to_date() -> None:
    pages = all_pages()
    generated = {path.name for path in FOLDER.glob("*.md") if path.read_text().startswith(NOTICE)}
    if os.environ.get("UPDATE_GOLDEN"):
        for name in generated - pages.keys():
            (FOLDER / name).unlink()
        for name, text in pages.items():
            (FOLDER / name).write_text(text)
        return
    assert generated == pages.keys()
    for name, text in pages.items():
        assert (FOLDER / name).read_text() == text, f"{name}: run `make golden`"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_declared_soundly(table: Table) -> None:
    assert len(heading_index(table.columns)) == 2 * len(table.columns), "a heading occurs twice"
    assert set(table.key) <= set(table.names)
    earlier = [other.name for other in TABLES[: TABLES.index(table) + 1]]
    for column in table.columns:
        assert not (column.required and column.default)
        assert bool(column.words) == (column.kind in {Kind.CHOICE, Kind.CHOICES})
        assert column.references is None or column.references in earlier


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_word_means_two_things(table: Table) -> None:
    for column in table.columns:
        for names in ("code", "english", "chinese"):
            spoken = [str(getattr(word, names)).lower() for word in column.words]
            assert len(spoken) == len(set(spoken)), (column.heading, names)


def test_templates_carry_every_heading() -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank_workbook(TABLES)))
    assert book.sheetnames == [table.heading for table in TABLES]
    for table in TABLES:
        headings = [cell.value for cell in book[table.heading][1]]
        assert headings == [column.heading for column in table.columns]
    first = blank_csv(TABLE_BY_NAME["loans"]).decode("utf-8-sig").splitlines()[0]
    assert first.split(",")[0] == "借据号"
