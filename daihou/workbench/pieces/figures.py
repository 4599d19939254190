"""Figure cards: a name, a number, its change, and the rows behind it one click away."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One card. `link` leads to the rows; `tone` is good, warn, bad or empty; words say it too.

    `value` is text made by `figures_text`; `fen` instead makes an amount in the
    unit that suits its size. `trend` is what `charts.sparkline` makes of its past.
    """

    name: str
    value: str = ""
    unit: str = ""
    change: str = ""
    link: str = ""
    tone: str = ""
    hint: str = ""
    fen: int | None = None
    trend: str = ""
