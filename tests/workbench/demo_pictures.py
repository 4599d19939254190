"""Renews the pictures of docs/screens that need the demo bank: a year and a half of data.

    daihou demo                                # in another window
    python -m tests.workbench.demo_pictures    # or with another address than http://127.0.0.1:8000

The other pictures come from the walks of the tests (`make golden`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

from daihou.demo_bank.making import PASSWORD
from tests.workbench.conftest import CHROMIUM, SCREENS

_ROW = "main table.sheet tbody tr:first-child"


@dataclass(frozen=True)
class Shown:
    """One picture: where it is taken, and what is pressed there before."""

    name: str
    address: str
    presses: tuple[str, ...] = ()
    is_dark: bool = False


PICTURES = (
    Shown("funds", "/funds/"),
    Shown("fund-draw", "/funds/?suspect=yes&sort=-findings", (f"{_ROW} td:nth-child(1) a",)),
    Shown("fund-finding", "/funds/findings/?state=new", (f"{_ROW} td:nth-child(2) a",)),
    Shown("events", "/events/?state=waiting"),
    Shown("circles", "/graph/"),
    Shown("circle", "/graph/", (f"{_ROW} td:nth-child(1) a",)),
    Shown("risk-model", "/risk-models/", (f"{_ROW} td:nth-child(1) a",), is_dark=True),
    Shown("signal-rules", "/signal-rules/"),
)


def take_pictures(address: str, officer: str = "H0002") -> None:
    """Sign in once in light and once in dark, and save every picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--lang=zh-CN"]
        )
        for is_dark in (False, True):
            page = browser.new_page(
                viewport={"width": 1440, "height": 900}, locale="zh-CN",
                color_scheme="dark" if is_dark else "light",
            )  # fmt: skip
            page.set_default_timeout(120_000)
            _sign_in(page, address, officer)
            for shown in PICTURES:
                if shown.is_dark == is_dark:
                    _take(page, address, shown)


def _sign_in(page: Page, address: str, officer: str) -> None:
    page.goto(f"{address}/login/")
    page.get_by_label("工号").fill(officer)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def _take(page: Page, address: str, shown: Shown) -> None:
    page.goto(f"{address}{shown.address}")
    for pressed in shown.presses:
        page.locator(pressed).first.click()
        page.wait_for_load_state("networkidle")
    for chart in page.locator("[data-chart]:visible").all():
        chart.locator(".main-svg").first.wait_for()
    page.screenshot(path=SCREENS / f"{shown.name}.png")
    print(shown.name, page.url)


if __name__ == "__main__":
    take_pictures(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
