"""The months into which the table of transactions is divided: made before rows of them come in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from daihou.fund_supervision.models import AccountTransaction

TABLE = AccountTransaction._meta.db_table


def make_months(cursor: Any, days: Iterable[dt.date]) -> None:
    """Make the partition of every month that a day falls into and that has none yet.

    A partition is made beside the table and then attached, which holds up neither readers nor
    writers of the other months.
    """
    cursor.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [TABLE]
    )
    standing = {name for (name,) in cursor.fetchall()}
    for first in sorted({day.replace(day=1) for day in days}):
        name = partition_of(first)
        if name not in standing:
            _make_month(cursor, name, first)


def partition_of(day: dt.date) -> str:
    """The name of the table that holds a day's transactions."""
    return f"{TABLE}_{day:%Y%m}"


def _make_month(cursor: Any, name: str, first: dt.date) -> None:
    following = (first + dt.timedelta(days=31)).replace(day=1)
    cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    cursor.execute(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{first}') TO ('{following}')"
    )
