"""In a browser: an index is tried and proposed by one, carried out by another; shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from playwright.sync_api import Page

from daihou.collateral.models import Valuation
from daihou.staff.models import Officer
from tests.cast import Cast, make_branches, make_cast
from tests.collateral.register import WAN
from tests.workbench.small_bank import make_small_bank
from tests.workbench.test_collateral_desk import give_all

pytestmark = [pytest.mark.screens, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(transactional_db: None) -> Iterator[Cast]:
    branches = make_branches()
    cast = make_cast(branches)
    give_all(make_small_bank(cast, branches), cast)
    yield cast
    with connection.cursor() as cursor:  # Django empties its own tables only
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def test_an_index_is_tried_proposed_and_carried_out(
    people: Cast,
    sign_in: Callable[[Officer], Page],
    picture: Callable[[Page, str], None],
) -> None:
    page = sign_in(people.zhao)
    page.get_by_role("link", name="押品", exact=True).click()
    page.get_by_text("抵押率超核定").first.wait_for()
    page.get_by_role("link", name="指数重估").click()
    page.get_by_role("link", name="试算").click()
    page.get_by_label("押品种类").select_option("工业厂房")
    page.get_by_label("指数月份").fill("2026-10")
    page.get_by_role("button", name="试算").click()
    page.get_by_role("heading", name="重估前后").wait_for()
    page.get_by_label("重估理由").fill("厂房成交价下行两成")
    page.get_by_role("button", name="提交 1 件").click()
    page.get_by_role("button", name="撤回").wait_for()
    address = page.url
    page.context.clear_cookies()
    page = sign_in(people.qian)
    page.goto(address)
    page.get_by_role("button", name="复核通过并执行").click()
    page.get_by_role("status").filter(has_text="已按指数写入 1 件估值").wait_for()
    assert Valuation.objects.get(revaluation__isnull=False).value == 2400 * WAN
    page.get_by_role("link", name="YP1").click()
    page.locator(".js-plotly-plot, .chart svg").first.wait_for()
    picture(page, "collateral")
