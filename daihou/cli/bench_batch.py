"""`daihou bench batch`: a bank's batch in the shape in which others published theirs.

Disbursements left-joined to twice as many repayments, grouped by product with a distinct count. The
published run had 20 million rows against 40 million: 7.9 hours in MySQL, 230 seconds in a columnar
engine, with one thread and 16 GB. Those were other machines and other rows, so the ratios are a
rough mark and no race. Ours: DuckDB over Parquet, one thread, at most 16 GB.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from daihou.cli.memory_watch import MemoryWatch
from loanmath.money import Money

PUBLISHED_ROWS = 20_000_000
PUBLISHED_ROW_STORE_SECONDS = 28_440  # 7.9 hours
PUBLISHED_COLUMNAR_SECONDS = 230
REPAYMENTS_PER_LOAN = 2
_SEED = 20260627
_CHUNK = 1_000_000
_PRODUCTS = 40
_FIRST_DAY, _DAYS = 19_723, 900  # from 2024-01-01
_MOST_PAID = 2_000_000  # fen
_MEMORY_MEASURED = "本进程的 PSS,每 0.25 秒取样"

Numbers = npt.NDArray[np.int64]

QUERY = """
SELECT loan.product, count(DISTINCT loan.loan_id) AS loans, count(paid.loan_id) AS repayments,
       sum(paid.amount) AS repaid
FROM read_parquet($disbursements) AS loan
LEFT JOIN read_parquet($repayments) AS paid ON paid.loan_id = loan.loan_id
GROUP BY loan.product ORDER BY loan.product
"""


@dataclass(frozen=True)
class BatchFiles:
    """The two tables as Parquet files, and what the sums over all products must come to."""

    disbursements: Path
    repayments: Path
    loans: int
    repayment_rows: int
    repaid: Money


class WrongTotals(Exception):
    """The result does not add up to the rows that were written."""


def bench_batch(*, rows: int, as_json: bool) -> int:
    """Write the rows, measure, print; the files are gone afterwards. Returns the exit code."""
    console = Console(stderr=as_json)
    with tempfile.TemporaryDirectory(prefix="daihou-bench-") as folder:
        console.print(f"正在生成 {rows:,} 行放款与 {rows * REPAYMENTS_PER_LOAN:,} 行还款……")
        files = write_rows(Path(folder), rows)
        console.print("正在联接并汇总……")
        result = _measure(files, Path(folder) / "spill")
    if as_json:
        Console().print_json(data=result)
    else:
        _show(result, console)
    return 0


def write_rows(folder: Path, loans: int) -> BatchFiles:
    """Draw both tables chunk by chunk, the same for the same number of loans.

    Loans stand in no order of their numbers, repayments in no order of loans, and about one loan in
    seven has none.
    """
    disbursements, repayments = folder / "disbursements.parquet", folder / "repayments.parquet"
    random = np.random.default_rng(_SEED)
    _write(disbursements, _disbursement_chunks(random, loans))
    repaid = _write(repayments, _repayment_chunks(random, loans))
    rows = loans * REPAYMENTS_PER_LOAN
    return BatchFiles(disbursements, repayments, loans, rows, Money(repaid))


def _disbursement_chunks(random: np.random.Generator, loans: int) -> Iterator[pa.Table]:
    numbers = random.permutation(loans) + 1
    for start in range(0, loans, _CHUNK):
        loan_id = numbers[start : start + _CHUNK]
        yield pa.table(
            {
                "loan_id": loan_id,
                "customer_id": random.integers(1, loans + 1, loan_id.size),
                "product": _product_names(random, loan_id.size),
                "amount": random.integers(10_000, 500_000, loan_id.size) * 100,
                "disbursed_on": _days(random, loan_id.size),
            }
        )


def _repayment_chunks(random: np.random.Generator, loans: int) -> Iterator[pa.Table]:
    rows = loans * REPAYMENTS_PER_LOAN
    for start in range(0, rows, _CHUNK):
        size = min(_CHUNK, rows - start)
        yield pa.table(
            {
                "loan_id": random.integers(1, loans + 1, size),
                "amount": random.integers(1, _MOST_PAID, size),
                "paid_on": _days(random, size),
            }
        )


def _product_names(random: np.random.Generator, size: int) -> pa.DictionaryArray:
    names = pa.array([f"P{number:02d}" for number in range(_PRODUCTS)])
    places = random.integers(0, _PRODUCTS, size).astype(np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(places), names)


def _days(random: np.random.Generator, size: int) -> pa.Array:
    days = random.integers(_FIRST_DAY, _FIRST_DAY + _DAYS, size).astype(np.int32)
    return pa.array(days).cast(pa.date32())


def _write(path: Path, chunks: Iterator[pa.Table]) -> int:
    """Write the chunks one by one; returns the sum of their amounts."""
    total = 0
    writer: pq.ParquetWriter | None = None
    for chunk in chunks:
        writer = writer or pq.ParquetWriter(path, chunk.schema)
        writer.write_table(chunk)
        total += int(chunk["amount"].to_numpy().sum())
    if writer is not None:
        writer.close()
    return total


def ask(files: BatchFiles, spill: Path) -> list[tuple[str, int, int, int | None]]:
    """Product, loans, repayments and the sum repaid, by one thread within 16 GB.

    Raises `WrongTotals` if the products together are not what was written.
    """
    limits: dict[str, Any] = {
        "threads": 1,
        "memory_limit": "16GB",
        "temp_directory": str(spill),
    }
    with duckdb.connect(config=limits) as engine:
        names = {"disbursements": str(files.disbursements), "repayments": str(files.repayments)}
        found = engine.execute(QUERY, names).fetchall()
    totals = tuple(sum(int(row[place] or 0) for row in found) for place in (1, 2, 3))
    if totals != (files.loans, files.repayment_rows, files.repaid):
        raise WrongTotals(f"汇总 {totals} 与写入的行不符")
    return found


def _measure(files: BatchFiles, spill: Path) -> dict[str, Any]:
    with MemoryWatch(None) as memory:
        started, worked = time.perf_counter(), time.process_time()
        found = ask(files, spill)
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - worked
    scale = files.loans / PUBLISHED_ROWS
    return {
        "disbursement_rows": files.loans,
        "repayment_rows": files.repayment_rows,
        "file_bytes": files.disbursements.stat().st_size + files.repayments.stat().st_size,
        "products": len(found),
        "threads": 1,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),  # less than the seconds where others work as well
        "peak_memory_bytes": memory.peak,
        "memory_measured": _MEMORY_MEASURED,
        "published_row_store_seconds": PUBLISHED_ROW_STORE_SECONDS,
        "published_columnar_seconds": PUBLISHED_COLUMNAR_SECONDS,
        # against the published time for as many rows, taken in proportion
        "times_faster_than_row_store": round(PUBLISHED_ROW_STORE_SECONDS * scale / seconds, 1),
        "times_faster_than_columnar": round(PUBLISHED_COLUMNAR_SECONDS * scale / seconds, 2),
        "is_published_size": files.loans == PUBLISHED_ROWS,
    }


def _show(result: dict[str, Any], console: Console) -> None:
    table = Table("", "秒", "本系统快", title="放款左联还款,按产品汇总并去重计数")
    table.add_row("本系统(DuckDB,单线程)", f"{result['seconds']:,.1f}", "")
    for name, key in (("他人公布:MySQL", "row_store"), ("他人公布:列存引擎", "columnar")):
        seconds, times = result[f"published_{key}_seconds"], result[f"times_faster_than_{key}"]
        table.add_row(name, f"{seconds:,}", f"{times:,} 倍")
    console.print(table)
    console.print(
        f"其中处理器时间 {result['cpu_seconds']:,.1f} 秒\n"
        f"{result['disbursement_rows']:,} 行放款,{result['repayment_rows']:,} 行还款,"
        f"文件 {result['file_bytes'] / 2**20:,.0f} MiB\n"
        f"内存峰值 {result['peak_memory_bytes'] / 2**30:.2f} GiB({result['memory_measured']})\n"
        "他人公布的数字(2,000 万行左联 4,000 万行,单线程,16 GB)在别的机器、别的数据上测得,"
        + (
            "只作粗略参照。"
            if result["is_published_size"]
            else "行数不同,已按比例折算,只作粗略参照。"
        )
    )
