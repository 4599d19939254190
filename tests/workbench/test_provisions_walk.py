"""In a browser: the overview of provisions, a loan's reasons, and a rebuttal by two people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from playwright.sync_api import Page

from daihou.provision.models import StageRebuttal
from daihou.staff.models import Officer
from tests.cast import Cast, make_branches, make_cast
from tests.workbench.test_provisions_desk import fill

pytestmark = [pytest.mark.screens, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(transactional_db: None) -> Iterator[Cast]:
    make = make_cast(make_branches())
    fill(make)
    yield make
    with connection.cursor() as cursor:  # Django empties its own tables only
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def test_from_the_overview_to_a_rebuttal(
    people: Cast,
    sign_in: Callable[[Officer], Page],
    picture: Callable[[Page, str], None],
) -> None:
    page = sign_in(people.zhang)
    page.get_by_role("link", name="拨备", exact=True).click()
    page.locator(".js-plotly-plot, .chart svg").first.wait_for()
    picture(page, "provisions")
    page.get_by_role("link", name="阶段上迁").click()
    page.get_by_role("link", name="甲", exact=True).click()
    page.get_by_role("heading", name="阶段经过").wait_for()
    picture(page, "provision_loan")
    page.get_by_role("link", name="反驳推定").first.click()
    page.get_by_label("理由与依据").fill("货款在途,买方已出具付款承诺函")
    page.get_by_label("有效期至").fill("2026-04-10")
    page.get_by_role("button", name="提交复核").click()
    page.get_by_text("待复核").first.wait_for()
    address = page.url
    page.context.clear_cookies()
    page = sign_in(people.zhao)
    page.goto(address)
    page.get_by_role("button", name="复核通过").click()
    page.get_by_role("status").filter(has_text="已复核").wait_for()
    assert StageRebuttal.objects.get().status == "approved"
