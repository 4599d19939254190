"""A book cut into files by client and computed piece by piece is the book computed as a whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daihou.servicing.partitioned_book import (
    BOOK_SCHEMA,
    POSITION_SCHEMA,
    PartitionsDoNotFit,
    book_of,
    client_ranges,
    positions_of,
    read_positions,
    write_book,
)
from loanmath.book import OFFSETS, Book
from loanmath.compiled import KERNEL_VERSION
from loanmath.dates import day_number
from loanmath.loans import Loan
from loanmath.loans import book_of as book_of_loans
from loanmath.positions import Positions, positions
from tests.loanmath.contracts import FIRST, loans

ROWS_PER_BATCH = 3  # so that batches begin in the middle of a file


def batches_of(files: list[Path]) -> Iterator[pa.RecordBatch]:
    for file in files:
        yield from pq.ParquetFile(file).iter_batches(ROWS_PER_BATCH)


def written(folder: Path, book: Book, clients: list[int], per_file: int) -> list[Path]:
    ids = np.arange(book.principal.size) + 101
    return write_book(
        folder / "book", [(slice(0, ids.size), book)], ids, np.array(sorted(clients)), per_file
    )


def computed(folder: Path, files: list[Path], day: int) -> list[Path]:
    """Each batch as a file of its own, the last one first: order must not matter."""
    returned = []
    for number, batch in enumerate(positions_of(batches_of(files), day, KERNEL_VERSION)):
        returned.append(folder / f"part-{number}.parquet")
        pq.write_table(pa.Table.from_batches([batch]), returned[-1])
    return returned[::-1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(loans(), st.integers(1, 6)), min_size=1, max_size=10),
    st.integers(1, 7),
    st.integers(0, 1400),
)
def test_piece_by_piece_equals_the_whole(
    drawn: list[tuple[Loan, int]], per_file: int, shift: int
) -> None:
    book = book_of_loans([loan for loan, _ in drawn])
    clients = [client for _, client in drawn]
    day = day_number(FIRST) + shift
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = written(folder, book, clients, per_file)
        found = read_positions(computed(folder, files, day), np.arange(len(drawn)) + 101)
    for field, ours, theirs in zip(Positions._fields, found, positions(book, day), strict=True):
        assert np.array_equal(ours, theirs), field


@given(st.lists(st.integers(1, 8), max_size=40).map(sorted), st.integers(1, 10))
def test_a_client_is_never_divided(clients: list[int], per_file: int) -> None:
    ranges = list(client_ranges(np.array(clients, np.int64), per_file))
    assert [n for first, last in ranges for n in range(first, last)] == list(range(len(clients)))
    held = [set(clients[first:last]) for first, last in ranges]
    assert sum(len(part) for part in held) == len(set(clients))
    assert all(last - first >= per_file for first, last in ranges[:-1])


@pytest.fixture
def three(tmp_path: Path) -> tuple[Book, list[Path]]:
    loan = loans().filter(lambda drawn: len(drawn.plan) > 1)
    book = book_of_loans([one_of(loan) for _ in range(3)])
    return book, written(tmp_path, book, [1, 1, 2], 1)


def one_of(strategy: st.SearchStrategy[Loan]) -> Loan:
    """Any loan."""
    found: list[Loan] = []

    @settings(max_examples=1, database=None, derandomize=True)
    @given(strategy)
    def draw(loan: Loan) -> None:
        found.append(loan)

    draw()
    return found[0]


def test_a_file_is_one_range_of_clients_in_one_piece(three: tuple[Book, list[Path]]) -> None:
    _, files = three
    read = [pq.ParquetFile(file) for file in files]
    assert [file.metadata.num_rows for file in read] == [2, 1]
    assert [file.metadata.num_row_groups for file in read] == [1, 1]


def test_everything_of_a_book_travels(three: tuple[Book, list[Path]]) -> None:
    """A column that the kernel reads and that were left behind would be taken for empty."""
    assert set(BOOK_SCHEMA.names) >= set(Book._fields) - set(OFFSETS)
    assert set(pq.read_schema(three[1][0]).names) == set(BOOK_SCHEMA.names)


def test_a_book_survives_the_way_through_files(three: tuple[Book, list[Path]]) -> None:
    book, files = three
    [first, second] = [book_of(batch) for batch in batches_of(files)]
    for name in Book._fields:
        whole = getattr(book, name)
        parts = getattr(first, name), getattr(second, name)
        if name.endswith("_at"):
            whole, parts = np.diff(whole), tuple(np.diff(part) for part in parts)
        assert np.array_equal(whole, np.concatenate(parts)), name


def test_another_kernel_is_refused(three: tuple[Book, list[Path]]) -> None:
    with pytest.raises(PartitionsDoNotFit, match="计算内核"):
        next(positions_of(batches_of(three[1]), 20_000, "another"))


def test_what_does_not_come_back_whole_is_refused(
    three: tuple[Book, list[Path]], tmp_path: Path
) -> None:
    _, files = three
    returned = computed(tmp_path, files, day_number(FIRST) + 800)
    ids = np.arange(3) + 101
    assert len(returned) == 2
    with pytest.raises(PartitionsDoNotFit, match="缺 1 笔"):
        read_positions(returned[1:], ids)
    with pytest.raises(PartitionsDoNotFit, match="重 1 笔"):
        read_positions([*returned, returned[0]], ids)
    with pytest.raises(PartitionsDoNotFit, match="对不上"):
        read_positions(returned, ids[::-1].copy())
    with pytest.raises(PartitionsDoNotFit, match="不属于本账"):
        read_positions(returned, ids[:2])
    assert pq.read_schema(returned[0]).equals(POSITION_SCHEMA)
