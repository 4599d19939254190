"""From movements on accounts to signals about clients: indicators, rules, changes of a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from daihou.early_warning.choices import Colour, Segment
from daihou.early_warning.client_rules.daily import write_client_signals, write_day_indicators
from daihou.early_warning.client_rules.models import IndicatorCoverage, RuleVersion
from daihou.early_warning.models import Signal, SignalCoverage
from daihou.early_warning.queries import explained_signals
from daihou.loan_book.choices import HappeningKind
from daihou.loan_book.models import Happening, Loan
from daihou.policy.choices import Evidence, VersionStatus
from daihou.servicing.book_on_day import StepResult
from tests.cast import Cast, branches, cast  # noqa: F401 - fixtures
from tests.early_warning.accounts import LOAN_DRAW, Accounts
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(cast: Cast) -> SmallBook:  # noqa: F811
    return SmallBook(cast)


@pytest.fixture
def accounts(settings: Any, tmp_path: Path) -> Accounts:
    settings.INDICATOR_FOLDER = tmp_path / "indicators"
    settings.TRANSACTION_FOLDER = tmp_path / "transactions"
    return Accounts(settings.TRANSACTION_FOLDER)


def run(book: SmallBook, accounts: Accounts, *days: str) -> StepResult:
    accounts.write()
    for month_day in days:
        on = book.on(month_day)
        write_day_indicators(on, cursor())
        result = write_client_signals(on, cursor())
    return result


def signals() -> list[str]:
    rows = Signal.objects.filter(loan=None).order_by("rule", "first_seen_on")
    return [
        f"{row.rule}.{row.level}{Colour(row.colour).label} {row.first_seen_on:%m-%d}"
        + (f"→{row.ceased_on:%m-%d}" if row.ceased_on else "")
        for row in rows
    ]


def sell(
    accounts: Accounts, loan: Loan, months: int, amount: str, before: str, **more: int
) -> None:
    for month in range(months):
        on = day(before) - dt.timedelta(days=30 * month)
        accounts.move(loan.customer_id, on, amount, payer=month % 9 + 1, **more)


def test_cash_income_shows_and_ceases(book: SmallBook, accounts: Accounts) -> None:
    loan = book.lend("J1", "甲厂")
    accounts.move(loan.customer_id, day("01-20"), "8000", cash=True)
    accounts.move(loan.customer_id, day("01-25"), "2000", payer=8)
    accounts.move(loan.customer_id, day("03-20"), "9000", payer=9)
    run(book, accounts, "02-02", "02-03", "03-25")
    assert "38.1黄 02-02→03-25" in signals()
    (row,) = explained_signals(Signal.objects.filter(rule=38))
    (reason,) = row.reasons
    assert reason["says"] == "现金收入占比过高:近90天现金流入占比 80.00%"
    assert reason["inputs"]["条件"] == "近90天现金流入占比 高于 70%"
    assert "流水分析要点" in reason["clause"]


def test_what_nobody_knows_is_unknown_and_counted_so(book: SmallBook, accounts: Accounts) -> None:
    loan = book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    accounts.move(loan.customer_id, day("01-20"), "8000", cash=True)
    run(book, accounts, "02-02")
    known = dict(SignalCoverage.objects.values_list("rule", "known"))
    assert (known[38], known[33], known[28], known[81]) == (1, 0, 0, 0)
    assert set(known) == set(range(1, 107)) - set(range(53, 61))
    assert IndicatorCoverage.objects.get(indicator="cash_inflow_share_90d").known == 1
    assert IndicatorCoverage.objects.get(indicator="owed").known == 2


def test_a_signal_stands_while_its_rule_cannot_be_judged(
    book: SmallBook, accounts: Accounts
) -> None:
    loan = book.lend("J1", "甲厂")
    accounts.move(loan.customer_id, day("01-20"), "8000", cash=True)
    run(book, accounts, "02-02")
    accounts.rows[0] |= {"kind": LOAN_DRAW}
    assert run(book, accounts, "02-03").rows == 0
    assert "38.1黄 02-02" in signals()


def test_income_that_halves_is_told_with_both_values(book: SmallBook, accounts: Accounts) -> None:
    loan = book.lend("J1", "甲厂")
    sell(accounts, loan, 12, "60000", before="01-01")
    accounts.move(loan.customer_id, day("01-25"), "20000", payer=1)
    run(book, accounts, "02-02")
    (row,) = explained_signals(Signal.objects.filter(rule=23))
    assert row.reasons[0]["inputs"]["近30天流入"] == "20,000.00元"
    assert row.reasons[0]["inputs"]["此前90天月均流入"] == "60,000.00元"


def test_a_day_done_again_changes_nothing(book: SmallBook, accounts: Accounts) -> None:
    loan = book.lend("J1", "甲厂")
    accounts.move(loan.customer_id, day("01-20"), "8000", cash=True)
    run(book, accounts, "02-02")
    before = list(Signal.objects.values())
    assert run(book, accounts, "02-02").rows == 0
    assert list(Signal.objects.values()) == before


def test_people_who_cannot_be_reached(book: SmallBook, accounts: Accounts) -> None:
    loan = book.lend("J1", "甲厂")
    for on in ("01-10", "01-12", "01-20", "01-25"):
        Happening.objects.create(
            customer=loan.customer, kind=HappeningKind.CONTACTED, happened_on=day(on),
            facts={"outcome": "unreachable"},
        )  # fmt: skip
    run(book, accounts, "01-13", "01-26")
    assert [one for one in signals() if one.startswith("77")] == [
        "77.1橙 01-13→01-26", "77.2红 01-26",
    ]  # fmt: skip


def test_an_approved_version_counts_from_its_day_for_its_clients(
    book: SmallBook,
    accounts: Accounts,
    cast: Cast,  # noqa: F811
) -> None:
    for number, retail in (("J1", True), ("J2", False)):
        loan = book.lend(number, f"客户{number}", retail=retail)
        accounts.move(loan.customer_id, day("01-20"), "8000", cash=True)
    RuleVersion.objects.create(
        number=38, conditions=["cash_inflow_share_90d > 90%"], colours=[Colour.ORANGE],
        segment=Segment.RETAIL, cooldown=0, merge=0, effective_from=day("02-03"), source="本行",
        evidence=Evidence.PROPOSAL, status=VersionStatus.APPROVED, reason="试",
        proposed_by=cast.zhang, approved_by=cast.li,
    )  # fmt: skip
    run(book, accounts, "02-02", "02-03")
    rows = Signal.objects.filter(rule=38).order_by("customer__number", "pk")
    assert [(row.customer.number, row.colour, row.ceased_on) for row in rows] == [
        ("客户J1", Colour.YELLOW, None), ("客户J2", Colour.YELLOW, day("02-03")),
    ]  # fmt: skip
    coverage = SignalCoverage.objects.get(rule=38, day=day("02-03"))
    assert (coverage.loans, coverage.known) == (1, 1)
