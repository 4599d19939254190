"""Which permission each address of the interface asks for, written by hand: what is meant.

An address that is missing here fails `test_doors`. The sample names nothing that exists.
"""

from __future__ import annotations

from typing import Any

from daihou.api_clients.choices import Scope

ENTRY = {"kind": "repayment", "amount": 100, "value_date": "2026-11-20", "reference": "X1"}
HAPPENING = {"kind": "note", "happened_on": "2026-11-20", "text": "备注"}
Body = dict[str, Any] | None

MATRIX: dict[tuple[str, str], tuple[Scope, str, Body]] = {
    ("GET", "/loans"): (Scope.LOANS_READ, "/loans", None),
    ("GET", "/loans/{number}"): (Scope.LOANS_READ, "/loans/none", None),
    ("GET", "/loans/{number}/position"): (Scope.LOANS_READ, "/loans/none/position", None),
    ("GET", "/loans/{number}/entries"): (Scope.LOANS_READ, "/loans/none/entries", None),
    ("GET", "/loans/{number}/term-changes"): (
        Scope.LOANS_READ, "/loans/none/term-changes", None,
    ),
    ("POST", "/loans/{number}/entries"): (Scope.LEDGER_WRITE, "/loans/none/entries", ENTRY),
    ("POST", "/loans/{number}/entries/{entry_id}/reversal"): (
        Scope.LEDGER_WRITE, "/loans/none/entries/0/reversal", {"note": "记错"},
    ),
    ("GET", "/loans/{number}/events"): (Scope.LOANS_READ, "/loans/none/events", None),
    ("GET", "/portfolio"): (Scope.LOANS_READ, "/portfolio", None),
    ("GET", "/corrections"): (Scope.CORRECTIONS_READ, "/corrections", None),
    ("POST", "/corrections/{number}/acknowledgement"): (
        Scope.CORRECTIONS_SIGN, "/corrections/0/acknowledgement", {},
    ),
    ("GET", "/customers"): (Scope.CUSTOMERS_READ, "/customers", None),
    ("GET", "/customers/{number}"): (Scope.CUSTOMERS_READ, "/customers/none", None),
    ("GET", "/customers/{number}/happenings"): (
        Scope.CUSTOMERS_READ, "/customers/none/happenings", None,
    ),
    ("POST", "/customers/{number}/happenings"): (
        Scope.HAPPENINGS_WRITE, "/customers/none/happenings", HAPPENING,
    ),
    ("GET", "/officers/{staff_number}/worklist"): (
        Scope.WORK_READ, "/officers/none/worklist", None,
    ),
    ("GET", "/business-day"): (Scope.POLICY_READ, "/business-day", None),
    ("GET", "/parameters"): (Scope.POLICY_READ, "/parameters", None),
}  # fmt: skip

# The names of the addresses, for the list of all addresses of the product.
NAMES = frozenset(
    {
        "api-root",
        "api_openapi",
        "api_reference",
        "list_loans",
        "one_loan",
        "loan_position",
        "loan_entries",
        "loan_events",
        "portfolio",
        "loan_term_changes",
        "undo_entry",
        "book_entry",
        "list_corrections",
        "sign_correction",
        "list_customers",
        "one_customer",
        "list_happenings",
        "report_happening",
        "worklist",
        "business_day",
        "parameters",
    }
)
