"""Rows of the book that an import changes: one UPDATE per table, and a record of each change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from daihou.feeds import copying
from daihou.feeds.checks.intake import Intake, where
from daihou.feeds.comparing import comparable
from daihou.feeds.models import ImportChange
from daihou.feeds.problems import Rows
from daihou.feeds.staging import Mask, Staged
from daihou.feeds.standard import Column, Kind
from daihou.feeds.stores import STORES, Store

_DATE_FROM_DAY = "DATE '1970-01-01' + {0}::int4"


def rows_changed(staged: Staged) -> Mask:
    """Rows that are good, stand in the book, and differ from it."""
    changed = np.zeros(len(staged), np.bool_)
    for mask in staged.changed.values():
        changed |= mask
    return changed & ~staged.bad & (staged.ids > 0)


def update_changed(cursor: Any, staged: Staged, intake: Intake, batch: int) -> None:
    """Bring changed rows up to the file; what stood before is kept with the batch."""
    store = STORES[staged.table.name]
    rows = where(rows_changed(staged))
    if not len(rows):
        return
    columns = [store.table.column(name) for name in staged.changed]
    _record(cursor, staged, store, columns, rows, batch)
    if staged.table.name == "statements":
        return  # written as new versions with the new rows
    if staged.table.name == "relations":
        _correct_relations(cursor, store, staged, columns, rows, batch)
        return
    wanted = {"wanted_id": ("int8", staged.ids[rows])} | {
        f"new_{column.name}": (_kind(column), _new_values(staged, intake, column, rows))
        for column in columns
    }
    copying.make_wanted(cursor, wanted)
    settings = ", ".join(_setting(store, column) for column in columns)
    cursor.execute(f"UPDATE {store.db_table} SET {settings} FROM wanted WHERE id = wanted_id")


def restore(cursor: Any, table: str, batch: int) -> tuple[int, int]:
    """Take back a batch's changes of one table: how many went back, how many had moved on since.

    A value that was changed again afterwards stays as it is.
    """
    store = STORES[table]
    back = kept = 0
    changes = ImportChange.objects.filter(batch_id=batch, table=table)
    for name in changes.values_list("column", flat=True).distinct():
        column = store.table.column(name)
        cursor.execute(
            f"UPDATE {store.db_table} t SET {store.db_column(name)} = {_cast(store, column)}"
            f" FROM feeds_importchange c WHERE c.batch_id = %s AND c.table = %s"
            f" AND c.column = %s AND t.id = c.row_id"
            f" AND {_as_text(store, column)} IS NOT DISTINCT FROM c.after",
            [batch, table, name],
        )
        back += cursor.rowcount
        kept += changes.filter(column=name).count() - cursor.rowcount
    return back, kept


def _kind(column: Column) -> str:
    textual = column.kind in (Kind.TEXT, Kind.CHOICE, Kind.CHOICES) and not column.references
    return "text" if textual else "int8"


def _new_values(staged: Staged, intake: Intake, column: Column, rows: Rows) -> pa.Array:
    store = STORES[staged.table.name]
    values = comparable(staged, store, column)
    if not isinstance(values, np.ndarray):
        return values.take(pa.array(rows))
    taken = values[rows]
    if column.references:
        target = intake.tables.get(column.references)
        inside = taken < 0
        if target is not None and inside.any():
            taken = np.where(inside, target.ids[np.where(inside, -taken - 1, 0)], taken)
        return pa.array(taken, mask=taken == 0)
    return pa.array(taken, mask=staged.missing[column.name][rows])


def _setting(store: Store, column: Column) -> str:
    new = f"new_{column.name}"
    if column.kind is Kind.DATE:
        new = _DATE_FROM_DAY.format(new)
    elif column.kind is Kind.YES_NO:
        new = f"{new} = 1"
    elif column.kind is Kind.CHOICES:
        new = f"string_to_array({new}, ',')"
    elif not store.db_field(column.name).null:
        new = f"coalesce({new}, '')" if _kind(column) == "text" else new
    return f"{store.db_column(column.name)} = {new}"


def _as_text(store: Store, column: Column) -> str:
    """A column of the book in the words in which a change is recorded."""
    text = f"({store.expression(column)})::text"
    return f"nullif({text}, '')"


def _cast(store: Store, column: Column) -> str:
    """What a recorded text is in the database."""
    if column.kind is Kind.DATE:
        return _DATE_FROM_DAY.format("c.before")
    if column.kind is Kind.YES_NO:
        return "c.before = '1'"
    if column.kind is Kind.CHOICES:
        return "string_to_array(c.before, ',')"
    if _kind(column) == "int8":
        return "c.before::int8"
    return "c.before" if store.db_field(column.name).null else "coalesce(c.before, '')"


def _record(
    cursor: Any, staged: Staged, store: Store, columns: list[Column], rows: Rows, batch: int
) -> None:
    """Keep with the batch what each changed field was and became."""
    for column in columns:
        at = rows[staged.changed[column.name][rows]]
        if not len(at):
            continue
        after = comparable(staged, store, column)
        before = staged.before[column.name]
        copying.copy_in(
            cursor,
            "feeds_importchange",
            {
                "batch_id": np.full(len(at), batch, np.int64),
                "table": pa.array([staged.table.name] * len(at)),
                "column": pa.array([column.name] * len(at)),
                "row_id": staged.ids[at],
                "before": _texts(before, at, column),
                "after": _texts(after, at, column),
            },
        )


def _texts(values: Any, at: Rows, column: Column) -> pa.Array:
    array = pa.array(values) if isinstance(values, np.ndarray) else values
    texts = array.take(pa.array(at)).cast(pa.string())
    if column.references or column.kind is Kind.DATE:
        numbers = np.asarray(values)[at]
        return pa.array(texts.to_pylist(), pa.string(), mask=numbers == 0)
    return texts


def _correct_relations(
    cursor: Any, store: Store, staged: Staged, columns: list[Column], rows: Rows, batch: int
) -> None:
    """A correction closes what was known so far and records what is known now."""
    wanted: dict[str, tuple[str, Any]] = {"wanted_id": ("int8", staged.ids[rows])}
    for name in ("share", "valid_to"):
        column = store.table.column(name)
        values = pa.array(staged.values[column.name][rows], mask=staged.missing[column.name][rows])
        wanted[f"new_{name}"] = ("int8", values)
    copying.make_wanted(cursor, wanted)
    changed = {column.name for column in columns}
    share = "new_share" if "share" in changed else "share"
    until = _DATE_FROM_DAY.format("new_valid_to") if "valid_to" in changed else "valid_to"
    cursor.execute(f"UPDATE {store.db_table} SET known_to = now() FROM wanted WHERE id = wanted_id")
    cursor.execute(
        f"INSERT INTO {store.db_table} (customer_id, related_id, kind, share, valid_from,"
        f" valid_to, source_batch, known_from)"
        f" SELECT customer_id, related_id, kind, {share}, valid_from, {until}, %s, now()"
        f" FROM {store.db_table} JOIN wanted ON id = wanted_id",
        [batch],
    )
