"""Days as the daily run keeps them, written by hand: clients, their indicators, their loans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from daihou.early_warning.client_rules.evaluation import Values
from daihou.early_warning.indicators.computing import IndicatorValues
from daihou.early_warning.indicators.history import write_indicators
from daihou.servicing.snapshots import SCHEMA, snapshot_path, snapshot_table
from loanmath.codes import Status


def keep_day(
    home: Any,
    day: dt.date,
    values: Mapping[str, Mapping[int, int | None]],
    *,
    officers: Mapping[int, int] | None = None,
    grades: Mapping[int, int] | None = None,
    retail: frozenset[int] = frozenset(),
    product: int = 1,
) -> None:
    """Keep a day; `values` by indicator and client, None for unknown. `home` is the settings."""
    clients = sorted({client for of in values.values() for client in of})
    found = {
        code: Values(
            np.array([of.get(client) or 0 for client in clients]),
            np.array([of.get(client) is not None for client in clients]),
        )
        for code, of in values.items()
    }
    ids = np.array(clients, np.int64)
    write_indicators(Path(home.INDICATOR_FOLDER), day, IndicatorValues(ids, found, frozenset()))
    size = len(clients)
    columns: dict[str, Any] = {field.name: [0] * size for field in SCHEMA}
    columns |= {
        "loan_id": clients,
        "customer_id": clients,
        "officer_id": [(officers or {}).get(client) for client in clients],
        "product_id": [product] * size,
        "is_retail": [client in retail for client in clients],
        "industry": [None] * size,
        "currency": ["CNY"] * size,
        "security": ["信用"] * size,
        "disbursed_on": [day] * size,
        "matures_on": [day] * size,
        "status": [int(Status.LIVE)] * size,
        "principal": [1_000_000] * size,
        "grade": [(grades or {}).get(client, 1) for client in clients],
    }
    path = snapshot_path(Path(home.SNAPSHOT_FOLDER), day)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(snapshot_table(columns), path)  # many days: not flushed to the disk one by one
