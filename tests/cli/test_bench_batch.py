"""The published batch, small: the engine's answer against one made of dictionaries."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from daihou.cli import bench_batch
from daihou.cli.bench_batch import BatchFiles, WrongTotals, ask, write_rows
from loanmath.money import Money

LOANS = 3_000


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BatchFiles:
    monkeypatch.setattr(bench_batch, "_CHUNK", 700)  # several chunks, the last one not full
    return write_rows(tmp_path, LOANS)


def by_dictionaries(files: BatchFiles) -> list[tuple[str, int, int, int | None]]:
    """One loan after the other, its repayments looked up: no join, no grouping by an engine."""
    paid: dict[int, list[int]] = defaultdict(list)
    for row in pq.read_table(files.repayments).to_pylist():
        paid[row["loan_id"]].append(row["amount"])
    loans: dict[str, list[int]] = defaultdict(list)
    for row in pq.read_table(files.disbursements).to_pylist():
        loans[row["product"]].append(row["loan_id"])
    return [
        (
            product,
            len(set(ids)),
            sum(len(paid[one]) for one in ids),
            sum(sum(paid[one]) for one in ids),
        )
        for product, ids in sorted(loans.items())
    ]


def test_agrees_with_dictionaries(files: BatchFiles, tmp_path: Path) -> None:
    found = ask(files, tmp_path / "spill")
    assert len(found) == 40
    assert found == by_dictionaries(files)


def test_rows_have_the_published_shape(files: BatchFiles) -> None:
    loans = pq.read_table(files.disbursements)["loan_id"].to_pylist()
    paid = pq.read_table(files.repayments)["loan_id"].to_pylist()
    assert sorted(loans) == list(range(1, LOANS + 1))
    assert loans != sorted(loans)
    assert len(paid) == 2 * LOANS
    without = len(set(loans) - set(paid))
    assert LOANS // 10 < without < LOANS // 6  # a left join that finds nothing, one in seven


def test_the_same_rows_every_time(files: BatchFiles, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    write_rows(again, LOANS)
    for file in (files.disbursements, files.repayments):
        assert (again / file.name).read_bytes() == file.read_bytes()


def test_totals_that_do_not_add_up_are_refused(files: BatchFiles, tmp_path: Path) -> None:
    wrong = replace(files, repaid=Money(files.repaid + 1))
    with pytest.raises(WrongTotals):
        ask(wrong, tmp_path / "spill")


def test_prints_both_ratios_in_proportion(capsys: Any) -> None:
    assert bench_batch.bench_batch(rows=LOANS, as_json=True) == 0
    result = json.loads(capsys.readouterr().out)
    ratio = result["times_faster_than_row_store"] / result["times_faster_than_columnar"]
    assert ratio == pytest.approx(7.9 * 3600 / 230, rel=0.05)
    assert (result["disbursement_rows"], result["repayment_rows"]) == (LOANS, 2 * LOANS)
    assert result["peak_memory_bytes"] >= 0
    assert not result["is_published_size"]
