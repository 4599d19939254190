"""What other domains found becomes signals about clients, from open to ceased; unknown stays so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daihou.client_graph.choices import TieKind
from daihou.client_graph.models import GraphFinding, Tie
from daihou.collateral.choices import CollateralKind
from daihou.collateral.models import (
    Collateral,
    CollateralFinding,
    CollateralLink,
    CollateralStanding,
)
from daihou.early_warning.choices import Colour
from daihou.early_warning.client_rules.daily import write_client_signals, write_day_indicators
from daihou.early_warning.client_rules.listing import State, signal_lines
from daihou.early_warning.models import Signal, SignalCoverage
from daihou.early_warning.queries import explained_signals
from daihou.fund_supervision.choices import Pattern
from daihou.fund_supervision.models import Account, DrawStanding, Finding, MatchingRun
from daihou.loan_book.models import Contract, Loan
from daihou.public_events.choices import EventKind
from daihou.public_events.models import PublicEvent
from daihou.workbench.templatetags.desk import source_row
from loanmath.money import yuan
from tests.cast import Cast, branches, cast  # noqa: F401 - fixtures
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(cast: Cast, settings: Any, tmp_path: Path) -> SmallBook:  # noqa: F811
    settings.INDICATOR_FOLDER = tmp_path / "indicators"
    settings.TRANSACTION_FOLDER = tmp_path / "transactions"
    return SmallBook(cast)


def run(book: SmallBook, *days: str) -> None:
    for month_day in days:
        on = book.on(month_day)
        write_day_indicators(on, cursor())
        write_client_signals(on, cursor())


def shown(rule: int) -> list[str]:
    return [
        f"{Colour(row.colour).label} {row.first_seen_on:%m-%d}"
        + (f"→{row.ceased_on:%m-%d}" if row.ceased_on else "")
        for row in Signal.objects.filter(rule=rule).order_by("first_seen_on", "pk")
    ]


def known(rule: int, on: str) -> int:
    return SignalCoverage.objects.get(rule=rule, day=day(on)).known


def traced(loan: Loan, spent: str = "1000000") -> None:
    """The client's draw was seen to arrive, and so much was paid out of it."""
    Account.objects.create(number=f"6{loan.number}", customer=loan.customer, kind="basic")
    MatchingRun.objects.get_or_create(day=day("01-20"), defaults={"seen": {}})
    DrawStanding.objects.create(
        loan=loan, checked_on=day("01-20"), arrived_on=day("01-10"), arrived=yuan("1000000"),
        spent=yuan(spent), to_payees=0, evidenced=0, findings=1,
    )  # fmt: skip


def odd(loan: Loan, pattern: Pattern, amount: str) -> Finding:
    return Finding.objects.create(
        customer=loan.customer, loan=loan, pattern=pattern, other_key=1, amount=yuan(amount),
        first_found_on=day("02-01"), last_found_on=day("02-01"),
    )  # fmt: skip


def test_money_that_came_back_until_it_is_explained(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    loan = book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    traced(loan)
    finding = odd(loan, Pattern.RETURNED, "300000")
    run(book, "02-02")
    assert shown(28) == ["红 02-02"]
    assert (known(28, "02-02"), known(41, "02-02")) == (1, 1)  # nobody knows of 乙厂's money
    (signal,) = explained_signals(Signal.objects.filter(rule=28))
    assert signal.sources == [finding.pk]
    row = signal.reasons[0]["rows"][0]
    assert row == {"table": "资金疑点", "id": str(finding.pk)}
    assert f"/funds/findings/{finding.pk}/" in source_row(row)
    Finding.objects.update(
        state="explained", note="货款退回", decided_by=cast.li, decided_on=day("02-03")
    )
    run(book, "02-03")
    assert shown(28) == ["红 02-02→02-03"]


def test_use_for_something_else_goes_by_its_share_of_what_was_paid(book: SmallBook) -> None:
    loan = book.lend("J1", "甲厂")
    traced(loan)
    odd(loan, Pattern.CASH, "90000")
    run(book, "02-02")
    assert shown(31) == []
    odd(loan, Pattern.OTHER_LOAN, "60000")
    run(book, "02-03")
    assert shown(31) == ["橙 02-03"]
    Finding.objects.filter(pattern=Pattern.OTHER_LOAN).update(amount=yuan("260000"))
    run(book, "02-04")
    assert shown(31) == ["橙 02-03→02-04", "红 02-04"]


@pytest.fixture
def hear(book: SmallBook, cast: Cast) -> Callable[..., PublicEvent]:  # noqa: F811
    def heard(loan: Loan, kind: EventKind, **more: Any) -> PublicEvent:
        return PublicEvent.objects.create(
            number=f"E{PublicEvent.objects.count()}", kind=kind, source="court", quality=3,
            happened_on=day("02-01"), reported_on=day("02-01"), customer=loan.customer,
            state="confirmed", decided_by=cast.li, decided_on=day("02-01"), **more,
        )  # fmt: skip

    return heard


def test_a_listing_until_it_ends(book: SmallBook, hear: Callable[..., PublicEvent]) -> None:
    loan = book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    run(book, "01-31")
    assert known(81, "01-31") == 0  # nobody has heard anything yet: unknown, not "nothing"
    event = hear(loan, EventKind.DISHONEST)
    run(book, "02-02")
    assert (shown(81), known(81, "02-02")) == (["红 02-02"], 2)
    (signal,) = explained_signals(Signal.objects.filter(rule=81))
    assert f"/events/{event.pk}/" in source_row(signal.reasons[0]["rows"][0])
    PublicEvent.objects.update(ended_on=day("02-05"))
    run(book, "02-05")
    assert shown(81) == ["红 02-02→02-05"]


def test_a_change_of_shares_counts_when_it_is_not_the_only_one(
    book: SmallBook, hear: Callable[..., PublicEvent]
) -> None:
    one, two = book.lend("J1", "甲厂"), book.lend("J2", "乙厂")
    hear(one, EventKind.EQUITY_CHANGED)
    hear(two, EventKind.EQUITY_FROZEN)
    run(book, "02-02")
    assert [row.customer_id for row in Signal.objects.filter(rule=74)] == [two.customer_id]
    hear(one, EventKind.REPRESENTATIVE_CHANGED)
    run(book, "02-03")
    assert len(shown(74)) == 2


def test_a_lawsuit_small_against_net_assets_is_left_out(
    book: SmallBook, hear: Callable[..., PublicEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    loan, other = book.lend("J1", "甲厂"), book.lend("J2", "乙厂")
    own = {loan.customer_id: yuan("1000000")}
    monkeypatch.setattr(
        "daihou.early_warning.client_rules.finding_sources.net_assets_of",
        lambda clients, *, day: {one: own[one] for one in clients if one in own},
    )
    for borrower in (loan, other):  # what 乙厂 owns nobody knows: every lawsuit counts
        hear(borrower, EventKind.LAWSUIT, amount=yuan("100000"))
    run(book, "02-02")
    assert [row.customer_id for row in Signal.objects.filter(rule=83)] == [other.customer_id]
    hear(loan, EventKind.LAWSUIT, amount=yuan("100001"))
    run(book, "02-03")
    assert len(shown(83)) == 2


def test_a_circle_turns_red_at_two_and_is_quiet_when_all_is_well(book: SmallBook) -> None:
    loans = [book.lend(f"J{number}", f"{name}厂") for number, name in enumerate("甲乙丙")]
    tie(loans[1], loans[0])
    finding = GraphFinding.objects.create(
        customer=loans[1].customer, signal=89, strength=1, seen=[1, 3, 1],
        clients=[loans[0].customer_id], since=day("02-01"),
    )  # fmt: skip
    run(book, "02-02")
    assert (shown(89), known(89, "02-02"), known(87, "02-02")) == (["橙 02-02"], 2, 1)
    GraphFinding.objects.update(strength=2)
    run(book, "02-03")
    (_, signal) = explained_signals(Signal.objects.filter(rule=89).order_by("first_seen_on"))
    assert shown(89) == ["橙 02-02→02-03", "红 02-03"]
    assert f"/graph/findings/{finding.pk}/" in source_row(signal.reasons[0]["rows"][0])
    Tie.objects.update(ceased_on=day("02-04"))
    GraphFinding.objects.update(ceased_on=day("02-04"))
    run(book, "02-04")
    assert shown(89)[1] == "红 02-03→02-04"


def test_what_a_guarantor_owns_must_be_known(book: SmallBook) -> None:
    tie(book.lend("J1", "甲厂"), book.lend("J2", "乙厂"))
    run(book, "02-02")
    assert known(90, "02-02") == 0
    Tie.objects.update(ceased_on=day("02-03"))
    run(book, "02-03")
    assert known(90, "02-03") == 1  # guarantees nobody any more: not too much


def tie(guarantor: Loan, debtor: Loan) -> Tie:
    return Tie.objects.create(
        source=guarantor.customer, target=debtor.customer, kind=TieKind.GUARANTEE,
        amount=yuan("100000"), seen_from=day("01-15"),
    )  # fmt: skip


def test_the_list_says_which_findings_are_missing(book: SmallBook) -> None:
    traced(book.lend("J1", "甲厂"))
    run(book, "02-02")
    lines = {line.number: line for line in signal_lines(day("02-02"))}
    assert lines[28].state is State.IN_USE
    assert (lines[105].state, lines[105].missing) == (State.NO_DATA, ("资金疑点",))
    assert (lines[81].state, lines[81].missing) == (State.NO_DATA, ("公开信息",))
    assert lines[77].needs == ("登记事项",)


def test_collateral_whose_insurance_has_run_out(book: SmallBook) -> None:
    loan = book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    contract = Contract.objects.create(
        number="HT1", customer=loan.customer, amount=yuan("1000000"), signed_on=day("01-05")
    )
    Loan.objects.filter(pk=loan.pk).update(contract=contract)
    piece = Collateral.objects.create(
        number="YP1", customer=loan.customer, kind=CollateralKind.PLANT, name="厂房", owner="甲厂",
        insured_until=day("01-01"),
    )  # fmt: skip
    CollateralLink.objects.create(
        collateral=piece, contract=contract, amount=yuan("1000000"), secured_on=day("01-05")
    )
    CollateralStanding.objects.create(collateral=piece, valid_from=day("01-05"), haircut=0)
    finding = CollateralFinding.objects.create(
        customer=loan.customer, loan=loan, collateral=piece, signal=95, strength=2,
        since=day("02-01"),
    )  # fmt: skip
    run(book, "02-02")
    assert shown(95) == ["黄 02-02"]
    assert [known(number, "02-02") for number in (92, 93, 94, 95, 96)] == [0, 0, 1, 1, 1]
    (signal,) = explained_signals(Signal.objects.filter(rule=95))
    row = signal.reasons[0]["rows"][0]
    assert f"/collateral/findings/{finding.pk}/" in source_row(row)
    CollateralFinding.objects.update(ceased_on=day("02-03"))
    run(book, "02-03")
    assert shown(95) == ["黄 02-02→02-03"]
