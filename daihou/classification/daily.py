"""The daily step of grading: grade every loan, write only the grades that changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.codes import (
    GRADE_NAMES,
    NOT_GRADED,
    OBSERVED,
    SPOKEN,
    Because,
    low_and_high,
)
from daihou.classification.explanations import (
    FEW,
    bad_siblings,
    must_be_told,
    needs_more,
    seen_for,
)
from daihou.classification.gathering import Graded, OnRecord, grade_day
from daihou.classification.limits import RULE_VERSION, grade_limits
from daihou.classification.memory import Memory, memory_before, worth_remembering
from daihou.classification.rules import GradeLimits, Grades
from daihou.early_warning.happenings import technical_causes
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import BookOnDay, StepResult, end_today
from daihou.storage.packed_columns import (
    Column,
    Written,
    WrittenLists,
    read_columns,
    slices,
    write_columns,
)
from loanmath.dates import day_number

TABLE = "classification_loangrade"
_OPEN = "(SELECT * FROM classification_loangrade WHERE valid_to IS NULL AND known_to IS NULL)"
_SPEAKS_OF_DEBTOR = int(Because.DEBTOR_MOSTLY_BAD | Because.DEBTOR_HAS_BAD | Because.SHARE_UNKNOWN)


@dataclass(frozen=True)
class OpenGrades:
    """The grade that each loan has in the database, and the rules that spoke; 0 where none.

    `since` is the day from which it holds, `gone` the loans that have a grade and are not in the
    book (their import was undone).
    """

    grade: npt.NDArray[np.int8]
    because: npt.NDArray[np.int32]
    since: npt.NDArray[np.int32]
    gone: list[int]


def write_grades(
    book: BookOnDay, cursor: psycopg.Cursor, parameters: ParametersOnDay
) -> StepResult:
    """Grade the book, end the grades that no longer hold and begin the new ones today.

    Runs inside the step's transaction. A loan set aside keeps the grade it had; one that left the
    books has its interval ended.
    """
    limits, connection = grade_limits(parameters), cursor.connection
    stored = open_grades(book, connection)
    graded = grade_whole_book(book, connection, limits, _memory(book, connection, limits, stored))
    grades = graded.grades
    cursor.execute("DELETE FROM classification_loangrade WHERE loan_id = ANY(%s)", (stored.gone,))
    differs = (grades.grade != stored.grade) | (grades.because != stored.because)
    changed = np.flatnonzero(differs & ~book.is_set_aside)
    leaving = changed[stored.grade[changed] != NOT_GRADED]
    end_today(book, connection, TABLE, leaving, which="valid_to IS NULL AND known_to IS NULL")
    begun = changed[grades.grade[changed] != NOT_GRADED]
    rows = _begin(connection, book, graded, stored.grade, begun)
    return StepResult(
        rows=int(changed.size) + len(stored.gone),
        figures=_figures(grades, stored.grade, rows, changed),
    )


def _memory(
    book: BookOnDay, connection: psycopg.Connection, limits: GradeLimits, stored: OpenGrades
) -> Memory:
    """The evening before, of the loans of which it matters; today's own rows are looked behind."""
    asked = worth_remembering(stored.because, limits) | (stored.since == day_number(book.day))
    loans = book.loans["loan_id"][asked].tolist()
    if not loans:
        return {}
    return memory_before(
        connection, book.columnar, limits, day=book.day, known=book.day, loans=loans
    )


def grade_whole_book(
    book: BookOnDay, connection: psycopg.Connection, limits: GradeLimits, memory: Memory | None
) -> Graded:
    """Grade a day's book by all that is on record; `memory` None: read it from the grades."""
    if memory is None:
        memory = memory_before(connection, book.columnar, limits, day=book.day, known=book.day)
    record = OnRecord.read(connection, book, limits, until=book.day, known=book.day)
    causes = technical_causes(book, connection, limits.technical_exception.value)
    return grade_day(connection, book, limits, record, memory, causes)


def open_grades(book: BookOnDay, connection: psycopg.Connection) -> OpenGrades:
    """The grades that stand in the database, laid beside the loans of the book."""
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
            "because": Column(SPOKEN, "int4"),
            "valid_from": Column("open_grade.valid_from", "date"),
        },
        key="open_grade.loan_id",
        up_to=last[0],
    )
    grade = np.zeros(book.size, np.int8)
    because, since = np.zeros(book.size, np.int32), np.zeros(book.size, np.int32)
    places = book.columnar.places.of(rows["loan_id"])
    here = places >= 0
    grade[places[here]] = rows["grade"][here]
    because[places[here]] = rows["because"][here]
    since[places[here]] = rows["valid_from"][here]
    return OpenGrades(grade, because, since, rows["loan_id"][~here].tolist())


def _begin(
    connection: psycopg.Connection,
    book: BookOnDay,
    graded: Graded,
    before: npt.NDArray[np.int8],
    begun: npt.NDArray[np.intp],
) -> int:
    """Write the intervals that begin today, in the order of their index."""
    in_order = begun[np.argsort(book.loans["loan_id"][begun])]
    return sum(
        write_columns(connection, TABLE, _columns_of(book, graded, before, some))
        for some in slices(in_order)
    )


def _columns_of(
    book: BookOnDay,
    graded: Graded,
    before: npt.NDArray[np.int8],
    begun: npt.NDArray[np.intp],
) -> dict[str, Written | WrittenLists]:
    return {
        "loan_id": Written(book.loans["loan_id"][begun], "int8"),
        "valid_from": Written(np.full(begun.size, day_number(book.day), np.int32), "date"),
        "grade": Written(graded.grades.grade[begun], "int2"),
        "previous_grade": Written(before[begun], "int2", nothing=NOT_GRADED),
        **spoken_columns(graded.grades.because[begun]),
        "rule_version": Written(np.full(begun.size, RULE_VERSION.encode()), "text"),
        "seen": seen_lists(book, graded, begun),
        "bad_siblings": bad_sibling_lists(book, graded, begun),
    }


def spoken_columns(because: npt.NDArray[np.int32]) -> dict[str, Written | WrittenLists]:
    """The rules that spoke, as they are kept."""
    low, high = low_and_high(because)
    return {"because": Written(low, "int2"), "because_more": Written(high, "int2")}


def seen_lists(book: BookOnDay, graded: Graded, begun: npt.NDArray[np.intp]) -> WrittenLists:
    """What the rules looked at for the grades that begin on some loans, as kept with them.

    Nothing for sound loans that are not past due; only the first numbers where they are enough.
    """
    because = graded.grades.because[begun]
    told = must_be_told(because) | (graded.facts.days_past_due[begun] > 0)
    seen = seen_for(begun[told], graded, book.positions.oldest_unpaid_due)
    lengths = np.where(needs_more(because), seen.shape[1], FEW) * told
    kept = np.arange(seen.shape[1]) < lengths[told][:, None]
    return WrittenLists(seen[kept], lengths)


def bad_sibling_lists(book: BookOnDay, graded: Graded, begun: npt.NDArray[np.intp]) -> WrittenLists:
    """The loan ids of the debtor's bad claims, where a rule speaks of the debtor."""
    lengths = np.zeros(begun.size, np.int64)
    ids: list[int] = []
    spoken = np.flatnonzero((graded.grades.because[begun] & _SPEAKS_OF_DEBTOR) != 0)
    for row in spoken.tolist():
        siblings = bad_siblings(int(begun[row]), graded.facts, graded.grades)
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
        "待满足上调条件": _count(grades, Because.UPGRADE_WAITING),
        "重组观察期": _count(grades, OBSERVED),
        **{
            GRADE_NAMES[grade]: int(np.count_nonzero(grades.grade == grade))
            for grade in range(1, len(GRADE_NAMES))
        },
    }


def _count(grades: Grades, rules: Because) -> int:
    return int(np.count_nonzero((grades.because & int(rules)) != 0))
