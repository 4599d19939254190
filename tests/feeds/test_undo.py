"""Undoing a batch: what nothing stands on goes, the rest stays and says why."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from daihou.feeds.choices import BatchStatus
from daihou.feeds.models import ImportBatch
from daihou.feeds.undoing import UndoRefused, UndoReport, undo_batch
from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Contract, Customer, CustomerRelation, Loan, PlanVersion
from tests.feeds.small_bank import BANK, DAY, load, write_bank, write_table

pytestmark = pytest.mark.django_db


def undo(batch: ImportBatch, *, closed: dt.date | None = None, dry_run: bool = False) -> UndoReport:
    return undo_batch(
        number=batch.pk, business_date=DAY, closed_through=closed, actor=None, dry_run=dry_run
    )


def test_an_untouched_batch_goes_entirely(tmp_path: Path) -> None:
    batch = load(write_bank(tmp_path))
    report = undo(batch)
    assert report.kept == {} and report.reversed_entries == 0
    assert report.removed["loans"] == 2 and report.removed["entries"] == 5
    for model in (Customer, Contract, Loan, PlanVersion, LedgerEntry):
        assert not model.objects.exists()
    batch.refresh_from_db()
    assert batch.status == BatchStatus.UNDONE and batch.undone["removed"]["loans"] == 2


def test_after_an_undo_the_same_files_come_in_again(tmp_path: Path) -> None:
    first = load(write_bank(tmp_path))
    undo(first)
    again = load(tmp_path)
    assert again.status == BatchStatus.LOADED
    assert Loan.objects.count() == 2


def test_a_preview_changes_nothing(tmp_path: Path) -> None:
    batch = load(write_bank(tmp_path))
    assert undo(batch, dry_run=True).removed["loans"] == 2
    batch.refresh_from_db()
    assert batch.status == BatchStatus.LOADED and Loan.objects.count() == 2


def test_what_a_later_batch_stands_on_stays(tmp_path: Path) -> None:
    first = load(write_bank(tmp_path, only=("机构", "员工", "产品", "客户")))
    load(write_bank(tmp_path))
    report = undo(first)
    assert "customers" not in report.removed
    assert sum(report.kept["customers"].values()) == 2
    assert all("引用" in reason for reason in report.kept["customers"])
    assert Customer.objects.count() == 2


def test_entries_of_closed_days_are_reversed_not_deleted(tmp_path: Path) -> None:
    batch = load(write_bank(tmp_path))
    report = undo(batch, closed=dt.date(2026, 3, 31))
    assert report.reversed_entries == 3  # T001, T002, T003; T004 and T005 lie on open days
    assert report.removed["entries"] == 2
    reversal = LedgerEntry.objects.get(reverses__reference="T003")
    assert (reversal.kind, reversal.amount) == (EntryKind.REVERSAL, 1_015_000)
    assert (reversal.value_date, reversal.booked_on) == (dt.date(2026, 3, 1), DAY)
    assert Loan.objects.count() == 2 and "loans" in report.kept


def test_entries_that_an_undo_reversed_may_come_in_again(tmp_path: Path) -> None:
    batch = load(write_bank(tmp_path))
    closed = dt.date(2026, 3, 31)
    undo(batch, closed=closed)
    again = load(tmp_path, closed_through=closed)
    assert again.status == BatchStatus.LOADED
    repeats = LedgerEntry.objects.filter(reference="T003").values_list("repeat", flat=True)
    assert sorted(repeats) == [0, 1]
    assert load(tmp_path, closed_through=closed).rows_loaded == 0


def test_changed_fields_get_back_their_old_values(tmp_path: Path) -> None:
    load(write_bank(tmp_path))
    customers = [list(line) for line in BANK["客户"]]
    customers[1][1], customers[2][5] = "江南新纺", ""
    relations = [list(line) for line in BANK["客户关系"]]
    relations[1][3] = "50"
    write_table(tmp_path / "客户.csv", customers)
    write_table(tmp_path / "客户关系.csv", relations)
    second = load(tmp_path)
    assert second.rows_changed == 3
    report = undo(second)
    assert report.restored == {"customers": 2, "relations": 1}
    assert Customer.objects.get(number="C001").name == "江南纺织有限公司"
    assert Customer.objects.get(number="C002").industry == "A"
    assert CustomerRelation.objects.get().share == 60_000_000


def test_a_value_changed_again_since_stays(tmp_path: Path) -> None:
    load(write_bank(tmp_path))
    customers = [list(line) for line in BANK["客户"]]
    customers[1][1] = "江南新纺"
    write_table(tmp_path / "客户.csv", customers)
    second = load(tmp_path)
    Customer.objects.filter(number="C001").update(name="江南再纺")
    report = undo(second)
    assert report.kept["customers"] == {"入库后又被改动,保留现值": 1}
    assert Customer.objects.get(number="C001").name == "江南再纺"


def test_a_batch_is_undone_once(tmp_path: Path) -> None:
    batch = load(write_bank(tmp_path))
    undo(batch)
    with pytest.raises(UndoRefused, match="已撤销"):
        undo(batch)
    with pytest.raises(UndoRefused, match="没有批次"):
        undo_batch(number=10**9, business_date=DAY, closed_through=None, actor=None)
