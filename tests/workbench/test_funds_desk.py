"""资金监管: from a draw to its flow, from a finding over its transactions to what is made of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from daihou.daily_run.choices import DayStatus
from daihou.daily_run.models import BusinessDay
from daihou.fund_supervision.choices import Pattern
from daihou.fund_supervision.models import Document, Finding, Voucher
from daihou.staff.models import Officer
from tests.cast import Cast, make_branches, make_cast
from tests.fund_supervision.flows import Flows, agree
from tests.small_book import SmallBook
from tests.workbench.conftest import SignIn
from tests.workbench.query_counts import check_query_count

AsOfficer = Callable[[Officer], Client]


def make_flows(cast: Cast, folder: Path) -> Flows:
    flows = Flows(SmallBook(cast), folder)
    agree(flows.draw("L1", "甲", "1000000"))
    flows.client("乙")
    flows.move("甲", "乙", "01-11", "500000")
    flows.move("乙", "甲", "01-12", "400000")
    flows.take("甲", "01-13", "300000", name="某某证券有限责任公司", balance="500000")
    flows.take("甲", "01-14", "60000", cash=True, balance="440000")
    flows.run("01-20")
    BusinessDay.objects.create(
        day=dt.date(2026, 1, 20), status=DayStatus.CLOSED, inputs={},
        closed_at=dt.datetime(2026, 1, 20, 20, tzinfo=dt.UTC),
    )  # fmt: skip
    return flows


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


@pytest.mark.django_db
def test_pages_show_the_flow_and_other_branches_see_nothing(
    cast: Cast, tmp_path: Path, as_officer: AsOfficer
) -> None:
    make_flows(cast, tmp_path)
    found = Finding.objects.get(pattern=Pattern.SECURITIES)
    zhang, chen = as_officer(cast.zhang), as_officer(cast.chen)
    assert "流入证券期货" in text_of(zhang, "/funds/")
    assert "资金回流" in text_of(zhang, "/funds/findings/")
    assert "大额现金" in text_of(zhang, "/funds/notable/")
    page = text_of(zhang, "/funds/draws/L1/")
    assert "sankey" in page and "某某证券有限责任公司" in page
    assert "日终余额" in text_of(zhang, "/funds/accounts/账户甲/")
    assert "贷款资金第 1 手流入证券期货" in text_of(zhang, f"/funds/findings/{found.pk}/")
    for address in ("draws/L1/", "accounts/账户甲/", f"findings/{found.pk}/"):
        assert chen.get(f"/funds/{address}").status_code == 404
    assert "某某证券" not in text_of(chen, "/funds/findings/")
    check_query_count("funds", zhang, "/funds/")
    check_query_count("fund_draw", zhang, "/funds/draws/L1/")
    check_query_count("fund_findings", zhang, "/funds/findings/")


@pytest.mark.django_db
def test_a_finding_is_explained_with_a_paper_that_is_what_it_says(
    cast: Cast, tmp_path: Path, as_officer: AsOfficer
) -> None:
    make_flows(cast, tmp_path)
    found = Finding.objects.get(pattern=Pattern.SECURITIES)
    zhang, address = as_officer(cast.zhang), f"/funds/findings/{found.pk}/"
    given = {"state": "explained", "note": "系归还客户保证金"}
    assert zhang.post(address, given).status_code == 422  # no paper
    false = SimpleUploadedFile("证明.pdf", b"MZ not a paper")
    assert zhang.post(address, {**given, "paper": false}).status_code == 422
    assert not Document.objects.exists()
    true = SimpleUploadedFile("证明.pdf", b"%PDF-1.7 paper")
    assert zhang.post(address, {**given, "paper": true}).status_code == 302
    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("explained", cast.zhang)
    paper = f"/funds/documents/{found.document_id}/"
    answer = zhang.get(paper)
    assert answer.content == b"%PDF-1.7 paper" and "attachment" in answer["Content-Disposition"]
    assert as_officer(cast.chen).get(paper).status_code == 404


@pytest.mark.django_db
def test_a_voucher_entered_counts_on_the_next_day(
    cast: Cast, tmp_path: Path, as_officer: AsOfficer
) -> None:
    flows = make_flows(cast, tmp_path)
    given = {"kind": "invoice", "number": "9", "issuer": "乙", "amount": "500,000"}
    answer = as_officer(cast.zhang).post("/funds/draws/L1/voucher/", given)
    assert answer.status_code == 302 and Voucher.objects.get().recorded_by == cast.zhang
    flows.run("01-21")
    assert "50" in text_of(as_officer(cast.zhang), "/funds/draws/L1/")


@pytest.mark.screens
@pytest.mark.django_db(transaction=True)
def test_zhang_dismisses_a_finding_with_a_reason(
    tmp_path: Path, sign_in: SignIn, live_server: LiveServer
) -> None:
    cast = make_cast(make_branches())
    make_flows(cast, tmp_path)
    page = sign_in(cast.zhang)
    page.goto(f"{live_server.url}/funds/")
    page.get_by_role("link", name="流入证券期货").first.click()
    page.get_by_role("link", name="流入证券期货", exact=True).first.click()
    assert "某某证券有限责任公司" in (page.locator("#evidence").text_content() or "")
    page.get_by_label("已排除").check()
    page.get_by_label("核实经过与理由").fill("证券公司系借款人供应商,已核对合同")
    page.get_by_role("button", name="登记处理结论").click()
    page.get_by_text("已排除").first.wait_for()
    assert Finding.objects.get(pattern=Pattern.SECURITIES).state == "dismissed"
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
