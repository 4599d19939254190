"""The frame in a real browser: login, search, business date, dark, side panel, paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from daihou.daily_run.models import BusinessDay
from daihou.policy.actions import propose, seed_calendar
from daihou.policy.choices import Evidence
from daihou.staff.actions import change_roles
from daihou.staff.choices import Role
from tests.cast import Cast
from tests.workbench.conftest import SignIn

pytestmark = [pytest.mark.screens, pytest.mark.django_db(transaction=True)]
TODAY = dt.date(2026, 11, 20)
Picture = Callable[[Page, str], None]


@pytest.fixture
def lender(transactional_db: None, cast: Cast) -> Cast:
    for back in range(3):
        BusinessDay.objects.create(day=TODAY - dt.timedelta(days=back), status="closed")
    seed_calendar([2026])
    propose(
        code="signal.55.times", text="2", effective_from=dt.date(2026, 12, 1),
        clause="总行〔2026〕17号", evidence=Evidence.TEXT, reason="延迟两次即预警", by=cast.zhao,
        business_date=TODAY,
    )  # fmt: skip
    return cast


def test_parameters(lender: Cast, sign_in: SignIn, picture: Picture) -> None:
    page = sign_in(lender.qian)
    page.get_by_role("link", name="参数", exact=True).first.click()
    expect(page.get_by_role("heading", name="待复核 1 项")).to_be_visible()
    picture(page, "parameters")
    page.get_by_role("link", name="55 还款延迟:次数达到").first.click()
    page.get_by_role("button", name="复核通过").click()
    expect(page.get_by_role("status")).to_contain_text("自 2026-12-01 起生效")
    expect(page.get_by_role("cell", name="已生效")).to_be_visible()


def test_business_date_travels_along_the_links(lender: Cast, sign_in: SignIn) -> None:
    page = sign_in(lender.qian)
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/parameters/")
    page.get_by_label("业务日期").fill("2026-11-18")
    expect(page.get_by_text("以下为 2026-11-18 当日情况")).to_be_visible()
    page.get_by_role("link", name="工作日历").click()
    expect(page.get_by_text("以下为 2026-11-18 当日情况")).to_be_visible()
    page.get_by_role("link", name="回到最近营业日").click()
    expect(page.get_by_text("当日情况")).to_have_count(0)


def test_search_by_keyboard_and_dark(lender: Cast, sign_in: SignIn, picture: Picture) -> None:
    page = sign_in(lender.qian)
    page.keyboard.press("Control+k")
    page.keyboard.type("参数")
    expect(page.locator("#palette .results a").first).to_contain_text("参数")
    page.keyboard.press("Enter")
    page.wait_for_url("**/parameters/*")
    page.get_by_role("button", name="切换明暗").click()
    expect(page.locator("html")).to_have_class("dark")
    page.reload()
    expect(page.locator("html")).to_have_class("dark")
    picture(page, "parameters-dark")


def test_audit_side_panel(lender: Cast, sign_in: SignIn, picture: Picture) -> None:
    change_roles(officer=lender.li, roles=[Role.COLLECTOR, Role.ASSET_RECOVERY], by=lender.zhou)
    page = sign_in(lender.wang)
    page.get_by_role("link", name="审计", exact=True).click()
    page.get_by_label("对象", exact=True).select_option(label="员工")
    page.get_by_role("row", name="修改").get_by_role("link", name="员工").click()
    panel = page.get_by_role("dialog", name="详情")
    expect(panel.get_by_role("cell", name="催收员、资产保全")).to_be_visible()
    picture(page, "audit")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_paper_has_title_person_and_no_sidebar(lender: Cast, sign_in: SignIn) -> None:
    page = sign_in(lender.qian)
    page.get_by_role("link", name="参数", exact=True).first.click()
    page.emulate_media(media="print")
    expect(page.locator(".paper-head")).to_contain_text("钱行长(总行)")
    expect(page.locator(".paper-head")).to_contain_text("业务日期 2026-11-20")
    expect(page.locator(".sidebar")).to_be_hidden()
    assert len(page.pdf(prefer_css_page_size=True)) > 10_000
