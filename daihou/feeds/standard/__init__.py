"""The standard format, declared once: reading, checks, documentation and templates come from here.

The tables stand in the order in which they are loaded: a row refers only to tables before its own
(or to its own).
"""

from daihou.feeds.standard.accounts_and_flows import (
    ACCOUNT_STATES,
    ACCOUNT_TRANSACTIONS,
    ACCOUNTS,
    AGREED_PAYEES,
    DRAW_USES,
    VOUCHERS,
)
from daihou.feeds.standard.changes import FLOATING_TERMS, TERM_CHANGES
from daihou.feeds.standard.clients import CONTACTS, CUSTOMERS, RELATIONS
from daihou.feeds.standard.collateral import (
    COLLATERAL,
    COLLATERAL_LINKS,
    LIENS,
    PRICE_INDICES,
    VALUATIONS,
)
from daihou.feeds.standard.columns import Column, Kind, Table, Word
from daihou.feeds.standard.credit import CONTRACTS, FACILITIES, GUARANTEES, LOANS, PLANS
from daihou.feeds.standard.events import EVENTS
from daihou.feeds.standard.movements import ENTRIES, HAPPENINGS
from daihou.feeds.standard.organisation import BRANCHES, OFFICERS, PRODUCTS
from daihou.feeds.standard.statements import STATEMENTS

TABLES: tuple[Table, ...] = (
    BRANCHES,
    OFFICERS,
    PRODUCTS,
    CUSTOMERS,
    RELATIONS,
    CONTACTS,
    FACILITIES,
    CONTRACTS,
    GUARANTEES,
    LOANS,
    FLOATING_TERMS,
    TERM_CHANGES,
    PLANS,
    ENTRIES,
    HAPPENINGS,
    ACCOUNTS,
    ACCOUNT_STATES,
    ACCOUNT_TRANSACTIONS,
    DRAW_USES,
    AGREED_PAYEES,
    VOUCHERS,
    STATEMENTS,
    EVENTS,
    COLLATERAL,
    COLLATERAL_LINKS,
    LIENS,
    VALUATIONS,
    PRICE_INDICES,
)

TABLE_BY_NAME = {table.name: table for table in TABLES}

__all__ = ["TABLES", "TABLE_BY_NAME", "Column", "Kind", "Table", "Word"]
