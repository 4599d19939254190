"""A whole trial: learn each method on the early months, judge all on the later, floor included.

Imports the learners; for the command line and the demo bank, never for the web.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from daihou.risk_models.choices import Method
from daihou.risk_models.features import ARREARS_COUNTERS, Feature
from daihou.risk_models.judging import LABEL_MONTHS, Spans, drift, judged, pictures, weights_of
from daihou.risk_models.learning import trained
from daihou.risk_models.panels import Panel, month_name
from daihou.risk_models.scoring import shares

METHODS = (Method.BOOSTED_TREES, Method.SCORECARD, Method.LOGISTIC)


class TooLittle(Exception):
    """There is not enough data to learn from; the text says what is missing."""


def learn(panel: Panel, method: Method, train_to: int) -> dict[str, Any]:
    """The artefact of a method, learnt on the months up to one."""
    rows = panel.only((panel.months <= train_to) & (panel.label >= 0))
    events = int(rows.label.sum())
    if events < 10 or np.unique(rows.months).size < 4:
        raise TooLittle(
            f"到 {month_name(train_to)} 为止只有 {rows.label.size:,} 行、{events} 个事件,不足以训练"
            "(至少 4 个观察月、10 个事件,且每个观察月之后须满 6 个月)"
        )
    features = _features(panel, method)
    table = rows.columns([feature.code for feature in features])
    return trained(method, features, table, rows.label, rows.months)


def trial(panel: Panel, spans: Spans) -> dict[str, Any]:
    """Every method learnt and judged alike, once as asked and once with six months kept free.

    With months kept free every label of the training was known before the first judged month: it
    is how the model would have fared had it been used at the time.
    """
    found: dict[str, Any] = {"train_to": month_name(spans.train_to), "methods": {}}
    known_to = spans.judge_from - LABEL_MONTHS - 1
    found["known_to"] = month_name(known_to)
    for method in METHODS:
        artefact = learn(panel, method, spans.train_to)
        of_method: dict[str, Any] = {
            "judged": judged(artefact, _between(panel, spans.judge_from, spans.judge_to)),
            "pictures": pictures(artefact, _between(panel, spans.judge_from, spans.judge_to)),
            "drift": drift(artefact, panel),
        }
        if spans.apart_from is not None and spans.apart_to is not None:
            apart = _between(panel, spans.apart_from, spans.apart_to)
            of_method["apart"] = judged(artefact, apart)
        try:
            early = learn(panel, method, known_to)
        except TooLittle:
            of_method["kept_free"] = None
        else:
            judging = _between(panel, spans.judge_from, spans.judge_to)
            of_method["kept_free"] = judged(early, judging)
        found["methods"][method.value] = of_method
    return found


def card_figures(
    artefact: dict[str, Any], panel: Panel, of_trial: dict[str, Any]
) -> dict[str, Any]:
    """What a version's card keeps: its own figures, the floor's, pictures and weights."""
    method = artefact["method"]
    rows = panel.only(panel.label >= 0)
    sample = rows.columns(artefact["features"])[:: max(1, rows.label.size // 5000)]
    return {
        "data": panel.data,
        "train_to": of_trial["train_to"],
        "known_to": of_trial["known_to"],
        **of_trial["methods"][method],
        "floor": of_trial["methods"][Method.LOGISTIC.value]["judged"],
        "floor_apart": of_trial["methods"][Method.LOGISTIC.value].get("apart"),
        "weights": weights_of(artefact, shares(artefact, sample)),
        "calibration": artefact["calibration"]["way"],
    }


def _features(panel: Panel, method: Method) -> tuple[Feature, ...]:
    if method is not Method.LOGISTIC:
        return panel.features
    counters = ARREARS_COUNTERS[panel.data]
    return tuple(feature for feature in panel.features if feature.code in counters)


def _between(panel: Panel, first: int, last: int) -> Panel:
    return panel.only((panel.months >= first) & (panel.months <= last))
