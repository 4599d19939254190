"""The daily step of the signals: judge every loan, write only what changed."""

from __future__ import annotations

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
    kept = _kept_signals(book, connection, limits)
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


def _kept_signals(
    book: BookOnDay, connection: psycopg.Connection, limits: SignalLimits
) -> dict[Rule, KeptSignals]:
    """The rows open in the database, and those that ceased within the longest quiet time."""
    longest = max(*limits.cooldown.values(), *limits.merge.values())
    rows = [
        read_columns(
            connection,
            f"(SELECT * FROM early_warning_signal WHERE {which}) AS signal",
            {name: Column(f"signal.{name}", kind) for name, kind in _KEPT.items()},
            key="signal.loan_id",
            up_to=book.columnar.marks.loan,
        )
        for which in (
            "ceased_on IS NULL",
            f"ceased_on >= '{book.day.isoformat()}'::date - {longest}",
        )
    ]
    columns = {name: np.concatenate([part[name] for part in rows]) for name in _KEPT}
    return {rule: _kept_of(book, columns, columns["rule"] == rule.value) for rule in Rule}


_KEPT = {"id": "int8", "loan_id": "int8", "rule": "int2", "level": "int2",
         "episode_since": "date", "ceased_on": "date"}  # fmt: skip


def _kept_of(book: BookOnDay, columns: Columns, which: npt.NDArray[np.bool_]) -> KeptSignals:
    places = book.columnar.places.of(columns["loan_id"])
    which = which & (places >= 0)
    return KeptSignals(
        row=columns["id"][which],
        place=places[which],
        level=columns["level"][which].astype(np.int8),
        episode_since=columns["episode_since"][which],
        ceased_on=columns["ceased_on"][which],
    )


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
