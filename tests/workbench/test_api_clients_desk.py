"""The desk 接口: register a system, issue a token that is shown once, revoke it, read by 审计."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from daihou.api_clients.models import ApiClient, ApiToken
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.workbench.query_counts import check_query_count

AsOfficer = Callable[[Officer], Client]
NEW = {
    "code": "core", "name": "核心系统", "branch": "001", "purpose": "还款入账",
    "scopes": ["loans:read", "ledger:write", "policy:read"], "per_minute": "600", "contact": "",
}  # fmt: skip
ADDRESS = "/connected-systems/core/"


@pytest.fixture
def admin(cast: Cast, as_officer: AsOfficer) -> Client:
    browser = as_officer(cast.zhou)
    answer = browser.post("/connected-systems/new/", NEW)
    assert answer.status_code == 302, answer.content.decode()
    return browser


def _issue(admin: Client) -> str:
    page = admin.post(ADDRESS, {"change": "issue", "days": "30"}).content.decode()
    found = re.search(r'<code class="token">(dh_[^<]+)</code>', page)
    assert found
    return found[1]


def _ask(token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return Client().get("/api/v1/business-day", headers=headers).status_code


def test_a_token_is_shown_once_works_and_is_revoked(admin: Client) -> None:
    token = _issue(admin)
    assert token not in admin.get(ADDRESS).content.decode()
    assert _ask(token) == 200
    assert admin.post(ADDRESS, {"change": "stop"}).status_code == 302
    assert _ask(token) == 401
    admin.post(ADDRESS, {"change": "start"})
    prefix = ApiToken.objects.get().prefix
    admin.post(ADDRESS, {"change": "revoke", "token": prefix})
    assert _ask(token) == 401
    again = admin.post(ADDRESS, {"change": "revoke", "token": prefix}).content.decode()
    assert "已经吊销" in again


def test_permissions_count_from_the_next_request_on(admin: Client) -> None:
    token = _issue(admin)
    change = {**NEW, "change": "permissions", "scopes": ["loans:read"]}
    assert admin.post(ADDRESS, change).status_code == 302
    assert ApiClient.objects.get().scopes == ["loans:read"]
    assert _ask(token) == 403


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("code", "Core 1", "小写字母"), ("code", "core", "已存在"), ("scopes", [], "这个字段是必填项"),
     ("per_minute", "0", "大于或等于")],
)  # fmt: skip
def test_what_cannot_be_registered_is_said(
    admin: Client, field: str, value: object, said: str
) -> None:
    answer = admin.post("/connected-systems/new/", {**NEW, "code": "other", field: value})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert ApiClient.objects.count() == 1


def test_the_auditor_reads_and_writes_nothing(
    admin: Client, cast: Cast, as_officer: AsOfficer
) -> None:
    _ask(_issue(admin))
    auditor = as_officer(cast.wang)
    page = auditor.get(ADDRESS).content.decode()
    assert "核心系统" in page and "签发令牌" not in page and "business-day" in page
    assert auditor.post(ADDRESS, {"change": "issue", "days": "30"}).status_code == 403
    assert "business-day" in auditor.get(f"{ADDRESS}requests/").content.decode()
    trail = auditor.get("/audit/?table=api_clients_apiclientevent").content.decode()
    assert "周管理" in trail and "对接系统" in trail
    for address in ("/connected-systems/", ADDRESS, f"{ADDRESS}requests/"):
        check_query_count(address, auditor, address)


def test_a_machine_account_is_no_member_of_staff(admin: Client, branches: Branches) -> None:
    assert "core" not in admin.get("/staff/").content.decode().replace("core.js", "")
    assert admin.get("/staff/core/").status_code == 404
    assert "对接系统" not in admin.get("/staff/new/").content.decode().split("</nav>")[-1]
