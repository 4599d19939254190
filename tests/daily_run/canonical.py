"""Everything that a daily run has left behind, in a form that two runs can be compared by."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.db import connection

# Surrogate numbers and the clock on the wall differ between runs and mean nothing.
NOT_COMPARED = {
    "id", "opened_at", "closed_at", "finished_at", "seconds", "known_from", "known_to",
    "recorded_at",
}  # fmt: skip
DERIVED = (
    "daily_run_businessday",
    "daily_run_steprecord",
    "daily_run_correction",
    "daily_run_setaside",
    "daily_run_workitem",
    "servicing_loanposition",
    "early_warning_signal",
    "early_warning_signalcoverage",
    "classification_loangrade",
    "reports_daytotal",
    "collateral_collateralstanding",
    "collateral_loancover",
    "collateral_collateralfinding",
)


def wipe() -> None:
    """Take out everything that daily runs have derived."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(DERIVED)} RESTART IDENTITY CASCADE")


def left_behind(snapshots: Path) -> dict[str, list[str] | str]:
    """The rows of every derived table in an order of their own, and each snapshot's digest."""
    found: dict[str, list[str] | str] = {}
    with connection.cursor() as cursor:
        for table in DERIVED:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND column_name <> ALL(%s) ORDER BY column_name",
                [table, list(NOT_COMPARED)],
            )
            columns = ", ".join(row[0] for row in cursor.fetchall())
            cursor.execute(f"SELECT ROW({columns})::text AS line FROM {table} ORDER BY line")
            found[table] = [row[0] for row in cursor.fetchall()]
    for path in sorted(snapshots.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(snapshots))
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
