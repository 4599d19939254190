"""What each step of a case does with its form: the action, and what the person is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from daihou.early_warning.cases import actions
from daihou.early_warning.cases.choices import CaseState, DecisionState, Outcome, WatchReason
from daihou.early_warning.cases.models import SignalCase
from daihou.early_warning.cases.queries import handlers_for
from daihou.early_warning.cases.watching import watch
from daihou.loan_book.models import Happening
from daihou.staff.models import Officer
from daihou.workbench.pieces.forms import DeskForm
from daihou.workbench.warnings import forms


@dataclass(frozen=True)
class Taken:
    """A step that is being taken: by whom, in which case, with what was entered."""

    case: SignalCase
    form: Any
    by: Officer
    today: dt.date

    @property
    def given(self) -> dict[str, Any]:
        """What was entered, after validation."""
        return self.form.cleaned_data  # type: ignore[no-any-return]


Act = Callable[[Taken], str]
MakeForm = Callable[..., DeskForm]


def form_for(name: str, case: SignalCase, *given: Any, **initial: Any) -> DeskForm:
    """The form of a step, empty or with what was sent."""
    extra: dict[str, Any] = {"initial": initial} if initial else {}
    if name in ("plan", "add-task", "hand-over"):
        extra["officers"] = handlers_for(case)
    if name == "evidence":
        happenings = Happening.objects.filter(customer=case.customer_id)
        extra["happenings"] = happenings.order_by("-happened_on", "-pk")
        extra["tasks"] = [
            (str(task.pk), f"{task.get_measure_display()}:{task.text[:20]}")
            for task in case.tasks.order_by("pk")
        ]
    return STEPS[name][0](*given, **extra)


def _acknowledge(taken: Taken) -> str:
    actions.acknowledge(
        case=taken.case, by=taken.by, business_date=taken.today, note=taken.given["note"]
    )
    return f"已签收,请在 {taken.case.plan_by} 前定出处置方案"


def _plan(taken: Taken) -> str:
    made = actions.make_plan(
        case=taken.case, plan=taken.given["plan"], tasks=taken.form.tasks, by=taken.by,
        business_date=taken.today,
    )  # fmt: skip
    return f"处置方案已定,布置任务 {len(made)} 项,最早 {taken.case.due_on} 到期"


def _add_task(taken: Taken) -> str:
    made = actions.add_task(
        case=taken.case, task=taken.form.task, by=taken.by, business_date=taken.today
    )
    return f"已增加任务“{made.get_measure_display()}”,由 {made.assignee} 在 {made.due_on} 前办理"


def _task_result(taken: Taken) -> str:
    task = get_object_or_404(taken.case.tasks.select_related("assignee"), pk=taken.given["task"])
    task.case = taken.case
    if taken.given["done"] == "dropped":
        actions.drop_task(
            task=task, reason=taken.given["result"], by=taken.by, business_date=taken.today
        )
        return f"任务“{task.get_measure_display()}”已取消"
    actions.finish_task(
        task=task, result=taken.given["result"], by=taken.by, business_date=taken.today
    )
    return f"任务“{task.get_measure_display()}”已登记完成"


def _evidence(taken: Taken) -> str:
    given = taken.given
    task = get_object_or_404(taken.case.tasks, pk=given["task"]) if given["task"] else None
    proof = actions.Proof(given["text"], given["file"], given["happening"], given["transaction"])
    actions.add_evidence(
        case=taken.case, proof=proof, task=task, by=taken.by, business_date=taken.today
    )
    return "证据已存入处置单"


def _verify(taken: Taken) -> str:
    is_effective = taken.given["is_effective"] == "yes"
    actions.verify(
        case=taken.case, is_effective=is_effective, text=taken.given["text"], by=taken.by,
        business_date=taken.today,
    )  # fmt: skip
    return "核实通过,可以提请解除" if is_effective else "已登记未见效,请补充任务继续处置"


@transaction.atomic
def _release(taken: Taken) -> str:
    outcome = Outcome(taken.given["outcome"])
    state = actions.propose_release(
        case=taken.case, outcome=outcome, reason=taken.given["reason"], by=taken.by,
        business_date=taken.today,
    )  # fmt: skip
    if taken.given["watch"]:
        watch(
            customer=taken.case.customer, case=taken.case, text=taken.given["reason"],
            reason=WatchReason.AT_RELEASE, by=taken.by, business_date=taken.today,
        )  # fmt: skip
    return _said(state, f"已解除({outcome.label})")


def _false_alarm(taken: Taken) -> str:
    state = actions.report_false_alarm(
        case=taken.case, reason=taken.given["reason"], by=taken.by, business_date=taken.today
    )
    return _said(state, "已认定误报并结案")


def _said(state: CaseState, closed: str) -> str:
    return "已提请,等待第二人复核" if state == CaseState.PROPOSED else closed


def _hand_over(taken: Taken) -> str:
    actions.hand_over(
        case=taken.case, to=taken.given["to"], reason=taken.given["reason"], by=taken.by,
        business_date=taken.today,
    )  # fmt: skip
    return f"已移交给 {taken.given['to']}"


def _decide(taken: Taken) -> str:
    proposal = get_object_or_404(
        taken.case.proposals.select_related("proposed_by"), state=DecisionState.WAITING
    )
    proposal.case = taken.case
    note, by, today = taken.given["note"], taken.by, taken.today
    if taken.given["decision"] == "approve":
        actions.approve(proposal=proposal, by=by, business_date=today, note=note)
        return "已同意,处置单结案"
    actions.refuse(proposal=proposal, by=by, business_date=today, note=note)
    return "已退回,处置单回到办理人"


def _watch(taken: Taken) -> str:
    watch(
        customer=taken.case.customer, case=taken.case, text=taken.given["reason"], by=taken.by,
        business_date=taken.today,
    )  # fmt: skip
    return f"{taken.case.customer.name} 已列入观察名单"


STEPS: Mapping[str, tuple[MakeForm, Act]] = {
    "acknowledge": (forms.AcknowledgeForm, _acknowledge),
    "plan": (forms.PlanForm, _plan),
    "add-task": (forms.TaskForm, _add_task),
    "task-result": (forms.TaskResultForm, _task_result),
    "evidence": (forms.EvidenceForm, _evidence),
    "verify": (forms.VerifyForm, _verify),
    "release": (forms.ReleaseForm, _release),
    "false-alarm": (forms.ReasonForm, _false_alarm),
    "hand-over": (forms.HandOverForm, _hand_over),
    "decide": (forms.DecisionForm, _decide),
    "watch": (forms.ReasonForm, _watch),
}
TITLES: Mapping[str, tuple[str, str]] = {
    "acknowledge": ("签收", "签收"),
    "plan": ("制定处置方案", "确定方案"),
    "add-task": ("增加任务", "增加任务"),
    "task-result": ("登记任务结果", "登记结果"),
    "evidence": ("补充证据", "存入处置单"),
    "verify": ("核实处置效果", "登记核实"),
    "release": ("解除", "提交解除"),
    "false-alarm": ("认定误报", "提交认定"),
    "hand-over": ("移交", "移交"),
    "decide": ("复核", "提交复核意见"),
    "watch": ("列入观察名单", "列入"),
}
