"""The board: cases in hand by colour and state, the most pressing first, and how long they lie."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Count, F, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from daihou.early_warning.cases.choices import OPEN_STATES, CaseState
from daihou.early_warning.cases.models import SignalCase
from daihou.early_warning.choices import Colour
from daihou.workbench.pieces.charts import LINE, SIGNAL_COLOURS, Chart
from daihou.workbench.warnings.listing import AGE_NAMES, AGES

SHOWN = 3  # cases of each field of the board; the others are one click away


@dataclass
class Field:
    """One colour in one state: how many, how many late, the longest wait, and the first few."""

    link: str
    late_link: str
    cases: int = 0
    late: int = 0
    longest: int | None = None
    first: list[SignalCase] = field(default_factory=list)

    @property
    def others(self) -> int:
        """How many are not named on the board."""
        return self.cases - len(self.first)


@dataclass(frozen=True)
class Line:
    """A colour with its fields in the order of the states."""

    colour: Colour
    cases: int
    fields: list[Field]


def board_of(cases: QuerySet, day: dt.date, scope: str) -> list[Line]:
    """The board in two queries, the gravest colour first."""
    fields = {
        (colour, state): Field(
            link=_link(scope, state=state.value, colour=colour.value),
            late_link=_link(scope, state=state.value, colour=colour.value, late="late"),
        )
        for colour in Colour
        for state in OPEN_STATES
    }
    counted = cases.order_by().values("now_colour", "now_state").annotate(
        cases=Count("pk"),
        late=Count("pk", filter=Q(now_due__lt=day)),
        oldest=Min("now_since"),
    )  # fmt: skip
    for row in counted:
        one = fields[Colour(row["now_colour"]), CaseState(row["now_state"])]
        one.cases, one.late = row["cases"], row["late"]
        one.longest = (day - row["oldest"]).days
    place = Window(
        RowNumber(), partition_by=[F("now_colour"), F("now_state")],
        order_by=[F("now_due").asc(nulls_last=True), F("pk").asc()],
    )  # fmt: skip
    for case in cases.annotate(place=place).filter(place__lte=SHOWN).order_by("place"):
        fields[Colour(case.now_colour), CaseState(case.now_state)].first.append(case)
    return [
        Line(colour, sum(fields[colour, state].cases for state in OPEN_STATES),
             [fields[colour, state] for state in OPEN_STATES])
        for colour in Colour
    ]  # fmt: skip


def age_chart(cases: QuerySet, day: dt.date, scope: str) -> Chart | None:
    """How long cases have stood in their state, by colour; None when nothing is in hand."""
    bands = {
        f"band_{low}": Count("pk", filter=Q(now_since__lte=day - dt.timedelta(low))
                             & Q(now_since__gte=day - dt.timedelta(min(high, 9000))))
        for low, high in AGES
    }  # fmt: skip
    rows = {
        row["now_colour"]: [row[name] for name in bands]
        for row in cases.order_by().values("now_colour").annotate(**bands)
    }
    if not rows:
        return None
    names = list(AGE_NAMES.values())
    shown = [colour for colour in Colour if colour in rows]
    long = sum(sum(counts[-2:]) for counts in rows.values())
    data = [
        {
            "type": "bar", "name": f"{colour.label}色", "x": names, "y": rows[colour],
            "marker": {"color": SIGNAL_COLOURS.get(colour, LINE)},
            "customdata": [_link(scope, age=age, colour=colour.value) for age in AGE_NAMES],
        }
        for colour in shown
    ]  # fmt: skip
    return Chart(
        name="warning-ageing",
        finding=f"{long:,} 单停留超过 14 天" if long else "没有停留超过 14 天的处置单",
        data=data,
        layout={"barmode": "stack", "yaxis": {"title": {"text": "单"}, "rangemode": "tozero"}},
        note="按在本状态停留的天数;点柱子看清单",
        headings=("停留", *(f"{colour.label}色" for colour in shown)),
        rows=[
            (name, *(f"{rows[colour][place]:,}" for colour in shown))
            for place, name in enumerate(names)
        ],
    )


def _link(scope: str, **asked: object) -> str:
    return f"{reverse('warnings')}?{urlencode({'scope': scope, **asked})}"
