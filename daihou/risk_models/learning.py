"""Trains a version: monotone boosted trees, the scorecard, or the plain floor of three counters.

Needs the extra `models`; imported by the command line only, never by a web process. Time runs one
way: the last months of the training window are held back to choose the number of trees and to
calibrate, then everything is learnt again on the whole window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from daihou.risk_models.choices import Method
from daihou.risk_models.features import Feature
from daihou.risk_models.measures import Floats, Labels, spread_of
from daihou.risk_models.scorecard import as_evidence, groups_of
from daihou.risk_models.scoring import log_odds

Months = npt.NDArray[np.int32]
SEED = 20250601
HELD_BACK = 0.25  # of the training months, the latest
ENOUGH_EVENTS = 300  # for isotonic calibration; fewer are fitted with two numbers (Platt)
MOST_TREES = 600


def trained(
    method: Method, features: Sequence[Feature], table: Floats, label: Labels, months: Months
) -> dict[str, Any]:
    """The artefact of a version, calibrated, with the spread of scores and features it knew."""
    held = _held_back(months)
    first, trees = _fit(method, features, table, label, ~held, held, None)
    calibration = _calibrated(log_odds(first, table[held]), label[held])
    artefact, _ = _fit(method, features, table, label, np.ones(label.size, bool), held, trees)
    score = log_odds(artefact, table)
    return {
        **artefact,
        "calibration": calibration,
        "spread": vars(spread_of(score)),
        "spreads": {
            feature.code: vars(spread_of(table[:, place])) for place, feature in enumerate(features)
        },
    }


def _fit(
    method: Method, features: Sequence[Feature], table: Floats, label: Labels,
    learn: npt.NDArray[np.bool_], stop: npt.NDArray[np.bool_], trees: int | None,
) -> tuple[dict[str, Any], int | None]:  # fmt: skip
    if method is Method.BOOSTED_TREES:
        return _trees(features, table, label, learn, stop, trees)
    if method is Method.SCORECARD:
        return _scorecard(features, table[learn], label[learn]), None
    return _logistic(features, table[learn], label[learn]), None


def _trees(
    features: Sequence[Feature], table: Floats, label: Labels,
    learn: npt.NDArray[np.bool_], stop: npt.NDArray[np.bool_], trees: int | None,
) -> tuple[dict[str, Any], int]:  # fmt: skip
    parameters = {
        "objective": "binary", "metric": "binary_logloss", "learning_rate": 0.03,
        "num_leaves": 8, "min_data_in_leaf": max(20, label.size // 500), "lambda_l2": 10.0,
        "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1,
        "monotone_constraints": [feature.direction for feature in features],
        "monotone_constraints_method": "advanced", "seed": SEED, "deterministic": True,
        "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
    data = lightgbm.Dataset(
        table[learn], label[learn], feature_name=[feature.code for feature in features]
    )
    if trees is None:
        watch = lightgbm.Dataset(table[stop], label[stop], reference=data)
        booster = lightgbm.train(
            parameters, data, MOST_TREES, valid_sets=[watch],
            callbacks=[lightgbm.early_stopping(60, verbose=False)],
        )  # fmt: skip
        trees = max(20, booster.best_iteration)
    else:
        booster = lightgbm.train(parameters, data, trees)
    codes = [feature.code for feature in features]
    text = booster.model_to_string(num_iteration=trees)
    return {"method": Method.BOOSTED_TREES.value, "features": codes, "trees": text}, trees


def _scorecard(features: Sequence[Feature], table: Floats, label: Labels) -> dict[str, Any]:
    groups = {
        feature.code: groups_of(table[:, place], label, feature.direction)
        for place, feature in enumerate(features)
    }
    evidence = np.column_stack(
        [as_evidence(groups[f.code], table[:, place]) for place, f in enumerate(features)]
    )
    used = np.flatnonzero(evidence.std(axis=0) > 0)
    while True:  # a feature that would pull against its own evidence is left out
        fitted = LogisticRegression(C=1.0, max_iter=1000).fit(evidence[:, used], label)
        weights = fitted.coef_[0]
        if weights.min() > 0:
            break
        used = np.delete(used, int(weights.argmin()))
    weight = np.zeros(len(features))
    weight[used] = weights
    means = evidence.mean(axis=0)
    codes = [feature.code for feature in features]
    return {
        "method": Method.SCORECARD.value,
        "features": codes,
        "groups": groups,
        "weights": dict(zip(codes, weight.tolist(), strict=True)),
        "means": dict(zip(codes, means.tolist(), strict=True)),
        "intercept": float(fitted.intercept_[0] + weight @ means),
    }


def _logistic(features: Sequence[Feature], table: Floats, label: Labels) -> dict[str, Any]:
    """The floor: the counters as they are, an unknown one taken as its mean."""
    means = np.nanmean(table, axis=0)
    filled = np.where(np.isnan(table), means, table)
    fitted = LogisticRegression(C=1e6, max_iter=2000).fit(filled - means, label)
    codes = [feature.code for feature in features]
    return {
        "method": Method.LOGISTIC.value,
        "features": codes,
        "weights": dict(zip(codes, fitted.coef_[0].tolist(), strict=True)),
        "means": dict(zip(codes, means.tolist(), strict=True)),
        "intercept": float(fitted.intercept_[0]),
    }


def _held_back(months: Months) -> npt.NDArray[np.bool_]:
    distinct = np.unique(months)
    count = max(1, round(distinct.size * HELD_BACK))
    return np.asarray(months >= distinct[-count])


def _calibrated(score: Floats, label: Labels) -> dict[str, Any]:
    """From log odds to a chance: two numbers where events are few, a staircase where many."""
    events = int(label.sum())
    if events >= ENOUGH_EVENTS:
        fitted = IsotonicRegression(out_of_bounds="clip", y_min=1e-5).fit(score, label)
        stairs = {"x": fitted.X_thresholds_.tolist(), "y": fitted.y_thresholds_.tolist()}
        return {"way": "isotonic", **stairs}
    if not events:
        return {"way": "none", "slope": 1.0, "offset": 0.0}
    fitted = LogisticRegression(C=1e6).fit(score.reshape(-1, 1), label)
    slope = max(float(fitted.coef_[0][0]), 0.05)
    return {"way": "platt", "slope": slope, "offset": float(fitted.intercept_[0])}
