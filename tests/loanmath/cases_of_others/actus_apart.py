"""ACTUS contracts of rare kinds: interest on days or on a base of its own, rates below nought."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from loanmath.accrual import interest
from loanmath.codes import ChangeKind, EntryKind, Problem
from loanmath.dates import day_number
from loanmath.day_count import basis_of, weight_between
from loanmath.loans import Change, Entry, Instalment, Loan, Terms
from loanmath.money import NOTHING, Money
from loanmath.one_loan import position_of
from loanmath.rates import Rate
from tests.loanmath.cases_of_others.actus import (
    DAY,
    DAY_COUNTS,
    Contract,
    contract_of,
    cycle,
    expected_cash,
    fine,
    loan_of,
    paid_by,
    plan_of,
    rate_of,
    rates_of,
    same,
)
from tests.loanmath.cases_of_others.reading import Case, date
from tests.loanmath.cases_of_others.sorting import agrees

FAR = dt.date(2199, 1, 1)
OWN_DAYS = "days of interest are rows of the plan, and a change of rate is a change of terms"
AGREED_BASE = "interest on an agreed base, as flat interest does, comes as a given plan"


# -- interest that falls due on other days than principal ---------------------------------------
@agrees("lam23", convention=OWN_DAYS)
def principal_and_interest_apart(case: Case) -> None:
    t = case.terms
    total, each = fine(t["notionalPrincipal"]), fine(t["nextPrincipalRedemptionPayment"])
    anchor = date(t["cycleAnchorDateOfPrincipalRedemption"])
    paid_on = cycle(anchor, "P1ML1", FAR, False)[: total // each]
    rates = list(rates_of(case, date(t["initialExchangeDate"]), paid_on[-1]))
    interest_on = cycle(
        date(t["cycleAnchorDateOfInterestPayment"]), t["cycleOfInterestPayment"], paid_on[-1], False
    )
    check_apart(case, {}, dict.fromkeys(paid_on, each), interest_on, rates)


@agrees("lax18", convention=f"each increase is a further drawing; {OWN_DAYS}")
def drawn_year_by_year(case: Case) -> None:
    t = case.terms
    grows, falls = (date(day) for day in t["arrayCycleAnchorDateOfPrincipalRedemption"])
    yearly, quarterly = t["arrayCycleOfPrincipalRedemption"]
    more, less = (fine(part) for part in t["arrayNextPrincipalRedemptionPayment"])
    drawn = dict.fromkeys(cycle(grows, yearly, falls, False), more)
    total = fine(t["notionalPrincipal"]) + sum(drawn.values())
    paid_on = cycle(falls, quarterly, FAR, False)[: total // less]
    (market,) = case["dataObserved"].values()
    quotes = {date(row["timestamp"]): Decimal(row["value"]) for row in market["data"]}
    resets = zip(t["arrayCycleAnchorDateOfRateReset"], t["arrayRate"], strict=True)
    rates = [(date(t["initialExchangeDate"]), rate_of(t["nominalInterestRate"]))]
    rates += [(date(on), rate_of(quotes[date(on)] + Decimal(str(beyond)))) for on, beyond in resets]
    interest_on = cycle(grows, t["arrayCycleOfInterestPayment"], paid_on[-1], False)
    check_apart(case, drawn, dict.fromkeys(paid_on, less), interest_on, rates)


def check_apart(
    case: Case,
    drawn: dict[dt.date, Money],
    parts: dict[dt.date, Money],
    interest_on: Sequence[dt.date],
    rates: Sequence[tuple[dt.date, Rate]],
) -> None:
    """Let the kernel say what has run up by each day of interest, and pay every row on its day."""
    start, last = rates[0][0], max(parts)
    total = Money(sum(parts.values()))
    terms = Terms(total, rates[0][1], start, last + DAY,
                  day_count=DAY_COUNTS[case.terms["dayCountConvention"]])  # fmt: skip
    lent = {start: Money(total - sum(drawn.values())), **drawn}
    entries = [Entry(day, EntryKind.DISBURSEMENT, amount) for day, amount in lent.items()]
    changes = tuple(Change(day, ChangeKind.RATE, rate) for day, rate in rates[1:])
    rows: list[Instalment] = []
    for no, due in enumerate(sorted({*parts, *interest_on}), start=1):
        left = Money(total - sum(row.principal for row in rows))
        open_end = Instalment(no, last + DAY, left, NOTHING)
        ordered = tuple(sorted(entries, key=lambda entry: entry.date))
        until = position_of(Loan(terms, (*rows, open_end), ordered, changes), due)
        assert until.problem is Problem.NONE
        charged = until.accrued_interest if due in interest_on or due == last else NOTHING
        rows.append(Instalment(no, due, parts.get(due, NOTHING), charged))
        entries.append(Entry(due, EntryKind.REPAYMENT, rows[-1].total))
    loan = Loan(terms, tuple(rows), tuple(sorted(entries, key=lambda entry: entry.date)), changes)
    same(paid_by(loan, last), expected_cash(case, start + DAY))
    assert position_of(loan, last).principal == 0


# -- interest on an agreed base ------------------------------------------------------------------
@agrees("lam16", "lam17", convention=AGREED_BASE)
def agreed_base(case: Case) -> None:
    check_agreed_base(case, contract_of(case))


@agrees("nam15", convention=f"its end is its last event; {AGREED_BASE}")
def agreed_base_with_level_instalments(case: Case) -> None:
    contract = contract_of(case)
    last = max(date(row["eventDate"]) for row in case["results"])
    dues = cycle(contract.dues[0], "P1ML1", last, False)
    check_agreed_base(case, replace(contract, dues=(*dues, last)))


def check_agreed_base(case: Case, c: Contract) -> None:
    """The plan whose interest is on a base that is set to the balance on days of its own."""
    t = case.terms
    anchor, length = "cycleAnchorDateOfInterestCalculationBase", "cycleOfInterestCalculationBase"
    renewed = cycle(date(t[anchor]), t[length], c.dues[-1], False)
    base, left = fine(t["interestCalculationBaseAmount"]), int(c.principal)
    assert c.payment is not None
    rows = []
    for no, (since, due) in enumerate(pairwise([c.start, *c.dues]), start=1):
        rate = max((at, rate) for at, rate in c.rates if at <= since)[1]
        weight = weight_between(c.day_count, day_number(since), day_number(due))
        charged = Money(int(interest(base, rate, weight, basis_of(c.day_count))))
        wanted = c.payment - charged if c.kind == "NAM" else c.payment
        part = left if due == c.dues[-1] else min(left, wanted)
        rows.append(Instalment(no, due, Money(part), charged))
        left -= part
        base = Money(left) if due in renewed else base
    loan = loan_of(c, tuple(rows))
    same(paid_by(loan, c.dues[-1]), expected_cash(case, c.start + DAY))
    assert position_of(loan, c.dues[-1]).principal == 0


# -- rates below nought: what comes before, or after, them --------------------------------------
@agrees("nam09")
def until_the_rate_falls_below_nought(case: Case) -> None:
    contract = contract_of(case)
    falls = contract.rates[1][0]
    assert contract.rates[1][1] < 0
    contract = replace(contract, rates=contract.rates[:1])
    wanted = {
        d: pair for d, pair in expected_cash(case, contract.start + DAY).items() if d <= falls
    }
    assert len(wanted) == 3
    same(paid_by(loan_of(contract, plan_of(contract)), falls), wanted)


@agrees("lam13")
def from_the_rate_above_nought(case: Case) -> None:
    contract = contract_of(case)
    begun = contract.rates[1][0]
    assert contract.payment is not None and contract.rates[0][1] < 0
    before = [due for due in contract.dues if due <= begun]
    contract = replace(
        contract,
        principal=Money(contract.principal - len(before) * contract.payment),
        start=begun,
        rates=contract.rates[1:],
        dues=contract.dues[len(before) :],
    )
    loan = loan_of(contract, plan_of(contract))
    same(paid_by(loan, contract.dues[-1]), expected_cash(case, begun + DAY))
