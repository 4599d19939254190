"""How fast an import is: a million loan rows with every check, beside a bare COPY of the same rows.

It works in a database of its own in a temporary folder, so that nobody's book is touched.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from django.db import connection, transaction
from rich.console import Console
from rich.table import Table

from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.choices import BatchStatus
from daihou.feeds.models import ImportBatch
from daihou.loan_book.choices import CustomerKind, IdentityKind
from daihou.loan_book.models import Product
from daihou.staff.models import Branch
from daihou.storage.bulk import copy_in

DAY = dt.date(2026, 6, 30)
LOANS_PER_CUSTOMER = 2
PLAN_STEP = "生成还款计划"
_SEED = 20260630
_BLOCK = 1 << 20
_TABLES = ("loan_book_loan", "loan_book_planversion")


def run_bench(loans: int, folder: Path, *, as_json: bool, console: Console) -> None:
    """Measure and print."""
    _make_ground(loans)
    rows = draw_loans(loans)
    csv_file, parquet_file = folder / "借据.csv", folder / "loans.parquet"
    pacsv.write_csv(rows, csv_file)
    pq.write_table(rows, parquet_file)
    _import(folder / "warm-up", rows.slice(0, 1000))
    figures: dict[str, Any] = {"loans": loans}
    for name, file in (("csv", csv_file), ("parquet", parquet_file)):
        figures[name] = _measure_import(file)
        figures[name]["copy"] = _measure_copy(folder)
        _put_ratios(figures[name], loans)
    if as_json:
        console.print_json(json.dumps(figures))
    else:
        _print(figures, console)


def draw_loans(count: int) -> pa.Table:
    """So many loans of 6 to 36 months in the standard format; seeded, so always the same."""
    random = np.random.default_rng(_SEED)
    number = np.arange(count)
    start = np.arange("2023-01-01", "2026-04-15", dtype="datetime64[D]")[
        random.integers(0, 1200, count)
    ]
    months = random.integers(6, 37, count)
    end = (start.astype("datetime64[M]") + months).astype("datetime64[D]") + random.integers(
        0, 28, count
    )
    methods = np.array(["等额本息", "等额本金", "先息后本"])[random.integers(0, 3, count)]
    amount = random.integers(10_000, 500_000_000, count)
    return pa.table(
        {
            "借据号": pa.array([f"L{n:09d}" for n in number]),
            "客户号": pa.array([f"C{n:09d}" for n in number // LOANS_PER_CUSTOMER]),
            "产品代码": pa.array(np.array(["P1", "P2", "P3"])[random.integers(0, 3, count)]),
            "经办机构号": pa.array(np.array(["01", "02", "03"])[random.integers(0, 3, count)]),
            "借款金额": pa.array([f"{a // 100}.{a % 100:02d}" for a in amount.tolist()]),
            "放款日": pa.array(np.datetime_as_string(start)),
            "到期日": pa.array(np.datetime_as_string(end.astype("datetime64[D]"))),
            "年利率": pa.array([f"{r / 100:.2f}" for r in random.integers(300, 1200, count)]),
            "还款方式": pa.array(methods),
            "主要担保方式": pa.array(np.array(["信用", "保证"])[random.integers(0, 2, count)]),
            "投向行业": pa.array(np.array(["A", "C", "F"])[random.integers(0, 3, count)]),
            "用途": pa.array(
                np.array(["购买种子", "购买原料", "周转"])[random.integers(0, 3, count)]
            ),
        }
    )


def _make_ground(loans: int) -> None:
    """Branches, products and clients, which the loans refer to."""
    branches = [
        Branch.objects.create(code=f"0{n}", name=f"{n} 支行", path=f"0{n}") for n in (1, 2, 3)
    ]
    for n in (1, 2, 3):
        Product.objects.create(code=f"P{n}", name=f"产品{n}")
    count = -(-loans // LOANS_PER_CUSTOMER)
    texts = pa.array([f"C{n:09d}" for n in range(count)])
    with transaction.atomic(), connection.cursor() as wrapped:
        copy_in(
            wrapped.cursor,
            "loan_book_customer",
            {
                "number": texts,
                "name": texts,
                "kind": pa.array([CustomerKind.CONSUMER.value] * count),
                "identity_kind": pa.array([IdentityKind.OTHER.value] * count),
                "identity_number": texts.cast(pa.binary()),
                "identity_index": texts,
                "region": pa.array([""] * count),
                "branch_id": np.full(count, branches[0].pk),
            },
        )
        wrapped.execute("ANALYZE loan_book_customer")


def _import(folder: Path, rows: pa.Table) -> None:
    """A small import first, so that nothing is compiled inside the measurement."""
    folder.mkdir()
    for name, write in (("loans.csv", pacsv.write_csv), ("loans.parquet", pq.write_table)):
        write(rows, folder / name)
        _must_load(import_files(request=_request(folder / name)))
        _empty_tables()


def _request(path: Path) -> ImportRequest:
    return ImportRequest(path=path, format_name="standard", business_date=DAY)


def _must_load(batch: ImportBatch) -> None:
    if batch.status != BatchStatus.LOADED:
        raise RuntimeError(f"the measured import did not load: {batch.problems.first()}")


def _empty_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_TABLES)} CASCADE")


def _measure_import(file: Path) -> dict[str, Any]:
    """Seconds of one whole import, and of making and writing the plans within it."""
    steps: list[tuple[str, float]] = []
    _empty_tables()
    began = time.perf_counter()
    batch = import_files(
        request=_request(file), progress=lambda step: steps.append((step, time.perf_counter()))
    )
    ended = time.perf_counter()
    _must_load(batch)
    times = [*steps, ("", ended)]
    return {"seconds": ended - began} | {
        f"step:{step}": after - at
        for (step, at), (_, after) in itertools.pairwise(times)
        if after - at > 0.01
    }


def _measure_copy(folder: Path) -> dict[str, float]:
    """Seconds of bare COPY of the rows just imported, into the same tables and into bare ones."""
    files = {table: folder / f"{table}.copy" for table in _TABLES}
    for table, file in files.items():
        out_of = f"COPY {table} TO STDOUT (FORMAT binary)"
        with (
            file.open("wb") as out,
            connection.cursor() as wrapped,
            wrapped.cursor.copy(out_of) as copy,
        ):
            for block in copy:
                out.write(block)
    _empty_tables()
    loan_file, plan_file = (files[table] for table in _TABLES)
    found: dict[str, float] = {}
    with _stopwatch(found, "seconds"), transaction.atomic():
        _copy_file(loan_file, _TABLES[0])
        _copy_file(plan_file, _TABLES[1])
    _empty_tables()
    with _stopwatch(found, "loans_seconds"), transaction.atomic():
        _copy_file(loan_file, _TABLES[0])
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table})")
    with _stopwatch(found, "bare_seconds"), transaction.atomic():
        for table, file in files.items():
            _copy_file(file, f"bare_{table}")
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DROP TABLE bare_{table}")
    return found


def _copy_file(file: Path, table: str) -> None:
    into = f"COPY {table} FROM STDIN (FORMAT binary)"
    with (
        file.open("rb") as blocks,
        connection.cursor() as wrapped,
        wrapped.cursor.copy(into) as copy,
    ):
        while block := blocks.read(_BLOCK):
            copy.write(block)


@contextmanager
def _stopwatch(found: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    found[name] = time.perf_counter() - began


def _put_ratios(figures: dict[str, Any], loans: int) -> None:
    """Speed of the import as a share of the speed of COPY: 1 is as fast, 0.33 the target."""
    copy, seconds = figures["copy"], figures["seconds"]
    without_plans = seconds - figures.get(f"step:{PLAN_STEP}", 0.0)
    figures["rows_per_second"] = loans / seconds
    figures["of_copy"] = copy["seconds"] / seconds
    figures["of_bare_copy"] = copy["bare_seconds"] / seconds
    figures["loans_only_of_copy"] = copy["loans_seconds"] / without_plans


def _print(figures: dict[str, Any], console: Console) -> None:
    loans = figures["loans"]
    table = Table("做法", "秒", "借据/秒", "相当于 COPY 速度", title=f"{loans:,} 笔借据及还款计划")

    def show(said: str, seconds: float, copy_seconds: float) -> None:
        speed, share = f"{loans / seconds:,.0f}", f"{copy_seconds / seconds:.2f}"
        table.add_row(said, f"{seconds:.1f}", speed, share)

    for name, said in (("csv", "CSV"), ("parquet", "Parquet")):
        one = figures[name]
        copy = one["copy"]
        show(f"导入 {said}(全部核对、生成计划)", one["seconds"], copy["seconds"])
        show("  COPY 同样的行到同样的表", copy["seconds"], copy["seconds"])
        show("  COPY 同样的行到无索引的空表", copy["bare_seconds"], copy["seconds"])
    console.print(table)
    for name in ("csv", "parquet"):
        one = figures[name]
        steps = ((k.removeprefix("step:"), v) for k, v in one.items() if "step:" in k)
        console.print(f"{name}:" + ",".join(f"{step} {seconds:.1f} 秒" for step, seconds in steps))
        console.print(f"  只算借据、不算计划:COPY 速度的 {one['loans_only_of_copy']:.2f} 倍")
