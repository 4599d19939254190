"""Apache Fineract: pauses of the count of days, and all that is owed spread anew."""

import datetime as dt
from dataclasses import replace
from typing import Any

from loanmath.codes import ChangeKind, EntryKind
from loanmath.day_count import DayCount
from loanmath.loans import Change, Entry, Loan
from loanmath.one_loan import position_of
from loanmath.plans import Style, plan_for
from loanmath.replanning import reprice, restructure, with_replanning
from loanmath.schedule import Direction, Method
from tests.loanmath.cases_of_others.fineract_loans import (
    DOWN,
    check_delinquency,
    entered,
    paid_down,
    paid_down_loan,
)
from tests.loanmath.cases_of_others.fineract_plans import (
    GRACE,
    MONTHS,
    begun,
    disbursed,
    loan_of,
    plan_request,
)
from tests.loanmath.cases_of_others.reading import Case, date, money, rate
from tests.loanmath.cases_of_others.sorting import agrees

OFF = "its three days of grace come off the days past due, as do paused days"


def pauses(events: list[dict[str, Any]]) -> tuple[Change, ...]:
    """The spans in which the count of days stands still; a resumption ends one early."""
    spans: list[tuple[dt.date, dt.date]] = []
    for event in events:
        if event["type"] == "delinquency_pause":
            spans.append((date(event["start"]), date(event["end"])))
        elif event["type"] == "delinquency_resume":
            spans[-1] = (spans[-1][0], date(event["start"]))
    return tuple(
        Change(day, ChangeKind.COUNT_PAUSED, value)
        for begin, end in spans
        for day, value in ((begin, 1), (end, 0))
    )


@agrees(
    "FIN-LoanDelinquency-608",
    "FIN-LoanDelinquency-770",
    "FIN-LoanDelinquency-649",
    "FIN-LoanDelinquency-537",
    convention=f"{OFF}; {DOWN}",
)
def delinquent_days(case: Case) -> None:
    """The days past due without the pauses, and with them those less grace and paused days."""
    seen = 0
    for row in case.expected["delinquency"]:
        events, on = case["events"][: row["after_event"] + 1], date(row["as_of"])
        so_far = replace(case, text={**case.text, "events": events})
        plain = paid_down_loan(case, entered(so_far))
        paused = replace(plain, changes=pauses(events))
        expected = row["loan_delinquency"]
        if "past_due_days" in expected:
            position = position_of(plain, on)
            assert position.days_past_due == expected["past_due_days"]
            assert position.principal_overdue == money(expected["delinquent_amount"])
            late = position_of(paused, on).days_past_due - GRACE
            assert max(0, late) == expected["delinquent_days"]
            seen += 1
    assert seen > 0


def owed_on(case: Case, kind: str) -> tuple[Loan, dict[str, Any]]:
    """The loan with its first part paid down, and the event that spreads the rest anew."""
    (event,) = [e for e in case["events"] if e["type"] == kind]
    down = Entry(begun(case), EntryKind.REPAYMENT, paid_down(case)[0].total)
    return paid_down_loan(case, [disbursed(case), down]), event


@agrees("FIN-LoanReAging-5", convention=f"re-ageing is a restructuring; {OFF}; {DOWN}")
def re_aged(case: Case) -> None:
    loan, event = owed_on(case, "re_age")
    on, first = date(event["date"]), date(event["first_due_date"])
    before, after = (row["loan_delinquency"] for row in case.expected["delinquency"])
    check_delinquency(case, position_of(loan, on), before)
    dues = [first.replace(month=first.month + n) for n in range(event["n_instalments"])]
    anew = with_replanning(loan, restructure(loan, on, dues, Style(Method.LEVEL_PRINCIPAL)))
    check_delinquency(case, position_of(anew, on), after)
    expected = {r["date"]: money(r["due"]) for r in case.expected["schedule"]}
    coming = {str(row.due): row.total for row in anew.plan if row.due > on}
    assert coming == {day: due for day, due in expected.items() if date(day) > on}
    owed = money(case.expected["totals"]["outstanding"])
    assert position_of(anew, on).principal == sum(coming.values()) == owed


@agrees(
    "FIN-LoanReAmortization-5",
    convention=f"re-amortisation is a restructuring, rounded down to the whole unit; {DOWN}",
)
def re_amortised(case: Case) -> None:
    loan, event = owed_on(case, "re_amortize")
    on = date(event["date"])
    dues = [row.due for row in loan.plan if row.due > on]
    style = Style(Method.LEVEL_PRINCIPAL, unit=100, direction=Direction.DOWN)
    anew = with_replanning(loan, restructure(loan, on, dues, style))
    expected = {r["date"]: money(r["due"]) for r in case.expected["schedule"]}
    for row in anew.plan:
        if row.due > on:
            assert row.total == expected[str(row.due)]
    position = position_of(anew, on)
    assert position.principal == money(case.expected["totals"]["outstanding"])
    assert (position.days_past_due, position.total_due) == (0, 0)


@agrees("FIN-RATECHANGE-UC2", convention=MONTHS)
def rate_lowered_inside_a_period(case: Case) -> None:
    (event,) = [e for e in case["events"] if e["type"] == "rate_change"]
    plan = plan_for(replace(plan_request(case), day_count=DayCount.MONTHS))
    first = Entry(plan[0].due, EntryKind.REPAYMENT, plan[0].total)
    loan = loan_of(case, plan, [disbursed(case), first], day_count=DayCount.MONTHS)
    on, lower = date(event["new_rate_accrues_from"]), rate(event["new_annual_rate_pct"])
    anew = reprice(loan, on, lower, Style(Method.LEVEL_PAYMENT)).plan.plan
    assert anew[0].interest == money(case.expected["schedule"][1]["interest"])
    assert position_of(loan, plan[0].due).principal == money(
        case.expected["schedule"][0]["balance_after"]
    )
