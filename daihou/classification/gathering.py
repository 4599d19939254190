"""Gathers the facts of grading: the book, what is on record beside it, the evening before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.codes import FLOORS, RULE_SETS, Because, Codes
from daihou.classification.contract_changes import (
    ContractChanges,
    Restructuring,
    due_dates_after,
    observation,
    wait_ends,
)
from daihou.classification.memory import KeptDays, Memory, Remembered, worth_remembering
from daihou.classification.rules import GradeFacts, GradeLimits, Grades, grade_book
from daihou.classification.told import Told, ToldRows, told_on
from daihou.loan_book.choices import CustomerKind
from daihou.servicing.book_columns import CUSTOMER_KINDS
from daihou.servicing.book_on_day import BookOnDay
from loanmath.codes import Status
from loanmath.dates import NO_DATE, day_number

_FARMER = CUSTOMER_KINDS.index(CustomerKind.FARMER)
_ALL_ROWS = 2**62


@dataclass(frozen=True)
class OnRecord:
    """What is on record beside the ledger, read once and good for every day up to one."""

    told: ToldRows
    changes: ContractChanges
    sets: dict[int, int]  # product to rule set, where the product has one of its own

    @classmethod
    def read(
        cls,
        connection: psycopg.Connection,
        book: BookOnDay,
        limits: GradeLimits,
        *,
        until: dt.date,
        known: dt.date,
        customers: list[int] | None = None,
    ) -> OnRecord:
        """Read what is on record up to a day, as the day `known` knows it."""
        marks = book.columnar.marks
        sets = connection.execute(
            "SELECT id, rule_set FROM loan_book_product WHERE rule_set <> ''"
        ).fetchall()
        return cls(
            ToldRows.read(connection, until, customers),
            ContractChanges.read(
                connection, limits, until=until, known=known, plan=marks.plan or _ALL_ROWS,
                terms=marks.terms or _ALL_ROWS, customers=customers,
            ),
            {product: RULE_SETS.index(name) for product, name in sets},
        )  # fmt: skip


@dataclass(frozen=True)
class Graded:
    """The grades of a day with what they rest on."""

    facts: GradeFacts
    grades: Grades
    told: Told
    days: KeptDays

    def memory(self, before: Memory, aside: npt.NDArray[np.bool_], limits: GradeLimits) -> Memory:
        """What tomorrow must remember; of loans set aside, what was remembered already."""
        worth = worth_remembering(self.grades.because, limits) & ~aside
        kept = {place: one for place, one in before.items() if aside[place]}
        return kept | self.days.remembered(self.grades.because, worth)


def grade_day(
    connection: psycopg.Connection,
    book: BookOnDay,
    limits: GradeLimits,
    record: OnRecord,
    memory: Memory,
    technical_cause: npt.NDArray[np.bool_],
) -> Graded:
    """Grade every loan of the book on its day."""
    told = told_on(book, record.told, limits)
    _add_extensions(told, book, record.changes)
    days = _days_kept(connection, book, limits, record.changes, memory)
    facts = _facts(book, limits, record, memory, technical_cause, told, days)
    return Graded(facts, grade_book(facts, limits), told, days)


def _facts(
    book: BookOnDay,
    limits: GradeLimits,
    record: OnRecord,
    memory: Memory,
    technical_cause: npt.NDArray[np.bool_],
    told: Told,
    days: KeptDays,
) -> GradeFacts:
    position, today = book.positions, day_number(book.day)
    chased = position.written_off - position.recovered
    written_off = (position.status == Status.WRITTEN_OFF) & (chased > 0) & ~book.is_set_aside
    was_bad = np.zeros(book.size, bool)
    was_bad[[n for n, one in memory.items() if one.because & limits.bad_by_itself]] = True
    return GradeFacts(
        customer=book.loans["customer_id"],
        is_retail=book.loans["is_retail"] != 0,
        currency=book.loans["currency"].astype(np.int64),
        judged=book.is_live | written_off,
        days_past_due=position.days_past_due,
        principal=position.principal,
        written_off=np.maximum(chased, 0),
        technical_cause=technical_cause,
        rule_set=_rule_sets(book, record.sets, limits),
        security=book.loans["security"].astype(np.int8),
        told=told.because,
        ecl_share=told.ecl_share,
        debts_elsewhere=told.debts_elsewhere,
        overdue_elsewhere=told.overdue_elsewhere,
        was_bad=was_bad,
        wait_served=_spread(book, days, days.columns["wait_until"] <= today, "wait_until"),
        observed=_spread(book, days, days.columns["observed_until"] > today, "observed_until"),
        restructured_again=_spread(book, days, days.again, "observed_until"),
    )


def _spread(
    book: BookOnDay, days: KeptDays, values: npt.NDArray[np.bool_], where: str
) -> npt.NDArray[np.bool_]:
    """A value of the few loans of which days are kept, for the whole book."""
    spread = np.zeros(book.size, bool)
    spread[days.places] = values & (days.columns[where] != NO_DATE)
    return spread


def _rule_sets(book: BookOnDay, own: dict[int, int], limits: GradeLimits) -> Codes:
    """The rule set of each loan: its product's own, or that of its segment."""
    non_retail, retail, farmer = limits.segments
    if {non_retail, retail, farmer} == {FLOORS} and not own:
        return np.full(book.size, FLOORS, np.int8)
    segments = np.where(
        book.loans["is_retail"] == 0,
        non_retail,
        np.where(book.loans["customer_kind"] == _FARMER, farmer, retail),
    ).astype(np.int8)
    for product, number in own.items():
        segments[book.loans["product_id"] == product] = number
    return segments


def _add_extensions(told: Told, book: BookOnDay, changes: ContractChanges) -> None:
    """An extended loan of a farmer is at best 关注."""
    today = day_number(book.day)
    extended = [loan for loan, (day, _) in changes.extended.items() if day <= today]
    at = book.columnar.places.of(np.array(extended, np.int64))
    for place, loan in zip(at.tolist(), extended, strict=True):
        if place >= 0 and book.loans["customer_kind"][place] == _FARMER:
            told.because[place] |= Because.EXTENDED_FARMER
            told.row[place] = told.row[place] or changes.extended[loan][1]


def _days_kept(
    connection: psycopg.Connection,
    book: BookOnDay,
    limits: GradeLimits,
    changes: ContractChanges,
    memory: Memory,
) -> KeptDays:
    """The waiting times and periods of observation of the few loans that have one."""
    today = day_number(book.day)
    waits = _waits(book, limits, memory, today)
    windows = _windows(book, changes, memory, today)
    asked = [
        (int(book.loans["loan_id"][place]), since)
        for place, since in [*waits.items(), *((n, one.since) for n, one in windows.items())]
        if since != NO_DATE
    ]
    most = max(limits.upgrade_periods.value, limits.observation_periods.value) + 1
    following = due_dates_after(
        connection, asked, day=book.day, plan=book.columnar.marks.plan or _ALL_ROWS, count=most
    )
    due = iter(following)
    lines: dict[int, Remembered] = {}
    for place, since in waits.items():
        one = memory[place]
        if since == NO_DATE:
            lines[place] = Remembered(0, one.clean_since, one.wait_until)
        else:
            lines[place] = Remembered(0, since, wait_ends(since, next(due), limits))
    again, shown = {}, {}
    for place, window in windows.items():
        kept = lines.get(place, Remembered(0))
        first, until = window.first, window.until
        if window.since != NO_DATE:
            first, until = observation(window.since, next(due), limits)
        anchor = window.anchor
        again[place], shown[place] = window.again, window.last
        lines[place] = Remembered(
            0, kept.clean_since, kept.wait_until, window.last.day, anchor, first, until
        )
    return KeptDays.of(
        (place, one, again.get(place, False), *_shown(shown.get(place)))
        for place, one in lines.items()
    )


def _shown(last: Restructuring | None) -> tuple[int, int]:
    return (0, 0) if last is None else (int(last.difficulty), last.row)


def _waits(book: BookOnDay, limits: GradeLimits, memory: Memory, today: int) -> dict[int, int]:
    """Loans that were 不良 and are without arrears: from when to count, `NO_DATE` if it is kept."""
    found = {}
    late = book.positions.days_past_due > limits.special_mention_over.value
    for place, one in memory.items():
        if one.because & limits.bad_by_itself and not late[place]:
            found[place] = today if one.clean_since == NO_DATE else NO_DATE
    return found


@dataclass(frozen=True)
class _Window:
    """A period of observation: counted from `since` anew, or as it was kept (`since` NO_DATE)."""

    last: Restructuring
    anchor: int
    since: int
    first: int = NO_DATE
    until: int = NO_DATE
    again: bool = False


def _windows(
    book: BookOnDay, changes: ContractChanges, memory: Memory, today: int
) -> dict[int, _Window]:
    """For each restructured loan, from when its period of observation is to be counted."""
    loans = list(changes.restructurings)
    places = book.columnar.places.of(np.array(loans, np.int64)).tolist()
    found = {}
    for place, loan in zip(places, loans, strict=True):
        past = [one for one in changes.restructurings[loan] if one.day <= today]
        if place >= 0 and past and book.is_live[place]:
            found[place] = _window(past, memory.get(place, Remembered(0)), today)
    return found


def _window(past: list[Restructuring], before: Remembered, today: int) -> _Window:
    last = past[-1]
    if not before.is_observed:
        return _Window(last, last.day, last.day, again=_overlap(past))
    if before.changed_on != last.day:  # restructured once more within the period
        return _Window(last, last.day, last.day, again=True)
    again = bool(before.because & int(Because.RESTRUCTURED_AGAIN))
    if before.was_overdue:  # the period begins anew once the arrears are paid
        return _Window(last, today, today, again=again)
    kept = (before.observed_since, NO_DATE, before.observed_from, before.observed_until)
    return _Window(last, *kept, again=again)


_SHORTEST = 365  # days that a period of observation has at least, for changes of before our time


def _overlap(past: list[Restructuring]) -> bool:
    """Whether the last restructuring fell into the period of the one before it."""
    return len(past) > 1 and past[-1].day - past[-2].day < _SHORTEST
