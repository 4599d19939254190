"""押品: the register, a piece, what is entered, and the revaluation by index through two people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from daihou.collateral.actions import Held, record_lien
from daihou.collateral.choices import CollateralKind, LienKind
from daihou.collateral.models import (
    Collateral,
    CollateralFinding,
    Incident,
    Lien,
    Revaluation,
    Valuation,
)
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.collateral.register import REGION, WAN, assess, give, quote
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
PIECE = "/collateral/YP1/"


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    made = make_small_bank(cast, branches)
    give_all(made, cast)
    return made


def give_all(made: SmallBank, cast: Cast) -> None:
    """A factory at the second rank, a house without value, a stock whose insurance has run out."""
    contracts = {key: loan.contract for key, loan in made.loans.items() if loan.contract}
    piece = give("YP1", contracts["纺织一"], cast.zhang, value=3000 * WAN, rank=2)
    record_lien(piece=piece, business_date=DAY, held=Held(
        "某城市商业银行", LienKind.MORTGAGE, 1, 800 * WAN, dt.date(2020, 1, 1)))  # fmt: skip
    give("YP2", contracts["王秀英"], cast.zhang, value=None, kind=CollateralKind.HOUSE)
    give("YP3", contracts["长名"], cast.zhang, value=2000 * WAN, kind=CollateralKind.STOCK,
         insured_until=dt.date(2026, 9, 1))  # fmt: skip
    quote({"2026-06": 100, "2026-10": 80})
    assess()


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_register_narrows_and_exports(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(zhang, "/collateral/")
    assert "工业厂房YP1" in page and "共 3 件" in page
    for state, number in (
        ("over", "YP1"),
        ("unvalued", "YP2"),
        ("expiring", "YP3"),
        ("due", "YP3"),
    ):
        shown = text_of(zhang, f"/collateral/?state={state}")
        assert f"/collateral/{number}/" in shown and "共 1 件" in shown, state
    assert "没有符合筛选条件" in text_of(zhang, "/collateral/?state=unregistered")
    assert zhang.get("/collateral/?export=csv").status_code == 200
    assert zhang.get("/collateral/?export=xlsx").status_code == 200
    check_query_count("collateral", zhang, "/collateral/")


def test_a_piece_says_why_and_stays_within_the_branch(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(zhang, PIECE)
    for words in (
        "先于或同于本行受偿8,000,000.00元",
        "超核定",
        "某城市商业银行",
        "价值",
        "诚信评估",
    ):
        assert words in page, words
    assert "还没有估值" in text_of(zhang, "/collateral/YP2/")
    assert as_officer(cast.chen).get(PIECE).status_code == 404
    check_query_count("collateral_piece", zhang, PIECE)


def test_client_and_loan_show_it(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    zhang = as_officer(cast.zhang)
    assert PIECE in text_of(zhang, "/customers/KH000001/")
    loan = text_of(zhang, f"/loans/{bank.loans['纺织一'].number}/")
    assert PIECE in loan and "押品覆盖" in loan and "未足额覆盖" in loan


def test_what_officers_enter(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    zhang = as_officer(cast.zhang)
    sent = {"valued_on": "2026-11-20", "value": "25000000", "source": "internal"}
    assert zhang.post(f"{PIECE}valuation/", sent).status_code == 302
    again = zhang.post(f"{PIECE}valuation/", sent)
    assert again.status_code == 422 and "更正须写明原因" in again.content.decode()
    late = zhang.post(f"{PIECE}valuation/", {**sent, "valued_on": "2026-12-20"})
    assert "不能晚于营业日" in late.content.decode()
    told = {"kind": "disputed", "happened_on": "2026-11-20", "text": "兄弟争产"}
    assert zhang.post(f"{PIECE}incident/", told).status_code == 302
    incident = Incident.objects.get()
    over = f"{PIECE}incident/{incident.pk}/end/"
    assert zhang.post(over, {"ended_on": "2026-11-22"}).status_code == 302
    lien = Lien.objects.get()
    assert zhang.post(f"{PIECE}lien/{lien.pk}/end/", {"ended_on": "2026-11-22"}).status_code == 302
    about = {"number": "YP9", "kind": "2", "name": "桂花苑", "owner": "江南纺织厂"}
    assert zhang.post("/collateral/new/KH000001/", about).status_code == 302
    assert zhang.post("/collateral/new/KH000001/", about).status_code == 422
    contract = bank.loans["纺织二"].contract
    assert contract is not None
    link = {"contract": contract.pk, "amount": "100", "rank": "1", "secured_on": "2026-11-20"}
    assert zhang.post("/collateral/YP9/link/", link).status_code == 302
    changed = {**about, "insured_until": "2027-09-01", "released_on": "2026-11-20"}
    assert zhang.post("/collateral/YP9/correct/", changed).status_code == 302
    assert Collateral.objects.get(number="YP9").released_on == dt.date(2026, 11, 20)
    assert as_officer(cast.wang).post(f"{PIECE}valuation/", sent).status_code == 403
    assert zhang.get(f"{PIECE}nonsense/").status_code == 404


def test_a_revaluation_is_tried_proposed_and_done_by_another(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao, qian = as_officer(cast.zhao), as_officer(cast.qian)
    address = f"/collateral/revaluations/new/?kind=4&region={REGION}&month=2026-10"
    page = text_of(zhao, address)
    assert "重估前后" in page and "−20.00%" in page
    assert not Revaluation.objects.exists()
    check_query_count("revaluation_preview", zhao, address)
    assert zhao.post(address, {"reason": "成交价下行"}).status_code == 302
    made = Revaluation.objects.get()
    one = f"/collateral/revaluations/{made.pk}/"
    assert "撤回" in text_of(zhao, one)
    assert "1 次待我复核" in text_of(qian, "/collateral/revaluations/")
    assert zhao.post(one, {"decision": "approve"}).status_code == 422
    assert qian.post(one, {"decision": "approve"}).status_code == 302
    assert Valuation.objects.get(revaluation=made).value == 2400 * WAN
    assert "市场指数" in text_of(zhao, PIECE)
    assert as_officer(cast.sun).get(one).status_code == 404
    check_query_count("revaluation", zhao, one)
    assert "没有" in zhao.get(address.replace("2026-10", "2020-01")).content.decode()


def test_a_finding_leads_to_its_piece(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    finding = CollateralFinding.objects.filter(collateral__number="YP3").first()
    assert finding is not None
    address = reverse("collateral_finding", args=[finding.pk])
    answer = as_officer(cast.zhang).get(address)
    assert answer.status_code == 302 and "/collateral/YP3/" in answer.headers["Location"]
    assert as_officer(cast.chen).get(address).status_code == 404
