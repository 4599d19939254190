"""Reads of grades: of a loan, of all loans one may see, and from one day to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import OuterRef, QuerySet, Subquery

from daihou.classification.explanations import Seen, explain
from daihou.classification.limits import grade_limits
from daihou.classification.models import LoanGrade
from daihou.classification.rules import Because
from daihou.loan_book.models import Loan
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.queries import parameters_on_days
from daihou.staff.models import Officer


def grades_visible_to(officer: Officer) -> QuerySet[LoanGrade]:
    """The grade histories of all loans that the officer may see."""
    return LoanGrade.objects.filter(loan__in=loans_visible_to(officer))


def grade_of(loan: Loan, *, on: dt.date) -> LoanGrade | None:
    """The grade a loan had on a day, by what we know now; None while it was not on the books."""
    return LoanGrade.objects.valid_on(on).filter(loan=loan).first()


def grades_on(officer: Officer, day: dt.date) -> QuerySet[LoanGrade]:
    """One row for each visible loan that had a grade on the day."""
    return LoanGrade.objects.valid_on(day).filter(loan__in=loans_visible_to(officer))


def changed_on(officer: Officer, day: dt.date) -> QuerySet[LoanGrade]:
    """The grades that began on the day: first grades, downgrades and upgrades."""
    begun = grades_visible_to(officer).filter(valid_from=day, known_to=None)
    return begun.select_related("loan__customer").order_by("-grade", "loan_id")


def explained_grades(grades: Iterable[LoanGrade]) -> list[LoanGrade]:
    """The grades, each with its reasons in words: two queries, however many grades."""
    rows = list(grades)
    parameters = parameters_on_days(row.valid_from for row in rows)
    limits = {day: grade_limits(on_day) for day, on_day in parameters.items()}
    named = {loan for row in rows for loan in (row.loan_id, *row.bad_siblings)}
    numbers = dict(Loan.objects.filter(pk__in=named).values_list("pk", "number"))
    for row in rows:
        row.reasons = []
        if row.seen or not row.because:
            row.reasons = explain(
                Because(row.because),
                Seen(*row.seen),
                limits[row.valid_from],
                loan_number=numbers[row.loan_id],
                bad_siblings=[numbers[loan] for loan in row.bad_siblings],
            )
    return rows


def migration_between(officer: Officer, opening: dt.date, closing: dt.date) -> QuerySet[LoanGrade]:
    """The base of a migration matrix: who had which grade at the opening, and has which at the end.

    One row for each visible loan graded on the opening day; `closing_grade` is null for loans that
    had left the books by the closing day. Amounts at the opening come from the day's snapshot.
    """
    at_the_end = LoanGrade.objects.valid_on(closing).filter(loan=OuterRef("loan"))
    return grades_on(officer, opening).annotate(
        closing_grade=Subquery(at_the_end.values("grade")[:1])
    )
