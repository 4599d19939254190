"""Signals about a client as a whole: seen with the client, left alone by those of its loans."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from daihou.daily_run.models import WorkItem
from daihou.daily_run.queries import explained_work
from daihou.daily_run.work_rows import write_worklist
from daihou.early_warning.choices import Colour
from daihou.early_warning.daily import write_signals
from daihou.early_warning.models import Signal
from daihou.early_warning.queries import (
    explained_signals,
    open_on,
    signals_of_customer,
    signals_of_loan,
    signals_visible_to,
)
from daihou.early_warning.rules import Rule
from daihou.early_warning.shipped_signals import shipped_signals, signal_name
from daihou.loan_book.models import Loan
from tests.cast import Cast, branches, cast  # noqa: F401 - fixtures
from tests.shipped import shipped_parameters
from tests.small_book import SmallBook, cursor, day


@pytest.fixture
def book(cast: Cast) -> SmallBook:  # noqa: F811
    return SmallBook(cast)


def warn(loan: Loan, rule: int, since: str) -> Signal:
    return Signal.objects.create(
        customer=loan.customer,
        loan=None,
        rule=rule,
        rule_version="出厂值",
        level=1,
        previous_level=0,
        colour=Colour.RED,
        episode_since=day(since),
        first_seen_on=day(since),
    )


def run(book: SmallBook, on: str) -> None:
    parameters = shipped_parameters(day(on))
    write_signals(book.on(on), cursor(), parameters)
    write_worklist(book.on(on), cursor(), parameters)


@pytest.mark.django_db
def test_is_seen_with_the_client_and_by_nobody_else(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    loan = book.lend("J1", "甲厂")
    signal = warn(loan, 81, "02-01")
    assert list(open_on(signals_visible_to(cast.zhang), day("02-02"))) == [signal]
    assert list(signals_of_customer(cast.zhang, loan.customer)) == [signal]
    assert not signals_of_loan(cast.zhang, loan).exists()
    assert not signals_visible_to(cast.chen).exists()


@pytest.mark.django_db
def test_the_signals_of_loans_leave_it_alone(book: SmallBook) -> None:
    book.lend("J2", "乙厂")
    signal = warn(book.lend("J1", "甲厂"), 81, "02-01")
    run(book, "02-11")
    run(book, "02-12")
    assert set(Signal.objects.values_list("rule", flat=True)) == {53, 81}
    signal.refresh_from_db()
    assert signal.ceased_on is None


@pytest.mark.django_db
def test_stands_in_the_work_with_all_that_the_client_owes(book: SmallBook) -> None:
    warn(book.lend("J1", "甲厂"), 81, "02-01")
    book.lend("J2", "甲厂")
    book.lend("J3", "乙厂")
    run(book, "02-02")
    (work,) = explained_work(WorkItem.objects.all(), on=day("02-02"))
    assert work.why_first == "预警:81 列为失信被执行人(红)"
    assert work.rank_score % 1_000_000 == 20  # two loans of ten thousand yuan


@pytest.mark.django_db
def test_says_its_name_and_where_it_comes_from(book: SmallBook) -> None:
    warn(book.lend("J1", "甲厂"), 81, "02-01")
    (signal,) = explained_signals(Signal.objects.all())
    (reason,) = signal.reasons
    assert reason["says"] == "列为失信被执行人"
    assert "第81号" in reason["clause"]


@pytest.mark.django_db
def test_the_database_keeps_one_open_row_for_a_client_and_signal(book: SmallBook) -> None:
    loan = book.lend("J1", "甲厂")
    warn(loan, 81, "02-01")
    with pytest.raises(IntegrityError), transaction.atomic():
        warn(loan, 81, "02-02")


def test_there_are_106_signals_and_each_says_what_it_needs() -> None:
    signals = shipped_signals()
    assert sorted(signals) == list(range(1, 107))
    of_loans = {number for number, one in signals.items() if one.is_of_loans}
    assert of_loans == set(Rule)
    assert all(one.levels and one.needs for one in signals.values() if not one.is_of_loans)
    assert all(one.name and one.source and one.group for one in signals.values())
    assert signal_name(28) == "资金回流借款人或关联方"
