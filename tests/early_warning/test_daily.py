"""The daily step of the signals: facts as people record them, rows only where something changed."""

from __future__ import annotations

import pytest

from daihou.early_warning.choices import Colour
from daihou.early_warning.daily import write_signals
from daihou.early_warning.models import Signal, SignalCoverage
from daihou.early_warning.queries import (
    coverage,
    explained_signals,
    open_on,
    signals_of_customer,
    signals_of_loan,
    signals_visible_to,
)
from daihou.loan_book.choices import HappeningKind
from daihou.servicing.book_on_day import StepResult
from tests.cast import Cast, branches, cast  # noqa: F401 - fixtures
from tests.shipped import shipped_parameters
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(cast: Cast) -> SmallBook:  # noqa: F811
    return SmallBook(cast)


def run(book: SmallBook, *days: str) -> StepResult:
    for month_day in days:
        result = write_signals(book.on(month_day), cursor(), shipped_parameters(day(month_day)))
    return result


def signals(number: str) -> list[str]:
    rows = Signal.objects.filter(loan__number=number).order_by("rule", "first_seen_on")
    return [
        f"{row.rule}.{row.level}{Colour(row.colour).label} {row.first_seen_on:%m-%d}"
        + (f"→{row.ceased_on:%m-%d}" if row.ceased_on else "")
        for row in rows
    ]


def test_a_loan_that_stops_paying_shows_signal_after_signal(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-10", "02-11", "03-12", "03-13", "04-11", "04-12", "05-12")
    book.pay("J1", "05-13", "5000")
    run(book, "05-13")
    assert signals("J1") == [
        "53.1黄 02-11→05-13",
        "54.1橙 03-13→04-12",
        "54.2橙 04-12→05-12",
        "54.3红 05-12→05-13",
        "55.1黄 04-11",
        "56.1橙 03-12→05-13",
        "57.1橙 04-12→05-13",
    ]
    raised = Signal.objects.filter(rule=54).order_by("first_seen_on")
    assert [(row.previous_level, row.episode_since) for row in raised] == [
        (0, day("03-13")), (1, day("03-13")), (2, day("03-13")),
    ]  # fmt: skip


def test_a_day_done_again_changes_nothing_and_quiet_days_write_nothing(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11", "03-13")
    before = list(Signal.objects.order_by("pk").values())
    assert len(before) == 3
    again = run(book, "03-13")
    assert (again.rows, list(Signal.objects.order_by("pk").values())) == (0, before)
    assert run(book, "03-14").rows == 0


def test_a_day_done_again_with_other_facts_leaves_no_trace_of_the_first_try(
    book: SmallBook,
) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-12")
    book.happen(HappeningKind.TECHNICAL_DELAY, "02-10", "J1")
    run(book, "02-12")
    assert signals("J1") == []


def test_a_signal_that_returns_at_once_stays_quiet(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    payment = book.pay("J1", "02-12", "1011")  # penalty comes first
    run(book, "02-12")
    book.reverse(payment, "02-13")
    assert run(book, "02-13").figures["静默期内未提示"] == 1
    run(book, "02-14", "02-15")
    assert signals("J1") == ["53.1黄 02-11→02-12", "53.1黄 02-15"]
    assert Signal.objects.get(ceased_on=None).episode_since == day("02-11")


def test_what_people_recorded_shows_and_says_where_it_comes_from(book: SmallBook) -> None:
    for number in ("J1", "J2", "J3", "J4"):
        book.lend(number, f"客户{number}")
    said = book.happen(HappeningKind.HARDSHIP_STATED, "02-01", "J1", whole_client=True)
    book.happen(HappeningKind.REFINANCED, "02-01", "J2")
    book.happen(HappeningKind.REFINANCED, "02-01", "J3", qualifying_renewal=True)
    book.happen(HappeningKind.EXTENSION_GRANTED, "02-01", "J4", passive=False)
    run(book, "02-02")
    assert [signals(n) for n in ("J1", "J2", "J3", "J4")] == [
        ["60.1橙 02-02"], ["58.1红 02-02"], [], [],
    ]  # fmt: skip
    (signal,) = explained_signals(Signal.objects.filter(rule=60))
    (reason,) = signal.reasons
    assert {"table": "loan_book.happening", "id": str(said.pk)} in reason["rows"]


def test_the_payer_is_compared_with_the_borrower(book: SmallBook) -> None:
    for number in ("J1", "J2", "J3"):
        book.lend(number, f"客户{number}")
    by_other = book.pay("J1", "02-09", payer="某贸易公司")
    book.pay("J2", "02-09", payer="客户J2 ")
    book.pay("J3", "02-09")
    run(book, "02-09")
    assert [signals(n) for n in ("J1", "J2", "J3")] == [["59.1黄 02-09"], [], []]
    coverage = SignalCoverage.objects.get(day=day("02-09"), rule=59)
    assert (coverage.loans, coverage.known) == (3, 2)
    book.reverse(by_other, "02-10")
    run(book, "02-10")
    assert signals("J1") == ["59.1黄 02-09→02-10"]


def test_coverage_says_what_could_not_be_judged(book: SmallBook) -> None:
    for number in ("J1", "J2"):
        book.lend(number, f"客户{number}")
    book.happen(HappeningKind.CONTACTED, "02-01", "J1")
    run(book, "02-02")
    known = dict(SignalCoverage.objects.values_list("rule", "known"))
    assert known == {53: 2, 54: 2, 55: 2, 56: 2, 57: 2, 58: 1, 59: 2, 60: 1}


def test_a_loan_set_aside_keeps_its_signals_and_counts_as_unknown(book: SmallBook) -> None:
    loan = book.lend("J1", "甲厂")
    run(book, "02-11")
    loan.plans.update(principal=[1] * 10)
    assert run(book, "03-13").rows == 0
    assert signals("J1") == ["53.1黄 02-11"]
    coverage = SignalCoverage.objects.get(day=day("03-13"), rule=53)
    assert (coverage.loans, coverage.known) == (1, 0)


def test_a_settled_loan_shows_nothing(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    book.pay("J1", "02-12", "10100")
    book.write_off("J1", "02-13", "9000")
    run(book, "02-13")
    assert signals("J1") == ["53.1黄 02-11→02-13"]


def test_signals_are_read_as_of_a_day_and_by_what_one_may_see(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    loan = book.lend("J1", "甲厂")
    book.pay("J1", "02-09", payer=None)
    run(book, "02-09", "03-11", "04-11")
    seen = signals_visible_to(cast.zhang)
    assert [row.rule for row in open_on(seen, day("03-11"))] == [53]
    assert [row.rule for row in open_on(seen, day("04-11"))] == [54, 56, 53]
    assert signals_of_loan(cast.zhang, loan).count() == 3
    assert signals_of_customer(cast.zhang, loan.customer).count() == 3
    assert not signals_of_loan(cast.chen, loan).exists()
    told = {row.rule: row for row in coverage(on=day("02-09"))}
    assert (told[59].unknown, told[53].unknown) == (1, 0)
    assert "付款人" in told[59].why_unknown


def test_signals_of_a_loan_whose_import_was_undone_go_away(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    run(book, "02-11")
    book.forget("J1")
    run(book, "02-12")
    assert list(Signal.objects.values_list("loan__number", flat=True)) == ["J2"]
