"""The book as a whole, properties of payments, and loans that are set aside."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loanmath.book import concat_books, make_book, slice_book
from loanmath.codes import EntryKind, Problem, Status
from loanmath.dates import day_number
from loanmath.loans import Entry, Instalment, Loan, PlanVersion, book_of, join_plan_versions
from loanmath.money import Money, yuan
from loanmath.one_loan import Position, position_in, position_of, read_position, timeline_of
from loanmath.plans import Style
from loanmath.positions import make_positions, positions
from loanmath.schedule import Method
from loanmath.what_if import Keep, extend, payoff, prepay
from tests.loanmath.contracts import loans
from tests.loanmath.test_first_loan import DUE, LOAN, PLAN, TERMS

PAYMENTS = [EntryKind.REPAYMENT, EntryKind.PREPAYMENT]
STYLE = Style(Method.LEVEL_PRINCIPAL)
BEGUN = LOAN.entries[:1]


@given(st.lists(loans(), min_size=1, max_size=5), st.integers(0, 300))
@settings(max_examples=30)
def test_the_book_and_each_loan_alone_agree(many: list[Loan], days: int):
    as_of = dt.date(2023, 6, 1) + dt.timedelta(days=days)
    book = book_of(many)
    out = make_positions(len(many))
    assert positions(book, day_number(as_of), out=out) is out
    for n, loan in enumerate(many):
        alone = position_of(loan, as_of)
        assert read_position(out, n, as_of) == alone
        assert position_in(book, n, as_of) == alone


@given(loans(kinds=PAYMENTS), st.integers(1, 99))
@settings(max_examples=60)
def test_splitting_a_payment_over_a_day_changes_nothing(loan: Loan, share: int):
    def halves(entry: Entry) -> list[Entry]:
        first = Money(entry.amount * share // 100)
        if entry.kind is EntryKind.DISBURSEMENT or not 0 < first < entry.amount:
            return [entry]
        rest = Money(entry.amount - first)
        return [replace(entry, amount=first), replace(entry, amount=rest)]

    parts = tuple(half for entry in loan.entries for half in halves(entry))
    as_of = loan.plan[-1].due + dt.timedelta(days=30)
    whole = position_of(loan, as_of)
    split = position_of(replace(loan, entries=parts), as_of)
    assert replace(split, last_payment_amount=whole.last_payment_amount) == whole


@given(loans(kinds=PAYMENTS), st.integers(0, 300))
@settings(max_examples=60)
def test_paying_the_quoted_payoff_settles_the_loan(loan: Loan, days: int):
    on = loan.terms.start + dt.timedelta(days=days)
    until = replace(loan, entries=tuple(entry for entry in loan.entries if entry.date <= on))
    before = position_of(until, on)
    if before.problem is not Problem.NONE or before.payoff == 0:
        return
    paid = Entry(on, EntryKind.PREPAYMENT, payoff(until, on).total)
    after = position_of(replace(until, entries=(*until.entries, paid)), on)
    assert (after.principal, after.total_due, after.accrued_interest) == (0, 0, 0)
    assert after.credit == 0


def test_a_fully_paid_plan_leaves_nothing():
    paid = tuple(Entry(row.due, EntryKind.REPAYMENT, row.total) for row in PLAN)
    position = position_of(Loan(TERMS, PLAN, BEGUN + paid), DUE[-1])
    assert position.status is Status.SETTLED
    assert position.settled_on == DUE[-1]
    assert (position.principal, position.total_due, position.credit) == (0, 0, 0)
    assert position.late_instalments_12m == 0


def test_asking_on_the_way_changes_nothing_later():
    late = dt.date(2025, 9, 1)
    whole = position_of(LOAN, late)
    for month in range(2, 9):
        position_of(LOAN, dt.date(2025, month, 20))
    assert position_of(LOAN, late) == whole


def test_plan_versions_take_over_on_their_day():
    later = tuple(Instalment(no, due, yuan("1"), yuan("0")) for no, due in enumerate(DUE, 1))
    joined = join_plan_versions([PlanVersion(TERMS.start, PLAN), PlanVersion(DUE[2], later)])
    assert [row.principal for row in joined] == [yuan("1000")] * 3 + [yuan("1")] * 3
    assert [row.no for row in joined] == [1, 2, 3, 4, 5, 6]
    with pytest.raises(ValueError, match="order"):
        join_plan_versions([PlanVersion(DUE[2], later), PlanVersion(TERMS.start, PLAN)])


def set_aside(loan: Loan) -> Problem:
    return position_of(loan, DUE[1]).problem


def test_nonsense_is_set_aside_with_its_reason():
    pay = Entry(TERMS.start, EntryKind.REPAYMENT, yuan("1"))
    short = (*PLAN[:-1], replace(PLAN[-1], principal=yuan("999.99")))
    long = (*PLAN[:-1], replace(PLAN[-1], principal=yuan("1000.01")))
    backwards = (PLAN[1], PLAN[0], *PLAN[2:])
    cases = {
        Problem.NO_PLAN: replace(LOAN, plan=()),
        Problem.PAYMENT_BEFORE_DISBURSEMENT: replace(LOAN, entries=(pay, *BEGUN)),
        Problem.AMOUNT_OUT_OF_RANGE: replace(
            LOAN, entries=(*BEGUN, replace(pay, amount=Money(10**18)))
        ),
        Problem.DATES_NOT_IN_ORDER: replace(LOAN, plan=backwards),
        Problem.MATURITY_BEFORE_START: replace(
            LOAN, terms=replace(TERMS, maturity=dt.date(2024, 1, 1))
        ),
        Problem.DISBURSED_MORE_THAN_AGREED: replace(LOAN, entries=BEGUN * 2),
        Problem.RECOVERY_WITHOUT_WRITE_OFF: replace(
            LOAN, entries=(*BEGUN, replace(pay, kind=EntryKind.RECOVERY))
        ),
        Problem.REFUND_EXCEEDS_CREDIT: replace(
            LOAN, entries=(*BEGUN, replace(pay, kind=EntryKind.REFUND))
        ),
        Problem.WRITE_OFF_EXCEEDS_BALANCE: replace(
            LOAN, entries=(*BEGUN, Entry(DUE[0], EntryKind.WRITE_OFF, yuan("6000.01")))
        ),
    }
    assert {problem: set_aside(loan) for problem, loan in cases.items()} == {
        problem: problem for problem in cases
    }
    assert set_aside(replace(LOAN, plan=short)) is Problem.PLAN_DOES_NOT_ADD_UP
    assert set_aside(replace(LOAN, plan=long)) is Problem.PLAN_DOES_NOT_ADD_UP
    with pytest.raises(ValueError, match="PLAN_DOES_NOT_ADD_UP"):
        timeline_of(replace(LOAN, plan=long), DUE[1])


def test_one_bad_loan_does_not_stop_the_book():
    book = book_of([LOAN, replace(LOAN, plan=()), LOAN])
    out = positions(book, day_number(DUE[1]))
    assert out.problem.tolist() == [0, int(Problem.NO_PLAN), 0]
    assert out.principal[0] == out.principal[2] > 0
    assert out.principal[1] == 0


def test_books_can_be_cut_and_joined():
    book = book_of([LOAN, replace(LOAN, entries=BEGUN), LOAN])
    again = concat_books([slice_book(book, 0, 1), slice_book(book, 1, 3)])
    for name in book._fields:
        np.testing.assert_array_equal(getattr(book, name), getattr(again, name))


def test_a_book_refuses_columns_that_do_not_belong_together():
    columns = book_of([LOAN])._asdict()
    with pytest.raises(ValueError, match="rate has 2 values"):
        make_book(**{**columns, "rate": [1, 2]})
    with pytest.raises(TypeError, match="whole numbers"):
        make_book(**{**columns, "principal": [1.5]})
    with pytest.raises(TypeError, match="do not fit"):
        make_book(**{**columns, "day_count": [300]})


def test_prepayment_quote_is_what_the_payment_then_does():
    on, amount = dt.date(2025, 3, 1), yuan("2011.67")
    current = replace(LOAN, entries=LOAN.entries[:2])
    quote = prepay(current, on, amount, STYLE, Keep.INSTALMENT)
    assert quote.interest_to_date == yuan("11.67")  # 5000.00 x 6 % x 14/360
    assert quote.principal == yuan("2000")
    assert quote.instalments_saved == 2
    # 25 + 20 + 15 + 10 + 5 before; 11.67 + 7 + 10 + 5 after
    assert quote.interest_saved == yuan("75") - yuan("33.67")
    plan = join_plan_versions([PlanVersion(TERMS.start, PLAN), quote.plan])
    paid = Entry(on, EntryKind.PREPAYMENT, amount)
    position: Position = position_of(Loan(TERMS, plan, (*current.entries, paid)), on)
    assert position.problem is Problem.NONE
    assert position.principal == yuan("3000")
    assert position.next_due_amount == quote.plan.plan[0].total


def test_an_amount_that_only_pays_arrears_is_no_prepayment():
    with pytest.raises(ValueError, match="does not reach the principal"):
        prepay(LOAN, dt.date(2025, 3, 20), yuan("100"), STYLE, Keep.TERM)


def test_extension_spreads_what_is_not_yet_due():
    current = replace(LOAN, entries=LOAN.entries[:2])
    longer = extend(current, dt.date(2025, 3, 1), dt.date(2025, 12, 15), STYLE, TERMS.rate)
    plan = longer.plan.plan
    assert sum(row.principal for row in plan) == yuan("5000")
    assert (plan[0].due, plan[-1].due, len(plan)) == (DUE[1], dt.date(2025, 12, 15), 10)
    assert plan[0].interest == yuan("25")
    assert longer.interest_added == yuan("137.50") - yuan("75")  # 500 less each month: 25.00 ...
    with pytest.raises(ValueError, match="later"):
        extend(current, dt.date(2025, 3, 1), TERMS.maturity, STYLE, TERMS.rate)
