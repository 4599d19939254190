"""Computes past days again, twice: by what was believed so far, and by what is known now.

Loans that are corrected, and their debtors' other loans (whose grades may hang on them), are read
up to the marks of the last closed day and up to those of the day in work. The same kernel and the
same rules as on any day then go through the closed days in question, with the parameters that each
of them counted by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.gathering import Graded, OnRecord, grade_day
from daihou.classification.limits import grade_limits
from daihou.classification.memory import Memory, memory_before
from daihou.classification.regrading import GradesOverDays
from daihou.classification.rules import GradeLimits
from daihou.daily_run.choices import DayStatus
from daihou.daily_run.corrected_loans import CorrectedLoans, Seen
from daihou.daily_run.day_snapshot import paid_on
from daihou.daily_run.models import BusinessDay
from daihou.early_warning.happenings import Delay, causes_among, technical_delays
from daihou.early_warning.limits import signal_limits
from daihou.early_warning.past import LEDGER_RULES, OtherPayments, levels_by_ledger
from daihou.early_warning.payers import other_payments
from daihou.early_warning.rules import SignalLimits
from daihou.policy.queries import parameters_as_recorded
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_growth import book_of_loans
from loanmath.dates import date_of, day_number
from loanmath.positions import positions

MOST_CELLS = 300_000  # loans times days that are held in memory at once
_LONGEST_LOOK_BACK = dt.timedelta(days=400)  # beyond every window of the rules used here


@dataclass(frozen=True)
class Group:
    """Loans that are computed again together, all loans of a client side by side, from a day on."""

    since: dt.date
    loans: dict[int, dt.date]  # by loan, the first day that may stand otherwise
    aside_since: Mapping[int, dt.date]  # loans not computed from a day on; may hold others too


@dataclass(frozen=True)
class PastDay:
    """A closed business day with the limits that it judged by."""

    day: dt.date
    grading: GradeLimits
    warning: SignalLimits


class Calendar:
    """The closed business days, with the parameters that each was run by."""

    def __init__(self, until: dt.date, since: dt.date) -> None:
        closed = BusinessDay.objects.filter(
            status=DayStatus.CLOSED, day__gte=since, day__lte=until
        ).order_by("day")
        self._limits: dict[str, tuple[GradeLimits, SignalLimits]] = {}
        self.days = [
            PastDay(day, *self._limits_of(day, inputs["parameters"]))
            for day, inputs in closed.values_list("day", "inputs")
        ]

    def from_(self, since: dt.date) -> list[PastDay]:
        """The closed days from a day on."""
        return [one for one in self.days if one.day >= since]

    def _limits_of(
        self, day: dt.date, versions: Mapping[str, int]
    ) -> tuple[GradeLimits, SignalLimits]:
        key = repr(sorted(versions.items()))
        if key not in self._limits:
            parameters = parameters_as_recorded(day, versions)
            self._limits[key] = (grade_limits(parameters), signal_limits(parameters))
        return self._limits[key]


@dataclass(frozen=True)
class Account:
    """How loans stood on past days by one state of knowledge: one row a day, one column a loan.

    Amounts in fen; `levels` has one such table for each of `LEDGER_RULES`. Where a loan could not
    be computed (`unknown`), the other values mean nothing.
    """

    unknown: npt.NDArray[np.bool_]
    oldest: npt.NDArray[np.int32]
    days_past_due: npt.NDArray[np.int32]
    balance: npt.NDArray[np.int64]
    overdue: npt.NDArray[np.int64]
    paid: npt.NDArray[np.int64]
    levels: npt.NDArray[np.int8]

    @classmethod
    def room(cls, days: int, loans: int) -> Account:
        """Room for so many days and loans."""
        size = (days, loans)
        return cls(
            np.zeros(size, bool),
            np.zeros(size, np.int32),
            np.zeros(size, np.int32),
            np.zeros(size, np.int64),
            np.zeros(size, np.int64),
            np.zeros(size, np.int64),
            np.zeros((len(LEDGER_RULES), *size), np.int8),
        )

    def note(
        self,
        row: int,
        book: BookOnDay,
        paid: npt.NDArray[np.int64],
        levels: npt.NDArray[np.int8],
    ) -> None:
        """Write down one day."""
        standing = book.positions
        self.unknown[row] = book.is_set_aside
        self.oldest[row] = standing.oldest_unpaid_due
        self.days_past_due[row] = standing.days_past_due
        self.balance[row] = standing.principal
        self.overdue[row] = standing.principal_overdue + standing.interest_overdue
        self.paid[row] = paid
        self.levels[:, row] = levels


class PastBook:
    """Some loans as one business day knew them, to be looked at on earlier days."""

    def __init__(self, connection: psycopg.Connection, seen: Seen, group: Group) -> None:
        self.columnar: ColumnarBook = book_of_loans(connection, seen.marks, group.loans)
        [(_, self._known)] = self.columnar.on(day_number(seen.day))
        since = group.since - _LONGEST_LOOK_BACK
        paid = other_payments(
            connection, list(group.loans), since=since, known_on=seen.day, mark=seen.marks.entry
        )
        self.payments = OtherPayments(
            self.columnar.places.of(np.array([loan for loan, _ in paid], np.int64)),
            np.array([day_number(day) for _, day in paid], np.int32),
        )

    def on(self, day: dt.date) -> BookOnDay:
        """The loans on the evening of a day, by all that is known of them."""
        standing = positions(self._known, day_number(day))
        return BookOnDay(day, self.columnar, standing)

    def paid_on(self, day: dt.date) -> npt.NDArray[np.int64]:
        """What was paid on each loan on a day, by all that is known of it."""
        return paid_on(self._known, day_number(day))


class TwoPasts:
    """The closed days of a group of loans, as believed so far and as they are true."""

    def __init__(
        self,
        connection: psycopg.Connection,
        group: Group,
        days: list[PastDay],
        before: Seen,
        now: Seen,
    ) -> None:
        self.days = days
        self._aside_since = group.aside_since
        self._before = PastBook(connection, before, group)
        self._now = PastBook(connection, now, group)
        self.loan_ids = self._now.columnar.loans["loan_id"]
        self.since = np.array(
            [day_number(group.loans[loan]) for loan in self.loan_ids.tolist()], np.int32
        )
        customers = np.unique(self._now.columnar.loans["customer_id"]).tolist()
        first = group.since - _LONGEST_LOOK_BACK
        self._delays: list[Delay] = technical_delays(connection, first, before.day, customers)
        self.believed, self.true = (
            Account.room(len(days), self.loan_ids.size) for _ in ("believed", "true")
        )
        self._connection, self._known_on = connection, now.day
        self._record = self._on_record(before.day, customers)
        self._memories: list[Memory] = []  # before each of the days
        size = (len(days), self.loan_ids.size)
        self.grades = GradesOverDays(
            self.dates, self.loan_ids, np.zeros(size, np.int8), np.zeros(size, np.int32)
        )
        self._compute()

    @property
    def customers(self) -> npt.NDArray[np.int64]:
        """Whose loans they are."""
        return self._now.columnar.loans["customer_id"]

    def first_day_of(self, column: int) -> dt.date:
        """The first day of a loan that may stand otherwise."""
        return date_of(int(self.since[column]))

    @cached_property
    def dates(self) -> list[dt.date]:
        """The days without their limits."""
        return [one.day for one in self.days]

    @cached_property
    def concerned(self) -> npt.NDArray[np.bool_]:
        """Which days of each loan may stand otherwise; earlier ones are not touched."""
        days = np.array([day_number(day) for day in self.dates], np.int32)
        return np.asarray(days[:, None] >= self.since[None, :])

    def graded_on(self, row: int) -> tuple[BookOnDay, Graded]:
        """The true grades of one of the days, with what they rest on."""
        past = self.days[row]
        book = self._now.on(past.day)
        causes = causes_among(book, self._delays, past.grading.technical_exception.value)
        graded = grade_day(
            self._connection, book, past.grading, self._record, self._memories[row], causes
        )
        return book, graded

    def _on_record(self, until: dt.date, customers: list[int]) -> OnRecord:
        """What is on record beside the ledger, by all that is known of it."""
        last = self.days[-1]
        return OnRecord.read(
            self._connection, self._now.on(last.day), last.grading, until=until,
            known=self._known_on, customers=customers,
        )  # fmt: skip

    def _memory_before_the_first(self) -> Memory:
        """What the evening before the first of the days is known to have left."""
        first = self.days[0]
        return memory_before(
            self._connection, self._now.columnar, first.grading, day=first.day,
            known=self._known_on, loans=self.loan_ids.tolist(),
        )  # fmt: skip

    def _compute(self) -> None:
        memory = self._memory_before_the_first()
        for row, past in enumerate(self.days):
            self._memories.append(memory)
            book, graded = self.graded_on(row)
            memory = graded.memory(memory, book.is_set_aside, past.grading)
            grades = graded.grades
            self.grades.grade[row], self.grades.because[row] = grades.grade, grades.because
            for account, one, known in (
                (self.true, book, self._now),
                (self.believed, self._before.on(past.day), self._before),
            ):
                levels = levels_by_ledger(one, past.warning, self._delays, known.payments)
                account.note(row, one, known.paid_on(past.day), levels)
        self._remember_set_asides()

    def _remember_set_asides(self) -> None:
        """While a loan was set aside nothing was believed of it, whatever is read of it now."""
        days = np.array([day_number(day) for day in self.dates], np.int32)
        for column, loan in enumerate(self.loan_ids.tolist()):
            if loan in self._aside_since:
                self.believed.unknown[:, column] |= days >= day_number(self._aside_since[loan])


def groups_of(
    connection: psycopg.Connection, found: CorrectedLoans, before: Seen, days: int
) -> Iterator[Group]:
    """Gather corrected loans with their debtors' other loans, in groups that fit into memory.

    A client's loans stay together and have one first day; those that reach back a similar way come
    together. Retail loans hang on nobody else's and come alone. `days` is how many lie behind.
    """
    since, aside = found.since, found.aside_since
    rows: list[tuple[int, int]] = connection.execute(
        "SELECT loan.id, loan.customer_id FROM loan_book_loan AS loan"
        " JOIN loan_book_product AS product ON product.id = loan.product_id"
        " WHERE loan.id = ANY(%(loans)s) OR (NOT product.is_retail AND loan.id <= %(mark)s"
        " AND loan.customer_id IN (SELECT customer_id FROM loan_book_loan"
        " WHERE id = ANY(%(loans)s)))",
        {"loans": list(since), "mark": before.marks.loan},
    ).fetchall()
    clients: dict[int, list[int]] = {}
    for loan, customer in rows:
        clients.setdefault(customer, []).append(loan)
    first = {
        customer: min(since[loan] for loan in loans if loan in since)
        for customer, loans in clients.items()
    }
    gathered: dict[int, dt.date] = {}
    for customer in sorted(clients, key=lambda one: (first[one], one), reverse=True):
        reach = min((before.day - first[customer]).days + 1, days)
        if gathered and (len(gathered) + len(clients[customer])) * reach > MOST_CELLS:
            yield Group(min(gathered.values()), gathered, aside)
            gathered = {}
        gathered |= dict.fromkeys(clients[customer], first[customer])
    if gathered:
        yield Group(min(gathered.values()), gathered, aside)
