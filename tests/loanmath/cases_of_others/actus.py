"""ACTUS reference contracts: each becomes a plan, is disbursed and paid, and its payments compared.

Amounts are reckoned in millionths of a fen, since ACTUS rounds nothing. A rate that is reset on a
due date makes a new plan version on that day. What the contract was bought or sold for is not the
loan's arithmetic; the interest accrued by then is.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from loanmath.accrual import interest
from loanmath.codes import EntryKind, InterestMode, Problem
from loanmath.dates import add_months, date_of, day_in_month, day_number, is_month_end, parts_of
from loanmath.day_count import DayCount, basis_of, weight_between
from loanmath.loans import Entry, Instalment, Loan, PlanVersion, Terms, join_plan_versions
from loanmath.money import Money
from loanmath.one_loan import position_of, timeline_of
from loanmath.plans import PlanRequest, Style, custom_plan, plan_for, plan_on_dates
from loanmath.rates import PER_ONE, Rate
from loanmath.roll import Roll
from loanmath.schedule import InterestBy, Method
from tests.loanmath.cases_of_others.reading import Case, date
from tests.loanmath.cases_of_others.sorting import agrees

FINE = 10**6  # parts of a fen
DAY = dt.timedelta(days=1)
DAY_COUNTS = {
    "A365": DayCount.ACT_365,
    "A360": DayCount.ACT_360,
    "AA": DayCount.ACT_ACT,
    "30E360": DayCount.THIRTY_E_360,
}
ROLLS = {"MF": Roll.MODIFIED_FOLLOWING, "MP": Roll.PRECEDING}
LEVEL = Style(Method.LEVEL_PAYMENT, InterestBy.DAYS)
MIDNIGHT = "a day's last second counts as the next day"
Cash = dict[dt.date, tuple[float, float]]  # principal and interest paid on a day


def fine(amount: Any) -> Money:
    """An amount in parts of a fen."""
    return Money(int(Decimal(str(amount).strip()) * 100 * FINE))


def rate_of(share: Any) -> Rate:
    """A yearly rate, to a millionth of a percent."""
    return Rate(round(Decimal(str(share).strip()) * PER_ONE))


def moment(text: str) -> dt.date:
    """A day; its last second is the next day already."""
    return date(text) + (DAY if "T23:59" in text else dt.timedelta())


@dataclass(frozen=True)
class Contract:
    """What a contract says, put in our words."""

    kind: str
    principal: Money
    start: dt.date
    dues: tuple[dt.date, ...]
    day_count: DayCount
    rates: tuple[tuple[dt.date, Rate], ...]  # from which day on
    principal_from: dt.date
    payment: Money | None  # the principal (LAM, LAX) or the instalment (NAM, ANN) of each due date


def cycle(anchor: dt.date, length: str, until: dt.date, month_ends: bool) -> list[dt.date]:
    """The dates of a cycle before `until`; a long last stub (L0) swallows the date before it."""
    count, unit, long_last = int(length[1:-3]), length[-3], length.endswith("L0")
    first = day_number(anchor)
    ends = month_ends and is_month_end(first)

    def nth(n: int) -> dt.date:
        if unit == "W":
            return date_of(first + 7 * count * n)
        months = n * count * (12 if unit == "Y" else 1)
        if ends:
            year, month, _ = parts_of(first)
            return date_of(day_in_month(12 * year + month - 1 + months, 31))
        return date_of(add_months(first, months))

    dates = []
    while nth(len(dates)) < until:
        dates.append(nth(len(dates)))
    if long_last and dates and nth(len(dates)) > until:
        dates.pop()
    return dates


def one(value: Any) -> Any:
    """The only value, where a list of one and the same is given."""
    return value[0] if isinstance(value, list) else value


def maturity_of(terms: dict[str, Any], anchor: dt.date, length: str) -> dt.date:
    """The day by which all is repaid, where none is agreed: principal over principal each time."""
    named = terms.get("maturityDate") or terms.get("amortizationDate")
    if named:
        return date(named)
    each = (
        terms.get("nextPrincipalRedemptionPayment") or terms["arrayNextPrincipalRedemptionPayment"]
    )
    times = -(-fine(terms["notionalPrincipal"]) // fine(one(each)))
    return cycle(anchor, length[:-2] + "L1", dt.date(2199, 1, 1), True)[times - 1]


def contract_of(case: Case) -> Contract:
    """The contract of a case; raises KeyError for terms that it does not know."""
    t = case.terms
    start, month_ends = date(t["initialExchangeDate"]), t.get("endOfMonthConvention") == "EOM"
    paid_on = one(t.get("cycleAnchorDateOfPrincipalRedemption")
                  or t.get("arrayCycleAnchorDateOfPrincipalRedemption"))  # fmt: skip
    interest_on = one(t.get("cycleAnchorDateOfInterestPayment")
                      or t.get("arrayCycleAnchorDateOfInterestPayment"))  # fmt: skip
    length = one(t.get("cycleOfInterestPayment") or t.get("arrayCycleOfInterestPayment", "P1YL1"))
    maturity = maturity_of(t, date(paid_on or interest_on), length)
    dues = [d for d in cycle(date(interest_on), length, maturity, month_ends) if d > start]
    named = t.get("maturityDate", "")
    each = t.get("nextPrincipalRedemptionPayment") or t.get("arrayNextPrincipalRedemptionPayment")
    return Contract(
        kind=t["contractType"],
        principal=fine(t["notionalPrincipal"]),
        start=start,
        dues=(*dues, moment(named) if "T23:59" in named else maturity),
        day_count=DAY_COUNTS[t["dayCountConvention"]],
        rates=tuple(rates_of(case, start, maturity)),
        principal_from=date(paid_on) if paid_on else maturity,
        payment=None if each is None else fine(one(each)),
    )


def rates_of(case: Case, start: dt.date, maturity: dt.date) -> Iterator[tuple[dt.date, Rate]]:
    """The rate at first, and each reset: the market's rate times a factor plus a spread."""
    t = case.terms
    yield start, rate_of(t["nominalInterestRate"])
    if "cycleOfRateReset" not in t:
        return
    (market,) = case["dataObserved"].values()
    known = {date(row["timestamp"]): Decimal(row["value"]) for row in market["data"]}
    resets = cycle(date(t["cycleAnchorDateOfRateReset"]), t["cycleOfRateReset"], maturity, False)
    for n, day in enumerate(resets):
        if n == 0 and "nextResetRate" in t:
            yield day, rate_of(t["nextResetRate"])
            continue
        value = known[max(at for at in known if at <= day)]
        factor, spread = Decimal(t.get("rateMultiplier", "1")), Decimal(t["rateSpread"])
        yield day, rate_of(value * factor + spread)


def plan_of(c: Contract) -> tuple[Instalment, ...]:
    """The plan, with a new version from each due date on which the rate is reset."""
    versions: list[PlanVersion] = []
    for since, rate in c.rates:
        assert since == c.start or since in c.dues, "a rate that changes between due dates"
        joined = join_plan_versions(versions)
        left = c.principal - sum(row.principal for row in joined if row.due <= since)
        dues = [due for due in c.dues if due > since]
        versions.append(PlanVersion(since, tuple(version(c, Money(left), rate, since, dues))))
    return join_plan_versions(versions)


def version(
    c: Contract, left: Money, rate: Rate, since: dt.date, dues: Sequence[dt.date]
) -> list[Instalment]:
    """One version of the plan: from a day on, at one rate."""
    early = [due for due in dues if due < c.principal_from]
    if early and c.kind in ("NAM", "ANN"):  # interest only at first, level from then on
        free = [(due, Money(0)) for due in early]
        first = custom_plan(left, rate, since, [*free, (dues[-1], left)], c.day_count)
        rest = version(c, left, rate, early[-1], dues[len(early) :])
        return [*first[: len(early)], *rest]
    if c.kind in ("NAM", "ANN"):
        return plan_on_dates(LEVEL, left, rate, since, dues, c.day_count, c.payment)
    parts: list[tuple[dt.date, Money]] = []
    for due in dues[:-1]:
        wanted = 0 if c.payment is None or due < c.principal_from else c.payment
        parts.append((due, Money(min(wanted, left - sum(part for _, part in parts)))))
    rest_of_it = left - sum(part for _, part in parts)
    return custom_plan(left, rate, since, [*parts, (dues[-1], Money(rest_of_it))], c.day_count)


def loan_of(c: Contract, plan: tuple[Instalment, ...]) -> Loan:
    """The loan, paid on each due date what is due."""
    terms = Terms(c.principal, c.rates[0][1], c.start, plan[-1].due, day_count=c.day_count,
                  interest_mode=InterestMode.BY_PLAN)  # fmt: skip
    lent = Entry(c.start, EntryKind.DISBURSEMENT, c.principal)
    paid = [Entry(row.due, EntryKind.REPAYMENT, row.total) for row in plan if row.total]
    return Loan(terms, plan, (lent, *paid))


def paid_by(loan: Loan, until: dt.date) -> Cash:
    """Principal and interest paid day by day, by the loan's timeline."""
    cash: Cash = {}
    for event in timeline_of(loan, until):
        if event.what is EntryKind.REPAYMENT:
            cash[event.date] = (event.principal / FINE / 100, event.interest / FINE / 100)
    return cash


def expected_cash(case: Case, first: dt.date) -> Cash:
    """The payments of principal and interest that the case expects, from a day on."""
    side = 1 if case.terms["contractRole"] == "RPA" else -1
    cash: Cash = {}
    for row in case["results"]:
        day, kind = moment(row["eventDate"]), row["eventType"]
        amount = side * float(row["payoff"])
        if kind in ("PR", "MD", "IP") and amount and day >= first:
            principal, charged = cash.get(day, (0.0, 0.0))
            if kind == "IP":
                charged += amount
            else:
                principal += amount
            cash[day] = (principal, charged)
    return cash


def same(found: Cash, wanted: Cash) -> None:
    """Every payment agrees to a millionth of its amount (and 10^-6 of the unit)."""
    assert sorted(found) == sorted(wanted)
    for day, pair in wanted.items():
        for ours, theirs in zip(found[day], pair, strict=True):
            assert abs(ours - theirs) <= 1e-6 + 2e-6 * abs(theirs), day


FIXED = (
    "pam01", "pam02", "pam03", "pam04", "pam16", "lam19", "ann01", "ann04", "ann06", "ann07",
    "ann10", "ann20", "ann27", "ann31", "lax02", "lax03", "lax04", "lax05", "lax06", "lax07",
    "lax08", "lax12", "lax13",
)  # fmt: skip
RESET = "a rate reset on a due date makes a new plan version"
FLOATING = ("pam21", "pam22", "lam01", "lam14", "lam15", "nam01", "nam02", "nam11", "nam12",
            "nam13", "nam18", "ann16", "ann24")  # fmt: skip


@agrees("ann13", "lam32", "lam33", convention="what falls due once nothing is left is not listed")
@agrees("pam25", convention=MIDNIGHT)
@agrees(*FLOATING, convention=RESET)
@agrees(*FIXED)
def planned_and_paid(case: Case) -> None:
    contract = contract_of(case)
    loan = loan_of(contract, plan_of(contract))
    last = contract.dues[-1]
    same(paid_by(loan, last), expected_cash(case, contract.start + DAY))
    position = position_of(loan, last)
    assert position.problem is Problem.NONE
    assert (position.principal, position.total_due) == (0, 0)


@agrees("lam05", convention="principal due on the day of disbursement: a loan of so much less")
def first_instalment_at_once(case: Case) -> None:
    contract = contract_of(case)
    assert contract.payment is not None
    contract = replace(contract, principal=Money(contract.principal - contract.payment))
    loan = loan_of(contract, plan_of(contract))
    same(paid_by(loan, contract.dues[-1]), expected_cash(case, contract.start + DAY))


@agrees("ann23", convention="interest runs from the status date, nothing having accrued by then")
def taken_up_later(case: Case) -> None:
    contract = contract_of(case)
    begun = date(case.terms["statusDate"])
    contract = replace(contract, start=begun, rates=((begun, contract.rates[0][1]),))
    loan = loan_of(contract, plan_of(contract))
    same(paid_by(loan, contract.dues[-1]), expected_cash(case, begun))


@agrees("ann18", convention="bought for a price plus the interest accrued, which is ours")
@agrees(
    "ann19", convention=f"sold for a price plus the interest accrued, which is ours; {MIDNIGHT}"
)
def bought_or_sold(case: Case) -> None:
    contract, terms = contract_of(case), case.terms
    loan = loan_of(contract, plan_of(contract))
    sold = "terminationDate" in terms
    on = moment(terms["terminationDate" if sold else "purchaseDate"])
    price = fine(terms["priceAtTerminationDate" if sold else "priceAtPurchaseDate"])
    accrued = position_of(loan, on).accrued_interest
    (payoff,) = [
        abs(float(row["payoff"])) for row in case["results"] if row["eventType"] in ("PRD", "TD")
    ]
    assert abs((price + accrued) / FINE / 100 - payoff) < 1e-6
    wanted = expected_cash(case, contract.start if sold else on)
    paid = paid_by(loan, on if sold else contract.dues[-1])
    same({day: pair for day, pair in paid.items() if day in wanted}, wanted)


@agrees("ann17", convention="capitalised interest is paid by a further drawing on its day")
def capitalised(case: Case) -> None:
    contract = contract_of(case)
    (start, rate), on = contract.rates[0], date(case.terms["capitalizationEndDate"])
    left = contract.principal
    (grown,) = custom_plan(left, rate, start, [(on, left)], contract.day_count)
    more = replace(contract, principal=Money(left + grown.interest), start=on, rates=((on, rate),))
    plan = (replace(grown, principal=Money(0)), *plan_of(more))
    loan = loan_of(more, plan)
    drawn = Entry(on, EntryKind.DISBURSEMENT, grown.interest)
    lent = Entry(start, EntryKind.DISBURSEMENT, left)
    loan = replace(loan, terms=replace(loan.terms, start=start),
                   entries=(lent, drawn, *loan.entries[1:]))  # fmt: skip
    paid = paid_by(loan, contract.dues[-1])
    del paid[on]
    same(paid, expected_cash(case, start))
    (capital,) = [r for r in case["results"] if r["eventType"] == "IPCI"]
    grown_to = float(capital["notionalPrincipal"])
    assert abs((left + grown.interest) / FINE / 100 - grown_to) < 1e-6


@agrees("pam05", "pam06", "pam07")
@agrees(
    "pam10", "pam11", convention="modified preceding is preceding here: no date leaves its month"
)
def rolled(case: Case) -> None:
    t = case.terms
    start, maturity = date(t["initialExchangeDate"]), date(t["maturityDate"])
    rule = t.get("businessDayConvention", "")
    days = np.arange(day_number(start), day_number(maturity) + 9, dtype=np.int32)
    request = PlanRequest(
        Method.INTEREST_ONLY,
        fine(t["notionalPrincipal"]),
        rate_of(t["nominalInterestRate"]),
        start,
        maturity=maturity,
        long_last=True,
        interest_by=InterestBy.DAYS,
        day_count=DAY_COUNTS[t["dayCountConvention"]],
        interest_to_due=rule.startswith("SC"),
        roll=ROLLS[rule[2:]] if rule else Roll.NONE,
    )
    plan = tuple(plan_for(request, days[(days + 3) % 7 >= 5]))
    contract = contract_of(case)
    same(paid_by(loan_of(contract, plan), plan[-1].due), expected_cash(case, start + DAY))


@agrees("pam26", "pam28", convention="the amount of a fee is the caller's; it is entered when due")
def with_fees(case: Case) -> None:
    contract, t = contract_of(case), case.terms
    loan = loan_of(contract, plan_of(contract))
    fees = {contract.start: fine(t.get("feeAccrued", t["feeRate"]))}
    for since, day in pairwise([contract.start, *contract.dues]):
        fees[day] = fee_of(case, contract, since, day)
    entries = list(loan.entries)
    for day, amount in fees.items():
        entries += [Entry(day, kind, amount) for kind in (EntryKind.FEE, EntryKind.REPAYMENT)]
    order = [EntryKind.DISBURSEMENT, EntryKind.FEE, EntryKind.REPAYMENT]
    entries.sort(key=lambda entry: (entry.date, order.index(entry.kind)))
    loan = replace(loan, entries=tuple(entries))
    wanted = {
        date(row["eventDate"]): float(row["payoff"])
        for row in case["results"]
        if row["eventType"] == "FP"
    }
    found = dict.fromkeys(wanted, 0.0)
    for event in timeline_of(loan, contract.dues[-1]):
        found[event.date] += event.fees / FINE / 100
    assert all(abs(found[day] - amount) < 1e-6 for day, amount in wanted.items())
    assert position_of(loan, contract.dues[-1]).total_due == 0


def fee_of(case: Case, c: Contract, since: dt.date, day: dt.date) -> Money:
    """A fee of a fixed amount, or by a yearly rate on the notional."""
    t = case.terms
    if t["feeBasis"] == "A":
        return fine(t["feeRate"])
    weight = weight_between(c.day_count, day_number(since), day_number(day))
    return Money(int(interest(c.principal, rate_of(t["feeRate"]), weight, basis_of(c.day_count))))
