"""押品: the register, and everything about one piece of collateral."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.collateral.choices import REGISTERED
from daihou.collateral.models import Collateral, CollateralStanding, Valuation
from daihou.collateral.queries import (
    collateral_visible_to,
    explained_standing,
    in_force_on,
    open_findings_of,
    piece_found,
    secured_by,
    that_count,
    valuations_of,
)
from daihou.collateral.revaluing import APPROVERS, PROPOSERS
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.queries import parameter
from daihou.workbench.collateral.listing import figures, register_table, until, with_standings
from daihou.workbench.collateral.pictures import value_chart
from daihou.workbench.desks import COLLATERAL
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import HANDLERS


@desk(roles=COLLATERAL.roles)
def register(request: DeskRequest) -> HttpResponseBase:
    """The register of collateral as it stood on the chosen day."""
    day = request.business_date
    ahead = ahead_on(day)
    rows = collateral_visible_to(request.officer).filter(in_force_on(day))
    shown = rows.select_related("customer").defer("customer__identity_number")
    table = register_table(request.officer, day, ahead)
    listing = table.open(request, shown, attach=with_standings(day))
    if listing.is_export:
        return listing.download()
    context = {
        "title": "押品",
        "table": listing,
        "figures": figures(rows, day, ahead),
        "may_revalue": request.officer.has_role(*(PROPOSERS | APPROVERS)),
    }
    return page(request, "workbench/collateral/register.html", context)


@desk(roles=COLLATERAL.roles)
def piece(request: DeskRequest, number: str) -> HttpResponseBase:
    """One piece: its worth over time, what it secures, ranks, papers, and why."""
    found = piece_or_404(request, number)
    day = request.business_date
    ahead = ahead_on(day)
    valuations = valuations_of(found, until=day)
    counting = that_count(valuations)
    secured = secured_by(found, day)
    standing = explained_standing(found, day)
    clients = {one.link.contract.customer.number for one in secured}
    visible = customers_visible_to(request.officer).filter(number__in=clients)
    context = {
        "title": found.name,
        "piece": found,
        "standing": standing,
        "is_over": _is_over(standing),
        "newer": _newer(standing, counting),
        "chart": value_chart(counting, _course(found, day), day),
        "valuations": valuations,
        "secured": secured,
        "may_open": set(visible.values_list("number", flat=True)),
        "links": found.links.filter(secured_on__lte=day)
        .select_related("contract")
        .order_by("rank"),
        "liens": found.liens.filter(registered_on__lte=day).order_by("rank", "registered_on"),
        "incidents": found.incidents.filter(happened_on__lte=day)
        .select_related("recorded_by")
        .order_by("-happened_on"),
        "findings": open_findings_of(found, day),
        "registered_until": until(found.registered_until, day, ahead),
        "insured_until": until(found.insured_until, day, ahead),
        "lacks_registration": not found.registration and found.kind in REGISTERED,
        "may_handle": may_handle(request),
    }
    return page(request, "workbench/collateral/piece.html", context)


@desk(roles=COLLATERAL.roles)
def of_finding(request: DeskRequest, number: int) -> HttpResponseBase:
    """Lead from what a signal names to the piece of collateral that gave it."""
    found = piece_found(request.officer, number)
    if found is None:
        raise Http404
    day = f"?day={request.business_date}" if request.shows_past else ""
    return redirect(f"{reverse('collateral', args=[found.number])}{day}")


def piece_or_404(request: DeskRequest, number: str) -> Collateral:
    """The piece of that number, if the officer may see it."""
    rows = collateral_visible_to(request.officer).select_related("customer")
    return get_object_or_404(rows.defer("customer__identity_number"), number=number)


def may_handle(request: DeskRequest) -> bool:
    """Whether the person may enter anything on the day that is shown."""
    return request.officer.has_role(*HANDLERS) and not request.shows_past


def ahead_on(day: dt.date) -> int:
    """How many days before the end papers are said to run out."""
    value = parameter("collateral.ahead", on=day).value
    assert isinstance(value, int)
    return value


def _is_over(standing: CollateralStanding | None) -> bool:
    if standing is None or standing.ltv is None or standing.approved_ltv is None:
        return False
    return bool(standing.ltv > standing.approved_ltv)


def _newer(standing: CollateralStanding | None, counting: list[Valuation]) -> Valuation | None:
    """A valuation that came in since the standing was worked out."""
    if standing is None or not counting or standing.valuation_id == counting[-1].pk:
        return None
    return counting[-1]


def _course(found: Collateral, day: dt.date) -> list[CollateralStanding]:
    """The standings of the last two years up to a day, in order."""
    since = day - dt.timedelta(days=730)
    rows = found.standings.filter(valid_from__lte=day, valid_from__gt=since)
    return list(rows.order_by("valid_from"))
