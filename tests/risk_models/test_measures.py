"""The figures of a model against their definitions, counted the slow way."""

from __future__ import annotations

import numpy as np
import pytest

from daihou.risk_models.measures import (
    area_under_curve,
    at_top,
    curve,
    flagged,
    lead_time,
    reliability,
    separation,
    shift,
    spread_of,
)

CHANCE = np.random.default_rng(5)
SCORE = np.round(CHANCE.normal(size=300), 1)  # with ties
LABEL = (CHANCE.random(300) < 1 / (1 + np.exp(2 - SCORE))).astype(np.int8)
MONTHS = np.repeat(np.arange(3, dtype=np.int32), 100)


def test_auc_is_the_chance_that_a_bad_loan_scores_above_a_good_one() -> None:
    bad, good = SCORE[LABEL == 1][:, None], SCORE[LABEL == 0][None, :]
    counted = (bad > good).mean() + (bad == good).mean() / 2
    assert area_under_curve(SCORE, LABEL) == pytest.approx(counted)


def test_the_curve_has_the_area_of_the_auc_and_the_gap_of_the_ks() -> None:
    good, bad = curve(SCORE, LABEL)
    assert np.trapezoid(bad, good) == pytest.approx(area_under_curve(SCORE, LABEL))
    gaps = [(SCORE[LABEL == 1] >= cut).mean() - (SCORE[LABEL == 0] >= cut).mean() for cut in SCORE]
    assert separation(SCORE, LABEL) == pytest.approx(max(gaps))


def test_without_good_or_bad_loans_nothing_is_claimed() -> None:
    nobody = np.zeros(5, np.int8)
    assert area_under_curve(SCORE[:5], nobody) is None
    assert separation(SCORE[:5], nobody) is None
    assert at_top(SCORE[:5], nobody, MONTHS[:5], 0.2).recall is None
    assert at_top(SCORE[:0], nobody[:0], MONTHS[:0], 0.2).precision is None


def test_the_top_is_taken_in_each_month() -> None:
    flags = flagged(SCORE, MONTHS, 0.05)
    assert [int(flags[month == MONTHS].sum()) for month in range(3)] == [5, 5, 5]
    top = at_top(SCORE, LABEL, MONTHS, 0.05)
    assert (top.flagged, top.hits) == (15, int(LABEL[flags].sum()))


def test_the_lead_is_that_of_the_first_flag_before_the_event() -> None:
    loans = np.array(["a", "a", "a", "b", "c"])
    months = np.array([1, 2, 3, 1, 1], np.int32)
    event = np.array([5, 5, 5, 4, np.nan])
    flags = np.array([False, True, True, False, True])
    lead = lead_time(flags, loans, months, event)
    assert (lead.events, lead.caught, lead.median_months) == (2, 1, 3.0)


def test_groups_of_the_reliability_table_hold_everybody_once() -> None:
    groups = reliability(1 / (1 + np.exp(-SCORE)), LABEL)
    assert sum(rows for rows, _, _ in groups) == 300
    assert sum(rows * came for rows, _, came in groups) == pytest.approx(LABEL.sum())


def test_drift_is_nothing_for_the_same_values_and_large_for_others() -> None:
    known = spread_of(SCORE)
    assert shift(known, SCORE) == pytest.approx(0)
    assert shift(known, SCORE + 2) > 0.25
    unknown = np.where(np.arange(300) < 100, np.nan, SCORE)
    assert shift(known, unknown) > 0.25  # a source that dried up is drift, too
