"""客户全景: the list of clients, and everything about one client."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.classification.models import LoanGrade
from daihou.classification.queries import explained_grades
from daihou.collateral.queries import links_on, standings_of
from daihou.daily_run.models import WorkItem
from daihou.daily_run.past_standings import grades_known, signals_as_true
from daihou.daily_run.queries import (
    corrections_about,
    corrections_visible_to,
    explained_work,
    opened_not_closed_on,
)
from daihou.early_warning.cases.choices import CaseState
from daihou.early_warning.cases.models import SignalCase
from daihou.early_warning.cases.queries import cases_as_of, cases_visible_to
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.early_warning.queries import explained_signals, open_on, signals_of_customer
from daihou.loan_book.actions import NotAcceptable, record_happening
from daihou.loan_book.choices import HappeningKind
from daihou.loan_book.disclosure import show_contact, show_identity_number
from daihou.loan_book.models import Contact, Customer, Happening, Loan
from daihou.loan_book.queries import customers_visible_to
from daihou.loan_book.search import MOST_MATCHES, matching_customers
from daihou.public_events.queries import events_of_customer
from daihou.reports.past_lists import clients_then
from daihou.risk_models.queries import scores_of_customer
from daihou.servicing.knowledge import Answer
from daihou.workbench.customers import ties
from daihou.workbench.customers.forms import DisclosureForm, HappeningForm
from daihou.workbench.customers.listing import attach_standing, customers_table
from daihou.workbench.customers.past_listing import named_clients, past_customers_table
from daihou.workbench.customers.standing import (
    LoanLine,
    Standing,
    differences,
    loan_lines,
    loan_lines_then,
    sentence,
)
from daihou.workbench.loans import timeline
from daihou.workbench.pieces import knowledge
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.figures_text import time_left
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.past_book import past_list
from daihou.workbench.roles import BUSINESS, HANDLERS


@desk(roles=BUSINESS)
def customers(request: DeskRequest) -> HttpResponseBase:
    """The list of clients the officer may see."""
    if request.shows_past:
        return past_list(
            request, "客户全景", "workbench/customers/customers.html",
            table=past_customers_table, rows=clients_then, named=named_clients,
        )  # fmt: skip
    visible = customers_visible_to(request.officer).defer("identity_number")
    rows = visible.select_related("branch", "officer")
    text, note = request.GET.get("q", "").strip(), ""
    if text:
        matches = matching_customers(rows, text)
        rows = rows.filter(pk__in=matches.ids)
        if matches.is_cut:
            note = f"符合“{text}”的客户很多,只列其中 {MOST_MATCHES} 户;请输入更完整的名称"
    listing = customers_table(request.officer).open(
        request, rows, attach=lambda some: attach_standing(some, request.business_date)
    )
    if listing.is_export:
        return listing.download()
    context = {"title": "客户全景", "table": listing, "search_note": note}
    return page(request, "workbench/customers/customers.html", context)


@desk(roles=BUSINESS)
def customer(request: DeskRequest, number: str) -> HttpResponse:
    """Everything about one client on the chosen day."""
    found = _customer_or_404(request, number)
    day = request.business_date
    known = _known(request, found)
    work = WorkItem.objects.filter(opened_not_closed_on(day), customer=found)
    newest_work = work.select_related("officer").order_by("-opened_on")[:1]
    open_work = next(iter(explained_work(newest_work, on=day)), None)
    standing = Standing(
        customer=found,
        day=day,
        lines=known.lines,
        signals=known.signals,
        work=open_work,
    )
    taken, given = list(ties.guarantees_taken(found)), list(ties.guarantees_given(found))
    relations = ties.relations_on(found, day)
    links = list(links_on(day).filter(contract__customer=found))
    standings = standings_of([link.collateral for link in links], day)
    strand = request.GET.get("strand", "")
    chosen = timeline.Strand(strand) if strand in {s.value for s in timeline.Strand} else None
    context = {
        "title": found.name,
        "customer": found,
        "identity": ties.masked_identity_of(found),
        "standing": standing,
        "sentence": sentence(standing),
        "figures": _figures(standing),
        "knowledge": known.both_answers,
        "facilities": ties.facility_lines(found, day, known.owed),
        "taken": taken,
        "given": given,
        "relations": relations,
        "collateral": [(link, standings.get(link.collateral_id)) for link in links],
        "contacts": ties.contact_lines(found),
        "signals": known.signals,
        "scores": scores_of_customer(request.officer, found, day),
        "cases": _cases_on(request, found),
        "heard": list(events_of_customer(request.officer, found).filter(reported_on__lte=day)[:50]),
        "work": open_work,
        "may_handle": request.officer.has_role(*HANDLERS) and not request.shows_past,
        "strand": chosen,
        "strands": [pair for pair in timeline.STRAND_NAMES.items() if pair[0] in _STRANDS],
        "moments": _moments(request, found, chosen, known.grades),
        "may_open": _visible_among(
            request,
            {one.guarantor.number for one in taken}
            | {one.contract.customer.number for one in given}
            | {other.number for _, other, _ in relations},
        ),
    }
    return page(request, "workbench/customers/customer.html", context)


@desk(roles=BUSINESS, writers=HANDLERS)
def happening(request: DeskRequest, number: str) -> HttpResponse:
    """Put on record that something happened to the client or one of its loans."""
    found = _customer_or_404(request, number)
    loans = {one.number: one for one in Loan.objects.filter(customer=found).order_by("number")}
    today = request.latest_day or request.business_date
    first = {"happened_on": today, "loan": request.GET.get("loan", "")}
    form = HappeningForm(request.POST if request.method == "POST" else None, initial=first)
    form.offer_loans(list(loans))
    if request.method == "POST" and form.is_valid():
        try:
            row = record_happening(
                customer=found,
                kind=HappeningKind(form.cleaned_data["kind"]),
                happened_on=form.cleaned_data["happened_on"],
                text=form.cleaned_data["text"],
                loan=loans.get(form.cleaned_data["loan"]),
                facts=form.facts,
                by=request.officer,
                business_date=today,
            )
        except NotAcceptable as problem:
            form.add_error(problem.field, str(problem))
        else:
            messages.success(request, f"已登记“{row.get_kind_display()}”,下一次日终会用到")
            return redirect(f"{reverse('customer', args=[number])}#timeline")
    context = {
        "title": f"登记事项 · {found.name}",
        "customer": found,
        "form": form,
        "may_handle": request.officer.has_role(*HANDLERS) and not request.shows_past,
    }
    return page(request, "workbench/customers/happening.html", context, status=_status(form))


@desk(roles=BUSINESS, writers=HANDLERS)
def disclose(request: DeskRequest, number: str, field: str) -> HttpResponse:
    """Show a whole number or address once, for a reason that stays on record."""
    found = _customer_or_404(request, number)
    contact = None if field == "identity" else _contact_or_404(found, field)
    form = DisclosureForm(request.POST if request.method == "POST" else None)
    shown = ""
    if request.method == "POST" and form.is_valid():
        why = {
            "by": request.officer,
            "reason": form.cleaned_data["reason"],
            "address": request.META.get("REMOTE_ADDR"),
        }
        try:
            if contact is None:
                shown = show_identity_number(customer=found, **why)
            else:
                shown = show_contact(contact=contact, **why)
        except NotAcceptable as problem:
            form.add_error(problem.field, str(problem))
    label = contact.get_kind_display() if contact else found.get_identity_kind_display()
    context = {
        "title": f"查看{label} · {found.name}",
        "customer": found,
        "label": label,
        "form": form,
        "shown": shown,
    }
    return page(request, "workbench/customers/disclose.html", context, status=_status(form))


_STRANDS = (
    timeline.Strand.GRADE,
    timeline.Strand.SIGNAL,
    timeline.Strand.MATTER,
    timeline.Strand.WORK,
)


def _moments(
    request: DeskRequest, found: Customer, strand: timeline.Strand | None, graded: Q
) -> list[timeline.Moment]:
    happenings = Happening.objects.filter(customer=found).select_related("recorded_by")
    work = WorkItem.objects.filter(customer=found).select_related("closed_by")
    signals = signals_of_customer(request.officer, found)
    grades: dict[int, list[LoanGrade]] = {}
    known = LoanGrade.objects.filter(graded, loan__customer=found)
    for row in explained_grades(known.order_by("valid_from")):
        grades.setdefault(row.loan_id, []).append(row)
    moments = [
        *(one for rows in grades.values() for one in timeline.of_grades(rows)),
        *timeline.of_signals(explained_signals(signals.order_by("first_seen_on", "pk"))),
        *timeline.of_happenings(happenings.order_by("happened_on", "pk")),
        *timeline.of_work(explained_work(work.order_by("opened_on"), on=request.business_date)),
    ]
    return timeline.in_order(moments, until=request.business_date, strand=strand)


@dataclass(frozen=True)
class _Known:
    """What is known of a client's loans on the day shown; `owed` by loan, None for the latest."""

    lines: list[LoanLine]
    signals: list[Signal]
    grades: Q
    both_answers: knowledge.BothAnswers | None = None
    owed: dict[int, int] | None = None


def _known(request: DeskRequest, found: Customer) -> _Known:
    """Loans and signals as of the day shown; of an earlier day by the answer asked for."""
    day, loans = request.business_date, Loan.objects.filter(customer=found)
    open_signals = open_on(signals_of_customer(request.officer, found), day)
    signals = explained_signals(open_signals)
    if not request.shows_past:
        return _Known(loan_lines(loans, day), signals, Q(known_to=None))
    answer = knowledge.answer_of(request)
    told = corrections_about(corrections_visible_to(request.officer), day, found.number)
    corrections = list(told.select_related("loan").order_by("found_on", "pk"))
    lines = {one: loan_lines_then(loans, day, one) for one in Answer}
    differing, amounts = differences(lines[Answer.AS_KNOWN], lines[Answer.AS_TRUE])
    if answer is Answer.AS_TRUE:
        signals = signals_as_true(signals, corrections, day)
    return _Known(
        lines[answer],
        signals,
        grades_known(day, answer),
        knowledge.both_answers(
            request, answer, loans=differing, differences=amounts, narrowed=found.number
        ),
        {line.loan.pk: line.principal for line in lines[answer]},
    )


def _cases_on(request: DeskRequest, found: Customer) -> list[SignalCase]:
    """The client's latest cases as they stood on the day, each with its state in words."""
    rows = cases_as_of(
        cases_visible_to(request.officer).filter(customer=found),
        request.business_date,
        is_latest=not request.shows_past,
    )
    cases = list(rows.select_related("owner").order_by("-opened_on")[:5])
    for case in cases:
        case.state_words = CaseState(case.now_state).label
    return cases


def _figures(standing: Standing) -> list[Figure]:
    red = standing.signals_of(Colour.RED)
    days = standing.days_past_due
    work = standing.work
    return [
        Figure(
            "在贷余额", fen=standing.principal, change=f"{len(standing.live)} 笔", link="#loans"
        ),
        Figure(
            "逾期本息",
            fen=standing.overdue,
            change=f"最长 {days} 天" if days else "未逾期",
            tone="bad" if days else "good",
            link="#loans",
        ),
        Figure(
            "最差分类",
            standing.worst_grade.label if standing.worst_grade else "未分类",
            tone="bad" if standing.worst_grade and standing.worst_grade >= 3 else "",
            link="#loans",
        ),
        Figure(
            "未消失信号",
            f"{len(standing.signals):,}",
            "个",
            change=f"红色 {red} 个" if red else "没有红色",
            tone="bad" if red else "",
            link="#watched",
        ),
        Figure(
            "待办",
            work.get_task_display() if work else "无",
            change=time_left((work.due_on - standing.day).days) if work else "",
            link="#watched",
        ),
    ]


def _contact_or_404(found: Customer, field: str) -> Contact:
    return get_object_or_404(found.contacts, pk=int(field) if field.isdecimal() else 0)


def _visible_among(request: DeskRequest, numbers: set[str]) -> set[str]:
    """Which of some clients the officer may open; of the others only the name is shown."""
    visible = customers_visible_to(request.officer).filter(number__in=numbers)
    return set(visible.values_list("number", flat=True))


def _customer_or_404(request: DeskRequest, number: str) -> Customer:
    visible = customers_visible_to(request.officer).select_related("branch", "officer")
    return get_object_or_404(visible, number=number)


def _status(form: HappeningForm | DisclosureForm) -> int:
    return 422 if form.errors else 200
