"""The parameters of provisions as the rules want them."""

from __future__ import annotations

import datetime as dt

import numpy as np

from daihou.policy.queries import ParametersOnDay
from daihou.provision.rules import GROUPS, RETAIL, Measures, StageLimits
from loanmath.expected_loss import Scenario

SCENARIOS = ("base", "up", "down")
GRADES = range(1, 6)


def stage_limits(on: ParametersOnDay) -> StageLimits:
    """From where on a stage begins, on a day."""
    return StageLimits(
        two_days=on.whole("provision.stage2.days"),
        three_days=on.whole("provision.stage3.days"),
        mention=on.flag("provision.stage2.mention"),
        mention_by_days=on.flag("provision.stage2.mention_by_days"),
        restructured=on.flag("provision.stage2.restructured"),
        watched=on.flag("provision.stage2.watched"),
    )


def measures_on(on: ParametersOnDay) -> Measures:
    """What expected losses are measured with, on a day."""
    rates = np.zeros(RETAIL + len(GROUPS), np.int64)
    for first, kind in ((0, "firm"), (RETAIL, "retail")):
        for n, group in enumerate(GROUPS):
            rates[first + n] = on.whole(f"provision.pd.{kind}.{group}")
    return Measures(
        default_rates=rates,
        loss_firm=on.whole("provision.lgd.firm"),
        loss_retail=on.whole("provision.lgd.retail"),
        loss_covered=on.whole("provision.lgd.covered"),
        loss_lost=on.whole("provision.lgd.loss"),
        scenarios=tuple(
            Scenario(*(on.whole(f"provision.scenario.{one}.{what}")
                       for what in ("weight", "pd", "lgd")))
            for one in SCENARIOS
        ),
        scale=np.array([0, *(on.whole(f"provision.scale.{grade}") for grade in GRADES)], np.int64),
    )  # fmt: skip


def parameters_from(on: ParametersOnDay) -> dt.date:
    """The youngest day on which a parameter of provisions took effect."""
    return max(
        entry.effective_from for code, entry in on.entries.items() if code.startswith("provision.")
    )
