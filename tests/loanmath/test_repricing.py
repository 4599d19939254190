"""Repricing many loans is repricing each of them; reset days follow the calendar or the loan."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from loanmath.codes import EntryKind
from loanmath.dates import date_of, day_number
from loanmath.floating import FloatingRate, ResetOn, reset_dates
from loanmath.loans import Entry, Loan, Terms, book_of
from loanmath.money import Money, yuan
from loanmath.plans import PlanRequest, Style, custom_plan, instalments_in, plan_for
from loanmath.rates import Rate, percent
from loanmath.replanning import reprice
from loanmath.repricing import AS_PLANNED, new_terms, reprice_plans, resets_after
from loanmath.schedule import Method

START = dt.date(2025, 1, 15)
RATE, NEW = percent("6"), percent("9")


def loan_of(method: Method, amount: str = "6000", interest_only: int = 0) -> Loan:
    principal = yuan(amount)
    plan = plan_for(
        PlanRequest(method, principal, RATE, START, instalments=6, interest_only=interest_only)
    )
    paid = Entry(START, EntryKind.DISBURSEMENT, principal)
    return Loan(Terms(principal, RATE, START, plan[-1].due), tuple(plan), (paid,))


def totals(loan: Loan, on: dt.date, rate: Rate, style: Style | None) -> list[int]:
    return [row.total for row in reprice(loan, on, rate, style).plan.plan]


def test_many_loans_as_one_by_one() -> None:
    on = dt.date(2025, 3, 1)
    methods = [Method.LEVEL_PAYMENT, Method.LEVEL_PRINCIPAL, Method.INTEREST_ONLY]
    loans = [loan_of(method) for method in methods]
    made = reprice_plans(book_of(loans), day_number(on), new_terms([NEW] * 3, methods))
    assert made.rate_before.tolist() == [RATE] * 3
    for n, (loan, method) in enumerate(zip(loans, methods, strict=True)):
        alone = reprice(loan, on, NEW, Style(method)).plan.plan
        assert tuple(instalments_in(made.plans, n)) == alone


def test_on_a_due_day_the_whole_next_period_is_new() -> None:
    """对月对日: nothing of the period was at the old rate, so the instalments are level."""
    loan = loan_of(Method.LEVEL_PAYMENT)
    anew = totals(loan, dt.date(2025, 3, 15), NEW, Style(Method.LEVEL_PAYMENT))
    assert len(anew) == 4
    assert max(anew) - min(anew) <= 3  # rounding in the last one


def test_the_same_rate_changes_nothing_on_a_due_day() -> None:
    loan = loan_of(Method.LEVEL_PRINCIPAL)
    made = reprice(loan, dt.date(2025, 3, 15), RATE, Style(Method.LEVEL_PRINCIPAL)).plan.plan
    assert [(row.due, row.principal, row.interest) for row in made] == [
        (row.due, row.principal, row.interest) for row in loan.plan[2:]
    ]


def test_months_without_principal_stay_without() -> None:
    loan = loan_of(Method.LEVEL_PAYMENT, interest_only=4)
    made = reprice(loan, dt.date(2025, 3, 15), NEW, Style(Method.LEVEL_PAYMENT)).plan.plan
    assert [row.principal for row in made[:2]] == [0, 0]
    assert all(row.principal > 0 for row in made[2:])


def test_a_custom_plan_keeps_its_principal() -> None:
    plan = custom_plan(
        yuan("900"),
        RATE,
        START,
        [
            (dt.date(2025, month, 15), yuan(part))
            for month, part in ((4, "0"), (7, "600"), (10, "300"))
        ],
    )
    terms = Terms(yuan("900"), RATE, START, plan[-1].due)
    loan = Loan(terms, tuple(plan), (Entry(START, EntryKind.DISBURSEMENT, yuan("900")),))
    on = dt.date(2025, 5, 15)
    made = reprice(loan, on, NEW, None).plan.plan
    assert [row.principal for row in made] == [yuan("600"), yuan("300")]
    # 900 x 6 % x 30/360 + 900 x 9 % x 61/360 = 4.50 + 13.725; then 300 x 9 % x 92/360
    assert [row.interest for row in made] == [yuan("18.23"), yuan("6.90")]


def test_entries_after_the_day_do_not_count() -> None:
    loan = loan_of(Method.LEVEL_PAYMENT)
    on = dt.date(2025, 3, 1)
    later = Entry(dt.date(2025, 3, 10), EntryKind.PREPAYMENT, yuan("2000"))
    style = Style(Method.LEVEL_PAYMENT)
    assert totals(loan, on, NEW, style) == totals(
        replace(loan, entries=(*loan.entries, later)), on, NEW, style
    )


def test_a_loan_that_is_paid_gets_no_plan() -> None:
    loan = loan_of(Method.LEVEL_PAYMENT)
    before = replace(loan, entries=())  # never paid out
    made = reprice_plans(
        book_of([loan, before]), day_number(dt.date(2025, 3, 1)), new_terms([NEW] * 2, [0, 0])
    )
    assert np.diff(made.plans.plan_at).tolist() == [5, 0]
    with pytest.raises(ValueError, match="nothing is left"):
        reprice(before, dt.date(2025, 3, 1), NEW, Style(Method.LEVEL_PAYMENT))


def test_what_asks_for_nothing_is_left_out() -> None:
    loan = loan_of(Method.INTEREST_ONLY)
    made = reprice_plans(
        book_of([loan]), day_number(dt.date(2025, 3, 15)), new_terms([0], [AS_PLANNED])
    )
    assert instalments_in(made.plans, 0)[0].principal == yuan("6000")
    assert made.ahead.tolist() == [Money(yuan("6000"))]


@pytest.mark.parametrize("rule", ResetOn)
@pytest.mark.parametrize("months", [1, 3, 5, 12])
def test_the_next_reset_is_the_next_of_all_resets(rule: ResetOn, months: int) -> None:
    start, until = dt.date(2023, 8, 31), dt.date(2027, 1, 31)
    dates = list(reset_dates(FloatingRate(0, months, rule), start, until))
    assert dates == sorted(set(dates)) and dates[0] > start
    if rule is ResetOn.ANNIVERSARY:
        assert all(day.day in (31, 30, 29, 28) for day in dates)
    else:
        assert all(day.day == 1 for day in dates)
    for day in (start, dt.date(2024, 2, 29), dt.date(2024, 12, 31), dt.date(2025, 1, 1)):
        expected = next(one for one in dates if one > day)
        found = resets_after(
            [months], [rule is ResetOn.CALENDAR], [day_number(start)], [day_number(day)]
        )
        assert date_of(found[0]) == expected
    with pytest.raises(ValueError, match="at least one month"):
        resets_after([0], [0], [0], [0])
