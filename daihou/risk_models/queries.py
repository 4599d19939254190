"""Reads of models: the versions, which one counts on a day, scores with their reasons in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q

from daihou.loan_book.models import Customer, Loan
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.catalogue import CATALOGUE
from daihou.policy.queries import parameters_on
from daihou.policy.reasons import Reason
from daihou.risk_models.features import features_of
from daihou.risk_models.models import ModelVersion, StabilityReading
from daihou.risk_models.rules import Trust, trust_of
from daihou.risk_models.score_files import riskiest, score_days, scores_of_client, version_of
from daihou.staff.models import Officer

LOOKED_AT = 5000  # of the bank's highest scores, when a person's own are picked out


@dataclass(frozen=True)
class ScoredLoan:
    """One loan's score on a day: the chance, its place in the bank, and why."""

    loan: Loan
    chance: float
    place: int
    of: int
    principal: int | None
    reasons: list[Reason]

    @property
    def percent(self) -> str:
        """The chance as a person reads it."""
        return f"{self.chance:.1%}"

    @property
    def because(self) -> str:
        """The reasons in one line, for a list."""
        if not self.reasons:
            return "未逐项分解"
        raising = [one["says"] for one in self.reasons if one["rule"] == "推高"]
        return ";".join(raising) or "没有推高的因素"


@dataclass(frozen=True)
class DayOfScores:
    """The scores of a day as a person may see them, and how far they may be trusted."""

    day: dt.date
    version: ModelVersion
    trust: Trust
    loans: list[ScoredLoan]


def versions() -> Any:
    """All versions of all models, without their bytes, the latest first."""
    return ModelVersion.objects.select_related(
        "model", "submitted_by", "approved_by", "trained_by"
    ).defer("artefact")


def version_in_use(day: dt.date) -> ModelVersion | None:
    """The version that scores the own book on the day, if any."""
    return (
        ModelVersion.objects.filter(
            Q(in_use_until=None) | Q(in_use_until__gt=day),
            model__is_of_own_book=True,
            model__data="book",
            approved_by__isnull=False,
            in_use_from__lte=day,
        )
        .select_related("model")
        .defer("artefact")
        .order_by("-in_use_from", "-number")
        .first()
    )


def scores_of_customer(officer: Officer, customer: Customer, day: dt.date) -> DayOfScores | None:
    """The scores of a client's loans that the officer may see; None when the day has none."""
    rows = scores_of_client(_folder(), day, customer.pk)
    return _day_of(officer, rows, day) if rows else None


def highest_scores(officer: Officer, day: dt.date) -> DayOfScores | None:
    """Of the bank's highest scores, those on loans that the officer may see."""
    rows = riskiest(_folder(), day, LOOKED_AT)
    return _day_of(officer, rows, day) if rows else None


def last_scored_day(day: dt.date) -> dt.date | None:
    """The day itself or the last one before it that was scored."""
    return max((one for one in score_days(_folder()) if one <= day), default=None)


def readings(version: ModelVersion) -> list[StabilityReading]:
    """The stability of a version, day by day."""
    return list(StabilityReading.objects.filter(version=version).order_by("day"))


def trust_on(version: ModelVersion, day: dt.date) -> Trust | None:
    """How far the version's scores of a day may be trusted; None if it scored nobody that day."""
    reading = StabilityReading.objects.filter(version=version, day=day).first()
    if reading is None:
        return None
    parameters = parameters_on(day)
    return trust_of(
        reading.shift,
        watch=parameters.limit("model.shift_watch"),
        reference=parameters.limit("model.shift_reference"),
    )


def _day_of(officer: Officer, rows: Sequence[Mapping[str, Any]], day: dt.date) -> DayOfScores:
    version_id = version_of(_folder(), day)
    version = versions().get(pk=version_id)
    trust = trust_on(version, day) or Trust("不详", [])
    reading = StabilityReading.objects.filter(version=version, day=day).first()
    of = reading.loans if reading else len(rows)
    ids = [row["loan_id"] for row in rows]
    seen = loans_visible_to(officer).filter(pk__in=ids).select_related("customer").in_bulk()
    features = features_of(version.model.data, version.features)
    loans = [
        ScoredLoan(
            loan=seen[row["loan_id"]],
            chance=row["chance"] / 1_000_000,
            place=row["place"],
            of=of,
            principal=row["principal"],
            reasons=[_said(part, features, version) for part in row["reasons"] or ()],
        )
        for row in rows
        if row["loan_id"] in seen
    ]
    return DayOfScores(day, version, trust, sorted(loans, key=lambda one: one.place))


def _said(part: Mapping[str, Any], features: Sequence[Any], version: ModelVersion) -> Reason:
    """One feature's share as a reason in words."""
    feature, share = features[part["feature"]], part["share"]
    entry = CATALOGUE["model.explained"]
    return Reason(
        rule="推高" if share > 0 else "拉低",
        version=f"第{version.number}版",
        says=feature.said(part["value"]),
        clause=f"{version.get_method_display()}:对风险(对数胜算){share:+.2f}",
        evidence=entry.evidence.value,
        inputs={"特征": feature.name, "对数胜算": f"{share:+.2f}"},
        rows=[],
    )


def _folder() -> Path:
    return Path(settings.SCORE_FOLDER)
