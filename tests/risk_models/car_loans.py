"""Car loans made up for the tests, in the files and columns of the public data."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FIRST_YEAR = 2017
MONTHS = 30


def write_car_loans(folder: Path, *, loans: int = 260, months: int = MONTHS) -> Path:
    """Loans of three kinds: they always pay, they sometimes skip, they skip ever more often."""
    chance = random.Random(7)
    terms, paid = [], []
    for number in range(loans):
        habit = chance.choice((0.01, 0.08, 0.35))
        terms.append(_terms(str(number), habit, chance))
        balance = 10_000.0
        for month in range(months):
            pays = 0.0 if chance.random() < habit else 300.0
            balance -= pays * 0.8
            paid.append(
                {
                    "src_file": "made_up", "assetNumber": str(number), "month_no": month,
                    "month": f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}",
                    "balance_end": max(balance, 1.0), "total_paid": pays,
                }
            )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(terms), folder / "loans.parquet")
    pq.write_table(pa.Table.from_pylist(paid), folder / "monthly.parquet")
    return folder


def cut_after(folder: Path, month: str, into: Path) -> Path:
    """The same files as they would have been at the end of a month."""
    into.mkdir(parents=True)
    known = pq.read_table(folder / "monthly.parquet", filters=[("month", "<=", month)])
    pq.write_table(known, into / "monthly.parquet")
    pq.write_table(pq.read_table(folder / "loans.parquet"), into / "loans.parquet")
    return into


def _terms(number: str, habit: float, chance: random.Random) -> dict[str, object]:
    return {
        "src_file": "made_up", "assetNumber": number, "originalLoanAmount": 10_000.0,
        "reportingPeriodScheduledPaymentAmount": 300.0, "originalInterestRatePercentage": 0.05,
        "obligorCreditScore": 800 - 300 * habit + chance.uniform(-60, 60),
        "paymentToIncomePercentage": chance.uniform(0.02, 0.2), "vehicleValueAmount": 11_000,
    }  # fmt: skip
