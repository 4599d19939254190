"""Revaluation by a market index: preview, two people, and what was valued anew meanwhile."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.collateral.actions import Worth, record_valuation
from daihou.collateral.choices import CollateralKind, RevaluationStatus, ValueSource
from daihou.collateral.models import Valuation
from daihou.collateral.queries import revaluations_visible_to, that_count, valuations_of
from daihou.collateral.revaluing import (
    Wanted,
    approve_revaluation,
    preview,
    propose_revaluation,
    reject_revaluation,
)
from daihou.loan_book.actions import NotAcceptable
from daihou.policy.actions import Refused
from tests.cast import Branches, Cast
from tests.collateral.register import REGION, WAN, assess, give, quote
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

WANTED = Wanted(CollateralKind.PLANT, REGION, dt.date(2026, 10, 1))


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    made = make_small_bank(cast, branches)
    for number, key, value in (("YP1", "纺织一", 3000), ("YP2", "长名", 1000)):
        contract = made.loans[key].contract
        assert contract is not None
        give(number, contract, cast.zhang, value=value * WAN)
    quote({"2026-06": 100, "2026-09": 92, "2026-10": 80})
    assess()
    return made


def test_a_preview_says_how_many_and_how_much_and_writes_nothing(
    bank: SmallBank, cast: Cast
) -> None:
    found = preview(WANTED, officer=cast.zhao, business_date=DAY)
    assert (len(found.lines), found.before, found.after) == (2, 4000 * WAN, 3200 * WAN)
    assert 0 <= found.newly_over <= 2
    assert Valuation.objects.count() == 2


def test_a_second_person_carries_it_out(bank: SmallBank, cast: Cast) -> None:
    made = propose_revaluation(wanted=WANTED, reason="下行", by=cast.zhao, business_date=DAY)
    with pytest.raises(Refused, match="提出人不能复核"):
        approve_revaluation(revaluation=made, by=cast.zhao, business_date=DAY)
    with pytest.raises(Refused, match="办理"):
        approve_revaluation(revaluation=made, by=cast.zhang, business_date=DAY)
    piece = bank.customers["长名"].collateral.get()
    worth = Worth(DAY, 900 * WAN, ValueSource.INTERNAL)
    record_valuation(piece=piece, worth=worth, by=cast.zhang, business_date=DAY)
    assert approve_revaluation(revaluation=made, by=cast.qian, business_date=DAY) == 1
    assert made.lines.get(collateral=piece).is_stale
    moved = bank.customers["纺织厂"].collateral.get()
    last = that_count(valuations_of(moved, until=DAY))[-1]
    assert (last.value, last.source, last.valued_on) == (
        2400 * WAN, ValueSource.INDEX, dt.date(2026, 10, 31),
    )  # fmt: skip
    with pytest.raises(Refused, match="已由他人处理"):
        approve_revaluation(revaluation=made, by=cast.qian, business_date=DAY)


def test_sent_back_and_taken_back(bank: SmallBank, cast: Cast) -> None:
    made = propose_revaluation(wanted=WANTED, reason="下行", by=cast.zhao, business_date=DAY)
    with pytest.raises(Refused, match="待复核"):
        propose_revaluation(wanted=WANTED, reason="再来", by=cast.zhao, business_date=DAY)
    with pytest.raises(Refused, match="意见"):
        reject_revaluation(revaluation=made, by=cast.qian, business_date=DAY)
    reject_revaluation(revaluation=made, by=cast.zhao, business_date=DAY)
    made.refresh_from_db()
    assert (made.status, made.decided_by) == (RevaluationStatus.REJECTED, None)
    assert Valuation.objects.count() == 2


def test_only_what_one_may_see_and_only_down(bank: SmallBank, cast: Cast) -> None:
    rising = Wanted(CollateralKind.PLANT, REGION, dt.date(2026, 11, 1))
    with pytest.raises(Refused, match="没有"):
        preview(rising, officer=cast.zhao, business_date=DAY)
    quote({"2026-11": 120})
    assert preview(rising, officer=cast.zhao, business_date=DAY).lines == []
    up = Wanted(CollateralKind.PLANT, REGION, dt.date(2026, 11, 1), rises=True)
    assert preview(up, officer=cast.zhao, business_date=DAY).after == 4800 * WAN
    assert preview(up, officer=cast.chen, business_date=DAY).lines == []
    propose_revaluation(wanted=up, reason="上行", by=cast.zhao, business_date=DAY)
    assert revaluations_visible_to(cast.zhao).count() == 1
    assert not revaluations_visible_to(cast.sun).exists()  # 城东 does not see head office's


def test_a_correction_of_a_value_is_a_version_with_its_reason(bank: SmallBank, cast: Cast) -> None:
    piece = bank.customers["长名"].collateral.get()
    again = Worth(dt.date(2026, 6, 30), 950 * WAN, ValueSource.APPRAISER)
    with pytest.raises(NotAcceptable, match="更正须写明原因"):
        record_valuation(piece=piece, worth=again, by=cast.zhang, business_date=DAY)
    told = Worth(again.valued_on, again.value, again.source, note="报告数字抄错")
    record_valuation(piece=piece, worth=told, by=cast.zhang, business_date=DAY)
    rows = valuations_of(piece, until=DAY)
    assert [(one.version, one.value) for one in rows] == [(2, 950 * WAN), (1, 1000 * WAN)]
    assert [one.value for one in that_count(rows)] == [950 * WAN]
    assert [one.version for one in valuations_of(piece, until=dt.date(2026, 7, 1))] == [1]
