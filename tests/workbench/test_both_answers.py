"""当时所知 and 现在更正后 on every page of a past day; each figure is the sum of its rows."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.test import Client

from daihou.staff.models import Officer
from loanmath.money import yuan
from tests.cast import Cast
from tests.late_story import paid_late_and_bounced
from tests.small_book import SmallBook
from tests.workbench.query_counts import check_query_count
from tests.workbench.test_overview_desk import AMOUNT_LINK, sum_behind

pytestmark = pytest.mark.django_db

AsOfficer = Callable[[Officer], Client]
PAST = "day=2026-03-12"
THEN, NOW = f"{PAST}&known=then", f"{PAST}&known=now"


@pytest.fixture
def book(cast: Cast, tmp_path: Path, settings: Any) -> SmallBook:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    return paid_late_and_bounced(cast)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def line_of(page: str, name: str) -> str:
    """The line of a table that names something."""
    [line] = [one for one in re.findall(r"<tr>(.*?)</tr>", page, re.S) if f">{name}</a>" in one]
    return line


def test_the_overview_answers_both_and_its_figures_are_sums_of_rows(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao = as_officer(cast.zhao)
    then, now = (text_of(zhao, f"/overview/?{one}") for one in (THEN, NOW))
    assert text_of(zhao, f"/overview/?{PAST}").count('aria-current="true">当时所知') == 1
    assert 'aria-current="true">现在更正后' in now
    for page in (then, now):
        assert "3 笔更正" in page and "3 笔借据不同,余额 −1,000.00元,逾期贷款 −9,000.00元" in page
        figures = dict(AMOUNT_LINK.findall(page))
        assert len(figures) > 10
        wrong = {a: fen for a, fen in figures.items() if sum_behind(zhao, a) != int(fen)}
        assert not wrong
    assert "known=now" in now and "known=then" in then
    assert "逾期贷款 1.8万元" in then and "逾期贷款 9,000.00元" in now


def test_rows_behind_a_figure_follow_its_answer(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao, cell = as_officer(cast.zhao), "counted=overdue"
    then, now = (text_of(zhao, f"/overview/rows/?{cell}&{one}") for one in (THEN, NOW))
    assert "甲" in then and "丁" in then and ">乙</a>" not in then
    assert ">乙</a>" in now and ">甲</a>" not in now


def test_the_list_of_loans_stands_as_of_the_day(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    then, now = (text_of(zhang, f"/loans/?{one}") for one in (THEN, NOW))
    assert "关注" in line_of(then, "甲") and "正常" in line_of(now, "甲")
    assert "正常" in line_of(then, "乙") and "关注" in line_of(now, "乙")
    assert line_of(then, "丙") == line_of(now, "丙")
    assert f'value="{yuan("9000")}"' in line_of(then, "甲")
    assert f'value="{yuan("8000")}"' in line_of(now, "甲")
    assert "3 笔更正" in then
    late = text_of(zhang, f"/loans/?{THEN}&overdue=1&sort=-principal")
    assert "共 2 笔" in late and ">乙</a>" not in late
    assert "共 1 笔" in text_of(zhang, f"/loans/?{NOW}&grade=2")
    assert "共 1 笔" in text_of(zhang, f"/loans/?{NOW}&q=丁&status=1&officer=张经理")
    assert "共 0 笔" in text_of(as_officer(cast.chen), f"/loans/?{THEN}")


def test_the_list_of_clients_stands_as_of_the_day(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    then, now = (text_of(zhang, f"/customers/?{one}") for one in (THEN, NOW))
    assert "关注" in line_of(then, "甲") and "黄" in line_of(then, "甲")
    assert "正常" in line_of(now, "甲") and "黄" not in line_of(now, "甲")
    assert "黄" in line_of(now, "乙")
    for page, known in ((then, "then"), (now, "now")):
        behind = text_of(zhang, f"/overview/rows/?{PAST}&known={known}")
        [whole] = re.findall(r'id="sum"><data class="money[^"]*" value="(\d+)"', behind)
        lines = re.findall(r"<tr><td(.*?)</tr>", page, re.S)
        owed = [int(re.findall(r'value="(\d+)"', line)[0]) for line in lines]
        assert sum(owed) == int(whole) and len(owed) == 4
    assert "共 0 户" in text_of(as_officer(cast.chen), f"/customers/?{THEN}")


def test_a_client_stands_as_of_the_day(book: SmallBook, cast: Cast, as_officer: AsOfficer) -> None:
    zhang = as_officer(cast.zhang)
    then, now = (text_of(zhang, f"/customers/甲/?{one}") for one in (THEN, NOW))
    assert "1 笔逾期,最长 2 天" in then and "分类关注" in then and "黄色 1 个" in then
    assert "没有逾期,分类正常" in now and "未消失的信号" not in now
    assert "更正后:1 笔借据不同,余额 −1,000.00元,逾期本息 −1,010.00元" in then
    assert "known=now" in then and "about=2026-03-12&amp;q=" in then
    bounced = text_of(zhang, f"/customers/乙/?{NOW}")
    assert "1 笔逾期,最长 2 天" in bounced and "黄色 1 个" in bounced
    assert "的更正认定当日应为黄色" in bounced
    assert "没有更正涉及当日" in text_of(zhang, f"/customers/丙/?{PAST}")
    for asked, days in ((THEN, 2), (NOW, 0)):
        listed = line_of(text_of(zhang, f"/customers/?{asked}"), "甲")
        assert (f"{days} 天" in listed) == bool(days)
    assert "1 笔逾期" in text_of(zhang, "/customers/甲/?day=2026-03-11&known=then")


def test_files_say_which_answer_they_hold(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao = as_officer(cast.zhao)
    addresses = ("/loans/?", "/customers/?", "/overview/rows/?", "/overview/export/grades/?")
    for address in addresses:
        for asked, answer in ((THEN, "当时所知"), (NOW, "现在更正后")):
            file = zhao.get(f"{address}{asked}&export=xlsx")
            assert answer in unquote(file["Content-Disposition"])
            sheet = openpyxl.load_workbook(io.BytesIO(b"".join(file))).active
            assert f"口径 {answer}" in str(sheet["A1"].value)  # type: ignore[index]


def test_the_band_leads_to_the_corrections_in_between(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(zhang, f"/loans/?{PAST}")
    [link] = re.findall(r'<a href="(/corrections/\?about=[^"]*)"', page)
    listed = text_of(zhang, html.unescape(link))
    assert "共 3 笔" in listed
    assert "共 0 笔" in text_of(zhang, "/corrections/?about=2026-03-13")
    assert "没有更正涉及当日" in text_of(as_officer(cast.chen), f"/loans/?{PAST}")


def test_query_counts(book: SmallBook, cast: Cast, as_officer: AsOfficer) -> None:
    zhao = as_officer(cast.zhao)
    pages = {
        "overview": "/overview/", "loans": "/loans/", "customers": "/customers/",
        "customer": "/customers/甲/",
    }  # fmt: skip
    for name, address in pages.items():
        for asked in (THEN, NOW):
            check_query_count(f"{name}_past_{asked[-4:].strip('=')}", zhao, f"{address}?{asked}")
