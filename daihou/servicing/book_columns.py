"""Which columns the columnar book is made of, and how they are read out of PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import CustomerKind, Industry, SecurityKind
from daihou.storage.packed_columns import Column, Columns, ListColumn
from loanmath.rates import penalty_rates

LOAN_SOURCE = (
    "(loan_book_loan AS loan JOIN loan_book_product AS product ON product.id = loan.product_id)"
)
SECURITIES = tuple(SecurityKind.values)
INDUSTRIES = tuple(Industry.values)
CUSTOMER_KINDS = tuple(CustomerKind.values)


def _word(expression: str, words: Sequence[str]) -> Column:
    """A word as its place in the list of words; -1 for none."""
    places = " ".join(f"WHEN '{word}' THEN {place}" for place, word in enumerate(words))
    return Column(f"CASE {expression} {places} ELSE -1 END", "int2")


LOAN_COLUMNS: dict[str, Column] = {
    "loan_id": Column("loan.id", "int8"),
    "customer_id": Column("loan.customer_id", "int8"),
    "product_id": Column("loan.product_id", "int8"),
    "is_retail": Column("product.is_retail::int", "int2"),
    "security": _word("loan.security", SECURITIES),
    "industry": _word("loan.industry", INDUSTRIES),
    "currency": Column(
        f"CASE loan.currency WHEN 'CNY' THEN {int.from_bytes(b'CNY')} ELSE"
        " (ascii(substr(loan.currency, 1, 1)) << 16) + (ascii(substr(loan.currency, 2, 1)) << 8)"
        " + ascii(substr(loan.currency, 3, 1)) END",
        "int4",
    ),
    "method": Column("loan.method", "int2"),
    "principal": Column("loan.amount", "int8"),
    "rate": Column("loan.rate", "int8"),
    "penalty_uplift_bps": Column("loan.penalty_uplift_bps", "int4"),
    "charges_compound": Column("loan.charges_compound::int", "int2"),
    "day_count": Column("loan.day_count", "int2"),
    "start": Column("loan.disbursed_on", "date"),
    "maturity": Column("loan.matures_on", "date"),
    "grace_days": Column("loan.grace_days", "int2"),
    "penalty_from": Column("loan.penalty_from", "int2"),
    "allocation": Column("loan.allocation", "int2"),
    "allocation_impaired": Column("loan.allocation_impaired", "int2"),
    "impaired_after_days": Column("loan.impaired_after_days", "int2"),
    "interest_mode": Column("loan.interest_mode", "int2"),
    "excess_mode": Column("loan.excess_mode", "int2"),
}

# Joined to their loans in memory: much quicker than in SQL where it is the whole book.
CLIENT_COLUMNS: dict[str, Column] = {
    "customer_id": Column("customer.id", "int8"),
    "branch_id": Column("customer.branch_id", "int8"),  # 管户机构: decides who sees the loan
    "officer_id": Column("coalesce(customer.officer_id, 0)", "int8"),  # 0: nobody
    "customer_kind": _word("customer.kind", CUSTOMER_KINDS),
}

PLAN_COLUMNS: dict[str, Column | ListColumn] = {
    "loan_id": Column("plan.loan_id", "int8"),
    "version": Column("plan.version", "int2"),
    "effective_from": Column("plan.effective_from", "date"),
    "due": ListColumn("plan.due_dates", "date"),
    "due_principal": ListColumn("plan.principal", "int8"),
    "due_interest": ListColumn("plan.interest", "int8"),
}

ENTRY_COLUMNS: dict[str, Column] = {
    "entry_id": Column("entry.id", "int8"),
    "loan_id": Column("entry.loan_id", "int8"),
    "entry_kind": Column("entry.kind", "int2"),
    "entry_amount": Column("entry.amount", "int8"),
    "entry_date": Column("entry.value_date", "date"),
    "booked_on": Column("entry.booked_on", "date"),
    "reverses": Column("coalesce(entry.reverses_id, 0)", "int8"),
}

TERMS_COLUMNS: dict[str, Column] = {
    "change_id": Column("change.id", "int8"),
    "loan_id": Column("change.loan_id", "int8"),
    "kind": Column("change.kind", "int2"),
    "effective_from": Column("change.effective_from", "date"),
    "booked_on": Column("change.booked_on", "date"),
    "rate": Column("coalesce(change.rate, 0)", "int8"),
    "amount": Column("coalesce(change.amount, 0)", "int8"),
    "penalty_uplift_bps": Column("loan.penalty_uplift_bps", "int4"),
    "charges_compound": Column("loan.charges_compound::int", "int2"),
}
TERMS_SOURCE = (
    "(loan_book_termchange AS change JOIN loan_book_loan AS loan ON loan.id = change.loan_id)"
)

# What the files hold, beside the offsets: numbers no wider than needed.
_SMALL = {
    "is_retail", "customer_kind", "security", "industry", "method", "day_count", "penalty_from",
    "allocation", "allocation_impaired", "interest_mode", "excess_mode",
}  # fmt: skip
_DROPPED = {"penalty_uplift_bps", "charges_compound"}
_WIDTHS: dict[str, npt.DTypeLike] = {
    "int8": np.int64,
    "int4": np.int32,
    "int2": np.int16,
    "date": np.int32,
}
LOAN_DTYPES: dict[str, npt.DTypeLike] = {
    **{
        name: np.int8 if name in _SMALL else _WIDTHS[column.kind]
        for name, column in {**LOAN_COLUMNS, **CLIENT_COLUMNS}.items()
        if name not in _DROPPED
    },
    "penalty_rate": np.int64,
    "compound_rate": np.int64,
}
PLAN_DTYPES: dict[str, npt.DTypeLike] = {
    "due": np.int32,
    "due_principal": np.int64,
    "due_interest": np.int64,
}
ENTRY_DTYPES: dict[str, npt.DTypeLike] = {
    "entry_id": np.int64,
    "entry_date": np.int32,
    "entry_kind": np.int8,
    "entry_amount": np.int64,
}
CHANGE_DTYPES: dict[str, npt.DTypeLike] = {
    "change_id": np.int64,
    "change_date": np.int32,
    "change_kind": np.int8,
    "change_value": np.int64,
}


def loan_terms(read: Columns) -> Columns:
    """The loans' columns as the kernel wants them: the penalty rates worked out, codes narrowed.

    Penalty runs on overdue principal at the raised rate; compound interest (复利) at the same
    rate where it is charged (银发〔2003〕251号).
    """
    penalty = penalty_rates(read["rate"], read["penalty_uplift_bps"])
    rates = {
        "penalty_rate": penalty,
        "compound_rate": np.where(read["charges_compound"] != 0, penalty, 0),
    }
    return {
        name: np.ascontiguousarray((rates if name in rates else read)[name].astype(kind))
        for name, kind in LOAN_DTYPES.items()
    }


def with_clients(loans: Columns, clients: Columns) -> Columns:
    """Loans in the order of their clients, with the clients' columns; all of them must be there."""
    order = np.argsort(clients["customer_id"])
    at = order[np.searchsorted(clients["customer_id"], loans["customer_id"], sorter=order)]
    return {**loans, **{name: values[at] for name, values in clients.items()}}


def currency_words(codes: npt.NDArray[np.int32]) -> list[str]:
    """The three letters of each currency code."""
    return [bytes([c >> 16, (c >> 8) & 255, c & 255]).decode() for c in codes.tolist()]


REVERSAL = int(EntryKind.REVERSAL)
