"""New plans for many loans at once because their rates change (重定价), and days of the next reset.

`replanning.reprice` is the same for one loan, said in plain values.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from loanmath.accrual import grow, interest, rounded
from loanmath.arrays import Amounts, Codes, Counts, Days, Offsets
from loanmath.book import ENTRY_ROWS, Book, make_book
from loanmath.codes import ChangeKind, Problem
from loanmath.compiled import compiled, inlined
from loanmath.dates import add_months, day_from_parts, parts_of
from loanmath.day_count import basis_of, weight_within
from loanmath.positions import positions
from loanmath.schedule import (
    Direction,
    InterestBy,
    Plans,
    fill_amounts,
    make_room,
    period_weight,
    whole_months,
)

AS_PLANNED = -1  # instead of a `Method`: the principal stays as it was planned
CHUNK = 8192


class Repriced(NamedTuple):
    """What comes of repricing, one value per loan; loans without instalments got no new plan."""

    plans: Plans
    rate_before: Amounts
    ahead: Amounts  # principal not yet due
    problem: Codes  # Problem; not 0: the loan cannot be computed


class NewTerms(NamedTuple):
    """How plans are made anew, one value per loan."""

    rate: Amounts
    method: Codes  # Method, or AS_PLANNED
    interest_by: Codes  # InterestBy
    unit: Counts
    direction: Codes  # Direction


def new_terms(
    rate: npt.ArrayLike,
    method: npt.ArrayLike,
    interest_by: npt.ArrayLike = InterestBy.MONTHS,
    unit: int = 1,
    direction: int = Direction.NEAREST,
) -> NewTerms:
    """The usual way for many loans: each with its own rate and method."""
    rates = np.array(rate, np.int64)
    return NewTerms(
        rates,
        np.array(method, np.int8),
        np.broadcast_to(np.array(interest_by, np.int8), rates.shape).copy(),
        np.full(rates.size, unit, np.int16),
        np.full(rates.size, direction, np.int8),
    )


def reprice_plans(book: Book, on: int, terms: NewTerms, threads: int = 2) -> Repriced:
    """The plans of all loans if other rates hold from a day on: the same due dates, new amounts.

    Instalments that come after the day are made anew for the principal that is not yet due; what
    was entered after the day is left out of account.
    """
    book = entered_by(book, on)
    at = positions(book, on, threads=threads)
    ahead = np.where(at.problem == Problem.NONE, at.principal - at.principal_due, 0)
    loans, counts = ahead.size, np.zeros(ahead.size, np.int64)
    before = np.zeros(loans, np.int64)
    count_coming(book, on, ahead, counts, before)
    plans, most = make_room(counts), int(counts.max(initial=0))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        work = [
            pool.submit(
                reprice_range,
                book,
                on,
                terms,
                ahead,
                before,
                plans,
                np.zeros(2 * most, np.int64),
                first,
                min(first + CHUNK, loans),
            )
            for first in range(0, loans, CHUNK)
        ]
        for part in work:
            part.result()
    return Repriced(_without_empty(plans), before, ahead, at.problem)


def entered_by(book: Book, day: int) -> Book:
    """The book with the entries up to a day."""
    by_then = book.entry_date <= day
    if by_then.all():
        return book
    at = np.concatenate([[0], np.cumsum(by_then)])[book.entry_at]
    entries = {name: getattr(book, name)[by_then] for name in ENTRY_ROWS}
    return make_book(**{**book._asdict(), **entries, "entry_at": at})


def _without_empty(plans: Plans) -> Plans:
    """The plans without instalments that ask for nothing."""
    asks = plans.principal + plans.interest > 0
    if asks.all():
        return plans
    kept: Offsets = np.concatenate([[0], np.cumsum(asks)]).astype(np.int64)[plans.plan_at]
    return Plans(kept, plans.due[asks], plans.principal[asks], plans.interest[asks])


@compiled
def count_coming(book: Book, on: int, ahead: Amounts, counts: Offsets, before: Amounts) -> None:
    """Write how many instalments each loan has to come, and the rate in force on the day."""
    for n in range(counts.size):
        coming = 0
        for row in range(book.plan_at[n], book.plan_at[n + 1]):
            coming += book.due[row] > on
        counts[n] = coming if ahead[n] > 0 else 0
        rate = book.rate[n]
        for row in range(book.change_at[n], book.change_at[n + 1]):
            if book.change_kind[row] == ChangeKind.RATE and book.change_date[row] <= on:
                rate = book.change_value[row]
        before[n] = rate


@compiled
def reprice_range(
    book: Book,
    on: int,
    terms: NewTerms,
    ahead: Amounts,
    before: Amounts,
    plans: Plans,
    room: Amounts,
    first: int,
    last: int,
) -> None:
    """Make the new plans of the loans `first` to `last` (not counted)."""
    half = room.size // 2
    for n in range(first, last):
        a, b = plans.plan_at[n], plans.plan_at[n + 1]
        if a < b:
            reprice_one(
                book,
                n,
                on,
                terms,
                ahead[n],
                before[n],
                plans.due[a:b],
                plans.principal[a:b],
                plans.interest[a:b],
                room[: b - a],
                room[half : half + b - a],
            )


@inlined
def reprice_one(
    book: Book,
    n: int,
    on: int,
    terms: NewTerms,
    ahead: int,
    before: int,
    due: Days,
    principal: Amounts,
    interests: Amounts,
    weights: Amounts,
    bases: Amounts,
) -> None:
    """Make the new plan of loan `n`; `weights` and `bases` are working room of its length.

    The running period is charged by segments: its nights before the day at the rate before. The
    level instalment is worked out as if the new rate had held for the whole of it.
    """
    end = book.plan_at[n + 1]
    row = end - due.size
    begun = int(book.start[n])
    if row > book.plan_at[n] and book.due[row - 1] > begun:
        begun = int(book.due[row - 1])
    convention = int(book.day_count[n])
    by_months = terms.interest_by[n] == InterestBy.MONTHS and terms.method[n] != AS_PLANNED
    since = begun
    free = 0  # instalments without principal before the first one with principal (还本宽限)
    for k in range(due.size):
        due[k] = book.due[row + k]
        months = whole_months(since, int(due[k])) if by_months else 0
        weights[k], bases[k] = period_weight(months, convention, since, int(due[k]))
        since = int(due[k])
        if free == k and book.due_principal[row + k] == 0:
            free += 1
    rate = int(terms.rate[n])
    if terms.method[n] == AS_PLANNED:
        keep_principal(book.due_principal[row:end], ahead, rate, weights, bases, principal,
                       interests)  # fmt: skip
    else:
        fill_amounts(int(terms.method[n]), ahead, rate, free, int(terms.unit[n]),
                     int(terms.direction[n]), weights, bases, principal, interests)  # fmt: skip
    if begun < on:
        basis = basis_of(convention)
        old = weight_within(convention, begun, begun, on)
        new = weight_within(convention, begun, on, int(due[0]))
        whole, part = grow(0, 0, ahead, before, old, basis)
        whole, part = grow(whole, part, ahead, rate, new, basis)
        interests[0] = rounded(whole, part, basis)


@compiled
def keep_principal(
    planned: Amounts,
    ahead: int,
    rate: int,
    weights: Amounts,
    bases: Amounts,
    principal: Amounts,
    interests: Amounts,
) -> None:
    """Keep the principal as planned and work out its interest; the last takes what is over.

    Where less is left than was planned, because some was prepaid, the last instalments shrink.
    """
    balance = ahead
    for k in range(planned.size):
        interests[k] = interest(balance, rate, weights[k], bases[k])
        principal[k] = balance if k == planned.size - 1 else min(balance, planned[k])
        balance -= principal[k]


@compiled
def reset_after(months: int, on_calendar: bool, start: int, day: int) -> int:
    """The first day after `day` on which a rate is set anew; `day` is not before `start`.

    Cycles of so many months are counted from 1 January of the start's year, or from the start.
    """
    year, month, _ = parts_of(start)
    begin = day_from_parts(year, 1, 1) if on_calendar else start
    this_year, this_month, _ = parts_of(day)
    passed = 12 * (this_year - year) + this_month - (1 if on_calendar else month)
    cycle = max(0, passed // months)
    while add_months(begin, cycle * months) <= day:
        cycle += 1
    return add_months(begin, cycle * months)


@compiled
def fill_resets_after(
    months: Counts, on_calendar: Codes, start: Days, day: Days, resets: Days
) -> None:
    """Write for each loan the first reset after its day."""
    for n in range(resets.size):
        resets[n] = reset_after(int(months[n]), on_calendar[n] != 0, int(start[n]), int(day[n]))


def resets_after(
    months: npt.ArrayLike, on_calendar: npt.ArrayLike, start: npt.ArrayLike, day: npt.ArrayLike
) -> Days:
    """For each loan the first day after `day` on which its rate is set anew.

    Raises ValueError for a cycle of less than a month.
    """
    cycles, starts = np.array(months, np.int16), np.array(start, np.int32)
    if (cycles < 1).any():
        raise ValueError("a reset cycle has at least one month")
    after = np.maximum(np.array(day, np.int32), starts)
    resets = np.zeros(starts.size, np.int32)
    fill_resets_after(cycles, np.array(on_calendar, np.int8), starts, after, resets)
    return resets
