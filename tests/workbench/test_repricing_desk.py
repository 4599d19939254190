"""利率重定价 and LPR 报价: who sees which reset, the client's notice, two people for a quote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook
from playwright.sync_api import Page

from daihou.policy.choices import VersionStatus
from daihou.policy.models import BenchmarkQuote
from daihou.staff.models import Officer
from tests.cast import Branches, Cast, make_branches, make_cast
from tests.workbench.conftest import SignIn
from tests.workbench.floating_rates import float_some, publish
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
WANG, LI, LONG = "JJ2026000003", "JJ2026000005", "JJ2026000004"  # 王秀英, 李建国, the long name


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    made = make_small_bank(cast, branches)
    float_some(made, cast)
    return made


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def notice(number: str, day: dt.date) -> str:
    return f"/loans/{number}/resets/{day}/notice/"


def test_the_list_by_month_and_its_export(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    sun = as_officer(cast.sun)
    page = text_of(sun, "/loans/repricing/")
    assert "7.20% → 4.20%" in page and "缺 LPR 报价" in page and "LPR1年期 + 120 基点" in page
    assert {WANG, LI} <= {one for one in (WANG, LI, LONG) if one in page}
    assert WANG in text_of(sun, "/loans/repricing/?when=made")
    assert LI not in text_of(sun, "/loans/repricing/?when=made")
    assert LI in text_of(sun, "/loans/repricing/?when=next_month")
    aside = text_of(sun, "/loans/repricing/?when=aside")
    assert LONG in aside and WANG not in aside
    file = sun.get("/loans/repricing/?when=next_month&export=xlsx")
    rows = list(load_workbook(BytesIO(b"".join(file))).active.values)  # type: ignore[union-attr]
    assert any("每1个月对月对日重定价" in str(cell) for row in rows for cell in row)


def test_another_branch_sees_nothing(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    chen = as_officer(cast.chen)
    page = text_of(chen, "/loans/repricing/")
    assert WANG not in page and "没有浮动利率借据" in page
    assert chen.get(notice(WANG, DAY)).status_code == 404


def test_the_notice_of_a_reset_that_was_made(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = text_of(as_officer(cast.zhang), notice(WANG, DAY))
    for word in (
        "利率调整通知书",
        "王秀英",
        "7.20%",
        "4.20%",
        "下调 300 基点",
        "3.00%",
        "2026年11月20日",
    ):
        assert word in page, word
    version = bank.loans["王秀英"].plans.get(version=2)
    total = version.principal[0] + version.interest[0]
    assert f"{total // 100:,}.{total % 100:02d}" in page


def test_the_notice_before_a_reset_says_that_it_is_one(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(zhang, notice(LI, DAY + dt.timedelta(days=20)))
    assert "利率调整预告通知书" in page and "预计调整后年利率" in page and "4.20%" in page
    for number, day in ((LI, DAY), (LONG, DAY), ("JJ2026000001", DAY), ("none", DAY)):
        assert zhang.get(notice(number, day)).status_code == 404, number


def test_the_loan_says_how_its_rate_floats(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(zhang, f"/loans/{WANG}/")
    assert "LPR1年期 + 120 基点,每1个月对月对日重定价" in page and "下次重定价日" in page
    assert "未重定价:缺 LPR 报价" in text_of(zhang, f"/loans/{LONG}/")
    assert "对月对日" not in text_of(zhang, "/loans/JJ2026000001/")


def test_the_query_counts(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    zhang = as_officer(cast.zhang)
    check_query_count("repricing", zhang, "/loans/repricing/")
    check_query_count("loan_floating", zhang, f"/loans/{WANG}/")
    check_query_count("reset_notice", zhang, notice(WANG, DAY))
    check_query_count("parameter_quotes", as_officer(cast.zhao), "/parameters/quotes/")


def test_quotes_are_entered_by_one_and_approved_by_another(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao, qian = as_officer(cast.zhao), as_officer(cast.qian)
    page = text_of(zhao, "/parameters/quotes/")
    assert "1 笔借据到期未能重定价" in page and "录入报价" in page
    given = {"quotes": "2026-11-19 - 3.50\n2026-10-20, 3.10 3.50%", "source": "公告"}
    answer = zhao.post("/parameters/quotes/", given)
    assert answer.status_code == 200 and "已有相同的报价" in answer.content.decode()
    given["quotes"] = "2026-11-19 - 3.50"
    assert zhao.post("/parameters/quotes/", given).status_code == 302
    quote = BenchmarkQuote.objects.get(status=VersionStatus.PROPOSED)
    address = f"/parameters/quotes/{quote.pk}/"
    zhao.post(address, {"decision": "approve"})
    quote.refresh_from_db()
    assert quote.status == VersionStatus.PROPOSED
    assert "复核通过" in text_of(qian, "/parameters/quotes/")
    qian.post(address, {"decision": "approve"})
    quote.refresh_from_db()
    assert (quote.status, quote.approved_by) == (VersionStatus.APPROVED, cast.qian)
    assert "录入报价" not in text_of(qian, "/parameters/quotes/")


@pytest.mark.parametrize(
    "lines", ["", "2026-11-19 3.5", "2026-13-19 3 3.5", "2026-11-19 三 3.5", "2026-12-20 3 3.5"]
)
def test_lines_that_are_no_quotes(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer, lines: str
) -> None:
    before = BenchmarkQuote.objects.count()
    sent = as_officer(cast.zhao).post("/parameters/quotes/", {"quotes": lines, "source": "公告"})
    assert sent.status_code == 200
    assert BenchmarkQuote.objects.count() == before


@pytest.mark.screens
@pytest.mark.django_db(transaction=True)
def test_from_the_list_to_the_notice(
    transactional_db: None, sign_in: SignIn, picture: Callable[[Page, str], None]
) -> None:
    branches = make_branches()
    cast = make_cast(branches)
    float_some(make_small_bank(cast, branches), cast)
    publish(cast, DAY - dt.timedelta(days=64), "3.20")
    page = sign_in(cast.zhang)
    page.goto(page.url + "loans/")
    page.get_by_role("link", name="利率重定价").click()
    page.get_by_role("link", name="本月已重定价").click()
    picture(page, "repricing")
    page.get_by_role("link", name="打开").click()
    page.get_by_role("heading", name="利率调整通知书").last.wait_for()
    picture(page, "reset-notice")
    page.get_by_role("link", name="登记已通知").click()
    page.locator("#side-panel").get_by_role("button", name="登记").first.wait_for()
