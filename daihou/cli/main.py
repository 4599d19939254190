"""The `daihou` command: one module per verb, gathered here."""

from __future__ import annotations

import os

import typer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daihou.settings")

app = typer.Typer(help="贷后管理系统命令行", no_args_is_help=True, add_completion=False)


@app.callback()
def _start() -> None:
    """贷后管理系统命令行."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def manage(context: typer.Context) -> None:
    """运行 Django 管理命令(迁移、建用户等)."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["daihou manage", *context.args])
