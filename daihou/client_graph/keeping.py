"""Keeping circles and findings as intervals: what stayed is left, what went ends, the new opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg

from daihou.client_graph.rules import Found
from daihou.client_graph.shapes import FoundCircle

_CIRCLE = "shape, size, ties, chain, in_rings, hub_id, hub_clients"


@dataclass(frozen=True)
class _Kept:
    """A circle as it stands in the database."""

    pk: int
    figures: tuple[object, ...]
    members: frozenset[int]
    known_since: dt.date


def keep_circles(cursor: psycopg.Cursor, day: dt.date, circles: Sequence[FoundCircle]) -> int:
    """Write the circles that changed; its members' first day in one is kept."""
    kept = _kept_circles(cursor)
    by_members = {one.members: one for one in kept}
    since = {member: one.known_since for one in kept for member in one.members}
    fresh = [
        circle
        for circle in circles
        if circle.members not in by_members
        or by_members[circle.members].figures != _figures(circle)
    ]
    standing = {circle.members for circle in circles} - {circle.members for circle in fresh}
    gone = [one.pk for one in kept if one.members not in standing]
    _end(cursor, "client_graph_circle", "seen_from", day, gone)
    for circle in fresh:
        known = min((since[one] for one in circle.members if one in since), default=day)
        cursor.execute(
            f"INSERT INTO client_graph_circle ({_CIRCLE}, known_since, seen_from)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
            (*_figures(circle), known, day),
        )
        row = cursor.fetchone()
        assert row is not None
        cursor.execute(
            "INSERT INTO client_graph_circlemember (circle_id, customer_id)"
            " SELECT %s, unnest(%s::int8[])",
            (row[0], sorted(circle.members)),
        )
    return len(fresh) + len(gone)


def keep_findings(cursor: psycopg.Cursor, day: dt.date, found: Sequence[Found]) -> tuple[int, int]:
    """Write what changed: how many findings opened, how many ended.

    What people said to a finding stays while it is as strong as it was; a stronger one is a new
    one. Numbers that moved without that are renewed in the open row.
    """
    cursor.execute(
        "SELECT customer_id, signal, id, strength, seen, clients, rows"
        " FROM client_graph_graphfinding WHERE ceased_on IS NULL"
    )
    kept = {(row[0], row[1]): row[2:] for row in cursor}
    wanted = {(one.customer, one.signal): one for one in found}
    gone, fresh, moved = [], [], []
    for key, (pk, strength, *details) in kept.items():
        one = wanted.get(key)
        if one is None or one.strength > strength:
            gone.append(pk)
        elif (one.strength, [list(one.seen), list(one.clients), list(one.rows)]) != (
            strength, details,
        ):  # fmt: skip
            moved.append((one.strength, *_arrays(one), pk))
    taken_out = set(gone)
    for key, one in wanted.items():
        if key not in kept or kept[key][0] in taken_out:
            fresh.append((*key, one.strength, *_arrays(one), day))
    _end(cursor, "client_graph_graphfinding", "since", day, gone)
    cursor.executemany(
        "UPDATE client_graph_graphfinding SET strength = %s, seen = %s, clients = %s, rows = %s"
        " WHERE id = %s",
        moved,
    )
    cursor.executemany(
        "INSERT INTO client_graph_graphfinding"
        " (customer_id, signal, strength, seen, clients, rows, since, state, note)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, 'new', '')",
        fresh,
    )
    return len(fresh), len(gone)


def _kept_circles(cursor: psycopg.Cursor) -> list[_Kept]:
    cursor.execute(
        f"SELECT id, known_since, {_CIRCLE}, (SELECT array_agg(customer_id)"
        " FROM client_graph_circlemember member WHERE member.circle_id = circle.id)"
        " FROM client_graph_circle circle WHERE ceased_on IS NULL"
    )
    return [
        _Kept(pk, tuple(figures), frozenset(members or ()), since)
        for pk, since, *figures, members in cursor
    ]


def _figures(circle: FoundCircle) -> tuple[object, ...]:
    return (
        circle.shape.value, len(circle.members), circle.ties, circle.chain, len(circle.in_rings),
        circle.hub, circle.hub_clients,
    )  # fmt: skip


def _arrays(one: Found) -> tuple[list[int], list[int], list[int]]:
    return list(one.seen), list(one.clients), list(one.rows)


def _end(cursor: psycopg.Cursor, table: str, begins: str, day: dt.date, ids: Iterable[int]) -> None:
    """End rows on the day; those that only began on it were never seen and go."""
    which = list(ids)
    if which:
        if table == "client_graph_circle":
            cursor.execute(
                "DELETE FROM client_graph_circlemember USING client_graph_circle circle"
                " WHERE circle_id = circle.id AND circle.id = ANY(%s) AND seen_from >= %s",
                (which, day),
            )
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s) AND {begins} >= %s", (which, day))
        cursor.execute(f"UPDATE {table} SET ceased_on = %s WHERE id = ANY(%s)", (day, which))
