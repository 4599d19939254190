"""风险模型: the card with its evidence, approval by a second person, scores with reasons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from daihou.daily_run.choices import DayStatus
from daihou.daily_run.models import BusinessDay
from daihou.policy.queries import parameters_on
from daihou.risk_models.choices import VersionState
from daihou.risk_models.daily import write_scores
from daihou.risk_models.models import ModelVersion
from daihou.staff.models import Officer
from tests.cast import Cast
from tests.reports.bank import TODAY, YESTERDAY, Bank, build_bank
from tests.risk_models.kept_models import book_model, keep, put_into_use
from tests.workbench.query_counts import check_query_count

AsOfficer = Callable[[Officer], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(tmp_path: Path, settings: Any) -> Bank:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.SCORE_FOLDER = tmp_path / "scores"
    made = build_bank(settings.SNAPSHOT_FOLDER)
    for day in (YESTERDAY, TODAY):
        BusinessDay.objects.create(day=day, status=DayStatus.CLOSED, inputs={})
    return made


@pytest.fixture
def scored(bank: Bank, cast: Cast) -> Bank:
    put_into_use(cast)
    connection.ensure_connection()
    write_scores(TODAY, psycopg.Cursor(connection.connection), parameters_on(TODAY))
    return bank


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_from_draft_to_use_takes_two_people(bank: Bank, cast: Cast, as_officer: AsOfficer) -> None:
    version = keep(book_model())
    address = f"/risk-models/versions/{version.pk}/"
    zhao, qian = as_officer(cast.zhao), as_officer(cast.qian)
    assert "problems" in zhao.post(address, {"step": "submit"}).content.decode()
    assert ModelVersion.objects.get(pk=version.pk).state == VersionState.DRAFT
    zhao.post(address, {"step": "submit", "reason": "首版试用"})
    assert "审批启用" not in text_of(zhao, address)
    assert "审批启用" in text_of(qian, address)
    said = qian.post(address, {"step": "approve"}, follow=True).content.decode()
    assert "自下一个营业日起评分" in said
    assert ModelVersion.objects.get(pk=version.pk).state == VersionState.IN_USE
    said = zhao.post(address, {"step": "retire", "reason": "偏移过大"}, follow=True)
    assert "提交重新启用" in said.content.decode()


def test_nothing_is_decided_under_an_earlier_day(
    bank: Bank, cast: Cast, as_officer: AsOfficer
) -> None:
    version = keep(book_model())
    address = f"/risk-models/versions/{version.pk}/?day={YESTERDAY}"
    as_officer(cast.zhao).post(address, {"step": "submit", "reason": "首版试用"})
    assert ModelVersion.objects.get(pk=version.pk).state == VersionState.DRAFT


def test_the_card_shows_its_evidence_and_its_limits(
    bank: Bank, cast: Cast, as_officer: AsOfficer
) -> None:
    version = keep(book_model())
    page = text_of(as_officer(cast.wang), f"/risk-models/versions/{version.pk}/")
    for words in (
        "0.861",
        "较三个逾期计数 +0.104",
        "ROC",
        "校准",
        "稳定性",
        "指标偏乐观",
        "评分表",
        "&gt; 0 天,≤ 30 天",
    ):
        assert words in page, words
    assert 'name="step"' not in page  # 审计 reads and decides nothing


def test_scores_say_why_and_stay_within_ones_branch(
    scored: Bank, cast: Cast, as_officer: AsOfficer
) -> None:
    everybody = text_of(as_officer(cast.zhao), "/risk-models/scores/")
    assert "当前逾期 71 天" in everybody and "王秀英" in everybody
    west = text_of(as_officer(scored.officers["陈外支"]), "/risk-models/scores/")
    assert "王秀英" not in west and "这一天没有评分" not in everybody
    client = scored.loans["L3"].customer.number
    assert "第 2 / 7" in text_of(as_officer(cast.zhao), f"/customers/{client}/")


def test_before_anything_is_trained_the_pages_say_what_to_do(
    bank: Bank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao = as_officer(cast.zhao)
    assert "daihou models train" in text_of(zhao, "/risk-models/")
    assert "下一次日终开始评分" in text_of(zhao, "/risk-models/scores/")


def test_the_query_count_does_not_grow(scored: Bank, cast: Cast, as_officer: AsOfficer) -> None:
    version = keep(book_model())
    zhao = as_officer(cast.zhao)
    check_query_count("risk_models", zhao, "/risk-models/")
    check_query_count("risk_scores", zhao, "/risk-models/scores/")
    check_query_count("model_card", zhao, f"/risk-models/versions/{version.pk}/")
