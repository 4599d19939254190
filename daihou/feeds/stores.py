"""Where each table of the standard format is kept in the book, and under which names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models

from daihou.collateral.models import (
    Collateral,
    CollateralLink,
    Lien,
    PriceIndex,
    Valuation,
)
from daihou.feeds.choices import BatchStatus
from daihou.feeds.standard import TABLE_BY_NAME, Column, Kind, Table
from daihou.fund_supervision.models import (
    Account,
    AccountState,
    AccountTransaction,
    AgreedPayee,
    DrawUse,
    Voucher,
)
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import (
    Contact,
    Contract,
    Customer,
    CustomerRelation,
    Facility,
    FloatingTerms,
    Guarantee,
    Happening,
    Loan,
    PlanVersion,
    Product,
    TermChange,
)
from daihou.public_events.models import PublicEvent
from daihou.staff.models import Branch, Officer
from daihou.statements.models import Statement

DAY_OF = "({0} - DATE '1970-01-01')::int8"


@dataclass(frozen=True)
class Store:
    """One table of the book: its model, and how columns of the standard format are found in it.

    `renamed` maps a column to a field of another name. `fingerprints` maps a sealed column to the
    field that holds its fingerprint. `standing` restricts the rows that count as existing.
    `window` names the date in the key by which a table too long to be read whole is cut down to
    the days of a file.
    """

    table: Table
    model: type[models.Model]
    renamed: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    standing: str = "true"
    source: str = ""
    window: str = ""

    @property
    def db_table(self) -> str:
        """The name of the table in the database."""
        return self.model._meta.db_table

    @property
    def view(self) -> str:
        """What to read existing rows from: the table, or a query that makes rows of it."""
        return self.source or self.db_table

    def db_field(self, column: str) -> models.Field[Any, Any]:
        """The model's field behind a column."""
        found = self.model._meta.get_field(self.renamed.get(column, column))
        assert isinstance(found, models.Field)
        return found

    def db_column(self, column: str) -> str:
        """The database column behind a column."""
        return str(self.db_field(column).column)

    @cached_property
    def compared(self) -> tuple[Column, ...]:
        """The columns by which a row of a file is compared with the book's."""
        return tuple(column for column in self.table.columns if column.stored)

    def expression(self, column: Column) -> str:
        """How to read a column in the form in which a file's values are staged."""
        if column.name in self.fingerprints:
            return self.fingerprints[column.name]
        name = column.name if self.source else self.db_column(column.name)
        if column.kind is Kind.DATE:
            return DAY_OF.format(name)
        if not self.source and isinstance(self.db_field(column.name), models.BooleanField):
            return f"{name}::int4::int8"
        if column.kind is Kind.CHOICES:
            return f"array_to_string({name}, ',')"
        return str(name)


_PLAN_ROWS = """(
    SELECT v.id, v.loan_id AS loan, v.version, v.effective_from, v.reason,
           row.no, row.due, row.principal, row.interest
    FROM loan_book_planversion v,
         unnest(v.due_dates, v.principal, v.interest)
             WITH ORDINALITY AS row (due, principal, interest, no)
) AS plan_rows"""

_STATEMENT_ROWS = """(
    SELECT v.id, v.customer_id AS customer, v.period_end, v.scope, row.item, row.amount,
           second.earlier, v.opinion, v.received_on
    FROM statements_statement v,
         unnest(v.items, v.amounts) AS row (item, amount)
         LEFT JOIN LATERAL (
             SELECT e.earlier FROM unnest(v.earlier_items, v.earlier_amounts) AS e (item, earlier)
             WHERE e.item = row.item
         ) AS second ON true
    WHERE NOT EXISTS (SELECT FROM statements_statement n
                      WHERE n.customer_id = v.customer_id AND n.period_end = v.period_end
                        AND n.scope = v.scope AND n.version > v.version)
) AS statement_rows"""

_NOT_CORRECTED = (
    "NOT EXISTS (SELECT FROM collateral_valuation n"
    " WHERE n.collateral_id = collateral_valuation.collateral_id"
    " AND n.valued_on = collateral_valuation.valued_on"
    " AND n.version > collateral_valuation.version)"
)
UNREVERSED = (
    "NOT EXISTS (SELECT FROM ledger_ledgerentry r WHERE r.reverses_id = ledger_ledgerentry.id)"
)

STORES: dict[str, Store] = {
    store.table.name: store
    for store in (
        Store(TABLE_BY_NAME["branches"], Branch),
        Store(TABLE_BY_NAME["officers"], Officer),
        Store(TABLE_BY_NAME["products"], Product),
        Store(
            TABLE_BY_NAME["customers"],
            Customer,
            fingerprints={"identity_number": "identity_index"},
        ),
        Store(TABLE_BY_NAME["relations"], CustomerRelation, standing="known_to IS NULL"),
        Store(TABLE_BY_NAME["contacts"], Contact, fingerprints={"value": "value_index"}),
        Store(TABLE_BY_NAME["facilities"], Facility),
        Store(TABLE_BY_NAME["contracts"], Contract),
        Store(TABLE_BY_NAME["guarantees"], Guarantee),
        Store(TABLE_BY_NAME["loans"], Loan, renamed={"penalty_uplift": "penalty_uplift_bps"}),
        Store(TABLE_BY_NAME["plans"], PlanVersion, source=_PLAN_ROWS),
        Store(TABLE_BY_NAME["floating_terms"], FloatingTerms),
        Store(TABLE_BY_NAME["term_changes"], TermChange),
        Store(
            TABLE_BY_NAME["entries"],
            LedgerEntry,
            # What an undo reversed may come in again; what the bank itself reversed is known.
            standing=(
                f"({UNREVERSED} OR NOT EXISTS (SELECT FROM feeds_importbatch b"
                f" WHERE b.id = source_batch AND b.status = '{BatchStatus.UNDONE.value}'))"
            ),
        ),
        Store(TABLE_BY_NAME["happenings"], Happening),
        Store(TABLE_BY_NAME["accounts"], Account),
        Store(TABLE_BY_NAME["account_states"], AccountState, standing="known_to IS NULL"),
        Store(TABLE_BY_NAME["account_transactions"], AccountTransaction, window="booked_on"),
        Store(TABLE_BY_NAME["draw_uses"], DrawUse),
        Store(TABLE_BY_NAME["agreed_payees"], AgreedPayee),
        Store(TABLE_BY_NAME["vouchers"], Voucher),
        Store(TABLE_BY_NAME["statements"], Statement, source=_STATEMENT_ROWS),
        Store(
            TABLE_BY_NAME["events"],
            PublicEvent,
            fingerprints={"subject_paper": "subject_index"},
        ),
        Store(TABLE_BY_NAME["collateral"], Collateral),
        Store(TABLE_BY_NAME["collateral_links"], CollateralLink),
        Store(TABLE_BY_NAME["liens"], Lien),
        Store(TABLE_BY_NAME["valuations"], Valuation, standing=_NOT_CORRECTED),
        Store(TABLE_BY_NAME["price_indices"], PriceIndex),
    )
}

KEYED_BY_NUMBER = {
    name: store.table.key[0]
    for name, store in STORES.items()
    if len(store.table.key) == 1 and not store.table.column(store.table.key[0]).references
}
