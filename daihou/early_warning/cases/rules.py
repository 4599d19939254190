"""How a case goes from signal to release: who answers, until when, who signs, what is missing.

Facts in, decision and reasons out. Nothing here knows the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from daihou.early_warning.cases.choices import OPEN_STATES, CaseState
from daihou.early_warning.choices import Colour

COLOURS = (Colour.BLUE, Colour.YELLOW, Colour.ORANGE, Colour.RED)
DayAfter = Callable[[int], dt.date]  # the n-th working day after the business date


@dataclass(frozen=True)
class CaseLimits:
    """The parameters of the handling as they count on a business date.

    `acknowledge` and `plan` are working days by colour (蓝: calendar days, and no plan of its own:
    a record within the time is enough).
    """

    post_loan_owns: Mapping[Colour, bool]
    acknowledge: Mapping[Colour, int]
    plan: Mapping[Colour, int]
    second_signature_from: int
    simple_release_upto: int
    verify_within: int
    release_within: int
    decide_within: int
    task_longest: int
    escalate_every: int
    repeat_times: int
    repeat_window: int
    watch_from: int
    watch_quiet: int

    def needs_second_signature(self, colour: int) -> bool:
        """Whether a second person signs the release of a case of the colour."""
        return colour >= self.second_signature_from

    def is_simple(self, colour: int, gone_on: dt.date | None) -> bool:
        """Whether a person may release the case at once: a light one whose signals are gone."""
        return gone_on is not None and colour <= self.simple_release_upto


def acknowledge_days(limits: CaseLimits, today: dt.date, after: DayAfter) -> dict[Colour, dt.date]:
    """Until when a case of each colour that opens today is to be acknowledged."""
    days = {colour: after(limits.acknowledge[colour]) for colour in COLOURS}
    days[Colour.BLUE] = today + dt.timedelta(days=limits.acknowledge[Colour.BLUE])
    return days


def plan_days(limits: CaseLimits, today: dt.date, after: DayAfter) -> dict[Colour, dt.date]:
    """Until when a case of each colour that opens today is to have its plan."""
    days = {colour: after(limits.plan[colour]) for colour in COLOURS}
    days[Colour.BLUE] = today + dt.timedelta(days=limits.plan[Colour.BLUE])
    return days


@dataclass(frozen=True)
class CaseFacts:
    """What stands of a case when somebody wants to take its next step."""

    state: CaseState
    colour: int
    gone_on: dt.date | None
    open_tasks: int
    done_tasks: int


def what_is_missing_to_verify(facts: CaseFacts) -> list[str]:
    """Why the effect of the plan cannot be verified yet; empty when it can."""
    if facts.state != CaseState.HANDLING:
        return ["只有“处置中”的处置单可以核实"]
    if facts.open_tasks:
        return [f"还有 {facts.open_tasks} 项任务没有办结"]
    return [] if facts.done_tasks else ["处置方案没有一项任务完成,没有可核实的内容"]


def what_is_missing_to_release(facts: CaseFacts, limits: CaseLimits) -> list[str]:
    """Why the case cannot be released, or put up for release, yet; empty when it can."""
    if facts.state == CaseState.PROPOSED:
        return ["已提请解除,正在等待复核"]
    if facts.state not in OPEN_STATES:
        return ["处置单已结案"]
    if facts.state == CaseState.VERIFIED or limits.is_simple(facts.colour, facts.gone_on):
        return []
    if facts.colour == Colour.BLUE and facts.state != CaseState.NEW:
        return []  # a record is enough
    missing = ["处置效果尚未核实通过"]
    if facts.colour <= limits.simple_release_upto:
        missing.append("信号仍在(信号消失后可直接解除)")
    return missing


def what_is_missing_for_false_alarm(facts: CaseFacts) -> list[str]:
    """Why the case cannot be called a false alarm; empty when it can."""
    if facts.state == CaseState.NEW:
        return ["请先签收,查明情况后再认定误报"]
    if facts.state == CaseState.PROPOSED:
        return ["已提请解除,正在等待复核"]
    return [] if facts.state in OPEN_STATES else ["处置单已结案"]
