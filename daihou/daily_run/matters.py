"""Gathers what there is to do about each client: arrears, signals, dates, rate resets, bad data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.daily_run.worklist import CASE_STEP, WHOLE_CLIENT, CaseStep, Kind, Matters
from daihou.early_warning.cases.choices import CaseState
from daihou.early_warning.cases.limits import case_limits
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.choices import RESET_DONE, ResetOutcome
from daihou.storage.packed_columns import Column, Columns, places_among, read_columns
from loanmath.dates import NO_DATE, day_number

Places = npt.NDArray[np.intp]
Numbers = npt.NDArray[np.int64]

# These go on until the money, the data or the case are right: work done about them is followed up.
_GO_ON = (Kind.OVERDUE, Kind.SET_ASIDE, Kind.NOT_RESET, Kind.CASE)
_RESETS = "servicing_ratereset AS r JOIN loan_book_floatingterms AS terms ON terms.id = r.terms_id"
_NOT_RESET = ", ".join(str(int(one)) for one in ResetOutcome if one not in RESET_DONE)


def matters_today(
    book: BookOnDay, connection: psycopg.Connection, parameters: ParametersOnDay
) -> tuple[Matters, Numbers, Numbers]:
    """The matters that ask for work today; second, whose they are; third, the day of the last work.

    A matter that stood already when work for the client was last done asks for no new work; what
    goes on (arrears, bad data) asks again after the parameter `worklist.follow_up`.
    """
    parts = (
        _overdue(book),
        _signals(book, connection),
        _client_signals(book, connection),
        _worse_grades(book, connection),
        _coming(book, parameters),
        _maturing(book, parameters),
        _set_aside(book, connection),
        _not_reset(book, connection),
        _rates_changed(book, connection, parameters),
        _resets_coming(book, connection, parameters),
        _cases(book, connection, parameters),
    )
    matters = Matters.joined([matter for matter, _ in parts])
    places = np.concatenate([place for _, place in parts])
    last = _last_done(book, connection)[places]
    rests = day_number(book.day) - last >= parameters.whole("worklist.follow_up")
    asks = (matters.since > last) | (np.isin(matters.kind, _GO_ON) & rests)
    which = np.flatnonzero(asks)
    return matters.take(which), book.loans["customer_id"][places[which]], last[which]


def _matters(
    book: BookOnDay,
    kind: Kind,
    places: Places,
    since: npt.NDArray,
    amount: Numbers,
    *,
    colour: npt.ArrayLike = 0,
    detail: npt.ArrayLike = 0,
) -> tuple[Matters, Places]:
    """Matters of one kind on the loans at some places; amounts are given for the whole book."""
    columns: Mapping[str, npt.ArrayLike] = {
        "kind": int(kind),
        "loan": book.loans["loan_id"][places],
        "since": since,
        "amount": amount[places],
        "colour": colour,
        "detail": detail,
    }
    spread = {n: np.broadcast_to(np.asarray(v, np.int64), places.shape) for n, v in columns.items()}
    return Matters(**spread), places


def _last_done(book: BookOnDay, connection: psycopg.Connection) -> Numbers:
    """The day on which work for each loan's client was last done; `NO_DATE` if never."""
    found = connection.execute(
        "SELECT customer_id, max(closed_on) - date '1970-01-01' FROM daily_run_workitem"
        " WHERE status = 'done' AND closed_on <= %s GROUP BY customer_id",
        (book.day,),
    ).fetchall()
    done = np.full(book.size, NO_DATE, np.int64)
    for customer, closed_on in found:
        first, last = np.searchsorted(book.loans["customer_id"], (customer, customer + 1))
        done[first:last] = closed_on
    return done


def _overdue(book: BookOnDay) -> tuple[Matters, Places]:
    position = book.positions
    places = np.flatnonzero(book.is_live & (position.days_past_due > 0))
    since = position.late_since[places].astype(np.int64) + 1
    owed = position.principal_overdue + position.interest_overdue
    return _matters(book, Kind.OVERDUE, places, since, owed)


def _coming(book: BookOnDay, parameters: ParametersOnDay) -> tuple[Matters, Places]:
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
    due = position.next_due[places].astype(np.int64)
    return _matters(
        book, Kind.INSTALMENT, places, due - ahead, position.next_due_amount, detail=due
    )


def _maturing(book: BookOnDay, parameters: ParametersOnDay) -> tuple[Matters, Places]:
    """Loans that mature soon and are not in arrears."""
    position, ahead = book.positions, parameters.whole("worklist.maturity_ahead")
    maturity = book.loans["maturity"].astype(np.int64)
    until = maturity - day_number(book.day)
    places = np.flatnonzero(
        book.is_live
        & (position.days_past_due == 0)
        & (position.principal > 0)
        & (until >= 0)
        & (until <= ahead)
    )
    due = maturity[places]
    return _matters(book, Kind.MATURITY, places, due - ahead, position.principal, detail=due)


def _signals(book: BookOnDay, connection: psycopg.Connection) -> tuple[Matters, Places]:
    columns = {
        "rule": Column("rule", "int2"),
        "colour": Column("colour", "int2"),
        "since": Column("first_seen_on", "date"),
    }
    showing = f"ceased_on IS NULL AND first_seen_on <= '{book.day}'"
    places, rows = _placed(book, connection, "early_warning_signal", columns, showing)
    return _matters(
        book, Kind.SIGNAL, places, rows["since"], book.positions.principal,
        colour=rows["colour"], detail=rows["rule"],
    )  # fmt: skip


def _client_signals(book: BookOnDay, connection: psycopg.Connection) -> tuple[Matters, Places]:
    """Signals about clients as a whole: placed at the client's first loan, at stake all it owes."""
    rows = connection.execute(
        "SELECT customer_id, rule, colour, first_seen_on - date '1970-01-01'"
        " FROM early_warning_signal"
        " WHERE loan_id IS NULL AND ceased_on IS NULL AND first_seen_on <= %s"
        " ORDER BY customer_id, rule",
        (book.day,),
    ).fetchall()
    found = np.array(rows, np.int64).reshape(-1, 4)
    clients = book.loans["customer_id"]
    places = places_among(clients, found[:, 0])
    here = places >= 0
    places, (_, rule, colour, since) = places[here], found[here].T
    owed = np.concatenate([[0], np.cumsum(book.positions.principal)])
    of_client = owed[np.searchsorted(clients, clients[places], side="right")] - owed[places]
    matters, _ = _matters(
        book, Kind.SIGNAL, places, since, book.positions.principal, colour=colour, detail=rule
    )
    nothing = np.full(places.size, WHOLE_CLIENT, np.int64)
    return replace(matters, loan=nothing, amount=of_client), places


def _worse_grades(book: BookOnDay, connection: psycopg.Connection) -> tuple[Matters, Places]:
    columns = {
        "was": Column("previous_grade", "int2"),
        "now": Column("grade", "int2"),
        "since": Column("valid_from", "date"),
    }
    worse = (
        "valid_to IS NULL AND known_to IS NULL AND previous_grade < grade"
        f" AND valid_from <= '{book.day}'"
    )
    places, rows = _placed(book, connection, "classification_loangrade", columns, worse)
    grades = rows["now"].astype(np.int64) * 10 + rows["was"]
    return _matters(
        book, Kind.GRADE_WORSE, places, rows["since"], book.positions.principal, detail=grades
    )


def _set_aside(book: BookOnDay, connection: psycopg.Connection) -> tuple[Matters, Places]:
    columns = {"problem": Column("problem", "int2"), "since": Column("since", "date")}
    still = f"until IS NULL AND since <= '{book.day}'"
    places, rows = _placed(book, connection, "daily_run_setaside", columns, still)
    return _matters(
        book, Kind.SET_ASIDE, places, rows["since"], book.loans["principal"],
        detail=rows["problem"],
    )  # fmt: skip


def _not_reset(book: BookOnDay, connection: psycopg.Connection) -> tuple[Matters, Places]:
    """Floating rates whose reset day has come and that could not be set anew."""
    columns = {"outcome": Column("outcome", "int2"), "since": Column("found_on", "date")}
    open_today = f"outcome IN ({_NOT_RESET}) AND found_on <= '{book.day}'"
    places, rows = _placed(book, connection, _RESETS, columns, open_today)
    return _matters(
        book, Kind.NOT_RESET, places, rows["since"], book.positions.principal,
        detail=rows["outcome"],
    )  # fmt: skip


def _rates_changed(
    book: BookOnDay, connection: psycopg.Connection, parameters: ParametersOnDay
) -> tuple[Matters, Places]:
    """Floating rates that were changed a few days ago; the client is to be told."""
    first = book.day - dt.timedelta(days=parameters.whole("worklist.reset_after"))
    columns = {"reset_on": Column("reset_on", "date"), "since": Column("found_on", "date")}
    changed = (
        f"outcome = {int(ResetOutcome.DONE)} AND rate_after <> rate_before"
        f" AND found_on > '{first}' AND found_on <= '{book.day}'"
    )
    places, rows = _placed(book, connection, _RESETS, columns, changed)
    live = book.is_live[places]
    places, rows = places[live], {name: values[live] for name, values in rows.items()}
    return _matters(
        book, Kind.RATE_CHANGED, places, rows["since"], book.positions.principal,
        detail=rows["reset_on"],
    )  # fmt: skip


def _resets_coming(
    book: BookOnDay, connection: psycopg.Connection, parameters: ParametersOnDay
) -> tuple[Matters, Places]:
    """Floating rates that are set anew soon."""
    ahead = parameters.whole("worklist.reset_ahead")
    until = book.day + dt.timedelta(days=ahead)
    soon = f"next_reset_on > '{book.day}' AND next_reset_on <= '{until}'"
    columns = {"reset_on": Column("next_reset_on", "date")}
    places, rows = _placed(book, connection, "loan_book_floatingterms", columns, soon)
    live = book.is_live[places]
    places, day = places[live], rows["reset_on"][live].astype(np.int64)
    return _matters(
        book, Kind.RESET_COMING, places, day - ahead, book.positions.principal, detail=day
    )


_CASES = f"""
    SELECT customer_id, colour,
           state_since - date '1970-01-01',
           CASE WHEN gone_on IS NOT NULL AND colour <= %(simple)s THEN {CaseStep.RELEASE_GONE.value}
                ELSE state END AS step,
           due_on - date '1970-01-01'
    FROM early_warning_signalcase
    WHERE state IN ({CaseState.NEW.value}, {CaseState.ACKNOWLEDGED.value},
                    {CaseState.HANDLING.value}, {CaseState.VERIFIED.value})
      AND due_on IS NOT NULL
      AND (state <> {CaseState.HANDLING.value} OR due_on <= %(day)s + %(ahead)s::int
           OR (gone_on IS NOT NULL AND colour <= %(simple)s))
    ORDER BY customer_id
"""


def _cases(
    book: BookOnDay, connection: psycopg.Connection, parameters: ParametersOnDay
) -> tuple[Matters, Places]:
    """Cases in which it is the owner's turn; kept with the first loan of the client."""
    simple = case_limits(parameters).simple_release_upto
    ahead = parameters.whole("case.tasks_ahead")
    asked = {"day": book.day, "simple": simple, "ahead": ahead}
    found = connection.execute(_CASES, asked).fetchall()
    rows = np.array(found, np.int64).reshape(-1, 5)
    customers = book.loans["customer_id"]
    places = np.searchsorted(customers, rows[:, 0])
    here = np.flatnonzero(np.isin(rows[:, 0], customers))
    _, colour, since, step, due = rows[here].T
    return _matters(
        book, Kind.CASE, places[here], since, book.positions.principal,
        colour=colour, detail=step * CASE_STEP + due,
    )  # fmt: skip


def _placed(
    book: BookOnDay,
    connection: psycopg.Connection,
    table: str,
    columns: Mapping[str, Column],
    only: str,
) -> tuple[Places, Columns]:
    """Rows about loans of the book, and the places of the loans."""
    largest = int(book.loans["loan_id"].max(initial=0))
    rows = read_columns(
        connection,
        table,
        {"loan_id": Column("loan_id", "int8"), **columns},
        key="loan_id",
        only=only,
        up_to=largest,
    )
    places = book.columnar.places.of(rows["loan_id"])
    here = places >= 0
    return places[here], {name: values[here] for name, values in rows.items()}
