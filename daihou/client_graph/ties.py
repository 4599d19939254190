"""Drawing the ties of the day from the book, set by set, and keeping what changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import psycopg

from daihou.loan_book.choices import ContactKind, RelationKind
from loanmath.codes import Status

_RELATIONS = {
    RelationKind.LEGAL_REPRESENTATIVE: "control",
    RelationKind.CONTROLLER: "control",
    RelationKind.SHAREHOLDER: "share",
    RelationKind.EXECUTIVE: "position",
    RelationKind.AFFILIATE: "position",
    RelationKind.SPOUSE: "family",
    RelationKind.RELATIVE: "family",
}
_RELATION_KIND = " ".join(f"WHEN '{of.value}' THEN '{tie}'" for of, tie in _RELATIONS.items())
_COLUMNS = "source_id, target_id, kind, amount, share, rows"
# A guarantee ties while it runs and secures a loan that is still owed on.
_GUARANTEES = f"""
    SELECT promise.guarantor_id, contract.customer_id, 'guarantee',
           sum(promise.amount)::int8, NULL::int8, array_agg(promise.id ORDER BY promise.id)
    FROM loan_book_guarantee promise
    JOIN loan_book_contract contract ON contract.id = promise.contract_id
    WHERE (promise.ends_on IS NULL OR promise.ends_on > %(day)s)
      AND promise.guarantor_id <> contract.customer_id
      AND EXISTS (SELECT FROM loan_book_loan loan
                  JOIN servicing_loanposition standing ON standing.loan_id = loan.id
                  WHERE loan.contract_id = contract.id
                    AND standing.status IN ({Status.LIVE.value}, {Status.WRITTEN_OFF.value}))
    GROUP BY promise.guarantor_id, contract.customer_id
"""
_RELATED = f"""
    SELECT related_id, customer_id, CASE relation.kind {_RELATION_KIND} END AS tie, NULL::int8,
           max(share)::int8, array_agg(id ORDER BY id)
    FROM loan_book_customerrelation relation
    WHERE known_to IS NULL AND valid_from <= %(day)s
      AND (valid_to IS NULL OR valid_to > %(day)s)
    GROUP BY related_id, customer_id, tie
"""
# Two clients with one number are tied; a number that many give (a village shop's) ties nobody.
_SHARED = f"""
    WITH given AS (
        SELECT id, customer_id, value_index,
               CASE kind WHEN '{ContactKind.ADDRESS.value}' THEN 'address' ELSE 'phone' END AS tie
        FROM loan_book_contact
    ), shared AS (
        SELECT value_index, tie FROM given GROUP BY value_index, tie
        HAVING count(DISTINCT customer_id) BETWEEN 2 AND %(most)s
    ), among AS (SELECT given.* FROM given JOIN shared USING (value_index, tie))
    SELECT one.customer_id, other.customer_id, one.tie, NULL::int8, NULL::int8,
           array_agg(DISTINCT pair.id)
    FROM among one
    JOIN among other USING (value_index, tie)
    CROSS JOIN LATERAL (VALUES (one.id), (other.id)) AS pair (id)
    WHERE one.customer_id < other.customer_id
    GROUP BY one.customer_id, other.customer_id, one.tie
"""
_WATCHED = ("loan_book_customerrelation", "loan_book_contact")


@dataclass(frozen=True)
class TiesChanged:
    """How many ties opened and ended, and whether any of them were guarantees."""

    opened: int
    ended: int
    guarantees: bool
    looked_at_all: bool


def renew_ties(cursor: psycopg.Cursor, day: dt.date, *, shared_most: int) -> TiesChanged:
    """Bring the ties up to the day; writes only what changed.

    Guarantees follow the standing of loans and are looked at every day. Relations and shared
    numbers are looked at only when the book has new or changed ones, or a relation begins or ends.
    """
    given = {"day": day, "most": shared_most}
    guarantees = _replace(cursor, day, _GUARANTEES, given, "kind = 'guarantee'")
    moved = _marks_moved(cursor)
    if not moved and not _relations_turn(cursor, day):
        return TiesChanged(*guarantees, guarantees=sum(guarantees) > 0, looked_at_all=False)
    related = _replace(
        cursor, day, _RELATED, given, "kind IN ('control', 'share', 'position', 'family')"
    )
    shared = (
        _replace(cursor, day, _SHARED, given, "kind IN ('phone', 'address')") if moved else (0, 0)
    )
    opened, ended = (sum(each) for each in zip(guarantees, related, shared, strict=True))
    return TiesChanged(opened, ended, guarantees=sum(guarantees) > 0, looked_at_all=True)


def _replace(
    cursor: psycopg.Cursor, day: dt.date, query: str, given: dict[str, object], which: str
) -> tuple[int, int]:
    """End the open ties of some kinds that are no more as they were, and open the new ones."""
    cursor.execute("DROP TABLE IF EXISTS tie_today")
    cursor.execute(
        f"CREATE TEMPORARY TABLE tie_today ON COMMIT DROP AS"
        f" SELECT * FROM ({query}) AS drawn ({_COLUMNS})",
        given,
    )
    same = (
        "today.source_id = tie.source_id AND today.target_id = tie.target_id"
        " AND today.kind = tie.kind AND today.amount IS NOT DISTINCT FROM tie.amount"
        " AND today.share IS NOT DISTINCT FROM tie.share AND today.rows = tie.rows"
    )
    stays = f"EXISTS (SELECT FROM tie_today today WHERE {same})"
    cursor.execute(
        f"DELETE FROM client_graph_tie tie WHERE ceased_on IS NULL AND {which}"
        f" AND seen_from >= %(day)s AND NOT {stays}",
        given,
    )
    cursor.execute(
        f"UPDATE client_graph_tie tie SET ceased_on = %(day)s"
        f" WHERE ceased_on IS NULL AND {which} AND NOT {stays}",
        given,
    )
    ended = cursor.rowcount
    cursor.execute(
        f"INSERT INTO client_graph_tie ({_COLUMNS}, seen_from)"
        f" SELECT {_COLUMNS}, %(day)s FROM tie_today today WHERE NOT EXISTS"
        f" (SELECT FROM client_graph_tie tie WHERE ceased_on IS NULL AND {same})",
        given,
    )
    return cursor.rowcount, ended


def _marks_moved(cursor: psycopg.Cursor) -> bool:
    """Whether rows were added to, changed or taken out of what relations and numbers come from.

    Changes and deletions leave an event in the audit trail, so two highest ids per table tell.
    """
    moved = False
    for table in _WATCHED:
        for name, column in ((table, "id"), (f"{table}event", "pgh_id")):
            cursor.execute(
                f'INSERT INTO client_graph_graphmark ("table", reached)'
                f" SELECT %s, coalesce(max({column}), 0) FROM {name}"
                f' ON CONFLICT ("table") DO UPDATE SET reached = excluded.reached'
                f" WHERE client_graph_graphmark.reached <> excluded.reached",
                (name,),
            )
            moved |= cursor.rowcount > 0
    return moved


def _relations_turn(cursor: psycopg.Cursor, day: dt.date) -> bool:
    """Whether a relation begins or ends on the day, by what is known."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM loan_book_customerrelation"
        " WHERE known_to IS NULL AND (valid_from = %(day)s OR valid_to = %(day)s))",
        {"day": day},
    )
    row = cursor.fetchone()
    return bool(row and row[0])
