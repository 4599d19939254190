"""Spark's executors find what the kernel in this process finds, and the day ends the same.

Needs the extra `spark` and Java 17: `make spark` installs the one and runs these tests.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection

from daihou.cli.bench_book import DAY, fill, pay_next_day
from daihou.daily_run.models import BusinessDay, SetAside
from daihou.daily_run.runner import run_days
from daihou.daily_run.verification import verify_day
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_growth import grown
from daihou.servicing.marks import read_marks
from loanmath.positions import Positions
from tests.daily_run.canonical import left_behind, wipe

pytest.importorskip("pyspark", reason="Spark is not installed: `make spark` installs and tests it")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java 17, which is not here", allow_module_level=True)

from daihou.servicing.spark_engine import SparkEngine

LOANS = 20_000
BROKEN = 5  # the loan whose plan does not add up
NEXT = DAY + dt.timedelta(days=1)
LOANS_PER_FILE = 7_000

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    folder = tmp_path_factory.mktemp("spark")
    started = SparkEngine(folder, "local[2]", LOANS_PER_FILE)
    started.start()
    yield started
    started.stop()
    assert list(folder.iterdir()) == [], "nothing of the book is left behind"


@pytest.fixture
def book(transactional_db: None, tmp_path: Path, settings: Any) -> Path:
    """20,000 loans, with payments on the next day, and a plan that is wrong."""
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    connection.ensure_connection()
    pay_next_day(connection.connection, fill(connection.connection, LOANS))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loan_book_planversion SET principal[1] = principal[1] + 1 WHERE loan_id = %s",
            [BROKEN],
        )
    return tmp_path


def test_every_position_is_the_same(book: Path, engine: SparkEngine) -> None:
    raw = connection.connection
    columnar = grown(raw, ColumnarBook.empty(), read_marks(raw))
    for day in (DAY, DAY + dt.timedelta(days=400)):
        ours, theirs = BookOnDay.of(columnar, day), BookOnDay.of(columnar, day, engine)
        assert ours.size == LOANS
        assert ours.is_set_aside.sum() == 1
        assert (ours.positions.days_past_due > 0).sum() > LOANS // 50
        for field, here, there in zip(
            Positions._fields, ours.positions, theirs.positions, strict=True
        ):
            assert here.dtype == there.dtype, field
            assert np.array_equal(here, there), field


def test_two_days_leave_the_same_behind(book: Path, engine: SparkEngine) -> None:
    run_days([DAY, NEXT])
    expected = left_behind(book / "snapshots")
    wipe()
    for name in ("snapshots", "columnar_book"):
        shutil.rmtree(book / name)

    run_days([DAY, NEXT], engine=engine)
    found = left_behind(book / "snapshots")
    assert len(expected["servicing_loanposition"]) == LOANS - 1
    assert SetAside.objects.get().loan_id == BROKEN
    assert BusinessDay.objects.filter(status="closed").count() == 2
    assert found.keys() == expected.keys()
    for part in expected:
        assert found[part] == expected[part], part
    assert verify_day().differences == []


def test_a_book_without_loans_needs_no_spark(db: None, tmp_path: Path) -> None:
    never_started = SparkEngine(tmp_path, "local[1]")
    assert BookOnDay.of(ColumnarBook.empty(), DAY, never_started).size == 0
