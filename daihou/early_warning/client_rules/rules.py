"""A rule about clients (客户预警规则): its levels, for whom it is, and at which level it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from daihou.early_warning.choices import Segment
from daihou.early_warning.client_rules.conditions import (
    Node,
    Unit,
    names_in,
    read_condition,
    text_of,
)
from daihou.early_warning.client_rules.evaluation import Bools, Values, judge
from daihou.early_warning.shipped_signals import Level
from daihou.policy.choices import Evidence
from daihou.storage.packed_columns import places_among

FINDINGS = "findings"
STRENGTH = "finding_strength"
SHIPPED_VERSION = "出厂值"
# Names that are not in the catalogue of indicators: findings of the signal's own number.
FINDING_UNITS: Mapping[str, Unit] = {FINDINGS: Unit.COUNT, STRENGTH: Unit.SHARE}
FINDING_NAMES: Mapping[str, str] = {FINDINGS: "未排除的线索数", STRENGTH: "最重线索涉及占比"}
_ANY_FINDING = re.compile(rf"{FINDING_NAMES[FINDINGS]} 不低于 1(?!\d)")


@dataclass(frozen=True)
class ClientRule:
    """One signal's rule as it counts on a day; level 1 first.

    `needs` is the data that the shipped rule asks for; a rule over findings has them from there.
    """

    number: int
    name: str
    levels: tuple[Level, ...]
    needs: tuple[str, ...]
    cooldown: int
    merge: int
    source: str
    evidence: Evidence
    version: str = SHIPPED_VERSION
    segment: Segment = Segment.ALL
    products: tuple[int, ...] = ()
    is_on: bool = True

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The conditions of the levels, read."""
        return tuple(read_condition(level.when) for level in self.levels)

    @cached_property
    def looks_at(self) -> tuple[str, ...]:
        """The indicators that any level names, in order: what is kept with a signal as seen."""
        return tuple(dict.fromkeys(name for node in self.nodes for name in names_in(node)))

    def in_words(self, level: int, names: Mapping[str, str]) -> str:
        """The condition of a level as people read it."""
        spoken = text_of(self.nodes[level - 1], {**names, **FINDING_NAMES})
        return _ANY_FINDING.sub("有未排除的线索", spoken)


@dataclass(frozen=True)
class Judged:
    """At which level a rule shows on each client (0: not), and whether that could be judged."""

    level: npt.NDArray[np.int8]
    known: Bools


def judge_rule(rule: ClientRule, values: Mapping[str, Values], in_scope: Bools) -> Judged:
    """The highest level whose condition holds; unknown where none holds and one might."""
    level = np.zeros(in_scope.size, np.int8)
    known = np.ones(in_scope.size, bool)
    for number, node in enumerate(rule.nodes, start=1):
        verdict = judge(node, values, in_scope.size)
        level[verdict.holds & verdict.known] = number
        known &= verdict.known
    level[~in_scope] = 0
    return Judged(level, known | (level > 0) | ~in_scope)


class Scopes:
    """Which clients a rule is for: those with a loan of its kind. Worked out once per kind."""

    def __init__(self, clients: npt.NDArray[np.int64], loans: Mapping[str, npt.NDArray]) -> None:
        """`clients` rising; `customer_id`, `is_retail`, `product_id` of the loans to be judged."""
        at = places_among(clients, loans["customer_id"])
        there = at >= 0
        self._clients = clients.size
        self._at = at[there]
        self._is_retail = loans["is_retail"][there] != 0
        self._product = loans["product_id"][there]
        self._known: dict[tuple[Segment, tuple[int, ...]], Bools] = {}

    def of(self, rule: ClientRule) -> Bools:
        """For which of the clients the rule is."""
        key = (rule.segment, rule.products)
        if key not in self._known:
            self._known[key] = self._worked_out(*key)
        return self._known[key]

    def _worked_out(self, segment: Segment, products: tuple[int, ...]) -> Bools:
        wanted = np.ones(self._at.size, bool)
        if segment is not Segment.ALL:
            wanted &= self._is_retail == (segment is Segment.RETAIL)
        if products:
            wanted &= np.isin(self._product, products)
        in_scope = np.zeros(self._clients, bool)
        in_scope[self._at[wanted]] = True
        return in_scope
