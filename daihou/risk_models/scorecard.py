"""The scorecard (评分卡): points per group of values, added up; worked out with pencil and paper.

Each feature's values are cut into groups; a group's weight of evidence (WOE) says how much worse
it did than the whole. A logistic regression weighs the features; nothing else happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from daihou.risk_models.features import Feature
from daihou.risk_models.measures import Floats, Labels

GROUPS = 8
SMALLEST_GROUP = 0.03  # of all rows
POINTS_TO_DOUBLE = 20  # points by which the odds double
POINTS_AT_EVEN = 600


def groups_of(values: Floats, label: Labels, direction: int) -> dict[str, Any]:
    """Cut a feature into groups whose evidence moves only in its direction.

    Returns `edges` (a value belongs to the first edge that is not below it), `woe` per group and
    `unknown`, the evidence of rows without a value.
    """
    known = ~np.isnan(values)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, GROUPS + 1)[1:-1]))
    while edges.size:
        group = np.searchsorted(edges, values[known], side="left")
        rows = np.bincount(group, minlength=edges.size + 1)
        evidence = _evidence(group, label[known], edges.size + 1, label)
        steps = np.diff(evidence)
        wrong = np.flatnonzero(steps * direction < 0) if direction else np.empty(0, int)
        small = np.flatnonzero(rows < SMALLEST_GROUP * values.size)
        if not wrong.size and not small.size:
            return {
                "edges": edges.tolist(),
                "woe": evidence.tolist(),
                "unknown": _unknown(known, label),
            }
        at = int(wrong[0]) if wrong.size else min(int(small[0]), edges.size - 1)
        edges = np.delete(edges, at)
    return {"edges": [], "woe": [0.0], "unknown": _unknown(known, label)}


def as_evidence(groups: Mapping[str, Any], values: Floats) -> Floats:
    """Each value replaced by the evidence of its group."""
    edges, woe = np.array(groups["edges"], np.float64), np.array(groups["woe"])
    group = np.searchsorted(edges, np.nan_to_num(values), side="left")
    return np.where(np.isnan(values), groups["unknown"], woe[group])


def scorecard_shares(artefact: Mapping[str, Any], table: Floats) -> Floats:
    """Each feature's share in the log odds of each row, from the average of its training."""
    shares = [
        artefact["weights"][code]
        * (as_evidence(artefact["groups"][code], table[:, place]) - artefact["means"][code])
        for place, code in enumerate(artefact["features"])
    ]
    return np.column_stack(shares)


def points_table(
    artefact: Mapping[str, Any], features: Sequence[Feature]
) -> list[tuple[str, str, int]]:
    """The card as people read it: feature, group, points; more points, less risk."""
    factor = POINTS_TO_DOUBLE / np.log(2)
    lines = []
    for feature in features:
        groups, weight = artefact["groups"][feature.code], artefact["weights"][feature.code]
        if weight == 0:
            continue
        for place, woe in enumerate(groups["woe"]):
            lines.append((feature.name, _group_said(feature, groups["edges"], place),
                          round(-factor * weight * woe)))  # fmt: skip
        if groups["unknown"]:  # values were missing in the training, and told something
            lines.append((feature.name, "不详", round(-factor * weight * groups["unknown"])))
    return lines


def _group_said(feature: Feature, edges: Sequence[float], place: int) -> str:
    def said(value: float) -> str:
        return f"{value * feature.scale:,.{feature.decimals}f}{feature.unit}"

    if not edges:
        return "任何值"
    if place == 0:
        return f"≤ {said(edges[0])}"
    if place == len(edges):
        return f"> {said(edges[-1])}"
    return f"> {said(edges[place - 1])},≤ {said(edges[place])}"


def _evidence(group: npt.NDArray, label: Labels, count: int, everybody: Labels) -> Floats:
    """The log of bad odds of each group over those of all; half a loan added against log(0)."""
    bad = np.bincount(group, weights=label, minlength=count) + 0.5
    good = np.bincount(group, weights=1 - label, minlength=count) + 0.5
    all_bad, all_good = everybody.sum() + 0.5, (1 - everybody).sum() + 0.5
    return np.asarray(np.log((bad / all_bad) / (good / all_good)))


def _unknown(known: npt.NDArray[np.bool_], label: Labels) -> float:
    if known.all():
        return 0.0
    group = np.zeros(int((~known).sum()), int)
    return float(_evidence(group, label[~known], 1, label)[0])
