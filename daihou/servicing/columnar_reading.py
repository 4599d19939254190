"""Reads the rows of the book out of PostgreSQL and sorts them by volume on the way.

A large table is read in stretches over two connections at once; what does not fit into memory waits
in files. The order of the rows does not matter, they are put in order within their volume.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock

import numba
import numpy as np
import numpy.typing as npt
import psycopg

from daihou.servicing.book_columns import (
    CLIENT_COLUMNS,
    ENTRY_COLUMNS,
    LOAN_COLUMNS,
    LOAN_SOURCE,
    PLAN_COLUMNS,
    TERMS_COLUMNS,
    TERMS_SOURCE,
)
from daihou.servicing.marks import BookMarks
from daihou.storage.packed_columns import (
    Column,
    Columns,
    ListColumn,
    column_batches,
    joined_columns,
    same_view,
)

MANY_ROWS = 100_000  # of plans; from here on a second connection is worth opening
MOST_HELD = 2**30  # bytes of rows that wait in memory
_STRETCH = 16_384  # pages of a table that are read at a time
_FILE_BUFFER = 2**17


@dataclass(frozen=True)
class Source:
    """A table of the book: where its rows come from, which columns, and their keys."""

    rows: str
    columns: Mapping[str, Column | ListColumn]
    table: str
    name: str

    @property
    def key(self) -> str:
        """The number of a row."""
        return f"{self.name}.id"

    @property
    def loan(self) -> str:
        """The number of the loan that a row is about."""
        return f"{self.name}.{'id' if self.name == 'loan' else 'loan_id'}"


SOURCES: dict[str, Source] = {
    "loan": Source(LOAN_SOURCE, LOAN_COLUMNS, "loan_book_loan", "loan"),
    "client": Source(
        "loan_book_customer AS customer", CLIENT_COLUMNS, "loan_book_customer", "customer"
    ),
    "plan": Source("loan_book_planversion AS plan", PLAN_COLUMNS, "loan_book_planversion", "plan"),
    "entry": Source("ledger_ledgerentry AS entry", ENTRY_COLUMNS, "ledger_ledgerentry", "entry"),
    "terms": Source(TERMS_SOURCE, TERMS_COLUMNS, "loan_book_termchange", "change"),
}
LOANS = ("loan", "client")
ROWS_OF_LOANS = ("plan", "entry", "terms")


@dataclass(frozen=True)
class Wanted:
    """Which rows are to be read: those between two marks, and all rows of some loans."""

    above: BookMarks
    up_to: BookMarks
    loans: tuple[int, ...] = ()

    @property
    def is_much(self) -> bool:
        """Whether it is a book and not a day's additions."""
        return self.up_to.plan - self.above.plan >= MANY_ROWS


Take = Callable[[str, Columns], None]


def read_rows(
    connection: psycopg.Connection, wanted: Wanted, sources: Iterable[str], take: Take
) -> None:
    """Hand the rows of some sources to `take`, batch by batch, from up to two threads."""
    work: SimpleQueue[tuple[str, str]] = SimpleQueue()
    for what in sources:
        for where in _stretches(connection, what, wanted):
            work.put((what, where))

    def read(here: psycopg.Connection) -> None:
        while True:
            try:
                what, where = work.get_nowait()
            except Empty:
                return
            for batch in column_batches(
                here, SOURCES[what].rows, SOURCES[what].columns, where=where
            ):
                take(what, batch)

    if wanted.is_much:
        with same_view(connection) as second, ThreadPoolExecutor(1) as thread:
            aside = thread.submit(read, second)
            read(connection)
            aside.result()
    else:
        read(connection)
    if wanted.loans:
        _read_again(connection, wanted, sources, take)


def _stretches(connection: psycopg.Connection, what: str, wanted: Wanted) -> list[str]:
    """Conditions that together let through the rows between the marks."""
    source, between = SOURCES[what], _between(what, wanted)
    if not wanted.is_much:
        return [between]
    row = connection.execute(
        "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::int",
        (source.table,),
    ).fetchone()
    assert row is not None
    return [
        f"{between} AND {source.name}.ctid >= '({first},0)'::tid"
        f" AND {source.name}.ctid < '({first + _STRETCH},0)'::tid"
        for first in range(0, row[0] + 1, _STRETCH)
    ]


def _between(what: str, wanted: Wanted) -> str:
    """The condition that lets through the rows between the marks, or the clients of such loans."""
    if what != "client":
        key = SOURCES[what].key
        return f"{key} > {getattr(wanted.above, what)} AND {key} <= {getattr(wanted.up_to, what)}"
    if wanted.is_much:
        return "true"  # nearly all of them, and the others do no harm
    return (
        "customer.id IN (SELECT loan.customer_id FROM loan_book_loan AS loan"
        f" WHERE {_between('loan', wanted)})"
    )


def _read_again(
    connection: psycopg.Connection, wanted: Wanted, sources: Iterable[str], take: Take
) -> None:
    """All rows of some loans that were read before."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched (id bigint PRIMARY KEY)")
    connection.execute("TRUNCATE touched")
    connection.execute("INSERT INTO touched SELECT unnest(%s::bigint[])", (list(wanted.loans),))
    for what in sources:
        source = SOURCES[what]
        if what == "client":
            rows, where = source.rows, _CLIENTS_OF_TOUCHED
        else:
            rows = f"touched JOIN {source.rows} ON {source.loan} = touched.id"
            where = f"{source.key} <= {getattr(wanted.above, what)}"
        for batch in column_batches(connection, rows, source.columns, where=where):
            take(what, batch)


_CLIENTS_OF_TOUCHED = (
    "customer.id IN (SELECT loan.customer_id FROM touched"
    " JOIN loan_book_loan AS loan ON loan.id = touched.id)"
)


@dataclass
class Spool:
    """Rows that wait for their volume: in memory, and in files when there are many.

    `volume_of` gives the volume of each loan, by identity number.
    """

    volume_of: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]
    folder: Path
    _held: dict[tuple[str, int], list[Columns]] = field(default_factory=dict)
    _sizes: list[int] = field(default_factory=list)  # bytes of what is held
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    @contextmanager
    def beside(
        cls, volume_of: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]], folder: Path
    ) -> Iterator[Spool]:
        """A spool whose files lie in a folder of their own there, and are gone afterwards."""
        with tempfile.TemporaryDirectory(prefix=".spool-", dir=folder) as place:
            yield cls(volume_of, Path(place))

    @property
    def volumes(self) -> set[int]:
        """The volumes for which there are rows."""
        return {number for _, number in self._held}

    def add(self, what: str, columns: Columns) -> None:
        """Take rows, and put each to its volume."""
        parts = dict(_by_volume(columns, self.volume_of(columns["loan_id"])))
        with self._lock:
            for number, part in parts.items():
                self._held.setdefault((what, number), []).append(part)
                self._sizes.append(sum(values.nbytes for values in part.values()))
            if sum(self._sizes) > MOST_HELD:
                self._put_away()

    def take(self, what: str, number: int) -> Columns:
        """All rows of one kind for a volume, which the spool then forgets."""
        held = self._held.pop((what, number), [])
        columns = SOURCES[what].columns
        waiting = self.folder / f"{what}-{number}"
        if not waiting.exists():
            return joined_columns(held, columns)
        read = joined_columns([], columns)
        for name, nothing in read.items():
            file = waiting / name
            parts = [np.fromfile(file, nothing.dtype), *(part[name] for part in held)]
            file.unlink()
            read[name] = np.concatenate(parts)
        return read

    def _put_away(self) -> None:
        for (what, number), parts in self._held.items():
            place = self.folder / f"{what}-{number}"
            place.mkdir(exist_ok=True)
            for name in parts[0] if parts else ():
                with (place / name).open("ab", buffering=_FILE_BUFFER) as file:
                    for part in parts:
                        file.write(np.ascontiguousarray(part[name]).data)
            parts.clear()
        self._sizes.clear()


def _by_volume(columns: Columns, volume: npt.NDArray[np.int64]) -> Iterator[tuple[int, Columns]]:
    """The rows of each volume; rows that have none (-1) are left out."""
    if not volume.size:
        return
    low, high = int(volume.min()), int(volume.max())
    if low == high:
        if low >= 0:
            yield low, columns
        return
    order = np.argsort((volume - low).astype(np.uint16), kind="stable")
    counts = np.bincount(volume - low)
    numbers = np.flatnonzero(counts)
    ends = np.cumsum(counts)[numbers]
    begins, numbers = ends - counts[numbers], numbers + low
    lists = {name.removesuffix("_length") for name in columns if name.endswith("_length")}
    for number, first, last in zip(
        *(each.tolist() for each in (numbers, begins, ends)), strict=True
    ):
        if number >= 0:
            yield number, _some_rows(columns, lists, order[first:last])


def _some_rows(columns: Columns, lists: set[str], rows: npt.NDArray[np.int64]) -> Columns:
    """Some of the rows; lists with all their elements."""
    some: Columns = {}
    for name, values in columns.items():
        if name in lists:
            lengths = columns[f"{name}_length"]
            starts = np.cumsum(lengths) - lengths
            some[name] = take_runs(values, starts[rows], lengths[rows])
        else:
            some[name] = values[rows]
    return some


@numba.njit(cache=True, nogil=True)
def take_runs(values, starts, lengths):  # type: ignore[no-untyped-def]
    """The values of many stretches, one stretch after the other."""
    taken = np.empty(lengths.sum(), values.dtype)
    n = 0
    for i in range(starts.size):
        for place in range(starts[i], starts[i] + lengths[i]):
            taken[n] = values[place]
            n += 1
    return taken
