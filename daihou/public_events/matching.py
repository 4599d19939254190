"""Finding the clients that events may be about, for many events in a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from daihou.loan_book.choices import CustomerKind
from daihou.loan_book.models import Customer
from daihou.public_events.models import PublicEvent
from daihou.public_events.rules import KnownName, Match, core_of, match_subject

_LONGEST_CORE = 12  # characters of a name that are looked for; more only makes the search slower
_SHORTEST_CORE = 3  # a shorter name is found whole or not at all
_ALIKE = """
    SELECT DISTINCT wanted.event, client.id, client.name, client.kind
    FROM unnest(%s::bigint[], %s::text[]) AS wanted (event, letters)
    JOIN loan_book_customer client
      ON string_to_array(upper(client.name), NULL) @> string_to_array(wanted.letters, NULL)
"""
_FORMER = """
    SELECT DISTINCT past.name, client.id, client.kind
    FROM loan_book_customerevent past
    JOIN loan_book_customer client ON client.id = past.pgh_obj_id AND client.name <> past.name
    WHERE past.name = ANY(%s)
"""


def matches_of(events: Sequence[PublicEvent], *, least_likeness: int) -> dict[int, Match]:
    """For each event (by id) the client it is about, or those it may be about."""
    papers = _by_paper(events)
    others = [event for event in events if event.subject_index not in papers]
    alike, former = _alike(others), _former(others)
    return {
        event.pk: match_subject(
            event.subject_name,
            papers.get(event.subject_index or ""),
            [*alike[event.pk], *former[event.subject_name]],
            least_likeness=least_likeness,
        )
        for event in events
    }


def _by_paper(events: Iterable[PublicEvent]) -> dict[str, int]:
    wanted = {event.subject_index for event in events if event.subject_index}
    found = Customer.objects.filter(identity_index__in=wanted)
    return dict(found.values_list("identity_index", "pk"))


def _alike(events: Iterable[PublicEvent]) -> dict[int, list[KnownName]]:
    """Clients whose name has all letters of the event's, or all but one."""
    ids, letters = [], []
    for event in events:
        for some in _letters_to_find(event.subject_name):
            ids.append(event.pk)
            letters.append(some)
    found: dict[int, list[KnownName]] = defaultdict(list)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_ALIKE, [ids, letters])
            for event_id, client, name, kind in cursor.fetchall():
                found[event_id].append(KnownName(client, name, _is_firm(kind)))
    return found


def _letters_to_find(name: str) -> list[str]:
    letters = list(dict.fromkeys(core_of(name)))[:_LONGEST_CORE]
    if len(letters) < _SHORTEST_CORE:
        return ["".join(letters)] if len(letters) > 1 else []
    if len(letters) == _SHORTEST_CORE:
        return ["".join(letters)]
    return ["".join(letters[:n] + letters[n + 1 :]) for n in range(len(letters))]


def _former(events: Iterable[PublicEvent]) -> dict[str, list[KnownName]]:
    """Names that clients bore before, as the audit trail keeps them."""
    wanted = sorted({event.subject_name for event in events if event.subject_name})
    found: dict[str, list[KnownName]] = defaultdict(list)
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_FORMER, [wanted])
            for name, client, kind in cursor.fetchall():
                found[name].append(KnownName(client, name, _is_firm(kind), is_former=True))
    return found


def _is_firm(kind: str) -> bool:
    return kind in (CustomerKind.ENTERPRISE, CustomerKind.SOLE_TRADER)
