"""Rates that change by contract, in plain words: floating (LPR 加点), stepped, or changed once.

They become changes of terms (`loans.Change`), which is all that the kernel knows of them.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from loanmath.codes import ChangeKind
from loanmath.dates import date_of, day_number
from loanmath.loans import Change
from loanmath.rates import MAX_RATE, NO_RATE, PER_PERCENT, Rate, penalty_rate
from loanmath.repricing import reset_after

PER_BASIS_POINT = PER_PERCENT // 100


class ResetOn(Enum):
    """From which day the cycle of resets is counted."""

    CALENDAR = "calendar"  # 1 January, and every cycle after it
    ANNIVERSARY = "anniversary"  # the day the loan was paid out (对月对日)


@dataclass(frozen=True, slots=True)
class Quote:
    """A benchmark rate as it was published on a day (LPR: normally the 20th of a month)."""

    published: dt.date
    rate: Rate


@dataclass(frozen=True, slots=True)
class FloatingRate:
    """What the contract says about a floating rate: LPR 加 120 个基点，每年 1 月 1 日重定价.

    The quote that counts on a reset day is the last one published at least `notice_days` before it.
    """

    spread_bps: int  # may be negative
    months: int = 12  # from one reset to the next
    reset_on: ResetOn = ResetOn.CALENDAR
    notice_days: int = 0
    lowest: Rate = NO_RATE
    highest: Rate = MAX_RATE

    def quote_by(self, quotes: Sequence[Quote], day: dt.date) -> Quote:
        """The quote that counts if the rate is set on a day.

        Raises ValueError if none had been published by then.
        """
        latest = day - dt.timedelta(days=self.notice_days)
        known = [quote for quote in quotes if quote.published <= latest]
        if not known:
            raise ValueError(f"no benchmark rate was published by {latest}")
        return max(known, key=lambda quote: quote.published)

    def rate_by(self, quotes: Sequence[Quote], day: dt.date) -> Rate:
        """The loan's rate if it is set on a day.

        Raises ValueError if no quote had been published by then.
        """
        quoted = self.quote_by(quotes, day).rate
        return Rate(min(self.highest, max(self.lowest, quoted + self.spread_bps * PER_BASIS_POINT)))


@dataclass(frozen=True, slots=True)
class Uplifts:
    """How penalty rates follow the contract rate, in hundredths of a percent of it (上浮)."""

    penalty_bps: int = 0  # 0: the loan has no penalty rate
    compound: bool = False  # 复利 at the penalty rate


def reset_dates(floating: FloatingRate, start: dt.date, until: dt.date) -> Iterator[dt.date]:
    """The days after `start`, up to `until`, on which a floating rate is set anew.

    Raises ValueError for a cycle of less than a month.
    """
    if floating.months < 1:
        raise ValueError("a reset cycle has at least one month")
    calendar, first = floating.reset_on is ResetOn.CALENDAR, day_number(start)
    day = first
    while (day := reset_after(floating.months, calendar, first, day)) <= day_number(until):
        yield date_of(day)


def floating_changes(
    floating: FloatingRate,
    quotes: Sequence[Quote],
    start: dt.date,
    until: dt.date,
    uplifts: Uplifts | None = None,
) -> tuple[Change, ...]:
    """The changes of terms that a floating rate means from the start of a loan up to a day.

    `until` should be a day up to which quotes are known. Raises ValueError if a quote is missing.
    """
    steps = [(day, floating.rate_by(quotes, day)) for day in reset_dates(floating, start, until)]
    return stepped_changes(floating.rate_by(quotes, start), steps, uplifts)


def stepped_changes(
    first: Rate, steps: Sequence[tuple[dt.date, Rate]], uplifts: Uplifts | None = None
) -> tuple[Change, ...]:
    """The changes of terms for rates agreed from certain days on; `first` is the rate before.

    A step to the rate that holds already changes nothing. Raises ValueError if the days fall.
    """
    days = [day for day, _ in steps]
    if days != sorted(days):
        raise ValueError("rate steps must be given in order of their days")
    changes: list[Change] = []
    for day, rate in steps:
        if rate != first:
            changes += repricing(day, rate, uplifts)
        first = rate
    return tuple(changes)


def repricing(day: dt.date, rate: Rate, uplifts: Uplifts | None = None) -> tuple[Change, ...]:
    """One change of the contract rate, the penalty rates following it by their uplift."""
    changed = [Change(day, ChangeKind.RATE, rate)]
    if uplifts is not None and uplifts.penalty_bps > 0:
        penalty = penalty_rate(rate, uplifts.penalty_bps)
        changed.append(Change(day, ChangeKind.PENALTY_RATE, penalty))
        if uplifts.compound:
            changed.append(Change(day, ChangeKind.COMPOUND_RATE, penalty))
    return tuple(changed)
