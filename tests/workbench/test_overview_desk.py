"""组合总览: every figure on the page opens rows that add up to it; scope, days, export, doors."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from daihou.daily_run.choices import DayStatus
from daihou.daily_run.models import BusinessDay
from tests.reports.bank import DAYS, FEBRUARY, TODAY, YUAN, Bank, build_bank
from tests.workbench.query_counts import check_query_count

LOGIN = "django.contrib.auth.backends.ModelBackend"
AMOUNT_LINK = re.compile(r'<a href="([^"]*/rows/[^"]*)"><data class="money[^"]*" value="(-?\d+)">')
RATIO_LINK = re.compile(r'<a href="([^"]*/rows/[^"]*)">(\d+\.\d\d)%</a>')
SUM = re.compile(r'id="sum"><data class="money[^"]*" value="(-?\d+)">')


@pytest.fixture
def bank(db: None, tmp_path: Path, settings: Any) -> Bank:
    settings.SNAPSHOT_FOLDER = tmp_path
    built = build_bank(tmp_path)
    for day in DAYS:
        BusinessDay.objects.create(day=day, status=DayStatus.CLOSED)
    return built


def look(client: Client, bank: Bank, name: str, address: str) -> str:
    client.force_login(bank.officers[name], backend=LOGIN)
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def sum_behind(client: Client, address: str) -> int:
    answer = client.get(html.unescape(address))
    assert answer.status_code == 200, address
    found = SUM.search(answer.content.decode())
    assert found, address
    return int(found[1])


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("赵风险", ""),
        ("孙贷后", "?base=day&late=90"),
        ("张经理", "?base=year&late=60"),
        ("赵风险", f"?day={FEBRUARY}"),
        ("赵风险", "?currency=USD"),
    ],
)
def test_every_amount_on_the_page_is_the_sum_of_its_rows(
    client: Client, bank: Bank, name: str, query: str
) -> None:
    page = look(client, bank, name, f"/overview/{query}")
    figures = [(a, int(fen)) for a, fen in AMOUNT_LINK.findall(page)]
    assert len(figures) > 20
    wrong = [(a, fen) for a, fen in dict(figures).items() if sum_behind(client, a) != fen]
    assert not wrong


def test_every_ratio_opens_its_numerator(client: Client, bank: Bank) -> None:
    """不良率, 逾期率 in the tables: the rows over the balance beside it give the ratio shown."""
    page = look(client, bank, "赵风险", "/overview/")
    lines = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    checked = 0
    for line in lines:
        amounts, ratios = AMOUNT_LINK.findall(line), RATIO_LINK.findall(line)
        if "at_" not in line or not amounts:
            continue
        for address, text in ratios:
            checked += 1
            assert f"{sum_behind(client, address) / int(amounts[0][1]) * 100:.2f}" == text
    assert checked >= 8


def test_the_cards_of_the_day(client: Client, bank: Bank) -> None:
    page = look(client, bank, "赵风险", "/overview/")
    cards = {
        name: (html.unescape(link), value)
        for link, name, value in re.findall(
            r'<a class="figure[^"]*" href="([^"]+)".*?"name">([^<]+)<.*?"value">([^<]+)<',
            page,
            re.S,
        )
    }
    assert cards["不良率"][1] == "11.70%" and cards["逾期率"][1] == "71.93%"
    assert cards["逾期90天以上/不良"][1] == "100.00%"
    assert cards["有余额户数"][1] == "3" and cards["贷款余额"][1] == "171.0万元"
    assert cards["本月回收"][1] == "50.0万元"
    sums = {name: sum_behind(client, link) // YUAN for name, (link, _) in cards.items()}
    assert sums == {
        "贷款余额": 1_710_000, "有余额户数": 1_710_000, "不良率": 200_000, "逾期率": 1_230_000,
        "逾期90天以上/不良": 200_000, "本月回收": 500_000,
    }  # fmt: skip


def test_the_movements_are_told_from_the_data(client: Client, bank: Bank) -> None:
    page = look(client, bank, "赵风险", "/overview/")
    told = re.findall(r'<li><a href="([^"]+)"><strong>([^<]+)</strong> <span[^>]*>([^<]+)<', page)
    assert len(told) == 3
    assert told[0][1:] == ("城西支行", "不良贷款减少 60.0万元(60.0万元 → 0.00元)")
    assert sum_behind(client, told[0][0]) == -600_000 * YUAN


def test_a_part_without_loans_says_how_to_widen_it(client: Client, bank: Bank) -> None:
    page = look(client, bank, "赵风险", "/overview/?industry=-")
    assert "没有贷款" in page and "清除选择" in page


def test_the_other_branch_is_nowhere_on_the_page(client: Client, bank: Bank) -> None:
    east = bank.branches["CD"].pk
    for address in ("/overview/", f"/overview/?branch={east}", f"/overview/rows/?branch={east}"):
        page = look(client, bank, "陈外支", address)
        assert not re.search("城东|江南纺织厂|王秀英|赵大田|>L[1-4]<", page)


def test_somebody_without_business_does_not_come_in(client: Client, bank: Bank) -> None:
    client.force_login(bank.officers["周管理"], backend=LOGIN)
    for address in ("/overview/", "/overview/rows/", "/overview/export/grades/"):
        assert client.get(address).status_code == 403


def test_a_client_handed_over_keeps_the_sum_but_not_the_name(client: Client, bank: Bank) -> None:
    """The past shows what was managed then; names follow who may see the client now."""
    customer = bank.loans["L4"].customer
    customer.branch = bank.branches["CX"]
    customer.save()
    page = look(client, bank, "孙贷后", "/overview/rows/?npl=1")
    assert sum_behind(client, "/overview/rows/?npl=1") == 200_000 * YUAN
    assert "赵大田" not in page and "/loans/L4/" not in page


def test_a_day_without_snapshot_shows_the_last_before_it(client: Client, bank: Bank) -> None:
    page = look(client, bank, "赵风险", "/overview/?day=2026-02-10")
    assert "此前最近一日 2026-01-31" in page
    rows = look(client, bank, "赵风险", "/overview/rows/?day=2026-02-10")
    assert "没有日终快照" in rows, "rows of a day are never those of another"


def test_before_the_first_day_the_page_says_what_to_do(client: Client, bank: Bank) -> None:
    BusinessDay.objects.all().delete()
    assert "日终" in look(client, bank, "赵风险", "/overview/")


def test_a_closed_day_without_its_file_says_so(client: Client, bank: Bank, settings: Any) -> None:
    settings.SNAPSHOT_FOLDER = bank.folder / "elsewhere"
    assert "没有日终快照" in look(client, bank, "赵风险", "/overview/")


@pytest.mark.parametrize("query", ["counted=everything", "grade=x", "counted=closing"])
def test_a_wrong_address_is_refused_in_chinese(client: Client, bank: Bank, query: str) -> None:
    client.force_login(bank.officers["赵风险"], backend=LOGIN)
    answer = client.get(f"/overview/rows/?{query}")
    assert answer.status_code == 400 and "地址有误" in answer.content.decode()


def test_a_base_day_without_snapshot_is_not_found(client: Client, bank: Bank) -> None:
    client.force_login(bank.officers["赵风险"], backend=LOGIN)
    assert client.get("/overview/rows/?counted=closing&base=2020-01-01").status_code == 404


BLOCKS = ("grades", "overdue", "migration", "rolls", "vintage", "branches", "products",
          "industries", "officers", "clients")  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_exports_what_it_shows(client: Client, bank: Bank, name: str) -> None:
    page = look(client, bank, "赵风险", "/overview/")
    assert f'href="/overview/export/{name}/"' in page
    answer = client.get(f"/overview/export/{name}/")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert f"业务日期 {TODAY}" in rows[0][0]
    assert len(rows) > 2 and any(isinstance(cell, int | float) for cell in rows[2])


def test_unknown_block_is_not_found(client: Client, bank: Bank) -> None:
    client.force_login(bank.officers["赵风险"], backend=LOGIN)
    assert client.get("/overview/export/everything/").status_code == 404


def test_rows_export_adds_up(client: Client, bank: Bank) -> None:
    client.force_login(bank.officers["赵风险"], backend=LOGIN)
    answer = client.get("/overview/rows/?counted=overdue&export=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    _, headings, *rows = book.active.iter_rows(values_only=True)
    place = headings.index("计入逾期的余额(元)")
    assert sum(row[place] for row in rows) == 1_230_000


@pytest.mark.parametrize("days", [3, len(DAYS)])
def test_the_number_of_queries_does_not_grow(client: Client, bank: Bank, days: int) -> None:
    for day in DAYS[:-days]:
        (bank.folder / f"day={day}" / "book.parquet").unlink()
    client.force_login(bank.officers["赵风险"], backend=LOGIN)
    check_query_count("overview", client, "/overview/")
    check_query_count("overview_rows", client, "/overview/rows/")


def test_months_are_named_by_their_last_snapshot(client: Client, bank: Bank) -> None:
    """February was run to its end; had it not been, the comparison would name the day."""
    page = look(client, bank, "赵风险", "/overview/")
    assert "较上月末" in page
    february = bank.folder / f"day={FEBRUARY}" / "book.parquet"
    moved = bank.folder / "day=2026-02-20" / "book.parquet"
    moved.parent.mkdir()
    february.rename(moved)
    assert "较02-20" in look(client, bank, "赵风险", "/overview/")


def test_charts_are_data(client: Client, bank: Bank) -> None:
    """One point per month and bucket, each with its rows; worse buckets are darker."""
    page = look(client, bank, "赵风险", "/overview/")
    figure = json.loads(
        re.search(r'<script id="chart-overdue" type="application/json">(.*?)</script>', page, re.S)[
            1
        ]  # type: ignore[index]
    )
    assert [trace["name"] for trace in figure["data"]] == [
        "1–30天", "31–60天", "61–90天", "91–180天", "181天以上",
    ]  # fmt: skip
    shades = [trace["opacity"] for trace in figure["data"]]
    assert shades == sorted(shades)
    assert figure["data"][0]["x"] == ["25-12", "26-01", "26-02", "03-31"]
    assert figure["data"][1]["y"][-1] == 100.0
    assert sum_behind(client, figure["data"][1]["customdata"][-1]) == 1_000_000 * YUAN
