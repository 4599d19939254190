"""The verb `bench`: measurements that anyone can repeat."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(help="性能测量", no_args_is_help=True)
console = Console()

Loans = Annotated[int, typer.Option(min=1000, help="借据数")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@app.command("import")
def bench_import(loans: Loans = 1_000_000, as_json: AsJson = False) -> None:
    """测量导入速度:与同样数据的 COPY 并排比较(在临时数据库中进行)."""
    with _own_database() as home:
        from daihou.cli.bench_import import run_bench

        files = home / "files"
        files.mkdir()
        run_bench(loans, files, as_json=as_json, console=console)


@app.command("real-book")
def bench_real_book(
    path: Annotated[Path, typer.Argument(help="abs-ee-auto 格式的文件夹")], as_json: AsJson = False
) -> None:
    """把真实台账导入临时数据库,逐月计算余额,与申报余额对照."""
    with _own_database():
        from daihou.cli.bench_real_book import as_markdown, real_book_figures

        figures = real_book_figures(path)
        if as_json:
            console.print_json(json.dumps(figures))
        else:
            console.print("\n".join(as_markdown(figures)), markup=False, soft_wrap=True)


@app.command("early-warning")
def bench_early_warning(
    path: Annotated[Path, typer.Argument(help="commercial_mortgages 数据的文件夹")],
) -> None:
    """在真实商业抵押贷款上逐月运行契约与还款规则:提前几个月、每百笔月误报几次."""
    from daihou.cli.bench_early_warning import as_markdown
    from daihou.risk_models.evidence import evidence

    console.print("\n".join(as_markdown(evidence(path))), markup=False, soft_wrap=True)


@app.command("day")
def bench_day(
    loans: Annotated[
        list[int] | None, typer.Option(min=1000, help="借据数;写几次就测几种大小,并给出增长指数")
    ] = None,
    transactions: Annotated[int, typer.Option(min=0, help="账户流水笔数(近一年);0 为不含流水")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="保留测量用的数据库")] = False,
    as_json: AsJson = False,
) -> None:
    """测量日终速度:与纯搬运数据、与 ORM 逐笔处理并排比较(在单独的数据库中进行)."""
    from daihou.cli.main import start_django

    start_django()
    from daihou.cli.bench_day import bench_day as measure

    sizes = loans or [1_000_000]
    raise typer.Exit(measure(sizes=sizes, transactions=transactions, keep=keep, as_json=as_json))


@app.command("replay")
def bench_replay(
    loans: Loans = 1_000_000,
    days: Annotated[int, typer.Option(min=1, help="重放多少天")] = 365,
    as_json: AsJson = False,
) -> None:
    """测量重放:整本账在过去每一天的状态,与一天的计算并排(在单独的数据库中进行)."""
    from daihou.cli.main import start_django

    start_django()
    from daihou.cli.bench_replay import bench_replay as measure

    raise typer.Exit(measure(loans=loans, days=days, as_json=as_json))


@app.command("corrections")
def bench_corrections(
    loans: Annotated[int, typer.Option(min=1000, help="借据数")] = 20_000,
    corrected: Annotated[int, typer.Option(help="补记还款的借据数")] = 10_000,
    days: Annotated[int, typer.Option(min=1, help="补记晚了多少天")] = 40,
) -> None:
    """测量更正历史的速度:一天里补记许多天前的还款(在临时数据库中进行)."""
    with _own_database():
        from daihou.cli.bench_corrections import run_bench

        console.print_json(json.dumps(run_bench(loans, corrected, days)))


@app.command("batch")
def bench_batch(
    rows: Annotated[int, typer.Option(min=1000, help="放款行数;还款行数是它的两倍")] = 20_000_000,
    as_json: AsJson = False,
) -> None:
    """按他人公布的银行批处理形状测量:放款左联还款,按产品汇总并去重计数."""
    from daihou.cli.bench_batch import bench_batch as measure

    raise typer.Exit(measure(rows=rows, as_json=as_json))


@app.command("schedules")
def bench_schedules(
    loans: Loans = 1_000_000,
    looped: Annotated[int, typer.Option(min=100, help="Decimal 循环处理的借据数")] = 5_000,
    as_json: AsJson = False,
) -> None:
    """测量还款计划的速度:内核与逐笔 Decimal 循环并排,同一批计划逐期到分比对."""
    from daihou.cli.bench_schedules import bench_schedules as measure

    raise typer.Exit(measure(loans=loans, looped=looped, as_json=as_json))


@contextmanager
def _own_database() -> Iterator[Path]:
    """A database in a temporary folder, with all tables, gone afterwards."""
    from daihou.cli.main import start_django

    with tempfile.TemporaryDirectory(prefix="daihou-bench-") as folder:
        home = Path(folder)
        os.environ["DAIHOU_HOME"] = folder
        os.environ.pop("DATABASE_URL", None)
        start_django()
        from django.core.management import call_command

        try:
            call_command("migrate", verbosity=0)
            yield home
        finally:
            _stop(home)


def _stop(home: Path) -> None:
    """Throw the temporary database away; its files may lie outside its folder."""
    from django.db import connection

    from daihou.storage.local_postgres import discard

    connection.close()
    discard(home)
