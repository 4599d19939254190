"""Expected credit loss (预期信用损失): probability × loss given default × exposure, in exact fen.

One place per loan in every array, so that one loan and a whole book are reckoned by the same lines.
Years are walked one after the other: what is exposed at the year's beginning, how likely default is
in it, what would then be lost, and what that is worth today. Between the steps amounts carry four
more decimals than the fen; only the result is rounded, a half going up.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from loanmath.arrays import Amounts
from loanmath.rates import PER_ONE, part_of

YEAR = 12  # months
AT_ONCE = 32_768  # loans whose columns fit into the processor's cache
FINE = 10_000  # parts of a fen between the steps


class Exposed(NamedTuple):
    """What is at stake: one place per loan; amounts in fen, shares and rates micro-percent.

    `months` is how far is looked: 12 at most for a loan of stage 1, all that is left otherwise.
    `months_left` is until maturity, `default_rate` that of one year. `runs_down` says that the
    exposure falls evenly to nothing at maturity. Of a loan that `is_impaired` the loss is taken as
    it would be today.
    """

    amount: Amounts
    covered: Amounts
    months: Amounts
    months_left: Amounts
    default_rate: Amounts
    rate: Amounts
    loss_covered: Amounts  # share lost of what collateral covers
    loss_bare: Amounts  # share lost of the rest
    runs_down: npt.NDArray[np.bool_]
    is_impaired: npt.NDArray[np.bool_]


class Scenario(NamedTuple):
    """How likely one course of the economy is, and what it does to default rates and losses."""

    weight: int
    default_factor: int
    loss_factor: int


AS_IT_IS = Scenario(PER_ONE, PER_ONE, PER_ONE)


def weights_of(scenarios: Sequence[Scenario]) -> list[int]:
    """The weights as shares of their sum; the last takes what rounding leaves.

    Raises ValueError where nothing has any weight.
    """
    total = sum(one.weight for one in scenarios)
    if total <= 0:
        raise ValueError("no scenario has any weight")
    shares = [one.weight * PER_ONE // total for one in scenarios[:-1]]
    return [*shares, PER_ONE - sum(shares)]


def expected_loss(exposed: Exposed, scenarios: Sequence[Scenario] = (AS_IT_IS,)) -> Amounts:
    """The expected loss of each loan in fen, over the scenarios by their weights."""
    weights = weights_of(scenarios)
    found = np.zeros(len(exposed.amount), np.int64)
    for start in range(0, len(found), AT_ONCE):
        some = Exposed._make(column[start : start + AT_ONCE] for column in exposed)
        total = np.zeros(len(some.amount), np.int64)
        for scenario, weight in zip(scenarios, weights, strict=True):
            total += part_of(_in_scenario(some, scenario), weight)
        found[start : start + AT_ONCE] = (total + FINE // 2) // FINE
    return found


def _in_scenario(exposed: Exposed, scenario: Scenario) -> Amounts:
    default_rate = np.minimum(part_of(exposed.default_rate, scenario.default_factor), PER_ONE)
    bare = np.minimum(part_of(exposed.loss_bare, scenario.loss_factor), PER_ONE)
    covered = np.minimum(part_of(exposed.loss_covered, scenario.loss_factor), PER_ONE)
    found = np.zeros(len(exposed.amount), np.int64)
    at = np.flatnonzero(exposed.is_impaired)
    found[at] = _lost(exposed.amount[at], exposed.covered[at], covered[at], bare[at])
    at = np.flatnonzero(~exposed.is_impaired)
    survive = np.full(len(at), PER_ONE, np.int64)
    worth = np.full(len(at), PER_ONE, np.int64)
    year = 0
    while len(at):
        left = exposed.months_left[at] - YEAR * year
        within = np.minimum(exposed.months[at] - YEAR * year, YEAR)
        amount = exposed.amount[at]
        running = amount * np.maximum(left, 0) // np.maximum(exposed.months_left[at], 1)
        amount = np.where(exposed.runs_down[at], running, amount)
        lost = _lost(amount, exposed.covered[at], covered[at], bare[at])
        failing = part_of(survive, default_rate[at]) * within // YEAR
        worth = worth * PER_ONE // (PER_ONE + exposed.rate[at] * within // YEAR)
        found[at] += part_of(part_of(lost, failing), worth)
        year += 1
        on = exposed.months[at] > YEAR * year
        survive = part_of(survive, PER_ONE - default_rate[at])[on]
        at, worth = at[on], worth[on]
    return found


def _lost(amount: Amounts, covered: Amounts, loss_covered: Amounts, loss_bare: Amounts) -> Amounts:
    """What default would cost, in parts of a fen."""
    safe = np.minimum(covered, amount)
    return part_of(safe * FINE, loss_covered) + part_of((amount - safe) * FINE, loss_bare)


def loss_rates(still_unpaid: Amounts, lost: int) -> Amounts:
    """The loss rates of a provision matrix (损失率): what was lost of what reached each bucket.

    A bucket that nothing reached is refused with ValueError: unknown is not zero.
    """
    if (still_unpaid <= 0).any():
        raise ValueError("nothing reached a bucket: its loss rate is unknown")
    return np.asarray((2 * lost * PER_ONE + still_unpaid) // (2 * still_unpaid), np.int64)


def impaired_interest(amount: Amounts, allowance: Amounts, rate: int | Amounts) -> Amounts:
    """A year's interest income of impaired loans: on the amount less its allowance."""
    return part_of(amount - allowance, rate)
