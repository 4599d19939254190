"""Apache Fineract: plans, the order of payments, arrears, prepayment, reversal, new plans.

Fees and penalty charges of a fixed amount are both fees here; the caller says how much they are.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from loanmath.accrual import interest
from loanmath.codes import Allocation, EntryKind, ExcessMode, InterestMode, Status
from loanmath.day_count import DayCount, basis_of, weight_between
from loanmath.irregular import Shape, Step, weighted_plan
from loanmath.loans import Entry, Instalment, Loan, PlanVersion, Terms, join_plan_versions
from loanmath.money import NOTHING, Money
from loanmath.one_loan import Position, instalments_of, position_of
from loanmath.plans import PlanRequest, Style, plan_for, plan_on_dates
from loanmath.rates import Rate, percent
from loanmath.schedule import InterestBy, Method
from loanmath.what_if import Keep, prepay
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


# -- plans -------------------------------------------------------------------------------------


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


# -- loans -------------------------------------------------------------------------------------


def disbursed(case: Case) -> Entry:
    (event,) = [e for e in case["events"] if e["type"] == "disburse"]
    return Entry(date(event["date"]), EntryKind.DISBURSEMENT, money(event["amount"]))


def loan_of(
    case: Case, plan: Sequence[Instalment], entries: Sequence[Entry], **terms: Any
) -> Loan:
    """A loan with a plan and entries; penalties none."""
    contract = Terms(
        money(case.terms["principal"]),
        rate(case.terms.get("annual_rate_pct", 0)),
        begun(case),
        plan[-1].due,
        **terms,
    )
    return Loan(contract, tuple(plan), tuple(entries))


def entered(case: Case) -> list[Entry]:
    """The entries of a case: charges of a fixed amount on their due date, undone ones left out."""
    kinds = {"disburse": EntryKind.DISBURSEMENT, "repayment": EntryKind.REPAYMENT,
             "add_charge": EntryKind.FEE}  # fmt: skip
    entries: list[Entry] = []
    for event in case["events"]:
        if event["type"] in kinds:
            on = date(event.get("due_date") or event["date"])
            entries.append(Entry(on, kinds[event["type"]], money(event["amount"])))
        elif event["type"] == "undo":
            entries.remove(undone(entries, event))
    return entries


def undone(entries: list[Entry], event: dict[str, Any]) -> Entry:
    """The payment that a reversal takes back: the n-th of the loan, by the case's own figures."""
    payments = [e for e in entries if e.kind is EntryKind.REPAYMENT]
    return payments[event["ordinal_on_that_date"] - 1]


def single_plan(case: Case) -> tuple[Instalment, ...]:
    """One instalment after so many days, without interest."""
    due = begun(case) + DAY * case.terms["repay_every"]
    return (Instalment(1, due, money(case.terms["principal"]), NOTHING),)


@agrees("FIN-LoanRepayment-1448", "FIN-LoanRepayment-1397", convention=FEES)
@agrees("FIN-LoanRepayment-1423", convention=FLAT)
@agrees("FIN-LoanRepayment-1296")
@agrees("FIN-LoanRepayment-1924", convention=f"interest, principal, then fees; {FEES}")
def order_of_payment(case: Case) -> None:
    order = Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL
    if case.terms["allocation"].startswith("due part: penalty>interest>principal>fee"):
        order = Allocation.INTEREST_PRINCIPAL_COMPOUND_PENALTY_FEES_BY_INSTALMENT
    loan = loan_of(case, flat_plan(case), entered(case), allocation=order)
    expected = case.expected
    position = position_of(loan, date(expected["as_of"]))
    paid = expected["transactions"][-1]
    if paid["type"] != "Repayment":  # an accrual listed after it
        (paid,) = [t for t in expected["transactions"] if t["type"] == "Repayment"]
    assert position.paid_principal == money(paid["principal"])
    assert position.paid_interest == money(paid["interest"])
    assert position.paid_fees == money(paid["fees"]) + money(paid["penalties"])
    assert position.principal == money(paid["balance_after"])
    unpaid = sum(
        row.principal_unpaid + row.interest_unpaid if row.fallen_due else row.principal + row.interest
        for row in instalments_of(loan, date(expected["as_of"]))
    )
    assert unpaid + position.fees_due == money(expected["totals"]["outstanding"])


@agrees("FIN-LoanCharge-592", convention=FEES)
def flat_fee(case: Case) -> None:
    loan = loan_of(case, single_plan(case), entered(case))
    fee = case["events"][-1]
    position = position_of(loan, date(fee["due_date"]))
    assert position.fees_due == money(fee["amount"])
    assert position.payoff == money(case.expected["totals"]["outstanding"])


@agrees("FIN-LoanCharge-614", convention=f"its amount is the caller's; {FEES}; {FLAT}")
@agrees("FIN-LoanCharge-640", convention=f"its amount is the caller's; {FEES}; {FLAT}")
def fee_of_each_instalment(case: Case) -> None:
    """A share of each instalment, or of its overdue principal, entered when it falls due."""
    plan = flat_plan(case)
    penalty = case.terms.get("penalty")
    share = rate(penalty["pct"] if penalty else case["events"][-1]["pct"])
    entries = [disbursed(case)]
    for row in plan:
        base = row.principal if penalty else row.total
        entries.append(Entry(row.due, EntryKind.FEE, Money(int(interest(base, share, 1, 1)))))
    item = "penalties" if penalty else "fees"
    assert [e.amount for e in entries[1:]] == [money(r[item]) for r in case.expected["schedule"]]
    position = position_of(loan_of(case, plan, entries), plan[-1].due)
    assert position.fees_due == money(case.expected["totals"][item])
    assert position.total_due == money(case.expected["totals"]["outstanding"])


@agrees(
    "FIN-Loan-350",
    convention="reversed are the loan's second and first payments, as its own figures say, though"
    " the date beside them is that of the third",
)
def reversals_applied_anew(case: Case) -> None:
    """After each step the loan stands as if the reversed payments had never been."""
    steps = 0
    for checkpoint in case.expected["checkpoints"]:
        text = {**case.text, "events": case["events"][: checkpoint["after_event"] + 1]}
        entries = sorted(entered(replace(case, text=text)), key=lambda entry: entry.date)
        loan = loan_of(case, single_plan(case), entries, excess_mode=ExcessMode.REDUCES_PRINCIPAL)
        position = position_of(loan, date(checkpoint["as_of"]))
        assert position.principal == money(checkpoint.get("outstanding", 0))
        assert position.credit == money(checkpoint.get("overpaid", 0))
        steps += 1
    assert steps == 8


@agrees("FIN-LoanChargeOff-1089", convention="a charge-off changes no claim on the borrower")
def reversal_after_charge_off(case: Case) -> None:
    loan = loan_of(case, single_plan(case), entered(case))
    position = position_of(loan, date("2023-06-10"))
    assert position.principal == money(case.expected["totals"]["outstanding"])
    assert position.paid_principal == money(case.expected["totals"]["paid"])
    before = [e for e in case["events"] if e["type"] != "undo"]
    loan = loan_of(case, single_plan(case), entered(replace(case, text={**case.text,
                                                                        "events": before})))  # fmt: skip
    assert position_of(loan, date("2023-06-05")).status is Status.SETTLED


CHARGEBACK = "a chargeback is a reversal, and the part that stays is entered anew"


@agrees("FIN-LoanChargeback-133", convention=CHARGEBACK)
@agrees("FIN-LoanChargeback-149", convention=CHARGEBACK)
def chargeback_of_an_overpaid_loan(case: Case) -> None:
    lent, paid = entered(case)
    (event,) = [e for e in case["events"] if e["type"] == "chargeback"]
    before, after = case.expected["checkpoints"]
    loan = loan_of(case, single_plan(case), [lent, paid])
    position = position_of(loan, date(before["as_of"]))
    assert (position.principal, position.credit > 0) == (0, before["status"] == "overpaid")
    kept = replace(paid, amount=Money(paid.amount - money(event["amount"])))
    position = position_of(replace(loan, entries=(lent, kept)), date(after["as_of"]))
    assert position.principal == money(after["outstanding"])
    assert (position.credit > 0) == (after["status"] == "overpaid")


@agrees("FIN-LoanWriteOff-5", convention=DOWN)
def write_off(case: Case) -> None:
    off = case.expected["transactions_include"][0]
    entries = entered(case)
    entries.insert(1, Entry(begun(case), EntryKind.REPAYMENT, paid_down(case)[0].total))
    loan = paid_down_loan(case, entries)
    on = date(off["date"])
    assert position_of(loan, on).principal == money(off["amount"])
    written = Entry(on, EntryKind.WRITE_OFF, money(off["amount"]))
    position = position_of(replace(loan, entries=(*loan.entries, written)), on)
    assert (position.status, position.principal) == (Status.WRITTEN_OFF, 0)


# -- arrears -----------------------------------------------------------------------------------


def paid_down(case: Case) -> tuple[Instalment, ...]:
    """A share due at disbursement, the rest in even parts every so many days."""
    terms, start = case.terms, begun(case)
    amount = money(terms["principal"])
    down = amount * terms["down_payment_pct"] // 100
    count = terms["n_instalments"]
    each = (amount - down) // count
    rows = [Instalment(1, start, Money(down), NOTHING)]
    for n in range(1, count + 1):
        part = each if n < count else amount - down - each * (count - 1)
        due = start + DAY * terms["repay_every"] * n
        rows.append(Instalment(n + 1, due, Money(part), NOTHING))
    return tuple(rows)


def paid_down_loan(case: Case, entries: Sequence[Entry]) -> Loan:
    """The loan of such a plan, disbursed the day before, as it bears no interest."""
    plan = paid_down(case)
    loan = loan_of(case, plan, entries)
    early = begun(case) - DAY
    moved = [replace(e, date=early) if e.kind is EntryKind.DISBURSEMENT else e for e in entries]
    return replace(loan, terms=replace(loan.terms, start=early), entries=tuple(moved))


def range_of(case: Case, days: int) -> str:
    """The case's name for so many days past due: its days of grace come off first."""
    late = days - GRACE
    for name, text in case.terms["delinquency_ranges_days"].items():
        numbers = text.split(" ")[0]
        if "-" in numbers:
            first, last = (int(part) for part in numbers.split("-"))
            if first <= late <= last:
                return str(name)
    return "NO_DELINQUENCY"


def check_delinquency(case: Case, position: Position, expected: dict[str, Any]) -> None:
    assert range_of(case, position.days_past_due) == expected["range"]
    oldest = position.oldest_unpaid_due
    wanted = expected["delinquent_date"]
    assert (oldest and str(oldest + GRACE * DAY)) == wanted


TAKEN_OFF = "its three days of grace come off the days past due, which we never shorten"


@agrees("FIN-Loan-877", convention=TAKEN_OFF)
def range_by_the_oldest(case: Case) -> None:
    loan = loan_of(case, flat_plan(case), entered(case))
    (row,) = case.expected["delinquency"]
    check_delinquency(case, position_of(loan, date(row["as_of"])), row["loan_delinquency"])


@agrees("FIN-Loan-815", convention=f"a goodwill credit is a waiver of principal; {TAKEN_OFF}")
def cured_by_a_waiver(case: Case) -> None:
    loan = loan_of(case, single_plan(case), entered(case))
    before, after = case.expected["checkpoints"]
    on, event = date(after["as_of"]), case["events"][-1]
    check_delinquency(case, position_of(loan, on), before["loan_delinquency"])
    waived = Entry(on, EntryKind.WAIVE_PRINCIPAL, money(event["amount"]))
    position = position_of(replace(loan, entries=(*loan.entries, waived)), on)
    check_delinquency(case, position, after["loan_delinquency"])
    assert (position.status, position.principal) == (Status.SETTLED, 0)


@agrees(
    "FIN-LoanDelinquency-608",
    "FIN-LoanDelinquency-770",
    "FIN-LoanDelinquency-649",
    "FIN-LoanDelinquency-537",
    convention=DOWN,
)
def days_past_due(case: Case) -> None:
    """The days past due, which a pause does not change; delinquent days are not reckoned."""
    paid = entered(case)
    seen = 0
    for row in case.expected["delinquency"]:
        done = sum(e["type"] in ("disburse", "repayment")
                   for e in case["events"][: row["after_event"] + 1])  # fmt: skip
        position = position_of(paid_down_loan(case, paid[:done]), date(row["as_of"]))
        expected = row["loan_delinquency"]
        if "past_due_days" in expected:
            assert position.days_past_due == expected["past_due_days"]
            overdue = position.principal_overdue
            assert overdue == money(expected["delinquent_amount"])
            seen += 1
    assert seen > 0


# -- early, late and more than due -------------------------------------------------------------


@agrees("FIN-Loan-2528", "FIN-Loan-2614", convention=f"a new plan keeps the term; {DOWN}")
def spread_ahead(case: Case) -> None:
    """What is paid ahead lowers the later instalments alike."""
    plan = paid_down(case)
    payments = [e for e in entered(case) if e.kind is EntryKind.REPAYMENT]
    down = Entry(begun(case), EntryKind.REPAYMENT, plan[0].total)
    loan = paid_down_loan(case, [disbursed(case), down])
    versions = [PlanVersion(begun(case), plan)]
    for paid in payments:
        due = position_of(loan, paid.date).total_due
        if paid.amount <= due:
            loan = replace(loan, entries=(*loan.entries, paid))
            continue
        quote = prepay(loan, paid.date, paid.amount, EVEN, Keep.TERM)
        versions.append(quote.plan)
        entry = replace(paid, kind=EntryKind.PREPAYMENT)
        loan = replace(loan, plan=join_plan_versions(versions), entries=(*loan.entries, entry))
    ahead = [row.total for row in loan.plan if row.due > payments[-1].date]
    wanted = [r for r in case.expected["schedule"] if date(r["date"]) > payments[-1].date]
    assert ahead == [money(row["outstanding"]) for row in wanted]
    assert position_of(loan, payments[-1].date).principal == money(
        case.expected["totals"]["outstanding"]
    )


REPLANNED = "a new plan keeps the term, its instalment a whole unit"


def by_days(case: Case) -> tuple[Instalment, ...]:
    """The level plan by actual days over 365, the instalment a whole unit."""
    request = replace(plan_request(case), interest_by=InterestBy.DAYS, day_count=DayCount.ACT_365)
    return tuple(plan_for(request))


@agrees("FIN-LoanRepayment-750", "FIN-LoanRepayment-1029", convention=REPLANNED)
def paid_more_on_the_due_date(case: Case) -> None:
    plan = by_days(case)
    loan = loan_of(case, plan, [disbursed(case)], day_count=DayCount.ACT_365)
    versions = [PlanVersion(begun(case), plan)]
    for paid in [e for e in entered(case) if e.kind is EntryKind.REPAYMENT]:
        quote = prepay(loan, paid.date, paid.amount, LEVEL, Keep.TERM)
        versions.append(quote.plan)
        entry = replace(paid, kind=EntryKind.PREPAYMENT)
        loan = replace(loan, plan=join_plan_versions(versions), entries=(*loan.entries, entry))
        assert position_of(loan, paid.date).total_due == 0
    coming = [row for row in loan.plan if row.due > paid.date]
    assert rows_of(coming) == expected_rows(case)[-len(coming) :]
    position = position_of(loan, paid.date)
    settled = case.expected["schedule"][: -len(coming)]
    assert position.paid_interest == sum(money(row["interest"]) for row in settled)
    assert position.principal == money(settled[-1]["balance_after"])


EARLY = "money paid early lowers the principal at once"


def first_interest(case: Case) -> Money:
    """The interest of the first period when a payment in it lowers the principal at once."""
    plan = by_days(case)
    loan = loan_of(case, plan, entered(case), day_count=DayCount.ACT_365,
                   interest_mode=InterestMode.BY_BALANCE,
                   excess_mode=ExcessMode.REDUCES_PRINCIPAL)  # fmt: skip
    return position_of(loan, plan[0].due).interest_due


@agrees("FIN-LoanRepayment-630", convention=f"{EARLY}; {REPLANNED}")
def whole_instalment_paid_early(case: Case) -> None:
    assert first_interest(case) == expected_rows(case)[0][1]
    left = Money(money(case.terms["principal"]) - money(case["events"][-1]["amount"]))
    dues = [row.due for row in by_days(case)]
    rest = plan_on_dates(LEVEL, left, rate(case.terms["annual_rate_pct"]), dues[0], dues[1:],
                         DayCount.ACT_365)  # fmt: skip
    assert rows_of(rest) == expected_rows(case)[1:]


@agrees("FIN-LoanRepayment-702", convention=EARLY)
def part_paid_early(case: Case) -> None:
    assert first_interest(case) == expected_rows(case)[0][1]


ON_FULL = "interest by balance without a penalty rate runs on overdue principal too"
SETTLED_TODAY = "the figures ahead suppose that what is overdue is paid today, the rest on time"
ONE_FEN = "interest is rounded as it runs up, so that a row may differ by a fen"


def projected(case: Case, day_count: DayCount, plan: tuple[Instalment, ...]) -> Rows:
    """The rows if nothing that the case did not book is paid until its day, then all is."""
    loan = loan_of(case, plan, entered(case), day_count=day_count,
                   interest_mode=InterestMode.BY_BALANCE_LEVEL,
                   excess_mode=ExcessMode.HELD_AS_CREDIT)  # fmt: skip
    today = date(case.expected["as_of"])
    for on in [today, *(row.due for row in plan if row.due > today)]:
        due = position_of(loan, on).total_due
        if due and on < plan[-1].due:
            loan = replace(loan, entries=(*loan.entries, Entry(on, EntryKind.REPAYMENT, due)))
    rows, before = [], NOTHING
    for row in plan:
        position = position_of(loan, row.due)
        charged = Money(position.paid_interest + position.interest_due)
        fallen = position.disbursed - position.principal + position.principal_due
        rows.append((fallen, Money(charged - before)))
        before = charged
    return [(a - b, i) for (a, i), (b, _) in zip(rows, [(0, 0), *rows], strict=False)]


def close(found: Rows, wanted: Rows) -> None:
    assert len(found) == len(wanted)
    for (principal, charged), (their_principal, their_interest) in zip(found, wanted, strict=True):
        assert abs(charged - their_interest) <= 1
        assert abs(principal - their_principal) <= len(wanted)
    assert sum(row[0] for row in found) == sum(row[0] for row in wanted)


@agrees(
    "FIN-LoanRepayment-726",
    convention=f"its instalment of 862 as given; {ON_FULL}; {SETTLED_TODAY}; {ONE_FEN}",
)
def part_paid_late(case: Case) -> None:
    dues, given = [row.due for row in by_days(case)], case.expected["schedule"][0]["due"]
    plan = plan_on_dates(
        LEVEL,
        money(case.terms["principal"]),
        rate(case.terms["annual_rate_pct"]),
        begun(case),
        dues,
        DayCount.ACT_365,
        money(given),
    )
    close(projected(case, DayCount.ACT_365, tuple(plan)), expected_rows(case))


@agrees("FIN-Loan-5659", convention=f"{ON_FULL}; {ONE_FEN}")
@agrees("FIN-Loan-5682", convention=f"{ON_FULL}; {SETTLED_TODAY}; odd days by 30/360; {ONE_FEN}")
def never_paid(case: Case) -> None:
    plan = tuple(plan_for(plan_request(case)))
    close(projected(case, DayCount.THIRTY_360, plan), expected_rows(case))
