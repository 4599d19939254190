"""The daily snapshot: the whole book of the day, with grades and signals, as a Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from django.conf import settings

from daihou.classification.queries import grades_held
from daihou.daily_run.business_day import RunDay
from daihou.early_warning.choices import Colour
from daihou.ledger.choices import EntryKind
from daihou.servicing.book_columns import INDUSTRIES, SECURITIES, currency_words
from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.servicing.snapshots import snapshot_table, write_snapshot
from loanmath.book import Book
from loanmath.codes import Status
from loanmath.dates import day_number

_PAYMENTS = (EntryKind.REPAYMENT, EntryKind.PREPAYMENT, EntryKind.RECOVERY)
_UNKNOWN_WHEN_SET_ASIDE = {
    "principal": "principal",
    "principal_overdue": "principal_overdue",
    "interest_overdue": "interest_overdue",
    "penalty": "penalty_due",
    "compound": "compound_due",
    "fees": "fees_due",
    "accrued_interest": "accrued_interest",
    "days_past_due": "days_past_due",
    "unpaid_instalments": "unpaid_instalments",
    "late_instalments_12m": "late_instalments_12m",
}
COLOUR_COLUMNS = {
    "signals_red": Colour.RED,
    "signals_orange": Colour.ORANGE,
    "signals_yellow": Colour.YELLOW,
    "signals_blue": Colour.BLUE,
}


def write_day_snapshot(run_day: RunDay) -> StepResult:
    """Write the book of the day; the same day gives the same bytes."""
    table = day_table(run_day.book, run_day.connection)
    write_snapshot(Path(settings.SNAPSHOT_FOLDER), run_day.day, table)
    return StepResult(rows=0, figures={"存档借据": table.num_rows})


def day_table(book: BookOnDay, connection: psycopg.Connection) -> pa.Table:
    """The rows of the snapshot: every loan that was on the book that day (see `snapshots`)."""
    places = np.flatnonzero(on_the_book(book))
    columns: dict[str, Any] = {
        **terms_columns(book, places),
        **standing_columns(book, places),
        **_judgements(book, places, connection),
        "paid_today": paid_on_the_day(book)[places],
    }
    return snapshot_table(columns)


def on_the_book(book: BookOnDay) -> npt.NDArray[np.bool_]:
    """Loans paid out and not settled, settled in the day's month, or set aside."""
    status = book.positions.status
    first_of_month = day_number(book.day.replace(day=1))
    settled_lately = (status == Status.SETTLED) & (book.positions.settled_on >= first_of_month)
    here = (status == Status.LIVE) | (status == Status.WRITTEN_OFF) | settled_lately
    paid_out = book.loans["start"] <= day_number(book.day)
    return np.asarray(np.where(book.is_set_aside, paid_out, here))


def paid_on_the_day(book: BookOnDay) -> npt.NDArray[np.int64]:
    """What the client paid on each loan on the day, in fen."""
    today = day_number(book.day)
    paid = np.zeros(book.size, np.int64)
    for where, arrays in book.columnar.on(today):
        paid[where] = paid_on(arrays, today)
    return paid


def paid_on(arrays: Book, day: int) -> npt.NDArray[np.int64]:
    """What clients paid on a day, by what is known in the arrays: one amount a loan, in fen."""
    rows = np.flatnonzero(arrays.entry_date == day)
    rows = rows[np.isin(arrays.entry_kind[rows], _PAYMENTS)]
    paid = np.zeros(arrays.entry_at.size - 1, np.int64)
    loan = np.searchsorted(arrays.entry_at, rows, side="right") - 1
    np.add.at(paid, loan, arrays.entry_amount[rows])
    return paid


def terms_columns(book: BookOnDay, places: npt.NDArray[np.int64]) -> dict[str, Any]:
    """What the loans were agreed as, and who manages them."""
    loans = {name: values[places] for name, values in book.loans.items()}
    officer = loans["officer_id"]
    currencies, currency = np.unique(loans["currency"], return_inverse=True)
    return {
        **{n: loans[n] for n in ("loan_id", "customer_id", "branch_id", "product_id", "method")},
        "officer_id": pa.array(officer, mask=officer == 0),
        "is_retail": loans["is_retail"] != 0,
        "industry": _words(loans["industry"], INDUSTRIES),
        "currency": _words(currency.astype(np.int8), currency_words(currencies)),
        "security": _words(loans["security"], SECURITIES),
        "disbursed_on": loans["start"],
        "matures_on": loans["maturity"],
        "amount": loans["principal"],
    }


def _words(places: npt.NDArray[np.int8], words: Any) -> pa.DictionaryArray:
    """Places in a list of words as an Arrow dictionary; -1 is null."""
    indices = pa.array(places, pa.int8(), mask=places < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(words), pa.string()))


def standing_columns(book: BookOnDay, places: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Balances and arrears; unknown where the loan is set aside, and unknown is never 0."""
    aside = book.is_set_aside[places]
    status = np.where(aside, Status.LIVE, book.positions.status[places])
    known = {
        name: pa.array(getattr(book.positions, field)[places], mask=aside)
        for name, field in _UNKNOWN_WHEN_SET_ASIDE.items()
    }
    return {
        **known,
        "status": status,
        "written_off_principal": book.positions.written_off[places],
        "recovered": book.positions.recovered[places],
    }


def _judgements(
    book: BookOnDay, places: npt.NDArray[np.int64], connection: psycopg.Connection
) -> dict[str, Any]:
    """Grades and counts of open signals that held at the end of the day."""
    grade = np.zeros(book.size, np.int8)
    read = grades_held(connection, book.day)
    at = book.columnar.places.of(read["loan_id"])
    grade[at[at >= 0]] = read["grade"][at >= 0]
    counts = {name: np.zeros(book.size, np.int16) for name in COLOUR_COLUMNS}
    of_colour = {colour: name for name, colour in COLOUR_COLUMNS.items()}
    for colour, loan_ids, numbers in connection.execute(
        "SELECT colour, array_agg(loan_id), array_agg(signals) FROM (SELECT colour, loan_id,"
        " count(*)::int AS signals FROM early_warning_signal WHERE first_seen_on <= %(day)s"
        " AND (ceased_on IS NULL OR ceased_on > %(day)s)"
        " GROUP BY colour, loan_id) AS held GROUP BY colour",
        {"day": book.day},
    ).fetchall():
        at = book.columnar.places.of(np.array(loan_ids, np.int64))
        counts[of_colour[colour]][at[at >= 0]] = np.array(numbers)[at >= 0]
    held = grade[places]
    return {
        "grade": pa.array(held, mask=held == 0),
        **{name: values[places] for name, values in counts.items()},
    }
