"""Worked examples: calendars, day counts, plans, yearly rates."""

from typing import Any

import numpy as np
import pytest

from loanmath.annual_cost import (
    CashFlow,
    EuropeanTime,
    UnitPeriod,
    effective_rate,
    european_rate,
    exact_internal_rate,
    internal_rate,
    nominal_rate,
    regulation_z_rate,
)
from loanmath.dates import add_months, date_of, day_in_month, day_number, parts_of
from loanmath.day_count import DayCount, basis_of, weight_between
from loanmath.floating import FloatingRate, Quote
from loanmath.irregular import balloon_plan
from loanmath.loans import Instalment
from loanmath.money import Money, yuan
from loanmath.plans import PlanRequest, Style, advance_plan, plan_for, plan_on_dates
from loanmath.rates import PER_ONE, PER_PERCENT, Rate, percent
from loanmath.roll import Roll, roll_date
from loanmath.schedule import Method, month_number
from tests.loanmath.cases_of_others.reading import Case, date, money, rate
from tests.loanmath.cases_of_others.sorting import agrees

BUSINESS_DAY = {
    "FOLLOWING": Roll.FOLLOWING,
    "MODIFIED_FOLLOWING": Roll.MODIFIED_FOLLOWING,
    "NO_ADJUST": Roll.NONE,
}
CONVENTION = {
    "Act/360": DayCount.ACT_360,
    "30E/360": DayCount.THIRTY_E_360,
    "NL/365 (no leap)": DayCount.NO_LEAP_365,
}
FINE = 10**5  # money is reckoned in so many parts of a fen where a source rounds nothing
UNROUNDED = "the source rounds nothing: reckoned in hundred-thousandths of a fen"
NEW_YEAR = date("2026-01-01")
MONTHLY_RATE = {"0.1/12": "10", 0.005333: "6.3996"}  # of a month there, of a year here


def weekends(first: Any, last: Any) -> Any:
    days = np.arange(day_number(first) - 10, day_number(last) + 11, dtype=np.int32)
    return days[(days + 3) % 7 >= 5]  # 1970-01-01 was a Thursday


@agrees("CN-MONTH-END", "FJS-EDATE")
def months_added_to_a_date(case: Case) -> None:
    pairs = [
        (pair["date"], pair["add_months"]) if isinstance(pair, dict) else pair
        for pair in case["inputs"]["cases"]
    ]
    found = [str(date_of(add_months(day_number(date(day)), months))) for day, months in pairs]
    assert found == case.expected["result"]


@agrees("FJS-EOMONTH")
def ends_of_later_months(case: Case) -> None:
    found = []
    for day, months in case["inputs"]["cases"]:
        year, month, _ = parts_of(day_number(date(day)))
        found.append(str(date_of(day_in_month(12 * year + month - 1 + months, 31))))
    assert found == case.expected["result"]


@agrees("STRATA-BDC-FOLLOWING", "STRATA-BDC-MODIFIED_FOLLOWING", "STRATA-BDC-NO_ADJUST")
def business_day_rules(case: Case) -> None:
    rule = BUSINESS_DAY[case["inputs"]["convention"]]
    dates = [date(day) for day in case["inputs"]["dates"]]
    free = weekends(dates[0], dates[-1])
    found = [str(date_of(roll_date(day_number(d), rule, free))) for d in dates]
    assert found == case.expected["adjusted"]


@agrees("STRATA-DC-ACT_360", "STRATA-DC-THIRTY_E_360", "STRATA-DC-NL_365")
def year_fractions(case: Case) -> None:
    convention = CONVENTION[case["inputs"]["convention"]]
    pairs = zip(case["inputs"]["pairs"], case.expected["year_fraction"], strict=True)
    for (start, end), year in pairs:
        weight = weight_between(convention, day_number(date(start)), day_number(date(end)))
        assert weight / basis_of(convention) == pytest.approx(year, abs=1e-10)


@agrees("FJS-DAYS360")
def days_of_thirty_day_months(case: Case) -> None:
    which = {"EU": DayCount.THIRTY_E_360, "US": DayCount.THIRTY_360}
    found = [
        weight_between(which[kind], day_number(date(start)), day_number(date(end)))
        for start, end, kind in case["inputs"]["cases"]
    ]
    assert found == case.expected["days"]


@agrees(
    "STRATA-SCHED-EOM", convention="a start on a month's last working day counts as the month's end"
)
@agrees("STRATA-SCHED-LONG_FINAL", "STRATA-SCHED-STUB_NONE", "STRATA-SCHED-SHORT_INITIAL")
def period_dates(case: Case) -> None:
    for n, row in enumerate(case["inputs"]["rows"]):
        assert period_ends(row, Roll.NONE) == case.expected["unadjusted"][n][1:]
        assert period_ends(row, Roll.MODIFIED_FOLLOWING) == case.expected["adjusted"][n][1:]


def period_ends(row: dict[str, str], roll: Roll) -> list[str]:
    """The dates of a generated plan; a stub at the beginning counts back from the end."""
    start, end = date(row["start"]), date(row["end"])
    anchor = end.day if row["stub"] == "SHORT_INITIAL" else start.day
    if row["roll"] == "EOM":
        month_end = day_in_month(month_number(day_number(start)), 31)
        if roll_date(month_end, Roll.PRECEDING, weekends(start, end)) == day_number(start):
            start = date_of(month_end)
    plan = plan_for(
        PlanRequest(
            Method.INTEREST_ONLY,
            yuan("1"),
            percent("0"),
            start,
            maturity=end,
            months=int(row["frequency"][1:-1]),
            due_day={"EOM": 31, "DAY_30": 30}.get(row["roll"], anchor),
            long_last=row["stub"] == "LONG_FINAL",
            roll=roll,
        ),
        weekends(start, end),
    )
    return [str(instalment.due) for instalment in plan]


def monthly(case: Case, method: Method, fine: int = 1) -> list[Instalment]:
    inputs = case["inputs"]
    request = PlanRequest(
        method,
        Money(money(inputs["amount"]) * fine),
        rate(inputs["annual_rate_percent"]),
        NEW_YEAR,
        instalments=inputs["term_months"],
    )
    return plan_for(request)


def near(found: int, wanted: float, tolerance: float, fine: int = FINE) -> bool:
    """Whether an amount in parts of a fen is the wanted amount in yuan, within a tolerance."""
    return abs(found - wanted * 100 * fine) <= tolerance * 100 * fine


@agrees("CN-ANNUITY-100W", convention=UNROUNDED)
def chinese_level_payment(case: Case) -> None:
    expected, plan = case.expected, monthly(case, Method.LEVEL_PAYMENT)
    assert plan[0].total == money(expected["monthly_payment"])
    assert plan[0].interest == money(expected["first_interest"])
    assert plan[0].principal == money(expected["first_principal"])
    fine = monthly(case, Method.LEVEL_PAYMENT, FINE)
    assert near(sum(row.interest for row in fine), expected["total_interest"], 0.05)
    repaid = sum(row.principal for row in fine[:12])
    assert near(repaid, case["inputs"]["amount"] - expected["balance_after_12"], 0.05)


@agrees("CN-EQUALPRINCIPAL-100W", convention=UNROUNDED)
def chinese_level_principal(case: Case) -> None:
    expected, plan = case.expected, monthly(case, Method.LEVEL_PRINCIPAL)
    assert plan[0].principal == money(expected["principal_each"])
    assert plan[0].interest == money(expected["first_interest"])
    assert plan[0].total == money(expected["first_payment"])
    fine = monthly(case, Method.LEVEL_PRINCIPAL, FINE)
    assert near(fine[-1].total, expected["last_payment"], 0.01)
    assert near(sum(row.interest for row in fine), expected["total_interest"], 0.01)


@agrees("MW-AMORTIZE")
def level_instalment(case: Case) -> None:
    plan = monthly(case, Method.LEVEL_PAYMENT)
    assert plan[0].total == money(case.expected["payment"])
    least = money(case.expected["total_interest_greater_than"])
    assert sum(row.interest for row in plan) > least


@agrees("CFPB-LEVEL", convention=UNROUNDED)
def level_mortgage_after_five_years(case: Case) -> None:
    expected, plan = case.expected, monthly(case, Method.LEVEL_PAYMENT, FINE)
    elapsed = plan[: case["inputs"]["months_elapsed"]]
    principal = sum(row.principal for row in elapsed)
    assert near(plan[0].total, expected["payment"], 1e-6)
    assert near(sum(row.interest for row in elapsed), expected["interest_paid"], 1e-5)
    assert near(principal, expected["principal_paid"], 1e-5)
    assert near(money(180_000) * FINE - principal, expected["balance"], 1e-5)


@agrees("CFPB-PREPAY200", convention=UNROUNDED)
def extra_principal_every_month(case: Case) -> None:
    inputs = case["inputs"]
    plan = monthly(case, Method.LEVEL_PAYMENT, FINE)
    extra = money(inputs["extra_principal_per_month"]) * FINE
    shorter = plan_on_dates(
        Style(Method.LEVEL_PAYMENT),
        Money(money(inputs["amount"]) * FINE),
        rate(inputs["annual_rate_percent"]),
        NEW_YEAR,
        [row.due for row in plan],
        level=Money(plan[0].total + extra),
    )
    saved = sum(row.interest for row in plan) - sum(row.interest for row in shorter)
    assert len(plan) - len(shorter) == case.expected["months_saved"]
    assert near(saved, case.expected["interest_saved"], 0.05)


@agrees("DESCTOOLS-BALLOON")
def balloon(case: Case) -> None:
    inputs = case["inputs"]
    request = PlanRequest(
        Method.LEVEL_PAYMENT,
        Money(money(inputs["amount"]) * FINE),
        rate(inputs["annual_rate_percent"]),
        NEW_YEAR,
        instalments=inputs["term_years"],
        months=12,
    )
    plan = balloon_plan(request, Money(money(inputs["residual"]) * FINE))
    assert near(plan[0].total, case.expected["annual_payment"], 0.001)
    assert near(plan[-1].total, case.expected["annual_payment"] + inputs["residual"], 0.001)


def flows_of(inputs: dict[str, Any]) -> list[CashFlow]:
    """The advance and the repayments of an example; "every" says how they go on."""
    flows = [CashFlow(date(inputs["advance_date"]), money(inputs["advance"]))]
    flows += [
        CashFlow(date(row["date"]), Money(-money(row["amount"])))
        for row in inputs.get("repayments", [])
    ]
    for row in inputs.get("payments", []):
        for n in range(row["count"]):
            on = nth_date(date(row["first"]), row.get("every", "1 month"), n)
            flows.append(CashFlow(on, Money(-money(row["amount"]))))
    return flows


def nth_date(first: Any, every: str, n: int) -> Any:
    """The n-th of dates that go on by weeks, months or half months."""
    day = day_number(first)
    if every.startswith("half month"):
        month = date_of(add_months(day, n // 2))
        return month.replace(day=16) if n % 2 else month
    count, unit = every.split()
    if unit.startswith("week"):
        return date_of(day + 7 * int(count) * n)
    return date_of(add_months(day, int(count) * n))


UNITS = {
    "1 week": UnitPeriod.WEEK,
    "2 weeks": UnitPeriod.TWO_WEEKS,
    "half month": UnitPeriod.HALF_MONTH,
    "1 month": UnitPeriod.MONTH,
    "2 months": UnitPeriod.TWO_MONTHS,
}


@agrees("REGZ-C1II", "REGZ-C1III", "REGZ-C1V", "REGZ-C3II", "REGZ-C4I", "REGZ-C4II")
def regulation_z(case: Case) -> None:
    found = regulation_z_rate(flows_of(case["inputs"]), UNITS[case["inputs"]["unit_period"]])
    assert found / PER_PERCENT == pytest.approx(case.expected["apr_percent"], abs=0.005)


@agrees("EUAPR-1")
def european_days(case: Case) -> None:
    found = european_rate(flows_of(case["inputs"])) / PER_PERCENT
    assert found == pytest.approx(case.expected["apr_percent"], abs=0.001)


@agrees("EUAPR-2", convention="time by actual days over 365; by whole months it is 85.585")
def european_days_or_months(case: Case) -> None:
    flows = flows_of(case["inputs"])
    by_days = european_rate(flows, EuropeanTime.DAYS) / PER_PERCENT
    by_months = european_rate(flows, EuropeanTime.MONTHS) / PER_PERCENT
    assert by_days == pytest.approx(case.expected["apr_percent"], abs=0.005)
    assert by_months == pytest.approx(85.585, abs=0.0005)


@agrees("PYX-XIRR-DAYCOUNT")
def internal_rates_by_day_count(case: Case) -> None:
    names = {
        "act/365F": DayCount.ACT_365,
        "act/360": DayCount.ACT_360,
        "30/360": DayCount.THIRTY_360,
        "act/act ISDA": DayCount.ACT_ACT,
    }
    inputs = case["inputs"]
    # An investment there, a loan here: the same flows seen from the other side.
    flows = [
        CashFlow(date(day), Money(-money(amount)))
        for day, amount in zip(inputs["dates"], inputs["flows"], strict=True)
    ]
    for name, wanted in case.expected["xirr_by_day_count"].items():
        assert float(exact_internal_rate(flows, names[name])) == pytest.approx(wanted, abs=1e-9)


@agrees("NPF-RATE")
def implied_rate(case: Case) -> None:
    inputs = case["inputs"]
    later = date_of(add_months(day_number(NEW_YEAR), 12 * inputs["nper"]))
    flows = [CashFlow(NEW_YEAR, money(-inputs["pv"])), CashFlow(later, money(-inputs["fv"]))]
    found = float(exact_internal_rate(flows, DayCount.THIRTY_360))
    assert found == pytest.approx(case.expected["value"], abs=1e-9)


@agrees("EIR-BOND-7.8")
def effective_interest_rate(case: Case) -> None:
    inputs = case["inputs"]
    flows = [CashFlow(date("2021-05-01"), money(inputs["price"] + inputs["fee"]))]
    coupon = Money(-money(inputs["coupons"]["amount"]))
    flows += [CashFlow(date(f"{year}-12-31"), coupon) for year in range(2021, 2026)]
    flows.append(CashFlow(date("2025-12-31"), Money(-money(inputs["redemption"]["amount"]))))
    found = internal_rate(flows) / PER_PERCENT
    assert found == pytest.approx(case.expected["eir_percent"], abs=0.05)


@agrees("FJS-EFFECT-NOMINAL", convention="rates have six decimals of a percent here")
def effective_and_nominal(case: Case) -> None:
    effective, nominal = case.expected["value"]
    assert effective_rate(percent("10"), 4) == round(effective * PER_ONE)
    assert nominal_rate(percent("10"), 4) == round(nominal * PER_ONE)


def fine_plan(amount: float, yearly: str, count: int, method: Method) -> list[Instalment]:
    """The monthly plan of a loan, in parts of a fen."""
    principal = Money(money(amount) * FINE)
    request = PlanRequest(method, principal, rate(yearly), NEW_YEAR, instalments=count)
    return plan_for(request)


@agrees("NPF-PMT0")
def level_payment_without_interest(case: Case) -> None:
    inputs = case["inputs"]
    plan = fine_plan(inputs["pv"], "0", inputs["nper"], Method.LEVEL_PAYMENT)
    assert near(plan[0].total, -case.expected["value"], 1e-6)


@agrees("NPF-IPMT", convention=UNROUNDED)
def interest_parts(case: Case) -> None:
    inputs = case["inputs"]
    yearly = MONTHLY_RATE[inputs["rate"]]
    plan = fine_plan(inputs["pv"], yearly, inputs["nper"], Method.LEVEL_PAYMENT)
    for period, value in zip(inputs["periods"], case.expected["value"], strict=True):
        assert near(plan[period - 1].interest, -value, 3e-7)


@agrees(
    "NPF-IPMT-BEGIN", convention="rates have six decimals of a percent here: between two of them"
)
def interest_parts_in_advance(case: Case) -> None:
    inputs = case["inputs"]
    yearly = int(inputs["rate"] * 12 * PER_ONE)
    below, above = (in_advance(inputs, Rate(yearly + more)) for more in (0, 1))
    for period, value in zip(inputs["periods"], case.expected["value"], strict=True):
        least, most = (plan[period - 2].interest for plan in (below, above))
        assert least <= -value * 100 * FINE <= most
        assert near(most - least, 0, 0.0003)


def in_advance(inputs: dict[str, Any], yearly: Rate) -> list[Instalment]:
    """The rest of a plan whose first instalment is paid at once."""
    principal = Money(money(inputs["pv"]) * FINE)
    request = PlanRequest(
        Method.LEVEL_PAYMENT, principal, yearly, NEW_YEAR, instalments=inputs["nper"]
    )
    at_once, rest = advance_plan(request)
    assert at_once == rest[0].total
    return rest


@agrees("FJS-ISPMT")
def interest_of_level_principal(case: Case) -> None:
    inputs = case["inputs"]
    yearly = MONTHLY_RATE[inputs["rate"]]
    plan = fine_plan(inputs["pv"], yearly, inputs["nper"], Method.LEVEL_PRINCIPAL)
    assert near(plan[inputs["period"]].interest, -case.expected["value"], 3e-7)


@agrees("FJS-CUMIPMT2", "FJS-CUMPRINC", convention=UNROUNDED)
def sums_over_ranges(case: Case) -> None:
    inputs = case["inputs"]
    yearly = MONTHLY_RATE[inputs["rate"]]
    plan = fine_plan(inputs["pv"], yearly, inputs["nper"], Method.LEVEL_PAYMENT)
    values = case.expected["value"]
    listed = values if isinstance(values, list) else [values]
    for (first, last), value in zip(inputs["ranges"], listed, strict=True):
        item = "interest" if inputs["fn"] == "CUMIPMT" else "principal"
        found = sum(getattr(row, item) for row in plan[first - 1 : last])
        assert near(found, -value, 1e-5)


@agrees("FJS-PMT")
def level_payment(case: Case) -> None:
    plan = fine_plan(100_000, "10", 24, Method.LEVEL_PAYMENT)
    assert near(plan[0].total, -case.expected["value"][1], 1e-6)


@agrees("NPF-PV-FV")
def worth_of_an_annuity(case: Case) -> None:
    """What 20 yearly payments of 12,000 are worth is the loan that they repay."""
    lent = -case.expected["value"][0]
    request = PlanRequest(
        Method.LEVEL_PAYMENT, money(lent), percent("7"), NEW_YEAR, instalments=20, months=12
    )
    assert plan_for(request)[0].total == money(12_000)


@agrees("CN-LPR-SPREAD")
def benchmark_and_spread(case: Case) -> None:
    inputs = case["inputs"]
    floating = FloatingRate(spread_bps=inputs["spread_bp"])
    quotes = [Quote(NEW_YEAR, rate(inputs["lpr_percent"]))]
    assert floating.rate_by(quotes, NEW_YEAR) == rate(case.expected["rate_percent"])
