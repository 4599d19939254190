"""What the daily step reads: collateral with its values, claims, loans secured; as arrays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa

from daihou.collateral.choices import SIGNAL_OF_INCIDENT, LienKind
from daihou.collateral.rules import UNKNOWN, Mask, Rows
from daihou.storage.bulk import read_table
from daihou.storage.packed_columns import places_among

_NUMBER = "({0} - DATE '1970-01-01')::int8"


def _day(column: str) -> str:
    return f"coalesce({_NUMBER.format(column)}, {UNKNOWN})"


# A valuation counts from the day on which it was received; of one day's versions the last.
_COLLATERAL = f"""
WITH known AS (
    SELECT DISTINCT ON (collateral_id, valued_on) collateral_id, valued_on, id, value, next_due
    FROM collateral_valuation WHERE known_on <= %(day)s
    ORDER BY collateral_id, valued_on, version DESC
), latest AS (
    SELECT DISTINCT ON (collateral_id) * FROM known ORDER BY collateral_id, valued_on DESC
), earliest AS (
    SELECT DISTINCT ON (collateral_id) * FROM known ORDER BY collateral_id, valued_on
)
SELECT c.id::int8, c.kind::int8, coalesce(v.id, 0)::int8 AS valuation,
       coalesce(v.value, {UNKNOWN})::int8 AS value, coalesce(f.value, {UNKNOWN})::int8 AS first,
       {_day("v.valued_on")} AS valued_on, {_day("v.next_due")} AS next_due,
       {_day("c.registered_until")} AS registered_until, {_day("c.insured_until")} AS insured_until
FROM collateral_collateral c
LEFT JOIN latest v ON v.collateral_id = c.id
LEFT JOIN earliest f ON f.collateral_id = c.id
WHERE (c.released_on IS NULL OR c.released_on > %(day)s)
ORDER BY c.id
"""
_LINKS = f"""
SELECT k.collateral_id::int8 AS collateral, k.contract_id::int8 AS contract,
       k.amount::int8 AS amount, k.rank::int8 AS rank,
       {_NUMBER.format("k.secured_on")} AS secured_on,
       coalesce(k.approved_ltv, {UNKNOWN})::int8 AS approved
FROM collateral_collaterallink k JOIN collateral_collateral c ON c.id = k.collateral_id
WHERE k.secured_on <= %(day)s AND (c.released_on IS NULL OR c.released_on > %(day)s)
ORDER BY k.collateral_id, k.contract_id
"""
_LIENS = f"""
SELECT collateral_id::int8 AS collateral, rank::int8 AS rank, amount::int8 AS amount,
       {_NUMBER.format("registered_on")} AS registered_on, is_agreed,
       kind = '{LienKind.SEIZURE.value}' AS is_seizure
FROM collateral_lien
WHERE registered_on <= %(day)s AND (ended_on IS NULL OR ended_on > %(day)s)
ORDER BY collateral_id
"""
_LOANS = """
SELECT l.id::int8 AS loan, l.contract_id::int8 AS contract, l.customer_id::int8 AS customer,
       l.currency = 'CNY' AS is_yuan
FROM loan_book_loan l
WHERE l.contract_id IN (SELECT contract_id FROM collateral_collaterallink
                        UNION SELECT contract_id FROM loan_book_guarantee
                        WHERE ends_on <= %(until)s)
ORDER BY l.contract_id, l.id
"""
_GUARANTEES = f"""
SELECT id::int8, contract_id::int8 AS contract, {_NUMBER.format("ends_on")} AS ends_on
FROM loan_book_guarantee WHERE ends_on <= %(until)s ORDER BY id
"""
_INCIDENTS = """
SELECT collateral_id::int8 AS collateral, kind FROM collateral_incident
WHERE happened_on <= %(day)s AND (ended_on IS NULL OR ended_on > %(day)s) ORDER BY collateral_id
"""


@dataclass(frozen=True)
class Exposures:
    """What is owed on the evening of a day: the live loans, sorted, with principal and grade.

    Grades are numbers from 1 正常 to 5 损失, 0 for a loan without one.
    """

    loans: Rows
    principal: Rows
    grade: Rows

    def of(self, loans: Rows) -> tuple[Mask, Rows, Rows]:
        """Whether each loan is live, its principal (0 when not), and its grade."""
        at = places_among(self.loans, loans)
        live = at >= 0
        principal, grade = np.zeros(len(loans), np.int64), np.zeros(len(loans), np.int64)
        principal[live], grade[live] = self.principal[at[live]], self.grade[at[live]]
        return live, principal, grade


@dataclass(frozen=True)
class Facts:
    """Everything that the rules look at on one day, read once; columns by name."""

    collateral: dict[str, Any]
    links: dict[str, Any]
    liens: dict[str, Any]
    loans: dict[str, Any]
    guarantees: dict[str, Any]
    incidents: dict[str, Any]


def read_facts(connection: psycopg.Connection, day: dt.date, ahead: int) -> Facts:
    """Read the day's collateral; guarantees are wanted that end within `ahead` days."""
    given = {"day": day, "until": day + dt.timedelta(days=ahead)}

    def columns(query: str) -> dict[str, Any]:
        return _columns(read_table(connection, query, given))

    return Facts(
        columns(_COLLATERAL), columns(_LINKS), columns(_LIENS), columns(_LOANS),
        columns(_GUARANTEES), _by_signal(columns(_INCIDENTS)),
    )  # fmt: skip


def _columns(table: pa.Table) -> dict[str, Any]:
    return {
        name: np.asarray(table[name].to_numpy(zero_copy_only=False)) for name in table.column_names
    }


def _by_signal(incidents: dict[str, Any]) -> dict[str, Any]:
    kinds = [SIGNAL_OF_INCIDENT[kind] for kind in incidents["kind"]]
    return {"collateral": incidents["collateral"], "signal": np.array(kinds, np.int64)}
