"""A bank of few rows in standard files, and ways to spoil them one cell at a time."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.choices import LoadMode
from daihou.feeds.models import ImportBatch

DAY = dt.date(2026, 11, 23)

BANK: dict[str, list[list[str]]] = {
    "机构": [["机构号", "机构名称", "上级机构号"], ["0101", "城东支行", "01"], ["01", "总行", ""]],
    "员工": [["工号", "姓名", "机构号", "角色"], ["A0017", "张经理", "0101", "客户经理、贷后岗"]],
    "产品": [["产品代码", "产品名称", "零售资产"], ["LDZJ", "流动资金贷款", "否"]],
    "客户": [
        ["客户号", "客户名称", "客户类型", "证件类型", "证件号码", "所属行业", "管户机构号",
         "管户客户经理工号"],
        ["C001", "江南纺织有限公司", "企业", "统一社会信用代码", "91350100M000100Y43", "制造业",
         "0101", "A0017"],
        ["C002", "王秀英", "农户", "居民身份证", "11010519491231002X", "A", "0101", ""],
    ],
    "客户关系": [
        ["客户号", "关联客户号", "关系", "持股比例", "生效日"],
        ["C001", "C002", "股东", "60", "2024-03-01"],
    ],
    "联系方式": [["客户号", "联系方式类型", "号码或地址"], ["C001", "手机", "13800000000"]],
    "授信额度": [
        ["授信编号", "客户号", "授信金额", "起始日", "到期日"],
        ["F001", "C001", "5000000", "2026-01-01", "2026-12-31"],
    ],
    "合同": [
        ["合同编号", "客户号", "授信编号", "合同金额", "签订日"],
        ["H001", "C001", "F001", "2000000.00", "2026-01-10"],
    ],
    "保证": [
        ["合同编号", "保证人客户号", "保证方式", "保证金额"],
        ["H001", "C002", "连带责任保证", "2000000"],
    ],
    "借据": [
        ["借据号", "客户号", "合同编号", "产品代码", "经办机构号", "借款金额", "放款日", "到期日",
         "年利率", "还款方式", "主要担保方式", "用途"],
        ["L001", "C001", "H001", "LDZJ", "0101", "1,000,000.00", "2026-01-15", "2027-01-15",
         "4.35", "等额本息", "保证", "购买棉纱"],
        ["L002", "C002", "", "LDZJ", "0101", "30000", "2026-02-01", "2026-05-01",
         "6", "按计划还款", "信用", ""],
    ],
    "还款计划": [
        ["借据号", "期次", "应还日", "应还本金", "应还利息"],
        ["L002", "1", "2026-03-01", "10000", "150"],
        ["L002", "2", "2026-04-01", "10000", "100"],
        ["L002", "3", "2026-05-01", "10000", "50"],
    ],
    "流水": [
        ["借据号", "流水类型", "金额", "起息日", "流水号", "被冲正流水号"],
        ["L001", "放款", "1000000", "2026-01-15", "T001", ""],
        ["L002", "放款", "30000", "2026-02-01", "T002", ""],
        ["L002", "还款", "10150", "2026-03-01", "T003", ""],
        ["L002", "还款", "10100", "2026-04-01", "T004", ""],
        ["L002", "冲正", "10100", "2026-04-02", "T005", "T004"],
    ],
    "事项": [
        ["客户号", "借据号", "事项", "发生日", "内容"],
        ["C001", "L001", "备注", "2026-06-01", "回访"],
    ],
}  # fmt: skip

ROWS = sum(len(rows) - 1 for rows in BANK.values())


def write_bank(folder: Path, *, encoding: str = "utf-8", only: tuple[str, ...] = ()) -> Path:
    """Write the bank's files (or only some of them) into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in only or BANK:
        write_table(folder / f"{name}.csv", BANK[name], encoding=encoding)
    return folder


def write_table(path: Path, rows: list[list[str]], *, encoding: str = "utf-8") -> None:
    """Write one CSV file."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


def change_cell(folder: Path, table: str, row: int, heading: str, value: str) -> None:
    """Change one cell of a written file; rows are numbered as in Excel."""
    rows = [list(line) for line in BANK[table]]
    if heading not in rows[0]:
        rows[0].append(heading)
        for line in rows[1:]:
            line.append("")
    rows[row - 1][rows[0].index(heading)] = value
    write_table(folder / f"{table}.csv", rows)


def load(
    path: Path,
    *,
    good_rows: bool = False,
    dry_run: bool = False,
    format_name: str = "standard",
    closed_through: dt.date | None = None,
    day: dt.date = DAY,
) -> ImportBatch:
    """Import a path as the tests do."""
    mode = LoadMode.GOOD_ROWS if good_rows else LoadMode.ALL_OR_NOTHING
    return import_files(
        request=ImportRequest(
            path=path,
            format_name=format_name,
            business_date=day,
            closed_through=closed_through,
            mode=mode,
            dry_run=dry_run,
        )
    )


def problems_of(batch: ImportBatch) -> list[tuple[str, int, str, str]]:
    """The problems of a batch as (file, row, field, reason)."""
    return list(batch.problems.values_list("file", "row", "field", "reason"))


def adds_up(batch: ImportBatch) -> bool:
    """Whether every row read is accounted for."""
    return batch.rows_read == (
        batch.rows_loaded
        + batch.rows_changed
        + batch.rows_unchanged
        + batch.rows_withheld
        + batch.rows_without_content
        + batch.rows_refused
    )
