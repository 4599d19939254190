"""How far a case has come: its milestones with their days and deadlines, and the tone of a step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.early_warning.cases.choices import StepKind
from daihou.early_warning.cases.models import CaseStep, SignalCase

_BAD = {StepKind.ESCALATED, StepKind.RAISED, StepKind.REFUSED, StepKind.NOT_VERIFIED}
_WARN = {StepKind.OPENED, StepKind.JOINED, StepKind.REOPENED, StepKind.RETURNED, StepKind.WATCHED}
_GOOD = {StepKind.RELEASED, StepKind.VERIFIED, StepKind.TASK_DONE, StepKind.GONE}


@dataclass(frozen=True)
class Milestone:
    """One stage on the way: reached on a day, or due by one."""

    name: str
    done_on: dt.date | None
    due_on: dt.date | None
    is_late: bool
    is_now: bool

    @property
    def tone(self) -> str:
        """done, now, late or empty, for the stylesheet."""
        if self.done_on:
            return "done late" if self.is_late else "done"
        return ("now late" if self.is_late else "now") if self.is_now else ""


def milestones(case: SignalCase, day: dt.date) -> list[Milestone]:
    """立案, 签收, 方案, 核实, 结案 as they stood on a day."""
    reached = [
        ("立案", case.opened_on, None),
        ("签收", case.acknowledged_on, case.acknowledge_by),
        ("定方案", case.planned_on, case.plan_by),
        ("处置核实", case.verified_on, None),
        (_ending(case, day), case.closed_on, None),
    ]
    made: list[Milestone] = []
    is_closed = case.closed_on is not None and case.closed_on <= day
    for name, done_on, limit in reached:
        done = done_on if done_on and done_on <= day else None
        is_now = done is None and not is_closed and not any(one.is_now for one in made)
        due = limit or (case.now_due if is_now else None)  # type: ignore[attr-defined]
        late = due is not None and (done or day) > due and (done is not None or is_now)
        made.append(Milestone(name, done, due, late, is_now))
    return made


def _ending(case: SignalCase, day: dt.date) -> str:
    is_closed = case.closed_on is not None and case.closed_on <= day
    return str(case.get_state_display()) if is_closed else "解除"


def tone_of(step: CaseStep) -> str:
    """Whether a step was good or bad news, for the timeline."""
    kind = StepKind(step.kind)
    return "bad" if kind in _BAD else "warn" if kind in _WARN else "good" if kind in _GOOD else ""
