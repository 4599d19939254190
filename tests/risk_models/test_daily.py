"""The daily step: who is scored, why, how far to trust it, and that it can be done again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from django.db import connection

from daihou.policy.queries import parameters_on
from daihou.risk_models import daily
from daihou.risk_models.models import ModelVersion, StabilityReading
from daihou.risk_models.queries import highest_scores, scores_of_customer
from daihou.risk_models.score_files import score_path, version_of
from daihou.servicing.book_on_day import StepResult
from tests.cast import Cast
from tests.reports.bank import TODAY, Bank, build_bank
from tests.risk_models.kept_models import put_into_use

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(tmp_path: Path, settings: Any) -> Bank:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.SCORE_FOLDER = tmp_path / "scores"
    return build_bank(settings.SNAPSHOT_FOLDER)


def run_step() -> StepResult:
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    return daily.write_scores(TODAY, cursor, parameters_on(TODAY))


def places(settings: Any) -> dict[int, int]:
    table = pq.read_table(score_path(settings.SCORE_FOLDER, TODAY))
    return dict(zip(table["loan_id"].to_pylist(), table["place"].to_pylist(), strict=True))


def test_without_a_version_in_use_nobody_is_scored(bank: Bank, settings: Any) -> None:
    assert run_step().figures == {"启用版本": "无"}
    assert version_of(settings.SCORE_FOLDER, TODAY) is None


def test_live_loans_are_scored_and_those_90_days_late_are_not(
    bank: Bank, cast: Cast, settings: Any
) -> None:
    version = put_into_use(cast)
    assert run_step().figures["评分借据"] == 7
    scored = places(settings)
    assert set(scored) == {loan.pk for number, loan in bank.loans.items() if number != "L4"}
    assert scored[bank.loans["L1"].pk] + scored[bank.loans["L3"].pk] == 3  # both late over 30
    assert version_of(settings.SCORE_FOLDER, TODAY) == version.pk


def test_done_again_it_writes_the_same_bytes(bank: Bank, cast: Cast, settings: Any) -> None:
    put_into_use(cast)
    path = score_path(settings.SCORE_FOLDER, TODAY)
    run_step()
    first = path.read_bytes()
    run_step()
    assert path.read_bytes() == first
    assert StabilityReading.objects.count() == 1


def test_a_score_says_why_and_each_sees_his_own(bank: Bank, cast: Cast) -> None:
    put_into_use(cast)
    run_step()
    zhang, chen = bank.officers["张经理"], bank.officers["陈外支"]
    client = bank.loans["L1"].customer
    found = scores_of_customer(zhang, client, TODAY)
    assert found is not None
    first, second = found.loans
    assert first.loan == bank.loans["L1"] and "当前逾期 41 天" in first.because
    assert "该客户其他借据最长逾期 41 天" in second.because  # L2 pays, its sister does not
    assert scores_of_customer(chen, client, TODAY).loans == []  # type: ignore[union-attr]
    seen = highest_scores(chen, TODAY)
    assert seen is not None and bank.loans["L3"] not in [one.loan for one in seen.loans]


def test_another_world_lowers_the_trust(bank: Bank, cast: Cast) -> None:
    put_into_use(cast)
    figures = run_step().figures
    reading = StabilityReading.objects.get()
    assert reading.parts[0][1] >= reading.parts[1][1]
    expected = "仅供参考" if reading.shift >= 100 else "留意" if reading.shift >= 50 else "可信"
    assert figures["可信程度"] == expected
    found = highest_scores(bank.officers["赵风险"], TODAY)
    assert found is not None and found.trust.word == expected and found.trust.because


def test_a_missing_library_or_changed_bytes_do_not_stop_the_day(
    bank: Bank, cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = put_into_use(cast)

    def missing(*_: Any) -> None:
        raise ModuleNotFoundError("lightgbm")

    with monkeypatch.context() as patched:
        patched.setattr(daily, "log_odds", missing)
        assert "未安装" in run_step().figures["未评分"]
    ModelVersion.objects.filter(pk=version.pk).update(artefact=b"{}")
    assert "校验和不符" in run_step().figures["未评分"]
    assert version_of(settings.SCORE_FOLDER, TODAY) is None
