"""How good a score is, in numbers: ranking, separation, hits at the top, calibration, drift.

Plain arithmetic over arrays; a score is any number that is higher where the risk is higher.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]


def area_under_curve(score: Floats, label: Labels) -> float | None:
    """The chance that a bad loan scores above a good one (AUC); ties count half."""
    bad = int(label.sum())
    good = label.size - bad
    if not bad or not good:
        return None
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    rank = (last - (count - 1) / 2)[place]
    return float((rank[label == 1].sum() - bad * (bad + 1) / 2) / (bad * good))


def curve(score: Floats, label: Labels) -> tuple[Floats, Floats]:
    """Share of good and of bad loans at or above each score, from none to all (ROC)."""
    order = np.argsort(-score, kind="stable")
    is_last = np.r_[np.diff(score[order]) != 0, True]
    bad = np.cumsum(label[order])[is_last]
    good = np.cumsum(1 - label[order])[is_last]
    return np.r_[0, good / max(good[-1], 1)], np.r_[0, bad / max(bad[-1], 1)]


def separation(score: Floats, label: Labels) -> float | None:
    """The widest gap between the two shares (KS)."""
    if not label.any() or label.all():
        return None
    good, bad = curve(score, label)
    return float(np.max(bad - good))


@dataclass(frozen=True)
class AtTop:
    """Hits among the highest scores: of the flagged, how many were bad; of the bad, how many."""

    share: float
    flagged: int
    hits: int
    precision: float | None
    recall: float | None


def at_top(score: Floats, label: Labels, months: npt.NDArray[np.int32], share: float) -> AtTop:
    """Flag the highest share of each month, as a lender would, and count the hits."""
    flags = flagged(score, months, share)
    hits, bad = int(label[flags].sum()), int(label.sum())
    count = int(flags.sum())
    precision, recall = (hits / of if of else None for of in (count, bad))
    return AtTop(share, count, hits, precision, recall)


def flagged(score: Floats, months: npt.NDArray[np.int32], share: float) -> npt.NDArray[np.bool_]:
    """The highest share of each month's scores; at least one loan a month."""
    flags = np.zeros(score.size, bool)
    for month in np.unique(months):
        rows = np.flatnonzero(months == month)
        count = max(1, round(rows.size * share))
        flags[rows[np.argsort(-score[rows], kind="stable")[:count]]] = True
    return flags


@dataclass(frozen=True)
class Lead:
    """How early those were flagged that went bad: in months before the third missed payment."""

    events: int
    caught: int
    median_months: float | None


def lead_time(
    flags: npt.NDArray[np.bool_],
    loans: npt.NDArray,
    months: npt.NDArray[np.int32],
    event_month: Floats,
) -> Lead:
    """For each loan that went bad within six months of a row: the first flag before it."""
    first: dict[tuple[str, int], int | None] = {}
    for place in np.flatnonzero(~np.isnan(event_month)):
        key = (str(loans[place]), int(event_month[place]))
        first.setdefault(key, None)
        if flags[place]:
            lead = key[1] - int(months[place])
            first[key] = max(first[key] or 0, lead)
    leads = [lead for lead in first.values() if lead is not None]
    return Lead(len(first), len(leads), float(np.median(leads)) if leads else None)


def reliability(chance: Floats, label: Labels, groups: int = 10) -> list[tuple[int, float, float]]:
    """Groups of equal size by foretold chance: rows, mean foretold, share that came true."""
    order = np.argsort(chance, kind="stable")
    return [
        (int(rows.size), float(chance[rows].mean()), float(label[rows].mean()))
        for rows in np.array_split(order, groups)
        if rows.size
    ]


def mean_error(chance: Floats, label: Labels) -> float:
    """The mean squared difference between foretold chance and what came (Brier)."""
    return float(np.mean((chance - label) ** 2))


@dataclass(frozen=True)
class Spread:
    """How values lay when the model was trained: the edges of groups, and the share in each.

    The last share is that of unknown values.
    """

    edges: list[float]
    shares: list[float]


def spread_of(values: Floats, groups: int = 10) -> Spread:
    """Edges at the quantiles of the values, each edge once."""
    known = values[~np.isnan(values)]
    inner = np.quantile(known, np.linspace(0, 1, groups + 1)[1:-1]) if known.size else np.empty(0)
    edges = np.unique(inner)
    return Spread(edges.tolist(), _shares(values, edges).tolist())


def shift(spread: Spread, values: Floats) -> float:
    """How far values have moved from a spread (PSI): 0 not at all, above 0.25 a different world."""
    before = np.maximum(np.array(spread.shares), 1e-4)
    now = np.maximum(_shares(values, np.array(spread.edges)), 1e-4)
    return float(np.sum((now - before) * np.log(now / before)))


def _shares(values: Floats, edges: Floats) -> Floats:
    unknown = np.isnan(values)
    group = np.where(unknown, edges.size + 1, np.searchsorted(edges, values, side="left"))
    return np.bincount(group, minlength=edges.size + 2) / max(values.size, 1)
