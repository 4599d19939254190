"""Statements come in from files in long form, are corrected by new versions, and undone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from daihou.feeds.choices import BatchStatus
from daihou.feeds.models import ImportChange
from daihou.feeds.undoing import undo_batch
from daihou.statements.items import ITEM_BY_KEY
from daihou.statements.models import Statement
from tests.feeds.small_bank import DAY, adds_up, load, problems_of, write_bank, write_table

pytestmark = pytest.mark.django_db
HEAD = ["客户号", "报表期末", "项目", "金额", "比较金额", "收到日"]
ROWS = [
    ["C001", "2026-09-30", "货币资金", "1200000.00", "900000", "2026-10-20"],
    ["C001", "2026-09-30", "应收账款", "350000.50", "", "2026-10-20"],
    ["C001", "2026-09-30", "revenue", "8000000", "7000000", "2026-10-20"],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    load(write_bank(tmp_path / "bank"))
    return tmp_path


def bring(folder: Path, rows: list[list[str]], head: list[str] = HEAD) -> object:
    write_table(folder / "财务报表.csv", [head, *rows])
    return load(folder / "财务报表.csv")


def lines(statement: Statement) -> dict[int, int]:
    return dict(zip(statement.items, statement.amounts, strict=True))


def test_a_statement_comes_in_once(folder: Path) -> None:
    batch = bring(folder, ROWS)
    assert problems_of(batch) == [] and batch.rows_loaded == 3
    statement = Statement.objects.get()
    assert (statement.months, statement.version, statement.scope) == (9, 1, 1)
    assert lines(statement)[ITEM_BY_KEY["receivables"].code] == 350_000_50
    assert len(statement.earlier_items) == 2
    assert statement.received_on == dt.date(2026, 10, 20)
    again = bring(folder, ROWS)
    assert (again.rows_loaded, again.rows_changed, again.rows_unchanged) == (0, 0, 3)
    assert adds_up(again) and Statement.objects.count() == 1


def test_a_correction_is_a_new_version_and_the_old_one_stays(folder: Path) -> None:
    bring(folder, ROWS)
    batch = bring(folder, [["C001", "2026-09-30", "货币资金", "1100000", "900000", "2026-11-02"]])
    assert problems_of(batch) == [] and batch.rows_changed == 1
    old, new = Statement.objects.order_by("version")
    assert lines(old)[100] == 1_200_000_00 and lines(new)[100] == 1_100_000_00
    assert len(new.items) == 3, "lines that the file leaves out stay"
    assert (new.version, new.received_on) == (2, dt.date(2026, 11, 2))
    assert ImportChange.objects.filter(table="statements", column="amount").count() == 1
    undo_batch(number=batch.pk, business_date=DAY, closed_through=None, actor=None)
    assert Statement.objects.get() == old


def test_a_line_that_was_missing_is_added_in_a_new_version(folder: Path) -> None:
    bring(folder, ROWS)
    bring(folder, [["C001", "2026-09-30", "存货", "10", "", "2026-10-20"]])
    assert [len(s.items) for s in Statement.objects.order_by("version")] == [3, 4]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["C001", "2026-09-29", "存货", "10", "", ""], "报表期末须是月末,如 2026-09-30"),
        (["C001", "2026-12-31", "存货", "10", "", ""], "报表期末晚于营业日"),
        (["C001", "2026-09-30", "存贷", "10", "", ""], "没有这个选项"),
        (["C009", "2026-09-30", "存货", "10", "", ""], "客户不存在"),
        (["C001", "2026-09-30", "存货", "10", "", "2026-09-01"], "收到日早于报表期末"),
        (["C001", "2026-09-30", "货币资金", "10", "", "2026-10-20"], "重复"),
    ],
)
def test_what_is_wrong_is_said_and_refuses_the_whole_statement(
    folder: Path, row: list[str], reason: str
) -> None:
    batch = bring(folder, [*ROWS, row])
    assert batch.status != BatchStatus.LOADED and not Statement.objects.exists()
    said = " ".join(f"{value} {text}" for _, _, value, text in problems_of(batch))
    assert reason in said
