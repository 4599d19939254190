"""A case walks from signal to release in a real browser, with the second signature of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext, Page

from daihou.early_warning.cases.choices import CaseState
from daihou.early_warning.cases.models import SignalCase
from tests.cast import Cast, make_branches, make_cast
from tests.workbench.conftest import SignIn
from tests.workbench.small_bank import LONG_NAME, make_small_bank
from tests.workbench.small_cases import open_cases

pytestmark = [pytest.mark.screens, pytest.mark.django_db(transaction=True)]
Picture = Callable[[Page, str], None]


@pytest.fixture
def people(transactional_db: None) -> Iterator[Cast]:
    branches = make_branches()
    cast = make_cast(branches)
    make_small_bank(cast, branches)
    open_cases()
    yield cast
    with connection.cursor() as cursor:  # Django empties its own tables only
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def step(page: Page, words: str, button: str, fill: Callable[[Page], None] | None = None) -> None:
    page.locator(".page-head .actions").get_by_role("link", name=words, exact=True).click()
    panel = page.locator("#side-panel")
    panel.get_by_role("button", name=button, exact=True).wait_for()
    if fill is not None:
        fill(page)
    panel.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("status").first.wait_for()


def test_from_signal_to_release(
    people: Cast, sign_in: SignIn, picture: Picture, context: BrowserContext
) -> None:
    page = sign_in(people.sun)
    page.goto(page.url.split("?")[0].rstrip("/") + "/warnings/?scope=all")
    picture(page, "warnings")
    page.locator("main").get_by_role("link", name=LONG_NAME).click()
    step(page, "签收", "签收")

    def plan(page: Page) -> None:
        page.get_by_label("处置思路").fill("回款集中在月底,先落实两户大额应收账款,再看担保")
        page.get_by_label("措施").first.select_option("contact")
        page.get_by_label("要求").first.fill("约见法定代表人,取得下游付款承诺")
        page.get_by_label("办理人").first.select_option(str(people.zhang.pk))
        page.get_by_label("期限").first.fill("2026-11-26")
        picture(page, "warning-plan")

    step(page, "制定处置方案", "确定方案", plan)
    page.get_by_role("link", name="登记结果").click()
    page.get_by_label("办理结果").fill("已约见,对方承诺 11 月 30 日前付款 300 万元")
    page.locator("#side-panel").get_by_role("button", name="登记结果").click()
    page.get_by_role("status").filter(has_text="已登记完成").wait_for()

    def verify(page: Page) -> None:
        page.get_by_label("已见效,可以解除").check()
        page.get_by_label("核实情况").fill("账户流水核对:300 万元已到账,逾期本息已结清")

    step(page, "核实处置效果", "登记核实", verify)

    def release(page: Page) -> None:
        page.get_by_label("风险消除").check()
        page.get_by_label("解除理由").fill("逾期已还清,下游付款恢复正常")

    step(page, "提请解除", "提交解除", release)
    picture(page, "warning-case")
    address = page.url
    page.goto(address.split("/warnings/")[0] + "/warnings/board/?scope=all")
    picture(page, "warning-board")

    context.clear_cookies()
    page = sign_in(people.zhao)
    page.goto(address)

    def decide(page: Page) -> None:
        page.get_by_label("同意").check()

    step(page, "复核", "提交复核意见", decide)
    case = SignalCase.objects.get(customer__name=LONG_NAME)
    assert (case.state, case.closed_by) == (CaseState.RELEASED, people.zhao)
