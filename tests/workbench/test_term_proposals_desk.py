"""条款变更: from a trial to a proposal, its review by a second person, and who sees what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from daihou.servicing.models import TermProposal
from daihou.servicing.proposals import propose
from daihou.servicing.wishes import ProposalKind, Wish
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
NEXT = DAY + dt.timedelta(days=1)
WORDS = {"reason": "货款推迟到账", "evidence": "展期申请书 2026-003 号"}
ASKED = "/loans/JJ2026000005/propose/?kind=cash_cycle&on=2026-11-24&weights=2,0,0,0,0,0,0,0,0,3,0,0"


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    return make_small_bank(cast, branches)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def proposal_of(bank: SmallBank, cast: Cast, key: str = "李建国", **more: object) -> TermProposal:
    weights = (2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0)
    wish = Wish(ProposalKind.CASH_CYCLE, NEXT, weights=weights)
    loan = bank.loans[key]
    by = loan.customer.officer
    assert by is not None
    return propose(loan=loan, wish=wish, by=by, business_date=NEXT, **WORDS)


def test_a_trial_leads_to_a_proposal(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    zhang = as_officer(cast.zhang)
    asked = "cycle=1月2、10月3&pause=count_paused&pause_until=2027-01-10"
    trial = text_of(zhang, f"/loans/JJ2026000005/?{asked}")
    assert trial.count("提交申请</a>") == 2 and "kind=count_paused" in trial
    assert "提交申请</a>" not in text_of(as_officer(cast.wang), "/loans/JJ2026000005/?cycle=1月2")
    page = text_of(zhang, ASKED)
    assert "1月2、10月3" in page and "chart-plans" in page and "逐期对照" in page
    answer = zhang.post(ASKED, {"reason": "旺季还款", "evidence": " "})
    assert answer.status_code == 422 and not TermProposal.objects.exists()
    answer = zhang.post(ASKED, WORDS)
    made = TermProposal.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/term-proposals/{made.pk}/"
    assert "申请 第" in text_of(zhang, "/loans/JJ2026000005/")
    again = zhang.post(ASKED, WORDS)
    assert again.status_code == 422 and "未办结" in again.content.decode()
    assert zhang.get("/loans/JJ2026000005/propose/?kind=no").status_code == 404


def test_a_second_person_decides(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    made = proposal_of(bank, cast)
    address, zhao = f"/term-proposals/{made.pk}/", as_officer(cast.zhao)
    assert "待复核条款变更 1 件" in text_of(zhao, "/?scope=team")
    assert "复核通过</button>" not in text_of(as_officer(cast.zhang), address)
    assert as_officer(cast.wang).post(address, {"decision": "approve"}).status_code == 403
    assert as_officer(cast.chen).post(address, {"decision": "approve"}).status_code == 404
    blank = zhao.post(address, {"decision": "reject"})
    assert blank.status_code == 422 and "写明理由" in blank.content.decode()
    assert zhao.post(address, {"decision": "approve", "opinion": "同意"}).status_code == 302
    page = text_of(zhao, address)
    assert "已执行" in page and "还款计划第 2 版" in page and "张经理" in page
    assert zhao.post(address, {"decision": "approve"}).status_code == 422
    assert bank.loans["李建国"].plans.count() == 2
    assert zhao.post(address, {"decision": "nonsense"}).status_code == 404


def test_sent_back_and_reckoned_anew(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    made = proposal_of(bank, cast)
    address, zhang = f"/term-proposals/{made.pk}/", as_officer(cast.zhang)
    as_officer(cast.zhao).post(address, {"decision": "return", "opinion": "补流水"})
    assert "退回修改的条款变更 1 件" in text_of(zhang, "/")
    assert "补流水" in text_of(zhang, address)
    assert zhang.post(address, {"decision": "reckon", "on": "2026-11-30"}).status_code == 302
    made.refresh_from_db()
    assert (made.status, made.effective_from) == ("proposed", dt.date(2026, 11, 30))
    assert zhang.post(address, {"decision": "withdraw"}).status_code == 302
    assert "已撤回" in text_of(zhang, address)


def test_the_list_is_narrowed_and_exported(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    assert "没有条款变更申请" in text_of(as_officer(cast.zhang), "/term-proposals/")
    proposal_of(bank, cast)
    proposal_of(bank, cast, "王秀英")
    sun = as_officer(cast.sun)
    assert "王秀英" not in text_of(sun, "/term-proposals/?q=李建国")
    assert "李建国" not in text_of(sun, "/term-proposals/?status=adopted")
    assert "李建国" not in text_of(as_officer(cast.chen), "/term-proposals/")
    file = sun.get("/term-proposals/?export=xlsx")
    rows = list(load_workbook(BytesIO(b"".join(file))).active.values)  # type: ignore[union-attr]
    assert any("按现金流调整还款计划" in [str(cell) for cell in row] for row in rows)
    check_query_count("term_proposals", as_officer(cast.zhao), "/term-proposals/")
    number = TermProposal.objects.order_by("pk")[0].pk
    check_query_count("term_proposal", as_officer(cast.zhao), f"/term-proposals/{number}/")
    check_query_count("term_proposal_new", as_officer(cast.zhang), ASKED)
    earlier = f"?day={DAY - dt.timedelta(days=1)}"
    assert sun.get(f"/term-proposals/{number}/{earlier}").status_code == 404
