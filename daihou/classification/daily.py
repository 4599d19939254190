"""The daily step of grading: grade every loan, write only the grades that changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.explanations import GradeSources, debtor_range, explain
from daihou.classification.limits import RULE_VERSION, grade_limits
from daihou.classification.rules import (
    GRADE_NAMES,
    NOT_GRADED,
    Because,
    GradeFacts,
    GradeLimits,
    Grades,
    grade_book,
)
from daihou.early_warning.facts import loan_numbers
from daihou.early_warning.happenings import technical_causes
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.storage.packed_columns import Column, read_columns
from daihou.storage.text_rows import NULL, copy_json, write_lines
from loanmath.codes import Status

_COLUMNS = (
    "loan_id", "valid_from", "grade", "previous_grade", "because", "rule_version", "reasons",
)  # fmt: skip
_OPEN = "(SELECT * FROM classification_loangrade WHERE valid_to IS NULL AND known_to IS NULL)"
_SPEAKS_OF_DEBTOR = Because.DEBTOR_MOSTLY_BAD | Because.DEBTOR_HAS_BAD | Because.SHARE_UNKNOWN
_EXPLAINED_ALIKE = 0  # the loans on which no rule spoke all have the same reason


def write_grades(
    book: BookOnDay, cursor: psycopg.Cursor, parameters: ParametersOnDay
) -> StepResult:
    """Grade the book, end the grades that no longer hold and begin the new ones today.

    Runs inside the step's transaction. A loan set aside keeps the grade it had; one that left the
    books has its interval ended.
    """
    limits, connection = grade_limits(parameters), cursor.connection
    facts = grade_facts(book, connection, limits)
    grades = grade_book(facts, limits)
    before, because_before, gone = open_grades(book, connection)
    cursor.execute("DELETE FROM classification_loangrade WHERE loan_id = ANY(%s)", (gone,))
    differs = (grades.grade != before) | (grades.because != because_before)
    changed = np.flatnonzero(differs & ~book.is_set_aside)
    _end(connection, book, changed[before[changed] != NOT_GRADED])
    begun = changed[grades.grade[changed] != NOT_GRADED]
    numbers = loan_numbers(book, connection, _named(facts, grades, begun))
    sources = GradeSources(numbers, book.positions.oldest_unpaid_due)
    lines = _lines(book, facts, grades, limits, sources, before, begun)
    rows = write_lines(connection, "classification_loangrade", _COLUMNS, lines)
    return StepResult(
        rows=int(changed.size) + len(gone), figures=_figures(grades, before, rows, changed)
    )


def grade_facts(book: BookOnDay, connection: psycopg.Connection, limits: GradeLimits) -> GradeFacts:
    """What grading looks at, for every loan of the book."""
    return facts_with(book, technical_causes(book, connection, limits.technical_exception.value))


def facts_with(book: BookOnDay, technical_cause: npt.NDArray[np.bool_]) -> GradeFacts:
    """As `grade_facts`, with the technical causes known already."""
    position = book.positions
    chased = position.written_off - position.recovered
    written_off = (position.status == Status.WRITTEN_OFF) & (chased > 0) & ~book.is_set_aside
    return GradeFacts(
        customer=book.loans["customer_id"],
        is_retail=book.loans["is_retail"] != 0,
        currency=book.loans["currency"].astype(np.int64),
        judged=book.is_live | written_off,
        days_past_due=position.days_past_due,
        principal=position.principal,
        written_off=np.maximum(chased, 0),
        technical_cause=technical_cause,
    )


def open_grades(
    book: BookOnDay, connection: psycopg.Connection
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int16], list[int]]:
    """The grade that each loan has in the database, and the rules that spoke; 0 where none.

    Third, the loans that have a grade and are not in the book (their import was undone).
    """
    last = connection.execute(
        "SELECT coalesce(max(loan_id), 0) FROM classification_loangrade WHERE valid_to IS NULL"
        " AND known_to IS NULL"
    ).fetchone()
    assert last is not None
    rows = read_columns(
        connection,
        f"{_OPEN} AS open_grade",
        {
            "loan_id": Column("open_grade.loan_id", "int8"),
            "grade": Column("open_grade.grade", "int2"),
            "because": Column("open_grade.because", "int2"),
        },
        key="open_grade.loan_id",
        up_to=last[0],
    )
    grade = np.zeros(book.size, np.int8)
    because = np.zeros(book.size, np.int16)
    places = book.columnar.places.of(rows["loan_id"])
    here = places >= 0
    grade[places[here]] = rows["grade"][here]
    because[places[here]] = rows["because"][here]
    return grade, because, rows["loan_id"][~here].tolist()


def _end(connection: psycopg.Connection, book: BookOnDay, places: npt.NDArray[np.intp]) -> None:
    """End intervals today; one that began today, in an earlier try of this day, goes away."""
    if places.size == 0:
        return
    values = {"day": book.day, "loans": book.loans["loan_id"][places].tolist()}
    which = "loan_id = ANY(%(loans)s) AND valid_to IS NULL AND known_to IS NULL"
    connection.execute(
        f"DELETE FROM classification_loangrade WHERE {which} AND valid_from = %(day)s", values
    )
    connection.execute(
        f"UPDATE classification_loangrade SET valid_to = %(day)s WHERE {which}", values
    )


def _lines(
    book: BookOnDay,
    facts: GradeFacts,
    grades: Grades,
    limits: GradeLimits,
    sources: GradeSources,
    before: npt.NDArray[np.int8],
    begun: npt.NDArray[np.intp],
) -> Iterator[str]:
    """The intervals that begin today, as lines for COPY."""
    day, alike = book.day.isoformat(), ""
    begun = begun[np.argsort(book.loans["loan_id"][begun])]  # in the order of the index
    loans = book.loans["loan_id"][begun].tolist()
    columns = (grades.grade[begun].tolist(), before[begun].tolist(), grades.because[begun].tolist())
    for place, loan, grade, was, because in zip(begun.tolist(), loans, *columns, strict=True):
        if because == _EXPLAINED_ALIKE and alike:
            reasons = alike
        else:
            reasons = copy_json(explain(place, facts, grades, limits, sources))
            alike = reasons if because == _EXPLAINED_ALIKE else alike
        yield f"{loan}\t{day}\t{grade}\t{was or NULL}\t{because}\t{RULE_VERSION}\t{reasons}"


def _named(facts: GradeFacts, grades: Grades, begun: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """The loans that explanations will name: those explained, and their debtors' other loans."""
    spoken = begun[grades.because[begun] != _EXPLAINED_ALIKE]
    of_debtor = spoken[(grades.because[spoken] & int(_SPEAKS_OF_DEBTOR)) != 0]
    ranges = [np.arange(*debtor_range(facts, int(place))) for place in of_debtor]
    return np.unique(np.concatenate([spoken, *ranges]))


def _figures(
    grades: Grades,
    before: npt.NDArray[np.int8],
    rows: int,
    changed: npt.NDArray[np.intp],
) -> dict[str, int]:
    was, now = before[changed], grades.grade[changed]
    both = (was != NOT_GRADED) & (now != NOT_GRADED)
    unknown = (grades.because & int(Because.SHARE_UNKNOWN)) != 0
    return {
        "写入分类": rows,
        "下调": int(np.count_nonzero(both & (now > was))),
        "上调": int(np.count_nonzero(both & (now < was))),
        "退出": int(np.count_nonzero(now == NOT_GRADED)),
        "占比未能判定": int(np.count_nonzero(unknown)),
        **{
            GRADE_NAMES[grade]: int(np.count_nonzero(grades.grade == grade))
            for grade in range(1, len(GRADE_NAMES))
        },
    }
