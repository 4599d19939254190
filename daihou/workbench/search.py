"""Ctrl+K: finds clients, loans and pages; an identity number finds its owner by fingerprint."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponseBase

from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to, loans_visible_to
from daihou.staff.models import Officer
from daihou.storage.sealing import fingerprint
from daihou.workbench.desks import desks_for
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import EVERYBODY

_MOST = 8
_LENGTHS_OF_IDENTITY_NUMBERS = range(8, 21)


@dataclass(frozen=True)
class Found:
    """One line of the answer: where it leads, what it is, what tells it from its like."""

    address: str
    icon: str
    title: str
    about: str


def find(officer: Officer, words: str) -> list[Found]:
    """Everything that the person may see and that the words name: at most eight of each sort."""
    pages = [
        Found(one.address, one.icon, one.name, "页面")
        for one in desks_for(officer)
        if not words or words in one.name
    ]
    if len(words) < 2:
        return pages
    return [*_customers(officer, words), *_loans(officer, words), *pages]


def _customers(officer: Officer, words: str) -> list[Found]:
    wanted = Q(number=words) | Q(name__icontains=words)
    if len(words) in _LENGTHS_OF_IDENTITY_NUMBERS:
        wanted |= Q(identity_index=fingerprint(words))
    rows = customers_visible_to(officer).filter(wanted).select_related("branch")
    return [_found_customer(row) for row in rows.order_by("name", "pk")[:_MOST]]


def _found_customer(row: Customer) -> Found:
    about = f"客户 {row.number} · {row.get_kind_display()} · {row.branch}"
    return Found(f"/customers/{row.number}/", "person", row.name, about)


def _loans(officer: Officer, words: str) -> list[Found]:
    rows = loans_visible_to(officer).filter(number__startswith=words).select_related("customer")
    return [
        Found(f"/loans/{row.number}/", "request_quote", row.number, f"借据 · {row.customer.name}")
        for row in rows.order_by("number")[:_MOST]
    ]


@desk(roles=EVERYBODY, needs_day=False)
def search(request: DeskRequest) -> HttpResponseBase:
    """The answer to what stands in the search box, as a part of a page."""
    words = request.GET.get("q", "").strip()[:100]
    context = {"title": "查找", "words": words, "found": find(request.officer, words)}
    return page(request, "workbench/search.html", context)
