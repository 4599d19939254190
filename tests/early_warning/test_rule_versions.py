"""A changed rule: checked against catalogue and yesterday's book, decided by a second person."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daihou.early_warning.choices import Colour, RuleStatus, Segment
from daihou.early_warning.client_rules.actions import (
    WantedRule,
    approve,
    draft,
    propose,
    send_back,
    withdraw,
)
from daihou.early_warning.client_rules.models import RuleVersion
from daihou.early_warning.client_rules.previewing import preview_of
from daihou.early_warning.client_rules.queries import as_version, rules_on
from daihou.early_warning.shipped_signals import Level
from daihou.policy.actions import Refused
from daihou.policy.choices import Evidence
from tests.cast import Cast
from tests.early_warning.kept_days import keep_day

pytestmark = pytest.mark.django_db
CASH = 38
TODAY = dt.date(2026, 11, 23)
WANTED = WantedRule(
    levels=(Level("cash_inflow_share_90d > 80%", Colour.ORANGE),), segment=Segment.ALL,
    products=(), cooldown=7, merge=30, is_on=True, effective_from=dt.date(2026, 12, 1),
    effective_to=None, source="本行风险管理部", evidence=Evidence.PROPOSAL, reason="误报偏多",
)  # fmt: skip


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> Any:
    """Yesterday's book: shares of 75%, 85%, 95%, one unknown; client 4 is retail."""
    settings.INDICATOR_FOLDER = tmp_path / "indicators"
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    shares = {1: 7500, 2: 8500, 3: 9500, 4: None, 5: 1000}
    keep_day(
        settings, TODAY, {"cash_inflow_share_90d": shares, "inflow_90d": dict.fromkeys(shares)},
        officers={1: 11, 2: 11, 3: 12}, retail=frozenset({4}),
    )  # fmt: skip
    return settings


def refused(wanted: WantedRule, cast: Cast, number: int = CASH) -> Refused:
    with pytest.raises(Refused) as found:
        draft(number=number, wanted=wanted, by=cast.zhao, business_date=TODAY)
    assert not RuleVersion.objects.exists()
    return found.value


def level(*conditions: str) -> WantedRule:
    return replace(WANTED, levels=tuple(Level(one, Colour.RED) for one in conditions))


def test_from_draft_to_force_takes_two_people(kept: Any, cast: Cast) -> None:
    version = draft(number=CASH, wanted=WANTED, by=cast.zhao, business_date=TODAY)
    again = replace(WANTED, cooldown=14)
    assert draft(number=CASH, wanted=again, by=cast.zhao, business_date=TODAY).pk == version.pk
    propose(version=version, by=cast.zhao, business_date=TODAY)
    with pytest.raises(Refused, match="提请人不能审批"):
        approve(version=version, opinion="", by=_as_approver(cast.zhao), business_date=TODAY)
    with pytest.raises(Refused, match="须由"):
        approve(version=version, opinion="", by=cast.sun, business_date=TODAY)
    approve(version=version, opinion="同意", by=cast.qian, business_date=TODAY)
    with pytest.raises(Refused, match="已由他人改变"):
        approve(version=version, opinion="", by=cast.qian, business_date=TODAY)
    assert rules_on(dt.date(2026, 11, 30))[CASH].version == "出厂值"
    counts = rules_on(dt.date(2026, 12, 1))[CASH]
    assert (counts.version, counts.cooldown) == (f"第{version.pk}号", 14)


def _as_approver(officer: Any) -> Any:
    officer.roles = [*officer.roles, "approver"]
    return officer


def test_sent_back_with_a_reason_or_taken_back(kept: Any, cast: Cast) -> None:
    version = draft(number=CASH, wanted=WANTED, by=cast.zhao, business_date=TODAY)
    propose(version=version, by=cast.zhao, business_date=TODAY)
    with pytest.raises(Refused, match="退回须写明原因"):
        send_back(version=version, opinion=" ", by=cast.qian)
    with pytest.raises(Refused, match="只有提请人"):
        withdraw(version=version, by=cast.qian)
    send_back(version=version, opinion="先做回测", by=cast.qian)
    second = draft(number=CASH, wanted=WANTED, by=cast.zhao, business_date=TODAY)
    propose(version=second, by=cast.zhao, business_date=TODAY)
    second.refresh_from_db()
    withdraw(version=second, by=cast.zhao)
    states = RuleVersion.objects.order_by("pk").values_list("status", flat=True)
    assert list(states) == [RuleStatus.REJECTED, RuleStatus.WITHDRAWN]
    assert rules_on(dt.date(2027, 1, 1))[CASH].version == "出厂值"


def test_bad_rules_are_told_at_their_entry(kept: Any, cast: Cast) -> None:
    cases = {
        "when_1": (level("cash_share > 80%"), "指标目录里没有"),
        "when_2": (level("owed > 5万元", "owed > 5"), "要带单位元"),
        "effective_from": (replace(WANTED, effective_from=TODAY), "须晚于营业日"),
        "effective_to": (replace(WANTED, effective_to=WANTED.effective_from), "须晚于生效日"),
        "cooldown": (replace(WANTED, cooldown=400), "365"),
        "reason": (replace(WANTED, reason=" "), "请写明"),
    }
    for field, (wanted, words) in cases.items():
        problem = refused(wanted, cast)
        assert (problem.field, words in str(problem)) == (field, True), str(problem)
    assert refused(WANTED, cast, number=54).field == "number"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("cash_inflow_share_90d > 99%", "可判定的 4 户没有一户符合"),
        ("cash_inflow_share_90d > 5%", "可判定的 4 户全部符合"),
        ("inflow_90d > 5万元", "全部 5 户都是未知,无从判定:近90天流入没有数据"),
    ],
)
def test_a_rule_that_says_nothing_on_yesterdays_book_is_caught(
    kept: Any, cast: Cast, condition: str, words: str
) -> None:
    problem = refused(level(condition), cast)
    assert problem.field == "when_1" and words in str(problem)
    meant = replace(level(condition), is_meant=True)
    assert draft(number=CASH, wanted=meant, by=cast.zhao, business_date=TODAY).pk


def test_scope_without_clients_is_caught(kept: Any, cast: Cast) -> None:
    assert "没有适用的客户" in str(refused(replace(WANTED, products=(99,)), cast))


def test_the_preview_counts_clients_against_the_rule_in_force(kept: Any, cast: Cast) -> None:
    version = draft(number=CASH, wanted=WANTED, by=cast.zhao, business_date=TODAY)
    preview = preview_of(rules_on(TODAY)[CASH], as_version(version), upto=TODAY)
    assert preview is not None and preview.day == TODAY
    assert preview.counts == {"now": 3, "new": 2, "begins": 0, "ends": 1, "both": 2}
    assert (preview.judged, preview.unknown, preview.by_level(1)) == (5, 1, [2])
    lines = [(line.officer, line.now, line.new) for line in preview.by_officer()]
    assert lines == [(11, 2, 1), (12, 1, 1)]


def test_a_rule_switched_off_shows_on_nobody(kept: Any, cast: Cast) -> None:
    off = replace(WANTED, is_on=False)
    version = draft(number=CASH, wanted=off, by=cast.zhao, business_date=TODAY)
    preview = preview_of(rules_on(TODAY)[CASH], as_version(version), upto=TODAY)
    assert preview is not None and preview.counts["new"] == 0
