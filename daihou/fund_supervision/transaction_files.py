"""The transactions as columnar files (`transactions/month=YYYY-MM/part-*.parquet`): derived.

Rows are appended by their number; each part is sorted by client, day and number. Amounts are
signed (in +, out −). `counterparty` is a 64-bit fingerprint of the other side's account number, or
else of its name (PostgreSQL's `hashtextextended(text, 0)`), 0 where neither is known.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.fund_supervision.partitions import TABLE
from daihou.storage.bulk import read_table
from daihou.storage.writers import wait_for_writers

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("account", pa.int64(), nullable=False),
        pa.field("customer", pa.int64(), nullable=False),
        pa.field("day", pa.int32(), nullable=False),
        pa.field("minute", pa.int16()),
        pa.field("amount", pa.int64(), nullable=False),
        pa.field("balance", pa.int64()),
        pa.field("counterparty", pa.int64(), nullable=False),
        pa.field("counterparty_customer", pa.int64()),
        pa.field("channel", pa.int8(), nullable=False),
        pa.field("kind", pa.int8(), nullable=False),
        pa.field("is_cash", pa.bool_(), nullable=False),
    ]
)
FINGERPRINT = (
    "CASE WHEN {0} <> '' THEN hashtextextended({0}, 0)"
    " WHEN {1} <> '' THEN hashtextextended({1}, 0) ELSE 0 END"
)
_SELECTED = f"""
    SELECT id, account_id AS account, customer_id AS customer,
           booked_on - date '1970-01-01' AS day, minute,
           CASE WHEN is_inflow THEN amount ELSE -amount END AS amount, balance_after AS balance,
           {FINGERPRINT.format("counterparty_account", "counterparty_name")} AS counterparty,
           counterparty_id AS counterparty_customer, channel, kind, is_cash
    FROM {TABLE}"""


@dataclass(frozen=True)
class Reached:
    """How far the files go: the last row, the removals they know of, and the last day in them.

    `database` says whose rows they are: files of another book, or of a state that a restored
    backup has taken back, are made anew.
    """

    last: int = 0
    removals: int = 0
    last_day: str = ""
    database: str = ""


class TransactionFiles:
    """The files of one installation, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def reached(self) -> Reached:
        """How far the files go; nothing if there are none or they cannot be read."""
        try:
            return Reached(**json.loads((self.folder / "reached.json").read_text()))
        except (OSError, ValueError, TypeError):
            return Reached()

    def bring_up(self, connection: psycopg.Connection) -> Reached:
        """Append what came in since the last time; made anew if rows were taken out since."""
        now, reached = standing(connection), self.reached
        if not _goes_on(connection, reached, now):
            shutil.rmtree(self.folder, ignore_errors=True)
            reached = Reached()
        elif now.last == reached.last:
            return reached
        self._take_out_unfinished(reached.last)
        last_day = reached.last_day
        for month in _months_after(connection, reached.last, now.last):
            last_day = max(last_day, self._append(connection, month, reached.last, now.last))
        done = Reached(now.last, now.removals, last_day, now.database)
        self.folder.mkdir(parents=True, exist_ok=True)
        waiting = self.folder / "reached.json.new"
        waiting.write_text(json.dumps(asdict(done)))
        waiting.rename(self.folder / "reached.json")
        return done

    def read(self, first: dt.date, last: dt.date, columns: list[str] | None = None) -> pa.Table:
        """The transactions of the days, both included."""
        tables = [SCHEMA.empty_table().select(columns or SCHEMA.names)]
        low, high = _number(first), _number(last)
        for month in sorted(self.folder.glob("month=*")):
            if not f"{first:%Y-%m}" <= month.name[6:] <= f"{last:%Y-%m}":
                continue
            wanted = [("day", ">=", low), ("day", "<=", high)]
            tables += [
                pq.read_table(part, columns=columns, filters=wanted, partitioning=None)
                for part in sorted(month.glob("part-*.parquet"))
            ]
        return pa.concat_tables(tables)

    def _take_out_unfinished(self, last: int) -> None:
        """Take out parts of a time before that was stopped half-way: their rows come again."""
        for part in self.folder.glob("month=*/part-*.parquet"):
            if int(part.stem.removeprefix("part-")) > last:
                part.unlink()

    def _append(self, connection: psycopg.Connection, month: dt.date, above: int, upto: int) -> str:
        """Write one month's new rows as a part; returns the last day among them."""
        following = (month + dt.timedelta(days=31)).replace(day=1)
        table = read_table(
            connection,
            f"{_SELECTED} WHERE booked_on >= %s AND booked_on < %s AND id > %s AND id <= %s"
            " ORDER BY customer_id, booked_on, id",
            (month, following, above, upto),
        )
        rows = pa.table([table[f.name].cast(f.type) for f in SCHEMA], schema=SCHEMA)
        folder = self.folder / f"month={month:%Y-%m}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"part-{upto:012d}.parquet"
        pq.write_table(rows, path.with_suffix(".new"), compression="zstd", row_group_size=131_072)
        path.with_suffix(".new").rename(path)
        day = pc.max(rows["day"]).as_py()
        return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat()


def standing(connection: psycopg.Connection) -> Reached:
    """The last row of the table that can no longer be overtaken by an earlier one."""
    wait_for_writers(connection, [TABLE])
    row = connection.execute(
        f"SELECT (SELECT coalesce(max(id), 0) FROM {TABLE}),"
        " (SELECT coalesce(max(id), 0) FROM fund_supervision_transactionremoval),"
        " system_identifier::text || '/' || current_database() FROM pg_control_system()"
    ).fetchone()
    assert row is not None
    return Reached(last=row[0], removals=row[1], database=row[2])


def _goes_on(connection: psycopg.Connection, reached: Reached, now: Reached) -> bool:
    """Whether what the files hold is still in the table, so that only new rows are wanting."""
    if (reached.database, reached.removals) != (now.database, now.removals):
        return False
    row = connection.execute(
        f"SELECT EXISTS (SELECT FROM {TABLE} WHERE id = %s)", (reached.last,)
    ).fetchone()
    return reached.last == 0 or bool(row and row[0])


def _months_after(connection: psycopg.Connection, above: int, upto: int) -> list[dt.date]:
    rows = connection.execute(
        f"SELECT DISTINCT date_trunc('month', booked_on)::date FROM {TABLE}"
        " WHERE id > %s AND id <= %s ORDER BY 1",
        (above, upto),
    ).fetchall()
    return [month for (month,) in rows]


def _number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days
