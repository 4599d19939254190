"""A version is used only when two people let it, from the next day on, and comes back likewise."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.audit.queries import find_events
from daihou.risk_models import actions
from daihou.risk_models.choices import Method, VersionState
from daihou.risk_models.models import ModelVersion
from daihou.risk_models.queries import version_in_use
from daihou.risk_models.scoring import BrokenArtefact, artefact_of
from tests.cast import Cast
from tests.risk_models.kept_models import DAY, book_model, keep, put_into_use

pytestmark = pytest.mark.django_db
NEXT = DAY + dt.timedelta(days=1)


def _again(version: ModelVersion) -> ModelVersion:
    return ModelVersion.objects.get(pk=version.pk)


def test_a_draft_scores_nobody() -> None:
    keep(book_model())
    assert version_in_use(NEXT) is None


def test_it_counts_from_the_day_after_its_approval(cast: Cast) -> None:
    version = put_into_use(cast)
    assert version_in_use(DAY) is None
    assert version_in_use(NEXT) == version


def test_who_submits_does_not_approve(cast: Cast) -> None:
    version = keep(book_model())
    cast.zhao.roles = [*cast.zhao.roles, "approver"]
    cast.zhao.save()
    actions.submit(version=version, reason="试用", by=cast.zhao)
    with pytest.raises(actions.Refused, match="提交人不能审批"):
        actions.approve(version=_again(version), by=cast.zhao, business_date=DAY)
    assert _again(version).state == VersionState.SUBMITTED


def test_roles_and_reasons_are_asked_for(cast: Cast) -> None:
    version = keep(book_model())
    with pytest.raises(actions.Refused, match="风险经理"):
        actions.submit(version=version, reason="试用", by=cast.zhang)
    with pytest.raises(actions.Refused, match="写明"):
        actions.submit(version=version, reason=" ", by=cast.zhao)
    with pytest.raises(actions.Refused, match="已由他人改变"):
        actions.approve(version=version, by=cast.qian, business_date=DAY)
    assert _again(version).state == VersionState.DRAFT


def test_a_new_version_takes_the_place_of_the_old_and_the_old_can_come_back(cast: Cast) -> None:
    first = put_into_use(cast)
    second = put_into_use(cast, on=NEXT)
    assert version_in_use(NEXT) == first  # the day that was scored by it stays its own
    assert version_in_use(NEXT + dt.timedelta(days=1)) == second
    assert _again(first).state == VersionState.RETIRED
    later = NEXT + dt.timedelta(days=5)
    actions.submit(version=_again(first), reason="新版偏移过大", by=cast.zhao)
    assert version_in_use(later) == second
    actions.approve(version=_again(first), by=cast.qian, business_date=later)
    assert version_in_use(later + dt.timedelta(days=1)) == first


def test_one_person_switches_it_off_and_it_is_on_record(cast: Cast) -> None:
    version = put_into_use(cast)
    actions.retire(version=version, reason="分数偏移过大", by=cast.zhao, business_date=NEXT)
    assert version_in_use(NEXT) == version
    assert version_in_use(NEXT + dt.timedelta(days=1)) is None
    assert len(list(find_events(table="risk_models_modelversionevent"))) >= 4


def test_changed_bytes_are_refused(cast: Cast) -> None:
    version = put_into_use(cast)
    assert artefact_of(version)["method"] == Method.SCORECARD
    ModelVersion.objects.filter(pk=version.pk).update(artefact=b'{"method": "scorecard"}')
    with pytest.raises(BrokenArtefact, match="校验和"):
        artefact_of(_again(version))
