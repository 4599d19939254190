"""日终: who starts it, what its page tells whom, and what the job leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from daihou.daily_run import tasks
from daihou.daily_run.choices import RunStatus
from daihou.daily_run.models import DayEndRun
from daihou.daily_run.runner import DayCannotRun
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
NEXT = DAY + dt.timedelta(days=1)


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    return make_small_bank(cast, branches)


def test_query_counts(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    check_query_count("business_days", as_officer(cast.zhao), "/business-days/")
    check_query_count("business_day", as_officer(cast.zhao), f"/business-days/{DAY}/")


def test_a_run_is_asked_for_once(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    zhou = as_officer(cast.zhou)
    entered = {"until": NEXT.isoformat(), "beyond_today": "on"}
    assert zhou.post("/business-days/", entered).status_code == 302
    run = DayEndRun.objects.get()
    assert (run.until, run.started_by, run.status) == (NEXT, cast.zhou, RunStatus.QUEUED)
    again = zhou.post("/business-days/", entered)
    assert again.status_code == 422 and "已有一次日终" in again.content.decode()
    assert "排队中" in zhou.get(f"/business-days/progress/{run.pk}/").content.decode()


def test_a_closed_day_is_not_run_again(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    answer = as_officer(cast.zhao).post("/business-days/", {"until": DAY.isoformat()})
    assert answer.status_code == 422 and "已日终,不会再算" in answer.content.decode()
    assert not DayEndRun.objects.exists()


def test_the_far_future_has_to_be_meant(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    answer = as_officer(cast.zhao).post("/business-days/", {"until": "2199-01-01"})
    assert answer.status_code == 422 and "晚于今天" in answer.content.decode()


def test_a_run_that_fails_says_why(
    bank: SmallBank, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **named: object) -> None:
        raise DayCannotRun("磁盘已满")

    monkeypatch.setattr(tasks, "run_days", refuse)
    run = DayEndRun.objects.create(origin="browser", until=NEXT, status=RunStatus.QUEUED)
    with pytest.raises(DayCannotRun):
        tasks.run_business_days(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.message) == (RunStatus.FAILED, "磁盘已满")


def test_the_administrator_sees_counts_and_no_clients(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = as_officer(cast.zhou).get(f"/business-days/{DAY}/").content.decode()
    assert "1 笔" in page and "系统管理员不看业务数据" in page
    assert "恒达机械" not in page and "JJ2026" not in page


def test_what_changed_on_a_day(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    page = as_officer(cast.zhao).get("/business-days/2026-11-21/").content.decode()
    assert "王秀英" in page and "下调" in page
    nothing = as_officer(cast.zhao).get(f"/business-days/{DAY}/").content.decode()
    assert "分类和信号都没有变化" in nothing
    assert as_officer(cast.zhao).get("/business-days/2020-01-01/").status_code == 404
