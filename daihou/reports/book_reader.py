"""Reads the daily snapshots through DuckDB: one engine per process, answers kept while files stay.

A snapshot never changes unless its day is run again, and then its file is a new one; an answer is
therefore kept under the question and the identity of the files that it was drawn from.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from daihou.reports.definitions import Definitions
from daihou.reports.scope import Scope
from daihou.servicing.snapshots import snapshot_path

Row = tuple[Any, ...]
KEPT_ANSWERS = 2048
KEPT_ROWS = 20_000  # longer answers are not kept

_BY_DAY = "hive_partitioning = true, hive_types = {'day': DATE}"
_SNAPSHOTS = f"read_parquet($files, {_BY_DAY})"
_TRUE_ROWS = f"read_parquet($true_files, {_BY_DAY})"
_AS_TRUE = (
    f"(SELECT * FROM {_SNAPSHOTS} AS held WHERE NOT EXISTS (SELECT 1 FROM corrected AS told"
    " WHERE told.loan_id = held.loan_id AND told.day = held.day)"
    " UNION ALL BY NAME SELECT * EXCLUDE (on_book) FROM corrected WHERE on_book)"
)

_NAMED_VALUE = re.compile(r"\$([a-z_]+)")
_lock = threading.Lock()
_answers: OrderedDict[Any, list[Row]] = OrderedDict()
_engine: duckdb.DuckDBPyConnection | None = None
_left_behind: list[duckdb.DuckDBPyConnection] = []  # engines of a parent process, never touched


class NoSnapshot(Exception):
    """The book of a day was not written: the day was not run, or its file is gone."""


TrueRows = Mapping[dt.date, Path]  # by day, the file with the true rows of corrected loans
NOTHING_CORRECTED: TrueRows = {}


class Book:
    """The snapshots of some days, narrowed to a scope, ready to be asked.

    Every question reads from a table `book`: the columns of the snapshot, `day`, `bucket` (0 not
    overdue; null unknown) and `overdue` (fen that count as overdue). It holds what was known on
    each day; with `true_rows`, what is true: loans that these tell of stand as they say.
    A question may also read `believed`, what was known in any case, and `corrected`, the loans
    (`loan_id`, `day`) that the true rows tell of.
    """

    def __init__(
        self,
        folder: Path,
        days: Sequence[dt.date],
        definitions: Definitions,
        scope: Scope,
        true_rows: TrueRows = NOTHING_CORRECTED,
    ) -> None:
        """Raise NoSnapshot when the book of one of the days is not there."""
        self._files = [snapshot_path(folder, day) for day in days]
        self._true_files = [true_rows[day] for day in days if day in true_rows]
        missing = [path.parent.name for path in self._files if not path.exists()]
        if missing or not days:
            raise NoSnapshot("、".join(missing))
        self._definitions = definitions
        self.scope = scope

    def ask(self, question: str, **values: Any) -> list[Row]:
        """The answer to a SELECT over `book`; values stand in it as `$name`."""
        return self._answer(f"{self._with(self.scope.sql)} {question}", values)

    def ask_unscoped(self, question: str, **values: Any) -> list[Row]:
        """As `ask`, but `book` holds the whole bank: the question itself must apply the scope."""
        return self._answer(f"{self._with('true')} {question}", values)

    @property
    def is_corrected(self) -> bool:
        """Whether true rows stand in the place of believed ones."""
        return bool(self._true_files)

    def _with(self, condition: str) -> str:
        """The rows of the files that meet a condition, with what the definitions add."""
        if not self._true_files:
            return f"WITH book AS NOT MATERIALIZED ({self._rows(_SNAPSHOTS, condition)})"
        return (
            f"WITH corrected AS MATERIALIZED (SELECT * FROM {_TRUE_ROWS}),"
            f" believed AS NOT MATERIALIZED ({self._rows(_SNAPSHOTS, condition)}),"
            f" book AS NOT MATERIALIZED ({self._rows(_AS_TRUE, condition)})"
        )

    def _rows(self, source: str, condition: str) -> str:
        return (
            f"SELECT *, {self._definitions.bucket_sql} AS bucket,"
            f" {self._definitions.overdue_sql} AS overdue FROM {source} WHERE {condition}"
        )

    def _answer(self, sql: str, values: dict[str, Any]) -> list[Row]:
        files = {
            "files": [str(path) for path in self._files],
            "true_files": [str(path) for path in self._true_files],
        }
        values = files | self.scope.values | values
        used = {name: values[name] for name in set(_NAMED_VALUE.findall(sql))}
        read = tuple(map(_identity, (*self._files, *self._true_files)))
        key = (sql, repr(sorted(used.items())), read)
        with _lock:
            if key in _answers:
                _answers.move_to_end(key)
                return list(_answers[key])
        rows: list[Row] = _cursor().execute(sql, used).fetchall()
        if len(rows) <= KEPT_ROWS:
            _keep(key, list(rows))
        return rows


def _keep(key: Any, rows: list[Row]) -> None:
    with _lock:
        _answers[key] = rows
        while len(_answers) > KEPT_ANSWERS:
            _answers.popitem(last=False)


def _identity(path: Path) -> tuple[int, int, int]:
    seen = path.stat()
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


def _begin_anew() -> None:
    """Leave the parent's engine alone in a forked process: its threads have stayed behind.

    Asking it would wait for them for ever, and so would closing it, which is why it is kept.
    """
    global _engine, _lock
    if _engine is not None:
        _left_behind.append(_engine)
    _engine, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)


def _cursor() -> duckdb.DuckDBPyConnection:
    """A cursor of this process's engine; cursors may be used by several threads at once."""
    global _engine
    with _lock:
        if _engine is None:
            _engine = duckdb.connect()
            # DuckDB 2.0 mixes up intervals that look alike within one SELECT.
            _engine.execute("SET disabled_optimizers = 'common_subexpressions'")
            _engine.execute("SET autoinstall_known_extensions = false")
        return _engine.cursor()
