"""Everything that a daily run has left behind, in a form that two runs can be compared by."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.db import connection

# Surrogate numbers and the clock on the wall differ between runs and mean nothing.
NOT_COMPARED = {
    "id", "opened_at", "closed_at", "finished_at", "seconds", "known_from", "known_to",
    "recorded_at", "finding_id",
}  # fmt: skip
# What a row points at is told by what it is about, not by its surrogate number.
TOLD_BY = {
    "case_id": "(SELECT ROW(c.customer_id, c.opened_on) FROM early_warning_signalcase AS c"
    " WHERE c.id = case_id)",
    "signal_id": "(SELECT ROW(s.customer_id, s.loan_id, s.rule, s.level, s.first_seen_on)"
    " FROM early_warning_signal AS s WHERE s.id = signal_id)",
    "sources": "(CASE WHEN rule IN (28, 29, 30, 31, 32, 40, 41) THEN"
    " (SELECT array_agg(ROW(f.customer_id, f.loan_id, f.pattern, f.other_key)::text"
    " ORDER BY f.loan_id, f.pattern, f.other_key)"
    " FROM fund_supervision_finding AS f WHERE f.id = ANY(sources)) ELSE sources::text[] END)",
}
DERIVED = (
    "daily_run_businessday",
    "daily_run_steprecord",
    "daily_run_correction",
    "daily_run_setaside",
    "daily_run_workitem",
    "servicing_loanposition",
    "fund_supervision_tracedpayment",
    "fund_supervision_drawstanding",
    "fund_supervision_finding",
    "fund_supervision_findingtransaction",
    "fund_supervision_notabletransaction",
    "fund_supervision_matchingrun",
    "early_warning_signal",
    "early_warning_signalcoverage",
    "early_warning_indicatorcoverage",
    "early_warning_signalcase",
    "early_warning_casesignal",
    "early_warning_casestep",
    "early_warning_watchentry",
    "classification_loangrade",
    "reports_daytotal",
    "collateral_collateralstanding",
    "collateral_loancover",
    "collateral_collateralfinding",
    "provision_loanstage",
    "provision_allowance",
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
            columns = ", ".join(TOLD_BY.get(row[0], row[0]) for row in cursor.fetchall())
            cursor.execute(f"SELECT ROW({columns})::text AS line FROM {table} ORDER BY line")
            found[table] = [row[0] for row in cursor.fetchall()]
    for path in sorted(snapshots.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(snapshots))
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
