"""What people recorded about clients and loans, laid beside the loans of the book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.early_warning.rules import NEVER, Rule
from daihou.loan_book.choices import HappeningKind
from daihou.servicing.book_on_day import BookOnDay
from loanmath.dates import NO_DATE, day_number

Days = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Delay = tuple[int, int | None, dt.date]

# A renewal that meets the conditions of 金规〔2024〕13号 is no 借新还旧 in this sense, and an
# extension at the lender's own wish is not 被动: both are said in the happening's facts.
_OF_RULE: Mapping[Rule, tuple[tuple[HappeningKind, str], ...]] = {
    Rule.REFINANCED: (
        (HappeningKind.REFINANCED, "facts->>'qualifying_renewal' IS DISTINCT FROM 'true'"),
        (HappeningKind.EXTENSION_GRANTED, "facts->>'passive' IS DISTINCT FROM 'false'"),
    ),
    Rule.HARDSHIP: (
        (HappeningKind.HARDSHIP_STATED, "true"),
        (HappeningKind.REDUCTION_REQUESTED, "true"),
    ),
}


@dataclass(frozen=True)
class LastHappenings:
    """Days since the last happening of a kind, one value a loan, and the ids of the rows behind it.

    Ids by the place of the loan, the latest first.
    """

    days_since: Days
    rows: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def last_happenings(
    book: BookOnDay, connection: psycopg.Connection, rule: Rule, window: int
) -> LastHappenings:
    """For each loan, how many days ago something that the signal looks for was last recorded.

    A happening without a loan concerns all loans of its client. Looks back `window` days.
    """
    wanted = " OR ".join(f"(kind = '{kind}' AND {facts})" for kind, facts in _OF_RULE[rule])
    found = connection.execute(
        "SELECT id, customer_id, loan_id, happened_on FROM loan_book_happening"
        f" WHERE ({wanted}) AND happened_on <= %(day)s AND happened_on >= %(day)s - %(window)s::int"
        " ORDER BY happened_on, id",
        {"day": book.day, "window": window},
    ).fetchall()
    days_since = np.full(book.size, NEVER, np.int32)
    rows: dict[int, tuple[int, ...]] = {}
    for row_id, customer, loan, happened_on in found:
        for place in places_of(book, customer, loan):
            days_since[place] = (book.day - happened_on).days
            rows[place] = (row_id, *rows.get(place, ()))
    return LastHappenings(days_since, rows)


def technical_causes(book: BookOnDay, connection: psycopg.Connection, longest: int) -> Bools:
    """Loans whose present arrears have a recorded operational or technical cause.

    The cause counts for the arrears that it fell into: recorded as happened on or after the
    oldest unpaid due date, which is at most `longest` days back for it to matter.
    """
    since = book.day - dt.timedelta(days=longest)
    return causes_among(book, technical_delays(connection, since, book.day), longest)


def technical_delays(
    connection: psycopg.Connection,
    since: dt.date,
    until: dt.date,
    customers: list[int] | None = None,
) -> list[Delay]:
    """The technical delays recorded as happened between two days: client, loan (or none), day.

    Of some clients, or of all.
    """
    return connection.execute(
        "SELECT customer_id, loan_id, happened_on FROM loan_book_happening"
        " WHERE kind = %(kind)s AND happened_on BETWEEN %(since)s AND %(until)s"
        " AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))",
        {
            "kind": HappeningKind.TECHNICAL_DELAY.value,
            "since": since,
            "until": until,
            "customers": customers,
        },
    ).fetchall()


def causes_among(book: BookOnDay, delays: Iterable[Delay], longest: int) -> Bools:
    """As `technical_causes`, out of delays that were read before."""
    due = book.positions.oldest_unpaid_due
    causes = np.zeros(book.size, bool)
    for customer, loan, happened_on in delays:
        if not 0 <= (book.day - happened_on).days <= longest:
            continue
        for place in places_of(book, customer, loan):
            if due[place] != NO_DATE and day_number(happened_on) >= due[place]:
                causes[place] = True
    return causes


def happenings_kept(book: BookOnDay, connection: psycopg.Connection, window: int) -> Bools:
    """Loans of clients about whom anything at all was recorded lately.

    Where nothing is ever recorded, no recorded hardship does not mean no hardship.
    """
    found = connection.execute(
        "SELECT DISTINCT customer_id FROM loan_book_happening"
        " WHERE happened_on <= %(day)s AND happened_on >= %(day)s - %(window)s::int",
        {"day": book.day, "window": window},
    ).fetchall()
    return np.isin(book.loans["customer_id"], np.array([row[0] for row in found], np.int64))


def places_of(book: BookOnDay, customer: int, loan: int | None) -> Iterable[int]:
    """The places of one loan, or of all loans of a client."""
    if loan is not None:
        place = int(book.columnar.places.of(np.array([loan], np.int64))[0])
        return (place,) if place >= 0 else ()
    first, last = np.searchsorted(book.loans["customer_id"], (customer, customer + 1))
    return range(int(first), int(last))
