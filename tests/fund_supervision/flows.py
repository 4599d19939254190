"""A small book whose clients have accounts, and ways to move money over them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.db import connection

from daihou.fund_supervision.choices import AccountKind, Channel, TransactionKind
from daihou.fund_supervision.daily import match_funds
from daihou.fund_supervision.models import Account, AccountTransaction, DrawUse
from daihou.fund_supervision.partitions import make_months
from daihou.loan_book.models import Customer, Loan
from daihou.policy.queries import parameters_on
from daihou.servicing.book_on_day import StepResult
from loanmath.money import yuan
from tests.small_book import SmallBook, day, pg


class Flows:
    """Moves money on both sides at once, as the bank's own books would show it."""

    def __init__(self, book: SmallBook, folder: Path) -> None:
        self.book, self.folder, self.count = book, folder, 0
        with connection.cursor() as cursor:
            make_months(cursor, [dt.date(2026, month, 1) for month in range(1, 7)])

    def draw(self, number: str, client: str, amount: str, *, retail: bool = False) -> Loan:
        """A draw of January 10th that arrives in the client's account the same day."""
        loan = self.book.lend(number, client, retail=retail)
        Loan.objects.filter(pk=loan.pk).update(amount=yuan(amount))
        self.put(client, "01-10", amount, kind=TransactionKind.LOAN_DRAW)
        return loan

    def account(self, client: str) -> Account:
        owner = Customer.objects.get(number=client)
        account, _ = Account.objects.get_or_create(
            number=f"账户{client}", defaults={"customer": owner, "kind": AccountKind.BASIC}
        )
        return account

    def client(self, name: str) -> Customer:
        return self.book._client(name)

    def put(self, client: str, on: str, amount: str, **other: object) -> AccountTransaction:
        """Money that comes in."""
        return self._book(client, on, amount, True, **other)

    def take(self, client: str, on: str, amount: str, **other: object) -> AccountTransaction:
        """Money that leaves to somebody without an account with us."""
        return self._book(client, on, amount, False, **other)

    def move(self, payer: str, payee: str, on: str, amount: str) -> AccountTransaction:
        """Money from one client's account to another's; the payment's row is returned."""
        paid = self.take(payer, on, amount, to=payee)
        self.put(payee, on, amount, to=payer)
        return paid

    def run(self, on: str) -> StepResult:
        """The daily step of a day."""
        return match_funds(pg(), day(on), parameters_on(day(on)), self.folder)

    def _book(
        self,
        client: str,
        on: str,
        amount: str,
        is_inflow: bool,
        *,
        to: str = "",
        name: str = "",
        kind: TransactionKind = TransactionKind.TRANSFER,
        purpose: str = "",
        cash: bool = False,
        balance: str = "",
    ) -> AccountTransaction:
        self.count = self.count + 1
        account = self.account(client)
        other = Customer.objects.filter(number=to).first()
        return AccountTransaction.objects.create(
            account=account, customer_id=account.customer_id, booked_on=day(on),
            is_inflow=is_inflow, amount=yuan(amount), kind=kind, purpose=purpose, is_cash=cash,
            counterparty=other, counterparty_name=to or name,
            counterparty_account=f"账户{to}" if to else "", channel=Channel.ONLINE,
            balance_after=yuan(balance) if balance else None, reference=str(self.count),
        )  # fmt: skip


def agree(loan: Loan, pay_by: str = "self") -> None:
    """What the draw is for."""
    DrawUse.objects.create(loan=loan, pay_by=pay_by, use="购买棉纱")
