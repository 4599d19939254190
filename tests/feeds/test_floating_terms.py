"""What contracts say about floating rates comes in with the loans, once, and goes with them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.choices import BatchStatus
from daihou.feeds.models import ImportBatch
from daihou.feeds.undoing import undo_batch
from daihou.loan_book.choices import ResetRule
from daihou.loan_book.models import FloatingTerms, Loan
from daihou.policy.choices import Benchmark
from loanmath.rates import percent
from tests.feeds.small_bank import DAY, load, problems_of, write_bank, write_table

pytestmark = pytest.mark.django_db

HEADINGS = [
    "借据号",
    "定价基准",
    "加点",
    "重定价周期",
    "重定价日",
    "报价提前天数",
    "利率下限",
    "首个重定价日",
]
PLAIN = ["L001", "LPR1年期", "135", "", "", "", "", ""]


def write(folder: Path, *rows: list[str], whole: bool = True) -> Path:
    path = write_bank(folder) if whole else folder
    path.mkdir(exist_ok=True)
    write_table(path / "浮动利率约定.csv", [HEADINGS, *rows])
    return path


def bring_in(path: Path) -> ImportBatch:
    return import_files(request=ImportRequest(path=path, format_name="standard", business_date=DAY))


def test_terms_come_in_with_their_loans(tmp_path: Path) -> None:
    second = ["L002", "LPR5年期以上", "-20", "1", "对月对日", "1", "3.5", "2026-04-15"]
    batch = load(write(tmp_path, PLAIN, second))
    assert problems_of(batch) == []
    first = FloatingTerms.objects.get(loan__number="L001")
    assert (first.benchmark, first.spread_bps, first.cycle_months) == (Benchmark.LPR_1Y, 135, 12)
    assert (first.reset_rule, first.next_reset_on) == (ResetRule.CALENDAR, dt.date(2027, 1, 1))
    other = FloatingTerms.objects.get(loan__number="L002")
    assert (other.spread_bps, other.lowest, other.highest) == (-20, percent("3.5"), None)
    assert other.next_reset_on is None  # 1 May is the maturity
    assert str(first) == "LPR1年期 +135"


def test_the_same_file_again_changes_nothing_and_a_spread_may_change(tmp_path: Path) -> None:
    load(write(tmp_path / "a", PLAIN))
    FloatingTerms.objects.update(next_reset_on=dt.date(2028, 1, 1))  # as the daily run moves it on
    again = bring_in(write(tmp_path / "a", PLAIN, whole=False))
    assert (again.rows_loaded, again.rows_changed) == (0, 0)
    changed = bring_in(write(tmp_path / "b", [*PLAIN[:2], "100", *PLAIN[3:]], whole=False))
    assert (changed.rows_changed, problems_of(changed)) == (1, [])
    terms = FloatingTerms.objects.get()
    assert (terms.spread_bps, terms.next_reset_on) == (100, dt.date(2028, 1, 1))
    refused = bring_in(write(tmp_path / "c", [*PLAIN[:3], "6", *PLAIN[4:]], whole=False))
    assert refused.status == BatchStatus.REFUSED
    assert "不能由导入改变" in problems_of(refused)[0][3]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (2, "1.35", "整数"),
        (2, "9999", "基点"),
        (3, "0", "周期"),
        (5, "-1", "负数"),
        (7, "2026-01-15", "晚于放款日"),
        (0, "L999", "不存在"),
        (1, "SHIBOR", ""),
    ],
)
def test_what_is_refused(tmp_path: Path, column: int, value: str, reason: str) -> None:
    row = [*PLAIN[:column], value, *PLAIN[column + 1 :]]
    batch = load(write(tmp_path, row))
    assert batch.status == BatchStatus.REFUSED
    assert reason in problems_of(batch)[0][3]
    assert not FloatingTerms.objects.exists()


def test_undoing_takes_them_with_the_loans(tmp_path: Path) -> None:
    batch = load(write(tmp_path, PLAIN))
    undo_batch(number=batch.pk, business_date=DAY, closed_through=None, actor=None)
    assert not FloatingTerms.objects.exists()
    assert not Loan.objects.exists()
