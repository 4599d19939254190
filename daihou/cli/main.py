"""The `daihou` command: one verb per function, each handing over to the module of its name.

Verbs import what they need when they run, so that `daihou --help` and `daihou doctor` answer at
once and also where the database cannot start.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Literal

import django
import typer
from rich.console import Console

from daihou.cli.bench import app as bench_app
from daihou.cli.models import app as models_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daihou.settings")

app = typer.Typer(help="贷后管理系统命令行", no_args_is_help=True, add_completion=False)
app.add_typer(bench_app, name="bench")
signals_app = typer.Typer(help="预警信号目录", no_args_is_help=True)
app.add_typer(signals_app, name="signals")
app.add_typer(models_app, name="models")
console = Console()

Host = Annotated[str, typer.Option(help="监听地址")]
Port = Annotated[int, typer.Option(help="监听端口")]


def start_django() -> None:
    """Load settings and models, with a clear word if the database cannot start."""
    from daihou.storage.errors import LocalPostgresError

    try:
        django.setup()
    except LocalPostgresError as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(3) from None


def prepare() -> None:
    """Bring the installation up to date, with a clear word if others hold the tables."""
    from daihou.cli.init import prepare_installation
    from daihou.cli.upgrading import TablesAreHeld

    try:
        prepare_installation()
    except TablesAreHeld as problem:
        console.print(f"[red]{problem}[/]")
        raise typer.Exit(2) from None


def day_option(text: str | None) -> dt.date | None:
    """A date as written on the command line, 2026-06-30."""
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"日期应写作 2026-06-30,收到的是 {text!r}") from None


@app.command("train-event-tone")
def train_event_tone(
    path: Annotated[
        Path, typer.Argument(help="Parquet 文件,列 sentences、sign(0 中性 1 正面 2 负面)")
    ],
    name: Annotated[str, typer.Option(help="数据出处与许可,随模型保存")],
) -> None:
    """训练外部事件的文字语气模型(需要 models 附加包),并报告留出集上的效果."""
    start_django()
    from daihou.cli.event_tone import train_event_tone as run

    raise typer.Exit(run(path=path, name=name))


@app.command()
def init() -> None:
    """准备运行环境:数据库结构、网页文件、计算内核(可重复执行)."""
    start_django()
    prepare()
    console.print("准备完毕。")


@app.command()
def demo(host: Host = "127.0.0.1", port: Port = 8000, serve_it: bool = True) -> None:
    """建立演示银行(只建一次,不动已有数据)并启动工作台."""
    start_django()
    prepare()
    from daihou.cli.demo import show_demo
    from daihou.demo_bank.making import DemoRefused

    try:
        raise typer.Exit(show_demo(host, port, serve_it=serve_it))
    except DemoRefused as refusal:
        console.print(f"[red]{refusal}[/]")
        raise typer.Exit(2) from None


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """启动工作台网页与后台任务."""
    start_django()
    prepare()
    from daihou.cli.serve import PortTaken
    from daihou.cli.serve import serve as run_server

    try:
        raise typer.Exit(run_server(host, port))
    except PortTaken as problem:
        console.print(f"[red]{problem}[/]")
        raise typer.Exit(2) from None


@app.command(name="import")
def import_(
    path: Annotated[Path | None, typer.Argument(help="一个文件,或放有各表文件的文件夹")] = None,
    format_name: Annotated[str, typer.Option("--format", help="格式,见 docs/formats")] = "standard",
    dry_run: Annotated[bool, typer.Option(help="只试算,不入库")] = False,
    good_rows: Annotated[bool, typer.Option(help="有错时仍入库正确的行")] = False,
    date: Annotated[str | None, typer.Option(help="营业日,如 2026-11-23")] = None,
    undo: Annotated[int | None, typer.Option(help="撤销这个批次号")] = None,
    templates: Annotated[Path | None, typer.Option(help="把空白模板与格式说明写入此文件夹")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """导入文件,撤销一个批次,或写出空白模板."""
    start_django()
    from daihou.cli.import_files import import_or_undo, write_templates

    if templates is not None:
        raise typer.Exit(write_templates(templates, console))
    raise typer.Exit(
        import_or_undo(path, format_name, dry_run, good_rows, date, undo, as_json, console)
    )


@app.command()
def worker() -> None:
    """只运行后台任务(日终、导入等)."""
    start_django()
    from django.core.management import call_command

    call_command("procrastinate", "worker")


@app.command("run-day")
def run_day(
    date: Annotated[str | None, typer.Option(help="营业日(年-月-日);默认为下一个营业日")] = None,
    until: Annotated[str | None, typer.Option(help="依次运行到这一天")] = None,
    month_ends: Annotated[
        bool, typer.Option("--month-ends", help="只运行月末日(补录多年历史时用)")
    ] = False,
    engine: Annotated[
        Literal["local", "spark"],
        typer.Option(help="由谁计算借据状态:本机,或 Spark(见 docs/operations/spark.md)"),
    ] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """运行日终:补齐漏跑的营业日,中断后可再次运行."""
    start_django()
    from daihou.cli.run_day import EngineName
    from daihou.cli.run_day import run_day as run

    days = {"date": day_option(date), "until": day_option(until)}
    chosen = EngineName(engine)
    raise typer.Exit(run(**days, only_month_ends=month_ends, engine=chosen, as_json=as_json))


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> None:
    """检查本机缺什么、怎么补."""
    from daihou.cli.doctor import doctor as run

    raise typer.Exit(run(as_json=as_json))


@app.command()
def verify(
    date: Annotated[str | None, typer.Option(help="营业日;默认为最近一个已日终的营业日")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """由流水重新计算一个营业日,与存储的结果逐项核对;有不一致时退出码为 1."""
    start_django()
    from daihou.cli.verify import verify as run

    raise typer.Exit(run(date=day_option(date), as_json=as_json))


@signals_app.command("list")
def list_signals(
    date: Annotated[str | None, typer.Option(help="营业日;默认为最近一个已日终的营业日")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """列出全部预警信号:条件、颜色、状态、缺什么数据、覆盖多少."""
    start_django()
    from daihou.cli.signal_list import show_signals

    show_signals(day=day_option(date), as_json=as_json)


@app.command()
def backup(
    path: Annotated[Path, typer.Argument(help="新建的备份文件夹")],
    key_copy: Annotated[
        Path | None, typer.Option("--key-copy", help="另把个人信息密钥复制到此文件(须在别处)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """备份整个系统(运行中也可备份);备份不含个人信息密钥."""
    start_django()
    from daihou.cli.backup import backup as run

    raise typer.Exit(run(path, key_copy=key_copy, as_json=as_json))


@app.command()
def restore(
    path: Annotated[Path, typer.Argument(help="备份文件夹")],
    replace: Annotated[bool, typer.Option("--replace", help="取代这里已有的数据")] = False,
    key: Annotated[Path | None, typer.Option("--key", help="另行保管的个人信息密钥文件")] = None,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="密钥已丢失,恢复其余数据")
    ] = False,
    verify: Annotated[bool, typer.Option(help="恢复后由流水重新计算并核对")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """由备份恢复整个系统;先逐项核对,再一次换上."""
    start_django()
    from daihou.cli.backup import restore as run

    raise typer.Exit(
        run(
            path,
            replace=replace,
            key=key,
            without_key=without_key,
            verify=verify,
            as_json=as_json,
        )
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def manage(context: typer.Context) -> None:
    """运行 Django 管理命令(迁移、建用户等)."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["daihou manage", *context.args])
