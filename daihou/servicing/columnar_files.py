"""Keeps the columnar book in files: whole or not at all, and never another database's.

Each state of the book is a `manifest.json` that names folders of `.npy` files: one with the loans,
one for each volume. What changed is written into folders of a new name and flushed before the
manifest is replaced; folders that did not change are named again, and files that did not change are
linked. Flushing goes on beside the day's work, which reads the files meanwhile: the book is
derived, so that a run that dies before it stands has lost nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.conf import settings

from daihou.servicing.book_columns import (
    CHANGE_DTYPES,
    ENTRY_DTYPES,
    LOAN_DTYPES,
    PLAN_DTYPES,
)
from daihou.servicing.columnar import ColumnarBook, Volume, VolumeRows
from daihou.servicing.columnar_growth import grown
from daihou.servicing.marks import BookMarks
from daihou.servicing.windowed_rows import NewRows, WindowedRows
from daihou.storage.packed_columns import Columns
from daihou.storage.whole_files import flush, written_whole

_FORMAT = 3  # raise when the meaning or the set of the files changes
_MANIFEST = "manifest.json"
_HEADER_BYTES = 128  # of a .npy file without rows
_SORT_BY = {
    "plan": ("due", "due"),
    "entries": ("entry_date", "entry_id"),
    "changes": ("change_date", "change_id"),
}
_ROWS = {"plan": PLAN_DTYPES, "entries": ENTRY_DTYPES, "changes": CHANGE_DTYPES}


@dataclass(frozen=True)
class VolumeFiles:
    """A volume in its folder; opened, its arrays are mapped and not read."""

    folder: Path
    totals: Mapping[str, int]

    def open(self) -> VolumeRows:
        """The rows, mapped from the files."""
        return VolumeRows(**{prefix: _rows_of(prefix, self.folder) for prefix in _ROWS})


@dataclass
class ColumnarBookFiles:
    """The files of one database's columnar book, and the book as last brought up to date."""

    folder: Path
    connection: psycopg.Connection
    _book: ColumnarBook | None = None
    _saving: Future[None] | None = None
    _loans_at: Path | None = None  # where the columns of `_book.loans` lie

    @classmethod
    @contextmanager
    def of_installation(cls, connection: psycopg.Connection) -> Iterator[ColumnarBookFiles]:
        """The files in the installation's folder, for the database of the connection."""
        files = cls(Path(settings.COLUMNAR_BOOK_FOLDER), connection)
        try:
            yield files
        finally:
            files.settle()

    def up_to(self, marks: BookMarks) -> ColumnarBook:
        """The book up to the marks: from memory, from the files, or built anew."""
        self.settle()
        book = self._book if self._book is not None else self._load()
        if not marks.covers(book.marks):
            book = ColumnarBook.empty()
        if book.marks != marks:
            book = self._brought_up_to(book, marks)
        self._book = book
        return book

    def settle(self) -> None:
        """Wait until the book stands in its files."""
        if self._saving is not None:
            saving, self._saving = self._saving, None
            saving.result()

    def rebuild(self, marks: BookMarks) -> ColumnarBook:
        """Build the book anew from the database alone."""
        self.forget()
        return self.up_to(marks)

    def forget(self) -> None:
        """Drop the files; the next use builds them anew."""
        self.settle()
        self._book = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _brought_up_to(self, before: ColumnarBook, marks: BookMarks) -> ColumnarBook:
        """Write what changed into new folders, and let the manifest name them once they stand."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = self._free_number()

        def keep(number: int, rows: VolumeRows, was: tuple[Volume, VolumeRows] | None) -> Volume:
            folder = self._place(state, f"volume-{number:05d}")
            _write_volume(folder, rows, was)
            return VolumeFiles(folder, rows.totals())

        book = grown(self.connection, before, marks, keep=keep, spool_folder=self.folder)
        if book.loans is not before.loans or self._loans_at is None:
            self._loans_at = self._place(state, "loans")
            _write_all(self._loans_at, book.loans)
        manifest = {
            "format": _FORMAT,
            "database": database_identity(self.connection, marks),
            "marks": marks.as_dict(),
            "clients_per_volume": book.clients_per_volume,
            "loans": self._loans_at.name,
            "totals": _totals(book.loans),
            "volumes": {
                str(number): {"folder": files.folder.name, "totals": files.totals}
                for number, files in book.volumes.items()
                if isinstance(files, VolumeFiles)
            },
        }
        thread = ThreadPoolExecutor(1)
        self._saving = thread.submit(self._let_stand, manifest)
        thread.shutdown(wait=False)
        return book

    def _let_stand(self, manifest: dict[str, Any]) -> None:
        """Flush the folders that the manifest names, name them, and drop all others."""
        kept = {manifest["loans"], *(one["folder"] for one in manifest["volumes"].values())}
        number = max(name.partition(".")[0] for name in kept)
        for name in sorted(kept):
            if name.startswith(f"{number}."):
                for file in (self.folder / name).iterdir():
                    flush(file)
                flush(self.folder / name)
        with written_whole(self.folder / _MANIFEST) as unfinished:
            unfinished.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        for old in self.folder.iterdir():
            if old.is_dir() and old.name not in kept:
                shutil.rmtree(old)

    def _load(self) -> ColumnarBook:
        """The book in the files; an empty one where there are none, or another database's."""
        try:
            manifest = json.loads((self.folder / _MANIFEST).read_text())
            marks = BookMarks(**manifest["marks"])
            empty = ColumnarBook.empty()
            known = (_FORMAT, database_identity(self.connection, marks), empty.clients_per_volume)
            if tuple(manifest[n] for n in ("format", "database", "clients_per_volume")) != known:
                return empty
            self._loans_at = self.folder / manifest["loans"]
            loans = {name: _array(self._loans_at, name) for name in LOAN_DTYPES}
            volumes = {
                int(number): VolumeFiles(self.folder / one["folder"], one["totals"])
                for number, one in manifest["volumes"].items()
            }
            sound = _totals(loans) == manifest["totals"] and all(
                files.open().totals() == files.totals for files in volumes.values()
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            sound = False  # derived: whatever is wrong with it, it is built anew
        if not sound:
            self._loans_at = None
            return ColumnarBook.empty()
        return ColumnarBook(marks, loans, volumes, empty.clients_per_volume)

    def _place(self, state: int, name: str) -> Path:
        place = self.folder / f"{state:08d}.{name}"
        place.mkdir()
        return place

    def _free_number(self) -> int:
        """Larger than any in use; what a killed run left behind is in nobody's way."""
        numbers = [old.name.partition(".")[0] for old in self.folder.glob("*.*") if old.is_dir()]
        return 1 + max((int(number) for number in numbers if number.isdigit()), default=0)


@contextmanager
def built_aside(connection: psycopg.Connection, marks: BookMarks) -> Iterator[ColumnarBook]:
    """The book built anew from the tables alone, in files of its own that are gone afterwards.

    No more of it is in memory than of the daily run's: the loans' columns, and a volume or two.
    """
    home = Path(settings.COLUMNAR_BOOK_FOLDER).parent
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".columnar_book-", dir=home) as name:
        place = Path(name)

        def keep(number: int, rows: VolumeRows, _was: tuple[Volume, VolumeRows] | None) -> Volume:
            folder = place / f"volume-{number:05d}"
            folder.mkdir()
            _write_volume(folder, rows, None)
            return VolumeFiles(folder, rows.totals())

        yield grown(connection, ColumnarBook.empty(), marks, keep=keep, spool_folder=place)


def database_identity(connection: psycopg.Connection, marks: BookMarks) -> str:
    """What tells this database, with these rows in it, from any other.

    Two databases may have the same numbers of rows (a test's, a restored copy's), so the times at
    which the last rows were recorded belong to it.
    """
    row = connection.execute(
        "SELECT concat_ws('/', current_database(),"
        " (SELECT oid FROM pg_database WHERE datname = current_database()),"
        " (SELECT extract(epoch FROM recorded_at) FROM loan_book_loan WHERE id = %s),"
        " (SELECT extract(epoch FROM recorded_at) FROM loan_book_planversion WHERE id = %s),"
        " (SELECT extract(epoch FROM recorded_at) FROM ledger_ledgerentry WHERE id = %s),"
        " (SELECT extract(epoch FROM recorded_at) FROM loan_book_termchange WHERE id = %s))",
        (marks.loan, marks.plan, marks.entry, marks.terms),
    ).fetchone()
    assert row is not None
    return str(row[0])


def _totals(loans: Columns) -> dict[str, int]:
    """How many loans there are, and how much was lent: equal totals, equal columns."""
    return {"loans": int(loans["loan_id"].size), "amount": int(loans["principal"].sum())}


def _array(place: Path, name: str) -> npt.NDArray[Any]:
    """One array, mapped; an empty file cannot be mapped and is read."""
    path = place / f"{name}.npy"
    header_only = path.stat().st_size <= _HEADER_BYTES
    return np.load(path) if header_only else np.asarray(np.load(path, mmap_mode="r"))


def _columns(place: Path, prefix: str, names: Iterable[str]) -> Columns:
    return {name: _array(place, f"{prefix}.{name}") for name in names}


def _arrays_of(volume: VolumeRows) -> Columns:
    """Every array of a volume by the name of its file."""
    arrays: Columns = {}
    for prefix in _ROWS:
        rows: WindowedRows = getattr(volume, prefix)
        arrays |= {f"{prefix}.{name}": values for name, values in rows.columns.items()}
        arrays |= {f"{prefix}.past.{name}": values for name, values in rows.past.columns.items()}
        arrays |= {
            f"{prefix}.at": rows.at,
            f"{prefix}.late": rows.late,
            f"{prefix}.late_from": rows.late_from,
            f"{prefix}.past_loan": rows.past.loan,
            f"{prefix}.past_known_from": rows.past.known_from,
            f"{prefix}.past_until": rows.past.until,
        }
    return arrays


def _rows_of(prefix: str, place: Path) -> WindowedRows:
    past = NewRows(
        _array(place, f"{prefix}.past_loan"),
        _columns(place, f"{prefix}.past", _ROWS[prefix]),
        _array(place, f"{prefix}.past_known_from"),
        _array(place, f"{prefix}.past_until"),
    )
    return WindowedRows(
        _SORT_BY[prefix],
        _array(place, f"{prefix}.at"),
        _columns(place, prefix, _ROWS[prefix]),
        _array(place, f"{prefix}.late"),
        _array(place, f"{prefix}.late_from"),
        past,
    )


def _write_volume(folder: Path, rows: VolumeRows, was: tuple[Volume, VolumeRows] | None) -> None:
    """Write a volume; an array that is the one mapped from its old file is linked from there."""
    arrays = _arrays_of(rows)
    if was is not None and isinstance(was[0], VolumeFiles):
        held, opened = was[0].folder, _arrays_of(was[1])
        for name in [name for name, array in arrays.items() if array is opened[name]]:
            os.link(held / f"{name}.npy", folder / f"{name}.npy")
            del arrays[name]
    _write_all(folder, arrays)


def _write_all(folder: Path, arrays: Columns) -> None:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
