"""Checking the hash chain: finds an event that was changed, removed or slipped in after sealing."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from daihou.audit.chain import (
    START_OF_CHAIN,
    Segment,
    chain,
    digest_of,
    from_json,
    segment_digest,
)
from daihou.audit.models import Seal


@dataclass(frozen=True)
class Break:
    """A place where the trail no longer says what was sealed; `text` tells an auditor what."""

    seal: int
    table: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What a check found: links and events gone through, and every break."""

    seals: int
    events: int
    last_chained_digest: str
    breaks: tuple[Break, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was touched."""
        return not self.breaks


def verify_chain() -> Verdict:
    """Recompute every link from the events themselves and compare.

    The chain cannot show that its *last* links were cut off: the auditor compares
    `last_chained_digest` with the one noted elsewhere (the daily run prints it).
    """
    breaks: list[Break] = []
    events = 0
    before = START_OF_CHAIN
    ends: dict[str, int] = {}
    seals = list(Seal.objects.order_by("pk"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        for seal in seals:
            segments = from_json(seal.event_counts)
            breaks += _check_link(seal, segments, before, ends)
            for segment in segments:
                breaks += _check_segment(cursor, seal, segment)
                ends[segment.table] = segment.upto
            events += sum(segment.count for segment in segments)
            before = seal.chained_digest
    return Verdict(len(seals), events, before, tuple(breaks))


def _check_link(
    seal: Seal, segments: list[Segment], before: str, ends: dict[str, int]
) -> list[Break]:
    breaks = []
    if segment_digest(segments) != seal.digest or chain(before, seal.digest) != seal.chained_digest:
        breaks.append(Break(seal.pk, "audit_seal", "封存记录本身被改动,或前一段被删除"))
    for segment in segments:
        if segment.after != ends.get(segment.table, 0):
            text = f"与前一段不衔接:应自 {ends.get(segment.table, 0)} 号起,记为 {segment.after} 号"
            breaks.append(Break(seal.pk, segment.table, text))
    return breaks


def _check_segment(cursor: CursorWrapper, seal: Seal, segment: Segment) -> list[Break]:
    missing = set(segment.columns) - _columns_now(cursor, segment.table)
    if missing:
        text = f"列已不存在,无法核对:{'、'.join(sorted(missing))}"
        return [Break(seal.pk, segment.table, text)]
    count, digest = digest_of(
        cursor, segment.table, segment.key, segment.columns, segment.after, segment.upto
    )
    place = f"{segment.after + 1} 至 {segment.upto} 号"
    if count != segment.count:
        text = f"{place}封存时有 {segment.count} 条,现有 {count} 条"
        return [Break(seal.pk, segment.table, text)]
    if digest != segment.digest:
        return [Break(seal.pk, segment.table, f"{place}之间有事件的内容被改动")]
    return []


def _columns_now(cursor: CursorWrapper, table: str) -> set[str]:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s)"
        " AND attnum > 0 AND NOT attisdropped",
        [f'"{table}"'],
    )
    return {str(name) for (name,) in cursor.fetchall()}
