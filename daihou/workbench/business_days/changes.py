"""What changed on a business day against the one before: grades, arrears, signals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, QuerySet, Sum, Value, When

from daihou.classification.choices import Grade
from daihou.classification.models import LoanGrade
from daihou.classification.queries import changed_on, explained_grades
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.early_warning.queries import signals_visible_to
from daihou.early_warning.rules import Rule
from daihou.staff.models import Officer

SHOWN = 50  # lines of each list; the counts above them are complete


@dataclass(frozen=True)
class Migration:
    """How many loans went from one grade to another, and what they owe now (fen)."""

    before: Grade
    after: Grade
    loans: int
    principal: int

    @property
    def is_worse(self) -> bool:
        """Whether the change is a downgrade."""
        return self.after > self.before


@dataclass(frozen=True)
class DayChanges:
    """The changes of a day, among the loans that the officer may see."""

    migrations: list[Migration]
    downgraded: list[LoanGrade]
    new_signals: list[tuple[Colour, int]]
    ceased_signals: list[tuple[Colour, int]]
    newly_overdue: list[Signal]
    newly_overdue_count: int
    cured: list[Signal]
    cured_count: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed at all."""
        return not (self.migrations or self.new_signals or self.ceased_signals)


def changes_on(day: dt.date, officer: Officer) -> DayChanges:
    """What the run of the day changed; every count holds all loans, the lists the first fifty."""
    graded = _regraded(day, officer)
    signals = signals_visible_to(officer)
    overdue = signals.filter(rule=Rule.OVERDUE)
    new = overdue.filter(first_seen_on=day, previous_level=0)
    continued = overdue.filter(first_seen_on=day, previous_level__gt=0)
    cured = overdue.filter(ceased_on=day).exclude(loan__in=continued.values("loan"))
    return DayChanges(
        migrations=_migrations(graded),
        downgraded=_downgraded(graded),
        new_signals=_by_colour(signals.filter(first_seen_on=day, previous_level=0)),
        ceased_signals=_by_colour(signals.filter(ceased_on=day)),
        newly_overdue=_with_loans(new),
        newly_overdue_count=new.count(),
        cured=_with_loans(cured),
        cured_count=cured.count(),
    )


def _regraded(day: dt.date, officer: Officer) -> QuerySet[LoanGrade]:
    """The loans whose grade became another one; first grades and new reasons are left out."""
    begun = changed_on(officer, day)
    return begun.exclude(previous_grade=None).exclude(previous_grade=F("grade"))


def _migrations(graded: QuerySet[LoanGrade]) -> list[Migration]:
    worse = Case(
        When(grade__gt=F("previous_grade"), then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    rows = (
        graded.select_related(None)
        .values_list("previous_grade", "grade")
        .annotate(loans=Count("pk"), owed=Sum("loan__position__principal"), worse=worse)
        .order_by("worse", "-grade", "previous_grade")
    )
    return [
        Migration(Grade(before), Grade(after), number, owed or 0)
        for before, after, number, owed, _ in rows
    ]


def _downgraded(graded: QuerySet[LoanGrade]) -> list[LoanGrade]:
    worse = graded.filter(grade__gt=F("previous_grade"))
    rows = worse.select_related("loan__customer", "loan__position")
    return explained_grades(rows.order_by("-grade", "-loan__position__principal", "pk")[:SHOWN])


def _by_colour(signals: QuerySet[Signal]) -> list[tuple[Colour, int]]:
    counts = signals.order_by().values_list("colour").annotate(number=Count("pk"))
    return sorted(((Colour(colour), number) for colour, number in counts), reverse=True)


def _with_loans(signals: QuerySet[Signal]) -> list[Signal]:
    rows = signals.select_related("loan__customer", "loan__position")
    return list(rows.order_by("-loan__position__principal", "pk")[:SHOWN])
