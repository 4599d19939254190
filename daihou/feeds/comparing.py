"""Which rows the book has already, and in what they differ from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from daihou.feeds.book import Book
from daihou.feeds.checks.intake import where
from daihou.feeds.matching import match_rows
from daihou.feeds.problems import Refusal
from daihou.feeds.sealed import fingerprints_of
from daihou.feeds.staging import Mask, Staged
from daihou.feeds.standard import Column, Kind
from daihou.feeds.stores import KEYED_BY_NUMBER, STORES, Store

_UPLIFT_UNIT = 10_000  # kept in hundredths of a percent, staged in millionths of a percent


def compare_with_book(staged: Staged, book: Book) -> None:
    """Fill in `ids`, `changed` and `before` of a table whose references are resolved.

    Only columns that the file has are compared: a column left out leaves the book as it is.
    """
    store = STORES[staged.table.name]
    if book.is_empty(staged.table.name):
        return
    columns = tuple(
        column
        for column in store.compared
        if column.name in staged.raw or column.name in staged.table.key
    )
    if staged.table.name in KEYED_BY_NUMBER:
        staged.ids = book.ids_of(staged.table.name, staged.texts(staged.table.key[0]))
        row_ids, existing = book.rows_of(staged.table.name, columns, where="id", ids=staged.ids)
        at = match_rows([staged.ids], [row_ids])
    else:
        at, row_ids, existing = _match_by_key(staged, store, columns, book)
        staged.ids = np.append(row_ids, 0)[at]
    if len(row_ids):
        _note_changes(staged, store, columns, existing, at)


def _match_by_key(
    staged: Staged, store: Store, columns: tuple[Column, ...], book: Book
) -> tuple[Any, Any, dict[str, Any]]:
    """Find rows of a table whose key begins with a reference, or with a day."""
    first = staged.table.key[0]
    ids = staged.references[first] if first in staged.references else staged.values[first]
    row_ids, existing = book.rows_of(
        staged.table.name,
        columns,
        where=store.expression(staged.table.column(first)),
        ids=ids,
        standing=_within_window(staged, store),
    )
    wanted = [comparable(staged, store, staged.table.column(name)) for name in staged.table.key]
    at = match_rows(wanted, [_nulled(existing[name]) for name in staged.table.key])
    return at, row_ids, existing


def _within_window(staged: Staged, store: Store) -> str:
    """The days that a file speaks of, where only rows of those days can be its own."""
    if not store.window or not len(staged):
        return ""
    days = staged.values[store.window]
    first, last = (str(np.datetime64(int(day), "D")) for day in (days.min(), days.max()))
    return f"{store.db_column(store.window)} BETWEEN '{first}' AND '{last}'"


def comparable(staged: Staged, store: Store, column: Column) -> Any:
    """A column of the file in the form in which `Book.rows_of` reads it."""
    if column.name in store.fingerprints:
        return fingerprints_of(staged, column.name)
    if column.references or column.name in staged.references:
        return staged.references[column.name]
    values = staged.values[column.name]
    if column.name == "penalty_uplift":
        return values // _UPLIFT_UNIT
    if column.kind is Kind.CHOICES:
        return pa.array([",".join(map(str, codes)) for codes in values], pa.string())
    return values


def _nulled(values: Any) -> Any:
    """Texts of the book with empty ones as null, as they are staged."""
    if isinstance(values, np.ndarray):
        return values
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)


def _note_changes(
    staged: Staged, store: Store, columns: tuple[Column, ...], existing: dict[str, Any], at: Any
) -> None:
    found = at >= 0
    for column in columns:
        if column.name == "reverses":
            continue  # compared by the amount and number of the reversal itself
        ours = comparable(staged, store, column)
        theirs = _taken(_nulled(existing[column.name]), at)
        changed = _differ(ours, theirs) & found
        if column.name == "booked_on":
            changed &= ~staged.missing["booked_on"]
        if changed.any():
            staged.changed[column.name] = changed
            staged.before[column.name] = theirs


def _taken(values: Any, at: Any) -> Any:
    if isinstance(values, np.ndarray):
        return np.append(values, 0)[at]
    return values.take(pa.array(at, mask=at < 0))


def _differ(ours: Any, theirs: Any) -> Mask:
    if isinstance(ours, np.ndarray):
        return np.asarray(ours != theirs, np.bool_)
    same = pc.equal(ours, theirs).fill_null(False)
    both_empty = pc.and_(pc.is_null(ours), pc.is_null(theirs))
    return ~np.asarray(pc.or_(same, both_empty).to_numpy(zero_copy_only=False), np.bool_)


def settled_facts_stay(staged: Staged) -> Iterable[Refusal]:
    """A row of the book may change only in columns that an import may change."""
    for name, changed in staged.changed.items():
        column = staged.table.column(name)
        if column.changeable:
            continue
        at = where(changed & ~staged.bad)
        yield Refusal(at, name, _why_settled(staged, column))


def _why_settled(staged: Staged, column: Column) -> str:
    if staged.table.name == "plans":
        return "该版本的还款计划已在台账中且不可更改,请以新版本号导入"
    if staged.table.name == "entries":
        return "该流水号已在台账中且内容不同;流水不可更改,请先冲正"
    return f"台账中已有该{staged.table.heading},其{column.heading}不能由导入改变"
