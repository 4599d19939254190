"""The daily step of the models: score the whole book at once by the version in use."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from django.conf import settings

from daihou.policy.queries import ParametersOnDay
from daihou.risk_models.judging import feature_shifts
from daihou.risk_models.measures import Floats, Spread, shift
from daihou.risk_models.models import ModelVersion
from daihou.risk_models.panels import Panel, book_panel
from daihou.risk_models.queries import version_in_use
from daihou.risk_models.rules import trust_of
from daihou.risk_models.score_files import SCHEMA, reasons_column, write_score_file
from daihou.risk_models.scoring import BrokenArtefact, artefact_of, chances, log_odds, shares
from daihou.servicing.book_on_day import StepResult
from daihou.servicing.snapshots import snapshot_days, snapshot_path

MONTHS_BACK = 11


def write_scores(day: dt.date, cursor: psycopg.Cursor, parameters: ParametersOnDay) -> StepResult:
    """Score every live loan less than 90 days past due; nothing happens without a version in use.

    Reads the snapshots of the day and of the month ends before it, so it follows the snapshot.
    Where the extra `models` is not installed the day goes on unscored and says so.
    """
    version = version_in_use(day)
    if version is None:
        return StepResult(0, {"启用版本": "无"})
    try:
        artefact = artefact_of(version)
    except BrokenArtefact as problem:
        return StepResult(0, {"启用版本": str(version), "未评分": str(problem)})
    panel = book_panel(files_for(Path(settings.SNAPSHOT_FOLDER), day), from_month=_month(day))
    if not panel.months.size:
        return StepResult(0, {"启用版本": str(version), "评分借据": 0})
    table = panel.columns(artefact["features"])
    try:
        score = log_odds(artefact, table)
    except ModuleNotFoundError:
        return StepResult(0, {"启用版本": str(version), "未评分": "本机未安装附加组件 models"})
    scored = _scored(artefact, panel, table, score, parameters.whole("model.explained"))
    write_score_file(Path(settings.SCORE_FOLDER), day, scored, version.pk)
    moved = _keep_reading(cursor, version, day, artefact, table, score)
    trust = trust_of(
        moved, watch=parameters.limit("model.shift_watch"),
        reference=parameters.limit("model.shift_reference"),
    )  # fmt: skip
    figures = {"启用版本": str(version), "评分借据": scored.num_rows, "可信程度": trust.word}
    return StepResult(rows=1, figures=figures)


def files_for(folder: Path, day: dt.date) -> list[Path]:
    """The last snapshot of each of the eleven months before, and the day's own."""
    this_month = _month(day)
    last = {
        _month(one): one
        for one in snapshot_days(folder)
        if one <= day and _month(one) >= this_month - MONTHS_BACK
    }
    last[this_month] = day
    return [snapshot_path(folder, one) for one in last.values()]


def _month(day: dt.date) -> int:
    return 12 * day.year + day.month - 1


def _scored(
    artefact: dict[str, Any], panel: Panel, table: Floats, score: Floats, explained: int
) -> pa.Table:
    """The rows of the score file; reasons for the riskiest alone, since they cost the most."""
    riskiest_first = np.argsort(-score, kind="stable")
    top = riskiest_first[:explained]
    chance = np.round(chances(artefact, score)[riskiest_first] * 1_000_000)
    columns = {
        "loan_id": panel.loans[riskiest_first],
        "customer_id": panel.extra["customer_id"][riskiest_first],
        "principal": panel.extra["principal"][riskiest_first],
        "chance": chance.astype(np.int32),
        "place": np.arange(1, score.size + 1, dtype=np.int32),
        "reasons": reasons_column(shares(artefact, table[top]), table[top], score.size),
    }
    found = pa.table(columns, schema=SCHEMA)
    return found.sort_by([("customer_id", "ascending"), ("loan_id", "ascending")])


def _keep_reading(
    cursor: psycopg.Cursor, version: ModelVersion, day: dt.date, artefact: dict[str, Any],
    table: Floats, score: Floats,
) -> int:  # fmt: skip
    """Note how far the day lies from the training; returns the shift in thousandths."""
    moved = round(1000 * shift(Spread(**artefact["spread"]), score))
    parts = [[code, round(1000 * part)] for code, part in feature_shifts(artefact, table)]
    mean = round(1_000_000 * float(chances(artefact, score).mean()))
    cursor.execute(
        "INSERT INTO risk_models_stabilityreading"
        " (version_id, day, loans, mean_score, shift, parts) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (version_id, day) DO UPDATE SET loans = excluded.loans,"
        " mean_score = excluded.mean_score, shift = excluded.shift, parts = excluded.parts",
        (version.pk, day, int(score.size), mean, moved, json.dumps(parts)),
    )
    return moved
