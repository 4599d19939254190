"""How fast the kernel is on this machine: `python -m loanmath.bench --loans 1000000`.

`--events 4447` instead measures one loan with so many ledger entries: its position, its timeline,
and what a correction asks of it, which is both its courses and where they differ.

The book is made up: 24 monthly instalments a loan, a disbursement and 11 payments each, 5 % of the
loans overdue. Times are the best of several runs after the first (which loads or compiles the
kernel and touches the memory): seconds by the clock, and of processor time over all threads, which
tells more on a machine that has other work.
"""

import argparse
import datetime as dt
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from loanmath.book import Book, make_book
from loanmath.codes import EntryKind
from loanmath.courses import Course, Span, course_in, course_of, differing_spans
from loanmath.dates import parts_of
from loanmath.loans import Entry, Loan, Terms, book_of
from loanmath.money import Money, yuan
from loanmath.one_loan import position_in, timeline_of
from loanmath.plans import PlanRequest, plan_for
from loanmath.positions import make_positions, positions
from loanmath.rates import percent
from loanmath.schedule import Method, Plans, PlanTerms, make_plan_terms, make_plans

INSTALMENTS = 24
PAYMENTS = 11
FIRST_START = 19_905  # 2024-07-01
STARTS = 27  # loans begin on so many different days
OVERDUE_SHARE = 0.05
AS_OF = FIRST_START + 365

T = TypeVar("T")


def synthetic_plan_terms(loans: int, seed: int = 1) -> PlanTerms:
    """Terms of made-up loans: 10,000 to 500,000 yuan, 3.5 % to 15 %, level payment."""
    random = np.random.default_rng(seed)
    start = FIRST_START + random.integers(0, STARTS, loans)
    months_later = [parts_of(day)[2] for day in range(FIRST_START, FIRST_START + STARTS)]
    due_day = np.array(months_later)[start - FIRST_START]
    return make_plan_terms(
        method=0,
        principal=random.integers(1_000_000, 50_000_000, loans),
        rate=random.integers(350, 1500, loans) * 10_000,
        start=start,
        first_due=start + 31,  # July has 31 days
        maturity=start + 730,  # July 2024 to July 2026
        months=1,
        due_day=due_day,
        merge_last=0,
        interest_only=0,
        interest_by=0,
        day_count=0,
        interest_to_due=0,
        roll=0,
        unit=1,
        direction=0,
    )


def synthetic_book(terms: PlanTerms, plans: Plans, seed: int = 1) -> Book:
    """A book of such loans with their payments; one in twenty stopped paying some months ago."""
    loans = terms.principal.size
    random = np.random.default_rng(seed)
    missed = np.where(
        random.random(loans) < OVERDUE_SHARE, random.integers(1, PAYMENTS + 1, loans), 0
    )
    rows = plans.plan_at[:-1, None] + np.arange(PAYMENTS)
    made = np.arange(PAYMENTS) < (PAYMENTS - missed)[:, None]
    amount = np.where(made, plans.principal[rows] + plans.interest[rows], 0)
    ones = np.ones((loans, 1), dtype=bool)
    kept = np.concatenate([ones, made], axis=1)
    kind = np.full((loans, PAYMENTS + 1), int(EntryKind.REPAYMENT))
    kind[:, 0] = int(EntryKind.DISBURSEMENT)
    days = np.concatenate([terms.start[:, None], plans.due[rows]], axis=1)
    amounts = np.concatenate([terms.principal[:, None], amount], axis=1)
    same = np.ones(loans, dtype=np.int64)
    return make_book(
        principal=terms.principal,
        rate=terms.rate,
        penalty_rate=terms.rate * 3 // 2,
        compound_rate=terms.rate * 3 // 2,
        day_count=same * 0,
        start=terms.start,
        maturity=terms.maturity,
        grace_days=same * 3,
        penalty_from=same * 0,
        allocation=same * 0,
        allocation_impaired=same * 2,
        impaired_after_days=same * 90,
        interest_mode=same * 0,
        excess_mode=same * 0,
        plan_at=plans.plan_at,
        due=plans.due,
        due_principal=plans.principal,
        due_interest=plans.interest,
        entry_at=np.concatenate([[0], np.cumsum(kept.sum(axis=1))]),
        entry_date=days[kept],
        entry_kind=kind[kept],
        entry_amount=amounts[kept],
    )


def best_of(runs: int, work: Callable[[], T]) -> tuple[float, float, T]:
    """The least seconds that some work took, by the clock and of processor time; its result."""
    clock = processor = float("inf")
    result = work()
    for _ in range(runs):
        begun, used = time.perf_counter(), time.process_time()
        result = work()
        clock = min(clock, time.perf_counter() - begun)
        processor = min(processor, time.process_time() - used)
    return round(clock, 6), round(processor, 6), result


def measure(loans: int, threads: int = 2, runs: int = 3) -> dict[str, Any]:
    """Seconds to make the plans of so many loans, and to compute their positions on a day."""
    terms = synthetic_plan_terms(loans)
    plan_seconds, plan_cpu, plans = best_of(runs, lambda: make_plans(terms, threads=threads))
    book = synthetic_book(terms, plans)
    out = make_positions(loans)
    position_seconds, position_cpu, _ = best_of(
        runs, lambda: positions(book, AS_OF, out=out, threads=threads)
    )
    return {
        "loans": loans,
        "instalments": int(plans.plan_at[-1]),
        "entries": int(book.entry_at[-1]),
        "threads": threads,
        "plan_seconds": plan_seconds,
        "plan_cpu_seconds": plan_cpu,
        "position_seconds": position_seconds,
        "position_cpu_seconds": position_cpu,
        "overdue_loans": int(np.count_nonzero(out.days_past_due)),
        "set_aside": int(np.count_nonzero(out.problem)),
    }


def busy_loan(entries: int) -> Loan:
    """A loan of fifteen years on which something is paid nearly every day."""
    start = dt.date(2011, 1, 10)
    plan = plan_for(
        PlanRequest(
            method=Method.LEVEL_PAYMENT,
            principal=yuan("1800000"),
            rate=percent("4.9"),
            start=start,
            maturity=dt.date(2026, 1, 10),
        )
    )
    terms = Terms(
        principal=yuan("1800000"),
        rate=percent("4.9"),
        start=start,
        maturity=plan[-1].due,
        penalty_rate=percent("7.35"),
        compound_rate=percent("7.35"),
    )
    paid = (
        Entry(start + dt.timedelta(days=n), EntryKind.REPAYMENT, Money(46_000))
        for n in range(1, entries)
    )
    return Loan(terms, tuple(plan), (Entry(start, EntryKind.DISBURSEMENT, terms.principal), *paid))


def measure_one(entries: int, runs: int = 20) -> dict[str, Any]:
    """Milliseconds for one loan with so many entries, one of which turns out to be missing."""
    believed = busy_loan(entries)
    true = replace(believed, entries=believed.entries[:100] + believed.entries[101:])
    last = believed.entries[-1].date
    books = [book_of([loan]) for loan in (believed, true)]

    def compared(was: Course, now: Course) -> list[Span]:
        return differing_spans(was, now, believed.terms.start, last)

    work: dict[str, Callable[[], Any]] = {
        "position": lambda: position_in(books[1], 0, last),
        "two_courses_compared": lambda: compared(*(course_in(book, 0, last) for book in books)),
        "the_same_from_plain_entries": lambda: compared(
            *(course_of(loan, last) for loan in (believed, true))
        ),
        "timeline": lambda: timeline_of(true, last),
    }
    found = {name: best_of(runs, one) for name, one in work.items()}
    return {
        "entries": len(believed.entries),
        "instalments": len(believed.plan),
        "lines": len(found["timeline"][2]),
        "spans": len(found["two_courses_compared"][2]),
        **{f"{name}_ms": round(clock * 1000, 1) for name, (clock, _, _) in found.items()},
        **{f"{name}_cpu_ms": round(used * 1000, 1) for name, (_, used, _) in found.items()},
    }


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--events", type=int, default=0, help="one loan with so many entries")
    asked = vars(parser.parse_args())
    events = asked.pop("events")
    print(json.dumps(measure_one(events) if events else measure(**asked)))


if __name__ == "__main__":
    main()
