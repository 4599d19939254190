"""The hash chain: what a segment of events is, and how its digest is made.

A segment is, for each audit table, the events numbered above `after` up to `upto`. Its digest is
SHA-256 over the rows in order of number, each with its context (who, which page, from where), as
PostgreSQL writes them as JSON in UTC. The columns are kept with the segment, so that a later
migration which adds a column does not disturb old digests.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.db.backends.utils import CursorWrapper
from pghistory.models import Event
from psycopg import sql

from daihou.audit.models import Disclosure

START_OF_CHAIN = "0" * 64


@dataclass(frozen=True)
class Segment:
    """The sealed events of one table: numbers above `after` up to `upto`."""

    table: str
    key: str
    after: int
    upto: int
    count: int
    columns: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class ChainedTable:
    """A table whose rows are sealed, and the column that numbers them."""

    name: str
    key: str
    columns: tuple[str, ...]


def chained_tables() -> list[ChainedTable]:
    """Every audit table in order of name, and the record of unmasked data."""
    models: list[Any] = [one for one in apps.get_models() if issubclass(one, Event)]
    tables = [_table(one) for one in (*models, Disclosure) if one._meta.managed]
    return sorted(tables, key=lambda table: table.name)


def digest_of(
    cursor: CursorWrapper, table: str, key: str, columns: tuple[str, ...], after: int, upto: int
) -> tuple[int, str]:
    """How many rows the range holds, and the SHA-256 of their content; streamed, never loaded."""
    hashed = hashlib.sha256()
    count = 0
    query = _content(table, key, columns)
    with cursor.connection.cursor() as raw, raw.copy(query, (after, upto)) as rows:
        for block in rows:
            hashed.update(block)
            count += bytes(block).count(b"\n")
    return count, hashed.hexdigest()


def segment_digest(segments: list[Segment]) -> str:
    """The digest of a link: SHA-256 over its segments."""
    plain = [asdict(one) for one in sorted(segments, key=lambda one: one.table)]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def chain(before: str, digest: str) -> str:
    """The digest that ties a link to the one before."""
    return hashlib.sha256(f"{before}{digest}".encode()).hexdigest()


def as_json(segments: list[Segment]) -> list[dict[str, Any]]:
    """Segments as the seal keeps them."""
    return [asdict(one) for one in segments]


def from_json(kept: list[dict[str, Any]]) -> list[Segment]:
    """Segments as read from a seal."""
    return [Segment(**{**one, "columns": tuple(one["columns"])}) for one in kept]


def _table(model: Any) -> ChainedTable:
    columns = tuple(sorted(field.column for field in model._meta.concrete_fields))
    return ChainedTable(model._meta.db_table, model._meta.pk.column, columns)


def _content(table: str, key: str, columns: tuple[str, ...]) -> sql.Composed:
    """One line of JSON per row; line breaks inside a value are escaped, so lines count rows."""
    values = sql.SQL(", ").join(sql.SQL("e.{}").format(sql.Identifier(name)) for name in columns)
    context = sql.SQL("")
    join = sql.SQL("")
    if "pgh_context_id" in columns:
        context = sql.SQL(", c.metadata")
        join = sql.SQL(" LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id")
    return sql.SQL(
        "COPY (SELECT jsonb_build_array({values}{context})::text FROM {table} e{join}"
        " WHERE e.{key} > %s AND e.{key} <= %s ORDER BY e.{key}) TO STDOUT"
    ).format(
        values=values,
        context=context,
        table=sql.Identifier(table),
        join=join,
        key=sql.Identifier(key),
    )
