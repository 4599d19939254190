"""The data that the indicators of a day look at: from the book of the day, the database, the files.

A source that the lender does not have (no table, no file, no row) is left out, and every indicator
that needs it is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
from django.conf import settings

from daihou.loan_book.choices import ContactOutcome, HappeningKind
from daihou.servicing.book_on_day import BookOnDay
from daihou.storage.bulk import read_table
from loanmath.dates import NO_DATE, day_number

LOOKS_BACK = 400  # days of transactions that any indicator may look at
LOOKS_AHEAD = 90  # days of instalments to come


@dataclass(frozen=True)
class Sources:
    """What a day has to look at: tables in memory, and the files of transactions if there are any.

    `clients` are the customers with loans to be judged, each once, rising.
    """

    day: int
    clients: np.ndarray
    tables: Mapping[str, pa.Table]
    transactions: Path | None

    @property
    def available(self) -> frozenset[str]:
        """The data that are there, by their names in the catalogue."""
        return frozenset(self.tables) | ({"transactions"} if self.transactions else frozenset())


def sources_of(book: BookOnDay, connection: psycopg.Connection) -> Sources:
    """Gather the data of a day; the transactions stay in their files."""
    folder = Path(settings.TRANSACTION_FOLDER)
    has_transactions = any(folder.glob("month=*/part-*.parquet"))
    tables = {"loans_today": loans_today(book), "instalments_ahead": instalments_ahead(book)}
    for name, read in _READ.items():
        table = read(book, connection)
        if table is not None and table.num_rows:
            tables[name] = table
    return Sources(
        day=day_number(book.day),
        clients=np.unique(book.loans["customer_id"][book.is_live]),
        tables=tables,
        transactions=folder if has_transactions else None,
    )


def loans_today(book: BookOnDay) -> pa.Table:
    """The loans to be judged: what is owed and how late it is."""
    places = np.flatnonzero(book.is_live)
    position = book.positions
    return pa.table(
        {
            "customer": book.loans["customer_id"][places],
            "loan": book.loans["loan_id"][places],
            "principal": position.principal[places],
            "principal_overdue": position.principal_overdue[places],
            "interest_overdue": position.interest_overdue[places],
            "days_past_due": position.days_past_due[places],
            "late_instalments": position.late_instalments_12m[places],
        }
    )


def instalments_ahead(book: BookOnDay) -> pa.Table:
    """What falls due in the coming days: the next instalment to the fen, later ones as planned."""
    nothing = np.empty(0, np.int64)
    today, parts = day_number(book.day), [(nothing, nothing, nothing)]
    for where, arrays in book.columnar.on(today):
        rows = np.flatnonzero((arrays.due > today) & (arrays.due <= today + LOOKS_AHEAD))
        loan = np.searchsorted(arrays.plan_at, rows, side="right") - 1
        first = np.arange(book.size)[where][loan]
        planned = arrays.due_principal[rows] + arrays.due_interest[rows]
        parts.append((first, arrays.due[rows].astype(np.int64), planned))
    place, due, planned = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    is_next = due == book.positions.next_due[place]
    amount = np.where(is_next, book.positions.next_due_amount[place], planned)
    live = book.is_live[place]
    customers = book.loans["customer_id"][place]
    return pa.table({"customer": customers[live], "day": due[live], "amount": amount[live]})


def _happenings(book: BookOnDay, connection: psycopg.Connection) -> pa.Table | None:
    return read_table(
        connection,
        "SELECT customer_id AS customer, (happened_on - date '1970-01-01')::int4 AS day,"
        " kind = %(contact)s AS is_contact,"
        " coalesce(kind = %(contact)s AND facts->>'outcome' = %(unreachable)s, false)"
        " AS is_unreachable FROM loan_book_happening"
        " WHERE happened_on <= %(day)s AND happened_on > %(day)s::date - 365",
        {
            "contact": HappeningKind.CONTACTED.value,
            "unreachable": ContactOutcome.UNREACHABLE.value,
            "day": book.day,
        },
    )


def _accounts(book: BookOnDay, connection: psycopg.Connection) -> pa.Table | None:
    if not _is_there(connection, "fund_supervision_account"):
        return None
    return read_table(
        connection,
        "SELECT account.customer_id AS customer, account.is_ours,"
        f" coalesce(account.opened_on - date '1970-01-01', {int(NO_DATE)})::int4 AS opened,"
        " EXISTS (SELECT FROM fund_supervision_accountstate AS held"
        "  WHERE held.account_id = account.id AND held.state <> 'normal'"
        "  AND held.known_to IS NULL AND held.valid_from <= %(day)s"
        "  AND (held.valid_to IS NULL OR held.valid_to > %(day)s)) AS is_blocked"
        " FROM fund_supervision_account AS account"
        " WHERE (account.opened_on IS NULL OR account.opened_on <= %(day)s)"
        " AND (account.closed_on IS NULL OR account.closed_on > %(day)s)",
        {"day": book.day},
    )


def _is_there(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    return bool(row and row[0])


_READ: Mapping[str, Callable[[BookOnDay, psycopg.Connection], pa.Table | None]] = {
    "happenings": _happenings,
    "accounts": _accounts,
}


def transaction_parts(folder: Path, day: int) -> Iterator[str]:
    """The files that hold the months that a day looks back on."""
    first = np.datetime64(day - LOOKS_BACK, "D").astype("datetime64[M]")
    last = np.datetime64(day, "D").astype("datetime64[M]")
    for month in sorted(folder.glob("month=*")):
        if str(first) <= month.name.removeprefix("month=") <= str(last):
            yield from (str(part) for part in sorted(month.glob("part-*.parquet")))
