"""`daihou backup` and `daihou restore`: the whole installation into a folder, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from daihou.backups.making import make_backup
from daihou.backups.manifest import BackupRefused
from daihou.backups.restoring import Restored, restore_backup
from daihou.backups.telling import Teller
from daihou.daily_run.verification import Verification, verify_day
from daihou.storage.errors import LocalPostgresError

DONE, DIFFERENT, REFUSED, FAILED = 0, 1, 2, 3
_MIB = 1 << 20

console = Console()


def backup(path: Path, *, key_copy: Path | None, as_json: bool) -> int:
    """Make a backup and say what is in it; the exit code."""

    def work(tell: Teller) -> int:
        made = make_backup(path, key_copy=key_copy, tell=tell)
        rows = sum(made.manifest.tables.values())
        if as_json:
            data = {
                "path": str(made.folder),
                "bytes": made.bytes,
                "rows": rows,
                "closed_through": made.manifest.closed_through,
            }
            console.print_json(data=data)
            return DONE
        day = made.manifest.closed_through or "尚未日终"
        console.print(
            f"备份完成:{made.folder}({made.bytes / _MIB:.1f} MB,{rows:,} 行,日终至 {day})"
        )
        if key_copy is None:
            console.print("备份中没有个人信息密钥;请另行保管密钥(--key-copy 可复制到别处)。")
        else:
            console.print(f"密钥已复制到 {key_copy};请与备份分开保管。")
        return DONE

    return _guarded(work, as_json)


def restore(
    path: Path,
    *,
    replace: bool,
    key: Path | None,
    without_key: bool,
    verify: bool,
    as_json: bool,
) -> int:
    """Restore a backup, compute its last day again, and say what came out; the exit code."""

    def work(tell: Teller) -> int:
        restored = restore_backup(
            path, replace=replace, key=key, without_key=without_key, tell=tell
        )
        found = _verified(restored, tell) if verify else None
        if as_json:
            console.print_json(data=_as_data(restored, found))
        else:
            _show(restored, found)
        return DIFFERENT if found is not None and found.differences else DONE

    return _guarded(work, as_json)


def _verified(restored: Restored, tell: Teller) -> Verification | None:
    """The last closed day computed again; nothing where there is none, or tables are too old."""
    if restored.needs_upgrade or restored.manifest.closed_through is None:
        return None
    tell.begin("由流水重新计算并核对", 0)
    return verify_day()


def _as_data(restored: Restored, found: Verification | None) -> dict[str, Any]:
    return {
        "rows": sum(restored.manifest.tables.values()),
        "closed_through": restored.manifest.closed_through,
        "needs_init": restored.needs_upgrade,
        "differences": None if found is None else len(found.differences),
    }


def _show(restored: Restored, found: Verification | None) -> None:
    rows = sum(restored.manifest.tables.values())
    console.print(f"恢复完成:{rows:,} 行,行数与备份时一致;备份于 {restored.manifest.made_at[:19]}")
    if restored.needs_upgrade:
        console.print("备份来自较早的版本:请执行 daihou init 更新数据库结构,再执行 daihou verify。")
    elif found is None:
        console.print("没有重新计算;可执行 daihou verify。")
    elif found.differences:
        console.print(
            f"[red]{found.day} 有 {len(found.differences):,} 处不一致,"
            "请执行 daihou verify 查看。[/]"
        )
    else:
        console.print(f"{found.day}:{found.loans:,} 笔借据重新计算,全部一致。")


def _guarded(work: Callable[[Teller], int], as_json: bool) -> int:
    """Do the work under a bar; a refusal or a failing database becomes words and an exit code."""
    try:
        with _bar(quiet=as_json) as tell:
            return work(tell)
    except BackupRefused as refusal:
        return _said(str(refusal), REFUSED, as_json)
    except (LocalPostgresError, psycopg.Error, DatabaseError) as problem:
        return _said(f"数据库出错,没有完成:{problem}", FAILED, as_json)
    except OSError as problem:
        return _said(f"文件不能读写,没有完成:{problem}", FAILED, as_json)


def _said(words: str, code: int, as_json: bool) -> int:
    if as_json:
        console.print_json(data={"error": words})
    else:
        console.print(f"[red]{words}[/]", highlight=False)
    return code


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Teller]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[piece]}"),
    )
    with Progress(*columns, console=console, disable=quiet, transient=True) as progress:
        task = progress.add_task("准备", total=None, piece="")

        def begin(what: str, pieces: int) -> None:
            progress.reset(task, description=what, total=pieces or None, piece="")

        def step(piece: str) -> None:
            progress.update(task, advance=1, piece=piece)

        yield Teller(begin, step)
