"""What a condition says of each client: yes, no, or unknown, for all clients at once.

Unknown stays unknown (three-valued logic): a comparison with an unknown value is unknown; `and` is
no as soon as one side is no, `or` is yes as soon as one side is yes. Dividing by zero is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.early_warning.client_rules.conditions import (
    COMPARISONS,
    WHOLE,
    Name,
    Negation,
    Node,
    Number,
    Pair,
    Unit,
)

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Values:
    """One value a client, and whether it is known; `scale` says by how much it is too large."""

    value: Numbers
    known: Bools
    scale: int = 1


@dataclass(frozen=True)
class Verdict:
    """One answer a client: `holds` is meant only where `known`."""

    holds: Bools
    known: Bools


def judge(node: Node, indicators: Mapping[str, Values], clients: int) -> Verdict:
    """The answer of a condition for each client; an indicator that nobody has is unknown."""
    if isinstance(node, Negation):
        inner = judge(node.of, indicators, clients)
        return Verdict(~inner.holds, inner.known)
    assert isinstance(node, Pair)
    if node.operator in COMPARISONS:
        return _compared(node, indicators, clients)
    left, right = (judge(part, indicators, clients) for part in (node.left, node.right))
    if node.operator == "and":
        no = (left.known & ~left.holds) | (right.known & ~right.holds)
        return Verdict(left.holds & right.holds, (left.known & right.known) | no)
    yes = (left.known & left.holds) | (right.known & right.holds)
    return Verdict(yes, (left.known & right.known) | yes)


def numbers_of(node: Node, indicators: Mapping[str, Values], clients: int) -> Values:
    """The value of a part of a condition that is no comparison."""
    if isinstance(node, Number):
        return Values(np.full(clients, node.value, np.int64), np.ones(clients, bool))
    if isinstance(node, Name):
        unknown = Values(np.zeros(clients, np.int64), np.zeros(clients, bool))
        return indicators.get(node.code, unknown)
    assert isinstance(node, Pair)
    left, right = (numbers_of(part, indicators, clients) for part in (node.left, node.right))
    known = left.known & right.known
    if node.operator == "*":
        return Values(left.value * right.value, known, _scale_of_product(node, left, right))
    if node.operator == "/":
        return _quotient(left, right, known)
    first, second, scale = _alike(left, right)
    value = first + second if node.operator == "+" else first - second
    return Values(value, known, scale)


def _scale_of_product(node: Pair, left: Values, right: Values) -> int:
    """A share counts ten-thousandths, so a product with one is that much too large."""
    for part in (node.left, node.right):
        if isinstance(part, Number) and part.unit is Unit.SHARE:
            return left.scale * right.scale * WHOLE
    return left.scale * right.scale


def _quotient(left: Values, right: Values, known: Bools) -> Values:
    first, second, _ = _alike(left, right)
    divides = second != 0
    share = first * WHOLE // np.where(divides, second, 1)
    return Values(share, known & divides)


def _compared(node: Pair, indicators: Mapping[str, Values], clients: int) -> Verdict:
    left, right = (numbers_of(part, indicators, clients) for part in (node.left, node.right))
    first, second, _ = _alike(left, right)
    known = left.known & right.known
    return Verdict(np.asarray(_COMPARE[node.operator](first, second)) & known, known)


def _alike(left: Values, right: Values) -> tuple[Numbers, Numbers, int]:
    """Both values brought to one scale."""
    scale = max(left.scale, right.scale)
    return left.value * (scale // left.scale), right.value * (scale // right.scale), scale


_COMPARE = {
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "=": np.equal,
    "!=": np.not_equal,
}
