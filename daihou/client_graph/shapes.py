"""Circles, rings, chains and hubs in a graph of guarantees. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import rustworkx as rx

from daihou.client_graph.choices import CircleShape

_SMALLEST_CIRCLE = 3  # two clients, of whom one guarantees the other, are a guarantee, no circle


@dataclass(frozen=True)
class Promise:
    """One client's guarantees for another: from guarantor to debtor, all together, in fen."""

    guarantor: int
    debtor: int
    amount: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class FoundCircle:
    """Clients held together by guarantees, and what the circle looks like.

    `chain` counts the clients on the longest chain of guarantees (a ring counts as all its
    members); `in_rings` the clients who, along some way, guarantee themselves.
    """

    members: frozenset[int]
    shape: CircleShape
    ties: int
    chain: int
    in_rings: frozenset[int]
    hub: int
    hub_clients: int


def circles_of(promises: Sequence[Promise], *, hub_from: int) -> list[FoundCircle]:
    """The circles among all guarantees, the largest first; the same promises give the same list."""
    graph: rx.PyDiGraph = rx.PyDiGraph(multigraph=False)
    clients = sorted({one.guarantor for one in promises} | {one.debtor for one in promises})
    place = {client: graph.add_node(client) for client in clients}
    graph.add_edges_from(
        [(place[one.guarantor], place[one.debtor], one.amount) for one in promises]
    )
    rings = [set(ring) for ring in rx.strongly_connected_components(graph) if len(ring) > 1]
    ring_of = {node: number for number, ring in enumerate(rings) for node in ring}
    found = []
    for nodes in rx.weakly_connected_components(graph):
        ringed = {node for node in nodes if node in ring_of}
        if len(nodes) >= _SMALLEST_CIRCLE or ringed:
            sizes = [len(ring) for ring in rings if ring <= ringed]
            found.append(_circle(graph, sorted(nodes), ringed, max(sizes, default=0), hub_from))
    return sorted(found, key=lambda one: (-len(one.members), min(one.members)))


def _circle(
    graph: rx.PyDiGraph, nodes: list[int], ringed: set[int], largest_ring: int, hub_from: int
) -> FoundCircle:
    part = graph.subgraph(nodes)
    hub = max(nodes, key=lambda node: (graph.out_degree(node), -node))
    degree = graph.out_degree(hub)
    return FoundCircle(
        members=frozenset(graph[node] for node in nodes),
        shape=_shape(largest_ring, degree, hub_from),
        ties=part.num_edges(),
        chain=_longest_chain(part),
        in_rings=frozenset(graph[node] for node in ringed),
        hub=graph[hub],
        hub_clients=degree,
    )


def _shape(largest_ring: int, hub_clients: int, hub_from: int) -> CircleShape:
    if largest_ring > 2:
        return CircleShape.RING
    if largest_ring == 2:
        return CircleShape.MUTUAL
    return CircleShape.HUB if hub_clients >= hub_from else CircleShape.CHAIN


def _longest_chain(part: rx.PyDiGraph) -> int:
    """Clients on the longest way along guarantees, each ring drawn together to one of its size."""
    rings = rx.strongly_connected_components(part)
    number = {node: n for n, ring in enumerate(rings) for node in ring}
    ahead: dict[int, set[int]] = {n: set() for n in range(len(rings))}
    for start, end in part.edge_list():
        if number[start] != number[end]:
            ahead[number[start]].add(number[end])
    longest: dict[int, int] = {}
    order = rx.PyDiGraph()
    order.add_nodes_from(range(len(rings)))
    order.add_edges_from_no_data([(a, b) for a, others in ahead.items() for b in others])
    for ring in reversed(rx.topological_sort(order)):
        beyond = max((longest[other] for other in ahead[ring]), default=0)
        longest[ring] = len(rings[ring]) + beyond
    return max(longest.values())
