"""If one client fails: who is called upon, round by round, and who cannot stand it. No database.

A failing debtor's guarantors are called for what is owed, each for the whole up to the promised
amount, as a creditor may ask of joint guarantors (民法典 688、699). What a guarantor can bear is
known or unknown; unknown stays unknown and does not spread, unless the reader asks for the worst
case. See the decision page on contagion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from daihou.client_graph.shapes import Promise


class Outcome(Enum):
    """What being called upon does to a guarantor; the value is how staff would put it."""

    FALLS = "倒下"
    BEARS = "能承受"
    UNKNOWN = "能力未知"


@dataclass(frozen=True)
class Blow:
    """A guarantor called upon in one round: for whom, for how much now and in all, in fen."""

    client: int
    because_of: tuple[int, ...]
    called_now: int
    called_in_all: int
    capacity: int | None
    outcome: Outcome


@dataclass(frozen=True)
class Spread:
    """How failing spreads: the rounds, all who fell, and promises that lost their guarantor."""

    rounds: tuple[tuple[Blow, ...], ...]
    fallen: frozenset[int]
    unknown: frozenset[int]
    uncovered: tuple[Promise, ...]

    def owed_by_fallen(self, owed: Mapping[int, int]) -> int:
        """What all the fallen owe, in fen."""
        return sum(owed.get(client, 0) for client in self.fallen)


def spread(
    starting: Iterable[int],
    *,
    promises: Sequence[Promise],
    owed: Mapping[int, int],
    capacity: Mapping[int, int],
    unknown_falls: bool = False,
) -> Spread:
    """Follow the failing of some clients through their guarantors until nobody more falls.

    `owed` and `capacity` are in fen by client; a client without capacity is unknown. Ends, since
    every round but the last adds to the fallen.
    """
    guarantors: dict[int, list[Promise]] = defaultdict(list)
    for one in promises:
        guarantors[one.debtor].append(one)
    fallen = set(starting)
    called: defaultdict[int, int] = defaultdict(int)
    failing, rounds = sorted(fallen), []
    unknown: set[int] = set()
    while failing:
        blows = _round(failing, guarantors, owed, called, capacity, fallen, unknown_falls)
        if blows:
            rounds.append(tuple(blows))
        failing = sorted(blow.client for blow in blows if blow.outcome is Outcome.FALLS)
        fallen.update(failing)
        unknown |= {blow.client for blow in blows if blow.outcome is Outcome.UNKNOWN}
    bare = tuple(one for one in promises if one.guarantor in fallen and one.debtor not in fallen)
    return Spread(tuple(rounds), frozenset(fallen), frozenset(unknown - fallen), bare)


def _round(
    failing: Sequence[int],
    guarantors: Mapping[int, Sequence[Promise]],
    owed: Mapping[int, int],
    called: defaultdict[int, int],
    capacity: Mapping[int, int],
    fallen: set[int],
    unknown_falls: bool,
) -> list[Blow]:
    now: dict[int, int] = defaultdict(int)
    because: dict[int, list[int]] = defaultdict(list)
    for debtor in failing:
        for promise in guarantors.get(debtor, ()):
            asked = min(promise.amount, owed.get(debtor, 0))
            if asked > 0 and promise.guarantor not in fallen:
                now[promise.guarantor] += asked
                because[promise.guarantor].append(debtor)
    blows = []
    for client in sorted(now):
        called[client] += now[client]
        known = capacity.get(client)
        outcome = _outcome(called[client], known, unknown_falls)
        blows.append(
            Blow(client, tuple(because[client]), now[client], called[client], known, outcome)
        )
    return blows


def _outcome(called: int, capacity: int | None, unknown_falls: bool) -> Outcome:
    if capacity is None:
        return Outcome.FALLS if unknown_falls else Outcome.UNKNOWN
    return Outcome.FALLS if called > capacity else Outcome.BEARS
