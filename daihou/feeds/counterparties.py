"""Columns of new transactions that no file holds: whose account it is, who the other side is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from daihou.feeds import copying
from daihou.feeds.matching import positions_in
from daihou.feeds.problems import Rows
from daihou.feeds.stores import STORES
from daihou.fund_supervision.partitions import make_months
from daihou.loan_book.choices import CustomerKind


def transaction_columns(
    cursor: Any, accounts: Rows, names: pa.Array, numbers: pa.Array, days: Rows
) -> dict[str, Any]:
    """The account's client and the other side's, and room for the months of the rows.

    The other side is a client of ours if its account is known, or else if its name is the name of
    exactly one enterprise; persons share names and are not matched by them.
    """
    months = np.unique(days.astype("datetime64[D]").astype("datetime64[M]"))
    make_months(cursor, [month.astype("datetime64[D]").item() for month in months])
    known = copying.fetch(
        cursor,
        f"SELECT id, number, customer_id FROM {STORES['accounts'].db_table}",
        {"id": pa.int64(), "number": pa.string(), "customer": pa.int64()},
    )
    owners = known["customer"].to_numpy()
    order = np.argsort(known["id"].to_numpy())
    at = order[np.searchsorted(known["id"].to_numpy()[order], accounts)]
    by_number = np.append(owners, 0)[positions_in(numbers, known["number"])]
    other = np.where(by_number > 0, by_number, _enterprises_named(cursor, names))
    return {"customer_id": owners[at], "counterparty_id": pa.array(other, mask=other == 0)}


def _enterprises_named(cursor: Any, names: pa.Array) -> Rows:
    found = copying.fetch(
        cursor,
        f"SELECT min(id), name FROM {STORES['customers'].db_table}"
        f" WHERE kind = '{CustomerKind.ENTERPRISE.value}' GROUP BY name HAVING count(*) = 1",
        {"id": pa.int64(), "name": pa.string()},
    )
    at = positions_in(names, found["name"])
    return np.asarray(np.append(found["id"].to_numpy(), 0)[at], np.int64)
