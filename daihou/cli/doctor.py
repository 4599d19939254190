"""`daihou doctor`: what is missing on this machine, and how to get it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict

import django
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console
from rich.table import Column, Table

from daihou.storage.errors import LocalPostgresError
from daihou.storage.health import Finding, Installation, Level, examine

_COLOURS = {Level.GOOD: "green", Level.NOTICE: "yellow", Level.MISSING: "red"}


def doctor(*, as_json: bool) -> int:
    """Show each finding; the exit code is 1 if something is missing, else 0."""
    console = Console()
    findings = []
    table = Table("检查", "结果", Column("情况与处理办法", overflow="fold"))
    with console.status("正在检查…"):
        for finding in _findings():
            findings.append(finding)
            colour = _COLOURS[finding.level]
            words = "\n".join(filter(None, (finding.found, finding.remedy)))
            table.add_row(finding.subject, f"[{colour}]{finding.level}[/]", words)
    missing = sum(finding.level is Level.MISSING for finding in findings)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        console.print(table)
        console.print(f"[red]有 {missing} 项缺少，请按上表处理。[/]" if missing else "可以使用。")
    return 1 if missing else 0


def _findings() -> Iterator[Finding]:
    try:
        from daihou import settings
    except LocalPostgresError as problem:
        yield Finding("设置", Level.MISSING, problem.happened, problem.remedy)
        return
    except OSError as problem:
        remedy = "把环境变量 DAIHOU_HOME 改到可写的目录，或换用该目录的所有者运行。"
        yield Finding("设置", Level.MISSING, f"数据目录不能使用：{problem}", remedy)
        return
    installation = Installation(settings.DAIHOU_HOME, os.environ, settings.SEALING_KEY_FILE)
    usable = True
    for finding in examine(installation):
        usable = usable and finding.level is not Level.MISSING
        yield finding
    if usable:
        yield _tables_are_up_to_date()


def _tables_are_up_to_date() -> Finding:
    """Whether `daihou init` has brought the tables to what this version needs."""
    django.setup()
    subject = "数据库结构"
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as problem:
        return Finding(subject, Level.MISSING, f"不能读取：{problem}", "检查数据库用户的权限。")
    if waiting:
        return Finding(subject, Level.MISSING, f"有 {waiting} 项更新未执行", "执行 daihou init。")
    return Finding(subject, Level.GOOD, "已是最新")
