"""Reads of cases: whom one may see, as they stood on a day, and what a case holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import (
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from daihou.early_warning.cases.actions import APPROVERS, HANDLERS
from daihou.early_warning.cases.choices import OPEN_STATES, CaseState, DecisionState, TaskState
from daihou.early_warning.cases.models import (
    CaseProposal,
    CaseSignal,
    CaseStep,
    SignalCase,
    WatchEntry,
)
from daihou.early_warning.models import Signal
from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.staff.queries import branch_and_below


def cases_visible_to(officer: Officer) -> QuerySet[SignalCase]:
    """The cases of the clients whom the person may see, and those whose owner the person is."""
    seen = Q(customer__in=customers_visible_to(officer))
    return SignalCase.objects.filter(seen | Q(owner=officer) if officer.is_active else seen)


def watched_visible_to(officer: Officer) -> QuerySet[WatchEntry]:
    """The watch list, past and present, of the clients whom the person may see."""
    return WatchEntry.objects.filter(customer__in=customers_visible_to(officer))


def cases_as_of(cases: QuerySet[SignalCase], day: dt.date, *, is_latest: bool) -> QuerySet:
    """The cases that existed on a day, with `now_state`, `now_colour`, `now_due`, `now_since`.

    On the latest day these are the fields themselves; on an earlier one they are read from the
    last step that was taken by then.
    """
    existing = cases.filter(opened_on__lte=day)
    if is_latest:
        return existing.annotate(
            now_state=F("state"), now_colour=F("colour"), now_due=F("due_on"),
            now_since=F("state_since"),
        )  # fmt: skip
    steps = CaseStep.objects.filter(case=OuterRef("pk"), taken_on__lte=day).order_by(
        "-taken_on", "-pk"
    )
    left_it_later = CaseStep.objects.filter(
        case=OuterRef("case"), taken_on__lte=day, pk__gt=OuterRef("pk")
    ).exclude(state=OuterRef("state"))
    in_state = steps.filter(~Exists(left_it_later)).order_by("taken_on", "pk")
    return existing.annotate(
        now_state=Subquery(steps.values("state")[:1]),
        now_colour=Subquery(steps.values("colour")[:1]),
        now_due=Subquery(steps.values("due_on")[:1]),
        now_since=Subquery(in_state.values("taken_on")[:1]),
    )


def in_hand() -> Q:
    """Cases that still ask for something, by `now_state`."""
    return Q(now_state__in=OPEN_STATES)


def waiting_for(officer: Officer) -> Q:
    """Cases in which it is this person's turn: as the owner, with a task, or to sign."""
    turn = Q(owner=officer) & Q(state__in=OPEN_STATES) & ~Q(state=CaseState.PROPOSED)
    turn |= Q(
        Exists(
            SignalCase.objects.filter(
                pk=OuterRef("pk"), tasks__assignee=officer, tasks__state=TaskState.OPEN
            )
        )
    )
    if officer.has_role(*APPROVERS):
        turn |= Q(
            Exists(
                CaseProposal.objects.filter(
                    case=OuterRef("pk"), state=DecisionState.WAITING
                ).exclude(proposed_by=officer)
            )
        )
    return turn


def open_cases_of(customers: Iterable[int]) -> dict[int, SignalCase]:
    """The case in hand of each of some clients, in one query."""
    found = SignalCase.objects.filter(customer__in=list(customers), state__in=OPEN_STATES)
    return {case.customer_id: case for case in found.select_related("owner")}


def signals_of_case(case: SignalCase) -> list[Signal]:
    """The signals that the case handles, the gravest first; those that cease stay listed."""
    ids = CaseSignal.objects.filter(case=case).values("signal_id")
    rows = Signal.objects.filter(pk__in=ids).select_related("loan")
    return list(rows.order_by("ceased_on", "-colour", "rule", "-first_seen_on"))


def handlers_for(case: SignalCase) -> QuerySet[Officer]:
    """Who may be given a task or the case: those who handle, at its branch and up its line."""
    codes = case.branch.path.split("/")
    line = ["/".join(codes[:n]) for n in range(1, len(codes) + 1)]
    at_hand = Officer.objects.filter(
        is_active=True, branch__path__in=line, roles__overlap=[role.value for role in HANDLERS]
    )
    return at_hand.select_related("branch").order_by("-branch__path", "username")


def escalated_to(officer: Officer) -> Q:
    """Cases in hand whose missed deadline has come up to the person's own branch."""
    leads = officer.has_role(Role.POST_LOAN_OFFICER, Role.RISK_MANAGER, Role.MANAGEMENT)
    if not leads or officer.branch is None:
        return Q(pk__in=[])
    return Q(escalation__gte=1, escalated_to__in=branch_and_below(officer.branch))


def watch_entry_of(customer: Customer, day: dt.date) -> WatchEntry | None:
    """The client's entry on the watch list as it stood on a day."""
    return (
        WatchEntry.objects.filter(customer=customer, entered_on__lte=day)
        .filter(Q(left_on=None) | Q(left_on__gt=day))
        .select_related("entered_by")
        .first()
    )
