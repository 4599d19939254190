"""ACTUS contracts whose terms change between due dates: interest by balance, changes of terms."""

import datetime as dt
from dataclasses import replace

from loanmath.codes import ChangeKind, EntryKind, InterestMode, Problem
from loanmath.loans import Change, Entry, Instalment, Loan, Terms
from loanmath.money import Money
from loanmath.one_loan import position_of
from tests.loanmath.cases_of_others.actus import (
    DAY,
    FINE,
    Contract,
    contract_of,
    expected_cash,
    fine,
    paid_by,
    same,
)
from tests.loanmath.cases_of_others.reading import Case, date
from tests.loanmath.cases_of_others.sorting import agrees

BY_BALANCE = "interest by balance; a reset between due dates is a change of terms"


def changing_loan(c: Contract, capitalised_on: dt.date | None = None) -> Loan:
    """The loan with its resets as changes of terms, and its interest capitalised on a day."""
    level = c.kind == "NAM"
    terms = Terms(
        c.principal,
        c.rates[0][1],
        c.start,
        c.dues[-1],
        day_count=c.day_count,
        interest_mode=InterestMode.BY_BALANCE_LEVEL if level else InterestMode.BY_BALANCE,
    )
    lent = Entry(c.start, EntryKind.DISBURSEMENT, c.principal)
    changes = [Change(day, ChangeKind.RATE, rate) for day, rate in c.rates[1:]]
    dues = [due for due in c.dues if capitalised_on is None or due > capitalised_on]
    loan = Loan(terms, rows(c, dues, c.principal), (lent,), tuple(changes))
    if capitalised_on is None:
        return loan
    grown = position_of(loan, capitalised_on).accrued_interest
    changes.append(Change(capitalised_on, ChangeKind.CAPITALISED, grown))
    changes.sort(key=lambda change: change.date)
    total = Money(c.principal + grown)
    return replace(loan, plan=rows(c, dues, total), changes=tuple(changes))


def rows(c: Contract, dues: list[dt.date], principal: Money) -> tuple[Instalment, ...]:
    """The payment of each due date as principal; the last one takes what is left.

    A level instalment (NAM) stays the same for all: interest comes out of it.
    """
    assert c.payment is not None
    if c.kind == "NAM":
        return tuple(Instalment(n, due, c.payment, Money(0)) for n, due in enumerate(dues, start=1))
    plan, left = [], int(principal)
    for n, due in enumerate(dues, start=1):
        part = left if n == len(dues) else min(left, c.payment)
        plan.append(Instalment(n, due, Money(part), Money(0)))
        left -= part
    return tuple(plan)


def paid_when_due(loan: Loan) -> Loan:
    """The loan, paid on each due date what is due."""
    for row in loan.plan:
        position = position_of(loan, row.due)
        assert position.problem is Problem.NONE
        paid = Entry(row.due, EntryKind.REPAYMENT, position.total_due)
        loan = replace(loan, entries=(*loan.entries, paid))
    return loan


@agrees("nam07", convention=BY_BALANCE)
def reset_between_due_dates(case: Case) -> None:
    contract = contract_of(case)
    loan = paid_when_due(changing_loan(contract))
    same(paid_by(loan, contract.dues[-1]), expected_cash(case, contract.start + DAY))
    assert position_of(loan, contract.dues[-1]).principal == 0


@agrees(
    "lam03", convention=f"bought for a price plus the interest accrued, which is ours; {BY_BALANCE}"
)
def bought_on_the_way(case: Case) -> None:
    contract, on = contract_of(case), date(case.terms["purchaseDate"])
    loan = paid_when_due(changing_loan(contract))
    same(paid_by(loan, contract.dues[-1]), expected_cash(case, on))
    accrued = position_of(loan, on).accrued_interest
    (payoff,) = [float(row["payoff"]) for row in case["results"] if row["eventType"] == "PRD"]
    price = fine(case.terms["priceAtPurchaseDate"])
    assert abs(payoff + (price + accrued) / FINE / 100) < 1e-6


@agrees("lam22", "nam22", convention=BY_BALANCE)
def capitalised_after_resets(case: Case) -> None:
    contract, on = contract_of(case), date(case.terms["capitalizationEndDate"])
    loan = paid_when_due(changing_loan(contract, on))
    same(paid_by(loan, contract.dues[-1]), expected_cash(case, contract.start + DAY))
    (grown,) = [r for r in case["results"] if r["eventType"] == "IPCI"]
    notional = position_of(loan, on).principal / FINE / 100
    assert abs(notional / float(grown["notionalPrincipal"]) - 1) < 1e-8
