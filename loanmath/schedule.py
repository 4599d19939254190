"""Repayment plans: when a loan falls due, and how much principal and interest each time.

One compiled function makes the plan of one loan (`fill_plan`); `make_plans` runs it over many loans
in threads, `plan_for` over one. The principal of a plan always adds up to the loan: the last
instalment takes what rounding left over.
"""

from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from loanmath.accrual import RATE_UNIT, interest
from loanmath.annuity import (
    ONE,
    SUM_BITS,
    TERM_BITS,
    divide_by_sum,
    fraction_bits,
    multiply_bits,
    round_to_unit,
)
from loanmath.arrays import Amounts, Codes, Counts, Days, Offsets
from loanmath.compiled import compiled, inlined
from loanmath.dates import add_months, day_in_month, is_month_end, parts_of
from loanmath.day_count import ACT_ACT_BASIS, basis_of, weight_between
from loanmath.roll import NO_HOLIDAYS, roll_date

CHUNK = 16_384
MONTHS_A_YEAR = 12
MOST_INSTALMENTS = 1000


class Method(IntEnum):
    """The ways to repay by name; 按计划还款 is `plans.custom_plan`."""

    LEVEL_PAYMENT = 0  # 等额本息
    LEVEL_PRINCIPAL = 1  # 等额本金
    INTEREST_ONLY = 2  # 先息后本: interest each time, principal at the end
    BULLET = 3  # 到期一次还本付息


class InterestBy(IntEnum):
    """How the interest of one period is counted."""

    MONTHS = 0  # a twelfth of the yearly rate per month; odd days by the day count
    DAYS = 1  # every period by the day count


class Direction(IntEnum):
    """Which way the level amount is rounded to its unit."""

    DOWN = -1
    NEAREST = 0
    UP = 1


class PlanTerms(NamedTuple):
    """What plans are made from, one value per loan. All dates before any roll."""

    method: Codes  # Method
    principal: Amounts
    rate: Amounts
    start: Days  # interest runs from here
    first_due: Days
    maturity: Days  # the last instalment
    months: Counts  # between instalments
    due_day: Counts  # 1..31; months that are shorter use their last day
    merge_last: Codes  # 1: a short last period is joined with the one before
    interest_only: Counts  # so many first instalments without principal (还本宽限)
    interest_by: Codes  # InterestBy
    day_count: Codes  # DayCount
    interest_to_due: Codes  # 1: interest by days runs to the rolled date, 0: to the planned one
    roll: Codes  # Roll
    unit: Counts  # the level amount is a multiple of so many fen
    direction: Codes  # Direction


class Plans(NamedTuple):
    """Plans of many loans; those of loan `n` are the rows `plan_at[n]:plan_at[n+1]`."""

    plan_at: Offsets
    due: Days
    principal: Amounts
    interest: Amounts


_DTYPES: dict[object, npt.DTypeLike] = {
    Codes: np.int8,
    Counts: np.int16,
    Days: np.int32,
    Amounts: np.int64,
}
PLAN_TERM_DTYPES = {name: _DTYPES[kind] for name, kind in PlanTerms.__annotations__.items()}


@compiled
def month_number(day: int) -> int:
    """Months since year 0 of a day."""
    year, month, _ = parts_of(day)
    return 12 * year + month - 1


@compiled
def first_due_after(start: int, months: int, due_day: int, long_first: bool) -> int:
    """The first due date of a loan whose contract names only the day of the month.

    One whole period after the start if that is a due day; else the due day before it (a short first
    period) or, with `long_first`, the due day after it.
    """
    whole = add_months(start, months)
    month = month_number(whole)
    same_month = day_in_month(month, due_day)
    if same_month == whole:
        return whole
    if long_first:
        return same_month if same_month > whole else day_in_month(month + 1, due_day)
    earlier = same_month if same_month < whole else day_in_month(month - 1, due_day)
    return earlier if earlier > start else same_month


@inlined
def count_instalments(terms: PlanTerms, n: int) -> int:
    """How many instalments a loan has: the regular dates before maturity, and maturity."""
    maturity = int(terms.maturity[n])
    if terms.method[n] == Method.BULLET or terms.first_due[n] >= maturity:
        return 1
    month, apart = month_number(terms.first_due[n]), int(terms.months[n])
    due_day = int(terms.due_day[n])
    before = (month_number(maturity) - month) // apart
    while before > 0 and day_in_month(month + before * apart, due_day) >= maturity:
        before -= 1
    short_end = day_in_month(month + (before + 1) * apart, due_day) > maturity
    if terms.merge_last[n] and short_end:
        before -= 1  # -1 where even the first regular date is merged into maturity
    return before + 2


@compiled
def whole_months(start: int, end: int) -> int:
    """How many whole months lie between two days, or 0 if there are odd days.

    From month end to month end is whole, however long the months.
    """
    months = month_number(end) - month_number(start)
    if add_months(start, months) == end or (is_month_end(start) and is_month_end(end)):
        return months
    if add_months(end, -months) == start:
        return months
    return 0


@compiled
def period_weight(months: int, convention: int, start: int, end: int) -> tuple[int, int]:
    """What part of a year a period is, as weight and basis: whole months if any, or days.

    A large basis is reduced, so that the level instalment can be worked out with it.
    """
    if months > 0:
        return months, MONTHS_A_YEAR
    weight, basis = weight_between(convention, start, end), basis_of(convention)
    if basis <= ACT_ACT_BASIS:
        return weight, basis
    common, rest = basis, weight
    while rest > 0:
        common, rest = rest, common % rest
    return weight // common, basis // common


@inlined
def fill_plan(
    terms: PlanTerms,
    n: int,
    holidays: Days,
    due: Days,
    principal: Amounts,
    interests: Amounts,
    weights: Amounts,
    bases: Amounts,
) -> None:
    """Make the plan of loan `n` into `due`, `principal`, `interests` (its own stretch of rows).

    `weights` and `bases` are working room, at least as long.
    """
    count = due.size
    start, maturity = int(terms.start[n]), int(terms.maturity[n])
    month, apart = month_number(terms.first_due[n]), int(terms.months[n])
    due_day, day_count, roll = int(terms.due_day[n]), int(terms.day_count[n]), int(terms.roll[n])
    by_days = terms.interest_by[n] == InterestBy.DAYS
    to_due = by_days and terms.interest_to_due[n] == 1
    for k in range(count):
        planned = day_in_month(month + k * apart, due_day)
        if k == 0:
            planned = int(terms.first_due[n])
        if k == count - 1:
            planned = maturity
        due[k] = roll_date(planned, roll, holidays)
        end = int(due[k]) if to_due else planned
        months = 0
        if not by_days:
            regular = 0 < k < count - 1
            months = apart if regular else whole_months(start, end)
        weights[k], bases[k] = period_weight(months, day_count, start, end)
        start = end
    fill_amounts(
        int(terms.method[n]),
        int(terms.principal[n]),
        int(terms.rate[n]),
        int(terms.interest_only[n]),
        int(terms.unit[n]),
        int(terms.direction[n]),
        weights[:count],
        bases[:count],
        principal,
        interests,
    )


@compiled
def fill_amounts(
    method: int,
    amount: int,
    rate: int,
    interest_only: int,
    unit: int,
    direction: int,
    weights: Amounts,
    bases: Amounts,
    principal: Amounts,
    interests: Amounts,
) -> None:
    """Spread a loan over its periods; the weights say what part of a year each period is."""
    level = level_amount(method, amount, rate, interest_only, unit, direction, weights, bases)
    spread(method, amount, rate, interest_only, level, weights, bases, principal, interests)


@compiled
def spread(
    method: int,
    amount: int,
    rate: int,
    interest_only: int,
    level: int,
    weights: Amounts,
    bases: Amounts,
    principal: Amounts,
    interests: Amounts,
) -> None:
    """Spread a loan over its periods by a level amount: an instalment, or its principal.

    The last instalment takes all that is left; a level amount that is large may leave nothing.
    """
    balance = amount
    last = principal.size - 1
    for k in range(principal.size):
        interests[k] = interest(balance, rate, weights[k], bases[k])
        part = 0
        if k == last:
            part = balance
        elif k >= interest_only and method == Method.LEVEL_PRINCIPAL:
            part = min(balance, level)
        elif k >= interest_only and method == Method.LEVEL_PAYMENT:
            part = min(balance, max(0, level - interests[k]))
        principal[k] = part
        balance -= part


@compiled
def level_amount(
    method: int,
    amount: int,
    rate: int,
    interest_only: int,
    unit: int,
    direction: int,
    weights: Amounts,
    bases: Amounts,
) -> int:
    """The amount that stays level: the instalment (等额本息) or its principal (等额本金)."""
    count = weights.size
    first = min(interest_only, count - 1)
    if method == Method.LEVEL_PRINCIPAL:
        parts = count - first
        whole = amount // parts
        return round_to_unit(whole, amount - whole * parts, parts, unit, direction)
    if method != Method.LEVEL_PAYMENT:
        return 0
    factors = factor_sum(rate, weights, bases, first, count)
    whole, rest = divide_by_sum(amount, factors)
    return round_to_unit(whole, rest, factors, unit, direction)


@compiled
def factor_sum(rate: int, weights: Amounts, bases: Amounts, first: int, count: int) -> int:
    """The worth, at the beginning of period `first`, of 1 at the end of it and each later one."""
    total = 0
    factor = ONE
    step = ONE
    for k in range(first, count):
        if k == first or weights[k] != weights[k - 1] or bases[k] != bases[k - 1]:
            year = RATE_UNIT * bases[k]
            step = fraction_bits(year, year + rate * weights[k])
        factor = multiply_bits(factor, step)
        total += factor >> (TERM_BITS - SUM_BITS)
    return total


@compiled
def count_range(terms: PlanTerms, counts: Offsets, first: int, last: int) -> None:
    """Write how many instalments each loan has."""
    for n in range(first, last):
        counts[n] = count_instalments(terms, n)


@compiled
def fill_range(
    terms: PlanTerms, holidays: Days, plans: Plans, room: Amounts, first: int, last: int
) -> None:
    """Make the plans of the loans `first` to `last` (not counted)."""
    half = room.size // 2
    for n in range(first, last):
        a, b = plans.plan_at[n], plans.plan_at[n + 1]
        fill_plan(
            terms,
            n,
            holidays,
            plans.due[a:b],
            plans.principal[a:b],
            plans.interest[a:b],
            room[:half],
            room[half:],
        )


def make_plan_terms(**columns: Any) -> PlanTerms:
    """Put columns together to plan terms; single values count for all loans.

    Raises TypeError for a missing or unknown column, ValueError for terms from which no plan can be
    made (no months between instalments, maturity not after the start, too many instalments ...).
    """
    unknown = columns.keys() ^ PLAN_TERM_DTYPES.keys()
    if unknown:
        raise TypeError(f"plan terms lack, or do not have, {sorted(unknown)}")
    loans = max(np.asarray(values).size for values in columns.values())
    arrays = {}
    for name, dtype in PLAN_TERM_DTYPES.items():
        array = np.broadcast_to(np.asarray(columns[name]), (loans,)).astype(dtype)
        array.flags.writeable = False
        arrays[name] = array
    terms = PlanTerms(**arrays)
    _check(terms)
    return terms


def _check(terms: PlanTerms) -> None:
    rules = (
        (terms.months < 1, "at least one month between instalments"),
        ((terms.due_day < 1) | (terms.due_day > 31), "a due day between 1 and 31"),
        (terms.maturity <= terms.start, "a maturity after the start"),
        (terms.first_due <= terms.start, "a first due date after the start"),
        (terms.principal < 1, "a principal above zero"),
        (terms.unit < 1, "a rounding unit of at least one fen"),
        (terms.interest_only < 0, "no negative number of interest-only instalments"),
    )
    for broken, rule in rules:
        if bool(np.any(broken)):
            raise ValueError(f"loan {int(np.argmax(broken))}: a plan needs {rule}")


def make_plans(terms: PlanTerms, holidays: Days = NO_HOLIDAYS, threads: int = 2) -> Plans:
    """The repayment plans of many loans.

    Raises ValueError if a loan would have more than 1000 instalments.
    """
    loans = terms.principal.size
    counts: Offsets = np.zeros(loans, dtype=np.int64)
    days = np.ascontiguousarray(holidays, dtype=np.int32).view()
    days.flags.writeable = False
    chunks = [(at, min(at + CHUNK, loans)) for at in range(0, loans, CHUNK)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for job in [pool.submit(count_range, terms, counts, *chunk) for chunk in chunks]:
            job.result()
        most = int(counts.max(initial=0))
        if most > MOST_INSTALMENTS:
            raise ValueError(f"a plan of {most} instalments; at most {MOST_INSTALMENTS} are made")
        plans = make_room(counts)
        jobs = [
            pool.submit(fill_range, terms, days, plans, np.zeros(2 * most, np.int64), *chunk)
            for chunk in chunks
        ]
        for filled in jobs:
            filled.result()
    return plans


def make_room(counts: Offsets) -> Plans:
    """Room for plans of so many instalments each."""
    plan_at = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=plan_at[1:])
    rows = int(plan_at[-1])
    return Plans(
        plan_at, np.zeros(rows, np.int32), np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    )
