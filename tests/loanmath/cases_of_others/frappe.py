"""Frappe Lending: plans, daily accrual, penalty, days past due, settlement, write-off."""

import datetime as dt
from dataclasses import replace
from typing import Any

from loanmath.accrual import interest
from loanmath.codes import EntryKind, ExcessMode, InterestMode, Status
from loanmath.day_count import DayCount
from loanmath.loans import Entry, Instalment, Loan, Terms
from loanmath.money import NOTHING, Money
from loanmath.one_loan import Position, position_of
from loanmath.plans import PlanRequest, Style, plan_for, plan_on_dates
from loanmath.rates import percent
from loanmath.schedule import Direction, Method
from loanmath.what_if import payoff
from tests.loanmath.cases_of_others.reading import Case, all_cases, date, money, rate
from tests.loanmath.cases_of_others.sorting import agrees

UNIT_UP = "the instalment is rounded up to the whole unit"
BOTH_ENDS = "both end days are counted: an evening there is the next morning here"
FROM_ONE = "the due date itself is day 1 there, day 0 here"
BEGUN = dt.date(2024, 1, 1)


@agrees("FRP-APPL-18", "FRP-TERM-FIRST", convention=UNIT_UP)
def instalment_rounded_up(case: Case) -> None:
    terms, expected = case.terms, case.expected
    plan = plan_for(
        PlanRequest(
            Method.LEVEL_PAYMENT,
            money(terms["principal"]),
            rate(terms["annual_rate_pct"]),
            BEGUN,
            instalments=terms["n_instalments"],
            unit=100,
            direction=Direction.UP,
        )
    )
    if "instalment" in expected:
        assert plan[0].total == money(expected["instalment"])
        return
    assert plan[0].interest == money(expected["interest_paid"])
    assert plan[0].principal == money(expected["principal_paid"])
    contract = Terms(plan_total(plan), rate(terms["annual_rate_pct"]), BEGUN, plan[-1].due,
                     penalty_rate=rate(terms["penalty_rate_pct"]), grace_days=5)  # fmt: skip
    on = plan[0].due + dt.timedelta(days=case["events"][0]["days_after_due"])
    paid = Entry(on, EntryKind.REPAYMENT, money(case["events"][0]["amount"]))
    lent = Entry(BEGUN, EntryKind.DISBURSEMENT, contract.principal)
    position = position_of(Loan(contract, tuple(plan), (lent, paid)), on)
    assert position.paid_interest == money(expected["interest_paid"])
    assert position.paid_principal == money(expected["principal_paid"])
    assert position.paid_penalty == 0


def plan_total(plan: list[Instalment]) -> Money:
    return Money(sum(row.principal for row in plan))


@agrees("FRP-FIXED-14000", convention="totals are rounded to whole units")
def fixed_instalment(case: Case) -> None:
    terms, expected = case.terms, case.expected
    months = PlanRequest(Method.INTEREST_ONLY, money(1), percent("0"), BEGUN, instalments=60)
    plan = plan_on_dates(
        Style(Method.LEVEL_PAYMENT),
        money(terms["principal"]),
        rate(terms["annual_rate_pct"]),
        BEGUN,
        [row.due for row in plan_for(months)],
        level=money(terms["fixed_instalment"]),
    )
    assert len(plan) == expected["n_rows"]
    charged = sum(row.interest for row in plan)
    assert (charged + 50) // 100 == expected["total_interest"]
    assert (charged + plan_total(plan) + 50) // 100 == expected["total_payment"]


@agrees("FRP-DATES-SOM", "FRP-DATES-MONTHLY")
def monthly_due_dates(case: Case) -> None:
    first = date(case.expected["first"])
    begun = date(case.terms.get("repayment_start", "2022-09-17"))
    request = PlanRequest(
        Method.LEVEL_PRINCIPAL,
        money(case.terms["principal"]),
        percent("10"),
        begun,
        instalments=case.terms["n_instalments"],
        first_due=first,
    )
    plan = plan_for(request)
    assert str(plan[0].due) == case.expected["first"]
    assert str(plan[1].due) == case.expected["second"]
    assert str(plan[-1].due) == case.expected["last"]


def demand_loan(entries: list[Entry]) -> Loan:
    """A loan of a million or more at 13.5 % with daily accrual, as the cases describe it."""
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
    return Loan(terms, (Instalment(1, maturity, amount, NOTHING),), tuple(entries))


def drawings(case: Case) -> list[Entry]:
    return [
        Entry(date(event["date"]), EntryKind.DISBURSEMENT, money(event["amount"]))
        for event in case["events"]
        if event["type"] == "disburse"
    ]


@agrees("FRP-ACCRUAL-30D", convention=BOTH_ENDS)
def daily_accrual(case: Case) -> None:
    position = position_of(demand_loan(drawings(case)), dt.date(2019, 10, 31))
    assert position.accrued_interest == money(case.expected["formula_value"])


@agrees("FRP-TOPUP", convention=BOTH_ENDS)
def accrual_after_a_second_drawing(case: Case) -> None:
    position = position_of(demand_loan(drawings(case)), dt.date(2019, 11, 15))
    assert position.principal == money(case.expected["pending_principal"])
    # 30 days on 1.0 million (FRP-ACCRUAL-30D) and 15 days on 1.5 million, rounded once
    first = all_cases()["FRP-ACCRUAL-30D"].expected["formula_value"]
    both = money(first) + money(case.expected["formula_value"])
    assert abs(position.accrued_interest - both) <= 1


@agrees("FRP-CLOSURE-35D", convention=BOTH_ENDS)
def closure_after_35_days(case: Case) -> None:
    on = dt.date(2019, 11, 5)
    paid = money(case["events"][1]["amount"])
    lent = drawings(case)
    assert payoff(demand_loan(lent), on).total == paid
    position = position_of(demand_loan([*lent, Entry(on, EntryKind.PREPAYMENT, paid)]), on)
    assert (position.principal, position.total_due) == (0, 0)
    assert position.paid_interest == money(case.expected["formula_value"])
    assert position.paid_penalty == case.expected["penalty"]


@agrees("FRP-WRITEOFF-100", convention=BOTH_ENDS)
def write_off_of_a_small_rest(case: Case) -> None:
    on, (event,) = dt.date(2019, 11, 5), case["events"][-1:]
    short = money(event["amount"])
    lent = drawings(case)
    paid = Entry(on, EntryKind.PREPAYMENT, Money(payoff(demand_loan(lent), on).total - short))
    before = position_of(demand_loan([*lent, paid]), on)
    assert before.principal == money(case.expected["pending_principal_before_rounded"])
    after = position_of(demand_loan([*lent, paid, Entry(on, EntryKind.WRITE_OFF, short)]), on)
    assert after.principal == case.expected["pending_principal_after"]
    assert (after.status, after.written_off) == (Status.WRITTEN_OFF, short)


@agrees("FRP-PENAL-94", "FRP-PENAL-97", convention="by the days overdue, not the printed date")
def penalty_by_days_overdue(case: Case) -> None:
    base, yearly = money(case.terms["instalment"]), rate(case.terms["penalty_rate_pct"])
    days = sum(case.terms["overdue_days"])
    assert interest(base, yearly, days, 365) == money(case.expected["penalty"])


def level_loan(principal: Money, yearly: Any, start: dt.date, plan: list[Instalment],
               payments: list[tuple[str, float]]) -> Loan:  # fmt: skip
    lent = Entry(start, EntryKind.DISBURSEMENT, principal)
    paid = [Entry(date(day), EntryKind.REPAYMENT, money(amount)) for day, amount in payments]
    terms = Terms(principal, rate(yearly), start, plan[-1].due)
    return Loan(terms, tuple(plan), (lent, *paid))


def counted_from_one(position: Position) -> int:
    """Days past due, the due date itself being day 1."""
    return position.days_past_due + (1 if position.unpaid_instalments else 0)


@agrees("FRP-DPD-LOG", convention=FROM_ONE)
def days_past_due_day_by_day(case: Case) -> None:
    terms, start = case.terms, date(case.terms["disbursed_on"])
    principal, level = money(terms["principal"]), money(terms["instalment"])
    request = PlanRequest(Method.INTEREST_ONLY, principal, rate(terms["annual_rate_pct"]), start,
                          instalments=terms["n_instalments"],
                          first_due=date(terms["due_dates"][0]))  # fmt: skip
    dues = [row.due for row in plan_for(request)]
    plan = plan_on_dates(Style(Method.LEVEL_PAYMENT), principal, rate(terms["annual_rate_pct"]),
                         start, dues, level=level)  # fmt: skip
    assert [str(day) for day in dues[:2]] == terms["due_dates"]
    assert plan[0].total == plan[1].total == level
    payments = [(event["date"], event["amount"]) for event in case["events"]]
    loan = level_loan(principal, terms["annual_rate_pct"], start, plan, payments)
    for day, expected in case.expected["dpd"].items():
        assert counted_from_one(position_of(loan, date(day))) == expected, day


@agrees("FRP-DPD-LOC", convention=f"each drawing is a loan of its own; {FROM_ONE}")
def days_past_due_of_each_drawing(case: Case) -> None:
    loans = {}
    for drawing in case.terms["drawdowns"]:
        start, amount = date(drawing["date"]), money(drawing["amount"])
        # The instalment there is that of whole months, though the first one comes earlier.
        request = PlanRequest(Method.LEVEL_PAYMENT, amount, rate(case.terms["annual_rate_pct"]),
                              start, instalments=case.terms["n_instalments"])  # fmt: skip
        early = replace(request, first_due=date(drawing["first_due"]))
        plan = plan_on_dates(Style(Method.LEVEL_PAYMENT), amount, request.rate, start,
                             [row.due for row in plan_for(early)],
                             level=plan_for(request)[0].total)  # fmt: skip
        paid = [(e["date"], e["amount"]) for e in case["events"] if e["drawdown"] == drawing["nr"]]
        loans[drawing["nr"]] = level_loan(amount, case.terms["annual_rate_pct"], start, plan, paid)
    for row in case.expected["dpd"]:
        position = position_of(loans[row["drawdown"]], date(row["date"]))
        assert counted_from_one(position) == row["days_past_due"]


@agrees("FRP-SETTLEMENT", convention="a settlement is a payment and a waiver of the rest")
def settlement_below_what_is_owed(case: Case) -> None:
    terms = case.terms
    start, (event,) = date(terms["disbursed_on"]), case["events"]
    principal, on = money(terms["principal"]), date(event["date"])
    request = PlanRequest(Method.LEVEL_PAYMENT, principal, rate(terms["annual_rate_pct"]), start,
                          instalments=terms["n_instalments"],
                          first_due=date(terms["first_due"]))  # fmt: skip
    plan = plan_for(request)
    lent = Entry(start, EntryKind.DISBURSEMENT, principal)
    paid = Entry(on, EntryKind.PREPAYMENT, money(event["amount"]))
    loan = Loan(Terms(principal, rate(terms["annual_rate_pct"]), start, plan[-1].due),
                tuple(plan), (lent, paid))  # fmt: skip
    rest = position_of(loan, on)
    assert rest.status is Status.LIVE
    waived = Entry(on, EntryKind.WAIVE_PRINCIPAL, rest.principal)
    after = position_of(Loan(loan.terms, loan.plan, (lent, paid, waived)), on)
    assert (after.status, after.principal, after.total_due) == (Status.SETTLED, 0, 0)
    assert case.expected["status"] == "settled"


@agrees("FRP-WO-RECOVERY")
def recovery_after_write_off(case: Case) -> None:
    amount, terms = money(case.terms["principal"]), case.terms
    off, back = case["events"]
    start = dt.date(2024, 10, 1)
    plan = plan_for(PlanRequest(Method.LEVEL_PAYMENT, amount, rate(terms["annual_rate_pct"]), start,
                                instalments=terms["n_instalments"]))  # fmt: skip
    entries = (
        Entry(start, EntryKind.DISBURSEMENT, amount),
        Entry(date(off["date"]), EntryKind.WRITE_OFF, money(off["amount"])),
        Entry(date(back["date"]), EntryKind.RECOVERY, money(back["amount"])),
    )
    loan = Loan(Terms(amount, rate(terms["annual_rate_pct"]), start, plan[-1].due),
                tuple(plan), entries)  # fmt: skip
    position = position_of(loan, date(back["date"]))
    assert position.recovered == money(case.expected["journal"][0]["debit"])
    assert (position.paid_principal, position.paid_interest) == (0, 0)
    assert position.principal == amount - money(off["amount"])
