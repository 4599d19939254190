"""The book that is disturbed, and what must be the same after a fault as without one."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection

from daihou.cli.bench_book import DAY, fill, pay_next_day
from daihou.daily_run.verification import verify_day
from daihou.policy.actions import seed_calendar
from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer
from daihou.storage.dumping import Server, client_program
from tests.daily_run.canonical import left_behind
from tests.torture.home import Home, keep_as
from tests.torture.tasks import OFFICER

LAST = DAY + dt.timedelta(days=2)
_TRUTH = (
    "staff_branch", "staff_officer", "loan_book_product", "loan_book_customer", "loan_book_contact",
    "loan_book_facility", "loan_book_contract", "loan_book_loan", "loan_book_planversion",
    "loan_book_guarantee", "loan_book_customerrelation", "loan_book_happening",
    "ledger_ledgerentry",
)  # fmt: skip
# Numbers drawn anew, clocks, what is encrypted with a fresh nonce, and password hashes.
_NOT_COMPARED = (
    "id", "recorded_at", "known_from", "known_to", "source_batch", "identity_number", "value",
    "password", "date_joined",
)  # fmt: skip


@dataclass
class Expected:
    """What is left behind when nobody disturbs."""

    run: dict[str, Any] = field(default_factory=dict)
    imported: dict[str, list[str]] = field(default_factory=dict)
    schema: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def fill_the_bank(loans: int) -> None:
    """A synthetic book with payments on two days, one spoilt plan, an officer of head office."""
    seed_calendar(range(2010, 2031))
    connection.ensure_connection()
    pay_next_day(connection.connection, fill(connection.connection, loans))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loan_book_planversion SET principal[1] = principal[1] + 1 WHERE loan_id = 5"
        )
    Officer.objects.create(
        username=OFFICER, display_name="孙贷后", branch=Branch.objects.get(pk=1),
        roles=[Role.POST_LOAN_OFFICER], must_use_second_factor=False,
        password=make_password(None),
    )  # fmt: skip


def run_state(home: Home) -> dict[str, Any]:
    """Everything that the days have derived."""
    return dict(left_behind(home.snapshots))


def truth() -> dict[str, list[str]]:
    """The rows of the book's own tables, without what differs between two equal imports."""
    found = {}
    with connection.cursor() as cursor:
        for table in _TRUTH:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
                " AND column_name <> ALL(%s) AND column_name NOT LIKE '%%\\_id'"
                " ORDER BY column_name",
                [table, list(_NOT_COMPARED)],
            )
            columns = ", ".join(f'"{row[0]}"' for row in cursor.fetchall())
            cursor.execute(f"SELECT ROW({columns})::text AS line FROM {table} ORDER BY line")
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def schema() -> str:
    """The structure of the database as pg_dump writes it."""
    connection.ensure_connection()
    server = Server(connection.connection.info)
    program = [str(client_program("pg_dump")), "--schema-only", "--no-owner", "--restrict-key=same"]
    done = subprocess.run(
        [*program, f"--dbname={server.address(server.database)}"],
        env=server.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def differences_found() -> list[str]:
    """What `daihou verify` finds on the last closed day."""
    return [str(one) for one in verify_day().differences]


def first_difference(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """Where two states differ first, for whoever has to find out why."""
    for name in sorted(expected.keys() | found.keys()):
        ours, theirs = expected.get(name), found.get(name)
        if ours != theirs and isinstance(ours, list) and isinstance(theirs, list):
            missing = [line for line in ours if line not in set(theirs)][:2]
            more = [line for line in theirs if line not in set(ours)][:2]
            return f"{name}: missing {missing}, more {more}"
        if ours != theirs:
            return f"{name}: {str(ours)[:100]} / {str(theirs)[:100]}"
    return ""


def make_starting_points(home: Home, loans: int) -> None:
    """Keep an empty bank (`empty`) and a filled one (`filled`)."""
    keep_as(home, "empty")
    fill_the_bank(loans)
    keep_as(home, "filled")


def bank_files(home: Home) -> Path:
    """Where the files to be imported lie."""
    return home.folder / "files"
