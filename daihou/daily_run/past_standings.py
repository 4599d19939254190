"""Where some loans stood on a past day, by either answer: what a client's page shows.

For a few loans the kernel is asked directly; whole books are read from snapshots (`true_days`).
Both say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection as django_connection
from django.db.models import Q

from daihou.classification.models import LoanGrade
from daihou.classification.queries import known_on
from daihou.daily_run.choices import DayStatus
from daihou.daily_run.corrected_loans import Seen
from daihou.daily_run.correction_lines import true_signals
from daihou.daily_run.models import BusinessDay, Correction
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.early_warning.rules import SIGNAL_NAMES, Rule
from daihou.policy.reasons import Reason, SourceRow
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.columnar_growth import book_of_loans
from daihou.servicing.knowledge import Answer
from daihou.servicing.marks import BookMarks, read_marks
from loanmath.codes import Status
from loanmath.dates import date_or_none, day_number
from loanmath.money import Money
from loanmath.positions import positions


@dataclass(frozen=True)
class LoanStanding:
    """One loan on the evening of a past day; amounts in fen. `is_known` is False if set aside."""

    is_known: bool
    is_live: bool
    status: int
    principal: Money
    overdue: Money
    days_past_due: int
    next_due: dt.date | None
    next_amount: Money


def knowledge_of(day: dt.date, answer: Answer) -> Seen:
    """What is known by an answer: by the day's own run, or by the last closed day.

    A day that was not run knew what the day before it did; a day before the first run is told by
    what that run found in the book.
    """
    closed = BusinessDay.objects.filter(status=DayStatus.CLOSED, inputs__has_key="marks")
    if answer is Answer.AS_TRUE:
        found = closed.order_by("-day").first()
        known = found.day if found else day
    else:
        before = closed.filter(day__lte=day).order_by("-day").first()
        found, known = before or closed.order_by("day").first(), day
    if found is None:
        django_connection.ensure_connection()
        return Seen(known, read_marks(django_connection.connection))
    return Seen(known, BookMarks(**found.inputs["marks"]))


def standings_then(
    loan_ids: Iterable[int], day: dt.date, answer: Answer
) -> dict[int, LoanStanding]:
    """Where loans stood on a day, by loan; those not paid out or not in the book are left out.

    A constant number of queries, however many loans.
    """
    seen = knowledge_of(day, answer)
    there = [loan for loan in loan_ids if loan <= seen.marks.loan]
    if not there:
        return {}
    django_connection.ensure_connection()
    columnar = book_of_loans(django_connection.connection, seen.marks, there)
    if not columnar.size:
        return {}
    [(_, known)] = columnar.on(day_number(seen.day))
    book = BookOnDay(day, columnar, positions(known, day_number(day)))
    ids = columnar.loans["loan_id"].tolist()
    paid_out = (columnar.loans["start"] <= day_number(day)).tolist()
    return {loan: _standing(book, place) for place, loan in enumerate(ids) if paid_out[place]}


def _standing(book: BookOnDay, place: int) -> LoanStanding:
    one = book.positions
    return LoanStanding(
        is_known=not book.is_set_aside[place],
        is_live=int(one.status[place]) != Status.SETTLED,
        status=int(one.status[place]),
        principal=Money(int(one.principal[place])),
        overdue=Money(int(one.principal_overdue[place] + one.interest_overdue[place])),
        days_past_due=int(one.days_past_due[place]),
        next_due=date_or_none(int(one.next_due[place])),
        next_amount=Money(int(one.next_due_amount[place])),
    )


def grades_then(day: dt.date, answer: Answer) -> Q:
    """The rows of grades that held on a day, by an answer."""
    held = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
    return held & grades_known(day, answer)


def grades_known(day: dt.date, answer: Answer) -> Q:
    """The rows of grades that a day knew, or that are true."""
    return known_on(day) if answer is Answer.AS_KNOWN else Q(known_to=None)


def grade_rows_then(loan_ids: Iterable[int], day: dt.date, answer: Answer) -> dict[int, LoanGrade]:
    """The grade of each loan on a day, by an answer; one query."""
    rows = LoanGrade.objects.filter(grades_then(day, answer), loan__in=list(loan_ids))
    return {row.loan_id: row for row in rows}


def signals_as_true(
    showing: Sequence[Signal], corrections: Iterable[Correction], day: dt.date
) -> list[Signal]:
    """The signals of a day, with what corrections say of them since; the gravest first.

    `showing` are those that showed, with their reasons; `corrections` come in the order in which
    they were found, with their loans. A signal that showed in truth alone has the correction for
    its reason; it is no row of the table.
    """
    held = {(one.loan_id, one.rule): one for one in showing}
    for correction in corrections:
        for told in true_signals(correction.changes, day):
            key = (correction.loan_id, int(told.rule))
            if told.colour is None:
                held.pop(key, None)
            else:
                held[key] = _told_signal(held.get(key), correction, int(told.rule), told.colour)
    return sorted(held.values(), key=lambda one: (-one.colour, one.rule, one.loan_id))


def _told_signal(held: Signal | None, correction: Correction, rule: int, colour: Colour) -> Signal:
    if held is not None and held.colour == colour:
        return held
    name = SIGNAL_NAMES[Rule(rule)]
    one = Signal(
        customer_id=correction.loan.customer_id,
        loan=correction.loan,
        rule=rule,
        colour=colour,
        episode_since=held.episode_since if held else correction.since,
        first_seen_on=held.first_seen_on if held else correction.since,
        level=1,
    )
    says = f"{name}:{correction.found_on} 的更正认定当日应为{colour.label}色"
    source = SourceRow(table="更正", id=str(correction.pk))
    one.reasons = [
        Reason(
            rule=str(rule), version="", says=says, clause="", evidence="", inputs={}, rows=[source]
        )
    ]
    return one
