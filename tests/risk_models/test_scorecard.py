"""The scorecard's groups, its points on paper, and the words of trust."""

from __future__ import annotations

import numpy as np

from daihou.policy.reasons import Limit
from daihou.risk_models.features import FEATURE_SETS, features_of
from daihou.risk_models.rules import REFERENCE_ONLY, TRUSTED, WATCHED, trust_of
from daihou.risk_models.scorecard import as_evidence, groups_of, points_table
from tests.risk_models.kept_models import ARTEFACT

WATCH, REFERENCE = Limit(50, "", "PROPOSAL", "出厂值"), Limit(100, "", "PROPOSAL", "出厂值")


def test_groups_keep_the_direction_and_give_the_unknown_a_value_of_its_own() -> None:
    chance = np.random.default_rng(3)
    values = chance.normal(size=2000)
    label = (chance.random(2000) < 0.1 + 0.2 * (values > 1) + 0.1 * (values < -1)).astype(np.int8)
    values[:200] = np.nan
    groups = groups_of(values, label, 1)
    assert groups["edges"] and np.all(np.diff(groups["woe"]) >= 0)
    assert as_evidence(groups, np.array([np.nan]))[0] == groups["unknown"]


def test_a_feature_that_says_nothing_has_one_group() -> None:
    groups = groups_of(np.zeros(100), np.arange(100) % 2, 1)
    assert as_evidence(groups, np.array([0.0, 5.0])).tolist() == [0.0, 0.0]


def test_the_card_on_paper_gives_more_points_for_less_risk() -> None:
    lines = points_table(ARTEFACT, features_of("book", ARTEFACT["features"]))
    days = [points for name, _, points in lines if name == "当前逾期"][:3]
    assert days == sorted(days, reverse=True) and days[0] > 0 > days[-1]
    assert ("当前逾期", "> 0 天,≤ 30 天", days[1]) in lines


def test_values_are_said_with_their_unit_and_unknown_ones_as_unknown() -> None:
    feature = features_of("book", ["overdue_share"])[0]
    assert feature.said(0.125) == "逾期本息占余额 12.5%"
    assert feature.said(None) == "逾期本息占余额不详"
    assert all(one.direction in {-1, 0, 1} for few in FEATURE_SETS.values() for one in few)


def test_trust_goes_down_as_the_scores_move() -> None:
    words = [trust_of(n, watch=WATCH, reference=REFERENCE).word for n in (49, 50, 99, 100)]
    assert words == [TRUSTED, WATCHED, WATCHED, REFERENCE_ONLY]
