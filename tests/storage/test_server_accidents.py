"""Kills, leftovers and traps: after each accident the next start simply works, or says why not."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from daihou.storage.local_postgres import discard
from daihou.storage.local_server import connect
from daihou.storage.server_place import Owner, find_place
from daihou.storage.server_processes import orphans, running_postmaster
from daihou.storage.server_socket import LONGEST_SOCKET_FOLDER, _fits, socket_folder
from tests.storage.client import Client
from tests.storage.conftest import copy_home


def postmaster(home: Path) -> int | None:
    return running_postmaster(find_place(home).data)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def selects_one(client: Client) -> bool:
    return client.tell("run", "select 1") == {"rows": [[1]]}


# --- killed while building and starting ---------------------------------------------------------


def test_killed_while_building_the_data_folder(empty_home: Path) -> None:
    folder = empty_home / "postgres"
    with Client(empty_home) as killed:
        killed.order("join")
        until(lambda: list(folder.glob("data.new-*/base")))
        killed.kill(signal.SIGKILL)
    assert not (folder / "data").exists()
    with Client(empty_home) as client:
        assert selects_one(client)
    assert not list(folder.glob("data.new-*"))


@pytest.mark.parametrize("seed", range(4))
def test_clients_and_postmaster_killed_at_random_lose_no_commit(home: Path, seed: int) -> None:
    chance = random.Random(seed)
    with Client(home) as client:
        client.tell("run", "create table kept (n int)")
    committed = 0
    for _ in range(3):
        clients = [Client(home) for _ in range(2)]
        for client in clients:
            client.order("run", "insert into kept values (1)")
        time.sleep(chance.uniform(0, 0.6))
        if chance.random() < 0.5 and (pid := postmaster(home)):
            os.kill(pid, signal.SIGKILL)
        else:
            clients[0].kill(signal.SIGKILL)
        for client in clients:
            client.kill(signal.SIGKILL)
            # what it had already printed was committed
            committed += '"rows"' in client.answers.read()
            client.__exit__()
    with Client(home) as client:
        kept = client.tell("run", "select count(*) from kept")["rows"][0][0]
        assert committed <= kept <= 6
        client.quit()
    assert postmaster(home) is None


# --- what a killed postmaster leaves behind -----------------------------------------------------


def test_stale_pid_of_a_stranger_does_not_stop_the_start(home: Path) -> None:
    place = find_place(home)
    owner = {} if os.geteuid() else {"user": place.owner.uid, "group": place.owner.gid}
    with subprocess.Popen(["sleep", "60"], **owner) as stranger:  # type: ignore[call-overload]
        try:
            with Client(home) as client:
                client.tell("join")
                killed = postmaster(home)
                assert killed
                os.kill(killed, signal.SIGKILL)
                until(lambda: not orphans(place.data))
                record = place.data / "postmaster.pid"
                record.write_text(record.read_text().replace(str(killed), str(stranger.pid), 1))
                assert selects_one(client)
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_backend_that_outlives_its_postmaster_is_ended_before_the_next_start(home: Path) -> None:
    place = find_place(home)
    with Client(home) as busy, Client(home) as client:
        client.tell("join")
        busy.order("run", "do $$ begin loop end loop; end $$")  # never looks up from its work
        until(
            lambda: client.tell("run", "select 1 from pg_stat_activity where query like 'do %'")[
                "rows"
            ]
        )
        killed = postmaster(home)
        assert killed
        os.kill(killed, signal.SIGKILL)
        until(lambda: 0 < len(orphans(place.data)) <= 2)  # the backend and, for it, the logger
        assert selects_one(client)


def test_half_written_pid_file(home: Path) -> None:
    place = find_place(home)
    (place.data / "postmaster.pid").write_text("")
    shutil.chown(place.data / "postmaster.pid", place.owner.uid, place.owner.gid)
    with Client(home) as client:
        assert client.tell("join")["happened"].startswith("本机数据库启动失败")
    (place.data / "postmaster.pid").unlink()
    with Client(home) as client:
        assert selects_one(client)


@pytest.mark.parametrize("name", ["plain", "with space"])
def test_copy_of_a_running_server_is_a_server_of_its_own(home: Path, name: str) -> None:
    original, other = home / name, home / "copy of it"
    original.mkdir()
    other.mkdir()
    (home / "postgres").rename(original / "postgres")
    with Client(original) as client, Client(other) as second:
        client.tell("join")
        subprocess.run(["cp", "-a", original / "postgres", other], check=True)
        assert selects_one(second)
        first_pid, second_pid = postmaster(original), postmaster(other)
        assert first_pid
        assert second_pid
        assert first_pid != second_pid
        assert socket_folder(find_place(original)) != socket_folder(find_place(other))
        second.quit()
        assert postmaster(original) == first_pid
        client.quit()
    discard(other)
    (original / "postgres").rename(home / "postgres")


# --- the socket folder ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["很长的目录名" * 12, "a,b", "two words", 'it\'s "quoted"', "x" * 79],
    ids=["chinese", "comma", "space", "quotes", "just-too-long"],
)
def test_home_with_a_long_or_odd_name(home: Path, name: str) -> None:
    odd = home / name
    odd.mkdir()
    (home / "postgres").rename(odd / "postgres")
    try:
        with Client(odd) as first, Client(odd) as second:
            assert selects_one(first)
            assert selects_one(second)
            sockets = socket_folder(find_place(odd))
            assert sockets.parent == Path("/tmp")
            first.quit()
            second.quit()
        with Client(odd) as again:
            again.tell("join")
            assert socket_folder(find_place(odd)) == sockets
            again.quit()
        sockets.rmdir()
    finally:
        (odd / "postgres").rename(home / "postgres")
    with Client(home) as client:  # moved back to a short path: the note is dropped
        client.tell("join")
        assert socket_folder(find_place(home)) == home / "postgres" / "socket"


def test_longest_home_that_needs_no_other_socket_folder() -> None:
    longest = "/" + "x" * (LONGEST_SOCKET_FOLDER - 1)
    assert len(longest + "/.s.PGSQL.5432") == 107
    assert _fits(Path(longest))
    assert not _fits(Path(longest + "x"))


def test_folder_noted_in_tmp_that_somebody_else_took_is_not_used(home: Path) -> None:
    odd = home / "with space"
    odd.mkdir()
    (home / "postgres").rename(odd / "postgres")
    with Client(odd) as client:
        client.tell("join")
        noted = socket_folder(find_place(odd))
        client.quit()
    noted.rmdir()
    noted.symlink_to(home)  # a trap under the known name
    with Client(odd) as client:
        assert selects_one(client)
        fresh = socket_folder(find_place(odd))
        assert fresh != noted
        assert not fresh.is_symlink()
        client.quit()
    noted.unlink()
    fresh.rmdir()
    (odd / "postgres").rename(home / "postgres")


def test_socket_folder_of_somebody_else_is_refused(home: Path) -> None:
    (home / "postgres" / "socket").mkdir(mode=0o777)
    (home / "postgres" / "socket").chmod(0o777)
    with Client(home) as client:
        answer = client.tell("join")
    assert "套接字目录" in answer["happened"]
    assert "不是本系统建立的" in answer["happened"]


def test_socket_deleted_under_a_running_server(home: Path) -> None:
    with Client(home) as client:
        client.tell("join")
        (home / "postgres" / "socket" / ".s.PGSQL.5432").unlink()
        with Client(home) as other:
            assert selects_one(other)
        assert selects_one(client)


# --- clear refusals ---------------------------------------------------------------------------


def test_data_of_another_version_is_refused(home: Path) -> None:
    (home / "postgres" / "data" / "PG_VERSION").write_text("16\n")
    with Client(home) as client:
        answer = client.tell("join")
    assert "由 PostgreSQL 16 建立，而自带的程序是 PostgreSQL 18" in answer["happened"]
    assert "pg_dump" in answer["remedy"]


def test_foreign_folder_in_the_place_of_the_data_is_left_alone(empty_home: Path) -> None:
    owner = find_place(empty_home).owner
    data = empty_home / "postgres" / "data"
    data.mkdir()
    (data / "precious.txt").write_text("mine")
    os.chown(data, owner.uid, owner.gid)
    with Client(empty_home) as client:
        assert "不是 PostgreSQL 数据目录" in client.tell("join")["happened"]
    assert (data / "precious.txt").read_text() == "mine"
    shutil.rmtree(data)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("shared_buffers = 'a lot'", "daihou.conf 中有错误的参数"),
        ("wal_compresion = on", "daihou.conf 中有不认识的参数"),
        ("work_mem 5 MB", "配置文件有语法错误"),
    ],
)
def test_miswritten_setting_is_told(home: Path, line: str, words: str) -> None:
    conf = home / "postgres" / "data" / "daihou.conf"
    conf.write_text(f"{conf.read_text()}\n{line}\n")
    with Client(home) as client:
        answer = client.tell("join")
    assert words in answer["happened"]
    assert "daihou.conf" in answer["detail"] or "parameter" in answer["detail"]


def test_no_connection_left_is_told(home: Path) -> None:
    conf = home / "postgres" / "data" / "daihou.conf"
    conf.write_text(f"{conf.read_text()}\nmax_connections = 5\n")
    with Client(home) as client, Client(home) as late:
        client.tell("join")
        sockets = socket_folder(find_place(home))
        taken = [connect(sockets) for _ in range(2)]
        assert "连接数已用满" in late.tell("join")["happened"]
        for link in taken:
            link.close()
        until(lambda: "url" in late.tell("join"))


def test_waiting_too_long_for_a_lock_is_told(empty_home: Path) -> None:
    from daihou.storage.errors import LocalPostgresError
    from daihou.storage.process_locks import exclusive

    owner = Owner(os.geteuid(), os.getegid())
    file = empty_home / "start.lock"
    with (
        exclusive(file, owner, 1, "启动本机数据库"),
        pytest.raises(LocalPostgresError, match="等待另一个进程启动本机数据库超过 0 秒"),
        exclusive(file, owner, 0.05, "启动本机数据库"),
    ):
        pass


def test_built_copy_starts(built_home: Path, empty_home: Path) -> None:
    copy_home(built_home, empty_home)
    with Client(empty_home) as client:
        assert selects_one(client)
