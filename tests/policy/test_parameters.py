"""Parameters: shipped values, versions from a day on, two people for each change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries

from daihou.early_warning.choices import Colour
from daihou.policy.actions import Refused, approve, propose, reject
from daihou.policy.catalogue import CATALOGUE
from daihou.policy.choices import Evidence, VersionStatus
from daihou.policy.entries import COLOUR_NAMES, GROUPS, Kind
from daihou.policy.models import ParameterVersion
from daihou.policy.queries import parameter, parameters_on
from daihou.policy.values import BadValue, as_text, read, typed
from daihou.staff.choices import Role
from tests.cast import Cast

TODAY = dt.date(2026, 11, 20)
LATER = dt.date(2026, 12, 1)
CODE = "grade.technical_exception"


def proposal(cast: Cast, **other: Any) -> ParameterVersion:
    given: dict[str, Any] = {
        "code": CODE, "text": "5", "effective_from": LATER, "clause": "总行 2026 年 17 号文",
        "evidence": Evidence.TEXT, "reason": "收紧口径", "by": cast.zhao, "business_date": TODAY,
    }  # fmt: skip
    return propose(**(given | other))


def test_every_entry_is_whole() -> None:
    assert len(CATALOGUE) > 30
    for code, entry in CATALOGUE.items():
        assert entry.code == code
        assert entry.group in GROUPS.values()
        assert entry.name and entry.evidence in Evidence
        assert entry.clause or entry.evidence is Evidence.PROPOSAL, code
        if entry.default is not None:
            assert read(entry, typed(entry, entry.default)) == entry.default, code


def test_colours_are_those_of_the_signals() -> None:
    assert {c.value: c.label for c in Colour} == dict(COLOUR_NAMES)


def test_shipped_values_count_until_a_version_is_approved(cast: Cast) -> None:
    assert parameter(CODE, on=LATER).value == 7
    version = proposal(cast)
    assert parameter(CODE, on=LATER).value == 7, "a proposal alone changes nothing"
    cast.zhou.roles = [Role.APPROVER]
    approve(version=version, by=cast.zhou, business_date=TODAY)
    assert parameter(CODE, on=LATER - dt.timedelta(days=1)).value == 7
    now = parameter(CODE, on=LATER)
    assert (now.value, now.version, now.version_text) == (5, version.pk, f"第{version.pk}号")
    assert (now.clause, now.evidence) == ("总行 2026 年 17 号文", Evidence.TEXT)


def test_all_parameters_of_a_day_take_one_query(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for text, day in (("5", LATER), ("4", LATER), ("3", dt.date(2027, 1, 1))):
        approve(version=proposal(cast, text=text, effective_from=day), by=cast.qian,
                business_date=TODAY)  # fmt: skip
    with django_assert_num_queries(1):
        values = parameters_on(LATER)
    assert values.whole(CODE) == 4, "of two versions of one day the later counts"
    assert values.wholes("signal.54.days") == (31, 61, 91)
    assert values.versions["grade.loss_over"] == 0
    assert not values.is_known("limit.net_capital")
    for wrong in (values.flag, values.choice, values.wholes):
        with pytest.raises(TypeError):
            wrong(CODE)
    with pytest.raises(TypeError):
        values.whole("limit.net_capital")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"effective_from": TODAY}, "effective_from"),
        ({"text": "七"}, "text"),
        ({"text": "-1"}, "text"),
        ({"text": "99999"}, "text"),
        ({"text": ""}, "text"),
        ({"text": "1.5"}, "text"),
        ({"reason": "  "}, "reason"),
        ({"code": "no.such"}, "code"),
    ],
)
def test_what_cannot_be_proposed(cast: Cast, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        proposal(cast, **change)
    assert refused.value.field == field
    assert not ParameterVersion.objects.exists()


def test_roles_and_two_people(cast: Cast) -> None:
    with pytest.raises(Refused, match="风险经理"):
        proposal(cast, by=cast.qian)
    version = proposal(cast)
    with pytest.raises(Refused, match="审批人"):
        approve(version=version, by=cast.sun, business_date=TODAY)
    cast.zhao.roles = [Role.RISK_MANAGER, Role.APPROVER]
    with pytest.raises(Refused, match="自己"):
        approve(version=version, by=cast.zhao, business_date=TODAY)
    with pytest.raises(Refused, match="已过"):
        approve(version=version, by=cast.qian, business_date=LATER)
    reject(version=version, by=cast.qian)
    with pytest.raises(Refused, match="他人处理"):
        approve(version=version, by=cast.qian, business_date=TODAY)
    version.refresh_from_db()
    assert version.status == VersionStatus.REJECTED


def test_a_proposer_may_withdraw(cast: Cast) -> None:
    version = proposal(cast)
    reject(version=version, by=cast.zhao)
    version.refresh_from_db()
    assert (version.status, version.approved_by) == (VersionStatus.REJECTED, None)


def test_the_database_itself_wants_two_people(cast: Cast) -> None:
    version = proposal(cast)
    with pytest.raises(IntegrityError):
        ParameterVersion.objects.filter(pk=version.pk).update(approved_by=cast.zhao)


@pytest.mark.parametrize(
    ("code", "text", "value", "shown"),
    [
        ("grade.own_bank_share_over", "12.5%", 12_500_000, "12.5%"),
        ("signal.53.colour", "橙色", 3, "橙"),
        ("signal.54.days", "30、60,90", (30, 60, 90), "30、60、90 天"),
        ("signal.54.colours", "黄 橙 红", (2, 3, 4), "黄、橙、红"),
        ("limit.net_capital", "1,250,000,000.00", 125_000_000_000, "1,250,000,000.00 元"),
    ],
)
def test_values_as_people_type_them(code: str, text: str, value: object, shown: str) -> None:
    entry = CATALOGUE[code]
    assert read(entry, text) == value
    assert as_text(entry, read(entry, text)) == shown


def test_colours_by_name_only() -> None:
    with pytest.raises(BadValue, match="蓝、黄、橙、红"):
        read(CATALOGUE["signal.53.colour"], "紫")
    assert CATALOGUE["signal.53.colour"].kind is Kind.COLOUR
