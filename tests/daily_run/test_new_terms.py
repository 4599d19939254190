"""A business day sees what two people agreed on before it, and does what waits for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from daihou.cli.bench_book import DAY, fill
from daihou.daily_run.models import BusinessDay, Correction, StepRecord
from daihou.daily_run.runner import run_days
from daihou.ledger.actions import record_entry
from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import RepaymentMethod
from daihou.loan_book.models import Loan
from daihou.servicing.models import LoanPosition, TermProposal
from daihou.servicing.proposals import approve, propose
from daihou.servicing.queries import read_loan
from daihou.servicing.wishes import ProposalKind, Wish
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from loanmath.money import Money
from loanmath.one_loan import Position

ONE = dt.timedelta(days=1)
NEXT = DAY + ONE

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Two:
    """Who proposes, and who decides."""

    zhang: Officer
    zhao: Officer


@pytest.fixture
def two(book: None) -> Two:
    """Made after the book, which wants tables that nobody has written to."""
    make = Officer.objects.create_user
    return Two(
        make(username="1001", display_name="张经理", roles=[Role.ACCOUNT_MANAGER]),
        make(username="0002", display_name="赵风险", roles=[Role.RISK_MANAGER]),
    )


@pytest.fixture
def book(db: None, tmp_path: Path, settings: Any) -> None:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    connection.ensure_connection()
    fill(connection.connection, 20)
    run_days([DAY])


def first(fits: Callable[[Loan, Position], bool]) -> Loan:
    loans = Loan.objects.select_related("customer").order_by("pk")
    return next(loan for loan in loans if fits(loan, read_loan(loan).position(DAY)))


def agreed(loan: Loan, wish: Wish, two: Two) -> TermProposal:
    made = propose(
        loan=loan, wish=wish, reason="受灾", evidence="证明", by=two.zhang, business_date=NEXT
    )
    approve(proposal=made, by=two.zhao, business_date=NEXT)
    return made


def test_days_past_due_stand_still_and_go_on(two: Two) -> None:
    loan = first(lambda _, position: position.days_past_due > 3)
    agreed(loan, Wish(ProposalKind.COUNT_PAUSED, NEXT, until=NEXT + 2 * ONE), two)
    before = read_loan(loan).position(DAY).days_past_due
    seen = []
    for n in range(1, 6):
        run_days([DAY + n * ONE])
        seen.append(LoanPosition.objects.get(loan=loan).days_past_due(DAY + n * ONE))
    assert seen == [before + n for n in (1, 1, 1, 2, 3)]
    assert not Correction.objects.exists()


def test_the_opening_adopts_what_was_paid_for_and_lets_the_rest_lapse(two: Two) -> None:
    level = lambda loan, position: (  # noqa: E731
        loan.method != RepaymentMethod.CUSTOM
        and position.days_past_due == 0
        and position.principal - position.principal_due > 3_000_00
    )
    loan = first(level)
    amount = Money(read_loan(loan).position(NEXT).principal // 2)
    made = agreed(loan, Wish(ProposalKind.PREPAYMENT, NEXT, amount=amount), two)
    record_entry(
        loan=loan, kind=EntryKind.PREPAYMENT, amount=amount, value_date=NEXT, business_date=NEXT
    )
    other = first(lambda other, position: other != loan and level(other, position))
    wish = Wish(ProposalKind.PREPAYMENT, NEXT, amount=Money(2_000_00))
    unpaid = propose(
        loan=other, wish=wish, reason="奖金", evidence="申请书", by=two.zhang, business_date=NEXT
    )
    run_days([NEXT, NEXT + ONE])
    made.refresh_from_db()
    unpaid.refresh_from_db()
    assert (made.status, unpaid.status) == ("adopted", "expired")
    opened = StepRecord.objects.get(day__day=NEXT, step="open_day")
    assert opened.figures == {"执行提前还款后计划": 1, "条款变更申请失效": 1}
    position = LoanPosition.objects.get(loan=loan)
    plan = loan.plans.get(version=2)
    assert position.principal == sum(plan.principal) and position.next_due == plan.due_dates[0]
    assert not Correction.objects.exists()
    assert BusinessDay.objects.count() == 3
