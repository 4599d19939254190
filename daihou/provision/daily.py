"""The daily step of provisions: the stage of every live loan, and what is set aside for it.

All loans are staged and measured together; rows are written only for those that stand otherwise
than before. A loan set aside keeps what it had; one that left the book has its rows ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import psycopg

from daihou.loan_book.choices import RepaymentMethod
from daihou.policy.queries import ParametersOnDay
from daihou.provision.choices import Because, Stage
from daihou.provision.limits import measures_on, parameters_from, stage_limits
from daihou.provision.reading import facts_of
from daihou.provision.rules import (
    RULE_VERSION,
    Balances,
    Mask,
    Rows,
    StageFacts,
    measure,
    months_until,
    risk_groups,
    stages,
)
from daihou.servicing.book_on_day import BookOnDay, StepResult, end_today
from daihou.storage.packed_columns import (
    Column,
    Written,
    WrittenLists,
    read_columns,
    slices,
    write_columns,
)
from loanmath.dates import day_number

STAGES, ALLOWANCES = "provision_loanstage", "provision_allowance"
_AT_ONCE = (RepaymentMethod.INTEREST_ONLY, RepaymentMethod.BULLET)
_STAGE_KINDS = {"stage": "int2", "because": "int2"}
_ALLOWANCE_KINDS = {
    "stage": "int2", "grade": "int2", "risk_group": "int2", "principal": "int8",
    "exposure": "int8", "covered": "int8", "months": "int2", "runs_down": "bool",
    "default_rate": "int8", "rate": "int8", "expected_loss": "int8", "by_scale": "int8",
    "parameters_from": "date",
}  # fmt: skip
_MOST_MONTHS = 1200  # a hundred years: what lies beyond is a slip of the pen


@dataclass(frozen=True)
class Provided:
    """What the day finds: the places of the loans in the book, and the columns to be kept."""

    places: Rows
    facts: StageFacts
    stages: dict[str, Rows]
    allowances: dict[str, Rows | Mask]


def write_provisions(
    book: BookOnDay, cursor: psycopg.Cursor, parameters: ParametersOnDay
) -> StepResult:
    """Stage and measure the book, end what no longer holds and begin what does; idempotent."""
    now = provide(book, cursor.connection, parameters)
    staged = _renew(book, cursor, STAGES, _STAGE_KINDS, now, now.stages, _stage_extras)
    written = _renew(book, cursor, ALLOWANCES, _ALLOWANCE_KINDS, now, now.allowances, _nothing)
    stage, loss = now.stages["stage"], now.allowances["expected_loss"]
    rebutted = (now.stages["because"] & int(Because.REBUTTED)) != 0
    return StepResult(
        staged + written,
        {
            "阶段变化": staged,
            "拨备变化": written,
            **{str(one.label): int((stage == one).sum()) for one in Stage},
            "反驳推定": int(rebutted.sum()),
            "预期信用损失(分)": int(loss.sum()),
            "五级比例法(分)": int(now.allowances["by_scale"].sum()),
        },
    )


def provide(
    book: BookOnDay, connection: psycopg.Connection, parameters: ParametersOnDay
) -> Provided:
    """Stage and measure every live loan of a day's book; writes nothing."""
    live = np.flatnonzero(book.is_live)
    facts, covered = facts_of(book, connection, live)
    known = np.flatnonzero(facts.grade > 0)
    live, covered = live[known], covered[known]
    facts = StageFacts(*(column[known] for column in facts))
    staged = stages(facts, stage_limits(parameters))
    balances = _balances(book, live, covered)
    group = risk_groups(staged.stage, facts.days_past_due, balances.is_retail)
    found = measure(staged.stage, facts.grade, group, balances, measures_on(parameters))
    since = np.full(len(live), day_number(parameters_from(parameters)), np.int64)
    return Provided(
        live,
        facts,
        {"stage": staged.stage, "because": staged.because},
        {
            "stage": staged.stage, "grade": facts.grade, "risk_group": found.risk_group,
            "principal": balances.principal, "exposure": balances.exposure,
            "covered": balances.covered, "months": balances.months,
            "runs_down": balances.runs_down, "default_rate": found.default_rate,
            "rate": balances.rate, "expected_loss": found.expected_loss,
            "by_scale": found.by_scale, "parameters_from": since,
        },
    )  # fmt: skip


def _balances(book: BookOnDay, live: Rows, covered: Rows) -> Balances:
    """Principal, and the interest that fell due and is unpaid; interest still running is not in."""
    loans, standing = book.loans, book.positions
    principal = standing.principal[live].astype(np.int64)
    months = months_until(day_number(book.day), loans["maturity"][live])
    return Balances(
        principal=principal,
        exposure=principal + standing.interest_due[live],
        covered=np.minimum(covered, principal),
        months=np.minimum(months, _MOST_MONTHS),
        rate=loans["rate"][live].astype(np.int64),
        runs_down=~np.isin(loans["method"][live], _AT_ONCE),
        is_retail=loans["is_retail"][live] != 0,
    )


def _stage_extras(now: Provided, some: Rows) -> dict[str, Written | WrittenLists]:
    """The rule version, and what the rules looked at where one spoke."""
    told = now.stages["because"][some] != 0
    seen = np.column_stack(now.facts)[some][told]
    lengths = np.where(told, seen.shape[1], 0)
    version = np.full(len(some), RULE_VERSION.encode())
    return {
        "rule_version": Written(version, "text"),
        "seen": WrittenLists(seen.astype(np.int64).ravel(), lengths),
    }


def _nothing(_now: Provided, _some: Rows) -> dict[str, Written | WrittenLists]:
    return {}


def _renew(
    book: BookOnDay,
    cursor: psycopg.Cursor,
    table: str,
    kinds: dict[str, str],
    now: Provided,
    columns: dict[str, Rows | Mask] | dict[str, Rows],
    extras: Callable[[Provided, Rows], dict[str, Written | WrittenLists]],
) -> int:
    """End the open rows that the day sees otherwise or not at all, and begin what it sees anew."""
    held = read_columns(
        cursor.connection, f"{table} AS held",
        {"loan_id": Column("held.loan_id", "int8"),
         **{name: Column(f"held.{name}", kind) for name, kind in kinds.items()}},
        key="held.loan_id", only="held.valid_to IS NULL",
    )  # fmt: skip
    at = book.columnar.places.of(held["loan_id"])
    cursor.execute(
        f"DELETE FROM {table} WHERE loan_id = ANY(%s)", (held["loan_id"][at < 0].tolist(),)
    )
    row_at = np.full(book.size, -1, np.int64)
    row_at[at[at >= 0]] = np.flatnonzero(at >= 0)
    row = row_at[now.places]
    same = row >= 0
    if same.any():
        for name in kinds:
            same &= held[name][row] == columns[name]
    gone = (row_at >= 0) & ~book.is_set_aside
    gone[now.places[same]] = False
    end_today(book, cursor.connection, table, np.flatnonzero(gone))
    begun = np.flatnonzero(~same)
    begun = begun[np.argsort(book.loans["loan_id"][now.places[begun]], kind="stable")]
    for some in slices(begun):
        loans = book.loans["loan_id"][now.places[some]]
        write_columns(cursor.connection, table, {
            "loan_id": Written(loans, "int8"),
            "valid_from": Written(np.full(len(some), day_number(book.day), np.int32), "date"),
            **{name: Written(columns[name][some], kind) for name, kind in kinds.items()},
            **extras(now, some),
        })  # fmt: skip
    return max(int(gone.sum()), len(begun))
