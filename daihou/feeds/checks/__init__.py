"""The checks, table by table, in the order of loading: a list of small functions each."""

from daihou.feeds.checks import (
    accounts_and_flows,
    changes,
    clients,
    collateral,
    credit,
    events,
    movements,
    organisation,
    plans,
    statements,
)
from daihou.feeds.checks.intake import Check

CHECKS: dict[str, tuple[Check, ...]] = {
    "branches": organisation.BRANCH_CHECKS,
    "customers": clients.CUSTOMER_CHECKS,
    "relations": clients.RELATION_CHECKS,
    "contacts": clients.CONTACT_CHECKS,
    "facilities": credit.FACILITY_CHECKS,
    "contracts": credit.CONTRACT_CHECKS,
    "guarantees": credit.GUARANTEE_CHECKS,
    "loans": credit.LOAN_CHECKS,
    "plans": plans.PLAN_CHECKS,
    "floating_terms": changes.FLOATING_TERMS_CHECKS,
    "term_changes": changes.TERM_CHANGE_CHECKS,
    "entries": movements.ENTRY_CHECKS,
    "happenings": movements.HAPPENING_CHECKS,
    "accounts": accounts_and_flows.ACCOUNT_CHECKS,
    "account_states": accounts_and_flows.ACCOUNT_STATE_CHECKS,
    "account_transactions": accounts_and_flows.TRANSACTION_CHECKS,
    "vouchers": accounts_and_flows.VOUCHER_CHECKS,
    "statements": statements.STATEMENT_CHECKS,
    "events": events.EVENT_CHECKS,
    "collateral": collateral.COLLATERAL_CHECKS,
    "collateral_links": collateral.LINK_CHECKS,
    "liens": collateral.LIEN_CHECKS,
    "valuations": collateral.VALUATION_CHECKS,
    "price_indices": collateral.INDEX_CHECKS,
}

__all__ = ["CHECKS", "Check"]
