"""Finding a client or a loan by what a person types: a name, a number, a paper, a telephone.

Chinese names are found anywhere in the name, from one character on, through an index over the
single characters of each name; the decision page on name search holds the measurements.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from daihou.loan_book.models import Contact, Customer, Loan
from daihou.loan_book.name_characters import name_characters
from daihou.storage.sealing import fingerprint

MOST_MATCHES = 500  # clients; more than anyone reads, few enough to hand on to the next query
_SHORTEST_EXACT = 6  # papers and telephones are looked up whole, and none is shorter


@dataclass(frozen=True)
class CustomerMatches:
    """The clients a text may mean: their ids, and whether there were more than are listed."""

    ids: list[int]
    is_cut: bool


def tidy(text: str) -> str:
    """What was typed, without the differences that mean nothing: width, case, outer blanks."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def matching_customers(customers: QuerySet[Customer], text: str) -> CustomerMatches:
    """The clients among the given ones whose name, number, paper or telephone fits the text.

    `customers` is what the officer may see. Papers and telephones are matched whole (they are
    kept sealed), numbers from their beginning, names anywhere. At most `MOST_MATCHES` ids.
    """
    wanted = tidy(text)
    if not wanted:
        return CustomerMatches([], False)
    exact = _by_sealed_number(customers, wanted)
    if exact:
        return CustomerMatches(exact, False)
    found = _by_number(customers, wanted) if wanted.isascii() else []
    found += _by_name(customers, wanted)
    ids = list(dict.fromkeys(found))
    return CustomerMatches(ids[:MOST_MATCHES], len(ids) > MOST_MATCHES)


def loans_matching(loans: QuerySet[Loan], matches: CustomerMatches, text: str) -> QuerySet[Loan]:
    """The loans whose number begins with the text, or that belong to a client it may mean."""
    wanted = tidy(text)
    fits = Q(customer_id__in=matches.ids)
    if wanted.isascii():
        fits |= Q(number__startswith=wanted)
    return loans.filter(fits)


def _by_sealed_number(customers: QuerySet[Customer], wanted: str) -> list[int]:
    if len(wanted) < _SHORTEST_EXACT or not wanted.isascii():
        return []
    key = fingerprint(wanted)
    called = list(Contact.objects.filter(value_index=key).values_list("customer_id", flat=True))
    fits = Q(identity_index=key) | Q(pk__in=called)
    return list(customers.filter(fits).values_list("pk", flat=True)[:MOST_MATCHES])


def _by_number(customers: QuerySet[Customer], wanted: str) -> list[int]:
    fitting = customers.filter(number__startswith=wanted).order_by("number")
    return list(fitting.values_list("pk", flat=True)[: MOST_MATCHES + 1])


def _by_name(customers: QuerySet[Customer], wanted: str) -> list[int]:
    fits = Q(characters__contains=sorted(set(wanted)), name__icontains=wanted)
    fitting = customers.alias(characters=name_characters()).filter(fits)
    rows = list(fitting.order_by().values_list("pk", "name")[: MOST_MATCHES + 1])
    rows.sort(key=lambda row: _closeness(row[1], wanted))
    return [pk for pk, _ in rows]


def _closeness(name: str, wanted: str) -> tuple[bool, bool, int, str]:
    """Orders names: the very name first, then those that begin with the text, then the short."""
    upper = name.upper()
    return (upper != wanted, not upper.startswith(wanted), len(name), name)
