"""The daily step that corrects history without rewriting it.

When a day learns that the past was otherwise than the last closed day believed, each loan
concerned gets one `Correction` with what changed, and its grades get intervals beside the old
ones. What earlier days stored (snapshots, totals, signals, letters) stays as it was: it is what
was known then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg

from daihou.classification.codes import NOT_GRADED
from daihou.classification.regrading import (
    GradesOverDays,
    correct_intervals,
    stored_grades,
)
from daihou.daily_run.business_day import RunDay
from daihou.daily_run.choices import CauseKind, DayStatus
from daihou.daily_run.corrected_loans import (
    Cause,
    CorrectedLoans,
    Seen,
    add_released_loans,
    find_corrected_loans,
)
from daihou.daily_run.correction_lines import Change, Comparison, changes_in
from daihou.daily_run.models import BusinessDay, SetAside
from daihou.daily_run.past_days import Calendar, TwoPasts, groups_of
from daihou.servicing.book_on_day import StepResult
from daihou.servicing.marks import BookMarks
from daihou.storage.text_rows import NULL, copy_json, write_lines

_COLUMNS = (
    "loan_id", "found_on", "since", "until", "causes", "changes", "is_material", "days_believed",
    "days_true", "grade_believed", "grade_true",
)  # fmt: skip


@dataclass(frozen=True)
class _Told:
    """What is written about one group: lines for COPY, and counts."""

    lines: list[str]
    material: int
    regraded: int
    unknown: int


def correct_history(run_day: RunDay) -> StepResult:
    """Write what the day learned about earlier days: a correction for each loan, true grades."""
    if not BusinessDay.objects.filter(day__lt=run_day.day, status=DayStatus.CLOSED).exists():
        return StepResult(rows=0)
    before = _seen_before(run_day.day)
    now = Seen(run_day.day, run_day.marks)
    connection, columnar = run_day.connection, run_day.columnar
    found = find_corrected_loans(connection, columnar, before, now)
    add_released_loans(found, connection, columnar, _released(run_day), _seen_before, now)
    if not found.since:
        return StepResult(rows=0, figures={"更正借据": 0})
    _not_before_the_first_day(found)
    calendar = Calendar(before.day, min(found.since.values()))
    told = [
        _tell(run_day, TwoPasts(run_day.connection, group, days, before, now), found)
        for group in groups_of(run_day.connection, found, before, len(calendar.days))
        if (days := calendar.from_(group.since))
    ]
    lines = [line for one in told for line in one.lines]
    rows = write_lines(run_day.connection, "daily_run_correction", _COLUMNS, lines)
    figures = {
        "更正借据": rows,
        "须阅": sum(one.material for one in told),
        "更正分类": sum(one.regraded for one in told),
        "暂不能重算": sum(one.unknown for one in told),
    }
    return StepResult(rows=rows + figures["更正分类"], figures=figures)


def _seen_before(day: dt.date) -> Seen:
    """What the last closed day before a day has seen; nothing, the day before the first one."""
    last = BusinessDay.objects.filter(day__lt=day, status=DayStatus.CLOSED).order_by("-day").first()
    if last is None:
        return Seen(day - dt.timedelta(days=1), BookMarks())
    return Seen(last.day, BookMarks(**last.inputs["marks"]))


def _released(run_day: RunDay) -> Iterator[tuple[int, dt.date, str]]:
    """Loans that are still noted as set aside and can be computed today: loan, since when, why."""
    noted = list(SetAside.objects.filter(until=None).values_list("loan_id", "since", "reason"))
    if not noted:
        return
    places = run_day.columnar.places.of(np.array([loan for loan, _, _ in noted], np.int64))
    for place, one in zip(places.tolist(), noted, strict=True):
        if place >= 0 and not run_day.book.is_set_aside[place]:
            yield one


def _not_before_the_first_day(found: CorrectedLoans) -> None:
    """Nothing was believed before the first business day, so nothing is corrected there."""
    first = BusinessDay.objects.order_by("day").values_list("day", flat=True)[0]
    for loan, since in found.since.items():
        found.since[loan] = max(since, first)


def _tell(run_day: RunDay, pasts: TwoPasts, found: CorrectedLoans) -> _Told:
    """Compare the two pasts of a group, correct its grades, and say what changed."""
    connection = run_day.connection
    stored, intervals = stored_grades(connection, pasts.dates, pasts.loan_ids)
    true = _true_grades(pasts, stored)
    changes = changes_in(Comparison(pasts, stored, true))
    regraded = correct_intervals(
        connection,
        run_day.day,
        stored=stored,
        true=true,
        intervals=intervals,
        graded_on=pasts.graded_on,
    )
    causes = _causes(connection, pasts, found)
    lines = list(_lines(run_day, pasts, stored, true, changes, causes))
    material = sum(any(one.is_material for one in some) for some in changes.values())
    unknown = int(np.count_nonzero(pasts.true.unknown[-1]))
    return _Told(lines, material, regraded, unknown)


def _true_grades(pasts: TwoPasts, stored: GradesOverDays) -> GradesOverDays:
    """The grades by the rules; where nothing can be said, those that are stored."""
    kept = pasts.true.unknown | ~pasts.concerned
    return GradesOverDays(
        pasts.dates,
        pasts.loan_ids,
        np.where(kept, stored.grade, pasts.grades.grade).astype(np.int8),
        np.where(kept, stored.because, pasts.grades.because).astype(np.int32),
    )


def _numbers(connection: psycopg.Connection, pasts: TwoPasts) -> list[str]:
    """The loans' numbers, in the order of the columns."""
    ids = pasts.loan_ids.tolist()
    rows = connection.execute(
        "SELECT id, number FROM loan_book_loan WHERE id = ANY(%s)", (ids,)
    ).fetchall()
    numbers: dict[int, str] = dict(rows)
    return [numbers[loan] for loan in ids]


def _causes(
    connection: psycopg.Connection, pasts: TwoPasts, found: CorrectedLoans
) -> list[list[Cause]]:
    """Why each loan is corrected; one without a cause of its own hangs on its debtor's others."""
    clients = pasts.customers.tolist()
    numbers, ids = _numbers(connection, pasts), pasts.loan_ids.tolist()
    of_client: dict[int, list[str]] = {}
    for client, loan, number in zip(clients, ids, numbers, strict=True):
        if loan in found.causes:
            of_client.setdefault(client, []).append(number)
    return [
        found.causes.get(loan)
        or [
            Cause(
                CauseKind.DEBTOR,
                pasts.first_day_of(column),
                f"同一债务人的借据 {'、'.join(of_client[client])} 有更正",
            )
        ]
        for column, (client, loan) in enumerate(zip(clients, ids, strict=True))
    ]


def _lines(
    run_day: RunDay,
    pasts: TwoPasts,
    stored: GradesOverDays,
    true: GradesOverDays,
    changes: dict[int, list[Change]],
    causes: list[list[Cause]],
) -> Iterator[str]:
    """The corrections as lines for COPY, in order of the loans."""
    found_on, until = run_day.day.isoformat(), pasts.dates[-1].isoformat()
    for column in sorted(changes, key=lambda n: int(pasts.loan_ids[n])):
        some = changes[column]
        fields: tuple[Any, ...] = (
            pasts.loan_ids[column],
            found_on,
            min(one.since for one in some),
            until,
            copy_json([cause.as_dict() for cause in causes[column]]),
            copy_json([change.as_dict() for change in some]),
            any(one.is_material for one in some),
            NULL
            if pasts.believed.unknown[-1, column]
            else pasts.believed.days_past_due[-1, column],
            pasts.true.days_past_due[-1, column],
            _grade(stored.grade[-1, column]),
            _grade(true.grade[-1, column]),
        )
        yield "\t".join(map(str, fields))


def _grade(grade: int) -> int | str:
    return NULL if grade == NOT_GRADED else int(grade)
