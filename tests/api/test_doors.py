"""Every address × every permission; tokens; the pace; the form of every refusal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from daihou.api.interface import interface
from daihou.api_clients.actions import issue_token, revoke_token, set_client_active
from daihou.api_clients.choices import Scope
from daihou.api_clients.models import ApiRequest, ApiToken
from tests.api.conftest import ROOT, Connect, System
from tests.api.scope_matrix import ENTRY, MATRIX
from tests.cast import Branches, Cast
from tests.workbench.small_bank import SmallBank
from tests.workbench.test_access import WRITES


def _ask(system: System, method: str, path: str, body: Any) -> HttpResponse:
    return system.get(path) if method == "GET" else system.post(path, body)


def test_every_address_is_listed() -> None:
    schema = interface.get_openapi_schema(path_prefix="")
    found = {
        (method.upper(), path): details["x-scope"]
        for path, methods in schema["paths"].items()
        for method, details in methods.items()
    }
    assert found == {address: scope.value for address, (scope, _, _) in MATRIX.items()}


@pytest.mark.parametrize("scope", list(Scope))
def test_each_permission_opens_its_addresses_and_no_other(
    bank: SmallBank, branches: Branches, connect: Connect, scope: Scope
) -> None:
    system = connect(branches.east, [scope])
    for (method, address), (needed, path, body) in MATRIX.items():
        with CaptureQueriesContext(connection) as queries:
            answer = _ask(system, method, path, body)
        if needed is scope:
            assert answer.status_code in {200, 404}, (method, address, answer.content)
            continue
        assert answer.status_code == 403, (method, address)
        assert needed.label in answer.json()["detail"]
        written = [q["sql"] for q in queries if WRITES.search(q["sql"])]
        assert all("api_clients_apirequest" in sql for sql in written), written


def test_nothing_opens_without_a_token(bank: SmallBank) -> None:
    for method, address in MATRIX:
        path = ROOT + MATRIX[(method, address)][1]
        for header in ({}, {"Authorization": "Bearer dh_12345678_nonsense"}):
            call = Client().get if method == "GET" else Client().post
            answer = call(path, headers=header)
            assert answer.status_code == 401, (method, address)
            assert answer.headers["Content-Type"].startswith("application/problem+json")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not ApiRequest.objects.exists()


def test_a_token_is_kept_as_a_fingerprint_and_ends(core: System, cast: Cast) -> None:
    token = ApiToken.objects.get()
    assert core.token not in str(vars(token))
    assert core.get("/business-day").status_code == 200
    ApiToken.objects.update(expires_on=timezone.localdate())
    assert core.get("/business-day").status_code == 401
    ApiToken.objects.update(expires_on=timezone.localdate() + dt.timedelta(days=1))
    second = issue_token(client=core.client, days=1, on=timezone.localdate(), by=cast.zhou)
    revoke_token(token=token, by=cast.zhou)
    assert core.get("/business-day").status_code == 401
    core.token = second.text
    assert core.get("/business-day").status_code == 200
    set_client_active(client=core.client, is_active=False, by=cast.zhou)
    assert core.get("/business-day").status_code == 401


def test_a_machine_account_cannot_sign_in(core: System) -> None:
    browser = Client()
    browser.post("/login/", {"login": "core", "password": core.token})
    assert browser.get("/").status_code == 302  # to the login page
    assert not core.client.account.has_usable_password()


def test_rows_of_other_branches_are_not_there(
    bank: SmallBank, branches: Branches, connect: Connect
) -> None:
    west = connect(branches.west, code="west")
    east_loan = next(
        loan for loan in bank.loans.values() if loan.customer.branch_id == branches.east.pk
    )
    for path in (f"/loans/{east_loan.number}", f"/customers/{east_loan.customer.number}",
                 f"/loans/{east_loan.number}/position", "/officers/1001/worklist"):  # fmt: skip
        assert west.get(path).status_code == 404, path
    seen = [one["branch"]["code"] for one in west.get("/customers").json()["items"]]
    assert set(seen) == {"002"}
    refused = west.post(f"/loans/{east_loan.number}/entries", ENTRY)
    assert refused.status_code == 404
    everything = connect(branches.head_office, code="head")
    assert len(everything.get("/loans").json()["items"]) == len(bank.loans)


def test_every_request_is_on_record(core: System) -> None:
    core.get("/loans", limit=1)
    core.get("/loans/none")
    rows = list(ApiRequest.objects.order_by("pk").values_list("path", "status", "client"))
    assert rows == [
        ("/api/v1/loans?limit=1", 200, core.client.pk),
        ("/api/v1/loans/none", 404, core.client.pk),
    ]
    assert core.token not in str(list(ApiRequest.objects.values()))


def test_the_agreed_pace(bank: SmallBank, branches: Branches, connect: Connect) -> None:
    slow = connect(branches.east, per_minute=2)
    answers = [slow.get("/business-day").status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]
    assert slow.get("/business-day").headers["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({**ENTRY, "amount": "100"}, "amount", "须为整数"),
        ({**ENTRY, "amount": 0}, "amount", "须大于 0"),
        ({**ENTRY, "amount": 10**18}, "amount", "不能大于"),
        ({**ENTRY, "value_date": "20261120"}, "value_date", "须为日期"),
        ({**ENTRY, "value_date": 0}, "value_date", "须为日期"),
        ({**ENTRY, "value_date": "2026-02-30"}, "value_date", "须为日期"),
        ({**ENTRY, "kind": "gift"}, "kind", "须为以下之一"),
        ({**ENTRY, "amout": 1}, "amout", "没有这个字段"),
        ({**ENTRY, "reference": " "}, "reference", "至少 1 个字符"),
        ({k: v for k, v in ENTRY.items() if k != "kind"}, "kind", "必须填写"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(
    core: System, bank: SmallBank, body: dict, field: str, reason: str
) -> None:
    loan = next(iter(bank.loans.values()))
    answer = core.post(f"/loans/{loan.number}/entries", body)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["title"] == "内容有误" and problem["reference"]
    assert [one["field"] for one in problem["errors"]] == [field]
    assert reason in problem["errors"][0]["reason"]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/loans", {"limit": 501}, "limit"),
        ("/loans", {"live": "maybe"}, "live"),
        ("/corrections", {"after": "x"}, "after"),
        ("/corrections", {"found_from": "yesterday"}, "found_from"),
        ("/parameters", {"on": "1066-10-14"}, "on"),
    ],
)
def test_what_is_wrong_in_a_query_is_said_by_name(
    core: System, path: str, query: dict, field: str
) -> None:
    answer = core.get(path, **query)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_every_refusal_has_one_form(core: System, bank: SmallBank) -> None:
    number = next(iter(bank.loans.values())).number
    answers = {
        400: core.post(f"/loans/{number}/entries", "{not json"),
        404: core.get("/no-such-address"),
        405: core.post("/business-day", {}),
        422: core.post(f"/loans/{number}/entries", ENTRY, key="short"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status, answer.content
        assert answer.headers["Content-Type"].startswith("application/problem+json"), status
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json()["status"] == status
        assert answer.json()["detail"]


def test_the_description_is_for_those_who_are_known(core: System, cast: Cast, as_officer) -> None:
    assert Client().get("/api/v1/openapi.json").status_code == 401
    assert Client().get("/api/").status_code == 302
    assert core.get("/openapi.json").json()["info"]["title"] == "贷后管理系统接口"
    page = as_officer(cast.zhou).get("/api/").content.decode()
    for scope, _, _ in MATRIX.values():
        assert scope.value in page
    assert "Idempotency-Key" in page and "http" + "s://" not in page


def test_everything_that_can_be_sent_is_described() -> None:
    schema = interface.get_openapi_schema(path_prefix="")
    for path, methods in schema["paths"].items():
        for details in methods.values():
            assert details["summary"] and details["description"], path
            for one in details["parameters"]:
                assert one.get("description"), (path, one["name"])
