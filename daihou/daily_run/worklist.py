"""The ranked worklist: one row per client, what to do, why first, and until when.

A client's matters (事由) are gathered from all domains. The score is a plain sum of points, all of
them parameters:

    worst colour of the signals + deepest arrears + grade worsened + bad data + due soon + amount

Rows stand by score, then by amount: `rank_score = points x 1,000,000 + amount in thousand yuan`.
Everything here works on arrays, for one client on a screen as for all clients of a day. Nothing
here knows the database; days are day numbers, amounts are fen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from daihou.daily_run.choices import Task
from loanmath.money import FEN_PER_YUAN

POINTS_STEP = 1_000_000
_THOUSAND_YUAN = 1000 * FEN_PER_YUAN
_MOST_THOUSANDS = POINTS_STEP - 1
_BLUE, _RED = 1, 4

Numbers = npt.NDArray[np.int64]


class Kind(IntEnum):
    """What a matter is about; the first kind that a client has decides what to do."""

    OVERDUE = 1
    SIGNAL = 2
    GRADE_WORSE = 3
    INSTALMENT = 4
    MATURITY = 5
    SET_ASIDE = 6
    NOT_RESET = 7
    RATE_CHANGED = 8
    RESET_COMING = 9


@dataclass(frozen=True)
class Matters:
    """Matters of loans, one value each: what about, since when, and what is needed to rank it.

    `amount` is what is at stake on the loan; `colour` that of a signal, 0 for other matters.
    `detail` is, by kind: the signal's number; the grades, worse x 10 + better; the due date of
    the instalment or the loan; the code of the data's problem; why a floating rate was not reset;
    the day of its reset; 0 for arrears, which begin on the day after `late_since` and so need
    no days of their own.
    """

    kind: Numbers
    loan: Numbers
    since: Numbers
    amount: Numbers
    colour: Numbers
    detail: Numbers

    @classmethod
    def of(cls, rows: npt.ArrayLike) -> Matters:
        """Matters from rows as `as_rows` gives them."""
        return cls(*np.asarray(rows, np.int64).reshape(-1, len(cls.__dataclass_fields__)).T)

    @property
    def as_rows(self) -> npt.NDArray[np.int64]:
        """A row for each matter, as it is kept with the work."""
        return np.column_stack(list(vars(self).values()))

    def take(self, which: npt.NDArray) -> Matters:
        """Some of the matters, in the order given."""
        return Matters(**{name: values[which] for name, values in vars(self).items()})

    def days_past_due(self, today: int) -> Numbers:
        """How long each has been in arrears on a day; 0 for other matters."""
        return np.where(self.kind == Kind.OVERDUE, today - self.since + 1, 0)

    @staticmethod
    def joined(parts: list[Matters]) -> Matters:
        """All parts as one."""
        names = Matters.__dataclass_fields__
        return Matters(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


@dataclass(frozen=True)
class WorkPoints:
    """The parameters of the ranking: points, the bands they go by, and times to act."""

    colour_points: tuple[int, ...]
    overdue_from: tuple[int, ...]
    overdue_points: tuple[int, ...]
    amount_from: tuple[int, ...]  # yuan
    amount_points: tuple[int, ...]
    grade_worse_points: int
    set_aside_points: int
    coming_points: int
    within: Mapping[Kind, int]  # working days
    within_colour: tuple[int, ...]  # 蓝: days; 黄, 橙, 红: working days
    version: str


@dataclass(frozen=True)
class Calendar:
    """The business date, and the working days after it."""

    today: int
    after: Callable[[int], int]  # the n-th working day after today
    before: Callable[[int], int]  # the last working day before a day, but not before today


@dataclass(frozen=True)
class Clients:
    """The matters of many clients side by side: those of client `n` begin at `begins[n]`.

    Made by `by_client`, which puts each client's matters in order: by kind, then the gravest first.
    """

    matters: Matters
    begins: npt.NDArray[np.intp]
    today: int

    @cached_property
    def days(self) -> Numbers:
        """The longest arrears of each client, in days."""
        return self.largest(self.matters.days_past_due(self.today))

    @cached_property
    def colour(self) -> Numbers:
        """The gravest colour of each client's signals; 0 for none."""
        return self.largest(self.matters.colour)

    @cached_property
    def first_kind(self) -> Numbers:
        """What decides what to do."""
        return self.matters.kind[self.begins]

    @cached_property
    def amount(self) -> Numbers:
        """The amount at stake: each loan once, with the largest of its matters."""
        client = np.repeat(np.arange(self.begins.size), self.sizes)
        order = np.lexsort((self.matters.amount, self.matters.loan, client))
        loan, of = self.matters.loan[order], client[order]
        is_largest = np.r_[(loan[1:] != loan[:-1]) | (of[1:] != of[:-1]), True][: loan.size]
        counted = np.where(is_largest, self.matters.amount[order], 0)
        return np.add.reduceat(counted, self.begins) if counted.size else counted

    @property
    def sizes(self) -> npt.NDArray[np.intp]:
        """How many matters each client has."""
        return np.diff(np.append(self.begins, self.matters.kind.size))

    def has(self, *kinds: Kind) -> npt.NDArray[np.bool_]:
        """Which clients have a matter of one of the kinds."""
        return np.asarray(self.largest(np.isin(self.matters.kind, kinds).astype(np.int64)) > 0)

    def only(self, kind: Kind) -> npt.NDArray[np.bool_]:
        """Which clients have matters of no other kind."""
        return np.asarray(self.largest((self.matters.kind != kind).astype(np.int64)) == 0)

    def largest(self, values: Numbers) -> Numbers:
        """The largest of a value of the matters, for each client."""
        return np.maximum.reduceat(values, self.begins) if self.begins.size else values


def by_client(matters: Matters, customer: Numbers, today: int) -> tuple[Clients, Numbers]:
    """Put the matters of each client together; second, the clients in the same order."""
    days = matters.days_past_due(today)
    ties = (matters.since, matters.detail, matters.loan)
    keys = (*ties, -matters.amount, -days, -matters.colour, matters.kind, customer)
    order = np.lexsort(keys)
    customers, begins = np.unique(customer[order], return_index=True)
    return Clients(matters.take(order), begins, today), customers


def points_of(clients: Clients, points: WorkPoints) -> dict[str, Numbers]:
    """The parts of each client's score, by what they are for."""
    colours = np.array((0, *points.colour_points))
    return {
        "colour": colours[clients.colour],
        "overdue": _band(clients.days, points.overdue_from, points.overdue_points),
        "grade_worse": np.where(clients.has(Kind.GRADE_WORSE), points.grade_worse_points, 0),
        "set_aside": np.where(clients.has(Kind.SET_ASIDE), points.set_aside_points, 0),
        "coming": np.where(clients.has(Kind.INSTALMENT, Kind.MATURITY), points.coming_points, 0),
        "amount": _band(clients.amount // FEN_PER_YUAN, points.amount_from, points.amount_points),
    }


def _band(values: Numbers, starts: tuple[int, ...], worth: tuple[int, ...]) -> Numbers:
    """The points of the highest band that each value reaches; 0 below the first."""
    reached = np.searchsorted(np.array(starts), values, side="right")
    return np.array((0, *worth))[np.minimum(reached, len(worth))]


def rank_scores(clients: Clients, points: WorkPoints) -> Numbers:
    """By what the rows stand: points first, then the amount."""
    total = np.sum(list(points_of(clients, points).values()), axis=0)
    thousands = np.minimum(clients.amount // _THOUSAND_YUAN, _MOST_THOUSANDS)
    return np.asarray(total * POINTS_STEP + thousands)


def due_days(clients: Clients, points: WorkPoints, calendar: Calendar) -> Numbers:
    """Until when the first of each client's matters wants to be dealt with."""
    matters = clients.matters
    due = np.zeros(matters.kind.size, np.int64)
    for kind, days in points.within.items():
        due[matters.kind == kind] = calendar.after(days)
    for colour, days in enumerate(points.within_colour, start=_BLUE):
        until = (
            calendar.before(calendar.today + days + 1) if colour == _BLUE else calendar.after(days)
        )
        due[matters.colour == colour] = until
    coming = matters.kind == Kind.INSTALMENT
    for day in np.unique(matters.detail[coming]).tolist():
        due[coming & (matters.detail == day)] = calendar.before(day)
    return np.minimum.reduceat(due, clients.begins) if due.size else due


_TASKS = {
    Kind.GRADE_WORSE: Task.CHECK_GRADE,
    Kind.INSTALMENT: Task.REMIND,
    Kind.MATURITY: Task.SECURE_REPAYMENT,
    Kind.SET_ASIDE: Task.CORRECT_DATA,
    Kind.NOT_RESET: Task.RESET_RATE,
    Kind.RATE_CHANGED: Task.TELL_RATE,
    Kind.RESET_COMING: Task.TELL_RATE,
}
_CHECKS = (Task.CHECK_BLUE, Task.CHECK_BLUE, Task.CHECK_YELLOW, Task.CHECK_ORANGE, Task.CHECK_RED)


def tasks_of(clients: Clients, done_on: Numbers) -> Numbers:
    """What to do for each client, by its first matter; grave signals speak before arrears.

    `done_on` is the day on which work for the client was last done (`NO_DATE` if never): arrears
    that stood already then are followed up, not met for the first time.
    """
    task = np.zeros(clients.begins.size, np.int64)
    for kind, what in _TASKS.items():
        task[clients.first_kind == kind] = what
    checks = np.array(_CHECKS)[clients.matters.colour[clients.begins]]
    task = np.where(clients.first_kind == Kind.SIGNAL, checks, task)
    newest = np.where(clients.matters.kind == Kind.OVERDUE, clients.matters.since, -(2**31))
    met_before = clients.largest(newest) <= done_on
    contact = np.where(met_before, Task.FOLLOW_UP, Task.FIRST_CONTACT)
    task = np.where(clients.first_kind == Kind.OVERDUE, contact, task)
    return np.where(clients.colour == _RED, Task.CHECK_RED, task)
