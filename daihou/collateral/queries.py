"""Reads of collateral; rows leave only through the doors `…_visible_to`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from daihou.collateral.choices import SIGNAL_NAMES, CollateralKind
from daihou.collateral.explanations import explain
from daihou.collateral.models import (
    Collateral,
    CollateralFinding,
    CollateralLink,
    CollateralStanding,
    LoanCover,
    PriceIndex,
    Revaluation,
    Valuation,
)
from daihou.loan_book.models import Loan
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.queries import parameters_on_days
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to, sees_branch_tree
from daihou.storage.history import holding_on


def collateral_visible_to(officer: Officer) -> QuerySet[Collateral]:
    """The collateral that the clients whom the person may see have brought."""
    return Collateral.objects.filter(customer__in=customers_visible_to(officer))


def revaluations_visible_to(officer: Officer) -> QuerySet[Revaluation]:
    """Revaluations in bulk that were proposed in the own branch or under it."""
    if not sees_branch_tree(officer):
        return Revaluation.objects.none()
    return Revaluation.objects.filter(proposed_by__branch__in=branches_visible_to(officer))


def in_force_on(day: dt.date) -> Q:
    """Collateral that had not been released by a day."""
    return Q(released_on=None) | Q(released_on__gt=day)


def standings_of(pieces: Iterable[Collateral], day: dt.date) -> dict[int, CollateralStanding]:
    """Where some pieces of collateral stood on a day, by their ids; one query."""
    rows = CollateralStanding.objects.filter(holding_on(day), collateral__in=list(pieces))
    return {row.collateral_id: row for row in rows}


def explained_standing(piece: Collateral, day: dt.date) -> CollateralStanding | None:
    """Where a piece of collateral stood on a day, with its reasons in words."""
    rows = CollateralStanding.objects.filter(holding_on(day), collateral=piece)
    found = rows.select_related("valuation").first()
    if found is not None:
        parameters = parameters_on_days([found.valid_from])[found.valid_from]
        found.reasons = explain(piece, found, parameters)
    return found


def valuations_of(piece: Collateral, *, until: dt.date) -> list[Valuation]:
    """All valuations that had come in by a day, every version, the latest first."""
    rows = piece.valuations.filter(known_on__lte=until).select_related("entered_by")
    return list(rows.order_by("-valued_on", "-version"))


def that_count(valuations: Iterable[Valuation]) -> list[Valuation]:
    """Of each day's versions the last, the oldest day first; takes them the latest first."""
    of_day: dict[dt.date, Valuation] = {}
    for one in valuations:
        of_day.setdefault(one.valued_on, one)
    return sorted(of_day.values(), key=lambda one: one.valued_on)


@dataclass(frozen=True)
class Secured:
    """A loan that a piece of collateral secures, with how far all its collateral covers it."""

    link: CollateralLink
    loan: Loan
    cover: LoanCover | None


def secured_by(piece: Collateral, day: dt.date) -> list[Secured]:
    """The loans under the contracts that a piece secures, on a day; three queries."""
    links = list(
        piece.links.filter(secured_on__lte=day)
        .select_related("contract__customer")
        .defer("contract__customer__identity_number")
        .order_by("rank", "pk")
    )
    loans = list(
        Loan.objects.filter(contract__in=[link.contract_id for link in links]).order_by("number")
    )
    covers = covers_of(loans, day)
    by_contract = {link.contract_id: link for link in links}
    order = {link.pk: place for place, link in enumerate(links)}
    found = [Secured(by_contract[one.contract_id or 0], one, covers.get(one.pk)) for one in loans]
    return sorted(found, key=lambda one: (order[one.link.pk], one.loan.number))


def covers_of(loans: Iterable[Loan], day: dt.date) -> dict[int, LoanCover]:
    """How far collateral covers some loans on a day, by the loans' ids; one query."""
    rows = LoanCover.objects.filter(holding_on(day), loan__in=list(loans))
    return {row.loan_id: row for row in rows}


def links_on(day: dt.date) -> QuerySet[CollateralLink]:
    """What secures contracts on a day, for narrowing to contracts that the person may see."""
    unreleased = Q(collateral__released_on=None) | Q(collateral__released_on__gt=day)
    rows = CollateralLink.objects.filter(unreleased, secured_on__lte=day)
    return rows.select_related("collateral", "contract").order_by("contract", "rank", "pk")


def piece_found(officer: Officer, finding: int) -> Collateral | None:
    """The piece of collateral that gave a finding, if the officer may see it."""
    return collateral_visible_to(officer).filter(findings=finding).first()


def open_findings_of(piece: Collateral, day: dt.date) -> list[tuple[int, str, dt.date]]:
    """The signals that a piece of collateral gives on a day: number, name, since when."""
    rows = CollateralFinding.objects.filter(collateral=piece, since__lte=day)
    rows = rows.exclude(ceased_on__lte=day).order_by("signal", "since")
    first: dict[int, dt.date] = {}
    for signal, since in rows.values_list("signal", "since"):
        first.setdefault(signal, since)
    return [(signal, SIGNAL_NAMES[signal], since) for signal, since in first.items()]


def latest_valuations(pieces: QuerySet[Collateral], day: dt.date) -> QuerySet[Valuation]:
    """The valuation that counts on a day of each of some pieces of collateral."""
    newer = Valuation.objects.filter(
        Q(valued_on__gt=OuterRef("valued_on"))
        | Q(valued_on=OuterRef("valued_on"), version__gt=OuterRef("version")),
        collateral=OuterRef("collateral"),
        known_on__lte=day,
    )
    rows = Valuation.objects.filter(collateral__in=pieces, known_on__lte=day)
    return rows.filter(~Exists(newer))


def index_points(region: str, kind: CollateralKind) -> dict[dt.date, int]:
    """A market's index by month."""
    rows = PriceIndex.objects.filter(region=region, kind=kind).order_by("month")
    return dict(rows.values_list("month", "points"))
