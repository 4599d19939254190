"""What if (试算): the allowance of some loans under other numbers; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet

from daihou.provision.models import Allowance
from daihou.provision.rules import RETAIL, Balances, Measures, exposed
from loanmath.expected_loss import expected_loss
from loanmath.rates import PER_ONE, part_of

_READ = ("stage", "grade", "risk_group", "principal", "exposure", "covered", "months",
         "runs_down", "default_rate", "rate", "expected_loss")  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """What the allowance of a stage is, and what it would be."""

    stage: int
    loans: int
    now: int
    then: int

    @property
    def change(self) -> int:
        """What would be added; negative: released."""
        return self.then - self.now


def tried(rows: QuerySet[Allowance], measures: Measures, default_factor: int) -> list[Tried]:
    """Measure some loans anew with other losses, weights, and default rates times a factor.

    Stages stay as they are. With the day's own parameters and a factor of one nothing changes.
    """
    read = list(rows.order_by().values_list(*_READ))
    values = np.array(read, np.int64).reshape(-1, len(_READ)).T
    column = dict(zip(_READ, values, strict=True))
    stage = column["stage"]
    factored = np.minimum(part_of(column["default_rate"], default_factor), PER_ONE)
    balances = Balances(
        principal=column["principal"], exposure=column["exposure"], covered=column["covered"],
        months=column["months"], rate=column["rate"], runs_down=column["runs_down"] != 0,
        is_retail=column["risk_group"] >= RETAIL,
    )  # fmt: skip
    rate = np.where(stage == 3, PER_ONE, factored)
    at_stake = exposed(stage, column["grade"], rate, balances, measures)
    then = expected_loss(at_stake, measures.scenarios)
    return [
        Tried(one, int((stage == one).sum()), int(column["expected_loss"][stage == one].sum()),
              int(then[stage == one].sum()))
        for one in (1, 2, 3)
    ]  # fmt: skip
