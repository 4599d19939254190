"""Keeps two daily runs apart: one advisory lock per database, held by the working connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

DAY_END_LOCK = 0x6461_6968_6F75  # "daihou"; the same number for every run on one database

_PATIENCE_SECONDS = 3.0  # a run that was killed frees its lock as soon as its session ends
_RETRY_SECONDS = 0.1


class AnotherRunIsWorking(Exception):
    """The book is in the hands of another run; wait for it, nothing was changed."""

    def __init__(self) -> None:
        super().__init__("另一个日终正在运行,请等它结束后再试;本次没有改动任何数据")


@contextmanager
def day_end_lock(connection: psycopg.Connection) -> Iterator[None]:
    """Hold the book for one run; raises `AnotherRunIsWorking` when somebody else holds it.

    The lock belongs to the session that does the work, so that a killed run cannot leave a
    statement working behind the back of the next one.
    """
    if not _taken_in_time(connection):
        raise AnotherRunIsWorking
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (DAY_END_LOCK,))


def a_run_is_working(connection: psycopg.Connection) -> bool:
    """Whether some session holds the daily run's lock on this database now."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND (classid::bigint << 32) + objid::bigint = %s)",
        (DAY_END_LOCK,),
    ).fetchone()
    return bool(row and row[0])


def _taken_in_time(connection: psycopg.Connection) -> bool:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (DAY_END_LOCK,)).fetchone()
        if row is not None and row[0]:
            return True
        if time.monotonic() > give_up:
            return False
        time.sleep(_RETRY_SECONDS)
