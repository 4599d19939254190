"""The numbers by which events are matched, merged and kept showing, from the parameters."""

from __future__ import annotations

from dataclasses import dataclass

from daihou.policy.queries import ParametersOnDay
from daihou.public_events.rules import SameReportLimits

_PERCENT = 1_000_000


@dataclass(frozen=True)
class EventLimits:
    """Least likeness of names (percent), when two reports are one, days a single event shows;
    from how many changes of representative or shares on they count."""

    name_likeness: int
    same_report: SameReportLimits
    shows_days: int
    changes_least: int


def event_limits(parameters: ParametersOnDay) -> EventLimits:
    """The limits as they count on the day of the parameters."""
    return EventLimits(
        name_likeness=parameters.whole("event.name_likeness") // _PERCENT,
        same_report=SameReportLimits(
            days=parameters.whole("event.same_report_days"),
            likeness=parameters.whole("event.same_report_likeness") // _PERCENT,
        ),
        shows_days=parameters.whole("event.shows_days"),
        changes_least=parameters.whole("event.changes_least"),
    )
