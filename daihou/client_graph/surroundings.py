"""A client's surroundings in the graph: who is tied to whom, within so many steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from daihou.client_graph.choices import TieKind
from daihou.client_graph.models import Tie
from daihou.client_graph.shapes import Promise
from daihou.loan_book.models import Customer
from daihou.servicing.models import LoanPosition
from loanmath.codes import Status

MOST_DRAWN = 120
_MOST_FOLLOWED = 2_000


@dataclass(frozen=True)
class Client:
    """A client as the picture shows it: money in fen, steps from the middle."""

    pk: int
    number: str
    name: str
    hops: int
    owed: int
    days_past_due: int


@dataclass(frozen=True)
class Surroundings:
    """Clients and the ties among them; `left_out` are within reach but not drawn."""

    clients: tuple[Client, ...]
    ties: tuple[Tie, ...]
    left_out: int

    @property
    def by_id(self) -> dict[int, Client]:
        """The clients by id."""
        return {one.pk: one for one in self.clients}


def ties_on(day: dt.date) -> QuerySet[Tie]:
    """The ties that stood on the day."""
    standing = Q(ceased_on=None) | Q(ceased_on__gt=day)
    return Tie.objects.filter(standing, seen_from__lte=day)


def around(
    middle: Iterable[int],
    *,
    day: dt.date,
    standing: dt.date,
    kinds: Collection[TieKind],
    hops: int,
    most: int = MOST_DRAWN,
) -> Surroundings:
    """The clients within so many steps of the middle, the nearest and those who owe most first.

    Ties are those of `day`; debts and arrears are those of the last run, counted to `standing`.
    One query per step, two more for names and what is owed, one for the ties among them.
    """
    ties = ties_on(day).filter(kind__in=[kind.value for kind in kinds])
    reached = dict.fromkeys(middle, 0)
    edge = set(reached)
    for step in range(1, hops + 1):
        if not edge or len(reached) > _MOST_FOLLOWED:
            break
        found = ties.filter(Q(source__in=edge) | Q(target__in=edge))
        beyond = {end for pair in found.values_list("source_id", "target_id") for end in pair}
        edge = beyond - reached.keys()
        reached.update(dict.fromkeys(edge, step))
    clients = clients_of(reached, standing)
    clients.sort(key=lambda one: (one.hops, -one.owed, one.number))
    drawn = {one.pk for one in clients[:most]}
    among = ties.filter(source__in=drawn, target__in=drawn).order_by("kind", "source", "target")
    return Surroundings(tuple(clients[:most]), tuple(among), max(len(clients) - most, 0))


def clients_of(hops: dict[int, int], standing: dt.date) -> list[Client]:
    """Names, debts and arrears of clients after the last run, whose day is `standing`."""
    owed = {
        row["loan__customer"]: row
        for row in LoanPosition.objects.filter(
            loan__customer__in=hops, status__in=(Status.LIVE, Status.WRITTEN_OFF)
        )
        .values("loan__customer")
        .annotate(owed=Coalesce(Sum("principal"), 0), late_since=Min("late_since"))
        .order_by()
    }
    rows = Customer.objects.filter(pk__in=hops).values_list("pk", "number", "name")
    return [
        Client(pk, number, name, hops[pk], *_standing(owed.get(pk), standing))
        for pk, number, name in rows
    ]


def all_behind(start: int, day: dt.date, *, rounds: int = 12) -> list[Promise]:
    """The guarantees that may be called if a client fails: its guarantors, theirs, and so on.

    Also the guarantees that they themselves have given, which lose their worth.
    """
    reached, edge = {start}, {start}
    guarantees = ties_on(day).filter(kind=TieKind.GUARANTEE)
    for _ in range(rounds):
        found = set(guarantees.filter(target__in=edge).values_list("source_id", flat=True))
        edge = found - reached
        reached |= edge
        if not edge:
            break
    concerned = guarantees.filter(Q(target__in=reached) | Q(source__in=reached))
    rows = (
        concerned.filter(amount__isnull=False)
        .order_by("source", "target")
        .values_list("source_id", "target_id", "amount", "rows")
    )
    return [Promise(a, b, amount or 0, tuple(ids)) for a, b, amount, ids in rows]


def _standing(row: Any, day: dt.date) -> tuple[int, int]:
    if row is None:
        return 0, 0
    since = row["late_since"]
    return row["owed"], 0 if since is None else max((day - since).days, 0)
