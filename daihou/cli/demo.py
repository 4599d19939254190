"""`daihou demo`: the demo bank, made once, and served."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from daihou.cli.serve import serve
from daihou.demo_bank.connected_systems import connect_core_system
from daihou.demo_bank.making import PASSWORD, is_made, make_demo_bank
from daihou.demo_bank.organisation import BANK, CAST

console = Console()


def show_demo(host: str, port: int, *, serve_it: bool) -> int:
    """Make the demo bank if it does not stand yet, say who can sign in, and serve; exit code."""
    if not is_made():
        _make()
    token = connect_core_system(timezone.localdate())
    _introduce()
    if token is not None:
        _show_token(token, host, port)
    return serve(host, port) if serve_it else 0


def _make() -> None:
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("准备", total=None)

        def tell(doing: str, done: int, of: int) -> None:
            progress.update(task, description=doing, completed=done, total=of)

        make_demo_bank(settings.DAIHOU_HOME / "demo_bank", tell)


def _show_token(token: str, host: str, port: int) -> None:
    console.print("对接系统“核心系统”的接口令牌(只显示这一次,遗失可由周管理在“接口”重新签发):")
    console.print(token, style="bold", soft_wrap=True, highlight=False)
    console.print(
        f'试用:curl -H "Authorization: Bearer {token}" http://{host}:{port}/api/v1/business-day',
        soft_wrap=True,
        highlight=False,
    )


def _introduce() -> None:
    table = Table(title=f"{BANK}(虚构)· 演示登录,密码均为 {PASSWORD}")
    for heading in ("工号", "姓名", "看什么"):
        table.add_column(heading)
    for person in CAST:
        table.add_row(person.username, person.display_name, person.introduction)
    console.print(table)
    console.print("演示账号未启用双重验证;正式账号首次登录时须绑定。")
