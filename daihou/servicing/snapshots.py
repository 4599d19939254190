"""The whole book of one day as a Parquet file: its columns, where it lies, how it is written.

One row per loan that was on the book that day:

* every loan disbursed and not yet settled, also one that was written off (principal 0,
  `written_off_principal` above 0: the claim remains, 账销案存);
* a loan settled in the day's calendar month, with principal 0, so that the last snapshot of a
  month tells of every loan that lived in it (vintage and migration are read from those);
* a loan set aside, with what is unknown left null: unknown is never 0.

`branch_id` and `officer_id` say who managed the client that day: they decide who sees the row, as
the doors in `loan_book.queries` do. Rows are ordered by customer, then loan. Money is fen.
The same day written again gives the same bytes, so that a run that was killed and run again can be
shown to have done the same.

A snapshot says what was known on its day and is never rewritten. What is true of loans that were
corrected since lies beside it, in a file of the same columns that is made when it is asked for
(`daily_run.true_days`) and may be deleted at will.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.storage.whole_files import written_whole

_NAMED = pa.dictionary(pa.int8(), pa.string())
_ROWS_PER_GROUP = 131_072

SCHEMA = pa.schema(
    [
        pa.field("loan_id", pa.int64(), nullable=False),
        pa.field("customer_id", pa.int64(), nullable=False),
        pa.field("branch_id", pa.int64(), nullable=False),  # 管户机构
        pa.field("officer_id", pa.int64()),  # who managed the client that day
        pa.field("product_id", pa.int64(), nullable=False),
        pa.field("is_retail", pa.bool_(), nullable=False),
        pa.field("industry", _NAMED),  # section of GB/T 4754
        pa.field("currency", _NAMED, nullable=False),
        pa.field("security", _NAMED, nullable=False),
        pa.field("method", pa.int8(), nullable=False),  # loan_book.choices.RepaymentMethod
        pa.field("disbursed_on", pa.date32(), nullable=False),
        pa.field("matures_on", pa.date32(), nullable=False),
        pa.field("amount", pa.int64(), nullable=False),
        pa.field("status", pa.int8(), nullable=False),  # loanmath.codes.Status
        pa.field("principal", pa.int64()),
        pa.field("principal_overdue", pa.int64()),
        pa.field("interest_overdue", pa.int64()),
        pa.field("penalty", pa.int64()),
        pa.field("compound", pa.int64()),
        pa.field("fees", pa.int64()),
        pa.field("accrued_interest", pa.int64()),
        pa.field("days_past_due", pa.int32()),
        pa.field("unpaid_instalments", pa.int16()),
        pa.field("late_instalments_12m", pa.int16()),
        pa.field("grade", pa.int8()),  # classification.choices.Grade; null: not graded yet
        pa.field("signals_red", pa.int16(), nullable=False),
        pa.field("signals_orange", pa.int16(), nullable=False),
        pa.field("signals_yellow", pa.int16(), nullable=False),
        pa.field("signals_blue", pa.int16(), nullable=False),
        pa.field("paid_today", pa.int64(), nullable=False),  # all that the client paid on the day
        pa.field("written_off_principal", pa.int64(), nullable=False),  # up to the day
        pa.field("recovered", pa.int64(), nullable=False),  # after write-off, up to the day
    ]
)

# As the snapshot, of corrected loans alone; one that was not on the book that day, whatever was
# believed, has a row that says so.
CORRECTED_SCHEMA = SCHEMA.append(pa.field("on_book", pa.bool_(), nullable=False))

_ORDER = [("customer_id", "ascending"), ("loan_id", "ascending")]

# Columns with few different values; a dictionary on the others costs time and saves nothing.
_FEW_VALUES = [
    "branch_id", "officer_id", "product_id", "industry", "currency", "security", "method",
    "status", "grade", "signals_red", "signals_orange", "signals_yellow", "signals_blue",
]  # fmt: skip


def snapshot_path(folder: Path, day: dt.date) -> Path:
    """Where the book of the day lies."""
    return folder / f"day={day.isoformat()}" / "book.parquet"


def corrected_path(folder: Path, day: dt.date, state: str) -> Path:
    """Where the true rows of the day lie, by a state of what is known."""
    return snapshot_path(folder, day).with_name(f"corrected.{state}.parquet")


def snapshot_days(folder: Path) -> list[dt.date]:
    """The days whose book was written, in order."""
    return sorted(
        dt.date.fromisoformat(path.parent.name.removeprefix("day="))
        for path in folder.glob("day=*/book.parquet")
    )


def snapshot_table(columns: Mapping[str, Any], schema: pa.Schema = SCHEMA) -> pa.Table:
    """The book of a day from its columns: numpy arrays, lists or Arrow arrays, by name.

    Raises KeyError for a missing column and ArrowInvalid for a value that does not fit its type or
    a null where none may be: a snapshot is never written with a hole.
    """
    arrays = [_fitted(columns[field.name], field) for field in schema]
    table = pa.Table.from_arrays(arrays, schema=schema)
    holes = [f.name for f in schema if not f.nullable and table[f.name].null_count]
    if holes:
        raise pa.ArrowInvalid(f"快照缺少必有的值:{'、'.join(holes)}")
    return table if _in_order(table) else table.sort_by(_ORDER)


def write_snapshot(folder: Path, day: dt.date, table: pa.Table) -> Path:
    """Write the book of the day: whole or not at all, in place of an older one."""
    path = snapshot_path(folder, day)
    _write(path, table)
    return path


def write_corrected(path: Path, table: pa.Table) -> None:
    """Write the true rows of a day in place of those by former states of knowledge.

    The last ones are left: somebody may be reading them.
    """
    held = sorted(path.parent.glob("corrected.*.parquet"), key=_written_at)
    for old in held[:-1]:
        old.unlink(missing_ok=True)
    _write(path, table)


def _written_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _write(path: Path, table: pa.Table) -> None:
    with written_whole(path) as unfinished:
        pq.write_table(
            table,
            unfinished,
            compression="zstd",
            compression_level=1,
            use_dictionary=_FEW_VALUES,
            row_group_size=_ROWS_PER_GROUP,
        )


def _fitted(values: Any, field: pa.Field) -> pa.Array:
    """The values as an Arrow array of the field's type."""
    if not pa.types.is_dictionary(field.type):
        array = values if isinstance(values, pa.Array) else pa.array(values)
        return array.cast(field.type)
    array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return array.cast(field.type) if pa.types.is_dictionary(array.type) else _encoded(array)


def _encoded(array: pa.Array) -> pa.Array:
    """Words as numbers into the sorted list of the words: the same words give the same bytes."""
    words = pa.array(sorted(set(array.drop_null().unique().to_pylist())), pa.string())
    places = pc.index_in(array, words).cast(pa.int8())
    return pa.DictionaryArray.from_arrays(places, words)


def _in_order(table: pa.Table) -> bool:
    """Whether the rows already stand by customer, then loan; the columnar book's do."""
    customers, loans = (table[name].to_numpy() for name, _ in _ORDER)
    steps = np.diff(customers)
    return bool(np.all((steps > 0) | ((steps == 0) & (np.diff(loans) > 0))))
