"""What people do with a case: acknowledge, plan, act, verify, release; every verb one transaction.

Each changes the case only if it still stands as the person saw it, keeps a step with the state,
colour and deadline after it, and refuses with a reason otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from daihou.early_warning.cases.choices import (
    OPEN_STATES,
    CaseState,
    DecisionState,
    Measure,
    Outcome,
    StepKind,
    TaskState,
)
from daihou.early_warning.cases.documents import CheckedFile
from daihou.early_warning.cases.limits import case_limits_on, days_after
from daihou.early_warning.cases.models import (
    CaseDocument,
    CaseEvidence,
    CaseProposal,
    CaseStep,
    CaseTask,
    SignalCase,
)
from daihou.early_warning.cases.rules import (
    CaseFacts,
    CaseLimits,
    what_is_missing_for_false_alarm,
    what_is_missing_to_release,
    what_is_missing_to_verify,
)
from daihou.early_warning.choices import Colour
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Happening
from daihou.staff.choices import Role
from daihou.staff.models import Officer

HANDLERS = frozenset(
    {
        Role.ACCOUNT_MANAGER,
        Role.POST_LOAN_OFFICER,
        Role.RISK_MANAGER,
        Role.COLLECTOR,
        Role.ASSET_RECOVERY,
    }
)
LEADERS = frozenset({Role.POST_LOAN_OFFICER, Role.RISK_MANAGER})  # may act for any owner
APPROVERS = frozenset({Role.APPROVER, Role.RISK_MANAGER})


class CaseMovedOn(Exception):
    """Somebody else has taken a step in the meantime; nothing was written."""

    def __init__(self) -> None:
        super().__init__("这张处置单已由他人办理,本次没有写入;请刷新后再看")


@dataclass(frozen=True)
class PlannedTask:
    """A task as the plan sets it."""

    measure: Measure
    text: str
    assignee: Officer
    due_on: dt.date


def may_lead(case: SignalCase, officer: Officer) -> bool:
    """Whether the person may take the case's own steps: its owner, 贷后岗 or 风险经理."""
    is_owner = case.owner_id in (None, officer.pk) and officer.has_role(*HANDLERS)
    return is_owner or officer.has_role(*LEADERS)


def may_do(task: CaseTask, case: SignalCase, officer: Officer) -> bool:
    """Whether the person may report on a task: who has it, or who leads the case."""
    return task.assignee_id == officer.pk or may_lead(case, officer)


@transaction.atomic
def acknowledge(*, case: SignalCase, by: Officer, business_date: dt.date, note: str = "") -> None:
    """签收: the person has seen the signals and answers for what follows."""
    _must_lead(case, by)
    _must_stand(case, CaseState.NEW)
    owner = case.owner_id or by.pk
    _move(case, CaseState.ACKNOWLEDGED, business_date, due_on=case.plan_by,
          acknowledged_on=business_date, owner_id=owner)  # fmt: skip
    _keep_step(case, StepKind.ACKNOWLEDGED, by, business_date, note.strip())


@transaction.atomic
def hand_over(
    *, case: SignalCase, to: Officer, reason: str, by: Officer, business_date: dt.date
) -> None:
    """移交: another person answers for the case from now on."""
    _must_lead(case, by)
    if not reason.strip():
        raise NotAcceptable("reason", "请写明移交原因")
    if not to.is_active or not to.has_role(*HANDLERS):
        raise NotAcceptable("to", f"{to} 不办理预警处置,不能接手")
    if to.pk == case.owner_id:
        raise NotAcceptable("to", f"{to} 已经是负责人")
    _flip(case, owner_id=to.pk)
    _keep_step(case, StepKind.HANDED_OVER, by, business_date, f"移交给 {to}:{reason.strip()}")


@transaction.atomic
def make_plan(
    *,
    case: SignalCase,
    plan: str,
    tasks: Sequence[PlannedTask],
    by: Officer,
    business_date: dt.date,
) -> list[CaseTask]:
    """制定方案: what is to be achieved, and the tasks with who and until when."""
    _must_lead(case, by)
    _must_stand(case, CaseState.ACKNOWLEDGED)
    if not plan.strip():
        raise NotAcceptable("plan", "请写明处置思路:风险成因、要达到的结果")
    if not tasks:
        raise NotAcceptable("tasks", "方案至少要有一项任务")
    made = _add_tasks(case, tasks, by, business_date)
    _move(case, CaseState.HANDLING, business_date, due_on=min(task.due_on for task in made),
          planned_on=business_date, plan=plan.strip())  # fmt: skip
    names = "、".join(dict.fromkeys(task.get_measure_display() for task in made))
    _keep_step(case, StepKind.PLANNED, by, business_date, f"{plan.strip()}(措施:{names})")
    return made


@transaction.atomic
def add_task(
    *, case: SignalCase, task: PlannedTask, by: Officer, business_date: dt.date
) -> CaseTask:
    """增加任务: one more thing to do while the case is in handling."""
    _must_lead(case, by)
    _must_stand(case, CaseState.HANDLING)
    (made,) = _add_tasks(case, [task], by, business_date)
    _renew_deadline(case, business_date)
    text = f"{made.get_measure_display()}:{made.text}({made.assignee},{made.due_on} 前)"
    _keep_step(case, StepKind.TASK_ADDED, by, business_date, text)
    return made


@transaction.atomic
def finish_task(*, task: CaseTask, result: str, by: Officer, business_date: dt.date) -> None:
    """任务完成: what was done and what came of it."""
    _close_task(task, TaskState.DONE, StepKind.TASK_DONE, result, by, business_date)


@transaction.atomic
def drop_task(*, task: CaseTask, reason: str, by: Officer, business_date: dt.date) -> None:
    """任务取消: it is no longer needed, and why."""
    _must_lead(task.case, by)
    _close_task(task, TaskState.DROPPED, StepKind.TASK_DROPPED, reason, by, business_date)


@dataclass(frozen=True)
class Proof:
    """What somebody puts forward as evidence: any of words, a file, a happening, a transaction."""

    text: str = ""
    file: CheckedFile | None = None
    happening: Happening | None = None
    transaction: str = ""


@transaction.atomic
def add_evidence(
    *,
    case: SignalCase,
    proof: Proof,
    by: Officer,
    business_date: dt.date,
    task: CaseTask | None = None,
) -> CaseEvidence:
    """补充证据: kept with the case, and with a task where it belongs to one."""
    if not by.has_role(*HANDLERS):
        raise NotAcceptable("by", "您的角色不办理预警处置")
    if not case.is_open:
        raise NotAcceptable("text", "处置单已结案,不能再补充证据")
    if not (proof.text.strip() or proof.file or proof.happening or proof.transaction.strip()):
        raise NotAcceptable("text", "请填写说明、选择文件,或关联登记事项、交易流水")
    if proof.happening is not None and proof.happening.customer_id != case.customer_id:
        raise NotAcceptable("happening", "这条登记事项不属于该客户")
    document = None if proof.file is None else _keep_document(case, proof.file, by, business_date)
    kept = CaseEvidence.objects.create(
        case=case, task=task, text=proof.text.strip(), document=document,
        happening=proof.happening, transaction=proof.transaction.strip(), added_by=by,
        added_on=business_date,
    )  # fmt: skip
    about = (
        kept.text,
        document.name if document else "",
        f"交易流水 {kept.transaction}" if kept.transaction else "",
        proof.happening.text if proof.happening else "",
    )
    _keep_step(case, StepKind.EVIDENCE, by, business_date, ";".join(one for one in about if one))
    return kept


@transaction.atomic
def verify(
    *, case: SignalCase, is_effective: bool, text: str, by: Officer, business_date: dt.date
) -> None:
    """核实: whether what was done has worked. If not, the case stays in handling."""
    _must_lead(case, by)
    if not text.strip():
        raise NotAcceptable("text", "请写明核实情况")
    if missing := what_is_missing_to_verify(facts_of(case)):
        raise NotAcceptable("text", ";".join(missing))
    after, limits = days_after(business_date), case_limits_on(business_date)
    if is_effective:
        _move(case, CaseState.VERIFIED, business_date, due_on=after(limits.release_within),
              verified_on=business_date)  # fmt: skip
        _keep_step(case, StepKind.VERIFIED, by, business_date, text.strip())
        return
    _flip(case, due_on=after(limits.verify_within))
    _keep_step(case, StepKind.NOT_VERIFIED, by, business_date, text.strip())


@transaction.atomic
def propose_release(
    *, case: SignalCase, outcome: Outcome, reason: str, by: Officer, business_date: dt.date
) -> CaseState:
    """提请解除: released at once where one signature is enough, else put up for the second."""
    limits = case_limits_on(business_date)
    _must_lead(case, by)
    if missing := what_is_missing_to_release(facts_of(case), limits):
        raise NotAcceptable("reason", ";".join(missing))
    return _propose(case, limits, outcome, reason, by, business_date)


@transaction.atomic
def report_false_alarm(
    *, case: SignalCase, reason: str, by: Officer, business_date: dt.date
) -> CaseState:
    """认定误报: what the signal showed was no risk, and how one knows."""
    _must_lead(case, by)
    if missing := what_is_missing_for_false_alarm(facts_of(case)):
        raise NotAcceptable("reason", ";".join(missing))
    return _propose(case, case_limits_on(business_date), None, reason, by, business_date)


@transaction.atomic
def approve(*, proposal: CaseProposal, by: Officer, business_date: dt.date, note: str = "") -> None:
    """同意解除: the second signature, never by the person who proposed it."""
    case = _must_decide(proposal, by)
    _decide(proposal, DecisionState.APPROVED, note, by, business_date)
    _close(case, proposal, by, business_date, note.strip())


@transaction.atomic
def refuse(*, proposal: CaseProposal, note: str, by: Officer, business_date: dt.date) -> None:
    """退回: the case goes back into handling, with what is missing."""
    case = _must_decide(proposal, by)
    if not note.strip():
        raise NotAcceptable("note", "退回须写明还缺什么")
    _decide(proposal, DecisionState.REFUSED, note, by, business_date)
    limits, after = case_limits_on(business_date), days_after(business_date)
    back = CaseState.HANDLING if case.planned_on else CaseState.ACKNOWLEDGED
    due_on = after(limits.verify_within if case.planned_on else limits.plan[Colour(case.colour)])
    _move(case, back, business_date, due_on=due_on, verified_on=None)
    _keep_step(case, StepKind.REFUSED, by, business_date, note.strip())


@transaction.atomic
def release_gone(
    *, cases: Iterable[SignalCase], reason: str, by: Officer, business_date: dt.date
) -> int:
    """批量解除: light cases whose signals are gone, many at once for one reason; how many."""
    if not reason.strip():
        raise NotAcceptable("reason", "请写明解除理由")
    limits = case_limits_on(business_date)
    released = 0
    for case in cases:
        if may_lead(case, by) and limits.is_simple(case.colour, case.gone_on):
            _propose(case, limits, Outcome.CURED, reason, by, business_date)
            released += 1
    return released


def facts_of(case: SignalCase) -> CaseFacts:
    """What the rules look at, in one query."""
    counts = case.tasks.aggregate(
        still_open=Count("pk", filter=Q(state=TaskState.OPEN)),
        done=Count("pk", filter=Q(state=TaskState.DONE)),
    )
    return CaseFacts(
        CaseState(case.state), case.colour, case.gone_on, counts["still_open"], counts["done"]
    )


def _propose(
    case: SignalCase,
    limits: CaseLimits,
    outcome: Outcome | None,
    reason: str,
    by: Officer,
    today: dt.date,
) -> CaseState:
    """Put up for the second signature, or close at once where one is enough."""
    if not reason.strip():
        raise NotAcceptable("reason", "请写明理由")
    needs_second = limits.needs_second_signature(case.colour)
    proposal = CaseProposal(
        case=case, is_false_alarm=outcome is None, outcome=outcome or "", reason=reason.strip(),
        state=DecisionState.WAITING if needs_second else DecisionState.APPROVED,
        proposed_by=by, proposed_on=today,
    )  # fmt: skip
    if not needs_second:
        proposal.save()
        _close(case, proposal, by, today, proposal.reason)
        return CaseState(case.state)
    _move(case, CaseState.PROPOSED, today, due_on=days_after(today)(limits.decide_within))
    proposal.save()
    what = "认定误报" if outcome is None else f"解除({outcome.label})"
    _keep_step(case, StepKind.PROPOSED, by, today, f"{what}:{proposal.reason}")
    return CaseState.PROPOSED


def _close(
    case: SignalCase, proposal: CaseProposal, by: Officer, today: dt.date, text: str
) -> None:
    state = CaseState.FALSE_ALARM if proposal.is_false_alarm else CaseState.RELEASED
    kind = StepKind.FALSE_ALARM if proposal.is_false_alarm else StepKind.RELEASED
    CaseTask.objects.filter(case=case, state=TaskState.OPEN).update(
        state=TaskState.DROPPED, result="处置单结案,任务不再需要", done_by=by, done_on=today
    )
    _move(case, state, today, due_on=None, closed_on=today, closed_by=by,
          acknowledged_on=case.acknowledged_on or today, outcome=proposal.outcome,
          conclusion=proposal.reason)  # fmt: skip
    _keep_step(case, kind, by, today, text)


def _must_decide(proposal: CaseProposal, by: Officer) -> SignalCase:
    if not by.has_role(*APPROVERS):
        raise NotAcceptable("note", "复核须由审批人或风险经理办理")
    if proposal.proposed_by_id == by.pk:
        raise NotAcceptable("note", "提请人不能复核自己的提请")
    return proposal.case


def _decide(
    proposal: CaseProposal, state: DecisionState, note: str, by: Officer, today: dt.date
) -> None:
    waiting = CaseProposal.objects.filter(pk=proposal.pk, state=DecisionState.WAITING)
    if waiting.update(state=state, note=note.strip(), decided_by=by, decided_on=today) != 1:
        raise CaseMovedOn


def _add_tasks(
    case: SignalCase, tasks: Sequence[PlannedTask], by: Officer, today: dt.date
) -> list[CaseTask]:
    latest = today + dt.timedelta(days=case_limits_on(today).task_longest)
    for task in tasks:
        if not task.text.strip():
            raise NotAcceptable("text", "请写明任务要求")
        if not today <= task.due_on <= latest:
            raise NotAcceptable("due_on", f"任务期限须在 {today} 至 {latest} 之间")
        if not task.assignee.is_active or not task.assignee.has_role(*HANDLERS):
            raise NotAcceptable("assignee", f"{task.assignee} 不办理预警处置,不能承担任务")
    return CaseTask.objects.bulk_create(
        CaseTask(case=case, measure=task.measure, text=task.text.strip(), assignee=task.assignee,
                 due_on=task.due_on, state=TaskState.OPEN, added_by=by, added_on=today)
        for task in tasks
    )  # fmt: skip


def _close_task(
    task: CaseTask, state: TaskState, kind: StepKind, text: str, by: Officer, today: dt.date
) -> None:
    case = task.case
    if not may_do(task, case, by):
        raise NotAcceptable("result", "任务由办理人或处置单负责人登记")
    _must_stand(case, CaseState.HANDLING)
    if not text.strip():
        raise NotAcceptable("result", "请写明办理结果或取消原因")
    still_open = CaseTask.objects.filter(pk=task.pk, state=TaskState.OPEN)
    if still_open.update(state=state, result=text.strip(), done_by=by, done_on=today) != 1:
        raise CaseMovedOn
    _renew_deadline(case, today)
    _keep_step(case, kind, by, today, f"{task.get_measure_display()}:{text.strip()}")


def _renew_deadline(case: SignalCase, today: dt.date) -> None:
    """The next deadline: of the first open task, or for verifying when all are done."""
    waiting = CaseTask.objects.filter(case=case, state=TaskState.OPEN)
    first = waiting.order_by("due_on").values_list("due_on", flat=True).first()
    due_on = first or days_after(today)(case_limits_on(today).verify_within)
    calm = {} if due_on < today else {"escalation": 0, "escalated_to_id": None}
    _flip(case, due_on=due_on, **calm)


def _keep_document(
    case: SignalCase, file: CheckedFile, by: Officer, today: dt.date
) -> CaseDocument:
    return CaseDocument.objects.create(
        case=case, name=file.name, content_type=file.content_type, size=len(file.content),
        sha256=file.sha256, content=file.content, added_by=by, added_on=today,
    )  # fmt: skip


def _must_lead(case: SignalCase, by: Officer) -> None:
    if not may_lead(case, by):
        raise NotAcceptable("by", f"这张处置单由 {case.owner or '贷后岗'} 负责,您不能办理")


def _must_stand(case: SignalCase, state: CaseState) -> None:
    if case.state != state:
        stands = case.get_state_display()
        raise NotAcceptable("by", f"处置单现为“{stands}”,这一步只在“{state.label}”时办理")


def _move(
    case: SignalCase, state: CaseState, today: dt.date, *, due_on: dt.date | None, **values: object
) -> None:
    """Take the case to its next state; a met step ends its escalation."""
    _flip(case, state=state, state_since=today, due_on=due_on, escalation=0, escalated_to_id=None,
          **values)  # fmt: skip


def _flip(case: SignalCase, **values: object) -> None:
    """Change the case only if it stands as it was read; otherwise undo everything."""
    as_read = SignalCase.objects.filter(pk=case.pk, state=case.state, state__in=OPEN_STATES)
    if as_read.update(**values) != 1:
        raise CaseMovedOn
    for name, value in values.items():
        setattr(case, name, value)


def _keep_step(case: SignalCase, kind: StepKind, by: Officer, today: dt.date, text: str) -> None:
    CaseStep.objects.create(
        case=case, taken_on=today, kind=kind, by=by, state=case.state, colour=case.colour,
        due_on=case.due_on, text=text,
    )  # fmt: skip
