"""One local PostgreSQL server: build its data folder, start it, ask whether it lives.

All functions that change something expect the caller to hold the start lock.
"""

import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from daihou.storage.errors import LocalPostgresError
from daihou.storage.server_data import SUPERUSER, prepare_data
from daihou.storage.server_place import Place, clean_environment, run_as, server_programs
from daihou.storage.server_processes import (
    end_orphans,
    recorded_pid,
    running_postmaster,
    stop_postmaster,
    works_in,
)
from daihou.storage.server_socket import PORT, SOCKET_FILE, prepare_socket_folder, socket_folder
from daihou.storage.server_words import cannot_lend, explained, folder_error, last_words

APP_ROLE = "daihou"
APP_DATABASE = "daihou"

_ORPHAN_PATIENCE = 2.0
_SOCKET_PATIENCE = 2.0  # a starting postmaster makes its socket within milliseconds
_STOP_PATIENCE = 120.0
_RECOVERY_PATIENCE = 600.0  # replaying 4 GB of log on a slow disk


# --- liveness ---------------------------------------------------------------------------------


def connect(
    sockets: Path, *, role: str = APP_ROLE, database: str = APP_DATABASE
) -> psycopg.Connection[tuple[object, ...]]:
    """Connect for the launcher's own needs; a server that does not answer raises."""
    return psycopg.connect(
        host=str(sockets),
        port=PORT,
        user=role,
        dbname=database,
        connect_timeout=10,
        autocommit=True,
    )


def answers(place: Place) -> bool:
    """Whether the server of this very place lives, found out by really connecting."""
    try:
        connect(socket_folder(place)).close()
    except psycopg.OperationalError as problem:
        if "too many clients" in str(problem) or "remaining connection slots" in str(problem):
            raise LocalPostgresError(
                "本机数据库的连接数已用满。",
                "关闭不用的 daihou 进程后重试，或在数据目录的 daihou.conf 中调大 max_connections。",
                str(problem),
            ) from problem
        return False
    return running_postmaster(place.data) is not None


# --- start ------------------------------------------------------------------------------------


def start(place: Place, lock: int) -> None:
    """Bring the server up, or wait for one that is coming up.

    `lock` is the open start lock, which building the data folder holds on to.
    """
    try:
        programs = server_programs(place.owner)
        prepare_data(place, programs, lock)
        pid = _reachable_postmaster(place)
        if pid is None:
            end_orphans(place.data, _ORPHAN_PATIENCE)
            folder = prepare_socket_folder(place)
            for leftover in (SOCKET_FILE, f"{SOCKET_FILE}.lock"):
                (folder / leftover).unlink(missing_ok=True)
            pid = _launch(place, programs, folder)
    except OSError as problem:
        raise folder_error(place.folder, problem) from problem
    folder = socket_folder(place)
    _wait_until_ready(place, folder, pid)
    _provide_database(folder)


def _reachable_postmaster(place: Place) -> int | None:
    """The live postmaster, if any; one whose socket somebody deleted is stopped first."""
    socket = socket_folder(place) / SOCKET_FILE
    deadline = time.monotonic() + _SOCKET_PATIENCE
    while (pid := running_postmaster(place.data)) is not None and not socket.exists():
        if time.monotonic() > deadline:
            stop_postmaster(place.data, _STOP_PATIENCE)
            return None
        time.sleep(0.02)
    return pid


def _launch(place: Place, programs: Path, sockets: Path) -> int:
    """Start the postmaster in a session of its own, as nobody's child, and return its number."""
    environment = clean_environment()
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
        raise cannot_lend(problem) from problem
    return int(started.stdout)


def _wait_until_ready(place: Place, sockets: Path, pid: int) -> None:
    deadline = time.monotonic() + _RECOVERY_PATIENCE
    pause = 0.005
    while True:
        try:
            connect(sockets, role=SUPERUSER, database="postgres").close()
        except psycopg.OperationalError as problem:
            if not _still_coming(pid, place):
                raise explained(
                    place.folder, "本机数据库启动失败", last_words(place.folder)
                ) from problem
            if time.monotonic() > deadline:
                raise explained(
                    place.folder, f"本机数据库启动超过 {_RECOVERY_PATIENCE:.0f} 秒", str(problem)
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
