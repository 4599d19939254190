"""How one loan stood on every day of its life, and where two accounts of it differ.

The walk (`walk.py`) notes what happens to a loan; between two events it stands still and only days
pass. So all its days are a short list of spans: its course. A loan has more than one course when
something became known late: the one that was believed, day by day, and the one that is true. Laid
side by side they say what a correction changed, span by span.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from loanmath.book import Book
from loanmath.dates import NO_DATE, dates_of, day_number
from loanmath.loans import Loan, book_of
from loanmath.money import Money
from loanmath.one_loan import walked

_NOTED = (
    "balance",
    "due_principal",
    "due_interest",
    "oldest_unpaid_due",
    "late_since",
    "stood_days",
)
_BEFORE_ALL = np.array([0, 0, 0, NO_DATE, NO_DATE, 0], np.int64)  # nothing paid out, nothing due

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Course:
    """A loan's standing on all days: span `i` begins in the morning of `days[i]`.

    `values[i]` holds, for each of its evenings: principal outstanding, principal and interest
    fallen due and unpaid (in fen), the oldest unpaid due date (or `NO_DATE`), the day from which
    days past due count, and the days past due while they stand still.
    """

    days: Numbers
    values: Numbers

    def at(self, days: Numbers) -> Numbers:
        """The values on some days, one row a day."""
        if not self.days.size:
            return np.tile(_BEFORE_ALL, (days.size, 1))
        places = np.searchsorted(self.days, days, side="right") - 1
        return np.where(places[:, None] < 0, _BEFORE_ALL, self.values[places])


class Standing(NamedTuple):
    """How a loan stands through a span of days; amounts in fen."""

    balance: Money
    principal_unpaid: Money  # fallen due and unpaid
    interest_unpaid: Money
    oldest_unpaid_due: dt.date | None
    late_since: dt.date | None  # from when days past due count; None: not late, or standing still
    stood_days: int  # days past due while their count stands still

    @property
    def unpaid(self) -> Money:
        """Principal and interest fallen due and unpaid."""
        return Money(self.principal_unpaid + self.interest_unpaid)

    def days_past_due(self, day: dt.date) -> int:
        """How late the loan is on a day of the span."""
        return (day - self.late_since).days if self.late_since else self.stood_days


class Span(NamedTuple):
    """Days, both included, on which the two courses stood still and were not the same."""

    since: dt.date
    until: dt.date
    believed: Standing
    true: Standing


def course_of(loan: Loan, until: dt.date) -> Course:
    """The course of one loan up to a day; raises ValueError for one that cannot be computed."""
    return course_in(book_of([loan]), 0, until)


def course_in(book: Book, n: int, until: dt.date) -> Course:
    """The course of loan `n` of a book up to a day, as `course_of`."""
    state, journal = walked(book, n, until)
    lines = journal[: state.lines]
    days = np.asarray(lines["day"], np.int64)
    is_last = np.ones(days.size, bool)  # of its day: what an evening looks like
    is_last[:-1] = days[1:] != days[:-1]
    values = np.stack([lines[name] for name in _NOTED], axis=1)
    return Course(days[is_last], values[is_last])


def as_believed(courses: Sequence[tuple[dt.date, Course]]) -> Course:
    """What was believed day by day: each course holds from its day until the next one's.

    Courses come in order of their days; the first one holds from the beginning of time.
    """
    begins = [np.iinfo(np.int64).min, *(day_number(day) for day, _ in courses[1:])]
    ends = [*begins[1:], np.iinfo(np.int64).max]
    days, values = [], []
    for (_, course), begin, end in zip(courses, begins, ends, strict=True):
        inside = (course.days > begin) & (course.days < end)
        if begin > np.iinfo(np.int64).min:
            days.append(np.array([begin]))
            values.append(course.at(days[-1]))
        days.append(course.days[inside])
        values.append(course.values[inside])
    return Course(np.concatenate(days), np.concatenate(values))


def differing_spans(believed: Course, true: Course, since: dt.date, until: dt.date) -> list[Span]:
    """Where two courses differ between two days, both included, in order."""
    first, last = day_number(since), day_number(until)
    events = np.concatenate([believed.days, true.days])
    inside = events[(events > first) & (events <= last)]
    days = np.unique(np.append(inside, first))
    both = np.concatenate([believed.at(days), true.at(days)], axis=1)
    begins = np.ones(days.size, bool)
    begins[1:] = np.any(both[1:] != both[:-1], axis=1)
    days, both = days[begins], both[begins]
    ends = np.append(days[1:], last + 1) - 1
    width = len(_NOTED)
    differs = np.any(both[:, :width] != both[:, width:], axis=1)
    spans = zip(
        dates_of(days[differs]),
        dates_of(ends[differs]),
        _standings(both[differs, :width]),
        _standings(both[differs, width:]),
        strict=True,
    )
    return [Span(*span) for span in spans]


def _standings(values: Numbers) -> list[Standing]:
    """Rows of a course as plain values."""
    balance, principal, interest, oldest, since, stood = values.T
    amounts = (balance.tolist(), principal.tolist(), interest.tolist())
    days = (_dates_or_none(oldest), _dates_or_none(since), stood.tolist())
    return [Standing(*row) for row in zip(*amounts, *days, strict=True)]


def _dates_or_none(days: Numbers) -> list[dt.date | None]:
    is_day = days != NO_DATE
    dates = zip(dates_of(np.where(is_day, days, 0)), is_day.tolist(), strict=True)
    return [date if known else None for date, known in dates]
