"""The verb `models`: train, judge and list risk models; needs the extra `models`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from daihou.risk_models.judging import Spans
    from daihou.risk_models.panels import Panel

app = typer.Typer(help="风险模型:训练、检验、清单(需要附加组件 models)", no_args_is_help=True)
console = Console()

Data = Annotated[Literal["auto_loans", "book"], typer.Option(help="公开车贷数据,或本行台账的快照")]
Folder = Annotated[Path | None, typer.Option(help="auto_loans 数据所在文件夹")]
Month = Annotated[str | None, typer.Option(help="观察月,如 2018-12")]
Sample = Annotated[int, typer.Option(min=1, max=1000, help="每千笔取多少笔(台账很大时)")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@app.command()
def train(
    data: Data = "book",
    folder: Folder = None,
    method: Annotated[
        Literal["boosted_trees", "scorecard"], typer.Option(help="提升树,或评分卡")
    ] = "boosted_trees",
    train_to: Month = None,
    sample: Sample = 1000,
) -> None:
    """训练一版模型,检验后存为草案(提交、审批在“风险模型”页面)."""
    panel, spans = _prepared(data, folder, train_to, sample)
    from django.utils import timezone

    from daihou.risk_models.choices import Method
    from daihou.risk_models.training import train_version

    today = timezone.localdate()
    version = _or_stop(
        train_version, panel=panel, spans=spans, method=Method(method), trained_on=today, by=None
    )
    console.print(f"{version}({version.get_method_display()})已存为草案。", markup=False)
    _show(version.figures, str(version.get_method_display()))


@app.command()
def judge(
    data: Data = "book", folder: Folder = None, train_to: Month = None, sample: Sample = 1000,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """按时间先后检验各方法,与三个逾期计数的逻辑回归并列;不保存任何模型."""
    panel, spans = _prepared(data, folder, train_to, sample)
    from daihou.risk_models.trials import trial

    found = _or_stop(trial, panel=panel, spans=spans)
    if as_json:
        console.print_json(json.dumps(found))
        return
    from daihou.cli.models_page import as_markdown

    console.print("\n".join(as_markdown(found)), markup=False, soft_wrap=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """列出各模型的各版."""
    _start()
    from daihou.risk_models.models import ModelVersion

    versions = ModelVersion.objects.select_related("model").defer("artefact")
    rows = [
        {
            "model": one.model.code, "number": one.number, "method": one.method,
            "state": one.state, "trained_on": one.trained_on.isoformat(),
            "auc": (one.figures.get("judged") or {}).get("auc"),
        }
        for one in versions
    ]  # fmt: skip
    if as_json:
        console.print_json(json.dumps(rows))
        return
    table = Table("模型", "版", "方法", "状态", "训练日", "AUC")
    for one, row in zip(versions, rows, strict=True):
        auc = "—" if row["auc"] is None else f"{row['auc']:.3f}"
        table.add_row(one.model.name, str(one.number), one.get_method_display(),
                      one.get_state_display(), str(one.trained_on), auc)  # fmt: skip
    console.print(table)


def _start() -> None:
    from daihou.cli.main import start_django

    start_django()


def _prepared(
    data: str, folder: Path | None, train_to: str | None, sample: int
) -> tuple[Panel, Spans]:
    """The panel and the months to learn and to judge on."""
    _start()
    from django.conf import settings

    from daihou.risk_models.judging import Spans, spans_of_book
    from daihou.risk_models.panels import auto_loans_panel, book_panel, month_ends, month_number

    if data == "auto_loans":
        if folder is None or not (folder / "monthly.parquet").exists():
            raise typer.BadParameter(
                "请用 --folder 指明放有 loans.parquet、monthly.parquet 的文件夹"
            )
        asked = month_number(train_to or "2018-12")
        spans = Spans(asked, asked + 1, asked + 8, month_number("2019-09"), month_number("2020-06"))
        return auto_loans_panel(folder), spans
    files = month_ends(Path(settings.SNAPSHOT_FOLDER))
    if not files:
        _stop("还没有快照:请先运行日终。")
    panel = book_panel(files, per_thousand=sample)
    found = spans_of_book(panel, month_number(train_to) if train_to else None)
    if found is None:
        _stop("快照太短:至少要有两个观察月,其后还有 6 个月的快照。")
    return panel, found


def _or_stop(work: Any, **arguments: Any) -> Any:
    from daihou.risk_models.trials import TooLittle

    try:
        return work(**arguments)
    except TooLittle as problem:
        _stop(str(problem))


def _stop(text: str) -> NoReturn:
    console.print(f"[red]{text}[/]")
    raise typer.Exit(2)


def _show(figures: dict[str, Any], name: str) -> None:
    table = Table("检验期(训练期之后)", name, "三个逾期计数")
    own, floor = figures["judged"], figures["floor"]
    for title, key in (("AUC", "auc"), ("KS", "ks")):
        table.add_row(title, *(f"{one[key]:.3f}" if one[key] else "—" for one in (own, floor)))
    table.add_row("事件", f"{own['events']:,}", f"{floor['events']:,}")
    console.print(table)
