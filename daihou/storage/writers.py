"""Waiting for those who are writing, while holding up nobody.

Row numbers are drawn before their rows are committed. So the last number that one sees in a table
is an end only once everybody who was writing then has finished: whoever begins later draws higher
numbers. A lock on the table would serve as well, but a lock that waits for a long import makes
every officer wait behind it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import psycopg

_LOOK_AGAIN_SECONDS = 0.02
_PATIENCE_SECONDS = 1800.0  # the longest import


class StillWriting(Exception):
    """Somebody has been writing for longer than anybody should."""


def wait_for_writers(
    connection: psycopg.Connection, tables: Iterable[str], patience: float = _PATIENCE_SECONDS
) -> None:
    """Wait until all who write one of the tables at this moment have committed or given up.

    Those who begin to write later are not waited for. Raises `StillWriting` after `patience`
    seconds.
    """
    writing = _writers(connection, names := list(tables))
    give_up = time.monotonic() + patience
    while writing:
        if time.monotonic() > give_up:
            raise StillWriting(
                f"有写入(如导入)持续超过 {patience:.0f} 秒仍未结束,没有继续;请等它结束后再试"
            )
        time.sleep(_LOOK_AGAIN_SECONDS)
        writing &= _writers(connection, names)


def _writers(connection: psycopg.Connection, tables: list[str]) -> set[str]:
    """The transactions, other than ours, that have written one of the tables or are about to."""
    rows = connection.execute(
        "SELECT DISTINCT virtualtransaction FROM pg_locks"
        " WHERE locktype = 'relation' AND granted AND relation = ANY(%s::regclass[]::oid[])"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock',"
        " 'AccessExclusiveLock') AND pid IS DISTINCT FROM pg_backend_pid()",
        (tables,),
    ).fetchall()
    return {str(one) for (one,) in rows}
