"""Reads of accounts, transactions, paths and findings; rows leave through the doors below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Sum

from daihou.fund_supervision.choices import FindingState, TransactionKind
from daihou.fund_supervision.models import (
    Account,
    AccountTransaction,
    Document,
    DrawStanding,
    Finding,
    NotableTransaction,
    TracedPayment,
)
from daihou.loan_book.models import Customer, Loan
from daihou.loan_book.queries import customers_visible_to, loans_visible_to
from daihou.staff.models import Officer

STILL_OPEN = (FindingState.NEW, FindingState.CONFIRMED)


def accounts_visible_to(officer: Officer) -> QuerySet[Account]:
    """The accounts of the clients whom the person may see."""
    return Account.objects.filter(customer__in=customers_visible_to(officer))


def findings_visible_to(officer: Officer) -> QuerySet[Finding]:
    """The findings about the clients whom the person may see."""
    return Finding.objects.filter(customer__in=customers_visible_to(officer))


def notable_visible_to(officer: Officer) -> QuerySet[NotableTransaction]:
    """The large and abnormal transactions of the clients whom the person may see."""
    return NotableTransaction.objects.filter(customer__in=customers_visible_to(officer))


def draws_visible_to(officer: Officer) -> QuerySet[DrawStanding]:
    """The checked draws of the clients whom the person may see."""
    return DrawStanding.objects.filter(loan__in=loans_visible_to(officer))


def documents_visible_to(officer: Officer) -> QuerySet[Document]:
    """The papers about the clients whom the person may see."""
    return Document.objects.filter(customer__in=customers_visible_to(officer))


def transactions_of(account: Account) -> QuerySet[AccountTransaction]:
    """What moved over an account; the account comes through its door."""
    return AccountTransaction.objects.filter(account=account)


def paths_of(loan: Loan) -> list[TracedPayment]:
    """The steps of a draw in order; the loan comes through its door."""
    return list(TracedPayment.objects.filter(loan=loan).order_by("number"))


def transactions_by_id(
    wanted: Iterable[tuple[int, dt.date]],
) -> dict[int, AccountTransaction]:
    """Transactions by number, with the days on which they lie, so that only those months are read.

    The account comes along; nothing about other clients than those of the rows is read.
    """
    pairs = list(wanted)
    rows = AccountTransaction.objects.filter(
        pk__in=[number for number, _ in pairs], booked_on__in={day for _, day in pairs}
    )
    return {row.pk: row for row in rows.select_related("account")}


def draws_with_share(rows: QuerySet[DrawStanding]) -> QuerySet[DrawStanding]:
    """Draws with `unexplained`, the money spent without evidence."""
    return rows.annotate(unexplained=F("spent") - F("evidenced"))


Month = tuple[int, int]  # year, month


@dataclass(frozen=True)
class MonthFlow:
    """What came into and left a client's accounts in a month, in fen; draws of loans left out."""

    inflow: int
    outflow: int


def monthly_flows(customer: Customer, *, since: dt.date, until: dt.date) -> dict[Month, MonthFlow]:
    """In and out by month, between two days, both counted; the client comes through its door."""
    rows = AccountTransaction.objects.filter(
        customer=customer, booked_on__gte=since, booked_on__lte=until
    ).exclude(kind=TransactionKind.LOAN_DRAW)
    sums = rows.values("booked_on__year", "booked_on__month").annotate(
        inflow=Sum("amount", filter=Q(is_inflow=True), default=0),
        outflow=Sum("amount", filter=Q(is_inflow=False), default=0),
    )
    return {
        (row["booked_on__year"], row["booked_on__month"]): MonthFlow(row["inflow"], row["outflow"])
        for row in sums.order_by("booked_on__year", "booked_on__month")
    }
