"""Apache Fineract: the order of payments, reversal, write-off, arrears.

Fees and penalty charges of a fixed amount are both fees here; the caller says how much they are.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from loanmath.accrual import interest
from loanmath.codes import Allocation, EntryKind, ExcessMode, Status
from loanmath.loans import Entry, Instalment, Loan
from loanmath.money import NOTHING, Money
from loanmath.one_loan import Position, instalments_of, position_of
from loanmath.plans import PlanRequest, plan_for
from loanmath.rates import Rate
from loanmath.schedule import Method
from tests.loanmath.cases_of_others.fineract_plans import (
    DAY,
    DOWN,
    FEES,
    FLAT,
    GRACE,
    begun,
    disbursed,
    flat_plan,
    loan_of,
)
from tests.loanmath.cases_of_others.reading import Case, date, money, rate
from tests.loanmath.cases_of_others.sorting import agrees


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
        row.principal_unpaid + row.interest_unpaid
        if row.fallen_due
        else row.principal + row.interest
        for row in instalments_of(loan, date(expected["as_of"]))
    )
    assert unpaid + position.fees_due == money(expected["totals"]["outstanding"])


@agrees(
    "FIN-LoanRepayment-1528",
    convention="a charge paid early is entered when it is paid; money paid early lowers the"
    " principal at once",
)
def charge_paid_early(case: Case) -> None:
    entries = entered(case)
    paid = entries[-1]
    entries = [replace(entry, date=min(entry.date, paid.date)) for entry in entries]
    loan = loan_of(case, flat_plan(case), entries, excess_mode=ExcessMode.REDUCES_PRINCIPAL)
    position = position_of(loan, paid.date)
    wanted = case.expected["transactions"][-1]
    assert position.paid_fees == money(wanted["penalties"])
    assert position.paid_principal == money(wanted["principal"])
    assert position.principal == money(wanted["balance_after"])
    assert position.payoff == money(case.expected["totals"]["outstanding"])


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


@agrees("FIN-Loan-350")
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
    before = {**case.text, "events": [e for e in case["events"] if e["type"] != "undo"]}
    loan = loan_of(case, single_plan(case), entered(replace(case, text=before)))
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


@agrees("FIN-LoanChargeback-273", convention=CHARGEBACK)
def chargeback_of_a_paid_instalment(case: Case) -> None:
    (event,) = [e for e in case["events"] if e["type"] == "chargeback"]
    even = plan_for(PlanRequest(Method.LEVEL_PRINCIPAL, money(case.terms["principal"]), Rate(0),
                                begun(case), instalments=case.terms["n_instalments"]))  # fmt: skip
    entries = entered(case)
    assert position_of(loan_of(case, even, entries), date(event["date"])).payoff == 0
    payments = [e for e in entries if e.kind is EntryKind.REPAYMENT]
    entries.remove(payments[event["of_payment_nr"] - 1])
    position = position_of(loan_of(case, even, entries), date(event["date"]))
    assert position.payoff == money(case.expected["outstanding"])
    assert position.status is Status.LIVE


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
