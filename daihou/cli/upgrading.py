"""Brings the tables up to what this version needs, without making anybody wait for long.

A change of a table's structure waits for everybody who uses the table, and everybody who comes
later waits behind it. So it waits only for moments, then steps aside and tries again; what cannot
be had in a few tries is told with who holds it, and nothing has been changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
from django.core.management import call_command
from django.db import OperationalError, connection

_WAIT_FOR_TABLE = "3s"
_WAIT_FOR_UPGRADE = "60s"
_TRIES = 5
_PAUSE_SECONDS = 2.0
_ONE_UPGRADE = 0x6461_6968_7570  # advisory lock: two upgrades at once would do everything twice
_SHOWN = 5


class TablesAreHeld(Exception):
    """The tables could not be changed because others use them; nothing was changed."""


def bring_up_to_date(
    apply: Callable[[], object] = lambda: call_command("migrate", verbosity=0, interactive=False),
    *,
    tries: int = _TRIES,
    pause: float = _PAUSE_SECONDS,
) -> None:
    """Apply the migrations that are missing; raises `TablesAreHeld` when the tables stay in use."""
    _only_one_upgrade()
    try:
        _drop_broken_off_indexes()
        for left in reversed(range(tries)):
            try:
                apply()
                return
            except OperationalError as problem:
                if not isinstance(problem.__cause__, psycopg.errors.LockNotAvailable):
                    raise
                if not left:
                    raise TablesAreHeld(_who_holds_them()) from problem
            time.sleep(pause)
    finally:
        _end_of_upgrade()


def _only_one_upgrade() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{_WAIT_FOR_UPGRADE}'")
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_ONE_UPGRADE])
        except OperationalError as problem:
            if not isinstance(problem.__cause__, psycopg.errors.LockNotAvailable):
                raise
            raise TablesAreHeld("另一个进程正在更新数据库结构,请等它结束后再试") from problem
        cursor.execute(f"SET lock_timeout = '{_WAIT_FOR_TABLE}'")


def _end_of_upgrade() -> None:
    if connection.connection is None or connection.connection.closed:
        return  # the session has taken lock and setting with it
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_UPGRADE])
        cursor.execute("RESET lock_timeout")


def _drop_broken_off_indexes() -> None:
    """Take out what a killed upgrade has left of an index that is built beside the work."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {connection.ops.quote_name(name)}")


def _who_holds_them() -> str:
    """Who has been in a transaction longest; statements are not shown, they may quote a client."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, coalesce(nullif(application_name, ''), usename),"
            " extract(epoch FROM clock_timestamp() - xact_start)::int FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND xact_start IS NOT NULL ORDER BY xact_start LIMIT %s",
            [_SHOWN],
        )
        holders = [
            f"进程 {pid}({name})已持续 {seconds} 秒" for pid, name, seconds in cursor.fetchall()
        ]
    listed = "；".join(holders) or "占用者刚刚离开"
    return (
        f"数据库表正被占用,结构没有更新,没有改动任何数据。{listed}。"
        "请等日终或导入结束、或停掉工作台后,再执行 daihou init"
    )
