"""Ctrl+K: finds clients, loans and pages; an identity number finds its owner by fingerprint."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponseBase

from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to, loans_visible_to
from daihou.loan_book.search import CustomerMatches, matching_customers, tidy
from daihou.staff.models import Officer
from daihou.workbench.desks import desks_for
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import EVERYBODY

_MOST = 8


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
    if not words:
        return pages
    matches = matching_customers(customers_visible_to(officer), words)
    return [*_customers(officer, matches), *_loans(officer, words), *pages]


def _customers(officer: Officer, matches: CustomerMatches) -> list[Found]:
    rows = (
        customers_visible_to(officer)
        .defer("identity_number")
        .select_related("branch")
        .in_bulk(matches.ids[:_MOST])
    )
    return [_found_customer(rows[pk]) for pk in matches.ids[:_MOST] if pk in rows]


def _found_customer(row: Customer) -> Found:
    about = f"客户 {row.number} · {row.get_kind_display()} · {row.branch}"
    return Found(f"/customers/{row.number}/", "person", row.name, about)


def _loans(officer: Officer, words: str) -> list[Found]:
    rows = loans_visible_to(officer).filter(number__startswith=tidy(words))
    return [
        Found(f"/loans/{row.number}/", "request_quote", row.number, f"借据 · {row.customer.name}")
        for row in rows.select_related("customer").order_by("number")[:_MOST]
    ]


@desk(roles=EVERYBODY, needs_day=False)
def search(request: DeskRequest) -> HttpResponseBase:
    """The answer to what stands in the search box, as a part of a page."""
    words = request.GET.get("q", "").strip()[:100]
    context = {"title": "查找", "words": words, "found": find(request.officer, words)}
    return page(request, "workbench/search.html", context)
