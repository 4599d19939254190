"""Charts: a figure built as plain data in Python, a title that says the finding, the table behind.

The page's script draws them; a colour is written as the name of the stylesheet's variable
(`--grade-3`), so that it is right in light and dark and the same everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from daihou.classification.choices import Grade
from daihou.early_warning.choices import Colour

GRADE_COLOURS = {grade: f"--grade-{grade.value}" for grade in Grade}
SIGNAL_COLOURS = {colour: f"--signal-{colour.value}" for colour in Colour}
LINE = "--accent"
SECOND_LINE = "--grade-3"
QUIET = "--line-2"


@dataclass(frozen=True)
class Chart:
    """One chart. `name` is unique on the page and names the exported picture.

    `data` and `layout` are Plotly's; `links`, one per point of the first trace, open the rows
    behind a point; with several traces each carries its own as `customdata`. `headings` and `rows`
    are the table behind the picture, as text.
    """

    name: str
    finding: str
    data: Sequence[dict[str, Any]]
    layout: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    links: Sequence[str] = ()
    is_low: bool = False
    opens_panel: bool = False  # a point opens its rows in the side panel

    @property
    def figure(self) -> dict[str, Any]:
        """What the script reads."""
        return {
            "data": list(self.data),
            "layout": self.layout,
            "links": list(self.links),
            "panel": self.opens_panel,
        }

    @property
    def script_id(self) -> str:
        """The id of the JSON on the page."""
        return f"chart-{self.name}"


def sparkline(values: Sequence[float | None]) -> str:
    """A tiny trend line: points of an SVG polyline in a box of 100 by 26; gaps are skipped."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(v for _, v in known), max(v for _, v in known)
    height = (high - low) or 1.0
    step = 100 / max(len(values) - 1, 1)
    return " ".join(f"{p * step:.1f},{24 - (v - low) / height * 22:.1f}" for p, v in known)
