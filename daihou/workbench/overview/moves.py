"""The three largest movements of the day, in words at the top of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from daihou.reports.cells import Cell
from daihou.reports.choices import ScopeKind
from daihou.reports.movements import Movement
from daihou.workbench.overview.asked import Asked
from daihou.workbench.overview.concentration import part_cell, part_name
from daihou.workbench.pieces import figures_text


@dataclass(frozen=True)
class Told:
    """One movement as a sentence, and the loans that moved."""

    subject: str
    text: str
    link: str
    is_bad: bool


def told(asked: Asked, moves: Sequence[Movement], base: dt.date) -> list[Told]:
    """Each movement as a sentence with both ends, so that the reader can judge its size."""
    return [_told(asked, move, base) for move in moves]


def _told(asked: Asked, move: Movement, base: dt.date) -> Told:
    place = part_cell(move.kind, move.code)
    cell = Cell(
        counted=move.counted,
        base=base,
        at_branch=place.at_branch,
        at_product=place.at_product,
        at_industry=place.at_industry,
    )
    rose = move.change > 0
    amounts = (
        figures_text.short_money(amount) for amount in (abs(move.change), move.before, move.after)
    )
    change, before, after = amounts
    quality = move.quantity != "贷款余额"
    return Told(
        part_name(asked, move.kind, move.code) + _heading(move.kind),
        f"{move.quantity}{'增加' if rose else '减少'} {change}({before} → {after})",
        asked.rows(cell),
        quality and rose,
    )


def _heading(kind: ScopeKind) -> str:
    """What sort of part it is, where the name alone does not say it."""
    return {ScopeKind.INDUSTRY: "(行业)", ScopeKind.PRODUCT: "(产品)"}.get(kind, "")
