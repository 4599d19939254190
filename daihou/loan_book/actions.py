"""What people write into the loan book: what happened to a client, what came of a contact."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from daihou.loan_book.choices import ContactOutcome, HappeningKind
from daihou.loan_book.models import Customer, Happening, Loan
from daihou.staff.models import Officer


class NotAcceptable(Exception):
    """What was entered cannot be recorded; `field` names the entry, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Promise:
    """A client's promise to pay: how much (fen) and by which day."""

    amount: int
    on: dt.date


@transaction.atomic
def record_happening(
    *,
    customer: Customer,
    kind: HappeningKind,
    happened_on: dt.date,
    text: str,
    by: Officer,
    business_date: dt.date,
    loan: Loan | None = None,
    facts: dict[str, Any] | None = None,
) -> Happening:
    """Put on record that something happened to a client or one of its loans.

    The next daily run reads it. Raises `NotAcceptable` for a day after the business date, for a
    loan of another client, and for a matter without a word of what it was.
    """
    if happened_on > business_date:
        raise NotAcceptable("happened_on", f"发生日不能晚于营业日 {business_date}")
    if loan is not None and loan.customer_id != customer.pk:
        raise NotAcceptable("loan", "这笔借据不属于该客户")
    if not text.strip():
        raise NotAcceptable("text", "请写明发生了什么")
    return Happening.objects.create(
        customer=customer,
        loan=loan,
        kind=kind,
        happened_on=happened_on,
        text=text.strip(),
        facts=facts or {},
        recorded_by=by,
    )


@transaction.atomic
def record_contact(
    *,
    customer: Customer,
    outcome: ContactOutcome,
    note: str,
    by: Officer,
    business_date: dt.date,
    promise: Promise | None = None,
) -> Happening:
    """Put on record what came of reaching out to a client.

    A promise needs an amount and a day that is still to come; other outcomes take none. Raises
    `NotAcceptable`.
    """
    facts: dict[str, Any] = {"outcome": outcome.value}
    if outcome == ContactOutcome.PROMISED:
        facts |= _promise_facts(promise, business_date)
    elif promise is not None:
        raise NotAcceptable("promised_amount", "只有“承诺还款”才登记承诺金额和日期")
    return record_happening(
        customer=customer,
        kind=HappeningKind.CONTACTED,
        happened_on=business_date,
        text=f"{outcome.label}:{note.strip()}" if note.strip() else str(outcome.label),
        facts=facts,
        by=by,
        business_date=business_date,
    )


def _promise_facts(promise: Promise | None, business_date: dt.date) -> dict[str, Any]:
    if promise is None:
        raise NotAcceptable("promised_amount", "登记承诺还款须写明金额和日期")
    if promise.amount <= 0:
        raise NotAcceptable("promised_amount", "承诺金额须大于零")
    if promise.on < business_date:
        raise NotAcceptable("promised_on", f"承诺日期不能早于营业日 {business_date}")
    return {"promised_amount": promise.amount, "promised_on": promise.on.isoformat()}
