"""The daily step of the events: take in what lies there, look again for clients not yet found."""

from __future__ import annotations

import datetime as dt

from daihou.policy.queries import ParametersOnDay
from daihou.public_events.digesting import digest_new_events, match_waiting_events
from daihou.public_events.limits import event_limits
from daihou.servicing.book_on_day import StepResult


def look_at_events(day: dt.date, parameters: ParametersOnDay) -> StepResult:
    """Match, merge and compare new events; costs two short queries when there is nothing new."""
    limits = event_limits(parameters)
    digested = digest_new_events(business_date=day, limits=limits)
    found = match_waiting_events(limits=limits)
    return StepResult(digested.taken + found, {**digested.figures(), "补匹配": found})
