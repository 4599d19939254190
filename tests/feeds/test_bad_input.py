"""Every kind of bad input has a Chinese error with its name, and loads nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from daihou.feeds.choices import BatchStatus
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Customer, Loan, PlanVersion
from tests.feeds.small_bank import (
    BANK,
    ROWS,
    adds_up,
    change_cell,
    load,
    problems_of,
    write_bank,
    write_table,
)

pytestmark = pytest.mark.django_db

# table, row in Excel, heading, what is written there, what the error must say
BAD_CELLS = [
    ("借据", 2, "借款金额", "-1000000", "不能为负数"),
    ("借据", 2, "借款金额", "0", "必须大于零"),
    ("借据", 2, "借款金额", "1e18", "不接受科学计数法"),
    ("借据", 2, "借款金额", "1000000000000000000", "超过上限"),
    ("借据", 2, "借款金额", "1000000.001", "小数超过 2 位"),
    ("借据", 2, "借款金额", "一百万", "不是数字"),
    ("借据", 2, "借款金额", "", "必填"),
    ("借据", 2, "放款日", "2026-02-30", "没有这一天"),
    ("借据", 2, "放款日", "二月一日", "不是日期"),
    ("借据", 2, "放款日", "1066-10-14", "1900 年至 2199 年"),
    ("借据", 2, "放款日", "2026-12-01", "晚于营业日"),
    ("借据", 2, "到期日", "2026-01-15", "到期日须晚于放款日"),
    ("借据", 2, "年利率", "-1", "不能为负数"),
    ("借据", 2, "年利率", "435", "超过上限"),
    ("借据", 2, "还款方式", "随便还", "没有这个选项"),
    ("借据", 2, "客户号", "C999", "客户不存在"),
    ("借据", 2, "合同编号", "H999", "合同不存在"),
    ("借据", 2, "经办机构号", "9999", "机构不存在"),
    ("借据", 2, "产品代码", "XXX", "产品不存在"),
    ("借据", 3, "合同编号", "H001", "合同属于另一客户"),
    ("借据", 3, "借据号", "L001", "借据号重复"),
    ("借据", 2, "还款方式", "按计划还款", "没有提供还款计划"),
    ("借据", 2, "币种", "元", "三位大写字母"),
    ("借据", 2, "还款间隔月数", "5", "还款间隔应为"),
    ("借据", 2, "首期应还日", "2026-01-15", "首期应还日须晚于放款日"),
    ("客户", 3, "证件号码", "110105194912310021", "校验位不符"),
    ("客户", 3, "证件号码", "11010519490231002X", "出生日期不存在"),
    ("客户", 3, "证件号码", "1101051949", "应为 18 位"),
    ("客户", 2, "证件号码", "91350100M000100Y44", "校验位不符"),
    ("客户", 2, "客户名称", "", "必填"),
    ("客户", 2, "客户名称", "长" * 201, "超过 200 个字"),
    ("客户关系", 2, "关联客户号", "C001", "不能与自己"),
    ("联系方式", 2, "号码或地址", "12345", "11 位数字"),
    ("授信额度", 2, "到期日", "2025-12-31", "到期日早于起始日"),
    ("保证", 2, "保证人客户号", "C001", "不能是借款人自己"),
    ("还款计划", 2, "应还本金", "9999.99", "合计 29,999.99 元与借款金额 30,000.00 元不符"),
    ("还款计划", 3, "应还本金", "-10000", "不能为负数"),
    ("还款计划", 3, "应还日", "2026-03-01", "应还日须晚于上一期"),
    ("还款计划", 2, "应还日", "2026-02-01", "应还日须晚于放款日"),
    ("还款计划", 4, "期次", "5", "期次不连续"),
    ("还款计划", 4, "期次", "2", "重复"),
    ("还款计划", 2, "借据号", "L999", "借据不存在"),
    ("流水", 4, "起息日", "2026-01-31", "起息日早于放款日"),
    ("流水", 4, "金额", "-5", "不能为负数"),
    ("流水", 4, "流水号", "T002", "重复"),
    ("流水", 6, "被冲正流水号", "T999", "没有可冲正的这笔流水"),
    ("流水", 6, "金额", "1", "冲正金额与原流水金额不符"),
    ("流水", 6, "被冲正流水号", "", "必须填写被冲正流水号"),
    ("流水", 5, "被冲正流水号", "T003", "只有冲正流水"),
    ("流水", 3, "金额", "30000.01", "超过借款金额"),
    ("机构", 3, "上级机构号", "0101", "上级机构成环"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row", "heading", "written", "says"), BAD_CELLS)
def test_a_bad_cell_is_named_and_nothing_is_loaded(
    tmp_path: Path, table: str, row: int, heading: str, written: str, says: str
) -> None:
    write_bank(tmp_path)
    change_cell(tmp_path, table, row, heading, written)
    batch = load(tmp_path)
    named = [p for p in problems_of(batch) if says in p[3]]
    assert named, problems_of(batch)
    assert named[0][0] == f"{table}.csv"
    assert batch.status == BatchStatus.REFUSED
    assert adds_up(batch) and batch.rows_read == ROWS and batch.rows_loaded == 0
    assert not Customer.objects.exists() and not Loan.objects.exists()


def test_the_row_number_is_the_one_that_excel_shows(tmp_path: Path) -> None:
    write_bank(tmp_path)
    change_cell(tmp_path, "流水", 4, "起息日", "2026-01-31")
    assert problems_of(load(tmp_path)) == [("流水.csv", 4, "起息日", "起息日早于放款日")]


def _write(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def _workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "客户"
    book.save(folder / "客户.xlsx")
    return folder / "客户.xlsx"


BAD_FILES = {
    "empty": (_write("客户.csv", b""), "文件为空"),
    "only headings": (_write("客户.csv", ",".join(BANK["客户"][0]).encode()), "只有表头"),
    "empty sheet": (_workbook, "没有表头"),
    "wrong heading": (
        _write("产品.csv", "产品代号,产品名称\nA,B\n".encode()),
        "是否应为“产品代码”",
    ),
    "foreign heading": (_write("产品.csv", b"zzz,name\nA,B\n"), "不是产品表的列"),
    "twice the same": (_write("产品.csv", "产品代码,code\nA,B\n".encode()), "出现了两次"),
    "lacks a column": (_write("产品.csv", "产品代码\nA\n".encode()), "缺少必填列:产品名称"),
    "utf-16": (_write("产品.csv", "产品代码\nA\n".encode("utf-16")), "UTF-16"),
    "no encoding": (_write("产品.csv", "产品代码\n".encode() + b"\xff\xff\x81"), "编码无法识别"),
    "latin-1": (_write("产品.csv", "code,name\nA,Crédit\n".encode("latin-1")), "编码"),
    "binary": (_write("产品.csv", b"PK\x03\x04\x00\x00"), "不是文本文件"),
    "broken mark": (_write("产品.csv", b"\xef\xbb\xbf\xb2\xfa"), "文件可能已损坏"),
    "no workbook": (_write("产品.xlsx", b"hello"), "不是可读的 Excel"),
    "no parquet": (_write("产品.parquet", b"hello"), "不是可读的 Parquet"),
    "unknown table": (_write("别的.csv", b"a,b\n1,2\n"), "看不出"),
    "unknown kind": (_write("客户.pdf", b"%PDF"), "不支持的文件类型"),
    "not there": (lambda folder: folder / "没有.csv", "不存在"),
    "empty folder": (lambda folder: folder, "没有可导入的文件"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named(tmp_path: Path, name: str) -> None:
    write, says = BAD_FILES[name]
    batch = load(write(tmp_path))
    assert batch.status == BatchStatus.REFUSED
    assert says in problems_of(batch)[0][3]


def test_every_unreadable_file_is_named_not_only_the_first(tmp_path: Path) -> None:
    write_bank(tmp_path)
    (tmp_path / "客户.csv").write_bytes(b"")
    (tmp_path / "产品.csv").write_bytes(b"")
    assert {file for file, *_ in problems_of(load(tmp_path))} >= {"客户.csv", "产品.csv"}


def test_ragged_rows_are_refused_under_their_own_number(tmp_path: Path) -> None:
    text = "产品代码,产品名称\nA,甲\n\nB,乙,多\nC\nD,丁\n"
    (tmp_path / "产品.csv").write_text(text)
    batch = load(tmp_path, good_rows=True)
    assert [(row, reason) for _, row, _, reason in problems_of(batch)] == [
        (4, "列数不符:应有 2 列,实有 3 列"),
        (5, "列数不符:应有 2 列,实有 1 列"),
    ]
    assert (batch.rows_read, batch.rows_loaded, batch.rows_refused) == (4, 2, 2)


def test_good_rows_load_and_what_hangs_on_a_bad_row_is_refused_by_name(tmp_path: Path) -> None:
    write_bank(tmp_path)
    change_cell(tmp_path, "客户", 2, "证件号码", "91350100M000100Y44")
    batch = load(tmp_path, good_rows=True)
    assert batch.status == BatchStatus.LOADED and adds_up(batch)
    reasons = {(file, row): reason for file, row, _, reason in problems_of(batch)}
    assert reasons["借据.csv", 2] == "所引用的合同未能入库(合同.csv 第 2 行)"
    assert reasons["流水.csv", 2] == "所引用的借据未能入库(借据.csv 第 2 行)"
    assert list(Customer.objects.values_list("number", flat=True)) == ["C002"]
    assert list(Loan.objects.values_list("number", flat=True)) == ["L002"]
    assert PlanVersion.objects.count() == 1


def test_a_loan_with_a_bad_plan_is_not_given_another_plan(tmp_path: Path) -> None:
    write_bank(tmp_path)
    change_cell(tmp_path, "还款计划", 2, "应还本金", "1")
    change_cell(tmp_path, "借据", 3, "还款方式", "等额本息")
    batch = load(tmp_path, good_rows=True)
    reasons = {(file, row): reason for file, row, _, reason in problems_of(batch)}
    assert "该借据的还款计划有误" in reasons["借据.csv", 3]
    assert "同一还款计划有误" in reasons["还款计划.csv", 4]
    assert list(Loan.objects.values_list("number", flat=True)) == ["L001"]
    assert adds_up(batch)


def test_personal_numbers_are_masked_in_the_error_table(tmp_path: Path) -> None:
    write_bank(tmp_path)
    change_cell(tmp_path, "客户", 3, "证件号码", "110105194912310021")
    problem = load(tmp_path).problems.get(reason__contains="校验位")
    assert problem.value == "1101**********0021"


def test_numbers_that_excel_has_rounded_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "产品"
    sheet.append(["产品代码", "产品名称"])
    sheet.append([330102199001011240, "甲"])
    book.save(tmp_path / "产品.xlsx")
    assert "超过 15 位" in problems_of(load(tmp_path / "产品.xlsx"))[0][3]


def test_an_identity_belongs_to_one_client(tmp_path: Path) -> None:
    write_bank(tmp_path)
    rows = [*BANK["客户"], ["C003", "重名", *BANK["客户"][2][2:]]]
    write_table(tmp_path / "客户.csv", rows)
    assert "与本次导入的客户 C002 相同" in problems_of(load(tmp_path))[0][3]
    write_bank(tmp_path)
    load(tmp_path)
    write_table(tmp_path / "客户.csv", [rows[0], rows[-1]])
    assert "已属于客户 C002" in problems_of(load(tmp_path / "客户.csv"))[0][3]


def test_a_parquet_amount_with_three_decimals_is_refused(tmp_path: Path) -> None:
    write_bank(tmp_path)
    load(tmp_path)
    table = pa.table(
        {"合同编号": ["H9"], "客户号": ["C001"], "合同金额": [0.125], "签订日": ["2026-01-10"]}
    )
    pq.write_table(table, tmp_path / "合同.parquet")
    assert "小数超过 2 位" in problems_of(load(tmp_path / "合同.parquet"))[0][3]
    assert not LedgerEntry.objects.filter(amount=0).exists()
