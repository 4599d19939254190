"""Corrects the history of grades: what was believed is kept, what is true is put beside it.

A correction compares, day by day, the grades that are stored with those that the rules give by what
is known now. From the first day on which they differ, the stored intervals of the loan are taken
out of what is known, and intervals with the true grades are written.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.codes import NOT_GRADED, SPOKEN
from daihou.classification.daily import TABLE, bad_sibling_lists, seen_lists, spoken_columns
from daihou.classification.gathering import Graded
from daihou.classification.limits import RULE_VERSION
from daihou.servicing.book_on_day import BookOnDay
from daihou.storage.packed_columns import Written, WrittenLists, write_columns
from loanmath.dates import NO_DATE, day_number

# The true grades of a day by its place, with what they rest on.
GradedOn = Callable[[int], tuple[BookOnDay, Graded]]


@dataclass(frozen=True)
class GradesOverDays:
    """Grades and the rules that spoke on some days: one row a day, one column a loan."""

    days: list[dt.date]
    loan_ids: npt.NDArray[np.int64]
    grade: npt.NDArray[np.int8]
    because: npt.NDArray[np.int32]

    def differs_from(self, other: GradesOverDays) -> npt.NDArray[np.bool_]:
        """Where the two say different things."""
        return np.asarray((self.grade != other.grade) | (self.because != other.because))


@dataclass(frozen=True)
class Interval:
    """One stored row of a loan's history, as far as a correction looks at it."""

    row: int
    valid_from: dt.date
    valid_to: dt.date | None
    grade: int
    because: int


@dataclass
class _Rewriting:
    """What a correction does to the table."""

    superseded: list[int] = field(default_factory=list)
    kept: list[tuple[int, dt.date | None]] = field(default_factory=list)  # row, until when it holds
    new: list[_NewInterval] = field(default_factory=list)


@dataclass(frozen=True)
class _NewInterval:
    column: int
    day: int  # the place among the days, on which it begins
    valid_to: dt.date | None
    grade: int
    previous: int
    because: int


def stored_grades(
    connection: psycopg.Connection, days: list[dt.date], loan_ids: npt.NDArray[np.int64]
) -> tuple[GradesOverDays, dict[int, list[Interval]]]:
    """The grades that are known now for some days, and the intervals by the loan's column."""
    rows = connection.execute(
        f"SELECT loan_id, id, valid_from, valid_to, grade, {SPOKEN} FROM classification_loangrade"
        " WHERE loan_id = ANY(%s) AND known_to IS NULL AND (valid_to IS NULL OR valid_to >= %s)"
        " ORDER BY loan_id, valid_from",
        (loan_ids.tolist(), days[0]),
    ).fetchall()
    column = {loan: place for place, loan in enumerate(loan_ids.tolist())}
    size = (len(days), loan_ids.size)
    found = GradesOverDays(days, loan_ids, np.zeros(size, np.int8), np.zeros(size, np.int32))
    intervals: dict[int, list[Interval]] = {}
    for loan, *values in rows:
        one, place = Interval(*values), column[loan]
        intervals.setdefault(place, []).append(one)
        first = bisect_left(days, one.valid_from)
        last = len(days) if one.valid_to is None else bisect_left(days, one.valid_to)
        found.grade[first:last, place] = one.grade
        found.because[first:last, place] = one.because
    return found, intervals


def correct_intervals(
    connection: psycopg.Connection,
    day: dt.date,
    *,
    stored: GradesOverDays,
    true: GradesOverDays,
    intervals: Mapping[int, list[Interval]],
    graded_on: GradedOn,
) -> int:
    """Put true intervals in the place of those that were believed; returns of how many loans.

    `day` is the business day that learned of it. The last true grade stays open: it holds until a
    daily step says otherwise.
    """
    rewriting = _Rewriting()
    differs = true.differs_from(stored)
    wrong = np.flatnonzero(differs.any(axis=0)).tolist()
    for column in wrong:
        first = int(np.argmax(differs[:, column]))
        _rewrite_one(rewriting, true, column, first, intervals.get(column, []))
    connection.execute(
        "UPDATE classification_loangrade SET known_to = now(), superseded_on = %s"
        " WHERE id = ANY(%s)",
        (day, rewriting.superseded),
    )
    _keep_beginnings(connection, day, rewriting)
    _write_new(connection, day, true, rewriting.new, graded_on)
    return len(wrong)


def _rewrite_one(
    to: _Rewriting, true: GradesOverDays, column: int, first: int, intervals: list[Interval]
) -> None:
    """One loan, whose stored history is wrong from the day `first` on."""
    since = true.days[first]
    spans = _spans(true, column, first)
    head = next((one for one in intervals if _reaches(one, since)), None)
    to.superseded.extend(one.row for one in intervals if one.valid_from >= since)
    previous = NOT_GRADED
    if head is not None:
        previous = head.grade
        goes_on = (spans[0].grade, spans[0].because) == (head.grade, head.because)
        until = spans.pop(0).valid_to if goes_on else since
        if until != head.valid_to:
            to.superseded.append(head.row)
            to.kept.append((head.row, until))
    for span in spans:
        if span.grade != NOT_GRADED:
            to.new.append(
                _NewInterval(column, span.day, span.valid_to, span.grade, previous, span.because)
            )
        previous = span.grade


def _reaches(one: Interval, since: dt.date) -> bool:
    """Whether an interval began before a day and held up to it at least."""
    return one.valid_from < since and (one.valid_to is None or one.valid_to >= since)


def _spans(true: GradesOverDays, column: int, first: int) -> list[_NewInterval]:
    """The true grades of a loan from a day on, one entry for each change."""
    grade, because = true.grade[first:, column], true.because[first:, column]
    changes = (grade[1:] != grade[:-1]) | (because[1:] != because[:-1])
    begins = [0, *(np.flatnonzero(changes) + 1).tolist()]
    ends = [true.days[first + begin] for begin in begins[1:]]
    return [
        _NewInterval(column, first + begin, end, int(grade[begin]), NOT_GRADED, int(because[begin]))
        for begin, end in zip(begins, [*ends, None], strict=True)
    ]


def _keep_beginnings(connection: psycopg.Connection, day: dt.date, to: _Rewriting) -> None:
    """Intervals of which a part stays true are written again with that part."""
    connection.execute(
        "INSERT INTO classification_loangrade (loan_id, valid_from, valid_to, grade,"
        " previous_grade, because, because_more, rule_version, seen, bad_siblings, corrected_on)"
        " SELECT loan_id, valid_from, kept.until, grade, previous_grade, because, because_more,"
        " rule_version, seen, bad_siblings, %s"
        " FROM unnest(%s::bigint[], %s::date[]) AS kept(row, until)"
        " JOIN classification_loangrade AS held ON held.id = kept.row ORDER BY loan_id",
        (day, [row for row, _ in to.kept], [until for _, until in to.kept]),
    )


def _write_new(
    connection: psycopg.Connection,
    day: dt.date,
    true: GradesOverDays,
    new: list[_NewInterval],
    graded_on: GradedOn,
) -> None:
    """The true intervals, each with what the rules saw on the day on which it begins."""
    if not new:
        return
    new = sorted(new, key=lambda one: one.day)
    seen, siblings = [], []
    for begin, group in groupby(new, key=lambda one: one.day):
        begun = np.array([one.column for one in group], np.intp)
        graded = graded_on(begin)
        seen.append(seen_lists(*graded, begun))
        siblings.append(bad_sibling_lists(*graded, begun))
    begins = [day_number(true.days[one.day]) for one in new]
    ends = [NO_DATE if one.valid_to is None else day_number(one.valid_to) for one in new]
    columns: dict[str, Written | WrittenLists] = {
        "loan_id": Written(true.loan_ids[[one.column for one in new]], "int8"),
        "valid_from": Written(np.array(begins, np.int32), "date"),
        "valid_to": Written(np.array(ends, np.int32), "date"),
        "grade": Written(np.array([one.grade for one in new], np.int8), "int2"),
        "previous_grade": Written(
            np.array([one.previous for one in new], np.int8), "int2", nothing=NOT_GRADED
        ),
        **spoken_columns(np.array([one.because for one in new], np.int32)),
        "rule_version": Written(np.full(len(new), RULE_VERSION.encode()), "text"),
        "seen": _joined(seen),
        "bad_siblings": _joined(siblings),
        "corrected_on": Written(np.full(len(new), day_number(day), np.int32), "date"),
    }
    write_columns(connection, TABLE, columns)


def _joined(parts: Sequence[WrittenLists]) -> WrittenLists:
    """The lists of several days one after the other."""
    return WrittenLists(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.lengths for part in parts]),
    )
