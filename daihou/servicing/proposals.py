"""Changing a loan's terms takes two people: one proposes what was simulated, another decides.

Approval writes changes of terms, plan version and happening in one transaction. The plan after a
prepayment is written when the money is in. A proposal whose loan has moved since must be simulated
anew before it can be decided.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.actions import record_happening
from daihou.loan_book.choices import HappeningKind
from daihou.loan_book.models import Loan, PlanVersion
from daihou.policy.actions import Refused, must_hold
from daihou.policy.queries import parameters_on
from daihou.servicing.actions import (
    PlanNotAcceptable,
    TermsNotAcceptable,
    record_change,
    replan,
)
from daihou.servicing.choices import OPEN, ProposalKind, ProposalStatus, ProposalStep
from daihou.servicing.models import TermProposal, TermProposalStep
from daihou.servicing.proposal_queries import facts_of, figures_kept, moved_since, wish_of
from daihou.servicing.queries import LoanRows, as_known_on, read_loan
from daihou.servicing.simulating import Answer, NotPossible, answer_to, late_after
from daihou.servicing.wishes import Wish
from daihou.staff.choices import Role
from daihou.staff.models import Officer

PROPOSERS = frozenset({Role.ACCOUNT_MANAGER, Role.POST_LOAN_OFFICER, Role.ASSET_RECOVERY})
APPROVERS = frozenset({Role.RISK_MANAGER, Role.APPROVER, Role.MANAGEMENT})


class Moved(Refused):
    """The loan is not what the figures were worked out on; they must be worked out anew."""

    def __init__(self, moved: list[str]) -> None:
        super().__init__("status", f"试算之后借据有变:{';'.join(moved)}。请重新试算后再复核")


@transaction.atomic
def propose(
    *, loan: Loan, wish: Wish, reason: str, evidence: str, by: Officer, business_date: dt.date
) -> TermProposal:
    """Put a simulated change of terms forward for a second person to decide.

    Raises `Refused` for somebody who may not, without reason or evidence, for a day that has
    passed or lies too far ahead, for what cannot be done or goes beyond a limit, and while another
    proposal of the kind is open for the loan.
    """
    must_hold(by, PROPOSERS, "申请条款变更")
    _check_words(reason, evidence)
    answered = _simulated(loan, wish, business_date)
    try:
        with transaction.atomic():
            proposal = TermProposal.objects.create(
                loan=loan,
                kind=wish.kind,
                effective_from=wish.on,
                asked=wish.as_kept,
                reason=reason.strip(),
                evidence=evidence.strip(),
                proposed_by=by,
                proposed_on=business_date,
                **answered,
            )
    except IntegrityError as error:
        raise Refused("kind", f"这笔借据已有未办结的“{wish.kind.label}”申请") from error
    _note(proposal, ProposalStep.SUBMITTED, by, business_date, reason)
    return proposal


@transaction.atomic
def reckon_anew(
    *, proposal: TermProposal, on: dt.date, by: Officer, business_date: dt.date
) -> None:
    """Work the figures out anew on the loan as it is now, to take effect from a day (一键重算).

    What was sent back goes to the second person again. By those who may propose.
    """
    must_hold(by, PROPOSERS, "重新试算")
    open_ = _locked(proposal, ProposalStatus.PROPOSED, ProposalStatus.RETURNED)
    wish = Wish.kept(open_.kind, on, open_.asked)
    answered = _simulated(open_.loan, wish, business_date)
    values = {**answered, "effective_from": on, "status": ProposalStatus.PROPOSED}
    _flip(open_, **values, proposed_by=by, decided_by=None, decided_on=None)
    _note(open_, ProposalStep.RECKONED_ANEW, by, business_date, f"生效日 {on}")


@transaction.atomic
def approve(
    *, proposal: TermProposal, by: Officer, business_date: dt.date, opinion: str = ""
) -> PlanVersion | None:
    """Agree to a proposal, and adopt it at once; a plan after a prepayment waits for the money.

    Never by the person who proposed it, and once only. Raises `Moved` when the loan has changed
    since the figures were worked out, `Refused` otherwise. Returns the new version of the plan.
    """
    waiting = _to_decide(proposal, by)
    if waiting.effective_from < business_date:
        raise Refused("status", f"生效日 {waiting.effective_from} 已过,请申请人重新试算")
    wish = wish_of(waiting)
    answer = _still_the_same(waiting, wish, business_date)
    decided = {"decided_by": by, "decided_on": business_date, "opinion": opinion.strip()}
    _note(waiting, ProposalStep.APPROVED, by, business_date, opinion)
    if wish.kind is ProposalKind.PREPAYMENT:
        _flip(waiting, status=ProposalStatus.APPROVED, **decided)
        return None
    plan = _adopt(waiting, wish, answer, business_date)
    _tell(waiting.loan, wish, waiting, by, business_date)
    adopted = {"status": ProposalStatus.ADOPTED, "adopted_on": business_date, "plan": plan}
    _flip(waiting, **decided, **adopted)
    _note(waiting, ProposalStep.ADOPTED, by, business_date, _adopted_words(plan, wish.on))
    return plan


@transaction.atomic
def send_back(*, proposal: TermProposal, opinion: str, by: Officer, business_date: dt.date) -> None:
    """Send a proposal back to be changed (退回修改), saying what is missing."""
    _decide(proposal, ProposalStatus.RETURNED, ProposalStep.RETURNED, opinion, by, business_date)


@transaction.atomic
def reject(*, proposal: TermProposal, opinion: str, by: Officer, business_date: dt.date) -> None:
    """Refuse a proposal for good (否决), saying why."""
    _decide(proposal, ProposalStatus.REJECTED, ProposalStep.REJECTED, opinion, by, business_date)


@transaction.atomic
def withdraw(*, proposal: TermProposal, by: Officer, business_date: dt.date) -> None:
    """Take one's own proposal back, as long as it has not been adopted."""
    if proposal.proposed_by_id != by.pk:
        raise Refused("by", "只有申请人可以撤回")
    open_ = _locked(proposal, *OPEN)
    _flip(open_, status=ProposalStatus.WITHDRAWN)
    _note(open_, ProposalStep.WITHDRAWN, by, business_date, "")


@transaction.atomic
def adopt_prepayments(business_date: dt.date) -> int:
    """Write the plans of approved prepayments whose money is in; returns how many.

    The plan is made for what was really paid, on the day on which it was paid, if it was at least
    what was announced.
    """
    waiting = TermProposal.objects.filter(status=ProposalStatus.APPROVED)
    paid = [
        (proposal, entry)
        for proposal in waiting.select_related("loan").order_by("pk")
        if (entry := _payment_for(proposal, business_date)) is not None
    ]
    return sum(_adopt_prepayment(proposal, entry, business_date) for proposal, entry in paid)


@transaction.atomic
def expire(business_date: dt.date) -> int:
    """Let proposals lapse whose effective day ends with nothing decided, or with no money in."""
    lapsed = TermProposal.objects.filter(
        status__in=OPEN, effective_from__lte=business_date
    ).select_for_update()
    proposals = list(lapsed)
    for proposal in proposals:
        note = f"生效日 {proposal.effective_from} 已过,仍{proposal.get_status_display()}"
        _note(proposal, ProposalStep.EXPIRED, None, business_date, note)
    ids = [proposal.pk for proposal in proposals]
    TermProposal.objects.filter(pk__in=ids).update(status=ProposalStatus.EXPIRED)
    return len(ids)


def _simulated(loan: Loan, wish: Wish, business_date: dt.date) -> dict[str, Any]:
    """The figures of a wish with what they rest on, checked against the lender's limits."""
    parameters = parameters_on(business_date)
    if wish.on < business_date:
        raise Refused("on", f"生效日不能早于营业日 {business_date}")
    latest = business_date + dt.timedelta(days=parameters.whole("limit.terms_ahead"))
    if wish.on > latest:
        raise Refused("on", f"生效日最晚为 {latest}")
    one = read_loan(loan)
    try:
        answer = answer_to(one, wish, parameters)
    except NotPossible as problem:
        raise Refused("kind", str(problem)) from problem
    if answer.against:
        raise Refused("kind", ";".join(answer.against))
    return {
        "figures": figures_kept(one, wish, answer, late_after(one, wish.on)),
        "facts": facts_of(one),
        "simulated_on": business_date,
    }


def _still_the_same(proposal: TermProposal, wish: Wish, business_date: dt.date) -> Answer:
    """The answer worked out once more; it must be the one that was proposed."""
    one = read_loan(proposal.loan)
    moved = moved_since(proposal, one)
    if moved:
        raise Moved(moved)
    try:
        answer = answer_to(one, wish, parameters_on(business_date))
    except NotPossible as problem:
        raise Moved([str(problem)]) from problem
    if answer.against:
        raise Refused("kind", ";".join(answer.against))
    if figures_kept(one, wish, answer, late_after(one, wish.on)) != proposal.figures:
        raise Moved(["按现在的台账试算,结果与申请时不同"])
    return answer


def _adopt(
    proposal: TermProposal, wish: Wish, answer: Answer, business_date: dt.date
) -> PlanVersion | None:
    reason = f"{wish.kind.label}申请第{proposal.pk}号:{proposal.reason}"[:300]
    loan = proposal.loan
    try:
        if answer.plan is not None:
            return replan(
                loan=loan, changes=answer.changes, plan=answer.plan,
                business_date=business_date, reason=reason,
            )  # fmt: skip
        for change in answer.changes:
            record_change(loan=loan, change=change, business_date=business_date, reason=reason)
    except (PlanNotAcceptable, TermsNotAcceptable) as problem:
        raise Refused("kind", str(problem)) from problem
    return None


def _tell(
    loan: Loan, wish: Wish, proposal: TermProposal, by: Officer, business_date: dt.date
) -> None:
    """Put on record what classification and warning signals must know of."""
    kinds = {
        ProposalKind.EXTENSION: HappeningKind.EXTENSION_GRANTED,
        ProposalKind.RESTRUCTURING: HappeningKind.RESTRUCTURED,
    }
    if wish.kind not in kinds:
        return
    facts: dict[str, Any] = {"proposal": proposal.pk, "effective_from": wish.on.isoformat()}
    if wish.kind is ProposalKind.EXTENSION:
        facts |= {"passive": wish.is_passive, "until": wish.until.isoformat() if wish.until else ""}
    record_happening(
        customer=loan.customer, loan=loan, kind=kinds[wish.kind], happened_on=business_date,
        text=proposal.reason, by=by, business_date=business_date, facts=facts,
    )  # fmt: skip


def _payment_for(proposal: TermProposal, business_date: dt.date) -> LedgerEntry | None:
    """The payment that a proposal announced: booked since, at least as much, not undone."""
    found = LedgerEntry.objects.filter(
        loan=proposal.loan_id,
        kind=EntryKind.PREPAYMENT,
        pk__gt=proposal.facts["entry"],
        amount__gte=proposal.asked["amount"],
        booked_on__lte=business_date,
        reversed_by=None,
    )
    return found.order_by("pk").first()


def _adopt_prepayment(proposal: TermProposal, entry: LedgerEntry, business_date: dt.date) -> int:
    """Make the plan for what was paid; 0 if the loan no longer allows it, and the note says so."""
    rows = LoanRows.of(proposal.loan)
    others = [one for one in rows.entries if one.pk != entry.pk]
    one = as_known_on(LoanRows(rows.loan, rows.versions, others, rows.changes), None)
    asked = {**proposal.asked, "amount": entry.amount}
    wish = Wish.kept(proposal.kind, entry.value_date, asked)
    try:
        answer = answer_to(one, wish, parameters_on(business_date))
        with transaction.atomic():
            plan = _adopt(proposal, wish, answer, business_date)
    except (NotPossible, Refused) as problem:
        _flip(proposal, status=ProposalStatus.EXPIRED)
        _note(proposal, ProposalStep.EXPIRED, None, business_date, f"还款已到账,{problem}"[:300])
        return 0
    _flip(proposal, status=ProposalStatus.ADOPTED, adopted_on=business_date, plan=plan)
    note = f"还款 {entry.value_date} 到账;{_adopted_words(plan, entry.value_date)}"
    _note(proposal, ProposalStep.ADOPTED, None, business_date, note)
    return 1


def _adopted_words(plan: PlanVersion | None, on: dt.date) -> str:
    version = f"还款计划第 {plan.version} 版" if plan is not None else "条款变更"
    return f"{version},自 {on} 日终起执行"


def _decide(
    proposal: TermProposal,
    status: ProposalStatus,
    step: ProposalStep,
    opinion: str,
    by: Officer,
    business_date: dt.date,
) -> None:
    if not opinion.strip():
        raise Refused("opinion", f"{step.label}须写明理由")
    waiting = _to_decide(proposal, by)
    _flip(waiting, status=status, decided_by=by, decided_on=business_date, opinion=opinion.strip())
    _note(waiting, step, by, business_date, opinion)


def _to_decide(proposal: TermProposal, by: Officer) -> TermProposal:
    must_hold(by, APPROVERS, "复核条款变更")
    waiting = _locked(proposal, ProposalStatus.PROPOSED)
    if waiting.proposed_by_id == by.pk:
        raise Refused("by", "申请人不能复核自己的申请")
    return waiting


def _locked(proposal: TermProposal, *statuses: ProposalStatus) -> TermProposal:
    """The proposal, held until the end of the transaction; of two at once the second is told."""
    found = TermProposal.objects.select_for_update(of=("self",)).select_related("loan__customer")
    held = found.filter(pk=proposal.pk, status__in=statuses).first()
    if held is None:
        raise Refused("status", "这项申请已由他人办理,请刷新后查看")
    return held


def _flip(proposal: TermProposal, **values: Any) -> None:
    TermProposal.objects.filter(pk=proposal.pk).update(**values)


def _note(
    proposal: TermProposal,
    what: ProposalStep,
    by: Officer | None,
    business_date: dt.date,
    note: str,
) -> None:
    TermProposalStep.objects.create(
        proposal=proposal, what=what, by=by, business_date=business_date, note=note.strip()[:300]
    )


def _check_words(reason: str, evidence: str) -> None:
    if not reason.strip():
        raise Refused("reason", "请写明申请理由")
    if not evidence.strip():
        raise Refused("evidence", "请写明证明材料,如客户申请书、担保人同意书及其编号")
