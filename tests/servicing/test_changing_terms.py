"""Changes of terms as people record them: what they do to the loan, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from daihou.cli.bench_book import DAY, fill
from daihou.loan_book.choices import CustomerKind, PlanReason, TermChangeKind
from daihou.loan_book.models import Loan, TermChange
from daihou.policy.queries import parameters_on
from daihou.servicing.actions import (
    TermsNotAcceptable,
    change_terms,
    reprice_loan,
    restructure_loan,
)
from daihou.servicing.extension_limits import judge
from daihou.servicing.queries import read_loan
from loanmath.codes import ChangeKind, Problem
from loanmath.dates import add_months, date_of, day_number
from loanmath.loans import terms_on
from loanmath.money import yuan
from loanmath.rates import penalty_rate, percent

NEXT = DAY + dt.timedelta(days=1)
LATER = DAY + dt.timedelta(days=90)

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan(db: None) -> Loan:
    connection.ensure_connection()
    fill(connection.connection, 20)
    return next(one for one in Loan.objects.order_by("pk") if is_late(one))


def is_late(loan: Loan) -> bool:
    return read_loan(loan).position(NEXT).days_past_due > 0


def change(loan: Loan, kind: TermChangeKind, **more: Any) -> TermChange:
    given: dict[str, Any] = {
        "effective_from": NEXT,
        "business_date": NEXT,
        "reason": "会议决定",
    }
    return change_terms(loan=loan, kind=kind, **{**given, **more})


def test_a_contract_rate_takes_the_penalty_rates_along(loan: Loan) -> None:
    change(loan, TermChangeKind.RATE, rate=percent("9"))
    terms = terms_on(read_loan(loan).kernel_loan, NEXT)
    assert terms.rate == percent("9")
    assert terms.penalty_rate == penalty_rate(percent("9"), loan.penalty_uplift_bps)
    assert terms.compound_rate == (terms.penalty_rate if loan.charges_compound else 0)


def test_what_ends_something_becomes_the_kernels_zero(loan: Loan) -> None:
    change(loan, TermChangeKind.MISUSE, rate=percent("18"))
    change(loan, TermChangeKind.PENALTY_PAUSED)
    change(loan, TermChangeKind.MISUSE_ENDED, effective_from=LATER)
    change(loan, TermChangeKind.PENALTY_RESUMED, effective_from=LATER)
    found = [(c.date, c.kind, c.value) for c in read_loan(loan).kernel_loan.changes]
    assert found == [
        (NEXT, ChangeKind.MISUSE_RATE, percent("18")),
        (NEXT, ChangeKind.PENALTY_PAUSED, 1),
        (LATER, ChangeKind.MISUSE_RATE, 0),
        (LATER, ChangeKind.PENALTY_PAUSED, 0),
    ]


def test_it_counts_from_the_day_it_was_booked(loan: Loan) -> None:
    change(loan, TermChangeKind.RATE, rate=percent("9"), effective_from=DAY, business_date=NEXT)
    assert read_loan(loan, known_on=DAY).kernel_loan.changes == ()
    assert read_loan(loan, known_on=NEXT).kernel_loan.changes != ()


def test_a_restructured_loan_is_not_overdue_and_owes_as_much(loan: Loan) -> None:
    before = read_loan(loan).position(NEXT)
    dues = [NEXT + dt.timedelta(days=30 * n) for n in range(1, 5)]
    version = restructure_loan(
        loan=loan,
        on=NEXT,
        dues=dues,
        business_date=NEXT,
        reason="经营困难",
        capitalise_interest=True,
        capitalise_penalty=True,
    )
    after = read_loan(loan).position(NEXT)
    assert (after.problem, after.days_past_due) == (Problem.NONE, 0)
    assert after.payoff == before.payoff
    assert version.reason == PlanReason.RESTRUCTURING
    assert sum(version.principal) == after.principal > before.principal
    with pytest.raises(TermsNotAcceptable):
        restructure_loan(loan=loan, on=NEXT, dues=dues[::-1], business_date=NEXT, reason="再次")


def test_repricing_makes_the_plan_for_the_new_rate(loan: Loan) -> None:
    version = reprice_loan(
        loan=loan, on=NEXT, rate=percent("1"), business_date=NEXT, reason="LPR 调整"
    )
    assert version.due_dates[0] > NEXT
    position = read_loan(loan).position(version.due_dates[0])
    assert position.problem is Problem.NONE
    assert position.interest_due >= version.interest[0]


@pytest.mark.parametrize(
    "more",
    [
        {"reason": " "},
        {"effective_from": dt.date(2000, 1, 1)},
        {"rate": None},
        {"rate": percent("9"), "amount": yuan("1")},
    ],
)
def test_what_cannot_be_is_refused(loan: Loan, more: dict[str, Any]) -> None:
    with pytest.raises(TermsNotAcceptable):
        change(loan, TermChangeKind.RATE, **{"rate": percent("9"), **more})
    assert not TermChange.objects.exists()


def test_no_second_change_of_a_kind_on_a_day(loan: Loan) -> None:
    change(loan, TermChangeKind.CALLED_IN)
    with pytest.raises(TermsNotAcceptable, match="已登记过"):
        change(loan, TermChangeKind.CALLED_IN)


def test_the_database_refuses_a_rate_change_without_a_rate(loan: Loan) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TermChange.objects.create(
            loan=loan, kind=TermChangeKind.RATE, effective_from=NEXT, booked_on=NEXT
        )


def test_extensions_are_judged_by_the_parameters(loan: Loan) -> None:
    one = read_loan(loan)
    months = 12 * (loan.matures_on.year - loan.disbursed_on.year)
    months += loan.matures_on.month - loan.disbursed_on.month
    farthest = date_of(add_months(day_number(loan.matures_on), months // 2))
    parameters = parameters_on(NEXT)
    assert judge(one, farthest, parameters).allowed
    beyond = judge(one, farthest + dt.timedelta(days=40), parameters)
    assert not beyond.allowed
    loan.customer.kind = CustomerKind.FARMER
    assert judge(one, farthest, parameters).allowed
