"""What machines may ask: health says nothing secret, figures need a token or this very machine."""

from __future__ import annotations

import json
import logging
import re
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError
from django.test import Client

from daihou.storage.log_lines import JsonLines
from daihou.workbench.monitoring import views
from tests.cast import Branches, Cast
from tests.workbench.small_bank import make_small_bank

pytestmark = pytest.mark.django_db


def test_health_is_told_to_anybody_and_is_all_that_is_told() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"


def test_health_without_a_database() -> None:
    with mock.patch.object(views.connection, "cursor", side_effect=DatabaseError("host=secret")):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


def test_health_takes_no_orders() -> None:
    assert Client().post("/healthz").status_code == 405
    assert Client().post("/metrics").status_code == 405


@pytest.mark.parametrize(
    ("asks", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "10.1.1.7"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.1.1.7"}, 403),
    ],
)
def test_without_a_token_only_this_machine_reads(asks: dict[str, str], status: int) -> None:
    assert Client().get("/metrics", **asks).status_code == status


def test_behind_a_proxy_nobody_reads_without_a_token(settings: Any) -> None:
    settings.BEHIND_HTTPS = True
    assert Client().get("/metrics", secure=True).status_code == 403


@pytest.mark.parametrize(
    ("shown", "status"), [("Bearer right", 200), ("Bearer wrong", 403), ("", 403)]
)
def test_a_token_decides(settings: Any, shown: str, status: int) -> None:
    settings.METRICS_TOKEN = "right"
    asks = {"REMOTE_ADDR": "10.1.1.7", "HTTP_AUTHORIZATION": shown}
    assert Client().get("/metrics", **asks).status_code == status


def test_figures_of_run_and_web(cast: Cast, branches: Branches) -> None:
    make_small_bank(cast, branches)
    Client().get("/login/")
    text = Client().get("/metrics").content.decode()
    assert 'daihou_run_step_rows{step="positions"} 14.0' in text
    assert "daihou_closed_day_timestamp_seconds 1.795392e+09" in text
    assert "daihou_run_working 0.0" in text
    assert re.search(r'daihou_web_requests_total\{method="GET",route="account_login",st', text)


def test_a_request_leaves_a_line_without_its_numbers(
    caplog: pytest.LogCaptureFixture, as_officer: Any, cast: Cast
) -> None:
    caplog.set_level(logging.INFO, "daihou.web")
    answer = as_officer(cast.zhang).get("/customers/KH000001/?q=王秀英")
    [line] = [JsonLines().format(record) for record in caplog.records if record.msg == "request"]
    told = json.loads(line)
    assert (told["route"], told["status"], told["method"]) == (
        "customer", answer.status_code, "GET",
    )  # fmt: skip
    assert len(told["reference"]) == 8
    assert "KH000001" not in line and "王" not in line


def test_lines_of_others_and_of_errors_hold_no_values() -> None:
    try:
        raise ValueError("11010519491231002X")
    except ValueError as problem:
        trace = (ValueError, problem, problem.__traceback__)
    record = logging.LogRecord(
        "django.x", logging.ERROR, __file__, 1, "lost %s", ("王秀英",), trace
    )
    line = JsonLines().format(record)
    told = json.loads(line)
    assert told["event"] == "lost %s" and told["error"] == "ValueError"
    assert "test_monitoring.py" in told["where"][0]
    assert "王" not in line and "11010519491231002X" not in line
