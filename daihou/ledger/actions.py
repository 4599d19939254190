"""Writes to the ledger: entries are added, and undone by entries that point at them."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan
from loanmath.money import MAX_MONEY, Money

_ONCE = "entry_reference_once_per_loan"  # the table's constraint


class CannotBook(Exception):
    """An entry that may not be booked; the message says why, in the words of the staff."""


@transaction.atomic
def record_entry(
    *,
    loan: Loan,
    kind: EntryKind,
    amount: Money,
    value_date: dt.date,
    business_date: dt.date,
    reference: str = "",
    payer_name: str | None = None,
    note: str = "",
) -> LedgerEntry:
    """Book one movement of money on a loan; `business_date` is the day it enters the books.

    A payment that arrived earlier than it is booked keeps its own value date. Raises `CannotBook`
    for an amount that is not positive, a value date in the future, money before the loan was paid
    out, or a reference that the loan has already. Reversals have `reverse_entry`.
    """
    if kind == EntryKind.REVERSAL:
        raise CannotBook("冲正须指明被冲正的流水")
    if not 0 < amount <= MAX_MONEY:
        raise CannotBook("金额须大于零且不超过上限")
    if value_date > business_date:
        raise CannotBook(f"起息日 {value_date} 晚于营业日 {business_date}")
    if value_date < loan.disbursed_on:
        raise CannotBook(f"起息日 {value_date} 早于放款日 {loan.disbursed_on}")
    entry = LedgerEntry(
        loan=loan,
        kind=kind,
        amount=amount,
        value_date=value_date,
        booked_on=business_date,
        reference=reference,
        payer_name=payer_name,
        note=note,
    )
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as problem:
        if _ONCE not in str(problem):
            raise
        raise CannotBook(f"流水号 {reference} 在借据 {loan.number} 上已入账") from problem
    return entry


def record_repayment(
    *,
    loan: Loan,
    amount: Money,
    value_date: dt.date,
    business_date: dt.date,
    reference: str = "",
    payer_name: str | None = None,
) -> LedgerEntry:
    """Book a payment of the borrower (还款)."""
    return record_entry(
        loan=loan,
        kind=EntryKind.REPAYMENT,
        amount=amount,
        value_date=value_date,
        business_date=business_date,
        reference=reference,
        payer_name=payer_name,
    )


@transaction.atomic
def reverse_entry(*, entry: LedgerEntry, business_date: dt.date, note: str) -> LedgerEntry:
    """Undo an entry by a reversal that points at it (冲正); both stay in the ledger.

    From `business_date` on neither counts. Raises `CannotBook` for a reversal, for an entry that
    was reversed already, and without a reason.
    """
    if entry.kind == EntryKind.REVERSAL:
        raise CannotBook("冲正流水不能再冲正,请重新登记原流水")
    if not note.strip():
        raise CannotBook("冲正须写明原因")
    if business_date < entry.booked_on:
        raise CannotBook(f"营业日 {business_date} 早于原流水的记账日 {entry.booked_on}")
    Loan.objects.select_for_update().get(pk=entry.loan_id)  # one reversal at a time on a loan
    if LedgerEntry.objects.filter(reverses=entry).exists():
        raise CannotBook("该流水已被冲正")
    return LedgerEntry.objects.create(
        loan=entry.loan,
        kind=EntryKind.REVERSAL,
        amount=entry.amount,
        value_date=entry.value_date,
        booked_on=business_date,
        reverses=entry,
        note=note.strip(),
    )
