"""Reads of grades: of a loan, of all loans one may see, and from one day to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import psycopg
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from daihou.classification.codes import SPOKEN
from daihou.classification.explanations import SILENT, Seen, explain
from daihou.classification.limits import grade_limits
from daihou.classification.models import Determination, GradingBatch, LoanGrade
from daihou.loan_book.models import Loan
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.queries import parameters_on_days
from daihou.staff.models import Officer
from daihou.storage.packed_columns import Column, Columns, read_columns


def grades_visible_to(officer: Officer) -> QuerySet[LoanGrade]:
    """The grade histories of all loans that the officer may see."""
    return LoanGrade.objects.filter(loan__in=loans_visible_to(officer))


def grade_of(loan: Loan, *, on: dt.date, known: dt.date | None = None) -> LoanGrade | None:
    """The grade a loan had on a day; None while it was not on the books.

    By what is known now, or by what the business day `known` believed.
    """
    if known is None:
        return LoanGrade.objects.valid_on(on).filter(loan=loan).first()
    return grades_of(loan, known=known).filter(valid_from__lte=on).exclude(valid_to__lte=on).last()


def grades_of(loan: Loan, *, known: dt.date | None = None) -> QuerySet[LoanGrade]:
    """The history of a loan's grades in order, as known now or as believed on a business day."""
    rows = LoanGrade.objects.filter(loan=loan).order_by("valid_from")
    return rows.filter(known_to=None) if known is None else rows.filter(known_on(known))


def known_on(day: dt.date) -> Q:
    """The rows that a business day knew: later corrections had not come yet."""
    return (Q(corrected_on=None) | Q(corrected_on__lte=day)) & (
        Q(superseded_on=None) | Q(superseded_on__gt=day)
    )


def grades_held(
    connection: psycopg.Connection, day: dt.date, *, with_rules: bool = False
) -> Columns:
    """`loan_id` and `grade` of all grades that held on a day, by what that day knew.

    With the rules that spoke (`because`), where asked.
    """
    rules = {"because": Column(SPOKEN, "int4")} if with_rules else {}
    return read_columns(
        connection,
        "classification_loangrade AS held",
        {
            "loan_id": Column("held.loan_id", "int8"),
            "grade": Column("held.grade", "int2"),
            **rules,
        },
        key="held.loan_id",
        only=f"coalesce(held.corrected_on <= '{day}', true)"
        f" AND coalesce(held.superseded_on > '{day}', true)"
        f" AND held.valid_from <= '{day}' AND coalesce(held.valid_to > '{day}', true)",
    )


def grades_on(officer: Officer, day: dt.date) -> QuerySet[LoanGrade]:
    """One row for each visible loan that had a grade on the day."""
    return LoanGrade.objects.valid_on(day).filter(loan__in=loans_visible_to(officer))


def changed_on(officer: Officer, day: dt.date) -> QuerySet[LoanGrade]:
    """The grades that began on the day, as its run saw them: first ones, downgrades, upgrades."""
    begun = grades_visible_to(officer).filter(known_on(day), valid_from=day)
    return begun.select_related("loan__customer").order_by("-grade", "loan_id")


def explained_grades(grades: Iterable[LoanGrade]) -> list[LoanGrade]:
    """The grades, each with its reasons in words: two queries, however many grades."""
    rows = list(grades)
    parameters = parameters_on_days(row.valid_from for row in rows)
    limits = {day: grade_limits(on_day) for day, on_day in parameters.items()}
    named = {loan for row in rows for loan in (row.loan_id, *row.bad_siblings)}
    loans = Loan.objects.filter(pk__in=named).values_list("pk", "number", "product__is_retail")
    known = {loan: (number, is_retail) for loan, number, is_retail in loans}
    for row in rows:
        row.reasons = []
        if row.seen or not row.spoken & ~SILENT:
            number, is_retail = known[row.loan_id]
            row.reasons = explain(
                row.spoken,
                Seen(*row.seen),
                limits[row.valid_from],
                loan_number=number,
                bad_siblings=[known[loan][0] for loan in row.bad_siblings],
                is_retail=is_retail,
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


def batches_visible_to(officer: Officer) -> QuerySet[GradingBatch]:
    """The batches that hold a loan that the officer may see, and the officer's own."""
    seen = Determination.objects.filter(batch=OuterRef("pk"), loan__in=loans_visible_to(officer))
    return GradingBatch.objects.filter(Q(made_by=officer) | Exists(seen))


def determinations_visible_to(officer: Officer) -> QuerySet[Determination]:
    """What people said, or are about to say, of loans that the officer may see."""
    return Determination.objects.filter(loan__in=loans_visible_to(officer))


def determination_of(loan: Loan, *, on: dt.date) -> Determination | None:
    """What people had determined of a loan by a day; None if nothing, or if it had expired."""
    made = Determination.objects.filter(loan=loan, determined_on__lte=on).select_related("batch")
    last = made.order_by("-determined_on", "-pk").first()
    if last is None or (last.expires_on is not None and last.expires_on <= on):
        return None
    return last


def determinations_of(loan: Loan, *, until: dt.date) -> list[Determination]:
    """What people determined of a loan up to a day, the latest first."""
    made = Determination.objects.filter(loan=loan, determined_on__lte=until)
    return list(made.select_related("batch__determined_by").order_by("-determined_on", "-pk"))


def standing_grade(machine: int, determined: Determination | None) -> int:
    """The grade that counts of a loan: people's where it still fits, else the machine's.

    A determination below the machine holds until it ends. One above it, by an exception, holds
    while the machine says what it said then. Wherever the machine has got worse, it counts.
    """
    if determined is None:
        return machine
    lifted = determined.grade < determined.machine and machine <= determined.machine
    return min(determined.grade, machine) if lifted else max(determined.grade, machine)


def moves_of(rows: QuerySet[Determination]) -> list[tuple[int, int, int]]:
    """The migration matrix of rows of a batch: last determined grade, grade, how many loans.

    Loans determined for the first time are not in it.
    """
    counted = rows.filter(before__isnull=False).order_by()
    found = counted.values_list("before", "grade").annotate(loans=Count("pk"))
    return sorted((before, grade, loans) for before, grade, loans in found)
