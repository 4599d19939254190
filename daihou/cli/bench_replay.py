"""`daihou bench replay`: the same book on each day of a year, against one day's computation.

The columnar book is built once; then every loan's standing is worked out on each of the days, by
what was known on it. The yardstick is the same computation of one day, measured in the same run.
"""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from rich.console import Console

from daihou.cli.bench_book import DAY, fill
from daihou.cli.bench_day import own_database
from daihou.servicing.book_on_day import BookOnDay
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_files import ColumnarBookFiles
from daihou.servicing.marks import take_marks
from loanmath.warm_up import warm_up

_SINGLE_DAYS = 5


def bench_replay(*, loans: int, days: int, as_json: bool) -> int:
    """Measure and print; returns the exit code."""
    console = Console(stderr=as_json)
    with own_database(keep=False), tempfile.TemporaryDirectory(dir=settings.DAIHOU_HOME) as folder:
        console.print(f"正在生成 {loans:,} 笔借据……")
        fill(connection.connection, loans)
        warm_up()
        files = ColumnarBookFiles(Path(folder), connection.connection)
        with transaction.atomic():
            book = files.up_to(take_marks(connection.connection))
        files.settle()
        result = {"loans": loans, **_measure(book, days)}
    if as_json:
        Console().print_json(data=result)
    else:
        console.print(
            f"{loans:,} 笔借据重放 {days} 天:{result['seconds']} 秒,"
            f"单日计算 {result['single_day_seconds']} 秒,合 {result['single_days']} 个单日"
        )
    return 0


def _measure(book: ColumnarBook, days: int) -> dict[str, Any]:
    single = statistics.median(_seconds_for(book, [DAY]) for _ in range(_SINGLE_DAYS))
    seconds = _seconds_for(book, [DAY - dt.timedelta(days=n) for n in range(days)][::-1])
    return {
        "days": days,
        "seconds": round(seconds, 2),
        "single_day_seconds": round(single, 4),
        "single_days": round(seconds / single, 1),
    }


def _seconds_for(book: ColumnarBook, days: list[dt.date]) -> float:
    started = time.perf_counter()
    for day in days:
        BookOnDay.of(book, day)
    return time.perf_counter() - started
