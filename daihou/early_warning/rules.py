"""Repayment-behaviour signals no. 53-60 (还款类预警信号): what they look at and when they show.

One implementation for one loan and for the whole book: facts come as arrays, one value a loan.
A signal has levels, 1 and up; each level has a colour. Level 0 is "not seen". What a lender does
not record is unknown, which is a value of its own: see `known`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
import numpy.typing as npt

from daihou.policy.reasons import Limit

Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int16]
Levels = npt.NDArray[np.int8]

NEVER = -1  # "it never happened", where days since a happening are counted


class Rule(IntEnum):
    """The signals, by their number in the catalogue of signals."""

    OVERDUE = 53
    OVERDUE_DEEPER = 54
    LATE_OFTEN = 55
    UNPAID_IN_A_ROW = 56
    INTEREST_ARREARS = 57
    REFINANCED = 58
    ODD_PAYMENTS = 59
    HARDSHIP = 60


@dataclass(frozen=True)
class SignalLimits:
    """The parameters of the signals as they count on the business date.

    `colours` gives the colour (1 蓝 ... 4 红) of each level of a signal, level 1 first. `cooldown`
    is the number of days for which a signal that ceased is not shown again, `merge` the number of
    days within which its return continues the old episode; both by signal.
    """

    overdue_days: Limit
    technical_exception: Limit
    deeper_days: tuple[Limit, ...]
    late_times: Limit
    unpaid_instalments: Limit
    interest_days_over: Limit
    refinanced_window: Limit
    other_payer_window: Limit
    grace_times: Limit
    hardship_window: Limit
    colours: Mapping[Rule, tuple[int, ...]]
    cooldown: Mapping[Rule, int]
    merge: Mapping[Rule, int]


@dataclass(frozen=True)
class SignalFacts:
    """What the signals look at, one value a loan.

    `judged` is true for live loans that could be computed. `set_aside` loans are on the books but
    not computable: nothing new is seen on them and nothing that was seen is taken back.
    Counts of instalments that were late, or paid only within the days of grace, are those of the
    last year. Days since something happened are `NEVER` when it did not.
    """

    judged: Bools
    set_aside: Bools
    days_past_due: Days
    interest_days: Days  # since the oldest unpaid interest fell due; 0: none
    unpaid_instalments: Counts
    late_instalments: Counts
    grace_instalments: Counts
    last_payment_partial: Bools  # the last payment left something unpaid that was due
    technical_cause: Bools  # a recorded operational or technical cause of the present arrears
    days_since_refinanced: Days
    days_since_hardship: Days
    days_since_other_payer: Days
    payer_known: Bools  # false: there were payments, and none of them names its payer
    happenings_kept: Bools  # somebody recorded anything about the client within the windows


class OddPayment(IntFlag):
    """The limbs of signal 59, as bits."""

    BY_OTHER = 1
    PARTIAL = 2
    WITHIN_GRACE = 4


def levels_of(rule: Rule, facts: SignalFacts, limits: SignalLimits) -> Levels:
    """The level at which a signal shows on each loan; 0 where it does not."""
    level = _LEVELS[rule](facts, limits)
    return np.where(facts.judged, level, 0).astype(np.int8)


def known(rule: Rule, facts: SignalFacts) -> Bools:
    """Whether the lender has what the signal needs, for each loan."""
    if rule in (Rule.REFINANCED, Rule.HARDSHIP):
        return facts.judged & facts.happenings_kept
    if rule is Rule.ODD_PAYMENTS:
        return facts.judged & facts.payer_known
    return facts.judged


def odd_payments(facts: SignalFacts, limits: SignalLimits) -> Levels:
    """Which limbs of signal 59 show on each loan: bits of `OddPayment`."""
    by_other = _within(facts.days_since_other_payer, limits.other_payer_window)
    partial = facts.last_payment_partial & (facts.days_past_due > 0)
    in_grace = facts.grace_instalments >= limits.grace_times.value
    bits = (
        by_other * np.int8(OddPayment.BY_OTHER)
        + partial * np.int8(OddPayment.PARTIAL)
        + in_grace * np.int8(OddPayment.WITHIN_GRACE)
    )
    return bits.astype(np.int8)


def _overdue(facts: SignalFacts, limits: SignalLimits) -> Bools:
    """No. 53: overdue, unless for a recorded technical cause and for a few days only."""
    late = facts.days_past_due >= limits.overdue_days.value
    short = facts.days_past_due <= limits.technical_exception.value
    return np.asarray(late & ~(facts.technical_cause & short))


def _overdue_deeper(facts: SignalFacts, limits: SignalLimits) -> Levels:
    """No. 54: one signal whose level rises with each step of days past due."""
    steps = np.array([limit.value for limit in limits.deeper_days])
    return np.searchsorted(steps, facts.days_past_due, side="right").astype(np.int8)


def _within(days_since: Days, window: Limit) -> Bools:
    return np.asarray((days_since != NEVER) & (days_since <= window.value))


_LEVELS: Mapping[Rule, Callable[[SignalFacts, SignalLimits], npt.NDArray]] = {
    Rule.OVERDUE: _overdue,
    Rule.OVERDUE_DEEPER: _overdue_deeper,
    Rule.LATE_OFTEN: lambda f, to: f.late_instalments >= to.late_times.value,
    Rule.UNPAID_IN_A_ROW: lambda f, to: f.unpaid_instalments >= to.unpaid_instalments.value,
    Rule.INTEREST_ARREARS: lambda f, to: f.interest_days > to.interest_days_over.value,
    Rule.REFINANCED: lambda f, to: _within(f.days_since_refinanced, to.refinanced_window),
    Rule.ODD_PAYMENTS: lambda f, to: odd_payments(f, to) > 0,
    Rule.HARDSHIP: lambda f, to: _within(f.days_since_hardship, to.hardship_window),
}
