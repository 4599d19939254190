"""The daily step of the signals: judge every loan, write only what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.early_warning.changes import KeptSignals, SignalChanges, changes_of, colour_of
from daihou.early_warning.explanations import SignalSources, explain
from daihou.early_warning.facts import loan_numbers, signal_facts
from daihou.early_warning.limits import RULE_VERSION, signal_limits
from daihou.early_warning.rules import SIGNAL_NAMES, Rule, SignalFacts, SignalLimits, known
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.storage.packed_columns import Column, Columns, read_columns
from daihou.storage.text_rows import copy_json, write_lines
from loanmath.dates import date_of, day_number

_COLUMNS = (
    "customer_id", "loan_id", "rule", "rule_version", "level", "previous_level", "colour",
    "episode_since", "first_seen_on", "reasons",
)  # fmt: skip


def write_signals(
    book: BookOnDay, cursor: psycopg.Cursor, parameters: ParametersOnDay
) -> StepResult:
    """Open the signals first seen today, end those no longer seen, and note the coverage.

    Runs inside the step's transaction. Loans set aside keep the signals they have.
    """
    limits, connection = signal_limits(parameters), cursor.connection
    facts, sources = signal_facts(book, connection, limits)
    columns = _kept_columns(book, connection, limits)
    _take_out_strangers(book, connection, columns["loan_id"])
    kept = _kept_signals(book, columns)
    day = day_number(book.day)
    changes = [changes_of(rule, facts, limits, kept[rule], day) for rule in Rule]
    ended = _end(connection, book, np.concatenate([change.ended_rows for change in changes]))
    opened = np.unique(np.concatenate([change.opened for change in changes]))
    sources = replace(sources, numbers=loan_numbers(book, connection, opened))
    lines = _lines(book, facts, limits, sources, changes)
    rows = write_lines(connection, "early_warning_signal", _COLUMNS, lines)
    _write_coverage(connection, book, facts)
    figures = {
        f"{change.rule.value} {SIGNAL_NAMES[change.rule]}": int(change.opened.size)
        for change in changes
    }
    quiet = sum(change.quiet for change in changes)
    return StepResult(
        rows=rows + ended,
        figures={"新信号": rows, "消失或变档": ended, "静默期内未提示": quiet, **figures},
    )


def _kept_columns(book: BookOnDay, connection: psycopg.Connection, limits: SignalLimits) -> Columns:
    """The rows open in the database, and those that ceased within the longest quiet time."""
    last = connection.execute(
        "SELECT coalesce(max(loan_id), 0) FROM early_warning_signal WHERE ceased_on IS NULL"
    ).fetchone()
    assert last is not None
    still_open = read_columns(
        connection,
        "(SELECT * FROM early_warning_signal WHERE ceased_on IS NULL) AS signal",
        {name: Column(f"signal.{name}", kind) for name, (kind, _) in _KEPT.items()},
        key="signal.loan_id",
        up_to=last[0],
    )
    longest = max(*limits.cooldown.values(), *limits.merge.values())
    ceased = connection.execute(
        f"SELECT {', '.join(expression for _, expression in _KEPT.values())}"
        " FROM early_warning_signal WHERE ceased_on >= %s ORDER BY id",
        (book.day - dt.timedelta(days=longest),),
    ).fetchall()
    lately = np.array(ceased, np.int64).reshape(-1, len(_KEPT))
    return {name: np.concatenate([still_open[name], lately[:, n]]) for n, name in enumerate(_KEPT)}


_EPOCH = "date '1970-01-01'"
_KEPT = {
    "id": ("int8", "id"),
    "loan_id": ("int8", "loan_id"),
    "rule": ("int2", "rule"),
    "level": ("int2", "level"),
    "episode_since": ("date", f"episode_since - {_EPOCH}"),
    "ceased_on": ("date", f"ceased_on - {_EPOCH}"),
}


def _kept_signals(book: BookOnDay, columns: Columns) -> dict[Rule, KeptSignals]:
    """The kept rows of each signal, with the places of their loans."""
    places = book.columnar.places.of(columns["loan_id"])
    kept = {}
    for rule in Rule:
        which = (columns["rule"] == rule.value) & (places >= 0)
        kept[rule] = KeptSignals(
            row=columns["id"][which],
            place=places[which],
            level=columns["level"][which].astype(np.int8),
            episode_since=columns["episode_since"][which].astype(np.int32),
            ceased_on=columns["ceased_on"][which].astype(np.int32),
        )
    return kept


def _take_out_strangers(
    book: BookOnDay, connection: psycopg.Connection, loans: npt.NDArray[np.int64]
) -> None:
    """Take out the signals of loans that are not in the book: their import was undone."""
    gone = np.unique(loans[book.columnar.places.of(loans) < 0])
    connection.execute("DELETE FROM early_warning_signal WHERE loan_id = ANY(%s)", (gone.tolist(),))


def _end(connection: psycopg.Connection, book: BookOnDay, rows: npt.NDArray[np.int64]) -> int:
    """End rows today; a row that began today, seen by an earlier try of this day, goes away."""
    if rows.size == 0:
        return 0
    values = {"day": book.day, "rows": rows.tolist()}
    connection.execute(
        "DELETE FROM early_warning_signal WHERE id = ANY(%(rows)s) AND first_seen_on = %(day)s",
        values,
    )
    connection.execute(
        "UPDATE early_warning_signal SET ceased_on = %(day)s WHERE id = ANY(%(rows)s)", values
    )
    return int(rows.size)


def _lines(
    book: BookOnDay,
    facts: SignalFacts,
    limits: SignalLimits,
    sources: SignalSources,
    changes: list[SignalChanges],
) -> Iterator[str]:
    """The rows that begin today, as lines for COPY."""
    day = book.day.isoformat()
    for change in changes:
        rule = change.rule
        customers = book.loans["customer_id"][change.opened].tolist()
        loans = book.loans["loan_id"][change.opened].tolist()
        for n, place in enumerate(change.opened.tolist()):
            level = int(change.level[n])
            since = date_of(int(change.episode_since[n])).isoformat()
            reasons = copy_json(explain(rule, level, place, facts, limits, sources))
            yield (
                f"{customers[n]}\t{loans[n]}\t{rule.value}\t{RULE_VERSION}\t{level}"
                f"\t{change.previous_level[n]}\t{colour_of(limits, rule, level)}"
                f"\t{since}\t{day}\t{reasons}"
            )


def _write_coverage(connection: psycopg.Connection, book: BookOnDay, facts: SignalFacts) -> None:
    """Note for how many loans on the books each signal could be judged."""
    loans = int(np.count_nonzero(facts.judged | facts.set_aside))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO early_warning_signalcoverage (day, rule, loans, known)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (day, rule)"
            " DO UPDATE SET loans = excluded.loans, known = excluded.known",
            [
                (book.day, rule.value, loans, int(np.count_nonzero(known(rule, facts))))
                for rule in Rule
            ],
        )
