"""Backtests on a tiny history written by hand, so that every figure can be counted on fingers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from daihou.early_warning.choices import Colour, RuleStatus, TrialStatus
from daihou.early_warning.client_rules.actions import ask_for_trial
from daihou.early_warning.client_rules.models import RuleTrial, RuleVersion
from daihou.early_warning.client_rules.queries import as_shipped, as_version
from daihou.early_warning.client_rules.rules import ClientRule
from daihou.early_warning.client_rules.trials import compare, run_trial
from daihou.early_warning.shipped_signals import Level, shipped_signals
from daihou.policy.actions import Refused
from daihou.policy.choices import Evidence
from tests.cast import Cast
from tests.early_warning.kept_days import keep_day

FIRST = dt.date(2026, 3, 1)
CASH = 38
BAD = 3  # 次级

# Per client: on which days (from FIRST) the cash share is 80%, from which day 次级.
# 1: told on day 10, bad on day 30 → caught, 20 days before
# 2: told on day 12, never bad → false alarm
# 3: never told, bad on day 40 → missed
# 4: bad from the first day, told on day 20 → late, no news
# 5: told on day 70, too late to be rated by day 80 with a horizon of 30 → open
# 6: told on days 15-16 and again on 18: one alarm while the merge window joins them
TOLD = {1: range(10, 81), 2: range(12, 14), 4: range(20, 81), 5: range(70, 81), 6: (15, 16, 18)}
TURNED = {1: 30, 3: 40, 4: 0}
OFFICERS = {1: 11, 2: 11, 3: 12, 4: 12, 5: 12, 6: 12}
LAST = 80


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The history as files, written once."""
    folder = tmp_path_factory.mktemp("history")
    home = SimpleNamespace(
        INDICATOR_FOLDER=folder / "indicators", SNAPSHOT_FOLDER=folder / "snapshots"
    )
    for number in range(LAST + 1):
        shares = {c: 8000 if number in TOLD.get(c, ()) else 1000 for c in OFFICERS}
        keep_day(
            home, _day(number), {"cash_inflow_share_90d": shares}, officers=OFFICERS,
            grades={c: BAD for c, since in TURNED.items() if number >= since},
        )  # fmt: skip
    return home


@pytest.fixture
def history(written: SimpleNamespace, settings: Any) -> None:
    settings.INDICATOR_FOLDER = written.INDICATOR_FOLDER
    settings.SNAPSHOT_FOLDER = written.SNAPSHOT_FOLDER


def _day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def rule(condition: str = "cash_inflow_share_90d > 70%", **changes: Any) -> ClientRule:
    found = as_shipped(shipped_signals()[CASH])
    return replace(
        found, levels=(Level(condition, Colour.YELLOW),), **{"cooldown": 0, "merge": 5, **changes}
    )


def trial(now: ClientRule, new: ClientRule, *, horizon: int = 30, since: int = 1) -> dict[str, Any]:
    return compare(now, new, since=_day(since), until=_day(LAST), horizon=horizon)


def test_every_figure_of_a_history_counted_by_hand(history: None) -> None:
    result = trial(rule(), rule("cash_inflow_share_90d > 90%"))
    found = result["now"]["figures"]
    told = {name: found[name] for name in ("alarms", "rated", "hits", "false", "open", "late")}
    assert told == {"alarms": 4, "rated": 3, "hits": 1, "false": 2, "open": 1, "late": 1}
    assert (found["turned"], found["caught"], found["missed"]) == (2, 1, 1)
    assert found["hit_rate"] == pytest.approx(1 / 3)
    assert found["lead"] == 20
    # two false alarms, two officers, days 1 to 50 can be rated
    assert found["false_per_officer_week"] == pytest.approx(2 / 2 / (50 / 7))
    assert found["known_share"] == 1.0
    assert result["now"]["officers"] == [[11, 2, 1, 1], [12, 2, 0, 1]]
    assert [row[2:] for row in result["turned"]] == [[20, None], [None, None]]
    silent = result["new"]["figures"]
    assert (silent["alarms"], silent["missed"], silent["hit_rate"]) == (0, 2, None)
    assert (result["officers"], result["days"]) == (2, LAST)


def test_merge_and_cooldown_count_as_the_daily_run_counts(history: None) -> None:
    apart = trial(rule(merge=0), rule(cooldown=10, merge=0))
    assert apart["now"]["figures"]["alarms"] == 5
    assert apart["new"]["figures"]["alarms"] == 4
    assert apart["new"]["figures"]["held_back"] == 1


def test_nothing_is_rated_before_its_horizon_is_over(history: None) -> None:
    found = trial(rule(), rule(), horizon=180)
    assert found["rated_until"] is None
    assert found["now"]["figures"]["hit_rate"] is None
    assert found["now"]["figures"]["open"] == 4
    assert found["now"]["figures"]["caught"] == 1  # those who turned are known all the same


def test_alarms_that_stood_before_the_span_count_for_catching_only(history: None) -> None:
    found = trial(rule(), rule(), since=25)["now"]["figures"]
    assert (found["alarms"], found["caught"], found["lead"]) == (1, 1, 20)


def test_a_rule_that_is_off_says_nothing(history: None) -> None:
    found = trial(rule(), rule(is_on=False))["new"]["figures"]
    assert (found["alarms"], found["known_share"], found["missed"]) == (0, None, 2)


@pytest.mark.django_db
def test_a_backtest_runs_as_a_job_and_keeps_its_result(history: None, cast: Cast) -> None:
    version = _version(cast, "cash_inflow_share_90d > 75%")
    asked = _asked(version, cast)
    with pytest.raises(Refused, match="已有回测在进行"):
        _asked(version, cast)
    run_trial(asked.pk)
    asked.refresh_from_db()
    assert (asked.status, asked.days_done, asked.days_in_all) == (TrialStatus.DONE, 80, 80)
    assert asked.result["new"]["version"] == as_version(version).version
    assert asked.result["now"]["figures"]["alarms"] == 4


@pytest.mark.django_db
def test_what_cannot_be_tried_is_refused(history: None, cast: Cast) -> None:
    version = _version(cast, "cash_inflow_share_90d > 75%")
    for problem, changes in {
        "没有存档": {"since": dt.date(2020, 1, 1), "until": dt.date(2020, 6, 1)},
        "起始日须早于": {"since": _day(9), "until": _day(9)},
        "观察天数": {"horizon": 31},
        "须由": {"by": cast.sun},
    }.items():
        with pytest.raises(Refused, match=problem):
            _asked(version, cast, **changes)
    findings = _version(cast, "findings >= 2", number=81)
    with pytest.raises(Refused, match="线索没有逐日存档"):
        _asked(findings, cast)
    assert not RuleTrial.objects.exists()


def _asked(version: RuleVersion, cast: Cast, **changes: Any) -> RuleTrial:
    given = {"since": _day(1), "until": _day(LAST), "horizon": 30, "by": cast.zhao, **changes}
    return ask_for_trial(version=version, against=None, **given)


def _version(cast: Cast, condition: str, number: int = CASH) -> RuleVersion:
    return RuleVersion.objects.create(
        number=number, conditions=[condition], colours=[Colour.ORANGE], cooldown=0, merge=5,
        effective_from=dt.date(2026, 12, 1), source="本行", evidence=Evidence.PROPOSAL,
        reason="试", status=RuleStatus.DRAFT, proposed_by=cast.zhao,
    )  # fmt: skip
