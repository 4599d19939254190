"""The local server is shared by processes, survives their deaths, ends with the last of them."""

from __future__ import annotations

import os
import signal
import stat
import time
from pathlib import Path

import pytest

from daihou.storage.errors import LocalPostgresError
from daihou.storage.local_postgres import discard
from daihou.storage.server_place import find_place
from daihou.storage.server_processes import running_postmaster
from daihou.storage.server_socket import socket_folder
from tests.storage.client import Client


def postmaster(home: Path) -> int | None:
    return running_postmaster(find_place(home).data)


def test_first_process_builds_everything_and_the_last_one_stops_it(empty_home: Path) -> None:
    with Client(empty_home) as client:
        assert client.tell("run", "select current_user, current_database()")["rows"] == [
            ["daihou", "daihou"]
        ]
        assert postmaster(empty_home)
        assert client.quit() == 0
    assert postmaster(empty_home) is None


def test_data_outlives_the_server(home: Path) -> None:
    with Client(home) as client:
        client.tell("run", "create table note as select '贷后' as words")
        client.quit()
    with Client(home) as client:
        assert client.tell("run", "select words from note")["rows"] == [["贷后"]]


def test_database_speaks_utf8_in_one_order_everywhere_and_is_durable(home: Path) -> None:
    expected = {
        "server_encoding": "UTF8",
        "synchronous_commit": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "jit": "off",
        "listen_addresses": "",
        "wal_compression": "off",
        "TimeZone": "Asia/Shanghai",
        "lc_messages": "C",
    }
    with Client(home) as client:
        shown = {name: client.tell("run", f"show {name}")["rows"][0][0] for name in expected}
        provider = client.tell(
            "run", "select datlocprovider, datlocale from pg_database where datname = 'daihou'"
        )["rows"]
        rights = client.tell(
            "run", "select rolsuper, rolcreatedb from pg_roles where rolname = current_user"
        )["rows"]
    assert shown == expected
    assert provider == [["b", "C.UTF-8"]]
    assert rights == [[False, True]]


def test_folders_and_socket_are_private(home: Path) -> None:
    with Client(home) as client:
        client.tell("join")
        place = find_place(home)
        for folder in (place.folder, place.data, place.folder / "socket"):
            status = folder.stat()
            assert stat.S_IMODE(status.st_mode) == 0o700
            assert status.st_uid == place.owner.uid


def test_second_process_joins_fast_and_the_server_stays_until_it_leaves(home: Path) -> None:
    with Client(home) as first, Client(home) as second:
        first.tell("join")
        started = postmaster(home)
        second.tell("join")
        assert min(second.tell("join")["seconds"] for _ in range(5)) < 0.05
        first.quit()
        assert postmaster(home) == started
        assert second.tell("run", "select 1")["rows"] == [[1]]
        second.quit()
    assert postmaster(home) is None


def test_many_processes_starting_at_once_share_one_server(empty_home: Path) -> None:
    clients = [Client(empty_home) for _ in range(6)]
    try:
        for client in clients:
            client.order("run", "select pg_postmaster_start_time()")
        starts = {client.answer()["rows"][0][0] for client in clients}
        assert len(starts) == 1
        for client in clients:
            client.quit()
        assert postmaster(empty_home) is None
    finally:
        for client in clients:
            client.__exit__()


def test_killed_client_leaves_the_server_to_the_next_last_one_out(home: Path) -> None:
    with Client(home) as killed:
        killed.tell("join")
        assert killed.kill(signal.SIGKILL) == -signal.SIGKILL
    left = postmaster(home)
    assert left is not None
    with Client(home) as heir:
        heir.tell("join")
        assert postmaster(home) == left
        heir.quit()
    assert postmaster(home) is None


def test_terminated_client_still_stops_the_server(home: Path) -> None:
    with Client(home) as client:
        client.tell("join")
        assert client.kill(signal.SIGTERM) == -signal.SIGTERM
    assert postmaster(home) is None


def test_killed_postmaster_is_revived_and_commits_are_kept(home: Path) -> None:
    with Client(home) as client:
        client.tell("run", "create table kept as select 7 as n")
        killed = postmaster(home)
        assert killed
        os.kill(killed, signal.SIGKILL)
        assert client.tell("run", "select n from kept")["rows"] == [[7]]
        assert postmaster(home) not in (None, killed)


def test_fork_does_not_stop_the_server_under_its_parent(home: Path) -> None:
    with Client(home) as client:
        client.tell("join")
        client.tell("fork_and_exit_child")
        assert client.tell("run", "select 1")["rows"] == [[1]]
        client.tell("fork_and_keep_child", str(home / "enough"))
        client.quit()
        assert postmaster(home)
        (home / "enough").touch()
        deadline = time.monotonic() + 60
        while postmaster(home) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert postmaster(home) is None


def test_discarded_server_leaves_nothing_behind_and_one_in_use_is_kept(home: Path) -> None:
    odd = home / "with space"
    odd.mkdir()
    (home / "postgres").rename(odd / "postgres")
    with Client(odd) as client:
        client.tell("join")
        sockets = socket_folder(find_place(odd))
        with pytest.raises(LocalPostgresError, match="正在使用，不能删除"):
            discard(odd)
        assert client.rows("select 1") == [[1]]
    assert postmaster(odd)  # left over by the killed client
    discard(odd)
    assert list(odd.iterdir()) == []
    assert not sockets.exists()
