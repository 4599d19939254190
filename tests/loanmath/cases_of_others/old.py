"""Results that others computed, read from a folder beside the checkout (never copied here).

`DAIHOU_CASES` names the folder; without it `../shared/cases` next to the checkout is looked at, and
where neither is there these tests are skipped. Every convention that a case needs is set below.
"""

import datetime as dt
import json
import os
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loanmath.accrual import interest
from loanmath.codes import EntryKind, ExcessMode, InterestMode
from loanmath.dates import add_months, date_of, day_number
from loanmath.day_count import DayCount, basis_of, weight_between
from loanmath.loans import Entry, Instalment, Loan, Terms
from loanmath.money import Money, yuan
from loanmath.one_loan import Position, position_of
from loanmath.plans import PlanRequest, Style, plan_for, plan_on_dates
from loanmath.rates import percent
from loanmath.roll import Roll, roll_date
from loanmath.schedule import Direction, InterestBy, Method
from loanmath.what_if import payoff

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("DAIHOU_CASES", CHECKOUT.parent / "shared" / "cases"))
pytestmark = pytest.mark.skipif(
    not (FOLDER / "worked_examples.json").exists(),
    reason=f"the cases of others are not in {FOLDER}; name their folder in DAIHOU_CASES",
)
DAY_COUNTS = {
    "actual/365": DayCount.ACT_365,
    "actual/actual per calendar year of the days": DayCount.ACT_ACT,
}
BUSINESS_DAY = {
    "FOLLOWING": Roll.FOLLOWING,
    "MODIFIED_FOLLOWING": Roll.MODIFIED_FOLLOWING,
    "NO_ADJUST": Roll.NONE,
}
CONVENTION = {"Act/360": DayCount.ACT_360, "30E/360": DayCount.THIRTY_E_360}


@cache
def cases(file: str, key: str) -> dict[str, Any]:
    text = (FOLDER / file).read_text(encoding="utf-8")
    return {case["id"]: case for case in json.loads(text)[key]}


def example(case_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    case = cases("worked_examples.json", "items")[case_id]
    return case["inputs"], case["expected"]


def money(amount: float | str | Decimal) -> Money:
    return yuan(str(amount))


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def weekends(first: dt.date, last: dt.date) -> Any:
    days = np.arange(day_number(first) - 10, day_number(last) + 11, dtype=np.int32)
    return days[(days + 3) % 7 >= 5]  # 1970-01-01 was a Thursday


@pytest.mark.parametrize("case_id", ["CN-MONTH-END", "FJS-EDATE"])
def test_months_added_to_a_date(case_id: str):
    inputs, expected = example(case_id)
    pairs = [
        (case["date"], case["add_months"]) if isinstance(case, dict) else case
        for case in inputs["cases"]
    ]
    found = [str(date_of(add_months(day_number(date(day)), months))) for day, months in pairs]
    assert found == expected["result"]


@pytest.mark.parametrize("rule", sorted(BUSINESS_DAY))
def test_business_day_rules(rule: str):
    inputs, expected = example(f"STRATA-BDC-{rule}")
    dates = [date(day) for day in inputs["dates"]]
    free = weekends(dates[0], dates[-1])
    found = [str(date_of(roll_date(day_number(d), BUSINESS_DAY[rule], free))) for d in dates]
    assert found == expected["adjusted"]


@pytest.mark.parametrize("case_id", ["STRATA-DC-ACT_360", "STRATA-DC-THIRTY_E_360"])
def test_year_fractions(case_id: str):
    inputs, expected = example(case_id)
    convention = CONVENTION[inputs["convention"]]
    for (start, end), year in zip(inputs["pairs"], expected["year_fraction"], strict=True):
        weight = weight_between(convention, day_number(date(start)), day_number(date(end)))
        assert weight / basis_of(convention) == pytest.approx(year, abs=1e-10)


def test_days_of_thirty_day_months():
    inputs, expected = example("FJS-DAYS360")
    which = {"EU": DayCount.THIRTY_E_360, "US": DayCount.THIRTY_360}
    found = [
        weight_between(which[kind], day_number(date(start)), day_number(date(end)))
        for start, end, kind in inputs["cases"]
    ]
    assert found == expected["days"]


def period_ends(row: dict[str, str], stub: str, roll: Roll) -> list[str]:
    """The dates of a generated plan; a stub at the beginning counts back from the end."""
    start, end = date(row["start"]), date(row["end"])
    anchor = end.day if stub == "SHORT_INITIAL" else start.day
    due_day = {"EOM": 31, "DAY_30": 30}.get(row["roll"], anchor)
    plan = plan_for(
        PlanRequest(
            Method.INTEREST_ONLY,
            yuan("1"),
            percent("0"),
            start,
            maturity=end,
            months=int(row["frequency"][1:-1]),
            due_day=due_day,
            long_last=stub == "LONG_FINAL",
            roll=roll,
        ),
        weekends(start, end),
    )
    return [str(instalment.due) for instalment in plan]


@pytest.mark.parametrize("stub", ["LONG_FINAL", "STUB_NONE", "SHORT_INITIAL"])
def test_period_dates(stub: str):
    inputs, expected = example(f"STRATA-SCHED-{stub}")
    for n, row in enumerate(inputs["rows"]):
        assert period_ends(row, stub, Roll.NONE) == expected["unadjusted"][n][1:]
        assert period_ends(row, stub, Roll.MODIFIED_FOLLOWING) == expected["adjusted"][n][1:]


def monthly(case_id: str, method: Method) -> tuple[list[Instalment], dict[str, Any]]:
    inputs, expected = example(case_id)
    request = PlanRequest(
        method,
        money(inputs["amount"]),
        percent(str(inputs["annual_rate_percent"])),
        dt.date(2026, 1, 1),
        instalments=inputs["term_months"],
    )
    return plan_for(request), expected


def test_chinese_level_payment():
    plan, expected = monthly("CN-ANNUITY-100W", Method.LEVEL_PAYMENT)
    assert plan[0].total == money(expected["monthly_payment"])
    assert plan[0].interest == money(expected["first_interest"])
    assert plan[0].principal == money(expected["first_principal"])
    # The source adds instalments that are not rounded to the fen: half a fen each at the most.
    total = sum(row.interest for row in plan)
    assert abs(total - money(expected["total_interest"])) <= len(plan) / 2


def test_chinese_level_principal():
    plan, expected = monthly("CN-EQUALPRINCIPAL-100W", Method.LEVEL_PRINCIPAL)
    assert plan[0].principal == money(expected["principal_each"])
    assert plan[0].total == money(expected["first_payment"])
    # The source does not round the principal. Here 359 of them are rounded up by under half a fen
    # each and the last one takes the difference.
    assert abs(plan[-1].total - money(expected["last_payment"])) <= 359 // 2 + 1
    total = sum(row.interest for row in plan)
    assert abs(total - money(expected["total_interest"])) <= 360


@pytest.mark.parametrize("case_id", ["MW-AMORTIZE", "CFPB-LEVEL"])
def test_level_instalments_abroad(case_id: str):
    plan, expected = monthly(case_id, Method.LEVEL_PAYMENT)
    wanted = expected.get("rounded", expected)["payment"]
    assert plan[0].total == money(wanted)


def rows_of(plan: list[Instalment]) -> list[tuple[int, int]]:
    return [(row.principal, row.interest) for row in plan]


def expected_rows(case: dict[str, Any]) -> list[tuple[int, int]]:
    return [(money(r["principal"]), money(r["interest"])) for r in case["expected"]["schedule"]]


SCHEDULES = (
    "FIN-UNIT-A365-15678",
    "FIN-UNIT-ZERO",
    "FIN-EMI-C3155",
    "FIN-EMI-C3157",
    "FIN-EMI-C3159",
    "FIN-MONTHEND-UC5",
    "FIN-LoanRepayment-407",
    "FIN-LoanRepayment-343",
    "FIN-LoanRepayment-439",
)


@pytest.mark.parametrize("case_id", SCHEDULES)
def test_schedules(case_id: str):
    case = cases("fineract_cases.json", "cases")[case_id]
    terms = case["terms"]
    by_days = DAY_COUNTS.get(terms["day_count"])
    equal = terms["amortization"] == "equal_principal_payments"
    begun = terms.get("disbursed_on") or terms.get("schedule_start") or terms["submitted_on"]
    plan = plan_for(
        PlanRequest(
            Method.LEVEL_PRINCIPAL if equal else Method.LEVEL_PAYMENT,
            money(terms["principal"]),
            percent(str(terms["annual_rate_pct"])),
            date(begun),
            instalments=terms["n_instalments"],
            months=terms["repay_every"],
            interest_only=terms.get("grace_principal_periods", 0),
            interest_by=InterestBy.MONTHS if by_days is None else InterestBy.DAYS,
            day_count=by_days or DayCount.ACT_365,
            # "multiple 1": a level instalment in whole units, nothing said for equal principal
            unit=100 if terms["instalment_multiple"] and not equal else 1,
        )
    )
    assert rows_of(plan) == expected_rows(case)
    dated = [row["date"] for row in case["expected"]["schedule"]]
    assert [str(row.due) for row in plan] == dated


def test_fortnightly_schedule_on_given_dates():
    case = cases("fineract_cases.json", "cases")["FIN-EMI-C3158"]
    dues = [date(row["date"]) for row in case["expected"]["schedule"]]
    plan = plan_on_dates(
        Style(Method.LEVEL_PAYMENT, InterestBy.DAYS),
        money(case["terms"]["principal"]),
        percent(str(case["terms"]["annual_rate_pct"])),
        date(case["terms"]["disbursed_on"]),
        dues,
        DayCount.ACT_360,
    )
    assert rows_of(plan) == expected_rows(case)


@pytest.mark.parametrize("case_id", ["FRP-APPL-18", "FRP-TERM-FIRST"])
def test_instalment_rounded_up_to_the_whole_unit(case_id: str):
    case = cases("frappe_cases.json", "cases")[case_id]
    terms, expected = case["terms"], case["expected"]
    plan = plan_for(
        PlanRequest(
            Method.LEVEL_PAYMENT,
            money(terms["principal"]),
            percent(str(terms["annual_rate_pct"])),
            dt.date(2024, 1, 1),
            instalments=terms["n_instalments"],
            unit=100,
            direction=Direction.UP,
        )
    )
    if "instalment" in expected:
        assert plan[0].total == money(expected["instalment"])
    else:
        assert plan[0].interest == money(expected["interest_paid"])
        assert plan[0].principal == money(expected["principal_paid"])


@pytest.mark.parametrize("case_id", ["FRP-DATES-SOM", "FRP-DATES-MONTHLY"])
def test_monthly_due_dates(case_id: str):
    case = cases("frappe_cases.json", "cases")[case_id]
    first = date(case["expected"]["first"])
    begun = date(case["terms"].get("repayment_start", "2022-09-17"))
    request = PlanRequest(
        Method.LEVEL_PRINCIPAL,
        money(case["terms"]["principal"]),
        percent("10"),
        begun,
        instalments=case["terms"]["n_instalments"],
        first_due=first,
    )
    plan = plan_for(request)
    assert str(plan[1].due) == case["expected"]["second"]
    assert str(plan[-1].due) == case["expected"]["last"]


def demand_loan(entries: list[Entry], on: dt.date) -> Position:
    """A loan of 1.5 million at 13.5 % with daily accrual, as the cases describe it."""
    start, maturity = dt.date(2019, 10, 1), dt.date(2020, 10, 1)
    amount = Money(sum(e.amount for e in entries if e.kind is EntryKind.DISBURSEMENT))
    terms = Terms(
        amount,
        percent("13.5"),
        start,
        maturity,
        penalty_rate=percent("25"),
        day_count=DayCount.ACT_365,
        grace_days=5,
        interest_mode=InterestMode.BY_BALANCE,
        excess_mode=ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL,
    )
    loan = Loan(terms, (Instalment(1, maturity, amount, Money(0)),), tuple(entries))
    assert payoff(loan, on).total >= 0
    return position_of(loan, on)


def entries_of(case: dict[str, Any]) -> list[Entry]:
    return [
        Entry(date(event["date"]), EntryKind.DISBURSEMENT, money(event["amount"]))
        for event in case["events"]
        if event["type"] == "disburse"
    ]


def test_daily_accrual_both_end_days_counted():
    case = cases("frappe_cases.json", "cases")["FRP-ACCRUAL-30D"]
    # Both ends counted: the evening of 30 October in the case is the morning of the 31st here.
    position = demand_loan(entries_of(case), dt.date(2019, 10, 31))
    assert position.accrued_interest == money(case["expected"]["formula_value"])


def test_daily_accrual_after_a_second_drawing():
    case = cases("frappe_cases.json", "cases")["FRP-TOPUP"]
    position = demand_loan(entries_of(case), dt.date(2019, 11, 15))
    assert position.principal == money(case["expected"]["pending_principal"])
    # 30 days on 1.0 million (FRP-ACCRUAL-30D) and 15 days on 1.5 million, rounded once
    first = cases("frappe_cases.json", "cases")["FRP-ACCRUAL-30D"]["expected"]["formula_value"]
    both = money(first) + money(case["expected"]["formula_value"])
    assert abs(position.accrued_interest - both) <= 1


def test_closure_after_35_days():
    case = cases("frappe_cases.json", "cases")["FRP-CLOSURE-35D"]
    paid = money(case["events"][1]["amount"])
    on = dt.date(2019, 11, 5)  # 35 days: the case counts both ends
    entries = [*entries_of(case), Entry(on, EntryKind.PREPAYMENT, paid)]
    position = demand_loan(entries, on)
    assert (position.principal, position.total_due) == (0, 0)
    assert position.paid_interest == money(case["expected"]["formula_value"])


@pytest.mark.parametrize("case_id", ["FRP-PENAL-94", "FRP-PENAL-97"])
def test_penalty_by_days_overdue(case_id: str):
    case = cases("frappe_cases.json", "cases")[case_id]
    base, rate = money(case["terms"]["instalment"]), percent(str(case["terms"]["penalty_rate_pct"]))
    days = sum(case["terms"]["overdue_days"])
    assert interest(base, rate, days, 365) == money(case["expected"]["penalty"])


def test_days_past_due_day_by_day():
    case = cases("frappe_cases.json", "cases")["FRP-DPD-LOG"]
    terms = case["terms"]
    plan = plan_for(
        PlanRequest(
            Method.LEVEL_PAYMENT,
            money(terms["principal"]),
            percent(str(terms["annual_rate_pct"])),
            date(terms["disbursed_on"]),
            instalments=terms["n_instalments"],
            first_due=date(terms["due_dates"][0]),
        )
    )
    level = tuple(
        Instalment(row.no, row.due, Money(money(terms["instalment"]) - row.interest), row.interest)
        for row in plan[:2]
    )
    rest = money(terms["principal"]) - sum(row.principal for row in level)
    last = Instalment(3, plan[2].due, Money(rest), Money(0))
    entries = [
        Entry(date(terms["disbursed_on"]), EntryKind.DISBURSEMENT, money(terms["principal"]))
    ]
    entries += [
        Entry(date(event["date"]), EntryKind.REPAYMENT, money(event["amount"]))
        for event in case["events"]
    ]
    contract = Terms(
        money(terms["principal"]),
        percent(str(terms["annual_rate_pct"])),
        date(terms["disbursed_on"]),
        last.due,
    )
    loan = Loan(contract, (*level, last), tuple(entries))
    for day, expected in case["expected"]["dpd"].items():
        position = position_of(loan, date(day))
        # The case calls the due date itself day 1; here it is day 0.
        counted = position.days_past_due + (1 if position.unpaid_instalments else 0)
        assert counted == expected, day
