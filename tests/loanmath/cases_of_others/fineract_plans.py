"""Apache Fineract: plans, and plans made anew; what its cases have in common."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loanmath.accrual import interest
from loanmath.codes import EntryKind
from loanmath.day_count import DayCount, basis_of, weight_between
from loanmath.irregular import Shape, Step, weighted_plan
from loanmath.loans import Entry, Instalment, Loan, PlanVersion, Terms, join_plan_versions
from loanmath.money import Money
from loanmath.one_loan import position_of
from loanmath.plans import PlanRequest, Style, plan_for, plan_on_dates
from loanmath.rates import Rate, percent
from loanmath.roll import Roll
from loanmath.schedule import InterestBy, Method
from tests.loanmath.cases_of_others.reading import Case, date, money, rate
from tests.loanmath.cases_of_others.sorting import agrees

DAY_COUNTS = {
    "actual/365": DayCount.ACT_365,
    "actual/actual per calendar year of the days": DayCount.ACT_ACT,
}
GRACE = 3  # days that the cases take off the days past due
DAY = dt.timedelta(days=1)
FLAT = "interest on the first principal all along (flat) comes as a given plan"
FEES = "charges of a fixed amount are fees, entered when they fall due"
DOWN = "what is due on the day of disbursement falls due in its morning: disbursed the day before"
LEVEL = Style(Method.LEVEL_PAYMENT, InterestBy.DAYS, unit=100)
EVEN = Style(Method.LEVEL_PRINCIPAL)
Rows = list[tuple[int, int]]


def rows_of(plan: Sequence[Instalment]) -> Rows:
    return [(row.principal, row.interest) for row in plan]


def expected_rows(case: Case) -> Rows:
    return [(money(r["principal"]), money(r["interest"])) for r in case.expected["schedule"]]


def expected_dates(case: Case) -> list[str]:
    return [row["date"] for row in case.expected["schedule"]]


def begun(case: Case) -> dt.date:
    terms = case.terms
    return date(terms.get("disbursed_on") or terms.get("schedule_start") or terms["submitted_on"])


def disbursed(case: Case) -> Entry:
    (event,) = [e for e in case["events"] if e["type"] == "disburse"]
    return Entry(date(event["date"]), EntryKind.DISBURSEMENT, money(event["amount"]))


def loan_of(case: Case, plan: Sequence[Instalment], entries: Sequence[Entry], **terms: Any) -> Loan:
    """A loan with a plan and entries; penalties none."""
    contract = Terms(
        money(case.terms["principal"]),
        rate(case.terms.get("annual_rate_pct", 0)),
        begun(case),
        plan[-1].due,
        **terms,
    )
    return Loan(contract, tuple(plan), tuple(entries))


@agrees(
    "FIN-LoanRepayment-343",
    "FIN-LoanRepayment-439",
    convention="the level instalment is a whole unit; every whole month a twelfth of a year",
)
@agrees(
    "FIN-UNIT-A365-15678",
    "FIN-UNIT-ZERO",
    "FIN-EMI-C3155",
    "FIN-EMI-C3157",
    "FIN-EMI-C3159",
    "FIN-MONTHEND-UC5",
    "FIN-LoanRepayment-407",
)
def schedules(case: Case) -> None:
    plan = plan_for(plan_request(case))
    assert rows_of(plan) == expected_rows(case)
    assert [str(row.due) for row in plan] == expected_dates(case)


def plan_request(case: Case) -> PlanRequest:
    terms = case.terms
    by_days = DAY_COUNTS.get(terms["day_count"])
    equal = terms["amortization"] == "equal_principal_payments"
    return PlanRequest(
        Method.LEVEL_PRINCIPAL if equal else Method.LEVEL_PAYMENT,
        money(terms["principal"]),
        rate(terms["annual_rate_pct"]),
        begun(case),
        instalments=terms["n_instalments"],
        months=terms["repay_every"],
        interest_only=terms.get("grace_principal_periods", 0),
        interest_by=InterestBy.MONTHS if by_days is None else InterestBy.DAYS,
        day_count=by_days or DayCount.ACT_365,
        # "multiple 1": a level instalment in whole units, nothing said for equal principal
        unit=100 if terms["instalment_multiple"] and not equal else 1,
    )


@agrees("FIN-EMI-C3158")
def fortnightly_schedule(case: Case) -> None:
    start = begun(case)
    dues = [start + 14 * DAY * n for n in range(1, case.terms["n_instalments"] + 1)]
    plan = plan_on_dates(
        Style(Method.LEVEL_PAYMENT, InterestBy.DAYS),
        money(case.terms["principal"]),
        rate(case.terms["annual_rate_pct"]),
        start,
        dues,
        DayCount.ACT_360,
    )
    assert rows_of(plan) == expected_rows(case)
    assert [str(row.due) for row in plan] == expected_dates(case)


@agrees("FIN-MONTHEND-UC7-28")
def due_dates_on_the_28th(case: Case) -> None:
    terms = case.terms
    plan = plan_for(PlanRequest(Method.LEVEL_PAYMENT, money(terms["principal"]),
                                rate(terms["annual_rate_pct"]), begun(case),
                                instalments=terms["n_instalments"]))  # fmt: skip
    assert [str(row.due) for row in plan] == case.expected["due_dates"]


MONTHS = "parts of a month by that month's own days"
CLAMPED = "a day that a month lacks counts as a holiday, from which the due date rolls forward"


@agrees("FIN-MONTHEND-UC7-30", "FIN-MONTHEND-UC3-roll", convention=CLAMPED)
def missing_day_rolls_to_the_next_month(case: Case) -> None:
    start, terms = begun(case), case.terms
    request = PlanRequest(Method.LEVEL_PAYMENT, money(terms["principal"]),
                          rate(terms["annual_rate_pct"]), start,
                          instalments=terms["n_instalments"], roll=Roll.FOLLOWING)  # fmt: skip
    planned = [row.due for row in plan_for(request)]
    clamped = [numbered(str(due)) for due in planned if due.day < start.day]
    plan = plan_for(request, np.array(clamped, dtype=np.int32))
    if "due_dates" in case.expected:
        assert [str(row.due) for row in plan] == case.expected["due_dates"]
        return
    assert [str(row.due) for row in plan] == expected_dates(case)
    assert rows_of(plan) == expected_rows(case)


@agrees("FIN-UNIT-2DISB-DUE")
def second_drawing_on_a_due_date(case: Case) -> None:
    first, second = case["events"]
    months = Style(Method.LEVEL_PAYMENT)
    yearly, start, drawn = rate(case.terms["annual_rate_pct"]), begun(case), date(second["date"])
    plan = plan_for(PlanRequest(Method.LEVEL_PAYMENT, money(first["amount"]), yearly, start,
                                instalments=case.terms["n_instalments"]))  # fmt: skip
    later = [row for row in plan if row.due > drawn]
    left = Money(sum(row.principal for row in later) + money(second["amount"]))
    anew = plan_on_dates(months, left, yearly, drawn, [row.due for row in later])
    joined = join_plan_versions([PlanVersion(start, tuple(plan)), PlanVersion(drawn, tuple(anew))])
    assert rows_of(joined) == expected_rows(case)


@agrees("FIN-UNIT-RATEFACTORS")
def period_rate_factors(case: Case) -> None:
    yearly, months = rate(case.terms["annual_rate_pct"]), [f"2024-{m:02d}-01" for m in range(1, 8)]
    names = {
        "actual/365": DayCount.ACT_365,
        "actual/actual (366 in 2024)": DayCount.ACT_ACT,
        "30/360": DayCount.THIRTY_360,
    }
    factors = case.expected["rate_factors"]
    one = Money(10**12)
    for name, convention in names.items():
        for n, wanted in enumerate(factors[name]):
            a, b = (numbered(months[k]) for k in (n, n + 1))
            weight = weight_between(convention, a, b)
            found = interest(one, yearly, weight, basis_of(convention))
            assert found / one == pytest.approx(wanted, abs=1e-12)
    february = weight_between(DayCount.MONTHS, numbered(months[1]), numbered("2024-02-15"))
    part = interest(one, percent("7"), february, basis_of(DayCount.MONTHS)) / one
    name = "actual/360-month 30/360: 14/29 of February at 7%"
    assert part == pytest.approx(factors[name], abs=1e-12)
    week = interest(one, yearly, 7, basis_of(DayCount.ACT_364)) / one
    assert week == pytest.approx(factors["actual/364 7 days"], abs=1e-12)
    half_month = interest(one, yearly, 15, basis_of(DayCount.ACT_360)) / one
    assert half_month == pytest.approx(factors["actual/360 15 days"], abs=1e-12)


def numbered(day: str) -> int:
    return (date(day) - dt.date(1970, 1, 1)).days


@agrees("FIN-LoanReschedule-127", convention="a moved due date is a new plan version")
def due_date_moved(case: Case) -> None:
    plan = plan_for(plan_request(case))
    (event,) = [e for e in case["events"] if e["type"] == "reschedule"]
    moved = date(event["new_due_date"])
    dues = [plan[0].due, moved, moved.replace(month=moved.month + 1)]
    anew = [replace(row, due=due) for row, due in zip(plan, dues, strict=True)]
    on = date(event["submitted_on"])
    joined = join_plan_versions([PlanVersion(begun(case), tuple(plan)),
                                 PlanVersion(on, tuple(anew))])  # fmt: skip
    assert [str(row.due) for row in joined] == expected_dates(case)
    assert rows_of(joined) == expected_rows(case)
    position = position_of(loan_of(case, joined, [disbursed(case)]), on)
    assert position.principal == money(case.expected["totals"]["outstanding"])


@agrees("FIN-LoanReschedule-193", convention="a period without principal has the weight nought")
def period_without_principal(case: Case) -> None:
    start, amount = begun(case), money(case.terms["principal"])
    dues = [start.replace(month=start.month + n) for n in range(1, 5)]
    steps = [Step(due, 0 if n == 1 else 1, due) for n, due in enumerate(dues)]
    plan = weighted_plan(amount, percent("0"), start, steps, Shape.PRINCIPAL)
    assert rows_of(plan) == expected_rows(case)
    assert [str(row.due) for row in plan] == expected_dates(case)
    position = position_of(loan_of(case, plan, [disbursed(case)]), start)
    assert position.principal == money(case.expected["totals"]["outstanding"])


def flat_plan(case: Case, rates: Sequence[Rate] = ()) -> tuple[Instalment, ...]:
    """Level principal, and interest on the first principal all along, by months."""
    terms = case.terms
    amount, yearly = money(terms["principal"]), rate(terms["annual_rate_pct"])
    even = plan_for(PlanRequest(Method.LEVEL_PRINCIPAL, amount, yearly, begun(case),
                                instalments=terms["n_instalments"]))  # fmt: skip
    each = rates or [yearly] * len(even)
    return tuple(
        replace(row, interest=Money(int(interest(amount, r, terms["repay_every"], 12))))
        for row, r in zip(even, each, strict=True)
    )


@agrees("FIN-LoanReschedule-259", convention=FLAT)
def flat_rate_lowered(case: Case) -> None:
    (event,) = [e for e in case["events"] if e["type"] == "reschedule"]
    plan = flat_plan(case)
    lower = [rate(event["new_annual_rate_pct"])] * len(plan)
    on = date(event["from_date"]) - DAY
    joined = join_plan_versions([PlanVersion(begun(case), plan),
                                 PlanVersion(on, flat_plan(case, lower))])  # fmt: skip
    assert rows_of(joined) == expected_rows(case)
    assert sum(row.total for row in joined) == money(case.expected["totals"]["outstanding"])


@agrees("FIN-UNIT-GENERATOR-19222", convention=MONTHS)
def drawn_inside_the_first_period(case: Case) -> None:
    plan = monthly_plan(case, case["events"][0], case.terms["n_instalments"])
    assert rows_of(plan) == expected_rows(case)
    assert [str(row.due) for row in plan] == expected_dates(case)


@agrees(
    "FIN-UNIT-2DISB-MID",
    convention=f"each drawing has a plan of its own, due together; {MONTHS}; a row may differ by a"
    " fen",
)
def second_drawing_inside_a_period(case: Case) -> None:
    first, second = case["events"]
    count = case.terms["n_instalments"]
    one, other = monthly_plan(case, first, count), monthly_plan(case, second, count - 1)
    added = [one[0]]
    for row, more in zip(one[1:], other, strict=True):
        assert row.due == more.due
        added.append(replace(row, principal=Money(row.principal + more.principal),
                             interest=Money(row.interest + more.interest)))  # fmt: skip
    for found, wanted in zip(rows_of(added), expected_rows(case), strict=True):
        assert all(abs(a - b) <= 1 for a, b in zip(found, wanted, strict=True))


def monthly_plan(case: Case, drawing: dict[str, Any], count: int) -> list[Instalment]:
    """A level plan on the first of each month for a drawing, months spread over their days."""
    drawn = date(drawing["date"])
    request = PlanRequest(
        Method.LEVEL_PAYMENT,
        money(drawing["amount"]),
        rate(case.terms["annual_rate_pct"]),
        drawn,
        instalments=count,
        first_due=drawn.replace(day=1, month=drawn.month + 1),
        day_count=DayCount.MONTHS,
    )
    return plan_for(request)
