"""A small book in the database for tests of daily steps: clients, loans of ten equal instalments.

Every loan pays 1,000.00 yuan of principal and 10.00 yuan of interest on the 10th of each month,
from February 2026 on. Amounts in this file are yuan, dates are written month-day of 2026.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pgtrigger
import psycopg
from django.db import connection

from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.choices import (
    CustomerKind,
    HappeningKind,
    IdentityKind,
    PlanReason,
    RepaymentMethod,
    SecurityKind,
)
from daihou.loan_book.models import Customer, Happening, Loan, PlanVersion, Product
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_growth import grown
from daihou.servicing.marks import read_marks
from daihou.storage.sealing import fingerprint
from loanmath.codes import Allocation
from loanmath.day_count import DayCount
from loanmath.money import yuan
from tests.cast import Cast

INSTALMENTS = 10
INSTALMENT = "1010"


def day(month_day: str) -> dt.date:
    """`"03-11"` is 2026-03-11."""
    return dt.date.fromisoformat(f"2026-{month_day}")


@dataclass
class SmallBook:
    """Clients and loans by name, and the two products: one retail, one not."""

    cast: Cast
    loans: dict[str, Loan] = field(default_factory=dict)

    def lend(self, number: str, client: str, *, retail: bool = True, grace: int = 0) -> Loan:
        """Pay out a loan on 10 January."""
        loan = Loan.objects.create(
            number=number, customer=self._client(client), product=self._product(retail),
            branch=self.cast.zhang.branch, amount=yuan(str(1000 * INSTALMENTS)),
            disbursed_on=day("01-10"), matures_on=day("11-10"), rate=4_350_000,
            method=RepaymentMethod.CUSTOM, day_count=DayCount.ACT_360, penalty_uplift_bps=5000,
            allocation=Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL_BY_INSTALMENT,
            allocation_impaired=Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL_BY_INSTALMENT,
            security=SecurityKind.CREDIT, grace_days=grace,
        )  # fmt: skip
        PlanVersion.objects.create(
            loan=loan, version=1, effective_from=loan.disbursed_on, reason=PlanReason.DISBURSEMENT,
            due_dates=[day(f"{month:02d}-10") for month in range(2, 2 + INSTALMENTS)],
            principal=[yuan("1000")] * INSTALMENTS, interest=[yuan("10")] * INSTALMENTS,
        )  # fmt: skip
        self._enter(loan, EntryKind.DISBURSEMENT, loan.amount, loan.disbursed_on)
        self.loans[number] = loan
        return loan

    def pay(
        self, number: str, on: str, amount: str = INSTALMENT, payer: str | None = None
    ) -> LedgerEntry:
        """A repayment; without a payer's name the payer is unknown."""
        loan = self.loans[number]
        return self._enter(loan, EntryKind.REPAYMENT, yuan(amount), day(on), payer)

    def reverse(self, entry: LedgerEntry, on: str) -> None:
        """Undo an entry."""
        LedgerEntry.objects.create(
            loan=entry.loan, kind=EntryKind.REVERSAL, amount=entry.amount, value_date=day(on),
            booked_on=day(on), reverses=entry,
        )  # fmt: skip

    def write_off(self, number: str, on: str, amount: str) -> None:
        """Take principal off the balance sheet."""
        self._enter(self.loans[number], EntryKind.WRITE_OFF, yuan(amount), day(on))

    def forget(self, number: str) -> None:
        """Take a loan out as the undoing of its import does: with its rows, and nothing derived."""
        loan = self.loans.pop(number)
        with pgtrigger.ignore("ledger.LedgerEntry:no_deletion"), connection.cursor() as undo:
            for table in ("ledger_ledgerentry", "loan_book_planversion"):
                undo.execute(f"DELETE FROM {table} WHERE loan_id = %s", (loan.pk,))
            undo.execute("DELETE FROM loan_book_loan WHERE id = %s", (loan.pk,))

    def happen(
        self,
        kind: HappeningKind,
        on: str,
        number: str,
        *,
        whole_client: bool = False,
        **facts: bool | int,
    ) -> Happening:
        """Record what happened to a loan, or to its client."""
        loan = self.loans[number]
        return Happening.objects.create(
            customer=loan.customer, loan=None if whole_client else loan, kind=kind,
            happened_on=day(on), facts=facts,
        )  # fmt: skip

    def on(self, month_day: str) -> BookOnDay:
        """The book on the evening of a day, read afresh."""
        link = pg()
        return BookOnDay.of(grown(link, ColumnarBook.empty(), read_marks(link)), day(month_day))

    def _enter(
        self, loan: Loan, kind: EntryKind, amount: int, on: dt.date, payer: str | None = None
    ) -> LedgerEntry:
        return LedgerEntry.objects.create(
            loan=loan, kind=kind, amount=amount, value_date=on, booked_on=on, payer_name=payer
        )

    def _client(self, name: str) -> Customer:
        client, _ = Customer.objects.get_or_create(
            number=name,
            defaults={
                "name": name, "kind": CustomerKind.ENTERPRISE, "identity_kind": IdentityKind.OTHER,
                "identity_number": name, "identity_index": fingerprint(name),
                "branch": self.cast.zhang.branch, "officer": self.cast.zhang,
            },
        )  # fmt: skip
        return client

    def _product(self, retail: bool) -> Product:
        code = "零售" if retail else "对公"
        product, _ = Product.objects.get_or_create(
            code=code, defaults={"name": code, "is_retail": retail}
        )
        return product


def pg() -> psycopg.Connection:
    """The test's own connection, as the daily run uses it."""
    connection.ensure_connection()
    return connection.connection


def cursor() -> psycopg.Cursor:
    """A cursor inside the test's transaction."""
    return psycopg.Cursor(pg())
