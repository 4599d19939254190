"""The largest movements between two days, in words: computed, never written by hand.

Pure: the parts of the book on both days go in. A movement is ranked by how much of the whole it
moved (an overdue balance that grew by a third of all that is overdue ranks before a balance that
grew by a hundredth), and each quantity tells at most one rise and one fall, so that the same event
is not told once per branch, once per product and once per industry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daihou.reports.cells import Counted
from daihou.reports.choices import ScopeKind
from daihou.reports.queries import Part
from loanmath.money import Money

Parts = Mapping[ScopeKind, Sequence[Part]]

_QUANTITIES = {
    Counted.NPL_CHANGE: ("不良贷款", "non_performing"),
    Counted.OVERDUE_CHANGE: ("逾期贷款", "overdue"),
    Counted.PRINCIPAL_CHANGE: ("贷款余额", "principal"),
}
MOVING = (ScopeKind.BRANCH, ScopeKind.PRODUCT, ScopeKind.INDUSTRY)


@dataclass(frozen=True)
class Movement:
    """One quantity of one part of the book that moved between two days; amounts in fen."""

    quantity: str
    counted: Counted
    kind: ScopeKind
    code: int | str
    before: Money
    after: Money
    whole_before: Money

    @property
    def change(self) -> Money:
        """How far it moved."""
        return Money(self.after - self.before)

    @property
    def weight(self) -> float:
        """The move as a part of what the whole scope stood at; all of it when that was nothing."""
        return abs(self.change) / max(self.whole_before, abs(self.change))


def largest_movements(before: Parts, after: Parts, count: int) -> list[Movement]:
    """The movements that weigh most, the heaviest first; none where nothing moved."""
    moves = [
        move
        for kind in MOVING
        for counted in _QUANTITIES
        for move in _movements(kind, counted, before[kind], after[kind])
    ]
    moves.sort(key=lambda m: (-m.weight, -abs(m.change), MOVING.index(m.kind), str(m.code)))
    told: dict[tuple[Counted, bool], Movement] = {}
    for move in moves:
        told.setdefault((move.counted, move.change > 0), move)
    return list(told.values())[:count]


def _movements(
    kind: ScopeKind, counted: Counted, before: Sequence[Part], after: Sequence[Part]
) -> list[Movement]:
    quantity, name = _QUANTITIES[counted]
    then: dict[int | str, Money] = {part.code: getattr(part, name) for part in before}
    now: dict[int | str, Money] = {part.code: getattr(part, name) for part in after}
    whole = Money(sum(then.values()))
    return [
        Movement(quantity, counted, kind, code, then.get(code, Money(0)), now.get(code, Money(0)),
                 whole)
        for code in {**then, **now}
        if then.get(code, 0) != now.get(code, 0)
    ]  # fmt: skip
