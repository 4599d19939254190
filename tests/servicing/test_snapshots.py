"""The snapshot of a day: whole or not at all, in order, the same bytes for the same day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from daihou.servicing.snapshots import (
    SCHEMA,
    snapshot_days,
    snapshot_path,
    snapshot_table,
    write_snapshot,
)

DAY = dt.date(2026, 3, 31)
WORDS = {"industry": "C", "currency": "CNY", "security": "credit"}


def _columns(customers: list[int], loans: list[int]) -> dict[str, list[Any]]:
    """A book of as many loans, everything else zero."""
    count = len(loans)
    columns: dict[str, list[Any]] = {}
    for field in SCHEMA:
        zero: Any = DAY if pa.types.is_date32(field.type) else 0
        zero = False if pa.types.is_boolean(field.type) else WORDS.get(field.name, zero)
        columns[field.name] = [zero] * count
    return columns | {"customer_id": customers, "loan_id": loans}


def test_rows_stand_by_customer_then_loan() -> None:
    table = snapshot_table(_columns([2, 1, 1], [10, 12, 11]))
    assert table["loan_id"].to_pylist() == [11, 12, 10]


def test_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    columns = _columns([1, 1, 2], [1, 2, 3]) | {"industry": ["C", None, "A"]}
    first = write_snapshot(tmp_path, DAY, snapshot_table(columns)).read_bytes()
    again = write_snapshot(tmp_path, DAY, snapshot_table(columns)).read_bytes()
    assert first == again
    assert pq.read_table(snapshot_path(tmp_path, DAY), partitioning=None).schema == SCHEMA
    assert [p.name for p in snapshot_path(tmp_path, DAY).parent.iterdir()] == ["book.parquet"]


def test_words_given_as_codes_or_as_text_are_the_same_word() -> None:
    columns = _columns([1, 2], [1, 2])
    coded = pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.int8()), pa.array(["A", "C"]))
    table = snapshot_table(columns | {"industry": coded})
    assert table["industry"].to_pylist() == ["C", "A"]


def test_unknown_stays_unknown_and_a_hole_is_refused() -> None:
    columns = _columns([1], [1])
    assert snapshot_table(columns | {"days_past_due": [None]})["days_past_due"][0].as_py() is None
    with pytest.raises(pa.ArrowInvalid, match="currency"):
        snapshot_table(columns | {"currency": [None]})
    with pytest.raises(KeyError):
        snapshot_table({k: v for k, v in columns.items() if k != "grade"})


def test_days_are_listed_in_order_and_unfinished_files_do_not_count(tmp_path: Path) -> None:
    assert snapshot_days(tmp_path) == []
    for day in (dt.date(2026, 4, 1), DAY):
        write_snapshot(tmp_path, day, snapshot_table(_columns([1], [1])))
    unfinished = snapshot_path(tmp_path, dt.date(2026, 4, 2))
    unfinished.parent.mkdir()
    unfinished.with_name(".book.1.unfinished").touch()
    assert snapshot_days(tmp_path) == [DAY, dt.date(2026, 4, 1)]
