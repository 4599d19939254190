"""Where Spark is not installed, asking for it is answered with what to do, and nothing is run."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from daihou.cli.bench_book import DAY
from daihou.cli.run_day import CANNOT_RUN, EngineName, run_day
from daihou.daily_run.models import BusinessDay, DayEndRun

pytestmark = pytest.mark.django_db


def test_spark_that_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.delitem(sys.modules, "daihou.servicing.spark_engine", raising=False)
    code = run_day(
        date=DAY, until=None, only_month_ends=False, engine=EngineName.SPARK, as_json=True
    )
    assert code == CANNOT_RUN
    assert "make spark" in json.loads(capsys.readouterr().out)["error"]
    assert not BusinessDay.objects.exists()
    assert not DayEndRun.objects.exists()
