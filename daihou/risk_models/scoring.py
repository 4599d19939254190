"""Scores by an artefact: log odds, calibrated chance, and each feature's share in it.

A scorecard needs numpy alone. Trees need LightGBM, loaded here by name when the first trees are
scored, so that a web process, which scores nobody, never holds it.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from daihou.risk_models.actions import checksum_of
from daihou.risk_models.choices import Method
from daihou.risk_models.measures import Floats
from daihou.risk_models.models import ModelVersion
from daihou.risk_models.scorecard import scorecard_shares


class BrokenArtefact(Exception):
    """The bytes of a version are not those that were approved."""


def artefact_of(version: ModelVersion) -> dict[str, Any]:
    """The artefact of a version, if its bytes are still those that were kept."""
    content = bytes(version.artefact)
    if checksum_of(content) != version.checksum:
        raise BrokenArtefact(f"{version} 的模型文件与校验和不符,不予使用")
    artefact: dict[str, Any] = json.loads(content)
    return artefact


def log_odds(artefact: Mapping[str, Any], table: Floats) -> Floats:
    """The raw score of each row; ranks loans, and is what calibration starts from."""
    if artefact["method"] == Method.BOOSTED_TREES:
        return np.asarray(_booster(artefact["trees"]).predict(table, raw_score=True, num_threads=2))
    return np.asarray(artefact["intercept"] + shares(artefact, table).sum(axis=1))


def chances(artefact: Mapping[str, Any], score: Floats) -> Floats:
    """The calibrated chance for each raw score."""
    calibration = artefact["calibration"]
    if calibration["way"] == "isotonic":
        return np.asarray(np.interp(score, calibration["x"], calibration["y"]))
    z = calibration["slope"] * score + calibration["offset"]
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def shares(artefact: Mapping[str, Any], table: Floats) -> Floats:
    """Each feature's share in the log odds of each row (SHAP for trees, points for a card)."""
    if artefact["method"] == Method.BOOSTED_TREES:
        found = _booster(artefact["trees"]).predict(table, pred_contrib=True, num_threads=2)
        return np.asarray(found)[:, :-1]
    if artefact["method"] == Method.SCORECARD:
        return scorecard_shares(artefact, table)
    means = np.array([artefact["means"][code] for code in artefact["features"]])
    weights = np.array([artefact["weights"][code] for code in artefact["features"]])
    return np.asarray((np.where(np.isnan(table), means, table) - means) * weights)


@lru_cache(maxsize=4)
def _booster(text: str) -> Any:
    return importlib.import_module("lightgbm").Booster(model_str=text)
