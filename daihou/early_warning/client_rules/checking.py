"""What is wrong with the conditions that a person typed, said beside each of them.

A condition must be understood, name indicators of the catalogue, compare what is of one unit, and
must not divide by what may be zero: there the answer would be unknown for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from daihou.early_warning.client_rules.conditions import (
    BadCondition,
    Negation,
    Node,
    Number,
    Pair,
    Unit,
    names_in,
    read_condition,
    text_of,
    unit_of,
)
from daihou.early_warning.client_rules.rules import FINDING_UNITS
from daihou.early_warning.shipped_signals import Level

MOST_LEVELS = 3
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a level (from 1), in the words of the screen; 0 is the rule as a whole."""

    level: int
    says: str
    is_of_colour: bool = False


def faults_of(
    levels: Sequence[Level],
    units: Mapping[str, Unit],
    names: Mapping[str, str],
    *,
    has_findings: bool,
) -> list[Fault]:
    """Everything wrong with the levels of a rule; `has_findings`: its signal is about findings."""
    if not levels:
        return [Fault(1, "至少写一档条件")]
    if len(levels) > MOST_LEVELS:
        return [Fault(0, f"最多 {MOST_LEVELS} 档")]
    usable = {n: u for n, u in units.items() if has_findings or n not in FINDING_UNITS}
    found = []
    for number, level in enumerate(levels, start=1):
        found += [Fault(number, says) for says in _of_condition(level.when, usable, names)]
    return found or list(_between(levels))


def _of_condition(text: str, units: Mapping[str, Unit], names: Mapping[str, str]) -> Iterator[str]:
    try:
        node = read_condition(text)
        named = names_in(node)
        strangers = [name for name in named if name not in units]
        if strangers:
            yield from (_stranger(name, names) for name in strangers)
            return
        if unit_of(node, units) is not Unit.TRUTH:
            yield "条件须是比较,如 cash_inflow_share_90d > 70%"
            return
    except BadCondition as problem:
        yield str(problem)
        return
    if not named:
        yield "条件里没有指标,对所有客户的结论都一样"
    for divisor in _open_divisors(node, frozenset()):
        told = text_of(divisor, names)
        yield (f"“{told}”可能为 0,除以 0 没有结论;请在同一档加上“and {text_of(divisor)} > 0”")


def _stranger(name: str, names: Mapping[str, str]) -> str:
    if name in FINDING_UNITS:
        return f"这个信号没有线索来源,不能用“{name}”"
    meant = get_close_matches(name, names, n=1)
    hint = f";是否指 {meant[0]}({names[meant[0]]})" if meant else ""
    return f"指标目录里没有“{name}”{hint}"


def _between(levels: Sequence[Level]) -> Iterator[Fault]:
    """A higher level is no lighter in colour and has a condition of its own."""
    for number in range(1, len(levels)):
        below, level = levels[number - 1], levels[number]
        if level.colour < below.colour:
            yield Fault(
                number + 1,
                f"第{number + 1}档不能比第{number}档({below.colour.label})轻",
                is_of_colour=True,
            )
        if read_condition(level.when) == read_condition(below.when):
            yield Fault(number + 1, f"与第{number}档条件相同,第{number}档永远不会显示")


def _open_divisors(node: Node, guarded: frozenset[Node]) -> Iterator[Node]:
    """The divisors that may be zero: neither a number nor held above zero beside the division."""
    if isinstance(node, Negation):
        yield from _open_divisors(node.of, guarded)
    elif isinstance(node, Pair):
        if node.operator == "and":
            guarded = guarded | frozenset(_held_from_zero(node))
        if node.operator == "/" and not _is_safe(node.right, guarded):
            yield node.right
        for part in (node.left, node.right):
            yield from _open_divisors(part, guarded)


def _is_safe(divisor: Node, guarded: frozenset[Node]) -> bool:
    return divisor in guarded or (isinstance(divisor, Number) and divisor.value != 0)


def _held_from_zero(node: Node) -> Iterator[Node]:
    """What the parts joined by `and` keep from being zero."""
    if not isinstance(node, Pair):
        return
    if node.operator == "and":
        yield from _held_from_zero(node.left)
        yield from _held_from_zero(node.right)
        return
    for side, operator, other in (
        (node.left, node.operator, node.right),
        (node.right, _MIRRORED.get(node.operator, ""), node.left),
    ):
        if isinstance(other, Number) and not isinstance(side, Number):
            above = operator == ">" or (operator == ">=" and other.value > 0)
            if above or (operator in ("=", "!=") and (other.value == 0) == (operator == "!=")):
                yield side
