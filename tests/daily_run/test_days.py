"""Which days run, in which order; two runs apart; and what a failing step leaves behind."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from daihou.cli.bench_book import DAY, fill
from daihou.daily_run import locking, runner
from daihou.daily_run.choices import DayStatus
from daihou.daily_run.locking import DAY_END_LOCK, AnotherRunIsWorking, a_run_is_working
from daihou.daily_run.models import BusinessDay, StepRecord
from daihou.daily_run.progress import Moment, Progress
from daihou.daily_run.runner import DayCannotRun, days_to_run, next_day, run_days
from daihou.daily_run.steps import STAGES, STEPS
from daihou.servicing.models import LoanPosition

ONE = dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(db: None, tmp_path: Path, settings: Any) -> None:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    connection.ensure_connection()
    fill(connection.connection, 20)


def close(day: dt.date) -> None:
    BusinessDay.objects.create(day=day, status=DayStatus.CLOSED, inputs={"marks": {}})


def test_the_first_day_has_to_be_named(db: None) -> None:
    with pytest.raises(DayCannotRun, match="第一次"):
        days_to_run(date=None, until=None)
    assert days_to_run(date=DAY, until=None) == [DAY]
    assert days_to_run(date=DAY, until=DAY + ONE) == [DAY, DAY + ONE]


def test_missed_days_are_caught_up_in_order(db: None) -> None:
    close(DAY)
    assert days_to_run(date=None, until=None) == [DAY + ONE]
    assert days_to_run(date=DAY + 3 * ONE, until=None) == [DAY + n * ONE for n in (1, 2, 3)]


def test_a_day_left_unfinished_comes_first(db: None) -> None:
    close(DAY)
    BusinessDay.objects.create(day=DAY + ONE, status=DayStatus.RUNNING)
    assert next_day() == DAY + ONE
    assert days_to_run(date=DAY + 2 * ONE, until=None) == [DAY + ONE, DAY + 2 * ONE]


def test_a_closed_day_runs_no_more_and_an_earlier_one_is_refused(db: None) -> None:
    close(DAY)
    assert days_to_run(date=DAY, until=None) == []
    with pytest.raises(DayCannotRun, match="早于"):
        days_to_run(date=DAY - ONE, until=None)


def test_only_ends_of_months_when_asked(db: None) -> None:
    close(dt.date(2026, 1, 31))
    days = days_to_run(date=None, until=dt.date(2026, 4, 15), only_month_ends=True)
    assert days == [dt.date(2026, 2, 28), dt.date(2026, 3, 31), dt.date(2026, 4, 15)]


def test_another_run_is_kept_out(book: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_PATIENCE_SECONDS", 0.2)
    info = connection.connection.info
    with psycopg.connect(info.dsn, password=info.password, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (DAY_END_LOCK,))
        assert a_run_is_working(connection.connection)
        with pytest.raises(AnotherRunIsWorking, match="另一个日终正在运行"):
            run_days([DAY])
    assert not BusinessDay.objects.exists()
    run_days([DAY])
    assert BusinessDay.objects.get().status == DayStatus.CLOSED


def test_a_failing_step_leaves_what_is_done_and_the_next_run_goes_on(
    book: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run_day: Any) -> Any:
        raise RuntimeError("磁盘已满")

    broken = tuple(
        tuple(replace(step, work=fail) if step.name == "snapshot" else step for step in stage)
        for stage in STAGES
    )
    monkeypatch.setattr(runner, "STAGES", broken)
    with pytest.raises(RuntimeError, match="磁盘已满"):
        run_days([DAY])
    done = list(StepRecord.objects.order_by("pk").values_list("step", flat=True))
    names = [step.name for step in STEPS]
    assert done == names[: names.index("snapshot")]
    assert BusinessDay.objects.get().status == DayStatus.RUNNING

    monkeypatch.setattr(runner, "STAGES", STAGES)
    told: list[Progress] = []
    run_days([DAY], told.append)
    skipped = [progress.step for progress in told if progress.moment is Moment.SKIPPED]
    assert skipped == done
    assert BusinessDay.objects.get().status == DayStatus.CLOSED


def test_an_engine_that_fails_publishes_nothing_and_another_one_goes_on(book: None) -> None:
    def lost(*_: Any) -> Any:
        raise RuntimeError("执行机失联")

    with pytest.raises(RuntimeError, match="执行机失联"):
        run_days([DAY], engine=lost)
    done = list(StepRecord.objects.order_by("pk").values_list("step", flat=True))
    assert done == ["open_day", "reset_rates", "take_in_feeds", "corrections"]
    assert not LoanPosition.objects.exists()

    run_days([DAY])
    assert BusinessDay.objects.get().status == DayStatus.CLOSED
    assert LoanPosition.objects.count() == 20


def test_progress_counts_all_steps_of_all_days(book: None) -> None:
    told: list[Progress] = []
    run_days([DAY, DAY + ONE], told.append)
    finished = [progress for progress in told if progress.moment is Moment.FINISHED]
    assert [progress.number for progress in finished] == list(range(1, 2 * len(STEPS) + 1))
    assert {progress.total for progress in told} == {2 * len(STEPS)}
