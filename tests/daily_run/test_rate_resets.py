"""Floating rates are set anew by the day's run: once, by the right quote, or visibly not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from daihou.daily_run.choices import CauseKind
from daihou.daily_run.models import Correction, StepRecord
from daihou.daily_run.runner import run_days
from daihou.daily_run.verification import verify_day
from daihou.loan_book.choices import PlanReason, RepaymentMethod, ResetRule, TermChangeKind
from daihou.loan_book.models import FloatingTerms, Loan, PlanVersion, TermChange
from daihou.policy.actions import GivenQuote, approve_quote, propose_quotes
from daihou.policy.choices import Benchmark
from daihou.servicing.actions import add_plan_version, change_terms, reprice_loan
from daihou.servicing.choices import ResetOutcome
from daihou.servicing.models import RateReset
from daihou.servicing.queries import read_loan
from daihou.servicing.rate_resets import reset_due_rates
from loanmath.codes import InterestMode
from loanmath.loans import Instalment, terms_on
from loanmath.money import yuan
from loanmath.rates import percent
from tests.cast import Cast
from tests.small_book import SmallBook, day, pg

pytestmark = pytest.mark.django_db(transaction=True)

RESET = "04-10"  # three months after 10 January, and a due day


@pytest.fixture
def book(cast: Cast, tmp_path: Path, settings: Any) -> SmallBook:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    return SmallBook(cast)


def publish(book: SmallBook, on: str, rate: str, benchmark: Benchmark = Benchmark.LPR_1Y) -> None:
    quotes = propose_quotes(
        quotes=[GivenQuote(benchmark, day(on), percent(rate))],
        source="测试",
        by=book.cast.zhao,
        business_date=day("12-31"),
        reason="更正",
    )
    approve_quote(quote=quotes[0], by=book.cast.qian)


def float_loan(
    book: SmallBook,
    number: str,
    *,
    resets_on: str = RESET,
    mode: InterestMode | None = None,
    **more: Any,
) -> Loan:
    """A loan of 4.35 % whose rate is LPR1年期 + 135 基点, set anew every three months."""
    loan = book.lend(number, number)
    if mode is not None:
        Loan.objects.filter(pk=loan.pk).update(interest_mode=mode)
    FloatingTerms.objects.create(
        **{
            "loan": loan,
            "benchmark": Benchmark.LPR_1Y,
            "spread_bps": 135,
            "cycle_months": 3,
            "reset_rule": ResetRule.ANNIVERSARY,
            "next_reset_on": day(resets_on),
            **more,
        }
    )
    return loan


def run(*days: str) -> None:
    run_days([day(one) for one in days])


def rate_of(loan: Loan, on: str) -> int:
    loan.refresh_from_db()
    return terms_on(read_loan(loan).kernel_loan, day(on)).rate


def verified(*days: str) -> bool:
    return all(verify_day(day(one)).differences == [] for one in days)


def test_the_rate_is_set_anew_on_its_day_and_only_then(book: SmallBook) -> None:
    loan = float_loan(book, "甲")
    book.lend("乙", "乙")  # a fixed rate
    publish(book, "01-20", "3.00")
    publish(book, "03-20", "3.10")
    publish(book, "04-20", "2.00")
    run("04-09")
    assert not TermChange.objects.exists()
    run("04-10", "04-11")
    change = TermChange.objects.get()
    assert (change.loan_id, change.rate, change.effective_from) == (
        loan.pk,
        percent("4.45"),
        day(RESET),
    )
    assert "LPR1年期 3.1%(2026-03-20 公布) + 135 基点" in change.reason
    plan = PlanVersion.objects.get(version=2)
    assert (plan.reason, plan.effective_from) == (PlanReason.REPRICING, day(RESET))
    assert plan.principal == [yuan("1000")] * 7  # 按计划还款 keeps its principal
    assert plan.due_dates[0] == day("05-10")
    # 7,000 (10,000 less what fell due) x 4.45 % x 30 / 360
    assert plan.interest[0] == yuan("25.96")
    terms = FloatingTerms.objects.get()
    assert terms.next_reset_on == day("07-10")
    reset = RateReset.objects.get()
    assert (reset.outcome, reset.rate_before, reset.rate_after) == (
        ResetOutcome.DONE,
        percent("4.35"),
        percent("4.45"),
    )
    assert (rate_of(loan, "04-09"), rate_of(loan, "04-10")) == (percent("4.35"), percent("4.45"))
    assert verified("04-09", "04-10", "04-11")
    assert not Correction.objects.exists()


def test_the_day_itself_counts_with_the_new_rate(book: SmallBook) -> None:
    """The columnar book grown over the days equals the loan read afresh."""
    float_loan(book, "甲")
    publish(book, "03-20", "3.10")
    run("04-09", "04-10")
    position = book.loans["甲"].position
    assert position.changed_on == day("04-10")
    assert position.next_due_amount == yuan("1025.96")


def test_by_balance_only_the_rate_changes(book: SmallBook) -> None:
    float_loan(book, "甲", mode=InterestMode.BY_BALANCE)
    publish(book, "03-20", "3.10")
    run("04-10")
    assert TermChange.objects.count() == 1
    assert PlanVersion.objects.filter(version=2).count() == 0


def test_the_step_agrees_with_repricing_one_loan(book: SmallBook) -> None:
    loan = float_loan(book, "甲")
    other = book.lend("乙", "乙")
    for one in (loan, other):
        Loan.objects.filter(pk=one.pk).update(method=RepaymentMethod.LEVEL_PAYMENT)
        book.pay(one.number, "02-10")
    other.refresh_from_db()
    publish(book, "03-20", "3.10")
    run("04-10")
    made = reprice_loan(
        loan=other, on=day(RESET), rate=percent("4.45"), business_date=day(RESET), reason="同"
    )
    plan = PlanVersion.objects.get(loan=loan, version=2)
    assert (plan.due_dates, plan.principal, plan.interest) == (
        made.due_dates,
        made.principal,
        made.interest,
    )


def test_a_missing_quote_sets_aside_and_is_made_up_for(book: SmallBook) -> None:
    loan = float_loan(book, "甲")
    publish(book, "02-20", "3.00")  # the one of 20 March is not known: 49 days are too old
    run("04-09", "04-10", "05-11")
    assert not TermChange.objects.exists()
    reset = RateReset.objects.get()
    assert (reset.outcome, reset.found_on) == (ResetOutcome.NO_QUOTE, day("04-10"))
    assert FloatingTerms.objects.get().next_reset_on == day(RESET)
    publish(book, "03-20", "3.20")
    run("05-12")
    change = TermChange.objects.get()
    assert (change.effective_from, change.booked_on) == (day(RESET), day("05-12"))
    reset.refresh_from_db()
    assert reset.outcome == ResetOutcome.DONE
    assert rate_of(loan, "04-11") == percent("4.55")
    correction = Correction.objects.get()
    assert {cause["kind"] for cause in correction.causes} <= {CauseKind.TERMS, CauseKind.PLAN}
    assert verified("04-09", "04-10", "05-11", "05-12")


def test_several_missed_resets_are_made_in_order(book: SmallBook) -> None:
    loan = float_loan(book, "甲", cycle_months=1, resets_on="02-10")
    for month, rate in (("01", "3.00"), ("02", "3.10"), ("03", "3.30")):
        publish(book, f"{month}-20", rate)
    run("04-10")
    assert [change.rate for change in TermChange.objects.order_by("effective_from")] == [
        percent("4.45"),
        percent("4.65"),
    ]  # on 10 February the rate stays as it was
    assert RateReset.objects.filter(outcome=ResetOutcome.DONE).count() == 3
    assert [version.effective_from for version in loan.plans.order_by("version")[1:]] == [
        day("03-10"),
        day("04-10"),
    ]


def test_a_rate_changed_by_hand_on_the_day_stays(book: SmallBook) -> None:
    loan = float_loan(book, "甲")
    publish(book, "03-20", "3.10")
    change_terms(
        loan=loan,
        kind=TermChangeKind.RATE,
        effective_from=day(RESET),
        business_date=day(RESET),
        reason="协议",
        rate=percent("4"),
    )
    run("04-10")
    assert TermChange.objects.count() == 1
    assert RateReset.objects.get().outcome == ResetOutcome.BY_OTHERS
    assert FloatingTerms.objects.get().next_reset_on == day("07-10")


def test_a_later_plan_is_not_overruled(book: SmallBook) -> None:
    loan = float_loan(book, "甲")
    rest = [Instalment(1, day("11-10"), yuan("7000"), yuan("100"))]
    add_plan_version(
        loan=loan, effective_from=day("04-11"), reason=PlanReason.CORRECTION, instalments=rest
    )
    publish(book, "03-20", "3.10")
    run("04-12")
    assert RateReset.objects.get().outcome == ResetOutcome.LATER_PLAN
    assert not TermChange.objects.exists()


def test_floor_cap_and_the_end(book: SmallBook) -> None:
    loan = float_loan(book, "甲", lowest=percent("4.60"), cycle_months=12, resets_on="04-10")
    publish(book, "03-20", "3.10")
    run("04-10")
    assert TermChange.objects.get().rate == percent("4.60")
    assert FloatingTerms.objects.get(loan=loan).next_reset_on is None  # it matures before


def test_done_again_nothing_is_written_twice(book: SmallBook) -> None:
    float_loan(book, "甲")
    publish(book, "03-20", "3.10")
    run("04-10")
    assert reset_due_rates(pg(), day(RESET), 35).rows == 0
    assert TermChange.objects.count() == PlanVersion.objects.filter(version=2).count() == 1


def test_without_floating_loans_one_look_suffices(book: SmallBook) -> None:
    book.lend("甲", "甲")
    with CaptureQueriesContext(connection) as queries:
        assert reset_due_rates(pg(), day(RESET), 35).rows == 0
    assert len(queries) <= 1
    run("04-10")
    assert StepRecord.objects.get(step="reset_rates").rows == 0


def test_a_corrected_quote_counts(book: SmallBook) -> None:
    loan = float_loan(book, "甲")
    publish(book, "03-20", "3.10")
    publish(book, "03-20", "3.15")
    run("04-10")
    assert rate_of(loan, RESET) == percent("4.50")
    assert RateReset.objects.get().quote.rate == percent("3.15")
