"""Panels know nothing of later months; methods keep their promises and their bytes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

pytest.importorskip("lightgbm", reason="the extra `models` is not installed")

from daihou.risk_models.actions import packed
from daihou.risk_models.choices import Method
from daihou.risk_models.judging import Spans, judged
from daihou.risk_models.panels import Panel, auto_loans_panel, month_number
from daihou.risk_models.scoring import chances, log_odds, shares
from daihou.risk_models.trials import METHODS, TooLittle, learn, trial
from tests.risk_models.car_loans import cut_after, write_car_loans

SPANS = Spans(month_number("2018-04"), month_number("2018-05"), month_number("2018-12"))


@cache
def _panel() -> Panel:
    return auto_loans_panel(write_car_loans(Path(mkdtemp()) / "whole"))


@cache
def _artefact(method: Method) -> dict:
    return learn(_panel(), method, SPANS.train_to)


def test_features_do_not_change_when_later_months_come(tmp_path: Path) -> None:
    whole = write_car_loans(tmp_path / "whole")
    early = auto_loans_panel(cut_after(whole, "2018-06", tmp_path / "early"))
    later = auto_loans_panel(whole)
    later = later.only(later.months <= month_number("2018-06"))
    assert early.loans.tolist() == later.loans.tolist()
    np.testing.assert_allclose(early.table, later.table)
    assert early.label.tolist() != later.label.tolist()  # the label alone looks ahead


def test_a_label_is_unknown_until_six_months_have_passed() -> None:
    panel = _panel()
    last = month_number("2019-06")
    assert (panel.label[panel.months > last - 6] == -1).all()
    assert (panel.label[panel.months <= last - 6] >= 0).all()


def test_whoever_missed_three_in_a_row_is_not_judged_again() -> None:
    assert _panel().columns(["longest_run_12m"]).max() < 3


@pytest.mark.parametrize("method", [Method.BOOSTED_TREES, Method.SCORECARD])
def test_more_of_a_bad_thing_never_lowers_the_risk(method: Method) -> None:
    panel, artefact = _panel(), _artefact(method)
    rows = panel.columns(artefact["features"])[::97]
    checked = 0
    for place, feature in enumerate(panel.features):
        if feature.direction == 0:
            continue
        values = np.unique(np.nanquantile(panel.table[:, place], np.linspace(0, 1, 9)))
        scores = []
        for value in values:
            changed = rows.copy()
            changed[:, place] = value
            scores.append(log_odds(artefact, changed))
        steps = np.diff(np.array(scores), axis=0) * feature.direction
        assert (steps >= -1e-9).all(), feature.code
        checked += 1
    assert checked > 10


@pytest.mark.parametrize("method", METHODS)
def test_shares_add_up_to_the_difference_between_scores(method: Method) -> None:
    artefact = _artefact(method)
    rows = _panel().columns(artefact["features"])[:50]
    rest = log_odds(artefact, rows) - shares(artefact, rows).sum(axis=1)
    np.testing.assert_allclose(rest, rest[0], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_learnt_again_it_is_the_same_to_the_byte(method: Method) -> None:
    again = learn(_panel(), method, SPANS.train_to)
    assert packed(again) == packed(_artefact(method))
    kept = json.loads(packed(again))
    rows = _panel().columns(kept["features"])[:200]
    assert (log_odds(kept, rows) == log_odds(again, rows)).all()


def test_a_chance_rises_with_the_score_and_lies_between_0_and_1() -> None:
    for method in METHODS:
        chance = chances(_artefact(method), np.linspace(-40, 40, 99))
        assert (np.diff(chance) >= 0).all()
        assert chance.min() >= 0 and chance.max() <= 1


def test_a_trial_judges_later_months_beside_the_floor() -> None:
    found = trial(_panel(), SPANS)
    assert set(found["methods"]) == {method.value for method in METHODS}
    for figures in found["methods"].values():
        assert figures["judged"]["months"] == ["2018-05", "2018-12"]
        assert figures["judged"]["auc"] > 0.6
    known = found["methods"]["scorecard"]["kept_free"]
    assert found["known_to"] == "2017-10" and known["rows"] > 0


def test_a_month_without_events_claims_no_rank() -> None:
    panel = _panel()
    none = panel.only(panel.label == 0)
    assert judged(_artefact(Method.SCORECARD), none)["auc"] is None


def test_too_few_months_are_refused_with_the_reason() -> None:
    with pytest.raises(TooLittle, match="不足以训练"):
        learn(_panel(), Method.SCORECARD, month_number("2017-02"))
