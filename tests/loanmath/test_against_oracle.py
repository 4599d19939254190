"""The kernel against the slow reckoning: random contracts and events, to the cent."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from loanmath.codes import Problem
from loanmath.loans import Loan
from loanmath.one_loan import Position, position_of
from tests.loanmath.contracts import EXAMPLES, changed_loans, loans
from tests.loanmath.oracle import Reckoning, SetAsideError, reckon


def expected(r: Reckoning, as_of: dt.date) -> dict[str, object]:
    """The oracle's figures under the names of `Position`."""
    unpaid = [row for row in r.rows if row.open]
    before = [row for row in unpaid if row.due < as_of]
    recent = [row for row in r.rows if row.due > as_of - dt.timedelta(days=365)]
    oldest = r.oldest()
    return {
        "disbursed": r.disbursed,
        "principal": r.balance,
        "principal_due": r.due_principal,
        "principal_overdue": sum(row.principal for row in before),
        "interest_due": r.due_interest,
        "interest_overdue": sum(row.interest for row in before),
        "penalty_due": r.penalty_due,
        "compound_due": r.compound_due,
        "fees_due": r.fees,
        "accrued_interest": r.accrued,
        "credit": r.credit,
        "oldest_unpaid_due": oldest,
        "oldest_unpaid_interest_due": next((row.due for row in unpaid if row.interest), None),
        "days_past_due": r.late_by(as_of),
        "unpaid_instalments": len(unpaid),
        "overdue_instalments": len(before),
        "paid_fees": r.paid.get("fee", 0),
        "paid_penalty": r.paid.get("penalty", 0),
        "paid_compound": r.paid.get("compound", 0),
        "paid_interest": r.paid.get("interest", 0),
        "paid_principal": r.paid.get("principal", 0),
        "waived": r.waived,
        "written_off": r.written_off,
        "recovered": r.recovered,
        "last_payment_date": r.last_payment[0],
        "last_payment_amount": r.last_payment[1],
        "last_payment_partial": r.last_payment[2],
        "late_instalments_12m": sum(row.late for row in recent),
        "grace_instalments_12m": sum(
            row.cleared_on is not None
            and row.due < row.cleared_on <= row.due + dt.timedelta(days=r.loan.terms.grace_days)
            for row in recent
        ),
    }


def found(position: Position, names: dict[str, object]) -> dict[str, object]:
    return {name: getattr(position, name) for name in names}


@given(loans(), st.integers(0, 300))
@settings(max_examples=EXAMPLES)
def test_kernel_agrees_with_the_slow_reckoning(loan: Loan, days: int):
    agree(loan, days)


@given(changed_loans(), st.integers(0, 360))
@settings(max_examples=EXAMPLES)
def test_they_agree_where_terms_change_on_the_way(loan: Loan, days: int):
    agree(loan, days)


def agree(loan: Loan, days: int) -> None:
    """The kernel sets the loan aside if the slow reckoning does, or every figure is the same."""
    as_of = loan.terms.start + dt.timedelta(days=days)
    position = position_of(loan, as_of)
    try:
        figures = expected(reckon(loan, as_of), as_of)
    except SetAsideError:
        assert position.problem is not Problem.NONE
        return
    assert position.problem is Problem.NONE
    assert found(position, figures) == figures
