"""Circles, chains and contagion on small graphs, without a database."""

from __future__ import annotations

from dataclasses import replace

from daihou.client_graph.choices import CircleShape
from daihou.client_graph.contagion import Outcome, spread
from daihou.client_graph.rules import GraphFacts, GraphLimits, find_all
from daihou.client_graph.shapes import Promise, circles_of

LIMITS = GraphLimits(
    failing_days=31,
    sued_guarantors=1,
    failing_members=1,
    called_hands=2,
    hub_clients=5,
    net_assets_share=100_000_000,
)


def promises(*pairs: tuple[int, int], amount: int = 100) -> list[Promise]:
    return [
        Promise(guarantor, debtor, amount, (guarantor * 10 + debtor,))
        for guarantor, debtor in pairs
    ]


def test_a_ring_a_mutual_pair_a_hub_and_a_chain() -> None:
    ring = promises((1, 2), (2, 3), (3, 1), (3, 4))
    pair = promises((11, 12), (12, 11))
    hub = promises(*((21, 22 + n) for n in range(5)))
    chain = promises((31, 32), (32, 33), (33, 34))
    lone = promises((41, 42))
    found = circles_of([*ring, *pair, *hub, *chain, *lone], hub_from=5)
    by_first = {min(circle.members): circle for circle in found}
    assert sorted(by_first) == [1, 11, 21, 31]
    assert by_first[1].shape is CircleShape.RING
    assert by_first[1].in_rings == {1, 2, 3} and by_first[1].chain == 4
    assert by_first[11].shape is CircleShape.MUTUAL and by_first[11].chain == 2
    assert by_first[21].shape is CircleShape.HUB
    assert (by_first[21].hub, by_first[21].hub_clients, by_first[21].chain) == (21, 5, 2)
    assert by_first[31].shape is CircleShape.CHAIN and by_first[31].chain == 4


def test_the_findings_name_who_fails_and_leave_unknown_unknown() -> None:
    given = promises((1, 2), (2, 3), (3, 1))
    circle = frozenset({1, 2, 3})
    facts = GraphFacts(given, [circle], days_past_due={1: 45}, events={3: [900]})
    found = {(one.customer, one.signal): one for one in find_all(facts, LIMITS)}
    assert found[2, 87].seen == (1, 45, 100) and found[2, 87].clients == (1,)
    assert found[1, 88].clients == (3,) and found[1, 88].rows == (900,)
    assert found[2, 89].strength == 2 and found[2, 89].clients == (1, 3)
    assert (1, 89) not in found  # the failing are known by their own signals
    assert not [key for key in found if key[1] == 90]  # no statement: unknown, not "too much"
    known = GraphFacts(given, [circle], {}, net_assets={1: 99, 2: 100})
    assert [(one.customer, one.signal) for one in find_all(known, LIMITS)] == [(1, 90)]


def test_only_those_called_upon_hear_of_a_failing_member() -> None:
    """1 is guaranteed by 2, 2 by 3, 3 by 4; 1 guarantees 5, 2 also 6: one circle of six."""
    given = promises((2, 1), (3, 2), (4, 3), (1, 5), (2, 6))
    circle = frozenset(range(1, 7))
    facts = GraphFacts(given, [circle], days_past_due={1: 45})
    found = {one.customer: one for one in find_all(facts, LIMITS) if one.signal == 89}
    assert {client: one.seen for client, one in found.items()} == {2: (1, 6, 1), 3: (1, 6, 2)}
    direct = find_all(facts, replace(LIMITS, called_hands=1))
    assert [one.customer for one in direct if one.signal == 89] == [2]
    two = replace(LIMITS, failing_members=2)
    assert not [one for one in find_all(facts, two) if one.signal == 89]
    both = GraphFacts(given, [circle], days_past_due={1: 45, 6: 40})
    calls = {one.customer: one.clients for one in find_all(both, two) if one.signal == 89}
    assert calls == {2: (1, 6), 3: (1, 6)}


def test_a_guarantor_of_many_is_found_without_a_statement() -> None:
    facts = GraphFacts(promises(*((1, 2 + n) for n in range(5))), [], {})
    (found,) = find_all(facts, LIMITS)
    assert (found.customer, found.signal, found.strength, found.seen) == (1, 90, 1, (5, 500, -1))


def test_contagion_stops_at_unknown_unless_the_worst_is_asked_for() -> None:
    given = promises((2, 1), (3, 2), (4, 2), (5, 3))
    owed = {1: 80, 2: 300, 3: 50}
    calm = spread([1], promises=given, owed=owed, capacity={})
    ((blow,),) = calm.rounds
    assert (blow.client, blow.called_now, blow.outcome) == (2, 80, Outcome.UNKNOWN)
    assert calm.fallen == {1} and calm.unknown == {2}
    worst = spread([1], promises=given, owed=owed, capacity={4: 500}, unknown_falls=True)
    assert [[one.client for one in each] for each in worst.rounds] == [[2], [3, 4], [5]]
    assert worst.fallen == {1, 2, 3, 5} and worst.owed_by_fallen(owed) == 430
    assert {one.client: one.outcome for one in worst.rounds[1]}[4] is Outcome.BEARS


def test_a_guarantor_called_twice_may_fall_the_second_time() -> None:
    given = promises((9, 1), (9, 2), (2, 1))
    found = spread([1], promises=given, owed={1: 100, 2: 100}, capacity={9: 150, 2: 10})
    assert [one.outcome for one in found.rounds[0]] == [Outcome.FALLS, Outcome.BEARS]
    ((second,),) = found.rounds[1:]
    assert (second.client, second.called_in_all, second.outcome) == (9, 200, Outcome.FALLS)


def test_a_ring_ends_and_what_lost_its_guarantor_is_told() -> None:
    given = promises((1, 2), (2, 3), (3, 1))
    found = spread([1], promises=given, owed={1: 5, 2: 5, 3: 5}, capacity={3: 10})
    assert found.fallen == {1}
    assert [one.debtor for one in found.uncovered] == [2]
    all_fall = spread([1], promises=given, owed={1: 5, 2: 5, 3: 5}, capacity={}, unknown_falls=True)
    assert all_fall.fallen == {1, 2, 3} and len(all_fall.rounds) == 2
