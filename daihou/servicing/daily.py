"""The daily step of servicing: where every loan stands, written where it has changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.servicing.standing_files import StandingFile
from daihou.storage.packed_columns import (
    Column,
    Columns,
    Written,
    read_columns,
    slices,
    write_columns,
)
from loanmath.codes import Status
from loanmath.dates import day_number

_TABLE = "servicing_loanposition"

# column of the table: (field of the kernel's Positions, kind)
STORED: dict[str, tuple[str, str]] = {
    "status": ("status", "int2"),
    "principal": ("principal", "int8"),
    "principal_overdue": ("principal_overdue", "int8"),
    "interest_overdue": ("interest_overdue", "int8"),
    "credit": ("credit", "int8"),
    "oldest_unpaid_due": ("oldest_unpaid_due", "date"),
    "late_since": ("late_since", "date"),
    "oldest_unpaid_interest_due": ("oldest_unpaid_interest_due", "date"),
    "unpaid_instalments": ("unpaid_instalments", "int2"),
    "next_due": ("next_due", "date"),
    "next_due_amount": ("next_due_amount", "int8"),
    "last_payment_on": ("last_payment_date", "date"),
    "settled_on": ("settled_on", "date"),
}


@dataclass(frozen=True)
class StoredPositions:
    """What the table says about each loan of the book, by its place there."""

    is_stored: npt.NDArray[np.bool_]
    columns: Columns
    strangers: list[int]  # loans that the table has and the book has not


def renew_positions(book: BookOnDay, cursor: psycopg.Cursor) -> StepResult:
    """Write the standing of every loan that differs from what is stored.

    A loan set aside keeps its last good standing. Rows of loans that are no longer in the book (an
    import was undone) are taken out.
    """
    file = StandingFile.of_installation()
    kept = file.read(cursor.connection)
    stored = _placed(book, kept) if kept else read_stored(book, cursor.connection)
    differs = differences(book, stored)
    fresh = np.flatnonzero(differs & ~stored.is_stored)
    changed = np.flatnonzero(differs & stored.is_stored)
    _write(book, cursor, _TABLE, fresh)
    _update(book, cursor, changed)
    cursor.execute(f"DELETE FROM {_TABLE} WHERE loan_id = ANY(%s)", (stored.strangers,))
    if kept is None or fresh.size or changed.size or stored.strangers:
        file.write(cursor.connection, _now_stored(book, stored, differs))
    return StepResult(
        rows=int(fresh.size + changed.size) + len(stored.strangers),
        figures={
            "在账借据": int(book.is_live.sum()),
            "本金余额": int(book.positions.principal[book.is_live].sum()),
            "新增": int(fresh.size),
            "变动": int(changed.size),
            "无法计算": int(book.is_set_aside.sum()),
        },
    )


def read_stored(book: BookOnDay, connection: psycopg.Connection) -> StoredPositions:
    """What the table says now, in the order of the book."""
    columns = {"loan_id": Column("loan_id", "int8")}
    columns |= {name: Column(name, kind) for name, (_, kind) in STORED.items()}
    last = connection.execute(f"SELECT coalesce(max(loan_id), 0) FROM {_TABLE}").fetchone()
    assert last is not None
    return _placed(book, read_columns(connection, _TABLE, columns, key="loan_id", up_to=last[0]))


def _placed(book: BookOnDay, read: Columns) -> StoredPositions:
    """Rows of the table in the order of the book."""
    if np.array_equal(read["loan_id"], book.loans["loan_id"]):
        return StoredPositions(np.ones(book.size, bool), read, [])
    places = book.columnar.places.of(read["loan_id"])
    known = places >= 0
    is_stored = np.zeros(book.size, bool)
    is_stored[places[known]] = True
    aligned: Columns = {}
    for name in STORED:
        aligned[name] = np.zeros(book.size, read[name].dtype)
        aligned[name][places[known]] = read[name][known]
    return StoredPositions(is_stored, aligned, read["loan_id"][~known].tolist())


def differences(book: BookOnDay, stored: StoredPositions) -> npt.NDArray[np.bool_]:
    """Which loans stand otherwise than the table says; those never paid out need no row."""
    differs = ~stored.is_stored & (book.positions.status != Status.NOT_STARTED)
    for name, (field, _) in STORED.items():
        differs |= stored.is_stored & (stored.columns[name] != getattr(book.positions, field))
    return np.asarray(differs & ~book.is_set_aside)


def _now_stored(
    book: BookOnDay, stored: StoredPositions, differs: npt.NDArray[np.bool_]
) -> Columns:
    """What the table says after this step."""
    there = np.flatnonzero(stored.is_stored | differs)
    columns: Columns = {"loan_id": book.loans["loan_id"][there]}
    for name, (field, _) in STORED.items():
        now = np.where(differs, getattr(book.positions, field), stored.columns[name])
        columns[name] = now[there]
    return columns


def _columns_of(book: BookOnDay, places: npt.NDArray[np.int64]) -> dict[str, Written]:
    """The rows to be written."""
    today = np.full(places.size, day_number(book.day), np.int32)
    columns = {
        "loan_id": Written(book.loans["loan_id"][places], "int8"),
        "changed_on": Written(today, "date"),
    }
    for name, (field, kind) in STORED.items():
        columns[name] = Written(getattr(book.positions, field)[places], kind)
    return columns


def _write(
    book: BookOnDay, cursor: psycopg.Cursor, table: str, places: npt.NDArray[np.int64]
) -> None:
    """Write rows in the order of the table's key: half the work for its index."""
    for some in slices(places[np.argsort(book.loans["loan_id"][places])]):
        write_columns(cursor.connection, table, _columns_of(book, some))


def _update(book: BookOnDay, cursor: psycopg.Cursor, places: npt.NDArray[np.int64]) -> None:
    """Bring the changed rows in beside the table and take them over in one statement."""
    if not places.size:
        return
    cursor.execute(f"CREATE TEMP TABLE new_position (LIKE {_TABLE}) ON COMMIT DROP")
    _write(book, cursor, "new_position", places)
    values = ", ".join(f"{name} = new_position.{name}" for name in ("changed_on", *STORED))
    cursor.execute(
        f"UPDATE {_TABLE} AS held SET {values} FROM new_position"
        " WHERE held.loan_id = new_position.loan_id"
    )
    cursor.execute("DROP TABLE new_position")
