"""What ties a client to the bank and to others: credit lines, guarantees, relations, contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum

from daihou.loan_book.choices import IdentityKind
from daihou.loan_book.masking import masked_contact, masked_identity
from daihou.loan_book.models import Customer, CustomerRelation, Facility, Guarantee, Loan


@dataclass(frozen=True)
class FacilityLine:
    """A credit line and how much of it is in use, in fen; None when a loan is not computed."""

    facility: Facility
    used: int | None
    ends_in_days: int

    @property
    def left(self) -> int | None:
        """What may still be drawn; below nought when more is out than was granted."""
        return None if self.used is None else self.facility.amount - self.used

    @property
    def used_percent(self) -> int:
        """The used share in whole percent."""
        return 0 if self.used is None else self.used * 100 // self.facility.amount

    @property
    def has_ended(self) -> bool:
        """Whether nothing may be drawn any more."""
        return self.ends_in_days < 0


@dataclass(frozen=True)
class ContactLine:
    """A contact as it may be shown before anybody has given a reason to see it."""

    pk: int
    kind: str
    person: str
    masked: str
    is_primary: bool


def facility_lines(
    customer: Customer, day: dt.date, owed: Mapping[int, int] | None = None
) -> list[FacilityLine]:
    """The client's credit lines and their use, in two queries.

    A revolving line is used by what is owed; one that is not, by all that was paid out. `owed` says
    by loan what was owed on an earlier day; without it, what is owed now counts.
    """
    facilities = list(customer.facilities.order_by("-ends_on", "pk"))
    loans = Loan.objects.filter(contract__facility__in=facilities)
    if owed is not None:
        sums = _sums_then(loans.filter(pk__in=list(owed)), owed)
        begun = [one for one in facilities if one.starts_on <= day]
        return [_facility_line(one, sums.get(one.pk), day) for one in begun]
    drawn = (
        loans.values("contract__facility")
        .annotate(paid_out=Sum("amount"), owed=Sum("position__principal"))
        .order_by()
    )
    now: dict[int, Mapping[str, Any]] = {row["contract__facility"]: row for row in drawn}
    return [_facility_line(one, now.get(one.pk), day) for one in facilities]


def _sums_then(loans: QuerySet[Loan], owed: Mapping[int, int]) -> dict[int, Mapping[str, Any]]:
    """What was paid out and owed under each credit line, by what was owed on each loan."""
    rows: dict[int, list[tuple[int, int]]] = {}
    for loan, facility, amount in loans.values_list("pk", "contract__facility", "amount"):
        rows.setdefault(facility, []).append((amount, owed[loan]))
    return {
        facility: {
            "paid_out": sum(amount for amount, _ in some),
            "owed": sum(left for _, left in some),
        }
        for facility, some in rows.items()
    }


def _facility_line(
    facility: Facility, sums: Mapping[str, Any] | None, day: dt.date
) -> FacilityLine:
    used: int | None = 0
    if sums is not None:
        used = sums["owed"] if facility.is_revolving else sums["paid_out"]
    return FacilityLine(facility, used, (facility.ends_on - day).days)


def guarantees_taken(customer: Customer) -> QuerySet[Guarantee]:
    """Who guarantees the client's contracts."""
    taken = Guarantee.objects.filter(contract__customer=customer)
    return taken.select_related("guarantor", "contract").order_by("-contract__signed_on", "pk")


def guarantees_given(customer: Customer) -> QuerySet[Guarantee]:
    """Whose contracts the client guarantees."""
    given = Guarantee.objects.filter(guarantor=customer)
    return given.select_related("contract__customer").order_by("-contract__signed_on", "pk")


def relations_on(customer: Customer, day: dt.date) -> list[tuple[str, Customer, int | None]]:
    """How the client stands to others on the day: the relation in words, the other, the share.

    Read from both sides: of 甲是乙的股东, 乙 shows 股东 甲 and 甲 shows 乙 (其为股东).
    """
    rows = (
        CustomerRelation.objects.valid_on(day)
        .filter(Q(customer=customer) | Q(related=customer))
        .select_related("customer", "related")
        .order_by("kind", "pk")
    )
    return [
        (row.get_kind_display(), row.related, row.share)
        if row.customer_id == customer.pk
        else (f"系其{row.get_kind_display()}", row.customer, row.share)
        for row in rows
    ]


def contact_lines(customer: Customer) -> list[ContactLine]:
    """The client's contacts, masked."""
    contacts = customer.contacts.order_by("-is_primary", "kind", "pk")
    return [
        ContactLine(
            one.pk,
            one.get_kind_display(),
            one.person,
            masked_contact(one.kind, str(one.value)),
            one.is_primary,
        )
        for one in contacts
    ]


def masked_identity_of(customer: Customer) -> str:
    """The identity number masked; a firm's credit code is public and shown."""
    number = str(customer.identity_number)
    if customer.identity_kind == IdentityKind.CREDIT_CODE:
        return number
    return masked_identity(number)
