"""Movements on clients' accounts for tests, laid down as the files that indicators read."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loanmath.dates import day_number
from loanmath.money import yuan

SCHEMA = pa.schema(
    [
        ("id", pa.int64()), ("account", pa.int64()), ("customer", pa.int64()), ("day", pa.int32()),
        ("minute", pa.int16()), ("amount", pa.int64()), ("balance", pa.int64()),
        ("counterparty", pa.int64()), ("counterparty_customer", pa.int64()),
        ("channel", pa.int8()), ("kind", pa.int8()), ("is_cash", pa.bool_()),
    ]
)  # fmt: skip
GOODS, LOAN_DRAW = 4, 11


@dataclass
class Accounts:
    """Collects movements, and writes them month by month."""

    folder: Path
    rows: list[dict[str, Any]] = field(default_factory=list)

    def move(self, customer: int, on: dt.date, amount: str, **more: Any) -> None:
        """One movement: + in, − out, in yuan; `payer`, `cash`, `minute`, `balance`, `kind`."""
        balance = more.get("balance")
        self.rows.append(
            {
                "id": len(self.rows) + 1,
                "account": customer * 10,
                "customer": customer,
                "day": day_number(on),
                "minute": more.get("minute"),
                "amount": -yuan(amount[1:]) if amount.startswith("-") else yuan(amount),
                "balance": None if balance is None else yuan(balance),
                "counterparty": more.get("payer", 7),
                "counterparty_customer": None,
                "channel": 2,
                "kind": more.get("kind", GOODS),
                "is_cash": more.get("cash", False),
            }
        )

    def write(self) -> None:
        """Write the files anew."""
        months = defaultdict(list)
        for row in self.rows:
            day = dt.date(1970, 1, 1) + dt.timedelta(days=row["day"])
            months[f"{day:%Y-%m}"].append(row)
        for month, rows in months.items():
            part = self.folder / f"month={month}" / "part-0.parquet"
            part.parent.mkdir(parents=True, exist_ok=True)
            rows.sort(key=lambda row: (row["customer"], row["day"], row["id"]))
            pq.write_table(pa.Table.from_pylist(rows, SCHEMA), part)
