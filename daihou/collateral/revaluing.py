"""Revaluation in bulk by a market index: a preview, a proposal, a second person who does it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from django.db import IntegrityError, transaction

from daihou.collateral.choices import CollateralKind, RevaluationStatus, ValueSource
from daihou.collateral.models import (
    Collateral,
    CollateralStanding,
    Revaluation,
    RevaluationLine,
    Valuation,
)
from daihou.collateral.queries import (
    collateral_visible_to,
    in_force_on,
    index_points,
    latest_valuations,
    standings_of,
)
from daihou.collateral.rules import UNKNOWN, index_value, ltv
from daihou.policy.actions import Refused, kept_for
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.staff.queries import sees_branch_tree

PROPOSERS = frozenset({Role.RISK_MANAGER, Role.POST_LOAN_OFFICER})
APPROVERS = frozenset({Role.RISK_MANAGER, Role.APPROVER, Role.MANAGEMENT})


@dataclass(frozen=True)
class Wanted:
    """What is to be valued anew: a kind of collateral in a region, by the index of a month."""

    kind: CollateralKind
    region: str
    month: dt.date
    rises: bool = False


@dataclass(frozen=True)
class Preview:
    """What a revaluation would do: a line for each piece, and what is left out and why."""

    wanted: Wanted
    lines: list[RevaluationLine] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def before(self) -> int:
        """The sum of values as they are."""
        return sum(line.value_before for line in self.lines)

    @property
    def after(self) -> int:
        """The sum of values as they would be."""
        return sum(line.value_after for line in self.lines)

    @property
    def newly_over(self) -> int:
        """How many pieces would come to lie above the loan-to-value that was approved."""
        return sum(moves_over(line) for line in self.lines)


def moves_over(line: RevaluationLine) -> bool:
    """Whether a line lifts the loan-to-value above what was approved."""
    if line.approved_ltv is None or line.ltv_before is None or line.ltv_after is None:
        return False
    return bool(line.ltv_before <= line.approved_ltv < line.ltv_after)


def preview(wanted: Wanted, *, officer: Officer, business_date: dt.date) -> Preview:
    """Work out what a revaluation would do to what the officer may see; writes nothing.

    Loan-to-value after is reckoned on what is laid on each piece now; the next daily run reckons
    the split anew.
    """
    points = index_points(wanted.region, wanted.kind)
    if wanted.month not in points:
        raise Refused(
            "month", f"没有{wanted.region}{wanted.kind.label} {wanted.month:%Y-%m} 的指数"
        )
    visible = collateral_visible_to(officer).filter(
        in_force_on(business_date), kind=wanted.kind, region=wanted.region
    )
    rows = list(
        latest_valuations(visible, business_date).select_related("collateral").order_by("pk")
    )
    left_out = {"没有估值": visible.count() - len(rows)}
    later = [one for one in rows if one.valued_on.replace(day=1) >= wanted.month]
    left_out["估值不早于该月"] = len(later)
    kept = [one for one in rows if one.valued_on.replace(day=1) < wanted.month]
    without = [one for one in kept if one.valued_on.replace(day=1) not in points]
    left_out["估值当月没有指数"] = len(without)
    kept = [one for one in kept if one.valued_on.replace(day=1) in points]
    lines = _lines(kept, points, wanted, business_date)
    moved = [line for line in lines if line.value_after != line.value_before]
    left_out["指数未使价值变动"] = len(lines) - len(moved)
    return Preview(wanted, moved, {why: count for why, count in left_out.items() if count})


def _lines(
    kept: list[Valuation], points: dict[dt.date, int], wanted: Wanted, business_date: dt.date
) -> list[RevaluationLine]:
    before = np.array([one.value for one in kept], np.int64)
    then = np.array([points[one.valued_on.replace(day=1)] for one in kept], np.int64)
    now = np.full(len(kept), points[wanted.month], np.int64)
    after = index_value(before, then, now, rises=wanted.rises)
    standings = standings_of([one.collateral for one in kept], business_date)
    owed = np.array([_claims_on(standings.get(one.collateral_id)) for one in kept], np.int64)
    ltv_after = ltv(owed, after)
    return [
        _line(one, int(after[n]), int(ltv_after[n]), standings.get(one.collateral_id))
        for n, one in enumerate(kept)
    ]


def _line(
    base: Valuation, after: int, ltv_after: int, standing: CollateralStanding | None
) -> RevaluationLine:
    known = standing is not None and standing.ltv is not None
    return RevaluationLine(
        collateral=base.collateral,
        base=base,
        value_before=base.value,
        value_after=after,
        ltv_before=standing.ltv if standing else None,
        ltv_after=ltv_after if known and ltv_after != UNKNOWN else None,
        approved_ltv=standing.approved_ltv if standing else None,
    )


def _claims_on(standing: CollateralStanding | None) -> int:
    return 0 if standing is None else standing.owed + standing.prior


@transaction.atomic
def propose_revaluation(
    *, wanted: Wanted, reason: str, by: Officer, business_date: dt.date
) -> Revaluation:
    """Put a revaluation forward with its preview frozen; a second person carries it out."""
    _must_hold(by, PROPOSERS, "提出指数重估")
    if not reason.strip():
        raise Refused("reason", "请写明重估理由")
    found = preview(wanted, officer=by, business_date=business_date)
    if not found.lines:
        raise Refused("month", "没有押品的价值会因此变动")
    try:
        with transaction.atomic():
            made = Revaluation.objects.create(
                **vars(wanted), reason=reason.strip(), proposed_by=by, proposed_on=business_date
            )
    except IntegrityError as error:
        told = f"{wanted.region}{wanted.kind.label}"
        raise Refused("region", f"{told}已有待复核的指数重估") from error
    for line in found.lines:
        line.revaluation = made
    RevaluationLine.objects.bulk_create(found.lines)
    return made


@transaction.atomic
def approve_revaluation(
    *, revaluation: Revaluation, by: Officer, business_date: dt.date, opinion: str = ""
) -> int:
    """Carry a revaluation out: a new valuation for each line; never by the person who proposed it.

    A piece that was valued anew since is left as it is, and its line says so. Returns how many
    valuations were written.
    """
    _must_decide(revaluation, by)
    _decide(revaluation, RevaluationStatus.APPROVED, by, business_date, opinion)
    lines = list(revaluation.lines.select_related("collateral"))
    pieces = Collateral.objects.filter(pk__in=[line.collateral_id for line in lines])
    list(pieces.select_for_update().order_by("pk").values_list("pk"))
    latest = set(latest_valuations(pieces, business_date).values_list("pk", flat=True))
    released = set(pieces.exclude(in_force_on(business_date)).values_list("pk", flat=True))
    good = [
        line for line in lines
        if line.base_id in latest and line.collateral_id not in released
    ]  # fmt: skip
    kept = {line.pk for line in good}
    revaluation.lines.exclude(pk__in=kept).update(is_stale=True)
    Valuation.objects.bulk_create(_valued(revaluation, line, by, business_date) for line in good)
    return len(good)


@transaction.atomic
def reject_revaluation(
    *, revaluation: Revaluation, by: Officer, business_date: dt.date, opinion: str = ""
) -> None:
    """Send a revaluation back; whoever proposed it may take it back in the same way."""
    own = revaluation.proposed_by_id == by.pk
    if not own:
        _must_decide(revaluation, by)
        if not opinion.strip():
            raise Refused("opinion", "退回须写明意见")
    decided_by = None if own else by
    _decide(revaluation, RevaluationStatus.REJECTED, decided_by, business_date, opinion)


def _valued(
    revaluation: Revaluation, line: RevaluationLine, by: Officer, business_date: dt.date
) -> Valuation:
    """The valuation that a line becomes: as of the end of the index's month, if that is past."""
    following = (revaluation.month + dt.timedelta(days=31)).replace(day=1)
    month_end = following - dt.timedelta(days=1)
    return Valuation(
        collateral_id=line.collateral_id,
        valued_on=min(month_end, business_date),
        value=line.value_after,
        source=ValueSource.INDEX,
        known_on=business_date,
        note=f"{revaluation} 指数重估第 {revaluation.pk} 号",
        entered_by=by,
        revaluation=revaluation,
    )


def _must_decide(revaluation: Revaluation, by: Officer) -> None:
    _must_hold(by, APPROVERS, "复核指数重估")
    if revaluation.proposed_by_id == by.pk:
        raise Refused("by", "提出人不能复核自己提出的重估")


def _decide(
    revaluation: Revaluation,
    status: RevaluationStatus,
    by: Officer | None,
    business_date: dt.date,
    opinion: str,
) -> None:
    """Compare and set: of two people who decide at once, the second is told."""
    rows = Revaluation.objects.filter(pk=revaluation.pk, status=RevaluationStatus.PROPOSED)
    changed = rows.update(
        status=status, decided_by=by, decided_on=business_date, opinion=opinion.strip()
    )
    if changed != 1:
        raise Refused("status", "已由他人处理,请刷新后查看")


def _must_hold(officer: Officer, roles: frozenset[Role], what: str) -> None:
    if not officer.has_role(*roles) or not sees_branch_tree(officer):
        raise kept_for(roles, what)
