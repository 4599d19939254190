"""Signals 87-90 from guarantees and from who is failing: facts in, findings out. No database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from daihou.client_graph.choices import (
    CIRCLE_FAILING,
    GUARANTEES_TOO_LARGE,
    GUARANTOR_FAILING,
    GUARANTOR_SUED,
)
from daihou.client_graph.shapes import Promise

_PERCENT = 1_000_000
UNKNOWN = -1  # how an unknown amount is kept among the numbers seen
# Events that say a guarantor is sued or listed; the signals of the catalogue.
COURT_SIGNALS = range(81, 87)


@dataclass(frozen=True)
class GraphLimits:
    """The numbers of the parameters: days of failing, how many count, how far a call reaches,
    share of net assets."""

    failing_days: int
    sued_guarantors: int
    failing_members: int
    called_hands: int
    hub_clients: int
    net_assets_share: int  # micro-percent


@dataclass(frozen=True)
class GraphFacts:
    """What the rules look at; clients are ids, money is fen.

    `days_past_due` holds only clients who are failing. `events` maps a client to the confirmed
    court events about it. A client without `net_assets` is unknown in that respect.
    """

    promises: Sequence[Promise]
    circles: Sequence[frozenset[int]]
    days_past_due: Mapping[int, int]
    events: Mapping[int, Sequence[int]] = field(default_factory=dict)
    net_assets: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What was found about one client for one signal.

    The numbers of `seen`: 87 guarantors failing, most days past due, amount they promised; 88
    guarantors sued, events; 89 failing members who
    call, members, fewest hands to one; 90 clients guaranteed, amount, net assets.
    """

    customer: int
    signal: int
    strength: int
    seen: tuple[int, ...]
    clients: tuple[int, ...]
    rows: tuple[int, ...]


def find_all(facts: GraphFacts, limits: GraphLimits) -> list[Found]:
    """Everything that the graph says, by client and signal."""
    found = [
        *_guarantors_failing(facts),
        *_guarantors_sued(facts, limits.sued_guarantors),
        *_circles_failing(facts, limits),
        *_guarantees_too_large(facts, limits),
    ]
    return sorted(found, key=lambda one: (one.customer, one.signal))


def _guarantors_failing(facts: GraphFacts) -> Iterator[Found]:
    for debtor, promises in _by(facts.promises, "debtor").items():
        bad = [one for one in promises if one.guarantor in facts.days_past_due]
        if bad:
            days = max(facts.days_past_due[one.guarantor] for one in bad)
            seen = (len(bad), days, sum(one.amount for one in bad))
            yield Found(
                debtor, GUARANTOR_FAILING, len(bad), seen,
                tuple(sorted(one.guarantor for one in bad)), _rows(bad),
            )  # fmt: skip


def _guarantors_sued(facts: GraphFacts, at_least: int) -> Iterator[Found]:
    for debtor, promises in _by(facts.promises, "debtor").items():
        bad = sorted({one.guarantor for one in promises if one.guarantor in facts.events})
        if len(bad) >= at_least:
            events = sorted({event for client in bad for event in facts.events[client]})
            yield Found(
                debtor, GUARANTOR_SUED, len(bad), (len(bad), len(events)), tuple(bad),
                tuple(events),
            )  # fmt: skip


def _circles_failing(facts: GraphFacts, limits: GraphLimits) -> Iterator[Found]:
    """Every sound member of a circle who is called upon when others in it fail.

    That is who guarantees a failing member, or stands behind its guarantors, within so many hands;
    the other members hear nothing. The failing are known by their own signals. A client stands in
    one circle at most, since circles are the parts of one graph.
    """
    troubled = facts.days_past_due.keys() | facts.events.keys()
    guarantors: dict[int, list[int]] = defaultdict(list)
    for one in facts.promises:
        guarantors[one.debtor].append(one.guarantor)
    for circle in facts.circles:
        called: dict[int, dict[int, int]] = defaultdict(dict)
        for failing in sorted(circle & troubled):
            for member, hands in _called_upon(failing, guarantors, limits.called_hands).items():
                called[member][failing] = hands
        for member in sorted(called.keys() - troubled):
            by = called[member]
            if len(by) >= limits.failing_members:
                seen = (len(by), len(circle), min(by.values()))
                yield Found(member, CIRCLE_FAILING, len(by), seen, tuple(sorted(by)), ())


def _called_upon(
    failing: int, guarantors: Mapping[int, Sequence[int]], most_hands: int
) -> dict[int, int]:
    """Who stands behind a failing client, and at how many hands (its own guarantors: 1)."""
    found = {failing: 0}
    last = [failing]
    for hands in range(1, most_hands + 1):
        last = [one for debtor in last for one in guarantors.get(debtor, ()) if one not in found]
        found |= dict.fromkeys(last, hands)
    del found[failing]
    return found


def _guarantees_too_large(facts: GraphFacts, limits: GraphLimits) -> Iterator[Found]:
    """Too much guaranteed against net assets (unknown without a statement), or for too many."""
    for guarantor, promises in _by(facts.promises, "guarantor").items():
        amount = sum(one.amount for one in promises)
        debtors = tuple(sorted({one.debtor for one in promises}))
        own = facts.net_assets.get(guarantor)
        too_large = own is not None and amount * 100 * _PERCENT > own * limits.net_assets_share
        if too_large or len(debtors) >= limits.hub_clients:
            seen = (len(debtors), amount, UNKNOWN if own is None else own)
            yield Found(
                guarantor, GUARANTEES_TOO_LARGE, 2 if too_large else 1, seen, debtors,
                _rows(promises),
            )  # fmt: skip


def _by(promises: Iterable[Promise], end: str) -> dict[int, list[Promise]]:
    groups: dict[int, list[Promise]] = defaultdict(list)
    for one in promises:
        groups[getattr(one, end)].append(one)
    return groups


def _rows(promises: Iterable[Promise]) -> tuple[int, ...]:
    return tuple(sorted(row for one in promises for row in one.rows))
