"""What `daihou doctor` asks of this machine: each check says what is there, or what is missing.

A check is a small function from the installation to one finding in Chinese. None of them changes
data; the last one starts or joins the local database, as any command would.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import util
from pathlib import Path

import psycopg

import loanmath
from daihou.storage.errors import LocalPostgresError
from daihou.storage.local_postgres import OLDEST_SERVER, database_url
from daihou.storage.server_place import SYSTEM_FOLDER, find_place, server_programs
from daihou.storage.server_settings import GIB, MIB, memory_seen

OLDEST_PYTHON = (3, 11)
SETUP = "在安装目录执行 make run，会自动补齐依赖。"
PACKAGES = {
    "Web 框架": "django unfold allauth axes whitenoise gunicorn plotly",
    "数据": "psycopg pyarrow duckdb numpy numba openpyxl xlsxwriter",
    "审计与加密": "pghistory cryptography chinese_calendar",
    "后台任务与命令行": "procrastinate typer rich",
}


class Level(StrEnum):
    """How a check came out."""

    GOOD = "正常"
    NOTICE = "注意"
    MISSING = "缺少"


@dataclass(frozen=True)
class Installation:
    """What is examined: the home folder, the environment, and the key of sealed personal data."""

    home: Path
    environ: Mapping[str, str]
    sealing_key: Path

    @property
    def has_own_server(self) -> bool:
        """Whether the data is on the lender's own server."""
        return bool(self.environ.get("DATABASE_URL", "").strip())


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: the subject, how it stands, what was found, and what to do."""

    subject: str
    level: Level
    found: str
    remedy: str = ""


Check = Callable[[Installation], Finding]


def python_is_new_enough(_installation: Installation) -> Finding:
    """Python 3.11 or newer."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Finding("Python", Level.GOOD, version)
    return Finding(
        "Python", Level.MISSING, f"{version}，版本过低", "安装 Python 3.11 或更新的版本后重新安装。"
    )


def packages_are_there(_installation: Installation) -> Finding:
    """Every library that the product imports."""
    names = [name for group in PACKAGES.values() for name in group.split()]
    missing = [name for name in names if util.find_spec(name) is None]
    if missing:
        return Finding("依赖库", Level.MISSING, f"没有安装：{'、'.join(missing)}", SETUP)
    return Finding("依赖库", Level.GOOD, f"{len(names)} 个全部可用")


def memory_suffices(_installation: Installation) -> Finding:
    """At least 2 GB for the web pages; a book of a million loans wants 8 GB."""
    memory = memory_seen()
    found = f"{memory / GIB:.1f} GB"
    if memory >= 2 * GIB:
        return Finding("内存", Level.GOOD, found)
    return Finding("内存", Level.NOTICE, found, "建议 2 GB 以上；百万笔贷款建议 8 GB 以上。")


def home_can_be_written(installation: Installation) -> Finding:
    """The folder that holds the data exists, or can be made, and takes new files."""
    home = installation.home
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        remedy = "换用该目录的所有者运行，或把环境变量 DAIHOU_HOME 改到可写的目录。"
        return Finding("数据目录", Level.MISSING, f"{home} 不能写入", remedy)
    return Finding("数据目录", Level.GOOD, str(home))


def disk_has_room(installation: Installation) -> Finding:
    """Free space where the data is."""
    home = installation.home
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    found = f"剩余 {free / GIB:.1f} GB"
    if free >= 5 * GIB:
        return Finding("磁盘", Level.GOOD, found)
    level = Level.NOTICE if free >= 500 * MIB else Level.MISSING
    return Finding("磁盘", level, found, "清理磁盘，或把环境变量 DAIHOU_HOME 改到空间更大的磁盘。")


def sealing_key_is_safe(installation: Installation) -> Finding:
    """The key of identity numbers and telephones: without it they can never be read again."""
    subject, key = "个人信息密钥", installation.sealing_key
    if not key.exists():
        if not (installation.home / "postgres").exists() and not installation.has_own_server:
            return Finding(subject, Level.GOOD, "首次使用时自动生成")
        return Finding(
            subject,
            Level.NOTICE,
            f"没有找到 {key}",
            "若数据库中已有客户，请从备份恢复密钥文件，否则证件号码与电话无法解密；"
            "若尚无客户，首次录入时会自动生成。",
        )
    if stat.S_IMODE(key.stat().st_mode) & 0o077:
        return Finding(subject, Level.MISSING, f"{key} 可被他人读取", f"执行 chmod 600 {key}。")
    return Finding(subject, Level.GOOD, f"{key}（请与数据库分开备份）")


def kernel_cache_can_be_kept(_installation: Installation) -> Finding:
    """Compiled code is kept beside the source, or in the user's cache folder."""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or Path(loanmath.__file__).parent)
    fallback = Path.home() / ".cache"
    if os.access(folder, os.W_OK) or os.access(fallback, os.W_OK):
        return Finding("计算内核缓存", Level.GOOD, str(folder))
    return Finding(
        "计算内核缓存",
        Level.NOTICE,
        f"{folder} 不能写入，每次启动都要重新编译",
        "设置环境变量 NUMBA_CACHE_DIR 为一个可写的目录。",
    )


def server_programs_run(installation: Installation) -> Finding:
    """The PostgreSQL programs that come with the product really run on this machine."""
    subject = "PostgreSQL 程序"
    if installation.has_own_server:
        return Finding(subject, Level.GOOD, "使用 DATABASE_URL 指定的数据库，不需要自带程序")
    try:
        owner = find_place(installation.home).owner
        program = server_programs(owner) / "postgres"
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except LocalPostgresError as problem:
        return Finding(subject, Level.MISSING, problem.happened, problem.remedy)
    except (OSError, subprocess.CalledProcessError) as problem:
        words = getattr(problem, "stderr", "") or str(problem)
        return Finding(subject, Level.MISSING, f"不能运行：{words.strip()}", SETUP)
    return Finding(subject, Level.GOOD, done.stdout.strip())


def data_is_where_it_seems(installation: Installation) -> Finding:
    """Where the database's files are; where only root enters the home folder, not in there."""
    subject = "数据库位置"
    if installation.has_own_server:
        return Finding(subject, Level.GOOD, "在 DATABASE_URL 指定的服务器上")
    try:
        place = find_place(installation.home)
    except LocalPostgresError as problem:
        return Finding(subject, Level.MISSING, problem.happened, problem.remedy)
    if place.folder.is_relative_to(SYSTEM_FOLDER):
        return Finding(
            subject,
            Level.NOTICE,
            f"{place.folder}（{installation.home} 只有 root 能进入）",
            "备份时不要漏掉这个目录。",
        )
    return Finding(subject, Level.GOOD, str(place.folder))


def database_answers(installation: Installation) -> Finding:
    """The database lets us in, is new enough and holds Chinese; the local one is started for it."""
    subject, before = "数据库", time.perf_counter()
    try:
        url = database_url(installation.home, installation.environ)
        with psycopg.connect(url) as link:
            version = link.info.server_version // 10000
            size = link.execute("select pg_database_size(current_database())").fetchone()
    except LocalPostgresError as problem:
        return Finding(subject, Level.MISSING, problem.happened, problem.remedy)
    seconds = time.perf_counter() - before
    megabytes = size[0] / MIB if size else 0
    found = f"PostgreSQL {version}（要求 {OLDEST_SERVER} 以上），{megabytes:.0f} MB，"
    return Finding(subject, Level.GOOD, f"{found}{seconds:.2f} 秒内应答")


CHECKS: tuple[Check, ...] = (
    python_is_new_enough,
    packages_are_there,
    memory_suffices,
    home_can_be_written,
    disk_has_room,
    sealing_key_is_safe,
    kernel_cache_can_be_kept,
    server_programs_run,
    data_is_where_it_seems,
    database_answers,
)


def examine(installation: Installation, checks: Iterable[Check] = CHECKS) -> Iterator[Finding]:
    """The findings, one after the other as they are made."""
    return (check(installation) for check in checks)
