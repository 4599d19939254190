"""Working days: seeded from the notices, entered for the next year, rolled by rule."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.policy.actions import Refused, enter_calendar, seed_calendar
from daihou.policy.models import WorkingDay
from daihou.policy.queries import (
    CalendarGap,
    RollRule,
    calendar_years,
    is_working_day,
    roll,
    working_days,
)
from tests.cast import Cast

D = dt.date


@pytest.fixture
def calendar(db: None) -> None:
    assert seed_calendar(range(2025, 2030)) == [2025, 2026]


def test_holidays_and_make_up_days(calendar: None) -> None:
    assert not is_working_day(D(2026, 10, 1)), "国庆节"
    assert is_working_day(D(2026, 2, 14)), "春节调休上班的星期六"
    assert is_working_day(D(2026, 11, 23))
    assert not is_working_day(D(2026, 11, 22))
    first = WorkingDay.objects.get(day=D(2026, 10, 1))
    assert (first.name, "2026" in first.source) == ("国庆节", True)
    assert WorkingDay.objects.get(day=D(2026, 2, 14)).name == "调休上班"


@pytest.mark.parametrize(
    ("day", "rule", "rolled"),
    [
        (D(2026, 10, 1), RollRule.NONE, D(2026, 10, 1)),
        (D(2026, 10, 1), RollRule.FOLLOWING, D(2026, 10, 8)),
        (D(2026, 10, 1), RollRule.PRECEDING, D(2026, 9, 30)),
        (D(2026, 10, 31), RollRule.FOLLOWING, D(2026, 11, 2)),
        (D(2026, 10, 31), RollRule.MODIFIED_FOLLOWING, D(2026, 10, 30)),
        (D(2026, 11, 23), RollRule.FOLLOWING, D(2026, 11, 23)),
    ],
)
def test_rolling(calendar: None, day: D, rule: RollRule, rolled: D) -> None:
    assert roll(day, rule) == rolled


def test_counting_working_days(calendar: None) -> None:
    days = working_days()
    assert days.after(D(2026, 9, 30), 1) == D(2026, 10, 8)
    assert days.after(D(2026, 11, 20), 3) == D(2026, 11, 25)
    assert days.after(D(2026, 10, 3), 0) == D(2026, 10, 3)
    assert days.is_working(D(2026, 11, 23))


def test_beyond_the_calendar_is_an_error_that_says_what_to_do(calendar: None, cast: Cast) -> None:
    for attempt in (
        lambda: is_working_day(D(2027, 1, 4)),
        lambda: working_days().after(D(2026, 12, 31), 1),
        lambda: roll(D(2027, 1, 1), RollRule.FOLLOWING),
    ):
        with pytest.raises(CalendarGap, match="录入 2027 年"):
            attempt()
    changes = {D(2027, 1, 1): "元旦", D(2027, 1, 2): "调休上班"}
    assert enter_calendar(year=2027, changes=changes, source="示例通知", by=cast.zhao) == 365
    assert calendar_years() == (2025, 2026, 2027)
    assert not is_working_day(D(2027, 1, 1))
    assert is_working_day(D(2027, 1, 2)), "a Saturday entered as worked"
    assert working_days().after(D(2026, 12, 31), 1) == D(2027, 1, 2)


def test_an_entered_year_is_kept_by_the_seed_and_replaced_by_hand(
    calendar: None, cast: Cast
) -> None:
    enter_calendar(year=2026, changes={}, source="更正", by=cast.zhao)
    assert is_working_day(D(2026, 10, 1))
    assert seed_calendar(range(2025, 2027)) == []
    assert is_working_day(D(2026, 10, 1))


def test_who_may_and_what_may_be_entered(cast: Cast) -> None:
    with pytest.raises(Refused, match="风险经理"):
        enter_calendar(year=2027, changes={}, source="x", by=cast.sun)
    with pytest.raises(Refused, match="不在 2027 年"):
        enter_calendar(year=2027, changes={D(2026, 1, 1): ""}, source="x", by=cast.zhao)
    assert not WorkingDay.objects.exists()


def test_an_empty_calendar_says_so(db: None) -> None:
    with pytest.raises(CalendarGap, match="为空"):
        working_days()
