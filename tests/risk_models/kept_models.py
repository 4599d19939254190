"""A scorecard written by hand, kept and put into use: no learner is needed to score by it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from daihou.risk_models import actions
from daihou.risk_models.choices import Method, Target
from daihou.risk_models.models import ModelVersion, RiskModel
from tests.cast import Cast

DAY = dt.date(2026, 3, 30)
_DAYS = {"edges": [0.0, 30.0], "woe": [-1.0, 1.0, 3.0], "unknown": 0.0}
_OTHERS = {"edges": [0.0], "woe": [-0.5, 1.5], "unknown": 0.0}
_SPREAD = {"edges": [-4.0], "shares": [0.5, 0.5, 0.0]}

ARTEFACT: dict[str, Any] = {
    "method": "scorecard",
    "features": ["days_past_due", "client_worst_days"],
    "groups": {"days_past_due": _DAYS, "client_worst_days": _OTHERS},
    "weights": {"days_past_due": 1.0, "client_worst_days": 0.5},
    "means": {"days_past_due": -0.5, "client_worst_days": 0.0},
    "intercept": -3.0,
    "calibration": {"way": "platt", "slope": 1.0, "offset": 0.0},
    "spread": _SPREAD,
    "spreads": {"days_past_due": _SPREAD, "client_worst_days": _SPREAD},
}
_TOP = {"share": 0.05, "flagged": 20, "hits": 9, "precision": 0.45, "recall": 0.5}
_JUDGED = {
    "rows": 400, "events": 18, "months": ["2025-12", "2026-05"], "auc": 0.861,
    "auc_not_in_arrears": 0.702, "events_not_in_arrears": 8, "ks": 0.552, "top": [_TOP, _TOP],
    "lead": {"events": 9, "caught": 7, "median_months": 2.0}, "brier": 0.02,
    "mean_foretold": 0.04, "mean_came": 0.045,
}  # fmt: skip
FIGURES: dict[str, Any] = {
    "data": "book", "train_to": "2025-11", "known_to": "2025-05", "judged": _JUDGED,
    "kept_free": None, "floor": {**_JUDGED, "auc": 0.757, "ks": 0.5}, "floor_apart": None,
    "pictures": {
        "roc": [[0, 0.1, 1], [0, 0.7, 1]], "reliability": [[200, 0.01, 0.0], [200, 0.07, 0.09]]
    },
    "drift": [{"month": "2025-12", "psi": 0.01, "worst": ["days_past_due", 0.01]}],
    "weights": [["days_past_due", 0.8], ["client_worst_days", 0.2]], "calibration": "platt",
}  # fmt: skip


def book_model() -> RiskModel:
    """The model of the own book."""
    return actions.model_named(
        code="book", name="六个月内严重逾期", target=Target.SERIOUS_ARREARS, data="book",
        is_of_own_book=True, purpose="与规则并列的参考意见",
    )  # fmt: skip


def keep(model: RiskModel) -> ModelVersion:
    """A draft of the scorecard above."""
    return actions.keep_version(
        model=model, method=Method.SCORECARD, trained_on=DAY,
        window=(dt.date(2025, 6, 1), dt.date(2025, 11, 1)), features=ARTEFACT["features"],
        artefact=ARTEFACT, figures=FIGURES, by=None,
    )  # fmt: skip


def put_into_use(cast: Cast, *, on: dt.date = DAY) -> ModelVersion:
    """A version submitted by 赵风险 and approved by 钱行长."""
    version = keep(book_model())
    actions.submit(version=version, reason="试用", by=cast.zhao)
    actions.approve(version=ModelVersion.objects.get(pk=version.pk), by=cast.qian, business_date=on)
    return ModelVersion.objects.get(pk=version.pk)
