"""The daily step: where all collateral stands, how far it covers the loans, and what it gives away.

Reads the register once, reckons all of it together (`assessing`), and writes the rows that changed:
`CollateralStanding` and `LoanCover` as intervals, `CollateralFinding` for signals 91 to 96.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa

from daihou.collateral.assessing import Assessed, assess
from daihou.collateral.findings import by_loan
from daihou.collateral.limits import collateral_limits, signal_limits
from daihou.collateral.models import CollateralFinding, CollateralStanding, LoanCover
from daihou.collateral.reading import Exposures, Facts, read_facts
from daihou.collateral.rules import UNKNOWN, Rows
from daihou.policy.queries import ParametersOnDay
from daihou.storage.bulk import copy_in
from loanmath.dates import day_number


@dataclass(frozen=True)
class Written:
    """What the step wrote: rows, and the figures worth showing on the run's page."""

    rows: int
    figures: dict[str, int]


def assess_collateral(
    cursor: psycopg.Cursor, day: dt.date, parameters: ParametersOnDay, exposures: Exposures
) -> Written:
    """Assess the whole register against what is owed; done again it writes nothing."""
    signals, today = signal_limits(parameters), day_number(day)
    facts = read_facts(cursor.connection, day, max(signals.guarantee_days, default=0))
    now = assess(facts, exposures, collateral_limits(parameters), today)
    changed = _renew(cursor, CollateralStanding._meta.db_table, ("collateral_id",),
                     _standings(facts, now), ("valid_from", "valid_to"), day)  # fmt: skip
    covers = _renew(cursor, LoanCover._meta.db_table, ("loan_id",), _covers(facts, now),
                    ("valid_from", "valid_to"), day)  # fmt: skip
    findings = by_loan(facts, now, signals, today)
    key = ("loan_id", "signal", "collateral_id", "guarantee_id")
    columns = {name: _or_null(column, name) for name, column in findings.items()}
    begun = _renew(cursor, CollateralFinding._meta.db_table, key, columns,
                   ("since", "ceased_on"), day)  # fmt: skip
    return Written(
        changed + covers + begun,
        {
            "押品": len(now.due),
            "应重估": int(((now.due != UNKNOWN) & (now.due <= today)).sum()),
            "未估值": int((facts.collateral["value"] == UNKNOWN).sum()),
            "状况变化": changed,
            "担保线索": len(findings["loan_id"]),
        },
    )


def _standings(facts: Facts, now: Assessed) -> dict[str, Any]:
    pieces = facts.collateral
    return {
        "collateral_id": pieces["id"],
        "valuation_id": pa.array(pieces["valuation"], mask=pieces["valuation"] == 0),
        "value": _known(pieces["value"]),
        "first_value": _known(pieces["first"]),
        "haircut": now.haircut,
        "stale": now.stale.astype(np.int16),
        "prior": now.prior,
        "usable": _known(now.usable),
        "owed": now.owed,
        "covered": now.covered,
        "ltv": _known(now.ltv),
        "approved_ltv": _known(now.approved),
        "grade": pa.array(now.grade.astype(np.int16), mask=now.grade == 0),
        "due_on": pa.array(now.due.astype(np.int32), pa.int32(), mask=now.due == UNKNOWN).cast(
            pa.date32()
        ),
    }


def _covers(facts: Facts, now: Assessed) -> dict[str, Any]:
    at = np.flatnonzero(now.loan_known)
    order = at[np.argsort(facts.loans["loan"][at], kind="stable")]
    return {
        "loan_id": facts.loans["loan"][order],
        "owed": now.loan_principal[order],
        "covered": now.loan_covered[order],
    }


def _known(column: Rows) -> pa.Array:
    return pa.array(column, mask=column == UNKNOWN)


def _or_null(column: Rows, name: str) -> Any:
    """References to nothing as null."""
    has_none = name in ("collateral_id", "guarantee_id")
    return pa.array(column, mask=column == 0) if has_none else column


def _renew(
    cursor: psycopg.Cursor,
    table: str,
    key: Sequence[str],
    columns: Mapping[str, Any],
    span: tuple[str, str],
    day: dt.date,
) -> int:
    """End the open rows that the day sees otherwise or not at all, and begin what it sees anew."""
    begins, ends = span
    names = ", ".join(columns)
    facts = [name for name in columns if name not in key]
    same = " AND ".join(f"n.{name} IS NOT DISTINCT FROM t.{name}" for name in (*key, *facts))
    cursor.execute(f"CREATE TEMPORARY TABLE seen_now AS SELECT {names} FROM {table} LIMIT 0")
    copy_in(cursor, "seen_now", columns)
    cursor.execute("ANALYZE seen_now")
    match = f"n.{key[0]} = t.{key[0]} AND {same}"
    cursor.execute(
        f"UPDATE {table} t SET {ends} = %s WHERE t.{ends} IS NULL"
        f" AND NOT EXISTS (SELECT FROM seen_now n WHERE {match})",
        (day,),
    )
    ended = cursor.rowcount
    cursor.execute(f"DELETE FROM {table} WHERE {ends} = %s AND {begins} = %s", (day, day))
    cursor.execute(
        f"INSERT INTO {table} ({names}, {begins}) SELECT {', '.join(f'n.{c}' for c in columns)},"
        f" %s FROM seen_now n WHERE NOT EXISTS"
        f" (SELECT FROM {table} t WHERE t.{ends} IS NULL AND {match})",
        (day,),
    )
    begun = cursor.rowcount
    cursor.execute("DROP TABLE seen_now")
    return max(ended, begun)
