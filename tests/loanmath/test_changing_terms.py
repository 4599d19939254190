"""Terms that change on the way: floating rates, limits on extensions, loans that are set aside."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loanmath.book import CHANGE_ROWS, concat_books, make_book, slice_book
from loanmath.codes import ChangeKind, EntryKind, InterestMode, Problem, What
from loanmath.extension import Band, Limits, judge_extension, latest_maturity
from loanmath.floating import (
    FloatingRate,
    Quote,
    ResetOn,
    Uplifts,
    floating_changes,
    reset_dates,
    stepped_changes,
)
from loanmath.loans import Change, Entry, Loan, book_of, terms_on
from loanmath.money import Money, yuan
from loanmath.one_loan import instalments_of, position_in, position_of, timeline_of
from loanmath.plans import Style
from loanmath.rates import percent
from loanmath.replanning import reprice, restructure, with_replanning
from loanmath.schedule import Method
from tests.loanmath.contracts import changed_loans, loans
from tests.loanmath.test_first_loan import DUE, LOAN, PLAN, TERMS

DAY = dt.timedelta(days=1)
LPR = [
    Quote(dt.date(2025, 10, 20), percent("3")),
    Quote(dt.date(2025, 11, 20), percent("3.05")),
    Quote(dt.date(2025, 12, 20), percent("3.1")),
]
STYLE = Style(Method.LEVEL_PRINCIPAL)
# the two bands of the loan measures of 2024, and the three of the 贷款通则 of 1996
BANDS_2024 = Limits((Band(12, share=(1, 1)), Band(None, share=(1, 2))))
BANDS_1996 = Limits((Band(12, share=(1, 1)), Band(60, share=(1, 2)), Band(None, months=36)))


def begun(loan: Loan = LOAN, *changes: Change) -> Loan:
    """A loan that was paid out and never paid, with changes of terms."""
    return replace(loan, entries=loan.entries[:1], changes=changes)


# -- floating rates ----------------------------------------------------------------------------
def test_resets_follow_the_calendar_or_the_day_of_the_loan():
    start, until = dt.date(2025, 8, 31), dt.date(2026, 9, 1)
    yearly = FloatingRate(120)
    assert list(reset_dates(yearly, start, until)) == [dt.date(2026, 1, 1)]
    quarterly = replace(yearly, months=3, reset_on=ResetOn.ANNIVERSARY)
    assert list(reset_dates(quarterly, start, until)) == [
        dt.date(2025, 11, 30),  # a month end stays one
        dt.date(2026, 2, 28),
        dt.date(2026, 5, 31),
        dt.date(2026, 8, 31),
    ]
    with pytest.raises(ValueError, match="month"):
        list(reset_dates(replace(yearly, months=0), start, until))


def test_the_quote_published_in_time_counts():
    reset = dt.date(2026, 1, 1)
    assert FloatingRate(120).rate_by(LPR, reset) == percent("4.3")
    assert FloatingRate(-20, notice_days=30).rate_by(LPR, reset) == percent("2.85")
    assert FloatingRate(120, notice_days=60).rate_by(LPR, reset) == percent("4.2")
    assert FloatingRate(-20, lowest=percent("3")).rate_by(LPR, reset) == percent("3")
    assert FloatingRate(900, highest=percent("12")).rate_by(LPR, reset) == percent("12")
    with pytest.raises(ValueError, match="no benchmark"):
        FloatingRate(120).rate_by(LPR, dt.date(2025, 10, 19))


def test_penalty_rates_follow_the_contract_rate():
    start, until = dt.date(2025, 11, 1), dt.date(2026, 12, 31)
    changes = floating_changes(FloatingRate(120), LPR, start, until, Uplifts(5000, compound=True))
    first = dt.date(2026, 1, 1)
    assert changes == (
        Change(first, ChangeKind.RATE, percent("4.3")),
        Change(first, ChangeKind.PENALTY_RATE, percent("6.45")),
        Change(first, ChangeKind.COMPOUND_RATE, percent("6.45")),
    )
    loan = begun(LOAN, *changes)
    assert terms_on(loan, first - DAY) == loan.terms
    assert terms_on(loan, first).penalty_rate == percent("6.45")


def test_a_step_to_the_same_rate_changes_nothing():
    steps = [(DUE[0], percent("6")), (DUE[1], percent("7")), (DUE[2], percent("7"))]
    assert stepped_changes(percent("6"), steps) == (Change(DUE[1], ChangeKind.RATE, percent("7")),)
    with pytest.raises(ValueError, match="order"):
        stepped_changes(percent("6"), steps[::-1])


# -- extensions --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("limits", "start", "maturity", "latest"),
    [
        (BANDS_2024, "2025-03-01", "2026-03-01", "2027-03-01"),  # a year: as long again
        (BANDS_2024, "2025-03-01", "2025-09-01", "2026-03-01"),
        (BANDS_2024, "2025-03-01", "2026-03-02", "2026-09-01"),  # 366 days: half of them, 183
        (BANDS_2024, "2025-03-01", "2028-03-01", "2029-09-01"),  # three years: half
        (BANDS_2024, "2020-03-01", "2030-03-01", "2035-03-01"),  # no limit of three years in 2024
        (BANDS_1996, "2020-03-01", "2030-03-01", "2033-03-01"),
    ],
)
def test_how_far_a_loan_may_be_extended(limits: Limits, start: str, maturity: str, latest: str):
    first, last, end = (dt.date.fromisoformat(text) for text in (start, maturity, latest))
    assert latest_maturity(first, last, limits) == end
    assert judge_extension(first, [last], end, limits).allowed
    refused = judge_extension(first, [last], end + DAY, limits)
    assert not refused.allowed
    assert str(end) in refused.because[0]


def test_extensions_count_together_and_may_be_limited_in_number():
    start, original = dt.date(2025, 3, 1), dt.date(2026, 3, 1)
    extended = [original, dt.date(2026, 12, 1)]
    assert judge_extension(start, extended, dt.date(2027, 3, 1), BANDS_2024).allowed
    assert not judge_extension(start, extended, dt.date(2027, 3, 2), BANDS_2024).allowed
    once = replace(BANDS_2024, times=1)
    refused = judge_extension(start, extended, dt.date(2026, 11, 1), once)
    assert len(refused.because) == 2  # the second time, and to an earlier day
    assert "最多1次" in refused.because[1]
    assert latest_maturity(start, original, Limits((Band(None),))) is None
    with pytest.raises(ValueError, match="no band"):
        latest_maturity(start, original, Limits((Band(6, share=(1, 1)),)))
    with pytest.raises(ValueError, match="maturity"):
        judge_extension(start, [], original, BANDS_2024)


# -- the book ----------------------------------------------------------------------------------
def test_a_book_with_changes_can_be_cut_and_joined():
    changed = begun(LOAN, Change(DUE[0], ChangeKind.RATE, percent("7")))
    book = book_of([LOAN, changed, changed, LOAN])
    again = concat_books([slice_book(book, 0, 2), slice_book(book, 2, 4)])
    for name in book._fields:
        np.testing.assert_array_equal(getattr(book, name), getattr(again, name))
    for n, loan in enumerate((LOAN, changed, changed, LOAN)):
        assert position_in(book, n, DUE[2]) == position_of(loan, DUE[2])


def test_a_book_may_leave_the_columns_of_changes_out():
    book = book_of([LOAN, LOAN])
    columns = book._asdict()
    for name in ("change_at", *CHANGE_ROWS):
        del columns[name]
    for name in book._fields:
        np.testing.assert_array_equal(getattr(make_book(**columns), name), getattr(book, name))
    with pytest.raises(TypeError, match="change_kind"):
        make_book(**columns, change_at=[0, 0, 0])


def test_changes_that_make_no_sense_set_the_loan_aside():
    cases = {
        Problem.DATES_NOT_IN_ORDER: [Change(TERMS.start - DAY, ChangeKind.RATE, 1)],
        Problem.RATE_OUT_OF_RANGE: [Change(DUE[0], ChangeKind.MISUSE_RATE, -1)],
        Problem.UNKNOWN_CODE: [Change(DUE[0], ChangeKind.PENALTY_PAUSED, 2)],
        Problem.AMOUNT_OUT_OF_RANGE: [Change(DUE[0], ChangeKind.CAPITALISED, 0)],
        Problem.TOO_MANY_CHANGES: [Change(DUE[0], ChangeKind.RATE, 1)] * 1000,
        Problem.PLAN_DOES_NOT_ADD_UP: [Change(DUE[0], ChangeKind.CAPITALISED, 1)],
    }
    found = {
        problem: position_of(begun(LOAN, *made), DUE[1]).problem for problem, made in cases.items()
    }
    assert found == {problem: problem for problem in cases}
    fine = [Change(DUE[0], ChangeKind.RATE, 1)] * 999
    assert position_of(begun(LOAN, *fine), DUE[1]).problem is Problem.NONE


@pytest.mark.parametrize("kind", [ChangeKind.CAPITALISED, ChangeKind.PENALTY_CAPITALISED])
def test_no_more_becomes_principal_than_is_due(kind: ChangeKind):
    more = (*PLAN[:-1], replace(PLAN[-1], principal=Money(PLAN[-1].principal + yuan("500"))))
    loan = begun(replace(LOAN, plan=more), Change(DUE[1], kind, yuan("500")))
    assert position_of(loan, DUE[1]).problem is Problem.CAPITALISED_EXCEEDS_DUE
    assert position_of(loan, DUE[1] - DAY).problem is Problem.NONE


# -- properties --------------------------------------------------------------------------------
@given(changed_loans(), st.integers(0, 360))
@settings(max_examples=40)
def test_the_timeline_leads_to_the_position(loan: Loan, days: int):
    as_of = loan.terms.start + dt.timedelta(days=days)
    position = position_of(loan, as_of)
    if position.problem is not Problem.NONE:
        return
    events = timeline_of(loan, as_of)
    assert sum(event.principal for event in events) == position.paid_principal
    assert sum(event.what is What.TERMS_CHANGED for event in events) == sum(
        change.date <= as_of for change in loan.changes
    )
    unpaid = [row.principal_unpaid for row in instalments_of(loan, as_of)]
    assert sum(unpaid) == position.principal_due


@given(loans(), st.integers(0, 200), st.integers(0, 300))
@settings(max_examples=40)
def test_a_change_to_what_holds_already_changes_nothing(loan: Loan, on: int, days: int):
    as_of = loan.terms.start + dt.timedelta(days=days)
    day = loan.terms.start + dt.timedelta(days=on)
    same = (
        Change(day, ChangeKind.RATE, loan.terms.rate),
        Change(day, ChangeKind.PENALTY_RATE, loan.terms.penalty_rate),
        Change(day, ChangeKind.MISUSE_RATE, 0),
        Change(day, ChangeKind.PENALTY_PAUSED, 0),
        Change(day, ChangeKind.COUNT_PAUSED, 0),
    )
    assert position_of(replace(loan, changes=same), as_of) == position_of(loan, as_of)


def test_a_loan_called_in_shows_one_instalment_for_the_rest():
    called = begun(LOAN, Change(DUE[1] + DAY, ChangeKind.CALLED_IN))
    rows = instalments_of(called, DUE[3])
    assert [row.due for row in rows] == [*DUE[:2], DUE[1] + DAY]
    assert sum(row.principal for row in rows) == TERMS.principal
    assert rows[-1].principal_unpaid == yuan("4000")


def test_a_full_plan_has_no_place_for_being_called_in_before_a_new_one():
    start, day = TERMS.start, Money(TERMS.principal // 1000)
    dues = [start + dt.timedelta(days=10 + n) for n in range(1000)]
    plan = tuple(
        replace(PLAN[0], no=n + 1, due=due, principal=day, interest=Money(0))
        for n, due in enumerate(dues)
    )
    changes = (
        Change(start + DAY, ChangeKind.CALLED_IN),
        Change(start + 2 * DAY, ChangeKind.REPLANNED),
    )
    terms = replace(TERMS, maturity=dues[-1], principal=Money(day * 1000))
    loan = Loan(terms, plan, (Entry(start, EntryKind.DISBURSEMENT, terms.principal),), changes)
    assert position_of(loan, start + DAY).problem is Problem.TOO_MANY_INSTALMENTS
    assert position_of(loan, start).problem is Problem.NONE


# -- new plans ---------------------------------------------------------------------------------
def test_repricing_keeps_the_dates_and_the_principal():
    on = dt.date(2025, 3, 1)
    current = replace(LOAN, entries=LOAN.entries[:2])
    made = reprice(current, on, percent("9"), STYLE, Uplifts(5000))
    assert [row.due for row in made.plan.plan] == list(DUE[1:])
    assert sum(row.principal for row in made.plan.plan) == yuan("5000")
    # 5,000 x 6 % x 14/360 + 5,000 x 9 % x 14/360; then 0.75 % a month
    assert [row.interest for row in made.plan.plan] == [
        yuan(text) for text in ("29.17", "30", "22.50", "15", "7.50")
    ]
    after = position_of(with_replanning(current, made), DUE[1])
    assert (after.problem, after.interest_due) == (Problem.NONE, yuan("29.17"))
    with pytest.raises(ValueError, match="nothing is left"):
        reprice(current, DUE[-1], percent("9"), STYLE)


@given(loans(kinds=[EntryKind.REPAYMENT, EntryKind.FEE]), st.integers(1, 200), st.booleans())
@settings(max_examples=40)
def test_a_restructuring_leaves_nothing_overdue_and_owes_the_same(
    loan: Loan, days: int, capitalise: bool
):
    on = loan.terms.start + dt.timedelta(days=days)
    if loan.terms.interest_mode is InterestMode.BY_BALANCE_LEVEL:
        loan = replace(loan, terms=replace(loan.terms, interest_mode=InterestMode.BY_BALANCE))
    loan = replace(loan, entries=tuple(e for e in loan.entries if e.date <= on))
    before = position_of(loan, on)
    if before.principal == 0:
        return
    dues = [on + dt.timedelta(days=30 * n) for n in range(1, 4)]
    made = restructure(loan, on, dues, STYLE, capitalise, capitalise)
    after = position_of(with_replanning(loan, made), on)
    assert after.problem is Problem.NONE
    assert (after.days_past_due, after.principal_due, after.interest_due) == (0, 0, 0)
    assert after.payoff == before.payoff
    if capitalise:
        assert after.principal == before.principal + made.capitalised


def test_a_later_plan_does_not_rewrite_an_earlier_prepayment():
    on, later = dt.date(2025, 3, 1), dt.date(2025, 4, 20)
    paid = Entry(on, EntryKind.PREPAYMENT, yuan("1011.67"))  # 11.67 of interest to date
    loan = replace(LOAN, entries=(*LOAN.entries[:2], paid))
    before = position_of(loan, DUE[1])
    assert before.interest_due == yuan("13.33")  # 25.00 less what was paid of it
    made = reprice(loan, later, percent("9"), STYLE)
    assert position_of(with_replanning(loan, made), DUE[1]) == before
