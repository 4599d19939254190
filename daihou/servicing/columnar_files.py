"""Keeps the columnar book in files: whole or not at all, and never another database's.

Each state of the book is a folder of `.npy` files beside a `manifest.json` that names it. A new
state is written under another name and flushed before the manifest is replaced; files that did not
change are linked, not copied. It is written beside the day's work, which goes on with the arrays
in memory: the book is derived, so that a run that dies before it stands has lost nothing.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from daihou.servicing.columnar import ColumnarBook, grown
from daihou.servicing.marks import BookMarks
from daihou.servicing.windowed_rows import NewRows, WindowedRows
from daihou.storage.packed_columns import Columns

_FORMAT = 2  # raise when the meaning or the set of the files changes
_MANIFEST = "manifest.json"
_HEADER_BYTES = 128  # of a .npy file without rows
_SORT_BY = {
    "plan": ("due", "due"),
    "entries": ("entry_date", "entry_id"),
    "changes": ("change_date", "change_id"),
}
_ROWS = {"plan": PLAN_DTYPES, "entries": ENTRY_DTYPES, "changes": CHANGE_DTYPES}


@dataclass
class ColumnarBookFiles:
    """The files of one database's columnar book, and the book as last brought up to date."""

    folder: Path
    connection: psycopg.Connection
    _book: ColumnarBook | None = None
    _saving: Future[Path] | None = None
    # By the identity of an array: the array, so that its identity stays its own, and its file.
    _mapped: dict[int, tuple[npt.NDArray[Any], Path]] = field(default_factory=dict)

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
            book = grown(self.connection, book, marks)
            identity = database_identity(self.connection, marks)
            thread = ThreadPoolExecutor(1)
            self._saving = thread.submit(self._save, book, identity)
            thread.shutdown(wait=False)
        self._book = book
        return book

    def settle(self) -> None:
        """Wait until the book stands in its files, and go on with it mapped from there."""
        if self._saving is not None and self._book is not None:
            place, self._saving = self._saving.result(), None
            self._book = self._mapped_from(self._book.marks, place)

    def rebuild(self, marks: BookMarks) -> ColumnarBook:
        """Build the book anew from the database alone."""
        self.forget()
        return self.up_to(marks)

    def forget(self) -> None:
        """Drop the files; the next use builds them anew."""
        self._book = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _load(self) -> ColumnarBook:
        """The book in the files; an empty one where there are none, or another database's."""
        try:
            manifest = json.loads((self.folder / _MANIFEST).read_text())
            marks = BookMarks(**manifest["marks"])
            known = (_FORMAT, database_identity(self.connection, marks))
            if (manifest["format"], manifest["database"]) != known:
                return ColumnarBook.empty()
            book = self._mapped_from(marks, self.folder / manifest["folder"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return ColumnarBook.empty()  # derived: whatever is wrong with it, it is built anew
        return book if book.control_totals() == manifest["totals"] else ColumnarBook.empty()

    def _mapped_from(self, marks: BookMarks, place: Path) -> ColumnarBook:
        """The book in a folder, its arrays mapped and not read."""
        book = _book_of(marks, place)
        arrays = _arrays_of(book).items()
        self._mapped = {id(array): (array, place / f"{name}.npy") for name, array in arrays}
        return book

    def _save(self, book: ColumnarBook, identity: str) -> Path:
        """Write the book beside the old one, then let the manifest point at it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self._free_name()
        place.mkdir()
        for name, array in _arrays_of(book).items():
            target = place / f"{name}.npy"
            if id(array) in self._mapped:
                os.link(self._mapped[id(array)][1], target)
            else:
                _write(target, array)
        _flush(place)
        manifest = {
            "format": _FORMAT,
            "database": identity,
            "folder": place.name,
            "marks": book.marks.as_dict(),
            "totals": book.control_totals(),
        }
        _replace(self.folder / _MANIFEST, json.dumps(manifest, indent=1))
        for old in self.folder.glob("state-*"):
            if old != place:
                shutil.rmtree(old)
        return place

    def _free_name(self) -> Path:
        """A folder that does not exist yet; what a killed run left behind is in nobody's way."""
        numbers = (int(old.name.removeprefix("state-")) for old in self.folder.glob("state-*"))
        return self.folder / f"state-{max(numbers, default=0) + 1}"


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


def _array(place: Path, name: str) -> npt.NDArray[Any]:
    """One array, mapped; an empty file cannot be mapped and is read."""
    path = place / f"{name}.npy"
    header_only = path.stat().st_size <= _HEADER_BYTES
    return np.load(path) if header_only else np.asarray(np.load(path, mmap_mode="r"))


def _columns(place: Path, prefix: str, names: Iterable[str]) -> Columns:
    return {name: _array(place, f"{prefix}.{name}") for name in names}


def _arrays_of(book: ColumnarBook) -> dict[str, npt.NDArray[Any]]:
    """Every array of a book by the name of its file."""
    arrays = {f"loans.{name}": values for name, values in book.loans.items()}
    for prefix in _ROWS:
        rows: WindowedRows = getattr(book, prefix)
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


def _book_of(marks: BookMarks, place: Path) -> ColumnarBook:
    rows = {prefix: _rows_of(prefix, place) for prefix in _ROWS}
    return ColumnarBook(marks, _columns(place, "loans", LOAN_DTYPES), **rows)


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


def _write(path: Path, array: npt.NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    _flush(path.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
