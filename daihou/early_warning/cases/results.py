"""How well signals are handled (成效): times, on-time, cure and false-alarm rates, as of a day.

Every count comes with the condition that finds its cases, so that a list can show them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import TruncMonth

from daihou.early_warning.cases.choices import CaseState, Outcome
from daihou.early_warning.cases.models import CaseSignal, SignalCase

# How the cases can be laid out; a case counts under each of its signals.
GROUPINGS: Mapping[str, str] = {
    "month": "month",
    "colour": "colour",
    "rule": "case_signals__rule",
    "branch": "branch",
    "owner": "owner",
}
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class CaseFigures:
    """The figures of some cases; a rate without anything to rate is None, never 0."""

    key: Any
    cases: int
    due: int
    missed: int
    closed: int
    cured: int
    false_alarms: int
    days_to_acknowledge: float | None
    days_to_plan: float | None
    days_to_close: float | None

    @property
    def in_hand(self) -> int:
        """Not closed by the day."""
        return self.cases - self.closed

    @property
    def on_time_rate(self) -> float | None:
        """Cases without a missed deadline of 签收 or 方案, out of those that had one to meet."""
        return (self.due - self.missed) / self.due if self.due else None

    @property
    def cure_rate(self) -> float | None:
        """Closed because the risk was gone, out of all closed that were no false alarm."""
        real = self.closed - self.false_alarms
        return self.cured / real if real else None

    @property
    def false_alarm_rate(self) -> float | None:
        """Closed as false alarms, out of all closed."""
        return self.false_alarms / self.closed if self.closed else None


def missed_a_deadline(day: dt.date) -> Q:
    """Cases of which 签收 or 方案 came too late, or had not come when a day was over its limit."""
    late = Q(acknowledge_by__lt=day) & (
        Q(acknowledged_on=None) | Q(acknowledged_on__gt=F("acknowledge_by"))
    )
    without_plan = Q(plan_by__lt=day) & (Q(planned_on=None) | Q(planned_on__gt=F("plan_by")))
    return late | (without_plan & (Q(closed_on=None) | Q(closed_on__gt=F("plan_by"))))


def had_a_deadline(day: dt.date) -> Q:
    """Cases that were acknowledged by a day, or should have been."""
    return Q(acknowledged_on__lte=day) | Q(acknowledge_by__lt=day)


def cured(day: dt.date) -> Q:
    """Cases released by a day because the risk was gone."""
    return Q(closed_on__lte=day, state=CaseState.RELEASED, outcome=Outcome.CURED)


def false_alarms(day: dt.date) -> Q:
    """Cases found to be false alarms by a day."""
    return Q(closed_on__lte=day, state=CaseState.FALSE_ALARM)


def figures_of(cases: QuerySet[SignalCase], day: dt.date) -> CaseFigures:
    """The figures of all the cases together, in one query."""
    return _figures(None, cases.order_by().aggregate(**_sums(day)))


def figures_by(cases: QuerySet[SignalCase], grouping: str, day: dt.date) -> list[CaseFigures]:
    """The figures by month of opening, colour, signal, branch or owner, in one query."""
    name = GROUPINGS[grouping]
    rows = cases.order_by()
    if grouping == "month":
        rows = rows.annotate(month=TruncMonth("opened_on"))
    if grouping == "rule":  # each signal of a case once, however many levels it reached
        once = CaseSignal.objects.order_by("case", "rule", "pk").distinct("case", "rule")
        rows = rows.filter(case_signals__pk__in=once.values("pk"))
    found = rows.values(name).annotate(**_sums(day)).order_by(name)
    return [_figures(row[name], row) for row in found]


def _sums(day: dt.date) -> dict[str, Count | Avg]:
    return {
        "cases": Count("pk"),
        "due": Count("pk", filter=had_a_deadline(day)),
        "missed": Count("pk", filter=missed_a_deadline(day)),
        "closed": Count("pk", filter=Q(closed_on__lte=day)),
        "cured": Count("pk", filter=cured(day)),
        "false_alarms": Count("pk", filter=false_alarms(day)),
        "days_to_acknowledge": _days_to("acknowledged_on", day),
        "days_to_plan": _days_to("planned_on", day),
        "days_to_close": _days_to("closed_on", day),
    }


def _days_to(field: str, day: dt.date) -> Avg:
    lasted = ExpressionWrapper(F(field) - F("opened_on"), output_field=DurationField())
    return Avg(lasted, filter=Q(**{f"{field}__lte": day}))


def _figures(key: Any, row: Mapping[str, Any]) -> CaseFigures:
    values = {name: row[name] for name in CaseFigures.__dataclass_fields__ if name != "key"}
    for name, value in values.items():
        if isinstance(value, dt.timedelta):
            values[name] = value / _ONE_DAY
    return CaseFigures(key=key, **values)
