"""Reads of circles and findings; rows leave only through the doors `…_visible_to`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from daihou.client_graph.choices import SIGNAL_NAMES
from daihou.client_graph.explanations import Named, explain
from daihou.client_graph.models import Circle, CircleMember, GraphFinding
from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.queries import parameters_on_days
from daihou.staff.models import Officer


def circles_visible_to(officer: Officer) -> QuerySet[Circle]:
    """The circles in which the person may see at least one member."""
    members = CircleMember.objects.filter(
        circle=OuterRef("pk"), customer__in=customers_visible_to(officer)
    )
    return Circle.objects.filter(Exists(members))


def findings_visible_to(officer: Officer) -> QuerySet[GraphFinding]:
    """The findings about clients whom the person may see."""
    return GraphFinding.objects.filter(customer__in=customers_visible_to(officer))


def circles_on(circles: QuerySet[Circle], day: dt.date) -> QuerySet[Circle]:
    """Those that stood on the day."""
    return circles.filter(Q(ceased_on=None) | Q(ceased_on__gt=day), seen_from__lte=day)


def findings_on(findings: QuerySet[GraphFinding], day: dt.date) -> QuerySet[GraphFinding]:
    """Those that showed on the day."""
    return findings.filter(Q(ceased_on=None) | Q(ceased_on__gt=day), since__lte=day)


def circle_of(customer: Customer, day: dt.date) -> Circle | None:
    """The circle in which a client stood on the day, if any."""
    return circles_on(Circle.objects.filter(members__customer=customer), day).first()


def explained_findings(findings: Iterable[GraphFinding]) -> list[GraphFinding]:
    """The findings, each with its reasons in words: two queries, however many findings."""
    rows = list(findings)
    clients = {client for row in rows for client in row.clients}
    named = {
        pk: Named(number, name)
        for pk, number, name in Customer.objects.filter(pk__in=clients).values_list(
            "pk", "number", "name"
        )
    }
    parameters = parameters_on_days({row.since for row in rows})
    for row in rows:
        row.reasons = [explain(row, named, parameters[row.since])]
    return rows


def signal_name(number: int) -> str:
    """The name of one of the graph's signals with its number."""
    return f"{number} {SIGNAL_NAMES[number]}"
