"""The daily step: value, ranks and cover of the register, and what it gives to the signals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from daihou.collateral.actions import (
    Held,
    Worth,
    record_incident,
    record_lien,
    record_valuation,
    secure,
)
from daihou.collateral.choices import IncidentKind, LienKind, ValueSource
from daihou.collateral.findings import open_findings
from daihou.collateral.models import Collateral, CollateralStanding, LoanCover
from daihou.collateral.queries import explained_standing
from daihou.collateral.reading import Exposures
from daihou.loan_book.models import Contract, Guarantee
from daihou.policy.queries import parameters_on
from daihou.servicing.models import LoanPosition
from tests.cast import Branches, Cast
from tests.collateral.register import PERCENT, WAN, assess, exposures, give
from tests.small_book import pg
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

ONE = dt.timedelta(days=1)


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    return make_small_bank(cast, branches)


def contract_of(bank: SmallBank, key: str) -> Contract:
    found = bank.loans[key].contract
    assert found is not None
    return found


def now(piece: Collateral) -> CollateralStanding:
    return CollateralStanding.objects.get(collateral=piece, valid_to=None)


def signals(day: dt.date = DAY) -> set[int]:
    return set(open_findings(pg(), day, parameters_on(day))["signal"].to_pylist())


def test_value_haircut_and_cover(bank: SmallBank, cast: Cast) -> None:
    loan = bank.loans["纺织一"]
    owed = LoanPosition.objects.get(loan=loan).principal
    piece = give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=3000 * WAN)
    written = assess()
    seen = now(piece)
    assert (seen.value, seen.haircut, seen.usable) == (3000 * WAN, 50 * PERCENT, 1500 * WAN)
    assert seen.owed >= owed and seen.prior == 0
    assert seen.ltv == -(-seen.owed * 10_000 // (3000 * WAN)) * 10_000
    covers = LoanCover.objects.filter(loan__contract=loan.contract, valid_to=None)
    assert sum(one.covered for one in covers) == min(1500 * WAN, seen.owed) == seen.covered
    assert written.figures["押品"] == 1
    assert assess().rows == 0  # the same day again writes nothing


def test_two_contracts_of_different_clients_share_by_rank(bank: SmallBank, cast: Cast) -> None:
    first, second = contract_of(bank, "纺织一"), contract_of(bank, "王秀英")
    piece = give("YP1", first, cast.zhang, value=1000 * WAN)
    secure(piece=piece, contract=second, amount=second.amount, rank=2, approved_ltv=None,
           secured_on=second.signed_on, business_date=DAY)  # fmt: skip
    assess()
    assert now(piece).covered == 500 * WAN  # half of the value, all to the first rank
    assert LoanCover.objects.get(loan=bank.loans["王秀英"], valid_to=None).covered == 0


def test_who_ranks_before_us_takes_first(bank: SmallBank, cast: Cast) -> None:
    piece = give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=3000 * WAN, rank=2)
    record_lien(piece=piece, business_date=DAY, held=Held(
        "某城市商业银行", LienKind.MORTGAGE, 1, 1200 * WAN, dt.date(2020, 1, 1)))  # fmt: skip
    assess()
    seen = now(piece)
    assert (seen.prior, seen.usable, seen.covered) == (1200 * WAN, 300 * WAN, 300 * WAN)
    assert seen.ltv == -(-(seen.owed + 1200 * WAN) * 10_000 // (3000 * WAN)) * 10_000
    assert 94 not in signals()  # it stood before us


def test_a_row_begins_only_when_something_changes(bank: SmallBank, cast: Cast) -> None:
    piece = give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=3000 * WAN)
    assess()
    assert assess(DAY + ONE).rows == 0
    owed = exposures()
    less = Exposures(owed.loans, owed.principal - 1, owed.grade)
    assess(DAY + 2 * ONE, less)
    rows = CollateralStanding.objects.filter(collateral=piece).order_by("valid_from")
    assert [(r.valid_from, r.valid_to) for r in rows] == [
        (DAY, DAY + 2 * ONE), (DAY + 2 * ONE, None),
    ]  # fmt: skip


def test_worse_grade_makes_revaluation_due_and_costs_more(bank: SmallBank, cast: Cast) -> None:
    piece = give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=3000 * WAN)
    owed = exposures()
    assess(owed=Exposures(owed.loans, owed.principal, np.full_like(owed.grade, 3)))
    seen = explained_standing(piece, DAY)
    assert seen is not None
    assert (seen.due_on, seen.stale, seen.haircut) == (dt.date(2026, 9, 30), 1, 60 * PERCENT)
    assert [one["rule"] for one in seen.reasons] == [
        "collateral.haircut", "collateral.rank", "collateral.ltv", "collateral.due",
    ]  # fmt: skip
    assert "逾期未重估,另加10%" in seen.reasons[0]["says"]


def test_no_valuation_is_unknown_and_not_nothing(bank: SmallBank, cast: Cast) -> None:
    piece = give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=None)
    assess()
    seen = now(piece)
    assert (seen.value, seen.usable, seen.ltv, seen.due_on) == (None, None, None, None)
    assert seen.owed > 0 and seen.covered == 0


def _twice(piece: Collateral, cast: Cast, value: int) -> None:
    worth = Worth(DAY, value, ValueSource.INTERNAL)
    record_valuation(piece=piece, worth=worth, by=cast.zhang, business_date=DAY)


@pytest.mark.parametrize(("value", "shows"), [(8000, False), (7999, True)])
def test_92_just_and_just_not(bank: SmallBank, cast: Cast, value: int, shows: bool) -> None:
    piece = give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=10_000 * WAN)
    _twice(piece, cast, value * WAN)
    assess()
    assert (92 in signals()) is shows


@pytest.mark.parametrize("over", [0, 1])
def test_93_just_and_just_not(bank: SmallBank, cast: Cast, over: int) -> None:
    piece = give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=3000 * WAN)
    assess()
    ltv = now(piece).ltv
    assert ltv is not None
    piece.links.update(approved_ltv=ltv - 10 * PERCENT - over)
    assess(DAY + ONE)
    assert (93 in signals(DAY + ONE)) is bool(over)


def test_94_and_96_from_others_and_from_incidents(bank: SmallBank, cast: Cast) -> None:
    piece = give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=3000 * WAN)
    later = piece.links.get().secured_on + ONE
    agreed = Held("某银行", LienKind.MORTGAGE, 2, 100 * WAN, later, is_agreed=True)
    record_lien(piece=piece, held=agreed, business_date=DAY)
    assess()
    assert not signals() & {94, 96}
    record_lien(piece=piece, business_date=DAY, held=Held(
        "小贷公司", LienKind.MORTGAGE, 3, 100 * WAN, later))  # fmt: skip
    record_incident(piece=piece, kind=IncidentKind.DISPUTED, happened_on=DAY, text="兄弟争产",
                    by=cast.zhang, business_date=DAY)  # fmt: skip
    assess(DAY + ONE)
    assert signals(DAY + ONE) >= {94, 96}
    assert not signals(DAY) & {94, 96}  # the day before stays as it was


@pytest.mark.parametrize(("days", "shows"), [(30, False), (31, True)])
def test_95_just_and_just_not(bank: SmallBank, cast: Cast, days: int, shows: bool) -> None:
    give("YP1", contract_of(bank, "纺织一"), cast.zhang, value=3000 * WAN,
         insured_until=DAY - days * ONE)  # fmt: skip
    assess()
    assert (95 in signals()) is shows


@pytest.mark.parametrize(("days", "strength"), [(91, 0), (90, 1), (30, 2), (-1, 3)])
def test_91_by_steps(bank: SmallBank, days: int, strength: int) -> None:
    Guarantee.objects.update(ends_on=DAY + days * ONE)
    assess()
    found = open_findings(pg(), DAY, parameters_on(DAY)).to_pylist()
    assert {row["strength"] for row in found if row["signal"] == 91} == (
        {strength} if strength else set()
    )


def test_a_book_without_collateral(bank: SmallBank) -> None:
    assert assess().figures["押品"] == 0
