"""`verify` finds a difference of each kind that somebody plants, and nothing where nothing is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings as django_settings
from django.db import connection

from daihou.cli.bench_book import DAY, fill
from daihou.cli.verify import verify
from daihou.daily_run.runner import run_days
from daihou.daily_run.verification import NothingToVerify, verify_day
from daihou.early_warning.models import Signal
from daihou.servicing.snapshots import snapshot_path, write_snapshot

LOANS = 80
BROKEN = 5  # the loan whose plan does not add up
NEXT = DAY + dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(db: None, tmp_path: Path, settings: Any) -> None:
    """A small book with two days run, and one loan set aside."""
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    connection.ensure_connection()
    fill(connection.connection, LOANS)
    execute(
        "UPDATE loan_book_planversion SET principal[1] = principal[1] + 1 WHERE loan_id = %s",
        BROKEN,
    )
    run_days([DAY, NEXT])


def execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1, "the difference was not planted"


def found() -> set[tuple[str, int, str]]:
    return {(one.part, one.loan_id, one.field) for one in verify_day().differences}


def test_an_honest_book_has_no_difference(book: None) -> None:
    result = verify_day()
    assert result.differences == []
    assert result.loans == LOANS
    assert verify(date=DAY, as_json=True) == 0


def change_a_balance() -> None:
    execute("UPDATE servicing_loanposition SET principal = principal + 1 WHERE loan_id = 7")


def change_a_date() -> None:
    execute("UPDATE servicing_loanposition SET next_due = NULL WHERE loan_id = 8")


def lose_a_position() -> None:
    execute("DELETE FROM servicing_loanposition WHERE loan_id = 9")


def release_a_loan() -> None:
    execute("UPDATE daily_run_setaside SET until = %s WHERE loan_id = %s", NEXT, BROKEN)


def set_aside_another() -> None:
    execute(
        "INSERT INTO daily_run_setaside (loan_id, since, problem, reason) VALUES (6, %s, 2, '')",
        DAY,
    )


def lose_a_signal() -> None:
    execute(
        "DELETE FROM early_warning_signal WHERE id = (SELECT min(id) FROM early_warning_signal)"
    )


def change_a_grade() -> None:
    execute("UPDATE classification_loangrade SET grade = 6 - grade WHERE loan_id = 11")


def change_an_allowance() -> None:
    execute(
        "UPDATE provision_allowance SET expected_loss = expected_loss + 1"
        " WHERE loan_id = 11 AND valid_to IS NULL"
    )


def lose_a_stage() -> None:
    execute("DELETE FROM provision_loanstage WHERE loan_id = 11 AND valid_to IS NULL")


def overlap_grades() -> None:
    execute(
        "INSERT INTO classification_loangrade (loan_id, grade, because, rule_version, seen,"
        " bad_siblings, valid_from, valid_to) VALUES (12, 1, 0, '', '{}', '{}', %s, %s)",
        DAY,
        NEXT + dt.timedelta(days=1),
    )


def change_a_snapshot() -> None:
    folder = Path(django_settings.SNAPSHOT_FOLDER)
    table = pq.read_table(snapshot_path(folder, NEXT), partitioning=None)
    column = table.schema.get_field_index("principal")
    amounts = table["principal"].to_pylist()
    place = table["loan_id"].to_pylist().index(10)
    amounts[place] += 1
    changed = table.set_column(column, table.schema.field(column), pa.array(amounts))
    write_snapshot(folder, NEXT, changed)


def lose_a_snapshot() -> None:
    snapshot_path(Path(django_settings.SNAPSHOT_FOLDER), NEXT).unlink()


def change_a_total() -> None:
    execute(
        "UPDATE reports_daytotal SET loans = loans + 1 WHERE day = %s AND scope = 'whole'",
        NEXT,
    )


PLANTED: list[tuple[Callable[[], None], tuple[str, int, str]]] = [
    (change_a_balance, ("借据状态", 7, "principal")),
    (change_a_date, ("借据状态", 8, "next_due")),
    (lose_a_position, ("借据状态", 9, "借据")),
    (release_a_loan, ("挂起借据", BROKEN, "原因代码")),
    (set_aside_another, ("挂起借据", 6, "原因代码")),
    (change_an_allowance, ("拨备", 0, "拨备变化")),
    (lose_a_stage, ("拨备", 0, "阶段变化")),
    (change_a_grade, ("五级分类", 11, "分类")),
    (overlap_grades, ("五级分类", 12, "区间重叠")),
    (change_a_snapshot, ("全账存档", 10, "principal")),
    (lose_a_snapshot, ("全账存档", 0, "文件")),
    (change_a_total, ("日汇总", 0, "汇总行")),
]


@pytest.mark.parametrize(
    ("plant", "expected"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED]
)
def test_finds_what_was_planted(
    book: None, plant: Callable[[], None], expected: tuple[str, int, str]
) -> None:
    plant()
    assert expected in found()
    assert verify(date=None, as_json=True) == 1


def test_finds_a_signal_that_was_taken_out(book: None) -> None:
    first = Signal.objects.order_by("pk").values_list("loan_id", "rule").first()
    assert first is not None
    lose_a_signal()
    assert ("预警信号", first[0], f"信号 {first[1]}") in found()


def test_changes_nothing(book: None) -> None:
    change_a_total()
    assert found() == found()


def test_a_day_that_was_not_closed_cannot_be_verified(db: None) -> None:
    with pytest.raises(NothingToVerify, match="还没有"):
        verify_day()
    assert verify(date=DAY, as_json=True) == 2
