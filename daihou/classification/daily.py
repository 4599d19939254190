"""The daily step of grading: grade every loan, write only the grades that changed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.explanations import bad_siblings, seen_for
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
from daihou.early_warning.happenings import technical_causes
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.storage.packed_columns import (
    Column,
    Written,
    WrittenLists,
    read_columns,
    slices,
    write_columns,
)
from loanmath.codes import Status
from loanmath.dates import day_number

TABLE = "classification_loangrade"
_OPEN = "(SELECT * FROM classification_loangrade WHERE valid_to IS NULL AND known_to IS NULL)"
_SPEAKS_OF_DEBTOR = int(Because.DEBTOR_MOSTLY_BAD | Because.DEBTOR_HAS_BAD | Because.SHARE_UNKNOWN)


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
    rows = _begin(connection, book, facts, grades, before, begun)
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


def _begin(
    connection: psycopg.Connection,
    book: BookOnDay,
    facts: GradeFacts,
    grades: Grades,
    before: npt.NDArray[np.int8],
    begun: npt.NDArray[np.intp],
) -> int:
    """Write the intervals that begin today, in the order of their index."""
    in_order = begun[np.argsort(book.loans["loan_id"][begun])]
    return sum(
        write_columns(connection, TABLE, _columns_of(book, facts, grades, before, some))
        for some in slices(in_order)
    )


def _columns_of(
    book: BookOnDay,
    facts: GradeFacts,
    grades: Grades,
    before: npt.NDArray[np.int8],
    begun: npt.NDArray[np.intp],
) -> dict[str, Written | WrittenLists]:
    return {
        "loan_id": Written(book.loans["loan_id"][begun], "int8"),
        "valid_from": Written(np.full(begun.size, day_number(book.day), np.int32), "date"),
        "grade": Written(grades.grade[begun], "int2"),
        "previous_grade": Written(before[begun], "int2", nothing=NOT_GRADED),
        "because": Written(grades.because[begun], "int2"),
        "rule_version": Written(np.full(begun.size, RULE_VERSION.encode()), "text"),
        "seen": seen_lists(book, facts, grades, begun),
        "bad_siblings": bad_sibling_lists(book, facts, grades, begun),
    }


def seen_lists(
    book: BookOnDay, facts: GradeFacts, grades: Grades, begun: npt.NDArray[np.intp]
) -> WrittenLists:
    """What the rules looked at for the grades that begin on some loans, as kept with them.

    Nothing for sound loans that are not past due.
    """
    told = (grades.because[begun] != 0) | (facts.days_past_due[begun] > 0)
    seen = seen_for(begun[told], facts, grades, book.positions.oldest_unpaid_due)
    return WrittenLists(seen.ravel(), told * seen.shape[1])


def bad_sibling_lists(
    book: BookOnDay, facts: GradeFacts, grades: Grades, begun: npt.NDArray[np.intp]
) -> WrittenLists:
    """The loan ids of the debtor's bad claims, where a rule speaks of the debtor."""
    lengths = np.zeros(begun.size, np.int64)
    ids: list[int] = []
    spoken = np.flatnonzero((grades.because[begun] & _SPEAKS_OF_DEBTOR) != 0)
    for row in spoken.tolist():
        siblings = bad_siblings(int(begun[row]), facts, grades)
        lengths[row] = len(siblings)
        ids += book.loans["loan_id"][siblings].tolist()
    return WrittenLists(np.array(ids, np.int64), lengths)


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
