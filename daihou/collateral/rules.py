"""What collateral is good for: haircut, rank, split, loan-to-value; facts in, figures out.

Works on arrays, one place per piece of collateral or per claim, so that one piece and a whole book
are reckoned by the same lines. Amounts are fen, shares micro-percent, days day numbers; `UNKNOWN`
(-1) stands for a value or a day that nobody has given.

The convention of the split (decision 0052):
1. A value after haircut serves the claims by rank; at the same rank others come before us.
2. What does not suffice for our claims of one rank is split in proportion to them.
3. A claim of ours is what the contract owes, at most the amount secured.
4. What a contract gets is split over its loans in proportion to their principal.
5. For loan-to-value, what a contract owes is laid on its collateral in proportion to what each is
   worth after those who rank before us.
Every split is exact: the parts add up to the whole.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from loanmath.rates import PER_ONE, share_of

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

UNKNOWN = -1
WHOLE = PER_ONE  # 100 % in micro-percent
MOST_LTV = 9_999_000_000  # what is worth nothing, and anything beyond, is shown as 9999 %
STALE_YEAR = 365
_HUNDREDTHS = 10_000  # of a percent, in the whole
SPECIAL_MENTION, SUBSTANDARD = 2, 3  # grades by number


class Limits(NamedTuple):
    """The lender's parameters as arrays by kind of collateral (place 0 is unused)."""

    haircut: Rows
    revalue_months: Rows
    stale: Rows  # added to the haircut: not overdue, overdue, overdue for more than a year
    watch_months: int
    bad_months: int


def spread(totals: Rows, weights: Rows, groups: Rows) -> Rows:
    """Split each group's total over its members in proportion to their weights, exactly.

    `groups` are the members' places in `totals`, in ascending order. The parts are the rounded-down
    running sums less the ones before, so they add up to the total; a group without weight gets
    nothing.
    """
    if not len(weights):
        return np.zeros(0, np.int64)
    running = np.cumsum(weights.astype(object))
    first = np.r_[True, groups[1:] != groups[:-1]]
    heads = np.flatnonzero(first)
    before = np.r_[0, running[:-1]]
    base = np.repeat(before[heads], np.diff(np.r_[heads, len(groups)]))
    whole = running[np.r_[heads[1:], len(groups)] - 1] - before[heads]
    of_group = np.repeat(whole, np.diff(np.r_[heads, len(groups)]))
    total = totals[groups].astype(object)
    divisor = np.where(of_group == 0, 1, of_group)
    upto, until = (running - base) * total // divisor, (before - base) * total // divisor
    return np.asarray(upto - until, np.int64)


class Claims(NamedTuple):
    """Claims on collateral: whose pile they are on, their rank, whether they are ours, how much."""

    pile: Rows
    rank: Rows
    is_ours: Mask
    amount: Rows


def waterfall(values: Rows, claims: Claims) -> Rows:
    """What each claim gets of the value of its pile: by rank, others first, the rest in proportion.

    No value is unknown here; the answers stand in the order of the claims.
    """
    got = np.zeros(len(claims.pile), np.int64)
    if not len(got):
        return got
    order = np.lexsort((claims.is_ours, claims.rank, claims.pile))
    pile, rank, amount = claims.pile[order], claims.rank[order], claims.amount[order]
    ours = claims.is_ours[order]
    starts = np.r_[
        True, (pile[1:] != pile[:-1]) | (rank[1:] != rank[:-1]) | (ours[1:] != ours[:-1])
    ]
    heads = np.flatnonzero(starts)
    tier = np.cumsum(starts) - 1
    totals = np.add.reduceat(amount, heads)
    of_pile = pile[heads]
    before = np.cumsum(totals) - totals
    opens = np.r_[True, of_pile[1:] != of_pile[:-1]]
    before -= np.maximum.accumulate(np.where(opens, before, 0))
    given = np.clip(values[of_pile] - before, 0, totals)
    got[order] = spread(given, amount, tier)
    return got


def haircuts(kind: Rows, stale: Rows, limits: Limits) -> Rows:
    """What is taken off a value: by kind, and more when the valuation is overdue."""
    return np.asarray(np.minimum(limits.haircut[kind] + limits.stale[stale], WHOLE), np.int64)


def after_haircut(value: Rows, haircut: Rows) -> Rows:
    """A value less its haircut, rounded down to the fen."""
    return share_of(value, WHOLE - haircut)


def ltv(claims_on: Rows, value: Rows) -> Rows:
    """Loan-to-value in micro-percent, rounded up to 0.01 %; `MOST_LTV` for what is worth nothing.

    `claims_on` is what is owed on the collateral, those ranking before us included. Unknown where
    the value is.
    """
    divisor = np.maximum(value, 1).astype(object)
    found = -(-claims_on.astype(object) * _HUNDREDTHS // divisor) * (WHOLE // _HUNDREDTHS)
    found = np.where(value == 0, np.where(claims_on > 0, MOST_LTV, 0), np.minimum(found, MOST_LTV))
    return np.where(value == UNKNOWN, UNKNOWN, found).astype(np.int64)


def due_days(valued_on: Rows, given: Rows, kind: Rows, grade: Rows, limits: Limits) -> Rows:
    """When collateral is to be valued anew: by kind, sooner for loans that are graded worse.

    `given` is the day that the valuation itself names, `grade` the worst of the loans secured (0
    for none). Unknown where nothing was valued.
    """
    months = limits.revalue_months[kind]
    months = np.where(grade == SPECIAL_MENTION, np.minimum(months, limits.watch_months), months)
    months = np.where(grade >= SUBSTANDARD, np.minimum(months, limits.bad_months), months)
    due = months_on(np.maximum(valued_on, 0), months)
    due = np.where(given == UNKNOWN, due, np.minimum(due, given))
    return np.where(valued_on == UNKNOWN, UNKNOWN, due)


def months_on(days: Rows, months: Rows) -> Rows:
    """The same day of the month some months on; the last of the month where it is shorter."""
    dates = days.astype("datetime64[D]")
    start = dates.astype("datetime64[M]")
    within = (dates - start.astype("datetime64[D]")).astype(np.int64)
    target = start + months
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(
        np.int64
    )
    days_on = target.astype("datetime64[D]").astype(np.int64) + np.minimum(within, length - 1)
    return np.asarray(days_on, np.int64)


def staleness(due: Rows, day: int) -> Rows:
    """0 valued in time, 1 overdue for a new valuation, 2 overdue for more than a year."""
    late = np.where(due == UNKNOWN, 0, day - due)
    return (late > 0).astype(np.int64) + (late > STALE_YEAR)


def index_value(value: Rows, index_then: Rows, index_now: Rows, *, rises: bool) -> Rows:
    """A value carried on by a market index, to the nearest fen; up only where `rises` is said."""
    then, now = index_then.astype(object), index_now.astype(object)
    carried = np.asarray((2 * value.astype(object) * now + then) // (2 * then), np.int64)
    return carried if rises else np.asarray(np.minimum(carried, value), np.int64)


def fall(value: Rows, first: Rows) -> Rows:
    """By how much a value has fallen from the first one, in micro-percent; 0 when it has not."""
    known = (value >= 0) & (first > 0)
    lost = np.where(known, np.maximum(first - value, 0), 0).astype(object) * WHOLE
    return np.asarray(lost // np.maximum(first, 1).astype(object), np.int64)
