"""What the browser is told: nothing from outside, no script in the page, no eval."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

import daihou.workbench
from daihou.staff.models import Officer
from tests.cast import Cast

TEMPLATES = Path(daihou.workbench.__file__).parent / "templates"


@pytest.mark.parametrize(
    "address", ["/login/", "/parameters/", "/no-such-page/", "/static/workbench/desk.js"]
)
def test_every_answer_carries_the_policy(
    cast: Cast, as_officer: Callable[[Officer], Client], address: str
) -> None:
    answer = as_officer(cast.zhao).get(address)
    policy = answer.headers.get("Content-Security-Policy", "")
    if address.startswith("/static/"):
        assert answer.headers["Access-Control-Allow-Origin"] == "*" or policy
        return
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_of_a_desk_are_not_kept_by_caches(
    cast: Cast, as_officer: Callable[[Officer], Client]
) -> None:
    assert "no-store" in as_officer(cast.zhao).get("/parameters/").headers["Cache-Control"]


def test_no_template_holds_a_script_or_a_handler() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+=\"|javascript:")
    assert inline.search("<script>x</script>")
    assert inline.search('<a onclick="x">')
    pages = sorted(TEMPLATES.rglob("*.html"))
    assert len(pages) > 15
    assert not [str(page) for page in pages if inline.search(page.read_text())]


def test_chart_script_comes_from_its_own_package(db: None) -> None:
    answer = Client().get("/static/plotly/plotly.min.js")
    assert answer.status_code == 200
    assert Client().get("/static/plotly/datasets/iris.csv.gz").status_code == 404


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [("/no-such-page/", 404, "没有找到"), ("/parameters/", 403, "没有权限")],
)
def test_error_pages_are_chinese_and_carry_a_reference(
    cast: Cast, as_officer: Callable[[Officer], Client], address: str, status: int, words: str
) -> None:
    answer = as_officer(cast.zhang).get(address)
    text = answer.content.decode()
    assert answer.status_code == status
    assert words in text
    assert re.search(r"参考号 <code>[2-9A-Z]{8}</code>", text)


def test_a_failure_shows_a_reference_that_the_log_keeps(
    cast: Cast,
    as_officer: Callable[[Officer], Client],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(day: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("daihou.workbench.parameters.views.parameters_on", broken)
    client = as_officer(cast.zhao)
    client.raise_request_exception = False
    answer = client.get("/parameters/")
    assert answer.status_code == 500
    found = re.search(r"<code>([2-9A-Z]{8})</code>", answer.content.decode())
    assert found
    assert "本次操作没有保存" in answer.content.decode()
    assert found[1] in caplog.text
    assert "broken on purpose" in caplog.text
