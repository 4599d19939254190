"""The daily step of the signals: judge every loan, write only what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.early_warning.changes import KeptSignals, SignalChanges, changes_of, colours_of
from daihou.early_warning.explanations import seen_by
from daihou.early_warning.facts import SignalSources, signal_facts
from daihou.early_warning.limits import RULE_VERSION, signal_limits
from daihou.early_warning.rules import Rule, SignalFacts, SignalLimits, known
from daihou.early_warning.shipped_signals import signal_title
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.storage.packed_columns import (
    Column,
    Columns,
    Written,
    WrittenLists,
    read_columns,
    write_columns,
)
from loanmath.dates import day_number

_TABLE = "early_warning_signal"


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
    ends = np.concatenate([change.ended_rows for change in changes])
    ended = end_signals(connection, book.day, ends)
    rows = sum(
        write_columns(connection, _TABLE, _opened(book, facts, limits, sources, change))
        for change in changes
        if change.opened.size
    )
    _write_coverage(connection, book, facts)
    figures = {signal_title(change.rule): int(change.opened.size) for change in changes}
    quiet = sum(change.quiet for change in changes)
    return StepResult(
        rows=rows + ended,
        figures={"新信号": rows, "消失或变档": ended, "静默期内未提示": quiet, **figures},
    )


def _kept_columns(book: BookOnDay, connection: psycopg.Connection, limits: SignalLimits) -> Columns:
    """The rows open in the database, and those that ceased within the longest quiet time."""
    last = connection.execute(
        "SELECT coalesce(max(loan_id), 0) FROM early_warning_signal"
        " WHERE ceased_on IS NULL AND loan_id IS NOT NULL"
    ).fetchone()
    assert last is not None
    still_open = read_columns(
        connection,
        "(SELECT * FROM early_warning_signal"
        " WHERE ceased_on IS NULL AND loan_id IS NOT NULL) AS signal",
        {name: Column(f"signal.{name}", kind) for name, (kind, _) in _KEPT.items()},
        key="signal.loan_id",
        up_to=last[0],
    )
    longest = max(*limits.cooldown.values(), *limits.merge.values())
    ceased = connection.execute(
        f"SELECT {', '.join(expression for _, expression in _KEPT.values())}"
        " FROM early_warning_signal WHERE ceased_on >= %s AND loan_id IS NOT NULL ORDER BY id",
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


def end_signals(connection: psycopg.Connection, day: dt.date, rows: npt.NDArray[np.int64]) -> int:
    """End rows today; a row that began today, seen by an earlier try of this day, goes away."""
    if rows.size == 0:
        return 0
    values = {"day": day, "rows": rows.tolist()}
    connection.execute(
        "DELETE FROM early_warning_signal WHERE id = ANY(%(rows)s) AND first_seen_on = %(day)s",
        values,
    )
    connection.execute(
        "UPDATE early_warning_signal SET ceased_on = %(day)s WHERE id = ANY(%(rows)s)", values
    )
    return int(rows.size)


def _opened(
    book: BookOnDay,
    facts: SignalFacts,
    limits: SignalLimits,
    sources: SignalSources,
    change: SignalChanges,
) -> dict[str, Written | WrittenLists]:
    """The rows of one signal that begin today, with what it saw."""
    rule, places = Rule(change.rule), change.opened
    day = np.full(places.size, day_number(book.day), np.int32)
    return {
        "customer_id": Written(book.loans["customer_id"][places], "int8"),
        "loan_id": Written(book.loans["loan_id"][places], "int8"),
        "rule": Written(np.full(places.size, rule.value), "int2"),
        "rule_version": Written(np.full(places.size, RULE_VERSION.encode()), "text"),
        "level": Written(change.level, "int2"),
        "previous_level": Written(change.previous_level, "int2"),
        "colour": Written(colours_of(limits, rule, change.level), "int2"),
        "episode_since": Written(change.episode_since, "date"),
        "first_seen_on": Written(day, "date"),
        "seen": Written(seen_by(rule, places, facts, limits, book), "int8"),
        "sources": _lists(sources.get(rule, {}), places),
    }


def _lists(rows: Mapping[int, Sequence[int]], places: npt.NDArray[np.intp]) -> WrittenLists:
    """The ids behind each of the places; most have none."""
    if not rows:
        return WrittenLists(np.empty(0, np.int64), np.zeros(places.size, np.int64))
    each = [rows.get(place, ()) for place in places.tolist()]
    lengths = np.array([len(ids) for ids in each], np.int64)
    return WrittenLists(np.fromiter(chain.from_iterable(each), np.int64), lengths)


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
