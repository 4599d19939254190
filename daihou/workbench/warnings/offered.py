"""Which steps a person is offered in a case as it stands; the actions check each of them again."""

from __future__ import annotations

from dataclasses import dataclass

from daihou.early_warning.cases.actions import APPROVERS, HANDLERS, may_lead
from daihou.early_warning.cases.choices import CaseState, TaskState
from daihou.early_warning.cases.models import CaseProposal, SignalCase
from daihou.early_warning.cases.rules import (
    CaseFacts,
    CaseLimits,
    what_is_missing_for_false_alarm,
    what_is_missing_to_release,
    what_is_missing_to_verify,
)
from daihou.staff.models import Officer
from daihou.workbench.warnings.steps import TITLES


@dataclass(frozen=True)
class Offer:
    """A step as a button; `is_next` is the one that leads on."""

    name: str
    words: str
    is_next: bool


def offered(
    case: SignalCase,
    officer: Officer,
    *,
    facts: CaseFacts,
    limits: CaseLimits,
    waiting: CaseProposal | None,
    is_watched: bool,
) -> list[Offer]:
    """The steps that the person may take now, those that lead on first."""
    names = [
        *_as_approver(officer, waiting),
        *(_as_leader(case, facts, limits) if case.is_open and may_lead(case, officer) else ()),
    ]
    if "task-result" not in names and _has_task(case, officer):
        names.append("task-result")
    if officer.has_role(*HANDLERS):
        names += ["evidence"] if case.is_open else []
        names += [] if is_watched else ["watch"]
    leads = next((name for name in _LEADING if name in names), "")
    return [Offer(name, _words(name, case, limits), name == leads) for name in names]


_LEADING = ("decide", "acknowledge", "plan", "release", "verify", "task-result")


def _as_approver(officer: Officer, waiting: CaseProposal | None) -> list[str]:
    signs = waiting is not None and waiting.proposed_by_id != officer.pk
    return ["decide"] if signs and officer.has_role(*APPROVERS) else []


def _as_leader(case: SignalCase, facts: CaseFacts, limits: CaseLimits) -> list[str]:
    by_state = {
        CaseState.NEW: ["acknowledge"],
        CaseState.ACKNOWLEDGED: ["plan"],
        CaseState.HANDLING: ["task-result"] if facts.open_tasks else [],
    }
    names = by_state.get(CaseState(case.state), [])
    if not what_is_missing_to_verify(facts):
        names = [*names, "verify"]
    if not what_is_missing_to_release(facts, limits):
        names = [*names, "release"]
    if case.state == CaseState.HANDLING:
        names = [*names, "add-task"]
    if not what_is_missing_for_false_alarm(facts):
        names = [*names, "false-alarm"]
    return [*names, "hand-over"]


def _has_task(case: SignalCase, officer: Officer) -> bool:
    if case.state != CaseState.HANDLING:
        return False
    return case.tasks.filter(assignee=officer, state=TaskState.OPEN).exists()


def _words(name: str, case: SignalCase, limits: CaseLimits) -> str:
    if name == "release" and limits.needs_second_signature(case.colour):
        return "提请解除"
    return TITLES[name][0]
