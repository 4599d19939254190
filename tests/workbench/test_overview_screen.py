"""组合总览 in a browser: charts are drawn, a figure and a column of a chart lead to their rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from daihou.daily_run.choices import DayStatus
from daihou.daily_run.models import BusinessDay
from daihou.staff.models import Officer
from tests.cast import PASSWORD, Cast
from tests.late_story import paid_late_and_bounced
from tests.reports.bank import TODAY, build_bank

SLOW = 30_000  # milliseconds; the chart library is large and the machine may be busy
pytestmark = pytest.mark.screens


@pytest.fixture
def manager(transactional_db: None, tmp_path: Path, settings: Any) -> Officer:
    settings.SNAPSHOT_FOLDER = tmp_path
    officer = build_bank(tmp_path).officers["赵风险"]
    BusinessDay.objects.create(day=TODAY, status=DayStatus.CLOSED)
    officer.set_password(PASSWORD)
    officer.save()
    return officer


def test_figures_and_charts_lead_to_their_rows(
    manager: Officer,
    sign_in: Callable[[Officer], Page],
    picture: Callable[[Page, str], None],
) -> None:
    page = sign_in(manager)
    page.get_by_role("link", name="组合总览").click()
    expect(page.locator("[data-chart][data-drawn]")).to_have_count(3, timeout=SLOW)
    picture(page, "overview")

    page.get_by_role("link", name="不良率").first.click()
    expect(page.get_by_role("heading", name="不良贷款")).to_be_visible(timeout=SLOW)
    expect(page.locator("#sum")).to_have_text("200,000.00")
    page.go_back()

    bar = page.locator('[data-chart="chart-grades"] .point').nth(1)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("heading", name="关注类贷款")).to_be_visible(timeout=SLOW)
    expect(page.locator("#sum")).to_have_text("1,110,000.00")


def test_the_unit_of_money_is_remembered(
    manager: Officer, sign_in: Callable[[Officer], Page]
) -> None:
    page = sign_in(manager)
    page.get_by_role("link", name="组合总览").click()
    # The page's scripts run after the charts' library; before that a click does nothing.
    expect(page.locator("[data-chart][data-drawn]")).to_have_count(3, timeout=SLOW)
    page.get_by_role("button", name="换成万元").first.click()
    page.reload()
    expect(page.locator("#grades data.money").first).to_have_text("35.00", timeout=SLOW)


@pytest.fixture
def corrected(cast: Cast, transactional_db: None, tmp_path: Path, settings: Any) -> Officer:
    """A manager of a bank whose past was corrected."""
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    paid_late_and_bounced(cast)
    return cast.zhao


def test_an_answer_travels_from_the_overview_to_a_loan(
    corrected: Officer, sign_in: Callable[[Officer], Page], live_server: LiveServer
) -> None:
    page = sign_in(corrected)
    page.goto(f"{live_server.url}/overview/?day=2026-03-12")
    band = page.locator(".band-past")
    expect(band).to_contain_text("3 笔更正涉及当日,更正后:3 笔借据不同", timeout=SLOW)
    expect(band.locator("[aria-current]")).to_have_text("当时所知")
    page.get_by_role("link", name="逾期率").first.click()
    expect(page.locator("#sum")).to_have_text("18,000.00", timeout=SLOW)
    assert "known=then" in page.url
    band.get_by_role("link", name="现在更正后").click()
    expect(page.locator("#sum")).to_have_text("9,000.00", timeout=SLOW)
    page.get_by_role("link", name="乙", exact=True).first.click()
    expect(page.locator(".band-past [aria-current]")).to_have_text("现在更正后", timeout=SLOW)
    assert "day=2026-03-12" in page.url and "known=now" in page.url
    page.locator(".band-past").get_by_role("link", name="1 笔更正").click()
    expect(page.get_by_text("共 1 笔")).to_be_visible(timeout=SLOW)
    assert "day=" not in page.url
