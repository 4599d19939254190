"""A real book against its own reports: the kernel's balances beside those that were filed.

It imports the filings (format abs-ee-auto) into a database of its own in a temporary folder, reads
the book as the daily run does, computes every month's end, and compares. Balances are in dollars.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, transaction

from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.choices import BatchStatus, LoadMode
from daihou.feeds.formats.abs_ee_auto import loan_numbers
from daihou.feeds.mapping import SourceFile, read_sources
from daihou.feeds.mapping_files import read_mapping
from daihou.feeds.models import ImportBatch
from daihou.loan_book.models import Loan
from daihou.servicing.columnar import ONE_VOLUME, ColumnarBook
from daihou.servicing.columnar_growth import grown
from daihou.servicing.marks import take_marks
from loanmath.book import Book, make_book
from loanmath.codes import EntryKind, ExcessMode, Problem
from loanmath.dates import add_months, day_number
from loanmath.positions import Positions, positions

FORMAT = "abs-ee-auto"
MISSED = 3
A_DOLLAR = 100
DAYS_A_YEAR = 365
ROUNDING = 1.0  # a cent
TOLERANCES = (0, 1, 100, 1_000, 10_000)  # cents
BUCKETS = ((0, 0), (1, 30), (31, 60), (61, 90), (91, 10**6))
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Reported:
    """The filings as arrays: which loan, which month (day number of its last day), what balance."""

    numbers: list[str]
    originated: list[str]
    loan: Ints
    month_end: Ints
    balance: Ints
    known: Any  # whether a balance was reported at all
    paid: Ints
    principal: Ints
    payment: Ints  # the scheduled payment, per loan
    opening: Ints  # the balance with which the first report begins, per loan
    rate: Any  # the yearly rate as a ratio, per loan


@dataclass(frozen=True)
class Month:
    """One month of the book: how many loans are how late, and what is owed."""

    month: str
    loans: int
    buckets: tuple[int, ...]
    behind: tuple[int, ...]  # none, one, two, three, four or more instalments
    unpaid: int  # loans on which, by the report, nothing was paid in the month
    balance: int
    reported_balance: int


def real_book_figures(path: Path) -> dict[str, Any]:
    """Import the filings and compare; every figure of docs/real-books.md comes from here."""
    reported = read_reported(path)
    last = dt.date(1970, 1, 1) + dt.timedelta(days=int(reported.month_end.max()))
    batch = import_files(
        request=ImportRequest(
            path=path, format_name=FORMAT, business_date=last, mode=LoadMode.GOOD_ROWS
        )
    )
    if batch.status != BatchStatus.LOADED:
        raise RuntimeError(str(batch.problems.first()))
    with transaction.atomic(), connection.cursor() as wrapped:
        marks = take_marks(wrapped.connection)
        book = grown(wrapped.connection, ColumnarBook.empty(ONE_VOLUME), marks)
    return {
        "rows": _row_facts(batch),
        "loans": len(reported.numbers),
        "loan_months": int(reported.known.sum()),
    } | _compare(book, reported)


def read_reported(path: Path) -> Reported:
    """The two source files of the format as arrays."""
    sources = read_sources(read_mapping(FORMAT), path, lambda _: None)
    loans, monthly = sources["loans"], sources["monthly"]
    numbers = loan_numbers(sources).to_pylist()
    place = {number: n for n, number in enumerate(numbers)}
    balances = monthly.numbers("balance_end")
    return Reported(
        numbers,
        loans.texts("originationDate"),
        np.array([place[number] for number in _numbers(monthly)], np.int64),
        np.array([_month_end(month) for month in monthly.texts("month")], np.int64),
        np.rint(np.nan_to_num(balances) * 100).astype(np.int64),
        ~np.isnan(balances),
        monthly.cents("total_paid"),
        monthly.cents("principal_paid"),
        loans.cents("reportingPeriodScheduledPaymentAmount"),
        loans.cents("reportingPeriodBeginningLoanBalanceAmount"),
        loans.numbers("originalInterestRatePercentage"),
    )


def _numbers(monthly: SourceFile) -> list[str]:
    files, assets = monthly.texts("src_file"), monthly.texts("assetNumber")
    return [f"{file}-{asset}" for file, asset in zip(files, assets, strict=True)]


def _month_end(month: str) -> int:
    return add_months(day_number(dt.date.fromisoformat(f"{month}-01")), 1) - 1


def _row_facts(batch: ImportBatch) -> dict[str, Any]:
    problems = batch.problems.values("file", "row", "field", "reason")
    return {"files": batch.files, "problems": list(problems)}


def _compare(book: ColumnarBook, reported: Reported) -> dict[str, Any]:
    """Both readings of the book at every month's end."""
    ids = dict(Loan.objects.values_list("number", "id"))
    order = book.places.of(np.array([ids.get(n, 0) for n in reported.numbers], np.int64))
    differences = {name: np.zeros(len(reported.loan), np.int64) for name in ("book", "simple")}
    ever_missed = np.zeros(len(order), np.bool_)
    problems = np.zeros(len(order), np.bool_)
    months = []
    for end in np.unique(reported.month_end).tolist():
        rows = np.flatnonzero((reported.month_end == end) & reported.known)
        who = order[reported.loan[rows]]
        [(_, plain)] = book.on(end)
        standing = positions(plain, end)
        simple = positions(by_simple_interest(plain), end)
        differences["book"][rows] = owed(standing)[who] - reported.balance[rows]
        differences["simple"][rows] = owed(simple)[who] - reported.balance[rows]
        behind = instalments_behind(standing, order, reported.payment)
        ever_missed |= behind >= MISSED
        problems |= standing.problem[order] != Problem.NONE
        reported_balance = int(reported.balance[rows].sum())
        unpaid = int(((reported.paid[rows] == 0) & (reported.balance[rows] > 0)).sum())
        late = behind[reported.loan[rows]]
        months.append(_month(end, standing, who, late, unpaid, reported_balance))
    known = reported.known
    monthly = {f"{name}_month": _by_month(d, reported) for name, d in differences.items()}
    return {
        "agreement_of_months": {name: _shares(np.abs(d)) for name, d in monthly.items()},
        "agreement": {name: _shares(np.abs(d[known])) for name, d in differences.items()},
        "quantiles": {name: _quantiles(np.abs(d[known])) for name, d in differences.items()},
        "why_not": _why_not(differences["simple"], reported),
        "set_aside": int(problems.sum()),
        "months": [vars(month) for month in months],
        "missed_by_quarter": _by_quarter(reported, ever_missed),
    }


def instalments_behind(standing: Positions, order: Ints, payment: Ints) -> Ints:
    """How many scheduled payments are overdue on each loan; less than half of one is none."""
    overdue = standing.principal_overdue[order] + standing.interest_overdue[order]
    overdue = overdue + standing.penalty_due[order]
    return np.asarray((2 * overdue + payment) // np.maximum(2 * payment, 1), np.int64)


def owed(standing: Positions) -> Ints:
    """The balance as the filings count it: principal, less what was paid beyond it."""
    return standing.principal - standing.credit


def by_simple_interest(book: Book) -> Book:
    """The same loans without due dates before maturity: every payment pays the interest to its
    own day and then principal, as the servicer counts.
    """
    last = book.plan_at[1:] - 1
    kinds = np.where(book.entry_kind == EntryKind.REPAYMENT, EntryKind.PREPAYMENT, book.entry_kind)
    columns = book._asdict() | {
        "plan_at": np.arange(len(last) + 1),
        "due": book.due[last] + 36_500,
        "maturity": book.maturity + 36_500,
        "due_principal": book.principal,
        "due_interest": np.zeros(len(last), np.int64),
        "entry_kind": kinds,
        "excess_mode": np.full(len(last), ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL),
    }
    return make_book(**columns)


def _month(
    end: int, standing: Positions, who: Ints, behind: Ints, unpaid: int, reported_balance: int
) -> Month:
    days = standing.days_past_due[who]
    open_loans = standing.principal[who] > 0
    buckets = tuple(
        int(((days >= low) & (days <= high) & open_loans).sum()) for low, high in BUCKETS
    )
    date = dt.date(1970, 1, 1) + dt.timedelta(days=end)
    balance = int(owed(standing)[who].sum())
    late = np.bincount(np.minimum(behind[open_loans], MISSED + 1), minlength=MISSED + 2)
    return Month(
        f"{date:%Y-%m}",
        int(open_loans.sum()),
        buckets,
        tuple(late.tolist()),
        unpaid,
        balance,
        reported_balance,
    )


def _shares(differences: Ints) -> dict[str, float]:
    """The share of loan-months within each tolerance (in cents)."""
    return {str(cents): float((differences <= cents).mean()) for cents in TOLERANCES}


def _by_month(differences: Ints, reported: Reported) -> Ints:
    """How far each month by itself is off: the difference less that of the month before."""
    known = np.flatnonzero(reported.known)
    order = known[np.lexsort((reported.month_end[known], reported.loan[known]))]
    steps = np.diff(differences[order], prepend=0)
    first = np.diff(reported.loan[order], prepend=-1) != 0
    return np.where(first, differences[order], steps)


def _quantiles(differences: Ints) -> dict[str, float]:
    marks = (0.5, 0.9, 0.99, 1.0)
    return {str(mark): float(np.quantile(differences, mark)) / 100 for mark in marks}


def _why_not(differences: Ints, reported: Reported) -> dict[str, dict[str, int]]:
    """Under which circumstances a month is more than a dollar off when interest runs simply.

    For each circumstance: how many loan-months it holds for, and how many of these are off. A
    loan-month counts under the first circumstance that holds for it.
    """
    known = np.flatnonzero(reported.known)
    rows = known[np.lexsort((reported.month_end[known], reported.loan[known]))]
    off = np.abs(_by_month(differences, reported)) > A_DOLLAR
    left = np.ones(len(rows), np.bool_)
    found = {}
    for name, holds in _circumstances(rows, reported).items():
        mine = left & holds
        found[name] = {"months": int(mine.sum()), "off": int((mine & off).sum())}
        left &= ~holds
    return found


def _circumstances(rows: Ints, reported: Reported) -> dict[str, Any]:
    """What may make a month differ, in the order in which it is looked for."""
    loan, paid, principal = reported.loan[rows], reported.paid[rows], reported.principal[rows]
    first = np.diff(loan, prepend=-1) != 0
    before = np.where(first, reported.opening[loan], np.roll(reported.balance[rows], 1))
    a_day = before * reported.rate[loan] / DAYS_A_YEAR
    interest = paid - principal
    days = np.rint(interest / np.maximum(a_day, 1e-9))
    whole = np.abs(interest - days * a_day) <= ROUNDING
    return {
        "首次申报的月份": first,
        "结清或核销的月份": reported.balance[rows] <= 0,
        "当月分文未还": paid == 0,
        "上月分文未还": np.roll(paid, 1) == 0,
        "已付金额减已还本金不是整数天的利息": ~whole,
        "已付金额减已还本金是整数天的利息": whole,
    }


def _by_quarter(reported: Reported, ever_missed: Any) -> list[dict[str, Any]]:
    """Loans that were ever three instalments behind, by quarter of origination."""
    missed_in_row = _three_months_without_payment(reported)
    quarters = [f"{text[3:]}Q{(int(text[:2]) + 2) // 3}" for text in reported.originated]
    found = []
    for quarter in sorted(set(quarters)):
        mine = np.array([q == quarter for q in quarters])
        found.append(
            {
                "quarter": quarter,
                "loans": int(mine.sum()),
                "ever_three_behind": int(ever_missed[mine].sum()),
                "three_months_without_payment": int(missed_in_row[mine].sum()),
            }
        )
    return found


def _three_months_without_payment(reported: Reported) -> Any:
    """Loans with three months in a row in which nothing was paid though a balance stood."""
    found = np.zeros(len(reported.numbers), np.bool_)
    order = np.lexsort((reported.month_end, reported.loan))
    run, before = 0, -1
    for row in order.tolist():
        loan = int(reported.loan[row])
        run = run if loan == before else 0
        nothing = reported.known[row] and reported.paid[row] == 0 and reported.balance[row] > 0
        run = run + 1 if nothing else 0
        found[loan] |= run >= MISSED
        before = loan
    return found


def as_markdown(figures: dict[str, Any]) -> Iterator[str]:
    """The tables of docs/real-books.md."""
    names = ("book", "book_month", "simple", "simple_month")
    found = figures["agreement"] | figures["agreement_of_months"]
    yield "| 相差不超过 | 台账:余额 | 台账:当月变动 | 逐笔计息:余额 | 逐笔计息:当月变动 |"
    yield "|---:|---:|---:|---:|---:|"
    for cents in TOLERANCES:
        shares = (found[name][str(cents)] for name in names)
        said = "0" if not cents else f"{cents / 100:,.2f}"
        yield f"| {said} 美元 | " + " | ".join(f"{share:.2%}" for share in shares) + " |"
    yield ""
    yield "| 情形(依次判断) | 借据月数 | 其中当月变动相差 1 美元以上 | 比例 |\n|---|---:|---:|---:|"
    for name, counts in figures["why_not"].items():
        months, off = counts["months"], counts["off"]
        yield f"| {name} | {months:,} | {off:,} | {off / max(months, 1):.2%} |"
    yield ""
    yield (
        "| 月份 | 未结清 | 未欠 | 欠一期 | 欠两期 | 欠三期 | 欠四期以上 | 逾期 1–30 天 | 31–60 天 "
        "| 61–90 天 | 90 天以上 | 当月分文未还(申报) | 计算余额 | 申报余额 |"
    )
    yield "|---|" + "---:|" * 13
    for month in figures["months"]:
        counts = (month["loans"], *month["behind"], *month["buckets"][1:], month["unpaid"])
        money = [f"{month[name] / 100:,.2f}" for name in ("balance", "reported_balance")]
        yield f"| {month['month']} | " + " | ".join([*(f"{n:,}" for n in counts), *money]) + " |"
    yield ""
    yield "| 发放季度 | 笔数 | 曾欠三期 | 比例 | 曾连续三个月分文未还 | 比例 |"
    yield "|---|---:|---:|---:|---:|---:|"
    for quarter in figures["missed_by_quarter"]:
        count, behind = quarter["loans"], quarter["ever_three_behind"]
        nothing = quarter["three_months_without_payment"]
        yield (
            f"| {quarter['quarter']} | {count:,} | {behind} | {behind / count:.2%} "
            f"| {nothing} | {nothing / count:.2%} |"
        )
