"""The verb `bench`: measurements that anyone can repeat."""

from __future__ import annotations

import os
import tempfile
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
    from daihou.cli.main import start_django

    with tempfile.TemporaryDirectory(prefix="daihou-bench-") as folder:
        os.environ["DAIHOU_HOME"] = folder
        os.environ.pop("DATABASE_URL", None)
        start_django()
        try:
            _bench_import(loans, Path(folder), as_json=as_json)
        finally:
            _stop(Path(folder))


@app.command("day")
def bench_day(
    loans: Loans = 1_000_000,
    keep: Annotated[bool, typer.Option("--keep", help="保留测量用的数据库")] = False,
    as_json: AsJson = False,
) -> None:
    """测量日终速度:与纯搬运数据、与 ORM 逐笔处理并排比较(在单独的数据库中进行)."""
    from daihou.cli.main import start_django

    start_django()
    from daihou.cli.bench_day import bench_day as measure

    raise typer.Exit(measure(loans=loans, keep=keep, as_json=as_json))


def _bench_import(loans: int, home: Path, *, as_json: bool) -> None:
    from django.core.management import call_command

    from daihou.cli.bench_import import run_bench

    call_command("migrate", verbosity=0)
    files = home / "files"
    files.mkdir()
    run_bench(loans, files, as_json=as_json, console=console)


def _stop(home: Path) -> None:
    """Stop the temporary database before its folder goes."""
    from django.db import connection

    from daihou.storage.local_postgres import leave

    connection.close()
    leave(home)
