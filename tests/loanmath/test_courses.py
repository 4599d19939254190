"""A loan's course is what its positions say, and two courses differ where they should."""

import datetime as dt
from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from loanmath.codes import ChangeKind, EntryKind, Problem
from loanmath.courses import Course, Standing, as_believed, course_of, differing_spans
from loanmath.dates import day_number
from loanmath.loans import Change, Loan, merge_changes
from loanmath.one_loan import position_of
from tests.loanmath.contracts import loans

ONE = dt.timedelta(days=1)
PAYING = [EntryKind.REPAYMENT, EntryKind.PREPAYMENT, EntryKind.FEE, EntryKind.WAIVE_INTEREST]


def standing_on(loan: Loan, day: dt.date) -> tuple:
    """The same figures from the position."""
    position = position_of(loan, day)
    return (
        position.principal, position.principal_due, position.interest_due,
        position.oldest_unpaid_due, position.days_past_due,
    )  # fmt: skip


def told_of(standing: Standing, day: dt.date) -> tuple:
    """The figures of a span on one of its days."""
    return (
        standing.balance, standing.principal_unpaid, standing.interest_unpaid,
        standing.oldest_unpaid_due, standing.days_past_due(day),
    )  # fmt: skip


def paused(loan: Loan, data: st.DataObject) -> Loan:
    """The loan with the count of days standing still for a while."""
    since = loan.terms.start + data.draw(st.integers(0, 300)) * ONE
    until = since + data.draw(st.integers(1, 90)) * ONE
    span = (Change(since, ChangeKind.COUNT_PAUSED, 1), Change(until, ChangeKind.COUNT_PAUSED, 0))
    return replace(loan, changes=merge_changes(loan.changes, span))


def spans_between(loan: Loan, other: Loan, since: dt.date, until: dt.date) -> list:
    return differing_spans(course_of(loan, until), course_of(other, until), since, until)


@settings(max_examples=12)
@given(loans(PAYING), st.data())
def test_two_accounts_differ_where_positions_do(loan: Loan, data: st.DataObject) -> None:
    """Up to the last due date; later, interest of an unpaid balance falls due every day."""
    assume(len(loan.entries) > 1)
    gone = data.draw(st.integers(1, len(loan.entries) - 1))
    other = replace(loan, entries=loan.entries[:gone] + loan.entries[gone + 1 :])
    other = paused(other, data) if data.draw(st.booleans()) else other
    since, until = loan.terms.start, loan.plan[-1].due
    assume(all(position_of(one, until).problem is Problem.NONE for one in (loan, other)))
    told = {}
    for span in spans_between(loan, other, since, until):
        for n in range((span.until - span.since).days + 1):
            at = span.since + n * ONE
            told[at] = told_of(span.believed, at), told_of(span.true, at)
    day = since
    while day <= until:
        both = standing_on(loan, day), standing_on(other, day)
        assert told.get(day, (both[0], both[0])) == both, day
        assert day in told or both[0] == both[1], day
        day += ONE


@given(loans(PAYING), st.integers(0, 300))
def test_what_was_known_all_along_makes_no_difference(loan: Loan, offset: int) -> None:
    until = loan.plan[-1].due
    assume(position_of(loan, until).problem is Problem.NONE)
    course, later = course_of(loan, until), loan.terms.start + offset * ONE
    spliced = as_believed([(loan.terms.start, course), (later, course)])
    assert differing_spans(spliced, course, loan.terms.start, until) == []


@given(loans(PAYING), st.data())
def test_a_reversal_restores_the_former_course(loan: Loan, data: st.DataObject) -> None:
    """What is believed between the booking of an entry and its reversal is all that differs."""
    assume(len(loan.entries) > 1)
    gone = data.draw(st.integers(1, len(loan.entries) - 1))
    entry, until = loan.entries[gone], loan.plan[-1].due
    true = replace(loan, entries=loan.entries[:gone] + loan.entries[gone + 1 :])
    assume(all(position_of(one, until).problem is Problem.NONE for one in (loan, true)))
    undone = entry.date + data.draw(st.integers(1, 40)) * ONE
    wrong, right = course_of(loan, until), course_of(true, until)
    believed = as_believed([(loan.terms.start, wrong), (undone, right)])
    spans = differing_spans(believed, right, loan.terms.start, until)
    assert all(entry.date <= span.since and span.until < undone for span in spans)


def test_nothing_happened_is_nothing_owed() -> None:
    days = [day_number(dt.date(2026, 1, n)) for n in (1, 2)]
    empty = Course(np.empty(0, np.int64), np.empty((0, 6), np.int64))
    assert differing_spans(empty, empty, dt.date(2026, 1, 1), dt.date(2026, 1, 2)) == []
    assert empty.at(np.array(days))[:, 0].tolist() == [0, 0]
