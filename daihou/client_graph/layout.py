"""Where each client stands in the picture: rings around the middle, the same picture every time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

Place = tuple[float, float]


def rings_around(hops: Mapping[int, int], ties: Sequence[tuple[int, int]]) -> dict[int, Place]:
    """A place for each client: distance by steps from the middle, angle near whom it hangs on.

    Each client gets as much of the circle as it has clients hanging on it further out, so that
    branches do not cross. Several middles stand on a ring of their own.
    """
    hanging = _tree(hops, ties)
    roots = sorted(one for one, hop in hops.items() if hop == 0)
    weight: dict[int, int] = {}
    for client in sorted(hops, key=lambda one: (-hops[one], one)):
        weight[client] = sum(weight[one] for one in hanging[client]) or 1
    spread = 0.0 if len(roots) == 1 else 0.45
    places: dict[int, Place] = {}
    _spread(roots, 0.0, 2 * math.pi, 0, hanging, weight, places, spread)
    return places


def _tree(hops: Mapping[int, int], ties: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Whom each client hangs on: the lowest-numbered neighbour one step nearer the middle."""
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in ties:
        near[one].add(other)
        near[other].add(one)
    hanging: dict[int, list[int]] = defaultdict(list)
    for client in sorted(hops):
        if hops[client]:
            nearer = [one for one in near[client] if hops.get(one) == hops[client] - 1]
            if nearer:
                hanging[min(nearer)].append(client)
            else:  # its link is not drawn: hang it on the middle
                hanging[min(one for one, hop in hops.items() if hop == 0)].append(client)
    return hanging


def _spread(
    clients: Sequence[int],
    begin: float,
    width: float,
    depth: int,
    hanging: Mapping[int, list[int]],
    weight: Mapping[int, int],
    places: dict[int, Place],
    inner: float,
) -> None:
    total = sum(weight[one] for one in clients)
    for client in clients:
        part = width * weight[client] / total
        angle = begin + part / 2
        radius = depth + inner
        places[client] = (
            round(radius * math.cos(angle), 4), round(radius * math.sin(angle), 4),
        )  # fmt: skip
        further = hanging.get(client, [])
        if further:
            _spread(further, begin, part, depth + 1, hanging, weight, places, inner)
        begin += part
