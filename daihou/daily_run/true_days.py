"""What is true of past days: the true rows of corrected loans, beside each day's snapshot.

A snapshot keeps what its day knew. For a day of which corrections speak, the loans concerned are
computed once more by what is known since, with the kernel, the true grades and the corrected
signals, and kept in a file beside the snapshot. The file is named by the corrections it rests on,
made when it is first asked for, and derived: it may be deleted at will.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection as django_connection
from django.db import transaction

from daihou.classification.regrading import stored_grades
from daihou.daily_run.correction_lines import true_signals
from daihou.daily_run.day_snapshot import (
    COLOUR_COLUMNS,
    on_the_book,
    paid_on,
    standing_columns,
    terms_columns,
)
from daihou.daily_run.models import BusinessDay
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_growth import book_of_loans
from daihou.servicing.marks import BookMarks
from daihou.servicing.snapshots import (
    CORRECTED_SCHEMA,
    corrected_path,
    snapshot_path,
    snapshot_table,
    write_corrected,
)
from loanmath.book import Book
from loanmath.dates import day_number
from loanmath.positions import positions

_LOCK = 7_201_144  # of those who make the files of true rows
_AS_BELIEVED = ("branch_id", "officer_id", "product_id", "is_retail", "industry")

Signals = dict[tuple[int, int], int]  # loan and rule to colour

_CORRECTED_DAYS = """
    SELECT day, max(correction.id), count(*), max(found_on) FROM unnest(%s::date[]) AS day
    JOIN daily_run_correction AS correction
      ON daterange(correction.since, correction.until, '[]') @> day
    GROUP BY day
"""
_CORRECTIONS = """
    SELECT loan_id, since, until, changes::text FROM daily_run_correction AS correction
    WHERE EXISTS (SELECT FROM unnest(%s::date[]) AS day
      WHERE daterange(correction.since, correction.until, '[]') @> day)
    ORDER BY found_on, id
"""
_SIGNALS = """
    SELECT loan_id, rule, colour, first_seen_on, ceased_on FROM early_warning_signal
    WHERE loan_id = ANY(%s) AND first_seen_on <= %s AND (ceased_on IS NULL OR ceased_on > %s)
"""


@dataclass(frozen=True)
class _Told:
    """A correction, as far as the true rows of a day rest on it."""

    loan: int
    since: dt.date
    until: dt.date
    changes: Sequence[Mapping[str, Any]]


def true_rows_of(days: Iterable[dt.date]) -> dict[dt.date, Path]:
    """The files with the true rows of those days that were corrected; makes what is missing.

    A day without a file is as true as its snapshot. One query where every file is there.
    """
    folder = Path(settings.SNAPSHOT_FOLDER)
    asked = sorted({day for day in days if snapshot_path(folder, day).exists()})
    found, known_by = _files(folder, asked)
    if any(not path.exists() for path in found.values()):
        with transaction.atomic(), django_connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            missing = {day: path for day, path in found.items() if not path.exists()}
            if missing and known_by is not None:
                _make(folder, missing, known_by)
    return found


def _files(folder: Path, days: list[dt.date]) -> tuple[dict[dt.date, Path], dt.date | None]:
    """By day the file that holds its true rows, there or not, and the day that knew it all."""
    with django_connection.cursor() as cursor:
        cursor.execute(_CORRECTED_DAYS, [days])
        rows = cursor.fetchall()
    files = {
        day: corrected_path(folder, day, f"{last}-{count}") for day, last, count, _ in sorted(rows)
    }
    return files, max((found_on for *_, found_on in rows), default=None)


def _make(folder: Path, files: Mapping[dt.date, Path], known_by: dt.date) -> None:
    connection = _connection()
    days = sorted(files)
    rows = connection.execute(_CORRECTIONS, (days,)).fetchall()
    told = [_Told(loan, since, until, json.loads(changes)) for loan, since, until, changes in rows]
    truth = _Truth.read(connection, days, told, known_by)
    for day, path in files.items():
        write_corrected(path, truth.rows_of(day, _believed(folder, day)))


def _connection() -> psycopg.Connection:
    django_connection.ensure_connection()
    link: psycopg.Connection = django_connection.connection
    return link


def _believed(folder: Path, day: dt.date) -> pa.Table:
    """Who managed each loan, by the day's own snapshot."""
    return pq.read_table(
        snapshot_path(folder, day), columns=["loan_id", *_AS_BELIEVED], partitioning=None
    )


@dataclass(frozen=True)
class _Truth:
    """Corrected loans by all that a business day knew of them, ready for each earlier day."""

    told: Sequence[_Told]
    columnar: ColumnarBook
    known: Book
    days: list[dt.date]
    grades: npt.NDArray[np.int8]  # one row a day, one column a loan
    signals: list[tuple[int, int, int, dt.date, dt.date | None]]
    by_loan: Mapping[int, list[_Told]] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        connection: psycopg.Connection,
        days: list[dt.date],
        told: Sequence[_Told],
        known_by: dt.date,
    ) -> _Truth:
        """Read what the day `known_by` knew of the loans."""
        marks = BookMarks(**BusinessDay.objects.get(day=known_by).inputs["marks"])
        columnar = book_of_loans(connection, marks, {one.loan for one in told})
        [(_, known)] = columnar.on(day_number(known_by))
        ids = columnar.loans["loan_id"]
        grades, _ = stored_grades(connection, days, ids)
        values = (ids.tolist(), days[-1], days[0])
        by_loan: dict[int, list[_Told]] = defaultdict(list)
        for one in told:
            by_loan[one.loan].append(one)
        rows = connection.execute(_SIGNALS, values).fetchall()
        return cls(told, columnar, known, days, grades.grade, rows, by_loan)

    def rows_of(self, day: dt.date, believed: pa.Table) -> pa.Table:
        """The true rows of the loans whose corrections speak of a day."""
        number = day_number(day)
        book = BookOnDay(day, self.columnar, positions(self.known, number))
        places = self._places(day, book)
        ids = book.loans["loan_id"][places]
        grade = self.grades[self.days.index(day)][places]
        columns: dict[str, Any] = {
            **terms_columns(book, places),
            **standing_columns(book, places),
            **_counts(ids, self._signals_on(day)),
            "grade": pa.array(grade, mask=grade == 0),
            "paid_today": paid_on(self.known, number)[places],
            "on_book": on_the_book(book)[places],
        }
        return snapshot_table(columns | _as_believed(ids, columns, believed), CORRECTED_SCHEMA)

    def _places(self, day: dt.date, book: BookOnDay) -> npt.NDArray[np.intp]:
        """The loans to be told of; one that cannot be computed stays as it was believed."""
        loans = {one.loan for one in self.told if one.since <= day <= one.until}
        places = self.columnar.places.of(np.array(sorted(loans), np.int64))
        places = np.sort(places[places >= 0])
        return np.asarray(places[~book.is_set_aside[places]])

    def _signals_on(self, day: dt.date) -> Signals:
        """The signals that showed on a day, and what corrections say of them since."""
        showing: Signals = {
            (loan, rule): colour
            for loan, rule, colour, first, ceased in self.signals
            if first <= day and (ceased is None or ceased > day)
        }
        for loan, corrections in self.by_loan.items():
            for one in corrections:  # the latest is the last to speak
                for signal in true_signals(one.changes, day):
                    if signal.colour is None:
                        showing.pop((loan, signal.rule), None)
                    else:
                        showing[(loan, signal.rule)] = int(signal.colour)
        return showing


def _counts(ids: npt.NDArray[np.int64], signals: Signals) -> dict[str, npt.NDArray[np.int16]]:
    """How many signals of each colour show on each loan."""
    counted = Counter((loan, colour) for (loan, _), colour in signals.items())
    return {
        name: np.array([counted[(loan, int(colour))] for loan in ids.tolist()], np.int16)
        for name, colour in COLOUR_COLUMNS.items()
    }


def _as_believed(
    ids: npt.NDArray[np.int64], columns: Mapping[str, Any], believed: pa.Table
) -> dict[str, pa.Array]:
    """Who managed a client on a day, and what the loan was, as the day's snapshot has it."""
    at = pc.index_in(pa.array(ids), believed["loan_id"].combine_chunks())
    return {
        name: pc.if_else(pc.is_valid(at), _plain(believed[name]).take(at), _plain(columns[name]))
        for name in _AS_BELIEVED
    }


def _plain(values: Any) -> pa.Array:
    """Values as an Arrow array; words as words."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return array.cast(pa.string()) if pa.types.is_dictionary(array.type) else array
