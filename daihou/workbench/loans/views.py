"""贷款: the list of loans, and everything about one loan."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404

from daihou.classification.models import LoanGrade
from daihou.classification.queries import determinations_of, explained_grades, grades_of
from daihou.collateral.models import CollateralLink, CollateralStanding
from daihou.collateral.queries import covers_of, links_on, standings_of
from daihou.daily_run.models import Correction, SetAside, WorkItem
from daihou.daily_run.queries import explained_work
from daihou.early_warning.queries import explained_signals, signals_of_loan
from daihou.loan_book.models import Guarantee, Happening, Loan
from daihou.loan_book.queries import customers_visible_to, loans_visible_to
from daihou.loan_book.search import MOST_MATCHES, loans_matching, matching_customers
from daihou.reports.definitions import definitions_on
from daihou.reports.past_lists import loans_then
from daihou.servicing.choices import OPEN
from daihou.servicing.knowledge import Answer
from daihou.servicing.models import TermProposal
from daihou.servicing.proposals import PROPOSERS
from daihou.servicing.queries import OneLoan
from daihou.servicing.term_changes import pauses_of
from daihou.workbench.corrections.listing import first_cause, state_of
from daihou.workbench.loans import timeline
from daihou.workbench.loans.both_accounts import account_lines
from daihou.workbench.loans.floating import floating_rate_of
from daihou.workbench.loans.listing import (
    attach_grades,
    loans_table,
    with_what_is_shown,
)
from daihou.workbench.loans.past_listing import named_loans, past_loans_table
from daihou.workbench.loans.plan_lines import PlanLine, plan_lines
from daihou.workbench.loans.what_if import trial_of
from daihou.workbench.loans.yearly_cost import yearly_cost
from daihou.workbench.pieces import knowledge
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.past_book import past_list
from daihou.workbench.roles import BUSINESS
from loanmath.codes import PROBLEM_TEXT, Problem
from loanmath.loans import terms_on
from loanmath.one_loan import Position

_NEXT_DAY = dt.timedelta(days=1)
_FARTHEST = dt.timedelta(days=366 * 40)  # the kernel's last day lies beyond any loan


@desk(roles=BUSINESS)
def loans(request: DeskRequest) -> HttpResponseBase:
    """The list of loans the officer may see, by filters that stand in the address."""
    day = request.business_date
    if request.shows_past:
        return past_list(
            request, "贷款", "workbench/loans/loans.html",
            table=past_loans_table, rows=loans_then, named=named_loans,
        )  # fmt: skip
    rows = with_what_is_shown(loans_visible_to(request.officer))
    rows, note = _searched(request, rows)
    table = loans_table(request.officer, day, definitions_on(day))
    listing = table.open(request, rows, attach=attach_grades)
    if listing.is_export:
        return listing.download()
    context = {"title": "贷款", "table": listing, "search_note": note}
    return page(request, "workbench/loans/loans.html", context)


@desk(roles=BUSINESS)
def loan(request: DeskRequest, number: str) -> HttpResponseBase:
    """Everything about one loan on the chosen day."""
    found = _loan_or_404(request, number)
    day = request.business_date
    answer = knowledge.answer_of(request)
    known = day if answer is Answer.AS_KNOWN else None
    one = knowledge.loan_as_known(found, known)
    shown_on = _day_of(request, "on", day)
    now, then = one.position(day), one.position(shown_on)
    grades = explained_grades(grades_of(found, known=known))
    corrections = _corrections(found, day)
    signals = explained_signals(signals_of_loan(request.officer, found))
    judged = [
        *timeline.of_grades(grades),
        *timeline.of_signals(reversed(signals)),
        *timeline.of_corrections(corrections),
    ]
    context = {
        "title": f"{found.customer.name} · {found.number}",
        "loan": found,
        "one": one,
        "rate_now": terms_on(one.kernel_loan, day).rate,
        "now": now,
        "then": then,
        "shown_on": shown_on,
        "as_known_then": known is not None,
        "knowledge": knowledge.both_answers(request, answer, narrowed=found.number),
        "is_projected": shown_on > day,
        "problem": PROBLEM_TEXT[now.problem] if now.problem is not Problem.NONE else "",
        "set_aside": SetAside.objects.filter(loan=found, until=None).first(),
        "grade_now": next((g for g in reversed(grades) if _holds(g, day)), None),
        "grades": list(reversed(grades)),
        "determinations": determinations_of(found, until=day),
        "signals": signals,
        "guarantees": _guarantees(found),
        "cover": covers_of([found], day).get(found.pk),
        "collateral": _collateral(found, day),
        "corrections": [(row, first_cause(row), state_of(row)) for row in reversed(corrections)],
        "accounts": account_lines(found, day) if corrections else [],
        "cost": yearly_cost(one),
        "pauses": pauses_of(one.term_changes),
        "proposals": _proposals(found, day),
        "floating": floating_rate_of(found, day),
        **_computed(request, one, now, day, judged=judged),
    }
    return page(request, "workbench/loans/loan.html", context)


def _corrections(found: Loan, day: dt.date) -> list[Correction]:
    """What was learned late about the loan by the day, in order."""
    rows = found.corrections.filter(found_on__lte=day).select_related("read_by__branch")
    return list(rows.order_by("found_on"))


def _proposals(found: Loan, day: dt.date) -> list[TermProposal]:
    """What was proposed for the loan and is not yet part of its terms, up to the open day."""
    open_ = found.term_proposals.filter(status__in=OPEN, proposed_on__lte=day + _NEXT_DAY)
    return list(open_.order_by("pk"))


def _computed(
    request: DeskRequest,
    one: OneLoan,
    now: Position,
    day: dt.date,
    *,
    judged: list[timeline.Moment],
) -> dict[str, Any]:
    """What only a loan that can be computed has: plan lines, trial, the kernel's timeline."""
    computable = now.problem is Problem.NONE
    lines: list[PlanLine] = plan_lines(one, day) if computable else []
    strand = _strand(request.GET.get("strand", ""))
    return {
        "plan": lines,
        "paid_instalments": sum(1 for line in lines if line.is_cleared),
        "trial": trial_of(request.GET, one, day) if computable else None,
        "may_propose": request.officer.has_role(*PROPOSERS) and not request.shows_past,
        "strand": strand,
        "strands": timeline.STRAND_NAMES.items(),
        "moments": _moments(one, day, strand, judged, computable=computable),
    }


def _moments(
    one: OneLoan,
    day: dt.date,
    strand: timeline.Strand | None,
    judged: list[timeline.Moment],
    *,
    computable: bool,
) -> list[timeline.Moment]:
    found = one.loan
    happenings = Happening.objects.filter(
        Q(loan=found) | Q(loan=None, customer=found.customer_id)
    ).select_related("recorded_by")
    work = WorkItem.objects.filter(customer=found.customer_id).select_related("closed_by")
    of_loan = work.filter(opened_on__gte=found.disbursed_on)
    moments = [
        *timeline.of_plans(one.plan_versions),
        *timeline.of_term_changes(one.term_changes),
        *(timeline.of_events(one.timeline(day)) if computable else []),
        *judged,
        *timeline.of_happenings(happenings.order_by("happened_on", "pk")),
        *timeline.of_work(explained_work(of_loan.order_by("opened_on"), on=day)),
    ]
    return timeline.in_order(moments, until=day, strand=strand)


def _searched(request: DeskRequest, rows: QuerySet[Loan]) -> tuple[QuerySet[Loan], str]:
    """The loans that fit what was typed, and a word when too many clients fit."""
    text = request.GET.get("q", "").strip()
    if not text:
        return rows, ""
    matches = matching_customers(customers_visible_to(request.officer), text)
    note = ""
    if matches.is_cut:
        note = (
            f"名称含“{text}”的客户超过 {MOST_MATCHES} 户,以下只列其中 {MOST_MATCHES} 户的借据;"
            "请输入更完整的名称"
        )
    return loans_matching(rows, matches, text), note


def _loan_or_404(request: DeskRequest, number: str) -> Loan:
    visible = loans_visible_to(request.officer).select_related(
        "customer__officer", "product", "branch", "contract__facility", "floating"
    )
    visible = visible.defer("customer__identity_number")
    return get_object_or_404(visible, number=number)


def _holds(row: LoanGrade, day: dt.date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or row.valid_to > day)


def _guarantees(found: Loan) -> list[Guarantee]:
    if found.contract_id is None:
        return []
    given = Guarantee.objects.filter(contract=found.contract_id)
    return list(given.select_related("guarantor").order_by("pk"))


def _collateral(
    found: Loan, day: dt.date
) -> list[tuple[CollateralLink, CollateralStanding | None]]:
    """What secures the loan's contract, each with where it stood on the day."""
    if found.contract_id is None:
        return []
    links = list(links_on(day).filter(contract=found.contract_id))
    standings = standings_of([link.collateral for link in links], day)
    return [(link, standings.get(link.collateral_id)) for link in links]


def _strand(text: str) -> timeline.Strand | None:
    return timeline.Strand(text) if text in {s.value for s in timeline.Strand} else None


def _day_of(request: DeskRequest, name: str, default: dt.date) -> dt.date:
    """A day from the address; nonsense and days beyond any loan fall back to the default."""
    try:
        day = dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return default
    return day if abs(day - default) < _FARTHEST else default
