"""When in the year a client has money (回款周期): from months of inflow. No database here.

A month's share is what came in during that calendar month over all whole months that we know,
against what an even year would bring. Months with less than half of an even month are quiet; the
others weigh as their share in even months, rounded to whole numbers. Money has a cycle when few
months bring most of it; otherwise it comes evenly, or as it pleases, and no plan should follow it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

MONTHS = 12
Month = tuple[int, int]  # year, month


@dataclass(frozen=True)
class CycleLimits:
    """How many whole months must be known, and the share that so many months must bring."""

    least_months: int
    few_months: int
    share: int  # micro-percent


@dataclass(frozen=True)
class Cycle:
    """What twelve calendar months bring, January first: mean inflow in fen, and weights.

    `weights` are zero in quiet months. `top_share` is what the `few_months` best bring of a year,
    micro-percent. Without a cycle, `weights` are empty.
    """

    months_known: int
    expected: tuple[int, ...]
    top_share: int
    weights: tuple[int, ...]

    @property
    def is_seasonal(self) -> bool:
        """Whether there is a cycle that a plan could follow."""
        return bool(self.weights)


def cycle_of(inflow: Mapping[Month, int], last: Month, limits: CycleLimits) -> Cycle | None:
    """The cycle in the whole months up to `last`; None where they are too few or bring nothing.

    The first month with money begins what is known; months without money after it count as
    nothing. Only whole years are looked at, so that each calendar month counts alike often.
    """
    if not inflow:
        return None
    known = _number(last) - min(_number(month) for month in inflow) + 1
    years = known // MONTHS
    if known < limits.least_months or years == 0:
        return None
    first = _number(last) - years * MONTHS + 1
    sums = [0] * MONTHS
    for month, amount in inflow.items():
        if first <= _number(month) <= _number(last):
            sums[month[1] - 1] += amount
    total = sum(sums)
    if total <= 0:
        return None
    best = sum(sorted(sums, reverse=True)[: limits.few_months])
    top_share = best * 100_000_000 // total
    weights = [_weight(one, total) for one in sums] if top_share >= limits.share else []
    return Cycle(years * MONTHS, tuple(one // years for one in sums), top_share, tuple(weights))


def _weight(amount: int, total: int) -> int:
    """A month in even months, to the nearest whole one; 0 below half of one."""
    return (amount * MONTHS * 2 + total) // (total * 2)


def _number(month: Month) -> int:
    return month[0] * MONTHS + month[1] - 1


def last_whole_month(day: dt.date) -> Month:
    """The month that has ended by the evening of a day."""
    tomorrow = day + dt.timedelta(days=1)
    if tomorrow.day == 1:
        return day.year, day.month
    return (day.year, day.month - 1) if day.month > 1 else (day.year - 1, MONTHS)
