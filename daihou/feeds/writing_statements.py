"""Statements into the book: one row per version, its lines as arrays.

A statement of which any row is new or changed gets a new version, made of the last one and of what
the file says. Loops run over the statements that are corrected, not over the rows of a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from daihou.feeds import copying
from daihou.feeds.changing import rows_changed
from daihou.feeds.checks.intake import Intake
from daihou.feeds.checks.statements import group_statements
from daihou.feeds.checks.wholes import Groups
from daihou.feeds.problems import Rows
from daihou.feeds.staging import Staged
from daihou.feeds.stores import STORES
from daihou.statements.choices import Opinion, Scope, Source

_LAST = """
SELECT DISTINCT ON (customer_id, period_end, scope)
       customer_id, (period_end - DATE '1970-01-01')::int8, scope, version, items, amounts,
       earlier_items, earlier_amounts, opinion, (received_on - DATE '1970-01-01')::int8
FROM statements_statement WHERE customer_id = ANY(%s)
ORDER BY customer_id, period_end, scope, version DESC
"""
Key = tuple[int, int, int]


@dataclass(frozen=True)
class _Before:
    """The version that a correction stands on."""

    version: int
    lines: Mapping[int, int]
    earlier: Mapping[int, int]
    opinion: str
    received_on: int


def load_statements(cursor: Any, staged: Staged, new: Rows, intake: Intake, batch: int) -> None:
    """Write a new version of every statement of which the file has a new or changed row."""
    touched = rows_changed(staged)
    touched[new] = True
    touched &= ~staged.bad
    if not touched.any():
        return
    groups = group_statements(staged)
    wanted = np.unique(groups.of_row[touched])
    heads = groups.heads[wanted]
    customers = _customers(staged, intake, heads)
    before = _last_versions(cursor, customers)
    columns = _Columns()
    for place, group in enumerate(wanted.tolist()):
        rows = groups.order[groups.begins[group] : groups.begins[group + 1]]
        key = _key(staged, groups, group, int(customers[place]))
        columns.add(staged, rows, key, before.get(key), intake.business_date)
    ids = columns.write(cursor, batch)
    staged.ids[new] = ids[np.searchsorted(wanted, groups.of_row[new])]


class _Columns:
    """The columns of the versions to be written, filled statement by statement."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.versions: list[int] = []
        self.opinions: list[str] = []
        self.received: list[int] = []
        self.notes: list[str] = []
        self.lines: list[Mapping[int, int]] = []
        self.earlier: list[Mapping[int, int]] = []

    def add(
        self, staged: Staged, rows: Rows, key: Key, before: _Before | None, business_date: int
    ) -> None:
        """One statement: what stood before, overlaid with the rows of the file."""
        items = staged.values["item"][rows].tolist()
        lines = dict(zip(items, staged.values["amount"][rows].tolist(), strict=True))
        given = ~staged.missing["earlier"][rows]
        earlier = {
            item: amount
            for item, amount, there in zip(
                items, staged.values["earlier"][rows].tolist(), given.tolist(), strict=True
            )
            if there
        }
        head = int(rows[0])
        opinion = str(staged.texts("opinion")[head].as_py() or Opinion.NONE.value)
        received = int(staged.values["received_on"][head])
        if staged.missing["received_on"][head]:
            received = business_date
        if before is not None:
            lines, earlier = {**before.lines, **lines}, {**before.earlier, **earlier}
            opinion = opinion if "opinion" in staged.raw else before.opinion
            received = max(received, before.received_on)
        self.keys.append(key)
        self.versions.append(1 if before is None else before.version + 1)
        self.opinions.append(opinion)
        self.received.append(received)
        self.notes.append("" if before is None else "导入更正")
        self.lines.append(lines)
        self.earlier.append(earlier)

    def write(self, cursor: Any, batch: int) -> Rows:
        """COPY all versions; returns their ids."""
        table, count = STORES["statements"].db_table, len(self.keys)
        ids = copying.new_ids(cursor, table, count)
        ends = np.array([end for _, end, _ in self.keys], np.int64)
        items, amounts = _flat(self.lines)
        earlier_items, earlier_amounts = _flat(self.earlier)
        columns = {
            "id": ids,
            "customer_id": np.array([customer for customer, _, _ in self.keys], np.int64),
            "period_end": copying.days_as_dates(ends),
            "months": ends.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
            + 1,
            "scope": np.array([scope for _, _, scope in self.keys], np.int16),
            "version": np.array(self.versions, np.int16),
            "is_audited": pa.array([word != Opinion.NONE.value for word in self.opinions]),
            "opinion": pa.array(self.opinions),
            "auditor": pa.array([""] * count),
            "received_on": copying.days_as_dates(np.array(self.received, np.int64)),
            "source": pa.array([Source.IMPORTED.value] * count),
            "note": pa.array(self.notes),
            "items": items,
            "amounts": amounts,
            "earlier_items": earlier_items,
            "earlier_amounts": earlier_amounts,
            "source_batch": np.full(count, batch, np.int64),
        }
        copying.copy_in(cursor, table, columns)
        return ids


def _flat(tables: Sequence[Mapping[int, int]]) -> tuple[pa.Array, pa.Array]:
    offsets = np.append(0, np.cumsum([len(table) for table in tables]))
    pairs = [pair for table in tables for pair in sorted(table.items())]
    codes = pa.array([code for code, _ in pairs], pa.int16())
    amounts = pa.array([amount for _, amount in pairs], pa.int64())
    return copying.as_lists(codes, offsets), copying.as_lists(amounts, offsets)


def _customers(staged: Staged, intake: Intake, heads: Rows) -> Rows:
    customers = staged.references["customer"][heads]
    here = customers < 0
    if here.any():
        target = intake.tables["customers"]
        return np.where(here, target.ids[np.where(here, -customers - 1, 0)], customers)
    return customers


def _key(staged: Staged, groups: Groups, group: int, customer: int) -> Key:
    head = int(groups.heads[group])
    scope = int(staged.values["scope"][head]) or Scope.SINGLE.value
    return customer, int(staged.values["period_end"][head]), scope


def _last_versions(cursor: Any, customers: Rows) -> dict[Key, _Before]:
    cursor.execute(_LAST, [np.unique(customers).tolist()])
    found = {}
    for row in cursor.fetchall():
        customer, end, scope, version, items, amounts, e_items, e_amounts, opinion, received = row
        found[customer, end, scope] = _Before(
            version,
            dict(zip(items, amounts, strict=True)),
            dict(zip(e_items, e_amounts, strict=True)),
            opinion,
            received,
        )
    return found
