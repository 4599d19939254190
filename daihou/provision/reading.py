"""What the stages rest on, read for all live loans together: a handful of queries, no loops."""

from __future__ import annotations

import numpy as np
import psycopg

from daihou.classification.queries import grades_held
from daihou.provision.rules import Rows, StageFacts
from daihou.servicing.book_on_day import BookOnDay
from daihou.storage.packed_columns import Column, places_among, read_columns


def facts_of(
    book: BookOnDay, connection: psycopg.Connection, live: Rows
) -> tuple[StageFacts, Rows]:
    """Days past due, grade, watch list and rebuttals of the live loans; and what covers them."""
    day = book.day
    holds = f"held.valid_from <= '{day}' AND coalesce(held.valid_to > '{day}', true)"
    graded = grades_held(connection, day, with_rules=True)
    at = book.columnar.places.of(graded["loan_id"])
    grade, because = np.zeros(book.size, np.int64), np.zeros(book.size, np.int64)
    grade[at[at >= 0]] = graded["grade"][at >= 0]
    because[at[at >= 0]] = graded["because"][at >= 0]
    cover = _by_loan(
        book, connection, "collateral_loancover AS held", "held.covered", "held.loan_id", holds
    )
    rebuttal = _by_loan(
        book, connection, "provision_stagerebuttal AS held", "held.id", "held.loan_id",
        f"held.status = 'approved' AND held.decided_on <= '{day}' AND held.expires_on >= '{day}'",
    )  # fmt: skip
    facts = StageFacts(
        days_past_due=book.positions.days_past_due[live].astype(np.int64),
        grade=grade[live],
        grade_because=because[live],
        watched=_watched(book, connection)[live],
        rebuttal=rebuttal[live],
    )
    return facts, cover[live]


def _by_loan(
    book: BookOnDay, connection: psycopg.Connection, source: str, what: str, key: str, only: str
) -> Rows:
    """One number for each loan of the book; 0 where there is none, the last of several."""
    rows = read_columns(
        connection, source, {"loan": Column(key, "int8"), "value": Column(what, "int8")},
        key=key, only=only,
    )  # fmt: skip
    found = np.zeros(book.size, np.int64)
    at = book.columnar.places.of(rows["loan"])
    np.maximum.at(found, at[at >= 0], rows["value"][at >= 0])
    return found


def _watched(book: BookOnDay, connection: psycopg.Connection) -> Rows:
    """Since when each loan's client is on the watch list, as a day number; 0 where it is not."""
    rows = read_columns(
        connection, "early_warning_watchentry AS held",
        {"customer": Column("held.customer_id", "int8"),
         "entry": Column("held.entered_on - '1970-01-01'::date", "int8")},
        key="held.customer_id",
        only=f"held.entered_on <= '{book.day}' AND coalesce(held.left_on > '{book.day}', true)",
    )  # fmt: skip
    at = places_among(rows["customer"], np.asarray(book.loans["customer_id"], np.int64))
    entry = np.append(rows["entry"], 0)
    return np.asarray(np.where(at >= 0, entry[at], 0), np.int64)
