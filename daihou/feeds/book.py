"""What the book has already: ids by number, and existing rows to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from daihou.feeds import copying
from daihou.feeds.matching import match_rows, positions_in
from daihou.feeds.problems import Rows
from daihou.feeds.standard import Column, Kind
from daihou.feeds.stores import KEYED_BY_NUMBER, STORES, UNREVERSED, Store
from daihou.ledger.choices import EntryKind

_READ_WHOLE = 200_000  # from so many wanted numbers on, reading the whole column is cheaper
_TEXTUAL = {Kind.TEXT, Kind.CHOICE, Kind.CHOICES}


class Book:
    """Reads the book within the import's transaction."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def is_empty(self, table: str) -> bool:
        """Whether a table of the book has no rows at all."""
        self.cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {STORES[table].db_table})")
        return bool(self.cursor.fetchone()[0])

    def ids_of(self, table: str, numbers: pa.Array) -> Rows:
        """The id of each number in a table that is keyed by number; 0 where there is none."""
        if self.is_empty(table) or not len(numbers):
            return np.zeros(len(numbers), np.int64)
        store = STORES[table]
        key = store.db_column(KEYED_BY_NUMBER[table])
        distinct = numbers.unique().drop_null()
        if len(distinct) < _READ_WHOLE:
            copying.make_wanted(self.cursor, {"wanted_number": ("text", distinct)})
            query = (
                f"SELECT b.id, {key} FROM {store.db_table} b JOIN wanted ON wanted_number = {key}"
            )
        else:
            query = f"SELECT id, {key} FROM {store.db_table}"
        found = copying.fetch(self.cursor, query, {"id": pa.int64(), "number": pa.string()})
        at = positions_in(numbers, found["number"])
        ids = np.append(found["id"].to_numpy(), 0)
        return np.asarray(ids[at], np.int64)

    def rows_of(
        self,
        table: str,
        columns: Sequence[Column],
        *,
        where: str,
        ids: Rows,
        standing: str = "",
    ) -> tuple[Rows, dict[str, Any]]:
        """Existing rows whose column `where` is among the ids: their own ids, and the columns."""
        store = STORES[table]
        wanted = np.unique(ids[ids > 0])
        types = {"row_id": pa.int64()} | {c.name: _type_of(store, c) for c in columns}
        if not len(wanted):
            empty = {name: pa.array([], kind) for name, kind in types.items()}
            return np.zeros(0, np.int64), _as_staged(columns, store, empty)
        copying.make_wanted(self.cursor, {"wanted_id": ("int8", wanted)})
        selected = ", ".join(f"{store.expression(c)} AS c{n}" for n, c in enumerate(columns))
        query = (
            f"SELECT id, {selected} FROM {store.view} JOIN wanted ON wanted_id = {where}"
            f" WHERE {standing or store.standing} ORDER BY id"
        )
        found = copying.fetch(self.cursor, query, types)
        row_ids = np.asarray(found.pop("row_id").to_numpy(), np.int64)
        return row_ids, _as_staged(columns, store, found)

    def column_by_id(self, table: str, column: str, ids: Rows) -> Rows:
        """One whole-number or date column of existing rows, for each id; 0 where there is none."""
        store = STORES[table]
        wanted = np.unique(ids[ids > 0])
        if not len(wanted):
            return np.zeros(len(ids), np.int64)
        copying.make_wanted(self.cursor, {"wanted_id": ("int8", wanted)})
        expression = store.expression(store.table.column(column))
        query = (
            f"SELECT id, {expression} AS value FROM {store.db_table}"
            " JOIN wanted ON wanted_id = id ORDER BY id"
        )
        found = copying.fetch(self.cursor, query, {"id": pa.int64(), "value": pa.int64()})
        at = match_rows([ids], [found["id"].to_numpy()])
        values = np.append(found["value"].fill_null(0).to_numpy(), 0)
        return np.asarray(values[at], np.int64)

    def plan_versions(self, loans: Rows) -> set[tuple[int, int]]:
        """The plan versions that existing loans have: pairs of loan id and version."""
        store = STORES["plans"]
        wanted = np.unique(loans[loans > 0]).tolist()
        self.cursor.execute(
            f"SELECT loan_id, version FROM {store.db_table} WHERE loan_id = ANY(%s)", [wanted]
        )
        return set(self.cursor.fetchall())

    def disbursed(self, loans: Rows) -> Rows:
        """What was paid out so far on each loan (reversed entries left out); 0 for a new one."""
        store = STORES["entries"]
        totals = np.zeros(len(loans), np.int64)
        known = loans > 0
        if not known.any():
            return totals
        self.cursor.execute(
            f"SELECT loan_id, sum(amount)::int8 FROM {store.db_table}"
            f" WHERE loan_id = ANY(%s) AND kind = %s AND {UNREVERSED} GROUP BY loan_id",
            [loans[known].tolist(), int(EntryKind.DISBURSEMENT)],
        )
        found = dict(self.cursor.fetchall())
        totals[known] = [found.get(loan, 0) for loan in loans[known].tolist()]
        return totals

    def capitalised(self, loans: Rows) -> Rows:
        """What interest and penalty became principal so far on each loan; 0 for a new one."""
        totals = np.zeros(len(loans), np.int64)
        self.cursor.execute(
            f"SELECT loan_id, sum(amount)::int8 FROM {STORES['term_changes'].db_table}"
            " WHERE loan_id = ANY(%s) AND amount IS NOT NULL GROUP BY loan_id",
            [loans[loans > 0].tolist()],
        )
        found = dict(self.cursor.fetchall())
        totals[:] = [found.get(loan, 0) for loan in loans.tolist()]
        return totals

    def entries_of(self, loans: Rows) -> tuple[Rows, dict[str, Any]]:
        """The standing entries of existing loans that can be reversed: ids, loan and reference."""
        table = STORES["entries"].table
        columns = (table.column("loan"), table.column("reference"))
        return self.rows_of("entries", columns, where="loan_id", ids=loans, standing=UNREVERSED)

    def times_booked(self, loans: Rows, references: pa.Array) -> Rows:
        """How often each loan has had an entry of the same reference, reversed ones included."""
        if self.is_empty("entries"):
            return np.zeros(len(loans), np.int64)
        copying.make_wanted(self.cursor, {"loan": ("int8", loans), "ref": ("text", references)})
        found = copying.fetch(
            self.cursor,
            f"SELECT loan_id, reference, count(*) FROM {STORES['entries'].db_table}"
            " JOIN wanted ON loan = loan_id AND ref = reference GROUP BY loan_id, reference",
            {"loan": pa.int64(), "reference": pa.string(), "times": pa.int64()},
        )
        at = match_rows([loans, references], [found["loan"].to_numpy(), found["reference"]])
        return np.asarray(np.append(found["times"].to_numpy(), 0)[at], np.int64)


def _type_of(store: Store, column: Column) -> pa.DataType:
    if column.name in store.fingerprints:
        return pa.string()
    if column.references:
        return pa.int64()
    if column.kind is Kind.CHOICE and not isinstance(column.words[0].code, str):
        return pa.int64()
    return pa.string() if column.kind in _TEXTUAL else pa.int64()


def _as_staged(
    columns: Sequence[Column], store: Store, found: dict[str, pa.Array]
) -> dict[str, Any]:
    """Whole numbers as numpy arrays (0 for null), texts as Arrow arrays (null for empty)."""
    staged: dict[str, Any] = {}
    for column in columns:
        array = found[column.name]
        if pa.types.is_string(array.type):
            staged[column.name] = array
        else:
            staged[column.name] = np.asarray(array.fill_null(0).to_numpy(), np.int64)
    return staged
