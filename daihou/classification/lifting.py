"""How far people may put a loan above the floors: only by a named exception, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from daihou.classification.choices import Lift
from daihou.classification.codes import NORMAL, Because
from daihou.classification.rules import GradeLimits

# Which floors a named exception takes away.
LIFTED: Mapping[Lift, Because] = MappingProxyType(
    {
        Lift.NONE: Because(0),
        Lift.TECHNICAL: Because.OVERDUE_AT_ALL,
        Lift.QUALIFYING_RENEWAL: Because.REFINANCED,
        Lift.ENHANCED: Because.DEBTOR_MOSTLY_BAD | Because.DEBTOR_HAS_BAD,
    }
)
_BY_TABLE = Because.TABLE_MENTION | Because.TABLE_BAD


def best_grade(
    machine: int, spoken: Because, lift: Lift, days_past_due: int, limits: GradeLimits
) -> int:
    """The best grade that the rules leave when a named exception is granted.

    A short delay for technical reasons is one only within its days. Where a rule set's table spoke
    the machine's grade is the best there is.
    """
    if lift is Lift.TECHNICAL and days_past_due > limits.technical_exception.value:
        return machine
    left = spoken & ~LIFTED[lift]
    if left == spoken or left & _BY_TABLE:
        return machine
    return max([NORMAL, *(limits.floor_of(rule) for rule in Because if rule in left)])
