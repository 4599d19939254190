"""Gathers what there is to do about each client: arrears, signals, grades, due dates, bad data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.rules import GRADE_NAMES
from daihou.daily_run.worklist import Kind, Matter
from daihou.early_warning.rules import SIGNAL_NAMES, Rule
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import BookOnDay
from loanmath.dates import NO_DATE, day_number

Places = npt.NDArray[np.intp]

# These go on until the money or the data are right: work done about them is followed up.
_GO_ON = frozenset({Kind.OVERDUE, Kind.SET_ASIDE})


@dataclass(frozen=True)
class ClientMatters:
    """The matters of one client that ask for work today.

    `place` is that of one of the client's loans, `done_on` the day on which work for the client
    was last done (`NO_DATE` if never).
    """

    place: int
    matters: list[Matter]
    done_on: int


def client_matters(
    book: BookOnDay, cursor: psycopg.Cursor, parameters: ParametersOnDay
) -> list[ClientMatters]:
    """The matters of every client that asks for work today, in the order of the book.

    A matter that stood already when work for the client was last done asks for no new work; what
    goes on (arrears, bad data) asks again after the parameter `worklist.follow_up`.
    """
    done = _last_done(book, cursor)
    follow_up = parameters.whole("worklist.follow_up")
    today = day_number(book.day)
    clients: dict[int, ClientMatters] = {}
    customers = book.loans["customer_id"]
    for matter in _all(book, cursor, parameters):
        last = int(done[matter.place])
        again = matter.kind in _GO_ON and today - last >= follow_up
        if matter.since > last or again:
            customer = int(customers[matter.place])
            client = clients.setdefault(customer, ClientMatters(matter.place, [], last))
            client.matters.append(matter)
    return [clients[customer] for customer in sorted(clients)]


def _all(book: BookOnDay, cursor: psycopg.Cursor, parameters: ParametersOnDay) -> Iterator[Matter]:
    yield from _overdue(book)
    yield from _signals(book, cursor)
    yield from _worse_grades(book, cursor)
    yield from _coming(book, parameters)
    yield from _maturing(book, parameters)
    yield from _set_aside(book, cursor)


def _last_done(book: BookOnDay, cursor: psycopg.Cursor) -> npt.NDArray[np.int64]:
    """The day on which work for each loan's client was last done; `NO_DATE` if never."""
    cursor.execute(
        "SELECT customer_id, max(closed_on) FROM daily_run_workitem"
        " WHERE status = 'done' AND closed_on <= %s GROUP BY customer_id",
        (book.day,),
    )
    done = np.full(book.size, NO_DATE, np.int64)
    for customer, closed_on in cursor.fetchall():
        first, last = np.searchsorted(book.loans["customer_id"], (customer, customer + 1))
        done[first:last] = day_number(closed_on)
    return done


def _overdue(book: BookOnDay) -> Iterator[Matter]:
    position = book.positions
    places = np.flatnonzero(book.is_live & (position.days_past_due > 0))
    owed = position.principal_overdue + position.interest_overdue
    for place in places.tolist():
        days = int(position.days_past_due[place])
        since = int(position.oldest_unpaid_due[place]) + 1
        amount = int(owed[place])
        yield Matter(Kind.OVERDUE, place, since, amount, days=days)


def _coming(book: BookOnDay, parameters: ParametersOnDay) -> Iterator[Matter]:
    """Large instalments that fall due soon, of borrowers who were late before."""
    position, today = book.positions, day_number(book.day)
    ahead = parameters.whole("worklist.instalment_ahead")
    until = position.next_due.astype(np.int64) - today
    places = np.flatnonzero(
        book.is_live
        & (position.days_past_due == 0)
        & (until > 0)
        & (until <= ahead)
        & (position.next_due_amount >= parameters.whole("worklist.instalment_large"))
        & (position.late_instalments_12m >= parameters.whole("worklist.instalment_late_times"))
    )
    for place in places.tolist():
        due, amount = int(position.next_due[place]), int(position.next_due_amount[place])
        yield Matter(Kind.INSTALMENT, place, due - ahead, amount, due_date=due)


def _maturing(book: BookOnDay, parameters: ParametersOnDay) -> Iterator[Matter]:
    """Loans that mature soon and are not in arrears."""
    position, ahead = book.positions, parameters.whole("worklist.maturity_ahead")
    maturity = book.loans["maturity"]
    until = maturity.astype(np.int64) - day_number(book.day)
    places = np.flatnonzero(
        book.is_live
        & (position.days_past_due == 0)
        & (position.principal > 0)
        & (until >= 0)
        & (until <= ahead)
    )
    for place in places.tolist():
        due, amount = int(maturity[place]), int(position.principal[place])
        yield Matter(Kind.MATURITY, place, due - ahead, amount, due_date=due)


def _signals(book: BookOnDay, cursor: psycopg.Cursor) -> Iterator[Matter]:
    cursor.execute(
        "SELECT loan_id, rule, colour, first_seen_on FROM early_warning_signal"
        " WHERE ceased_on IS NULL AND first_seen_on <= %s ORDER BY loan_id, rule",
        (book.day,),
    )
    rows = cursor.fetchall()
    for place, (_, rule, colour, seen) in _placed(book, rows):
        since, amount = day_number(seen), int(book.positions.principal[place])
        words = f"{rule} {SIGNAL_NAMES[Rule(rule)]}"
        yield Matter(Kind.SIGNAL, place, since, amount, colour=colour, words=words)


def _worse_grades(book: BookOnDay, cursor: psycopg.Cursor) -> Iterator[Matter]:
    cursor.execute(
        "SELECT loan_id, previous_grade, grade, valid_from FROM classification_loangrade"
        " WHERE valid_to IS NULL AND known_to IS NULL AND previous_grade < grade"
        " AND valid_from <= %s ORDER BY loan_id",
        (book.day,),
    )
    rows = cursor.fetchall()
    for place, (_, was, now, valid_from) in _placed(book, rows):
        since, amount = day_number(valid_from), int(book.positions.principal[place])
        words = f"{GRADE_NAMES[was]}下调为{GRADE_NAMES[now]}"
        yield Matter(Kind.GRADE_WORSE, place, since, amount, words=words)


def _set_aside(book: BookOnDay, cursor: psycopg.Cursor) -> Iterator[Matter]:
    cursor.execute(
        "SELECT loan_id, reason, since FROM daily_run_setaside"
        " WHERE until IS NULL AND since <= %s ORDER BY loan_id, since",
        (book.day,),
    )
    rows = cursor.fetchall()
    for place, (_, problem, set_aside_on) in _placed(book, rows):
        since, amount = day_number(set_aside_on), int(book.loans["principal"][place])
        yield Matter(Kind.SET_ASIDE, place, since, amount, words=problem)


def _placed(book: BookOnDay, rows: list[tuple]) -> Iterator[tuple[int, tuple]]:
    """Rows that begin with a loan's identity number, each with the loan's place in the book."""
    ids = np.array([row[0] for row in rows], np.int64)
    for place, row in zip(book.columnar.places.of(ids).tolist(), rows, strict=True):
        if place >= 0:
            yield place, row
