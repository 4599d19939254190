"""`daihou bench schedules`: repayment plans by the kernel beside a loop in Python's Decimal.

The loop is what a careful programmer would write without the kernel: one loan after the other,
28 digits, each amount rounded half up to the fen, multiplied before it is divided (dividing first,
it was a fen off on loan 4,533 of this book, where the interest is exactly half a fen). Its plans
are compared with the kernel's to the cent and to the day.
"""

from __future__ import annotations

import datetime as dt
import time
from calendar import monthrange
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from loanmath.bench import best_of, synthetic_plan_terms
from loanmath.dates import date_of, day_number
from loanmath.schedule import Plans, PlanTerms, make_plans

_A_MONTH = Decimal(12 * 100 * 1_000_000)  # a yearly rate in millionths of a percent, by month
_FEN = Decimal(1)
_RUNS = 3

Row = tuple[int, int, int]  # day number, principal, interest


class PlansDiffer(Exception):
    """The two made different plans of one loan."""


def bench_schedules(*, loans: int, looped: int, as_json: bool) -> int:
    """Measure both, compare, print; returns the exit code."""
    result = measure(loans, min(looped, loans))
    if as_json:
        Console().print_json(data=result)
    else:
        _show(result)
    return 0


def measure(loans: int, looped: int) -> dict[str, Any]:
    """Seconds of both, and how many times faster the kernel is for as many loans.

    Raises `PlansDiffer` unless every plan of the loop is the kernel's.
    """
    terms = synthetic_plan_terms(loans)
    one_seconds, one_cpu, plans = best_of(_RUNS, lambda: make_plans(terms, threads=1))
    two_seconds, two_cpu, _ = best_of(_RUNS, lambda: make_plans(terms, threads=2))
    begun, used = time.perf_counter(), time.process_time()
    made = [decimal_plan(terms, n) for n in range(looped)]
    loop_seconds, loop_cpu = time.perf_counter() - begun, time.process_time() - used
    _must_agree(plans, made)
    per_loan = loop_cpu / looped
    return {
        "loans": loans,
        "instalments": int(plans.plan_at[-1]),
        "looped_loans": looped,
        "compared_instalments": sum(len(rows) for rows in made),
        "kernel_seconds": one_seconds,
        "kernel_cpu_seconds": one_cpu,
        "kernel_two_threads_seconds": two_seconds,
        "kernel_two_threads_cpu_seconds": two_cpu,
        "loop_seconds": round(loop_seconds, 3),
        "loop_cpu_seconds": round(loop_cpu, 3),
        # by processor time, which other work on the machine disturbs least
        "times_faster_one_thread": round(per_loan / (one_cpu / loans), 1),
        # by the clock, against one loop
        "times_faster_two_threads": round(loop_seconds / looped / (two_seconds / loans), 1),
    }


def decimal_plan(terms: PlanTerms, n: int) -> list[Row]:
    """The plan of loan `n`, level payment by whole months, as a loop in Decimal makes it."""
    balance, yearly = Decimal(int(terms.principal[n])), Decimal(int(terms.rate[n]))
    rate = yearly / _A_MONTH
    dues = _due_days(terms, n)
    level = _rounded(balance * rate / (1 - (1 + rate) ** -len(dues)))
    rows = []
    for due in dues[:-1]:
        interest = _rounded(balance * yearly / _A_MONTH)
        principal = min(balance, max(Decimal(0), level - interest))
        rows.append((due, int(principal), int(interest)))
        balance -= principal
    rows.append((dues[-1], int(balance), int(_rounded(balance * yearly / _A_MONTH))))
    return rows


def _due_days(terms: PlanTerms, n: int) -> list[int]:
    """The due days: the same day of each month, from the first one until maturity."""
    day, last = date_of(int(terms.first_due[n])), date_of(int(terms.maturity[n]))
    due_day, dues = int(terms.due_day[n]), []
    while day < last:
        dues.append(day_number(day))
        year, month = divmod(day.year * 12 + day.month, 12)
        day = dt.date(year, month + 1, min(due_day, monthrange(year, month + 1)[1]))
    return [*dues, day_number(last)]


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_FEN, rounding=ROUND_HALF_UP)


def _must_agree(plans: Plans, made: list[list[Row]]) -> None:
    """Compare instalment by instalment: the day, the principal and the interest."""
    for n, rows in enumerate(made):
        part = slice(int(plans.plan_at[n]), int(plans.plan_at[n + 1]))
        columns = (plans.due[part], plans.principal[part], plans.interest[part])
        kernel = list(zip(*(column.tolist() for column in columns), strict=True))
        if kernel != rows:
            raise PlansDiffer(f"第 {n + 1} 笔:内核 {kernel},Decimal {rows}")


def _show(result: dict[str, Any]) -> None:
    console = Console()
    table = Table("", "借据", "秒", "处理器秒", "快", title="等额本息还款计划,逐期到分比对一致")
    for name, prefix, times in (
        ("内核,单线程", "kernel", "one_thread"),
        ("内核,两线程", "kernel_two_threads", "two_threads"),
    ):
        table.add_row(
            name,
            f"{result['loans']:,}",
            f"{result[f'{prefix}_seconds']:.3f}",
            f"{result[f'{prefix}_cpu_seconds']:.3f}",
            f"{result[f'times_faster_{times}']:,} 倍",
        )
    table.add_row(
        "Decimal 循环",
        f"{result['looped_loans']:,}",
        f"{result['loop_seconds']:.3f}",
        f"{result['loop_cpu_seconds']:.3f}",
        "",
    )
    console.print(table)
    console.print(
        f"每笔 24 期;比对 {result['compared_instalments']:,} 期的应还日、本金、利息,全部相同。\n"
        "单线程的倍数按处理器时间,两线程的按钟表时间对一个循环;均折算到每笔。"
    )
