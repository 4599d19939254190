"""A browser for the screens: Debian's chromium, signed in once, pictures on request.

`CHROMIUM` names another browser than /usr/bin/chromium. `UPDATE_SCREENS=1` (or `make golden`) saves
the pictures that the README shows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from daihou.staff.models import Officer
from tests.cast import PASSWORD

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"

SignIn = Callable[[Officer], Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no browser at {CHROMIUM}; install chromium or set CHROMIUM")
    # Playwright keeps an event loop in this thread, and Django refuses to work beside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--lang=zh-CN"],
            env={**os.environ, "LANGUAGE": "zh_CN"},
        )  # fmt: skip
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains of: script errors, refused scripts, missing files."""
    return []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai",
        color_scheme="light",
    )  # fmt: skip
    yield opened
    opened.close()


@pytest.fixture
def sign_in(
    live_server: LiveServer, context: BrowserContext, complaints: list[str]
) -> Iterator[SignIn]:
    """Signs an officer of the cast in through the login page; fails when the browser complained."""

    def signed_in(officer: Officer) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.goto(f"{live_server.url}/login/")
        page.get_by_label("工号").fill(officer.username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield signed_in
    assert not complaints


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Saves what the browser shows as docs/screens/<name>.png, when asked to."""

    def save(page: Page, name: str) -> None:
        if os.environ.get("UPDATE_SCREENS") == "1":
            SCREENS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENS / f"{name}.png")

    return save
