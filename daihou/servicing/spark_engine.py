"""Positions by Spark: the book in Parquet, the kernel in every executor, the result read back.

Import it only where Spark is asked for: it needs the extra `spark` (see docs/operations/spark.md).
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.partitioned_book import (
    BOOK_SCHEMA,
    POSITION_SCHEMA,
    positions_of,
    read_positions,
    write_book,
)
from loanmath.compiled import KERNEL_VERSION
from loanmath.dates import day_number
from loanmath.positions import Positions, make_positions

LOANS_PER_FILE = 100_000
_ROWS_PER_BATCH = 10_000  # what one task holds at a time on each side of the way to Python
_SQL_TYPES = {
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
}


class SparkCannotStart(Exception):
    """Spark is not there or does not come up; the message says what to do."""


class SparkEngine:
    """An engine for `BookOnDay.of`, to be started before its first day and stopped after its last.

    `master` is Spark's own word for where to work: `local[*]`, `spark://…`, `yarn`. `folder` must
    have the same name on every machine that works; what is in it is gone after each day.
    """

    def __init__(self, folder: Path, master: str, loans_per_file: int = LOANS_PER_FILE) -> None:
        self._folder = folder.resolve()
        self._master = master
        self._loans_per_file = loans_per_file
        self._spark: Any = None

    @classmethod
    def of_installation(cls) -> SparkEngine:
        """The engine as the installation's settings say."""
        return cls(Path(settings.SPARK_FOLDER), settings.SPARK_MASTER)

    def start(self) -> None:
        """Start Spark; raises `SparkCannotStart`."""
        self._spark = _session(self._master)

    def stop(self) -> None:
        """Stop Spark."""
        self._spark.stop()

    def __call__(self, columnar: ColumnarBook, day: dt.date) -> Positions:
        """Where every loan stands on the evening of the day, in the order of the book."""
        loan_ids, customers = columnar.loans["loan_id"], columnar.loans["customer_id"]
        if not loan_ids.size:
            return make_positions(0)
        sent, returned = self._folder / "book", self._folder / "positions"
        self._clear()  # of what a killed run left behind
        try:
            books = columnar.on(day_number(day))
            write_book(sent, books, loan_ids, customers, self._loans_per_file)
            self._compute(sent, returned, day_number(day))
            return read_positions(sorted(returned.glob("part-*.parquet")), loan_ids)
        finally:
            self._clear()

    def _compute(self, sent: Path, returned: Path, day: int) -> None:
        kernel = KERNEL_VERSION

        def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return positions_of(batches, day, kernel)

        loans = self._spark.read.schema(_sql_schema(BOOK_SCHEMA)).parquet(sent.as_uri())
        loans.mapInArrow(work, _sql_schema(POSITION_SCHEMA)).write.parquet(returned.as_uri())

    def _clear(self) -> None:
        for name in ("book", "positions"):
            shutil.rmtree(self._folder / name, ignore_errors=True)


def _sql_schema(schema: pa.Schema) -> str:
    """An Arrow schema in Spark's words."""
    return ", ".join(f"`{field.name}` {_sql_type(field.type)}" for field in schema)


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_sql_type(kind.value_type)}>"
    return _SQL_TYPES[kind]


def _session(master: str) -> Any:
    """A Spark session; on one machine it neither shows pages nor listens beyond loopback."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise SparkCannotStart("Spark 需要 Java 17:请安装后再试,或设置 JAVA_HOME")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder: Any = SparkSession.builder.appName("daihou").master(master)
    for name, value in _options(master).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError) as problem:
        # Java's own account of it goes on for a page; the exception behind this one has it all.
        reason = " ".join(str(problem).splitlines()[:2])
        raise SparkCannotStart(f"Spark 没有启动({master}):{reason}") from problem
    session.sparkContext.setLogLevel("ERROR")
    return session


def _options(master: str) -> dict[str, str]:
    """What does not depend on the cluster; the rest is Spark's own configuration."""
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(_ROWS_PER_BATCH),
        "spark.sql.catalogImplementation": "in-memory",
    }
    if master.startswith("local"):
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        options |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if master == "local" or master.startswith("local["):
        options["spark.authenticate"] = "true"  # everybody on the machine can reach loopback
    return options
