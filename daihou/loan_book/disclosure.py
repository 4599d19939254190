"""Showing personal data unmasked: only with a reason, and every time put on record."""

from __future__ import annotations

from django.db import transaction

from daihou.audit.models import Disclosure
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Contact, Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.staff.models import Officer

_SHORTEST_REASON = 4


@transaction.atomic
def show_identity_number(
    *, customer: Customer, by: Officer, reason: str, address: str | None
) -> str:
    """The whole identity number of a client whom the officer may see (个人信息保护法第六条).

    `address` is the workstation's. Raises `NotAcceptable` without a reason, and
    `Customer.DoesNotExist` for a client outside the officer's scope.
    """
    visible = customers_visible_to(by).get(pk=customer.pk)
    _record(by, f"客户 {visible.number}", "证件号码", reason, address)
    return str(visible.identity_number)


@transaction.atomic
def show_contact(*, contact: Contact, by: Officer, reason: str, address: str | None) -> str:
    """The whole number or address of a client's contact; same rule as the identity number."""
    visible = customers_visible_to(by).get(pk=contact.customer_id)
    _record(by, f"客户 {visible.number}", contact.get_kind_display(), reason, address)
    return str(contact.value)


def _record(by: Officer, subject: str, field: str, reason: str, address: str | None) -> None:
    if len(reason.strip()) < _SHORTEST_REASON:
        raise NotAcceptable("reason", "请写明查看完整信息的理由(至少 4 个字)")
    Disclosure.objects.create(
        officer=by, subject=subject, field=field, reason=reason.strip(), address=address
    )
