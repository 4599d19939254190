"""What an import puts into the book, and that doing it twice does nothing."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.choices import BatchStatus
from daihou.feeds.models import ImportBatch
from daihou.feeds.undoing import undo_batch
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.choices import TermChangeKind
from daihou.loan_book.models import (
    Contact,
    Contract,
    Customer,
    CustomerRelation,
    Guarantee,
    Happening,
    Loan,
    PlanVersion,
    TermChange,
)
from daihou.servicing.queries import read_loan
from daihou.staff.models import Branch, Officer
from loanmath.codes import Problem
from tests.feeds.small_bank import (
    BANK,
    DAY,
    ROWS,
    adds_up,
    load,
    problems_of,
    write_bank,
    write_table,
)

pytestmark = pytest.mark.django_db


def test_the_whole_bank_comes_in(tmp_path: Path) -> None:
    batch = load(write_bank(tmp_path))
    assert problems_of(batch) == []
    assert (batch.status, batch.rows_read, batch.rows_loaded) == (BatchStatus.LOADED, ROWS, ROWS)
    assert Branch.objects.get(code="0101").path == "01/0101"
    officer = Officer.objects.get(username="A0017")
    assert officer.roles == ["account_manager", "post_loan_officer"]
    assert not officer.has_usable_password()
    wang = Customer.objects.get(number="C002")
    assert (wang.name, wang.kind, wang.identity_number) == (
        "王秀英",
        "farmer",
        "11010519491231002X",
    )
    assert Contact.objects.get().value == "13800000000"
    assert CustomerRelation.objects.get().share == 60_000_000
    assert Guarantee.objects.get().amount == 200_000_000
    loan = Loan.objects.get(number="L001")
    assert (loan.amount, loan.rate, loan.penalty_uplift_bps) == (100_000_000, 4_350_000, 5000)
    assert (loan.disbursed_on, loan.source_batch) == (dt.date(2026, 1, 15), batch.pk)
    reversal = LedgerEntry.objects.get(reference="T005")
    assert reversal.reverses.reference == "T004"


def test_a_plan_is_taken_from_the_file_or_made_from_the_terms(tmp_path: Path) -> None:
    load(write_bank(tmp_path))
    given = PlanVersion.objects.get(loan__number="L002")
    assert given.principal == [1_000_000] * 3
    assert given.interest == [15_000, 10_000, 5_000]
    assert given.effective_from == dt.date(2026, 2, 1)
    made = PlanVersion.objects.get(loan__number="L001")
    assert made.due_dates[0] == dt.date(2026, 2, 15) and made.due_dates[-1] == dt.date(2027, 1, 15)
    assert sum(made.principal) == 100_000_000
    assert made.interest[0] == 362_500  # a twelfth of 4.35 % on 1,000,000 yuan


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    batch = load(write_bank(tmp_path, encoding=encoding))
    assert batch.status == BatchStatus.LOADED
    assert Customer.objects.filter(name="江南纺织有限公司").exists()
    shown = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8(带 BOM)", "gb18030": "GB18030"}[encoding]
    assert {file["encoding"] for file in batch.files} == {shown}


def test_one_workbook_with_typed_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in BANK.items():
        sheet = book.create_sheet(name)
        for line in rows:
            sheet.append([_typed(cell) for cell in line])
    book.create_sheet("产品_2").append(["产品代码", "产品名称"])
    book.save(tmp_path / "银行.xlsx")
    batch = load(tmp_path / "银行.xlsx")
    assert problems_of(batch) == []
    assert batch.rows_loaded == ROWS
    assert Loan.objects.get(number="L001").amount == 100_000_000


def _typed(cell: str) -> object:
    if len(cell) == 10 and cell[4] == cell[7] == "-":
        return dt.datetime.fromisoformat(cell)
    plain = cell.replace(",", "")
    if plain.replace(".", "").isdigit() and len(plain) < 11 and not plain.startswith("0"):
        return float(plain)
    return cell or None


def test_parquet_with_typed_columns(tmp_path: Path) -> None:
    load(write_bank(tmp_path, only=("机构", "员工", "产品", "客户")))
    day = pa.array([dt.date(2026, 1, 15)])
    table = pa.table(
        {
            "number": ["L9"],
            "customer": ["C001"],
            "product": ["LDZJ"],
            "branch": ["0101"],
            "amount": pa.array([123_456.78]),
            "disbursed_on": day,
            "matures_on": pa.array([dt.date(2026, 7, 15)]).cast(pa.timestamp("us")),
            "rate": pa.array([4.35]),
            "method": pa.array(["level_payment"]).dictionary_encode(),
            "security": ["credit"],
            "charges_compound": pa.array([False]),
        }
    )
    pq.write_table(table, tmp_path / "loans.parquet")
    assert problems_of(load(tmp_path / "loans.parquet")) == []
    loan = Loan.objects.get()
    assert (loan.amount, loan.rate, loan.matures_on) == (
        12_345_678,
        4_350_000,
        dt.date(2026, 7, 15),
    )
    assert not loan.charges_compound


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    first = load(write_bank(tmp_path))
    second = load(tmp_path)
    assert second.fingerprint == first.fingerprint
    assert problems_of(second) == []
    assert (second.rows_loaded, second.rows_changed, second.rows_unchanged) == (0, 0, ROWS)
    assert LedgerEntry.objects.count() == len(BANK["流水"]) - 1
    assert PlanVersion.objects.count() == 2


def test_changes_are_taken_over_where_they_may_be_and_refused_elsewhere(tmp_path: Path) -> None:
    load(write_bank(tmp_path))
    contract = [BANK["合同"][0], ["H001", "C001", "F001", "3000000", "2026-01-10"]]
    customer = [
        ["客户号", "客户名称", *BANK["客户"][0][2:]],
        ["C001", "江南新纺", *BANK["客户"][1][2:]],
    ]
    write_table(tmp_path / "合同.csv", contract)
    write_table(tmp_path / "客户.csv", customer)
    batch = load(tmp_path, good_rows=True)
    assert (batch.rows_changed, batch.rows_refused) == (1, 1)
    assert problems_of(batch) == [
        ("合同.csv", 2, "合同金额", "台账中已有该合同,其合同金额不能由导入改变")
    ]
    assert Customer.objects.get(number="C001").name == "江南新纺"
    assert Contract.objects.get().amount == 200_000_000
    change = batch.changes.get()
    assert (change.before, change.after) == ("江南纺织有限公司", "江南新纺")


def test_a_file_without_a_column_leaves_it_as_it_is(tmp_path: Path) -> None:
    load(write_bank(tmp_path))
    keep = [0, 1, 2, 3, 4, 6]  # without 所属行业 and 管户客户经理工号
    write_table(tmp_path / "客户.csv", [[line[at] for at in keep] for line in BANK["客户"]])
    batch = load(tmp_path / "客户.csv")
    assert (batch.rows_unchanged, batch.rows_changed) == (2, 0)
    assert Customer.objects.get(number="C001").industry == "C"


def test_a_corrected_relation_keeps_what_was_known(tmp_path: Path) -> None:
    load(write_bank(tmp_path))
    rows = [list(line) for line in BANK["客户关系"]]
    rows[1][3] = "55.5"
    write_table(tmp_path / "客户关系.csv", rows)
    assert load(tmp_path / "客户关系.csv").rows_changed == 1
    old, new = CustomerRelation.objects.order_by("id")
    assert old.known_to is not None and old.share == 60_000_000
    assert new.known_to is None and new.share == 55_500_000


def test_a_settled_entry_or_plan_cannot_change(tmp_path: Path) -> None:
    load(write_bank(tmp_path))
    entries = [list(line) for line in BANK["流水"]]
    entries[3][2] = "10151"
    write_table(tmp_path / "流水.csv", entries)
    plans = [list(line) for line in BANK["还款计划"]]
    plans[1][4] = "151"
    write_table(tmp_path / "还款计划.csv", plans)
    reasons = [reason for *_, reason in problems_of(load(tmp_path))]
    assert any("流水不可更改,请先冲正" in reason for reason in reasons)
    assert any("请以新版本号导入" in reason for reason in reasons)


def test_a_new_plan_version_follows_the_one_before(tmp_path: Path) -> None:
    load(write_bank(tmp_path))
    heading = ["借据号", "版本", "生效日", "变更原因", "期次", "应还日", "应还本金", "应还利息"]
    for version, ok in (("3", False), ("2", True)):
        row = ["L002", version, "2026-04-15", "展期", "1", "2026-08-01", "20000", "400"]
        write_table(tmp_path / "还款计划.csv", [heading, row])
        batch = load(tmp_path / "还款计划.csv")
        assert (batch.status == BatchStatus.LOADED) is ok, problems_of(batch)
    assert PlanVersion.objects.filter(loan__number="L002").count() == 2


def test_a_dry_run_and_a_refused_batch_count_but_write_nothing(tmp_path: Path) -> None:
    batch = load(write_bank(tmp_path), dry_run=True)
    assert (batch.status, batch.rows_withheld) == (BatchStatus.CHECKED, ROWS)
    assert adds_up(batch) and not Customer.objects.exists()


def test_entries_are_booked_on_an_open_day(tmp_path: Path) -> None:
    closed = dt.date(2026, 3, 15)
    load(write_bank(tmp_path), closed_through=closed, day=dt.date(2026, 11, 23))
    booked = dict(LedgerEntry.objects.values_list("reference", "booked_on"))
    assert booked["T003"] == dt.date(2026, 11, 23)  # its own day, 1 March, is closed
    assert booked["T004"] == dt.date(2026, 4, 1)


def test_tables_that_may_not_come_in_are_refused(tmp_path: Path) -> None:
    write_bank(tmp_path)
    request = ImportRequest(
        path=tmp_path,
        format_name="standard",
        business_date=dt.date(2026, 11, 23),
        tables=frozenset({"customers"}),
    )
    batch = import_files(request=request)
    assert "只能由系统管理员" in problems_of(batch)[0][3]
    assert ImportBatch.objects.count() == 1 and not Branch.objects.exists()


@pytest.mark.skipif("DAIHOU_REAL_DATA" not in os.environ, reason="DAIHOU_REAL_DATA is not set")
def test_the_real_book_comes_in_without_silent_loss() -> None:
    folder = Path(os.environ["DAIHOU_REAL_DATA"]) / "auto_loans"
    batch = load(folder, good_rows=True, format_name="abs-ee-auto", day=dt.date(2020, 12, 31))
    counts = {file["name"]: file for file in batch.files}
    assert counts["loans.parquet"]["read"] == counts["loans.parquet"]["new"] == 3513
    assert counts["monthly.parquet"]["read"] == 109_159
    assert adds_up(batch) and batch.rows_refused == batch.problems.count() == 1


def test_the_shipped_extract_comes_in(tmp_path: Path) -> None:
    extract = Path(__file__).resolve().parents[2] / "examples" / "auto_loans"
    shutil.copytree(extract, tmp_path / "extract")
    batch = load(
        tmp_path / "extract", format_name="abs-ee-auto", good_rows=True, day=dt.date(2020, 12, 31)
    )
    assert adds_up(batch) and batch.status == BatchStatus.LOADED
    assert Loan.objects.count() == 60


RESTRUCTURED = {
    "条款变更": [
        ["借据号", "变更", "生效日", "年利率", "金额", "登记日", "原因"],
        ["L002", "调整利率", "2026-04-15", "5.5", "", "", "LPR 调整"],
        ["L001", "利息转本金", "2026-07-01", "", "10000", "", "重组"],
        ["L001", "重组", "2026-07-01", "", "", "2026-07-02", "重组"],
    ],
    "还款计划": [
        ["借据号", "版本", "生效日", "变更原因", "期次", "应还日", "应还本金", "应还利息"],
        ["L001", "2", "2026-07-01", "重组", "1", "2026-12-01", "1010000", "20000"],
    ],
}


def write_restructured(folder: Path) -> Path:
    folder.mkdir()
    for name, rows in RESTRUCTURED.items():
        write_table(folder / f"{name}.csv", rows)
    return folder


def test_changes_of_terms_come_in_once_with_the_plan_that_holds_them(tmp_path: Path) -> None:
    load(write_bank(tmp_path / "bank"))
    folder = write_restructured(tmp_path / "changes")
    batch = load(folder)
    assert problems_of(batch) == []
    found = TermChange.objects.values_list("loan__number", "kind", "rate", "amount", "booked_on")
    assert sorted(found) == [
        ("L001", TermChangeKind.CAPITALISED, None, 1_000_000, dt.date(2026, 7, 1)),
        ("L001", TermChangeKind.REPLANNED, None, None, dt.date(2026, 7, 2)),
        ("L002", TermChangeKind.RATE, 5_500_000, None, dt.date(2026, 4, 15)),
    ]
    position = read_loan(Loan.objects.get(number="L001")).position(DAY)
    assert (position.problem, position.days_past_due) == (Problem.NONE, 0)
    assert position.principal == 101_000_000  # nothing was paid, and 10,000.00 of interest added
    again = load(folder)
    assert (again.rows_loaded, TermChange.objects.count()) == (0, 3)


def test_changes_of_terms_go_with_their_batch_unless_a_day_was_closed_on_them(
    tmp_path: Path,
) -> None:
    load(write_bank(tmp_path / "bank"))
    batch = load(write_restructured(tmp_path / "changes"))
    report = undo_batch(
        number=batch.pk,
        business_date=DAY,
        closed_through=dt.date(2026, 5, 31),
        actor=None,
        dry_run=True,
    )
    assert report.removed["term_changes"] == 2
    assert report.kept["term_changes"] == {"日终已按该变更计算": 1}
    undo_batch(number=batch.pk, business_date=DAY, closed_through=None, actor=None)
    assert not TermChange.objects.exists()


@pytest.mark.parametrize(
    ("row", "heading", "written", "says"),
    [
        (2, "年利率", "", "必须填写年利率"),
        (2, "年利率", "1001", "上限"),
        (2, "金额", "5", "不填写金额"),
        (3, "金额", "", "必须填写金额"),
        (3, "金额", "0", "必须大于零"),
        (2, "生效日", "2026-01-01", "早于放款日"),
        (2, "登记日", "2026-12-31", "登记日晚于营业日"),
        (4, "变更", "随便", "没有这个选项"),
        (4, "借据号", "L999", "借据不存在"),
    ],
)
def test_a_bad_change_of_terms_is_named(
    tmp_path: Path, row: int, heading: str, written: str, says: str
) -> None:
    load(write_bank(tmp_path / "bank"))
    folder = write_restructured(tmp_path / "changes")
    rows = [list(line) for line in RESTRUCTURED["条款变更"]]
    rows[row - 1][rows[0].index(heading)] = written
    write_table(folder / "条款变更.csv", rows)
    batch = load(folder)
    assert any(says in problem for problem in map(str, problems_of(batch))), problems_of(batch)
    assert not TermChange.objects.exists()


def test_what_the_grades_need_comes_in_with_a_happening(tmp_path: Path) -> None:
    headings = [*BANK["事项"][0], "已发生信用减值", "预期信用损失占比", "他行债务余额", "他行不良"]
    rows = [
        ["C001", "L001", "减值计量", "2026-06-01", "季末", "是", "55", "", ""],
        ["C001", "", "全行业负债", "2026-06-02", "征信", "", "", "3000", "0"],
        ["C001", "L001", "备注", "2026-06-03", "回访", "", "", "", ""],
    ]
    folder = write_bank(tmp_path)
    write_table(folder / "事项.csv", [headings, *rows])
    assert problems_of(load(folder)) == []
    kept = list(Happening.objects.order_by("happened_on").values_list("facts", flat=True))
    assert kept == [{"impaired": True, "ecl_share": 55_000_000}, {"debts": 300_000, "bad": 0}, {}]
    rows[1][7:] = ["3000", "3000.01"]
    write_table(folder / "事项.csv", [headings, *rows])
    [problem] = problems_of(load(folder))
    assert "不能超过他行债务余额" in str(problem)
