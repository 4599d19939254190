"""Collateral comes in by files: once, with what may change, and goes again with its batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from daihou.collateral.models import Collateral, CollateralLink, Lien, PriceIndex, Valuation
from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.choices import BatchStatus
from daihou.feeds.models import ImportBatch
from daihou.feeds.undoing import undo_batch
from tests.feeds.small_bank import DAY, load, problems_of, write_bank, write_table

pytestmark = pytest.mark.django_db

FILES: dict[str, list[list[str]]] = {
    "押品": [
        ["押品编号", "客户号", "押品种类", "押品名称", "权属人", "所在地区", "登记证明号",
         "保险到期日"],
        ["YP1", "C001", "工业厂房", "三号厂房", "江南纺织有限公司", "临溪市", "证001",
         "2027-01-10"],
    ],
    "担保关系": [
        ["押品编号", "合同编号", "担保金额", "本行顺位", "核定抵押率", "设立日"],
        ["YP1", "H001", "2400000", "2", "60", "2026-01-10"],
    ],
    "他人权利": [
        ["押品编号", "权利人", "权利", "顺位", "金额", "登记日", "经本行同意"],
        ["YP1", "某银行", "", "1", "500000", "2024-06-01", "是"],
    ],
    "估值": [
        ["押品编号", "估值日", "估值", "来源", "评估机构", "收到日"],
        ["YP1", "2026-01-05", "4000000.00", "外部评估", "诚信评估", "2026-01-08"],
    ],
    "市场指数": [
        ["地区", "押品种类", "月份", "指数"],
        ["临溪市", "工业厂房", "2026-10-01", "96.5"],
        ["临溪市", "住宅", "2026-10-01", "88"],
    ],
}  # fmt: skip


def write(folder: Path, *, whole: bool = True, **changed: list[list[str]]) -> Path:
    path = write_bank(folder) if whole else folder
    path.mkdir(exist_ok=True)
    for name, rows in {**FILES, **changed}.items():
        write_table(path / f"{name}.csv", rows)
    return path


def bring_in(path: Path) -> ImportBatch:
    return import_files(request=ImportRequest(path=path, format_name="standard", business_date=DAY))


def spoiled(name: str, column: int, value: str) -> dict[str, list[list[str]]]:
    head, row, *rest = FILES[name]
    return {name: [head, [*row[:column], value, *row[column + 1 :]], *rest]}


def test_it_comes_in_once_and_goes_with_its_batch(tmp_path: Path) -> None:
    batch = load(write(tmp_path / "a"))
    assert problems_of(batch) == []
    piece = Collateral.objects.get()
    link, lien, value = CollateralLink.objects.get(), Lien.objects.get(), Valuation.objects.get()
    assert (piece.name, piece.place, str(piece.insured_until)) == ("三号厂房", "", "2027-01-10")
    assert (link.rank, link.approved_ltv, link.amount) == (2, 60_000_000, 2_400_000_00)
    assert (lien.rank, lien.is_agreed) == (1, True)
    assert (value.value, value.version) == (4_000_000_00, 1)
    assert set(PriceIndex.objects.values_list("points", flat=True)) == {96_500_000, 88_000_000}
    again = bring_in(write(tmp_path / "a", whole=False))
    assert (again.rows_loaded, again.rows_changed, problems_of(again)) == (0, 0, [])
    renewed = bring_in(write(tmp_path / "b", whole=False, **spoiled("押品", 7, "2028-01-10")))
    assert (renewed.rows_changed, problems_of(renewed)) == (1, [])
    undo_batch(number=renewed.pk, business_date=DAY, closed_through=None, actor=None)
    undo_batch(number=batch.pk, business_date=DAY, closed_through=None, actor=None)
    assert not Collateral.objects.exists() and not PriceIndex.objects.exists()


@pytest.mark.parametrize(
    ("name", "column", "value", "reason"),
    [
        ("押品", 2, "飞船", ""),
        ("押品", 1, "C999", "不存在"),
        ("担保关系", 3, "0", "顺位"),
        ("担保关系", 1, "H999", "不存在"),
        ("他人权利", 4, "0", "大于零"),
        ("估值", 5, "2026-01-04", "早于估值日"),
        ("估值", 1, "2027-01-05", "晚于营业日"),
        ("市场指数", 2, "2026-10-02", "1 日"),
        ("市场指数", 3, "0", "大于零"),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, column: int, value: str, reason: str) -> None:
    batch = load(write(tmp_path, **spoiled(name, column, value)))
    assert batch.status == BatchStatus.REFUSED
    assert any(reason in problem[3] for problem in problems_of(batch))
    assert not Collateral.objects.exists()


def test_a_value_on_record_is_not_changed_by_a_file(tmp_path: Path) -> None:
    load(write(tmp_path / "a"))
    batch = bring_in(write(tmp_path / "b", whole=False, **spoiled("估值", 2, "3900000")))
    assert batch.status == BatchStatus.REFUSED
    assert "不能由导入改变" in problems_of(batch)[0][3]
