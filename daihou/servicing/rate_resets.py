"""The daily step that sets floating rates anew (重定价): before positions, all loans at once.

A reset is one change of terms and, where interest goes by plan, the next version of the plan. What
cannot be reset (no quote, bad data, a later plan) is set aside with its reason and tried again on
every day; it never stops the book, and no rate is guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa

from daihou.loan_book.choices import PlanReason, TermChangeKind
from daihou.policy.choices import Benchmark
from daihou.policy.models import BenchmarkQuote
from daihou.policy.queries import quotes_that_count
from daihou.servicing.book_on_day import StepResult
from daihou.servicing.choices import RESET_DONE, ResetOutcome
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_growth import book_of_loans
from daihou.servicing.columnar_reading import take_runs
from daihou.servicing.floating_rates import in_words, kernel_quotes, rate_on
from daihou.servicing.marks import BookMarks, read_marks
from daihou.servicing.plan_styles import interest_by_of, kernel_methods
from daihou.storage.bulk import copy_in, insert_or_update, read_table, update_rows
from loanmath.codes import InterestMode, Problem
from loanmath.dates import date_of, day_number
from loanmath.floating import FloatingRate
from loanmath.rates import MAX_RATE, NO_RATE, Rate
from loanmath.repricing import Repriced, new_terms, reprice_plans, resets_after

Numbers = npt.NDArray[np.int64]

_AT_A_TIME = 100_000  # loans whose rows are in memory together
_BY_PLAN = (int(InterestMode.BY_PLAN), int(InterestMode.BY_BALANCE_LEVEL))

_ANY_DUE = "SELECT EXISTS (SELECT FROM loan_book_floatingterms WHERE next_reset_on <= %s)"
# Whoever makes a plan for one of the loans waits for the step, or the step for them.
_LOCK = """
    SELECT count(*) FROM (
        SELECT loan.id FROM loan_book_loan AS loan
        JOIN loan_book_floatingterms AS terms ON terms.loan_id = loan.id
        WHERE terms.next_reset_on <= %s ORDER BY loan.id FOR NO KEY UPDATE OF loan
    ) AS locked
"""
_DUE = """
    SELECT terms.id AS terms, terms.loan_id AS loan, terms.next_reset_on AS reset_on,
      terms.benchmark, terms.spread_bps, terms.notice_days,
      coalesce(terms.lowest, %(none)s) AS lowest, coalesce(terms.highest, %(most)s) AS highest,
      terms.cycle_months, (terms.reset_rule = 'calendar')::int4 AS on_calendar,
      loan.disbursed_on, loan.matures_on, loan.method, loan.interest_mode,
      coalesce(plan.version, 0) AS version,
      coalesce(plan.effective_from, loan.disbursed_on) AS planned_on,
      coalesce(changed.rate, -1) AS rate_of_others, coalesce(open.outcome, 0) AS outcome_so_far
    FROM loan_book_floatingterms AS terms
    JOIN loan_book_loan AS loan ON loan.id = terms.loan_id
    LEFT JOIN LATERAL (
        SELECT version, effective_from FROM loan_book_planversion AS one
        WHERE one.loan_id = terms.loan_id ORDER BY version DESC LIMIT 1
    ) AS plan ON true
    LEFT JOIN loan_book_termchange AS changed ON changed.loan_id = terms.loan_id
      AND changed.kind = %(rate)s AND changed.effective_from = terms.next_reset_on
    LEFT JOIN servicing_ratereset AS open ON open.terms_id = terms.id
      AND open.reset_on = terms.next_reset_on
    WHERE terms.next_reset_on <= %(day)s AND terms.id <> ALL (%(aside)s)
      AND terms.loan_id <= %(last_loan)s
    ORDER BY terms.loan_id
"""


@dataclass(frozen=True)
class _Due:
    """Floating loans whose reset day has come, one value each."""

    columns: Mapping[str, Numbers]

    @classmethod
    def read(
        cls, connection: psycopg.Connection, day: dt.date, marks: BookMarks, aside: Sequence[int]
    ) -> _Due:
        """Each loan's oldest reset that is still to be made; those set aside today left out."""
        given = {
            "day": day, "aside": list(aside), "none": int(NO_RATE), "most": int(MAX_RATE),
            "rate": int(TermChangeKind.RATE), "last_loan": marks.loan,
        }  # fmt: skip
        table = read_table(connection, _DUE, given)
        return cls({name: _numbers(table.column(name)) for name in table.column_names})

    def __getitem__(self, name: str) -> Numbers:
        return self.columns[name]

    def __len__(self) -> int:
        return int(self["terms"].size)

    def take(self, rows: npt.NDArray[Any]) -> _Due:
        """Some of them."""
        return _Due({name: values[rows] for name, values in self.columns.items()})

    def parts(self) -> list[_Due]:
        """By reset day, and no more at a time than fit into memory."""
        found = []
        for day in np.unique(self["reset_on"]):
            rows = np.flatnonzero(self["reset_on"] == day)
            found += [rows[at : at + _AT_A_TIME] for at in range(0, rows.size, _AT_A_TIME)]
        return [self.take(rows) for rows in found]


@dataclass(frozen=True)
class _Priced:
    """By which quote each loan is priced, and at which rate; -1 where there is none."""

    quote: Numbers
    rate: Numbers
    told: pa.Array  # the pricing in words, empty where there is no quote


@dataclass(frozen=True)
class _Made:
    """What became of the resets of some loans; all values in the same order."""

    due: _Due
    outcome: Numbers
    priced: _Priced
    repriced: Repriced
    is_changed: npt.NDArray[np.bool_]
    is_replanned: npt.NDArray[np.bool_]

    @property
    def is_finished(self) -> npt.NDArray[np.bool_]:
        """Which need not be tried again."""
        return np.isin(self.outcome, RESET_DONE)


def reset_due_rates(connection: psycopg.Connection, day: dt.date, quote_age: int) -> StepResult:
    """Set the rates anew whose reset day has come, those missed earlier included.

    Runs inside the step's transaction. A quote older than `quote_age` days on the day that counts
    is no quote. Without a loan that is due this costs one look into an index.
    """
    cursor = psycopg.Cursor(connection)
    row = cursor.execute(_ANY_DUE, (day,)).fetchone()
    if row is None or not row[0]:
        return StepResult(rows=0)
    cursor.execute(_LOCK, (day,))
    marks = read_marks(connection)
    quotes = quotes_that_count()
    aside: list[int] = []
    counts = {"重定价": 0, "利率变动": 0, "新还款计划": 0, "缺报价": 0, "其他未重定价": 0}
    while len(due := _Due.read(connection, day, marks, aside)):
        for part in due.parts():
            book = book_of_loans(connection, marks, part["loan"].tolist())
            part = part.take(np.argsort(book.places.of(part["loan"])))  # as the book has them
            made = _made(part, book, day, _priced(part, quotes, quote_age))
            _write(cursor, made, day)
            _count(counts, made)
            aside += part["terms"][~made.is_finished].tolist()
    rows = counts["重定价"] + counts["利率变动"] + counts["新还款计划"]
    return StepResult(rows=rows, figures=counts)


def _priced(
    due: _Due, quotes: Mapping[Benchmark, Sequence[BenchmarkQuote]], quote_age: int
) -> _Priced:
    """Price each sort of terms once; a few hundred sorts make up any book."""
    names = ("reset_on", "benchmark", "spread_bps", "notice_days", "lowest", "highest")
    sorts, of_loan = np.unique(
        np.column_stack([due[name] for name in names]), axis=0, return_inverse=True
    )
    of_loan = of_loan.reshape(-1)
    quote, rate = np.full(len(sorts), -1), np.full(len(sorts), -1)
    told = [""] * len(sorts)
    kernel = {benchmark: kernel_quotes(rows) for benchmark, rows in quotes.items()}
    for n, (reset_on, code, spread, notice, lowest, highest) in enumerate(sorts.tolist()):
        terms = FloatingRate(spread, notice_days=notice, lowest=Rate(lowest), highest=Rate(highest))
        benchmark = Benchmark(code)
        priced = rate_on(terms, kernel[benchmark], date_of(reset_on), quote_age)
        if priced is not None:
            row = quotes[benchmark][priced.place]
            quote[n], rate[n] = row.pk, priced.rate
            told[n] = f"{date_of(reset_on)} 重定价:{in_words(row, spread)}"
    words = pa.array(told).take(pa.array(of_loan))
    return _Priced(quote[of_loan], rate[of_loan], words)


def _made(due: _Due, book: ColumnarBook, day: dt.date, priced: _Priced) -> _Made:
    """Work out the new plans, and what becomes of each reset."""
    (_, kernel_book), *_ = book.on(day_number(day))
    on = int(due["reset_on"][0])
    interest_by = interest_by_of(due["method"], due["interest_mode"])
    terms = new_terms(np.maximum(priced.rate, 0), kernel_methods(due["method"]), interest_by)
    plans = reprice_plans(kernel_book, on, terms)
    by_plan = np.isin(due["interest_mode"], _BY_PLAN)
    outcome = np.select(
        [
            due["rate_of_others"] >= 0,
            plans.problem != Problem.NONE,
            plans.ahead <= 0,
            priced.rate < 0,
            by_plan & (due["planned_on"] > on),
        ],
        [
            ResetOutcome.BY_OTHERS,
            ResetOutcome.NOT_COMPUTABLE,
            ResetOutcome.NOTHING_LEFT,
            ResetOutcome.NO_QUOTE,
            ResetOutcome.LATER_PLAN,
        ],
        ResetOutcome.DONE,
    )
    is_changed = (outcome == ResetOutcome.DONE) & (plans.rate_before != priced.rate)
    has_plan = np.diff(plans.plans.plan_at) > 0
    return _Made(due, outcome, priced, plans, is_changed, is_changed & by_plan & has_plan)


def _write(cursor: psycopg.Cursor, made: _Made, day: dt.date) -> None:
    due, today = made.due, day_number(day)
    changed = np.flatnonzero(made.is_changed)
    if changed.size:
        columns = {
            "loan_id": due["loan"][changed],
            "kind": np.full(changed.size, int(TermChangeKind.RATE), np.int16),
            "effective_from": _days(due["reset_on"][changed]),
            "rate": made.priced.rate[changed],
            "booked_on": _days(np.full(changed.size, today)),
            "reason": made.priced.told.take(pa.array(changed)),
        }
        copy_in(cursor, "loan_book_termchange", columns)
    if made.is_replanned.any():
        _write_plans(cursor, made)
    _write_resets(cursor, made, today)
    done = np.flatnonzero(made.is_finished)
    if done.size:
        following = {"id": due["terms"][done], "next_reset_on": _following(due.take(done))}
        update_rows(cursor, "loan_book_floatingterms", ["id"], following)


def _write_plans(cursor: psycopg.Cursor, made: _Made) -> None:
    """The next plan versions, in the order of the book."""
    due, plans = made.due, made.repriced.plans
    rows = np.flatnonzero(made.is_replanned)
    sizes = np.diff(plans.plan_at)[rows]
    starts = plans.plan_at[rows]
    offsets = pa.array(np.append(0, np.cumsum(sizes)).astype(np.int32))

    def lists(values: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(offsets, values)

    columns = {
        "loan_id": due["loan"][rows],
        "version": due["version"][rows] + 1,
        "effective_from": _days(due["reset_on"][rows]),
        "reason": pa.array([PlanReason.REPRICING.value] * rows.size),
        "note": made.priced.told.take(pa.array(rows)),
        "due_dates": lists(_days(take_runs(plans.due, starts, sizes))),
        "principal": lists(pa.array(take_runs(plans.principal, starts, sizes))),
        "interest": lists(pa.array(take_runs(plans.interest, starts, sizes))),
    }
    copy_in(cursor, "loan_book_planversion", columns)


def _write_resets(cursor: psycopg.Cursor, made: _Made, today: int) -> None:
    """What became of each, unless it is set aside for the same reason as before."""
    due, outcome = made.due, made.outcome
    news = np.flatnonzero(outcome != due["outcome_so_far"])
    if not news.size:
        return
    is_done = outcome[news] == ResetOutcome.DONE
    others = outcome[news] == ResetOutcome.BY_OTHERS
    after = np.where(others, due["rate_of_others"][news], made.priced.rate[news])
    columns = {
        "terms_id": due["terms"][news],
        "reset_on": _days(due["reset_on"][news]),
        "outcome": outcome[news].astype(np.int16),
        "found_on": _days(np.full(news.size, today)),
        "quote_id": pa.array(made.priced.quote[news], mask=~is_done),
        "rate_before": pa.array(made.repriced.rate_before[news], mask=~is_done),
        "rate_after": pa.array(after, mask=~(is_done | others)),
    }
    insert_or_update(cursor, "servicing_ratereset", ["terms_id", "reset_on"], columns)


def _following(due: _Due) -> pa.Array:
    """The next reset day of each loan; none from its maturity on."""
    following = resets_after(
        due["cycle_months"], due["on_calendar"], due["disbursed_on"], due["reset_on"]
    )
    return _days(following, following >= due["matures_on"])


def _count(counts: dict[str, int], made: _Made) -> None:
    outcome = made.outcome
    counts["重定价"] += int(np.count_nonzero(outcome == ResetOutcome.DONE))
    counts["利率变动"] += int(made.is_changed.sum())
    counts["新还款计划"] += int(made.is_replanned.sum())
    no_quote = outcome == ResetOutcome.NO_QUOTE
    counts["缺报价"] += int(np.count_nonzero(no_quote))
    counts["其他未重定价"] += int(np.count_nonzero(~made.is_finished & ~no_quote))


def _numbers(column: Any) -> Numbers:
    """A column of the answer as whole numbers; dates as day numbers."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.int32())
    return np.asarray(column.to_numpy(), np.int64)


def _days(numbers: Any, missing: Any = None) -> pa.Array:
    return pa.array(np.asarray(numbers, np.int32), pa.int32(), mask=missing).cast(pa.date32())
