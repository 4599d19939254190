"""What the mapping of ABS-EE auto loans cannot say in a table. See docs/formats/abs-ee-auto.md.

The filings give terms, and for each month the money received, the principal it paid and the
balance; they give no dates of payment. Everything here derives dates and entries from that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from daihou.feeds.mapping import MadeRows, SourceFile, Sources
from loanmath.book import Book, make_book
from loanmath.codes import Allocation, EntryKind, ExcessMode, InterestMode, PenaltyFrom
from loanmath.dates import add_months, date_of, day_number, parts_of
from loanmath.day_count import DayCount
from loanmath.positions import positions

DAYS_A_YEAR = 365
MOST_DAYS_BEFORE = 400  # a last payment further back than this is not believed
SMALL_REST = 25_00  # cents; a smaller rest at pay-off is waived, as the servicer evidently did
NO_INTEREST = 0
Days = np.ndarray[Any, np.dtype[np.int64]]


def loan_numbers(sources: Sources) -> pa.Array:
    """Trust file and asset number together: asset numbers alone might repeat between trusts."""
    return pa.array(_numbers(sources["loans"]))


def customer_numbers(sources: Sources) -> pa.Array:
    """One client per loan: the filings name no borrower."""
    return pa.array([f"OBLIGOR-{number}" for number in _numbers(sources["loans"])])


def purposes(sources: Sources) -> pa.Array:
    """The make of the car."""
    makes = sources["loans"].texts("vehicleManufacturerName")
    return pa.array([f"购车 {make.strip()}" for make in makes])


def opening_days(sources: Sources) -> pa.Array:
    """The day to which interest had been paid before the first report: the loan enters there."""
    return _dates(_openings(sources["loans"]))


def last_due_days(sources: Sources) -> pa.Array:
    """The first of the month of the last remaining instalment."""
    loans = sources["loans"]
    first, counts = _first_months(loans), _instalments(loans)
    last = [add_months(int(f), int(n) - 1) for f, n in zip(first, counts, strict=True)]
    return _dates(np.array(last, np.int64))


def plan_rows(sources: Sources) -> MadeRows:
    """The remaining contractual plan: the reported payment on the first of each month."""
    loans = sources["loans"]
    numbers = _numbers(loans)
    plan = _Plan.of(loans)
    sizes = np.diff(plan.at)
    return MadeRows(
        {
            "loan": pa.array(np.repeat(np.array(numbers, object), sizes), pa.string()),
            "version": pa.array(["1"] * len(plan.due)),
            "no": pa.array(_count_up(plan.at)),
            "due": _dates(plan.due),
            "principal": _yuan(plan.principal),
            "interest": _yuan(plan.interest),
        },
        np.repeat(loans.rows, sizes),
    )


def opening_entries(sources: Sources) -> MadeRows:
    """Each loan enters as a disbursement of the balance with which the first report begins."""
    loans = sources["loans"]
    numbers = _numbers(loans)
    return MadeRows(
        {
            "loan": pa.array(numbers),
            "kind": pa.array(["disbursement"] * len(numbers)),
            "amount": _yuan(loans.cents("reportingPeriodBeginningLoanBalanceAmount")),
            "value_date": _dates(_openings(loans)),
            "reference": pa.array([f"{number}-opening" for number in numbers]),
        },
        loans.rows,
    )


def monthly_entries(sources: Sources) -> MadeRows:
    """Payments, car proceeds, charge-offs, recoveries and small rests of each loan-month."""
    histories = list(_histories(sources))
    made = [entry for history in histories for entry in _entries_of(history)]
    made += _closing_entries(sources["loans"], histories, made)
    made.sort(key=lambda entry: (entry.row_order, entry.day, entry.order))
    return MadeRows(
        {
            "loan": pa.array([entry.loan for entry in made]),
            "kind": pa.array([EntryKind(entry.kind).name.lower() for entry in made]),
            "amount": _yuan(np.array([entry.cents for entry in made], np.int64)),
            "value_date": _dates(np.array([entry.day for entry in made], np.int64)),
            "reference": pa.array([entry.reference for entry in made]),
            "note": pa.array([entry.note for entry in made]),
        },
        np.array([entry.source_row for entry in made], np.int64),
    )


# --- one loan's months ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Month:
    source_row: int
    name: str
    first: int
    last: int
    balance: int | None
    principal: int
    paid: int
    recovered: int
    proceeds: int


@dataclass
class _History:
    loan: str
    at: int
    opening: int
    balance: int
    rate: float
    first_paid_through: int
    months: list[_Month] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    loan: str
    row_order: int
    day: int
    order: int
    kind: EntryKind
    cents: int
    reference: str
    note: str
    source_row: int


def _histories(sources: Sources) -> Iterator[_History]:
    loans, monthly = sources["loans"], sources["monthly"]
    numbers = _numbers(loans)
    openings = _openings(loans)
    balances = loans.cents("reportingPeriodBeginningLoanBalanceAmount")
    rates = loans.numbers("originalInterestRatePercentage")
    through = _days(loans.texts("interestPaidThroughDate"))
    by_number = {
        number: _History(
            number, at, int(openings[at]), int(balances[at]), float(rates[at]), int(through[at])
        )
        for at, number in enumerate(numbers)
    }
    for number, month in zip(_numbers(monthly), _months(monthly), strict=True):
        owner = by_number.get(number)
        if owner is None:  # a month without its loan: still sent on, to be refused by name
            owner = by_number[number] = _History(number, len(by_number), month.first, 0, 0.0, 0)
        owner.months.append(month)
    for history in by_number.values():
        history.months.sort(key=lambda month: month.first)
        yield history


def _months(monthly: SourceFile) -> Iterator[_Month]:
    balances = monthly.numbers("balance_end")
    columns = [
        monthly.cents(n)
        for n in ("principal_paid", "total_paid", "recovered", "repossession_proceeds")
    ]
    for n, name in enumerate(monthly.texts("month")):
        first = day_number(dt.date.fromisoformat(f"{name}-01"))
        balance = None if np.isnan(balances[n]) else round(float(balances[n]) * 100)
        principal, paid, recovered, proceeds = (int(column[n]) for column in columns)
        last = add_months(first, 1) - 1
        yield _Month(
            int(monthly.rows[n]), name, first, last, balance, principal, paid, recovered, proceeds
        )


def _entries_of(history: _History) -> Iterator[_Entry]:
    """The entries of one loan that the report states outright."""
    balance, paid_to = history.balance, history.opening
    for number, month in enumerate(history.months):
        if month.paid > 0:
            day = _payment_day(history, month, balance, paid_to)
            if number == 0 and month.first <= history.first_paid_through <= month.last:
                day = max(history.opening, history.first_paid_through)
            yield _entry(history, month, day, 0, EntryKind.REPAYMENT, month.paid, "还款")
            paid_to = day
        if month.proceeds > 0:
            yield _entry(
                history,
                month,
                month.last,
                1,
                EntryKind.PREPAYMENT,
                month.proceeds,
                "收回车辆处置款",
            )
        if month.proceeds < 0:
            yield _entry(history, month, month.last, 1, EntryKind.FEE, -month.proceeds, "收车费用")
        if month.recovered:
            yield _entry(
                history, month, month.last, 9, EntryKind.RECOVERY, month.recovered, "核销后收回"
            )
        balance = month.balance or 0


def _payment_day(history: _History, month: _Month, balance: int, paid_to: int) -> int:
    """The day in the month up to which the reported interest was charged.

    Interest runs by actual days over 365 on the balance, so that interest tells the days since the
    payment before. A day outside the month (late fees in the sum, several payments) is moved in.
    """
    interest = month.paid - month.principal
    if interest <= NO_INTEREST or balance <= 0 or history.rate <= 0:
        return min(max(_same_day(history, month), paid_to), month.last)
    days = round(interest * DAYS_A_YEAR / (balance * history.rate))
    return min(max(paid_to + days, month.first, paid_to), month.last)


def _same_day(history: _History, month: _Month) -> int:
    day = parts_of(history.opening)[2]
    return min(month.first + day - 1, month.last)


def _entry(
    history: _History, month: _Month, day: int, order: int, kind: EntryKind, cents: int, note: str
) -> _Entry:
    reference = f"{history.loan}-{month.name}-{kind.name.lower()}"
    return _Entry(
        history.loan, history.at, int(day), order, kind, cents, reference, note, month.source_row
    )


# --- what ends a loan: its amount is what the kernel says is left -------------------------------


@dataclass(frozen=True)
class _Ending:
    history: _History
    month: _Month
    charged_off: bool


def _endings(histories: list[_History]) -> Iterator[_Ending]:
    """The month in which a balance goes to nothing, or is no longer reported."""
    for history in histories:
        balance = history.balance
        for month in history.months:
            if balance > 0 and month.balance is None:  # charged off between two reports
                yield _Ending(history, month, charged_off=True)
                break
            if balance > 0 and month.balance is not None and month.balance <= 0:
                unexplained = balance - month.principal - month.balance
                yield _Ending(history, month, charged_off=unexplained > SMALL_REST)
                break
            balance = month.balance or 0


def _closing_entries(
    loans: SourceFile, histories: list[_History], made: list[_Entry]
) -> list[_Entry]:
    """Charge-offs of the whole principal left, and waivers of small rests at pay-off."""
    endings = list(_endings([history for history in histories if history.balance > 0]))
    plan = _Plan.of(loans)
    closing: list[_Entry] = []
    by_loan = _by_loan(made)
    for last in sorted({ending.month.last for ending in endings}):
        ended = [ending for ending in endings if ending.month.last == last]
        book = _kernel_book(loans, plan, [ending.history for ending in ended], by_loan)
        standing = positions(book, last)
        for n, ending in enumerate(ended):
            closing += _close(ending, int(standing.principal[n]))
    return closing


def _by_loan(made: list[_Entry]) -> dict[str, list[_Entry]]:
    """The entries that the kernel can take before a loan's end, in their order."""
    found: dict[str, list[_Entry]] = {}
    for entry in sorted(made, key=lambda entry: (entry.day, entry.order)):
        if entry.cents > 0 and entry.kind != EntryKind.RECOVERY:
            found.setdefault(entry.loan, []).append(entry)
    return found


def _close(ending: _Ending, principal: int) -> Iterator[_Entry]:
    history, month = ending.history, ending.month
    if principal <= 0:
        return
    if ending.charged_off:
        kind, note = EntryKind.WRITE_OFF, "核销全部剩余本金"
    elif principal <= SMALL_REST:
        kind, note = EntryKind.WAIVE_PRINCIPAL, "结清尾差减免"
    else:
        return
    yield _entry(history, month, month.last, 5, kind, principal, note)


def _kernel_book(
    loans: SourceFile, plan: _Plan, histories: list[_History], made: dict[str, list[_Entry]]
) -> Book:
    """The loans with the entries made so far, for the kernel."""
    rows = np.array([history.at for history in histories], np.int64)
    balances = loans.cents("reportingPeriodBeginningLoanBalanceAmount")[rows]
    rates = np.rint(loans.numbers("originalInterestRatePercentage")[rows] * 100_000_000)
    entries = [
        (int(history.opening), int(EntryKind.DISBURSEMENT), history.balance)
        if entry is None
        else (entry.day, int(entry.kind), entry.cents)
        for history in histories
        for entry in (None, *made.get(history.loan, ()))
    ]
    days, kinds, cents = (np.array(column, np.int64) for column in zip(*entries, strict=True))
    sizes = [1 + len(made.get(history.loan, ())) for history in histories]
    plan_at, picked = plan.picked(rows)
    return make_book(
        principal=balances,
        rate=rates.astype(np.int64),
        penalty_rate=rates.astype(np.int64),  # overdue principal bears the contract rate, no more
        start=np.array([history.opening for history in histories], np.int64),
        maturity=plan.due[picked[plan_at[1:] - 1]],
        plan_at=plan_at,
        due=plan.due[picked],
        due_principal=plan.principal[picked],
        due_interest=plan.interest[picked],
        entry_at=np.append(0, np.cumsum(sizes)),
        entry_date=days,
        entry_kind=kinds,
        entry_amount=cents,
        **_same_terms(len(rows)),
    )


def _same_terms(count: int) -> dict[str, Any]:
    """The terms that all loans of this format share, as the mapping file states them."""
    every = {
        "compound_rate": 0,
        "day_count": DayCount.ACT_365,
        "grace_days": 0,
        "penalty_from": PenaltyFrom.DUE_DATE,
        "allocation": Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL,
        "allocation_impaired": Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL,
        "impaired_after_days": 0,
        "interest_mode": InterestMode.BY_BALANCE,
        "excess_mode": ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL,
    }
    return {name: np.full(count, int(value), np.int64) for name, value in every.items()}


# --- terms ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    """The remaining plans of all loans of a source file, one after the other."""

    at: Days
    due: Days
    principal: Days
    interest: Days

    @classmethod
    def of(cls, loans: SourceFile) -> _Plan:
        """The reported payment each month until nothing is left; the last month takes the rest."""
        counts, first = _instalments(loans), _first_months(loans)
        payment = loans.cents("reportingPeriodScheduledPaymentAmount")
        balance = loans.cents("reportingPeriodBeginningLoanBalanceAmount")
        monthly = loans.numbers("originalInterestRatePercentage") / 12
        rows = [
            (add_months(int(first[n]), k), principal, interest)
            for n in range(len(counts))
            for k, principal, interest in _amortised(
                int(balance[n]), int(payment[n]), float(monthly[n]), int(counts[n])
            )
        ]
        due, principal, interest = (np.array(c, np.int64) for c in zip(*rows, strict=True))
        return cls(np.append(0, np.cumsum(counts)), due, principal, interest)

    def picked(self, loans: Days) -> tuple[Days, Days]:
        """Offsets and rows of some of the loans."""
        sizes = (self.at[1:] - self.at[:-1])[loans]
        rows = [np.arange(self.at[n], self.at[n + 1]) for n in loans]
        return np.append(0, np.cumsum(sizes)), np.concatenate(rows)


def _amortised(
    balance: int, payment: int, monthly: float, count: int
) -> Iterator[tuple[int, int, int]]:
    for k in range(count):
        interest = round(balance * monthly)
        wanted = balance if k == count - 1 else min(balance, max(0, payment - interest))
        yield k, wanted, interest
        balance -= wanted


def _instalments(loans: SourceFile) -> Days:
    """The months still to pay: what remains after the first report, and its own."""
    return loans.numbers("remainingTermtoMaturityNumber").astype(np.int64) + 1


def _first_months(loans: SourceFile) -> Days:
    begins = _days(loans.texts("reportingPeriodBeginningDate"))
    return np.array([day - parts_of(int(day))[2] + 1 for day in begins], np.int64)


def _openings(loans: SourceFile) -> Days:
    """The day to which interest was paid before the first report (see the documentation)."""
    through = _days(loans.texts("interestPaidThroughDate"))
    first = _first_months(loans)
    principal = loans.cents("actualPrincipalCollectedAmount")
    other = loans.cents("actualOtherCollectedAmount")
    interest = loans.cents("totalActualAmountPaid") - principal - other
    balance = loans.cents("reportingPeriodBeginningLoanBalanceAmount")
    per_day = balance * loans.numbers("originalInterestRatePercentage") / DAYS_A_YEAR
    days = np.rint(np.where(per_day > 0, interest / np.maximum(per_day, 1e-9), 0))
    paid_this_month = (through >= first) & (interest > 0)
    opening = np.where(paid_this_month, through - days, through).astype(np.int64)
    believed = (opening < first) & (opening >= first - MOST_DAYS_BEFORE)
    return np.where(believed, opening, first - 1)


def _numbers(source: SourceFile) -> list[str]:
    files, assets = source.texts("src_file"), source.texts("assetNumber")
    return [f"{file}-{asset}" for file, asset in zip(files, assets, strict=True)]


def _days(texts: list[str]) -> Days:
    """Day numbers of dates written month-day-year."""
    read = (dt.datetime.strptime(text, "%m-%d-%Y").date() for text in texts)  # noqa: DTZ007
    return np.fromiter((day_number(date) for date in read), np.int64, len(texts))


def _dates(days: Days) -> pa.Array:
    return pa.array([date_of(int(day)) for day in days], pa.date32())


def _yuan(cents: Days) -> pa.Array:
    """Whole cents as the decimal amounts in which the standard format writes money."""
    return pa.array([f"{int(c) / 100:.2f}" for c in cents], pa.string())


def _count_up(at: Days) -> Days:
    return np.arange(at[-1]) - np.repeat(at[:-1], np.diff(at)) + 1
