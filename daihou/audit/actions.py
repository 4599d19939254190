"""Sealing the audit trail, so that a later change of it is found."""

from __future__ import annotations

from django.db import connection, transaction

from daihou.audit.chain import (
    START_OF_CHAIN,
    ChainedTable,
    Segment,
    as_json,
    chain,
    chained_tables,
    digest_of,
    from_json,
    segment_digest,
)
from daihou.audit.models import Seal
from daihou.storage.writers import wait_for_writers

_ONE_SEALER = 0x5EA1  # advisory lock: two sealers at once would fork the chain


def seal_events() -> Seal | None:
    """Close the events recorded since the last link under a digest; None when there are none.

    Whoever is writing while the ends are read is waited for, so that no event with a lower number
    can appear later inside a sealed range; nobody waits for the seal.
    """
    with transaction.atomic(durable=True):
        tables = chained_tables()
        ends = _read_ends(tables)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_SEALER])
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        last = Seal.objects.order_by("-pk").first()
        starts = {} if last is None else {s.table: s.upto for s in from_json(last.event_counts)}
        segments = []
        is_empty = True
        for table in tables:
            after = starts.get(table.name, 0)
            upto = max(ends[table.name], after)
            is_empty = is_empty and upto == after
            count, digest = digest_of(cursor, table.name, table.key, table.columns, after, upto)
            segments.append(
                Segment(table.name, table.key, after, upto, count, table.columns, digest)
            )
        if is_empty:
            return None
        digest = segment_digest(segments)
        return Seal.objects.create(
            event_counts=as_json(segments),
            digest=digest,
            chained_digest=chain(last.chained_digest if last else START_OF_CHAIN, digest),
        )


def _read_ends(tables: list[ChainedTable]) -> dict[str, int]:
    """The last event of each table, once everybody who was writing one then has finished."""
    with connection.cursor() as cursor:
        parts = " UNION ALL ".join(
            f"SELECT '{table.name}', COALESCE(MAX({table.key}), 0) FROM"
            f" {connection.ops.quote_name(table.name)}"
            for table in tables
        )
        cursor.execute(parts)
        ends = {str(name): int(end) for name, end in cursor.fetchall()}
    wait_for_writers(connection.connection, [table.name for table in tables])
    return ends
