"""条款变更: what is proposed for loans, both plans beside one another, and the second person."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from daihou.loan_book.models import Loan
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.actions import Refused
from daihou.policy.queries import parameters_on
from daihou.servicing.choices import OPEN, ProposalStatus
from daihou.servicing.models import TermProposal
from daihou.servicing.proposal_queries import (
    Figures,
    figures_kept,
    figures_of,
    figures_read,
    moved_since,
    proposals_visible_to,
    waiting_for,
    wish_of,
)
from daihou.servicing.proposal_reasons import reasons_for
from daihou.servicing.proposals import (
    APPROVERS,
    PROPOSERS,
    approve,
    propose,
    reckon_anew,
    reject,
    send_back,
    withdraw,
)
from daihou.servicing.queries import read_loan
from daihou.servicing.simulating import NotPossible, answer_to, late_after
from daihou.servicing.wishes import Wish
from daihou.workbench.desks import TERM_PROPOSALS as DESK
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.steps import Step, take_step
from daihou.workbench.term_proposals.addresses import proposal_address
from daihou.workbench.term_proposals.comparison import plan_days, plans_chart, same_plan
from daihou.workbench.term_proposals.forms import (
    DecisionForm,
    ProposalForm,
    ReckonForm,
    WishForm,
)
from daihou.workbench.term_proposals.listing import proposals_table, status_badge
from daihou.workbench.term_proposals.wording import asked_lines

_NEXT_DAY = dt.timedelta(days=1)


@desk(roles=DESK.roles)
def term_proposals(request: DeskRequest) -> HttpResponseBase:
    """All proposals about loans that the officer may see, the latest first."""
    rows = _visible(request)
    listing = proposals_table(request.officer).open(request, rows)
    if listing.is_export:
        return listing.download()
    may_decide = request.officer.has_role(*APPROVERS)
    context = {
        "title": "条款变更",
        "table": listing,
        "waiting": waiting_for(request.officer).count() if may_decide else 0,
    }
    return page(request, "workbench/term_proposals/list.html", context)


@desk(roles=PROPOSERS, writers=PROPOSERS)
def propose_terms(request: DeskRequest, number: str) -> HttpResponse:
    """What was simulated, once more for the open business day, with the form to put it forward."""
    loan = get_object_or_404(_loans(request), number=number)
    asked = WishForm(request.GET)
    if not asked.is_valid():
        raise Http404
    wish, today = asked.wish, open_day_of(request)
    wish = replace(wish, on=max(wish.on, today))
    form = ProposalForm(request.POST or None, kind=wish.kind)
    if request.method == "POST" and form.is_valid() and not request.shows_past:
        made = _propose(request, loan, wish, form)
        if made is not None:
            return redirect("term_proposal", made.pk)
    figures, problems = _simulated(loan, wish, today)
    context = {
        "title": f"{wish.kind.label}申请",
        "loan": loan,
        "wish": wish,
        "problems": problems,
        "may_propose": not problems and not request.shows_past,
        "form": form,
        "here": proposal_address(loan, wish),
        "fields": [(name, request.GET[name]) for name in asked.fields if name in request.GET],
        **_compared(loan, wish, figures, today),
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/term_proposals/propose.html", context, status=status)


@desk(roles=DESK.roles, writers=PROPOSERS | APPROVERS)
def term_proposal(request: DeskRequest, number: int) -> HttpResponse:
    """One proposal: what it asks for, what it does, who did what; and the steps to take."""
    found = get_object_or_404(_visible(request), pk=number)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if take_step(request, found, form, _STEPS):
            return redirect("term_proposal", found.pk)
        found = get_object_or_404(_visible(request), pk=number)
    status = ProposalStatus(found.status)
    wish, today = wish_of(found), open_day_of(request)
    waits = status in (ProposalStatus.PROPOSED, ProposalStatus.RETURNED)
    may = _may(request, found, status)
    context = {
        "title": f"{wish.kind.label}申请 第 {found.pk} 号",
        "proposal": found,
        "loan": found.loan,
        "wish": wish,
        "badge": status_badge(found),
        "moved": moved_since(found, read_loan(found.loan)) if waits else [],
        "is_late": waits and found.effective_from < today,
        "steps": found.steps.select_related("by"),
        "may": may,
        "form": form,
        "reckon": ReckonForm(initial={"on": max(found.effective_from, today)}),
        **_compared(found.loan, wish, figures_of(found), found.simulated_on),
    }
    code = 422 if form.errors else 200
    return page(request, "workbench/term_proposals/proposal.html", context, status=code)


def open_day_of(request: DeskRequest) -> dt.date:
    """The business day that people's work belongs to: the one after the last closed."""
    assert request.latest_day is not None  # the door of a desk has seen to it
    return request.latest_day + _NEXT_DAY


def _simulated(loan: Loan, wish: Wish, today: dt.date) -> tuple[Figures | None, list[str]]:
    one, parameters = read_loan(loan), parameters_on(today)
    try:
        answer = answer_to(one, wish, parameters)
    except NotPossible as problem:
        return None, [str(problem)]
    kept = figures_kept(one, wish, answer, late_after(one, wish.on))
    return figures_read(kept), list(answer.against)


def _compared(loan: Loan, wish: Wish, figures: Figures | None, day: dt.date) -> dict[str, Any]:
    """Both plans for the page: figures, picture, lines, and the clauses."""
    shown: dict[str, Any] = {
        "asked": asked_lines(wish),
        "reasons": reasons_for(loan, wish, parameters_on(day)),
        "figures": figures,
    }
    if figures is not None:
        shown |= {
            "chart": plans_chart(figures),
            "days": plan_days(figures),
            "same_plan": same_plan(figures),
            "old_interest": sum(row.interest for row in figures.old),
            "new_interest": sum(row.interest for row in figures.new),
        }
    return shown


def _propose(
    request: DeskRequest, loan: Loan, wish: Wish, form: ProposalForm
) -> TermProposal | None:
    given = form.cleaned_data
    try:
        made = propose(
            loan=loan,
            wish=replace(wish, is_passive=given.get("is_passive") != "no"),
            reason=given["reason"],
            evidence=given["evidence"],
            by=request.officer,
            business_date=open_day_of(request),
        )
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return None
    messages.success(request, f"已提交{wish.kind.label}申请第 {made.pk} 号,待风险经理或审批人复核")
    return made


def _may(request: DeskRequest, found: TermProposal, status: ProposalStatus) -> dict[str, bool]:
    """Which steps the person may take now."""
    now, own = not request.shows_past, found.proposed_by_id == request.officer.pk
    decides = request.officer.has_role(*APPROVERS) and not own
    proposes = request.officer.has_role(*PROPOSERS)
    waits = status in (ProposalStatus.PROPOSED, ProposalStatus.RETURNED)
    return {
        "decide": now and decides and status is ProposalStatus.PROPOSED,
        "reckon": now and proposes and waits,
        "withdraw": now and own and status in OPEN,
    }


def _approve(request: DeskRequest, found: TermProposal, opinion: str) -> str:
    today = open_day_of(request)
    plan = approve(proposal=found, by=request.officer, business_date=today, opinion=opinion)
    if plan is not None:
        return f"复核通过:还款计划第 {plan.version} 版自 {plan.effective_from} 日终起执行"
    if wish_of(found).amount:
        return "复核通过:还款到账后,下一次日终按实际还款执行新计划"
    return f"复核通过:{found.get_kind_display()}自 {found.effective_from} 日终起执行"


def _send_back(request: DeskRequest, found: TermProposal, opinion: str) -> str:
    today = open_day_of(request)
    send_back(proposal=found, opinion=opinion, by=request.officer, business_date=today)
    return f"已退回 {found.proposed_by} 修改,现行计划不变"


def _reject(request: DeskRequest, found: TermProposal, opinion: str) -> str:
    today = open_day_of(request)
    reject(proposal=found, opinion=opinion, by=request.officer, business_date=today)
    return "已否决,现行计划不变"


def _withdraw(request: DeskRequest, found: TermProposal, _opinion: str) -> str:
    withdraw(proposal=found, by=request.officer, business_date=open_day_of(request))
    return "已撤回,现行计划不变"


def _reckon(request: DeskRequest, found: TermProposal, _opinion: str) -> str:
    form = ReckonForm(request.POST)
    if not form.is_valid():
        raise Refused("on", "请填写生效日")
    on, today = form.cleaned_data["on"], open_day_of(request)
    reckon_anew(proposal=found, on=on, by=request.officer, business_date=today)
    return f"已按现在的台账重新试算,自 {on} 起生效,待复核"


_STEPS: dict[str, Step[TermProposal]] = {
    "approve": _approve,
    "return": _send_back,
    "reject": _reject,
    "withdraw": _withdraw,
    "reckon": _reckon,
}


def _visible(request: DeskRequest) -> QuerySet[TermProposal]:
    rows = proposals_visible_to(request.officer)
    if request.shows_past:
        rows = rows.filter(proposed_on__lte=request.business_date)
    shown = rows.select_related("loan__customer", "proposed_by", "decided_by", "plan")
    return shown.defer("loan__customer__identity_number")


def _loans(request: DeskRequest) -> QuerySet[Loan]:
    shown = loans_visible_to(request.officer).select_related("customer", "product")
    return shown.defer("customer__identity_number")
