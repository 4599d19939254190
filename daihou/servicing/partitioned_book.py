"""The book of one day as Parquet files, one per range of clients, for work on several machines.

One row per loan: its place in the book, its terms, and its plan and entries as lists. A client's
loans stand in one file, and a file is one row group, which no engine divides. Positions come back
as Parquet files in any number and order; each row says which place it belongs to.

Nothing here knows Django, a database or Spark: an executor needs this module and the kernel only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from loanmath.book import DTYPES, OFFSETS, TERMS, Book, make_book, slice_book
from loanmath.compiled import KERNEL_VERSION
from loanmath.positions import POSITION_DTYPES, Positions, make_positions, positions

Numbers = npt.NDArray[np.int64]


def _rows_by_offsets() -> dict[str, tuple[str, ...]]:
    """Which columns are divided by which offsets: in `Book` they stand behind them.

    Read off `Book` itself, so that what a loan may have more of tomorrow travels with it.
    """
    begins = [Book._fields.index(name) for name in OFFSETS]
    ends = [*begins[1:], len(Book._fields)]
    return {
        name: Book._fields[begin + 1 : end]
        for name, begin, end in zip(OFFSETS, begins, ends, strict=True)
    }


_LISTS = _rows_by_offsets()


def _arrow(dtype: npt.DTypeLike) -> pa.DataType:
    return pa.from_numpy_dtype(np.dtype(dtype))


_KEYS = [pa.field("place", pa.int64()), pa.field("loan_id", pa.int64())]
BOOK_SCHEMA = pa.schema(
    [
        *_KEYS,
        pa.field("customer_id", pa.int64()),
        *(pa.field(name, _arrow(DTYPES[name])) for name in TERMS),
        *(
            pa.field(name, pa.list_(_arrow(DTYPES[name])))
            for rows in _LISTS.values()
            for name in rows
        ),
    ]
)
POSITION_SCHEMA = pa.schema(
    [*_KEYS, *(pa.field(name, _arrow(dtype)) for name, dtype in POSITION_DTYPES.items())]
)


class PartitionsDoNotFit(Exception):
    """What came back is not the book that was sent; the message says what is wrong."""


def client_ranges(customers: Numbers, loans: int) -> Iterator[tuple[int, int]]:
    """Cut a book sorted by client into ranges of about so many loans, never within a client."""
    first = 0
    while first < customers.size:
        last = int(
            np.searchsorted(customers, customers[min(first + loans, customers.size) - 1], "right")
        )
        yield first, last
        first = last


def write_book(
    folder: Path,
    books: Iterable[tuple[slice, Book]],
    loan_ids: Numbers,
    customers: Numbers,
    loans_per_file: int,
) -> list[Path]:
    """Write the book into a new folder, range by range: no more than one is in memory at a time.

    `books` are its parts in order, each with the places of its loans in the whole.
    """
    folder.mkdir(parents=True)
    files: list[Path] = []
    for where, book in books:
        for first, last in client_ranges(customers[where], loans_per_file):
            places = np.arange(where.start + first, where.start + last)
            keys = {
                "place": places,
                "loan_id": loan_ids[places],
                "customer_id": customers[places],
            }
            file = folder / f"clients-{len(files):05d}.parquet"
            pq.write_table(
                _rows_of(slice_book(book, first, last), keys),
                file,
                row_group_size=last - first,
                compression="zstd",
                compression_level=1,
                use_dictionary=False,
            )
            files.append(file)
    return files


def _rows_of(book: Book, keys: dict[str, Numbers]) -> pa.Table:
    """Loans as rows, without copying their plans and entries."""
    columns: dict[str, Any] = dict(keys)
    columns |= {name: getattr(book, name) for name in TERMS}
    for offsets, rows in _LISTS.items():
        at = pa.array(getattr(book, offsets), pa.int32())
        for name in rows:
            columns[name] = pa.ListArray.from_arrays(at, pa.array(getattr(book, name)))
    return pa.table([columns[name] for name in BOOK_SCHEMA.names], schema=BOOK_SCHEMA)


def book_of(batch: pa.RecordBatch) -> Book:
    """Rows of loans as a book for the kernel, again without copying."""
    columns: dict[str, Any] = {name: batch.column(name).to_numpy() for name in TERMS}
    for offsets, rows in _LISTS.items():
        for name in rows:
            lists = batch.column(name)
            at = lists.offsets.to_numpy()
            columns[name] = lists.values.to_numpy()[at[0] : at[-1]]
            columns[offsets] = at - at[0]
    return make_book(**columns)


def positions_of(
    batches: Iterable[pa.RecordBatch], day: int, kernel: str
) -> Iterator[pa.RecordBatch]:
    """Where the loans of each batch stand on the evening of a day: what every executor does.

    `kernel` is the version that whoever asks has; another one here would give figures that nobody
    could compute again, so it raises `PartitionsDoNotFit`.
    """
    if kernel != KERNEL_VERSION:
        raise PartitionsDoNotFit(
            f"执行机上的计算内核是 {KERNEL_VERSION},主机上的是 {kernel}:请在各机安装同一版本"
        )
    for batch in batches:
        found = positions(book_of(batch), day, threads=1)  # the engine runs a task per processor
        keys = [batch.column("place"), batch.column("loan_id")]
        yield pa.RecordBatch.from_arrays(
            [*keys, *(pa.array(column) for column in found)], schema=POSITION_SCHEMA
        )


def read_positions(files: Iterable[Path], loan_ids: Numbers) -> Positions:
    """Put what came back into the order of the book; every loan must be there exactly once.

    Raises `PartitionsDoNotFit` for a loan that is missing, there twice, or not at its place.
    """
    result = make_positions(loan_ids.size)
    seen = np.zeros(loan_ids.size, np.int64)
    for file in files:
        rows = pq.read_table(file, schema=POSITION_SCHEMA, partitioning=None)
        places = rows["place"].to_numpy()
        if places.size and not (places.min() >= 0 and places.max() < loan_ids.size):
            raise PartitionsDoNotFit("返回的借据状态不属于本账")
        if not np.array_equal(loan_ids[places], rows["loan_id"].to_numpy()):
            raise PartitionsDoNotFit("返回的借据状态与借据编号对不上")
        np.add.at(seen, places, 1)
        for name in Positions._fields:
            getattr(result, name)[places] = rows[name].to_numpy()
    missing, repeated = int((seen == 0).sum()), int((seen > 1).sum())
    if missing or repeated:
        raise PartitionsDoNotFit(f"返回的借据状态缺 {missing} 笔,重 {repeated} 笔")
    return result
