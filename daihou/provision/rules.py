"""In which stage a loan is, and what is measured for it; facts in, stage and reasons out.

Works on arrays, one place per live loan. Amounts are fen, shares micro-percent. The stages:
3. past due beyond the days of stage 3, or 不良;
2. past due beyond the days of stage 2 (unless people rebutted it), 关注, restructured and still
   observed, or on the watch list;
1. all others.
A loan that is 关注 for its days past due alone is judged by the days, unless a parameter says so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from daihou.classification.codes import LOSS, OBSERVED, SPECIAL_MENTION, SUBSTANDARD
from daihou.classification.codes import Because as Grading
from daihou.provision.choices import Because
from loanmath.expected_loss import Exposed, Scenario, expected_loss
from loanmath.rates import PER_ONE, share_of

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

RULE_VERSION = "provision-1"
# Groups of risk by number; the parameters `provision.pd.*` name the same. Retail adds `RETAIL`.
GROUPS = ("current", "watched", "late", "later", "latest")
CURRENT, WATCHED, LATE, LATER, LATEST = range(len(GROUPS))
RETAIL = 10
_BY_DAYS = int(
    Grading.OVERDUE_AT_ALL | Grading.TABLE_MENTION | Grading.TECHNICAL_EXCUSE
    | Grading.NOT_IMPAIRED | Grading.ALL_BANKS_KNOWN | Grading.RENEWAL_EXEMPT
)  # fmt: skip
_ONE_MONTH, _TWO_MONTHS = 30, 60


class StageLimits(NamedTuple):
    """From where on a stage begins, and which circumstances count."""

    two_days: int
    three_days: int
    mention: bool
    mention_by_days: bool
    restructured: bool
    watched: bool


class Measures(NamedTuple):
    """What expected losses are measured with; the rates stand by group, corporate then retail."""

    default_rates: Rows  # by risk_group
    loss_firm: int
    loss_retail: int
    loss_covered: int
    loss_lost: int  # of loans graded 损失
    scenarios: tuple[Scenario, ...]
    scale: Rows  # by grade; place 0 is unused


class StageFacts(NamedTuple):
    """What the stages rest on."""

    days_past_due: Rows
    grade: Rows
    grade_because: Rows
    watched: Rows  # since when on the watch list, as a day number; 0: not on it
    rebuttal: Rows  # the rebuttal that holds; 0: none


class Staged(NamedTuple):
    """The stage of each loan, and the rules that spoke."""

    stage: Rows
    because: Rows


class Balances(NamedTuple):
    """What is owed on each loan, what covers it, and for how long."""

    principal: Rows
    exposure: Rows
    covered: Rows
    months: Rows
    rate: Rows
    runs_down: Mask
    is_retail: Mask


class Measured(NamedTuple):
    """What was found for each loan."""

    risk_group: Rows
    default_rate: Rows
    expected_loss: Rows
    by_scale: Rows


def stages(facts: StageFacts, limits: StageLimits) -> Staged:
    """The stage of each loan, and every rule that spoke for it."""
    late = facts.days_past_due > limits.two_days
    mention = facts.grade == SPECIAL_MENTION
    if not limits.mention_by_days:
        mention &= (facts.grade_because & ~_BY_DAYS) != 0
    speaks = (
        (Because.OVERDUE_LONG, facts.days_past_due > limits.three_days),
        (Because.BAD_GRADE, facts.grade >= SUBSTANDARD),
        (Because.OVERDUE, late & (facts.rebuttal == 0)),
        (Because.MENTION, mention & limits.mention),
        (Because.RESTRUCTURED, ((facts.grade_because & int(OBSERVED)) != 0) & limits.restructured),
        (Because.WATCHED, (facts.watched != 0) & limits.watched),
        (Because.REBUTTED, late & (facts.rebuttal != 0)),
    )
    because = np.zeros(len(facts.grade), np.int64)
    for rule, holds in speaks:
        because |= np.where(holds, int(rule), 0)
    three = (because & int(Because.OVERDUE_LONG | Because.BAD_GRADE)) != 0
    two = (because & int(TO_STAGE_TWO)) != 0
    return Staged(np.where(three, 3, np.where(two, 2, 1)).astype(np.int64), because)


TO_STAGE_TWO = Because.OVERDUE | Because.MENTION | Because.RESTRUCTURED | Because.WATCHED


def risk_groups(stage: Rows, days_past_due: Rows, is_retail: Mask) -> Rows:
    """The group whose default rate a loan has: by days past due, by stage while there are none."""
    days = days_past_due
    by_days = np.select(
        [days > _TWO_MONTHS, days > _ONE_MONTH, days > 0], [LATEST, LATER, LATE], CURRENT
    )
    group = np.where((days == 0) & (stage > 1), WATCHED, by_days)
    return np.asarray(group + np.where(is_retail, RETAIL, 0), np.int64)


def measure(
    stage: Rows, grade: Rows, group: Rows, balances: Balances, measures: Measures
) -> Measured:
    """The expected loss of each loan, and what the older scale asks for it."""
    default_rate = np.where(stage == 3, PER_ONE, measures.default_rates[group])
    found = expected_loss(
        exposed(stage, grade, default_rate, balances, measures), measures.scenarios
    )
    return Measured(group, default_rate, found, share_of(balances.principal, measures.scale[grade]))


def exposed(
    stage: Rows, grade: Rows, default_rate: Rows, balances: Balances, measures: Measures
) -> Exposed:
    """What the kernel wants to know: stage 1 looks a year ahead, the others to the end."""
    bare = np.where(balances.is_retail, measures.loss_retail, measures.loss_firm)
    bare = np.where(grade == LOSS, np.maximum(bare, measures.loss_lost), bare)
    months = np.where(stage == 1, np.minimum(balances.months, 12), balances.months)
    return Exposed(
        amount=balances.exposure, covered=balances.covered, months=months,
        months_left=balances.months, default_rate=default_rate, rate=balances.rate,
        loss_covered=np.full(len(stage), measures.loss_covered, np.int64), loss_bare=bare,
        runs_down=balances.runs_down, is_impaired=stage == 3,
    )  # fmt: skip


def months_until(day: int, maturity: Rows) -> Rows:
    """Months until maturity, begun ones counted; 1 where it has come."""
    today = np.datetime64(int(day), "D")
    ends = maturity.astype("datetime64[D]")
    month, this = ends.astype("datetime64[M]"), today.astype("datetime64[M]")
    within = (ends - month.astype("datetime64[D]")).astype(np.int64)
    begun = within > int((today - this.astype("datetime64[D]")).astype(np.int64))
    return np.asarray(np.maximum((month - this).astype(np.int64) + begun, 1), np.int64)
