"""Judges a version out of time: learnt on earlier months, tried on later ones, beside the floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from daihou.risk_models.measures import (
    Spread,
    area_under_curve,
    at_top,
    curve,
    flagged,
    lead_time,
    mean_error,
    reliability,
    separation,
    shift,
)
from daihou.risk_models.panels import Panel, month_name
from daihou.risk_models.scoring import chances, log_odds

TOPS = (0.01, 0.05)
LABEL_MONTHS = 6
_POINTS = 60


@dataclass(frozen=True)
class Spans:
    """The months of a trial: learn up to one, judge between two, and a span told apart."""

    train_to: int
    judge_from: int
    judge_to: int
    apart_from: int | None = None
    apart_to: int | None = None
    apart_name: str = ""


def spans_of_book(panel: Panel, train_to: int | None) -> Spans | None:
    """Learn on the first half of the months whose outcome is known, judge on the second."""
    known = np.unique(panel.months[panel.label >= 0])
    if known.size < 2:
        return None
    last = int(known[(known.size - 1) // 2]) if train_to is None else train_to
    return Spans(last, last + 1, int(known[-1]))


def judged(artefact: Mapping[str, Any], panel: Panel) -> dict[str, Any]:
    """The figures of one artefact over the rows of a panel whose six months have passed."""
    rows = panel.only(panel.label >= 0)
    score = log_odds(artefact, rows.columns(artefact["features"]))
    chance = chances(artefact, score)
    tops = [at_top(score, rows.label, rows.months, share) for share in TOPS]
    flags = flagged(score, rows.months, TOPS[-1])
    quiet = ~(rows.table[:, 0] > 0)  # the first feature of either set: in arrears now
    return {
        "rows": int(rows.label.size),
        "events": int(rows.label.sum()),
        "months": [month_name(int(rows.months.min())), month_name(int(rows.months.max()))]
        if rows.months.size
        else [],
        "auc": area_under_curve(score, rows.label),
        "auc_not_in_arrears": area_under_curve(score[quiet], rows.label[quiet]),
        "events_not_in_arrears": int(rows.label[quiet].sum()),
        "ks": separation(score, rows.label),
        "top": [asdict(top) for top in tops],
        "lead": asdict(lead_time(flags, rows.loans, rows.months, rows.event_month)),
        "brier": mean_error(chance, rows.label) if rows.label.size else None,
        "mean_foretold": float(chance.mean()) if chance.size else None,
        "mean_came": float(rows.label.mean()) if chance.size else None,
    }


def pictures(artefact: Mapping[str, Any], panel: Panel) -> dict[str, Any]:
    """What the model card draws: ROC, both cumulative shares (KS), reliability."""
    rows = panel.only(panel.label >= 0)
    score = log_odds(artefact, rows.columns(artefact["features"]))
    good, bad = curve(score, rows.label)
    keep = np.unique(np.linspace(0, good.size - 1, min(_POINTS, good.size)).astype(int))
    return {
        "roc": [good[keep].round(4).tolist(), bad[keep].round(4).tolist()],
        "reliability": reliability(chances(artefact, score), rows.label),
    }


def drift(artefact: Mapping[str, Any], panel: Panel) -> list[dict[str, Any]]:
    """How far each month's scores lie from those of the training (PSI), with the worst feature."""
    known = Spread(**artefact["spread"])
    found = []
    for month in np.unique(panel.months):
        rows = panel.only(panel.months == month)
        table = rows.columns(artefact["features"])
        parts = feature_shifts(artefact, table)
        found.append(
            {
                "month": month_name(int(month)),
                "psi": round(shift(known, log_odds(artefact, table)), 4),
                "worst": parts[0] if parts else None,
            }
        )
    return found


def feature_shifts(artefact: Mapping[str, Any], table: Any) -> list[tuple[str, float]]:
    """Each feature's own shift, the largest first."""
    parts = [
        (code, round(shift(Spread(**artefact["spreads"][code]), table[:, place]), 4))
        for place, code in enumerate(artefact["features"])
    ]
    return sorted(parts, key=lambda part: -part[1])


def weights_of(artefact: Mapping[str, Any], mean_shares: Any) -> list[tuple[str, float]]:
    """How much each feature moves the score on average, the most first."""
    sizes = np.abs(mean_shares).mean(axis=0)
    pairs = zip(artefact["features"], sizes.round(4).tolist(), strict=True)
    return sorted(pairs, key=lambda pair: -pair[1])
