"""`daihou init`: make the installation ready to use; safe to repeat."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from rich.console import Console

from daihou.cli.upgrading import bring_up_to_date
from daihou.policy.actions import seed_calendar
from loanmath.warm_up import warm_up

console = Console()
_FIRST_YEAR, _LAST_YEAR = 2010, 2100  # years not announced yet are left for the lender to enter


def prepare_installation() -> None:
    """Bring the database, the static files and the compiled kernel up to date.

    Each part looks at what is there first, so that a second call is quick and changes nothing.
    Raises `TablesAreHeld` when the tables are in use and cannot be changed now.
    """
    with console.status("正在更新数据库结构…"):
        bring_up_to_date()
    if _static_files_are_old():
        with console.status("正在准备网页文件…"):
            call_command("collectstatic", verbosity=0, interactive=False)
    seed_calendar(range(_FIRST_YEAR, _LAST_YEAR))
    with console.status("正在编译计算内核(首次约十几秒)…"):
        warm_up()


def _static_files_are_old() -> bool:
    """Whether the code's static files are newer than the collected ones."""
    collected = Path(settings.STATIC_ROOT)
    if not collected.exists():
        return True
    own = Path(__file__).resolve().parents[1] / "workbench" / "static"
    newest = max((p.stat().st_mtime for p in own.rglob("*") if p.is_file()), default=0.0)
    return newest > collected.stat().st_mtime
