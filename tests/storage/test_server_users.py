"""Root lends the server another name; ordinary users run their own; nobody uses somebody else's."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from daihou.storage import server_place
from daihou.storage.errors import LocalPostgresError
from daihou.storage.local_postgres import database_url, discard, leave
from daihou.storage.server_place import Owner, find_place, server_programs
from daihou.storage.server_processes import running_postmaster
from tests.storage.client import Client
from tests.storage.conftest import new_home

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="只有 root 才能换用户，本测试需要 root")
ORDINARY = "daemon"  # a user that every Debian and Ubuntu has


@pytest.fixture
def ordinary() -> int:
    return pwd.getpwnam(ORDINARY).pw_uid


@pytest.fixture
def system_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for /var/lib/daihou."""
    folder = new_home() / "lib"
    monkeypatch.setattr(server_place, "SYSTEM_FOLDER", folder)
    yield folder
    shutil.rmtree(folder.parent)


def server_user(home: Path) -> int:
    pid = running_postmaster(find_place(home).data)
    assert pid
    return Path(f"/proc/{pid}").stat().st_uid


@needs_root
def test_root_lends_the_server_a_name_without_rights(home: Path) -> None:
    with Client(home) as client:
        client.tell("join")
        assert server_user(home) == pwd.getpwnam("nobody").pw_uid


@needs_root
def test_root_in_the_folder_of_a_person_starts_that_persons_server(
    empty_home: Path, ordinary: int
) -> None:
    os.chown(empty_home, ordinary, ordinary)
    with Client(empty_home) as root, Client(empty_home, user=ordinary) as person:
        root.tell("join")
        assert server_user(empty_home) == ordinary
        assert person.rows("select 1") == [[1]]
        root.quit()
        assert person.rows("select 1") == [[1]]
        person.quit()
    assert running_postmaster(find_place(empty_home).data) is None


@needs_root
def test_ordinary_user_starts_and_root_joins_and_stops(empty_home: Path, ordinary: int) -> None:
    os.chown(empty_home, ordinary, ordinary)
    with Client(empty_home, user=ordinary) as person, Client(empty_home) as root:
        assert person.rows("select 1") == [[1]]
        assert root.rows("select 1") == [[1]]
        person.quit()
        root.quit()
    assert running_postmaster(find_place(empty_home).data) is None


@needs_root
def test_somebody_elses_database_is_refused_by_name(home: Path, ordinary: int) -> None:
    with Client(home, user=ordinary) as stranger:
        answer = stranger.tell("join")
    assert answer["happened"].endswith("属于用户 nobody，当前用户不能使用。")
    assert "DAIHOU_HOME" in answer["remedy"]


@needs_root
def test_home_that_may_not_be_written_is_told(empty_home: Path, ordinary: int) -> None:
    with Client(empty_home, user=ordinary) as client:
        answer = client.tell("join")
    assert "当前用户没有写入权限" in answer["happened"]


@needs_root
def test_user_without_a_name_is_told(empty_home: Path) -> None:
    nameless = 54_321
    os.chown(empty_home, nameless, nameless)
    with Client(empty_home, user=nameless) as client:
        answer = client.tell("join")
    assert "当前用户编号在系统中没有名字" in answer["happened"]
    assert not list((empty_home / "postgres").glob("data*"))


@needs_root
def test_data_of_root_is_refused(home: Path) -> None:
    shutil.chown(home / "postgres" / "data", 0, 0)
    with Client(home) as client:
        assert "属于 root" in client.tell("join")["happened"]


@needs_root
def test_home_that_only_root_enters_keeps_its_data_in_the_system_folder(
    empty_home: Path, system_folder: Path
) -> None:
    closed = empty_home / "root"
    closed.mkdir(mode=0o700)
    home = closed / "daihou" / "var"
    with psycopg.connect(database_url(home, {})) as link:
        assert link.execute("select 1").fetchone() == (1,)
    place = find_place(home)
    assert place.folder.parent == system_folder
    assert place.folder.name.startswith("var-")
    assert (home / "postgres" / "LOCATION").read_text().strip() == str(place.folder)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert leave(home)
    (system_folder / "moved").mkdir()
    shutil.move(place.folder, system_folder / "moved" / "place")
    (home / "postgres" / "LOCATION").write_text(f"{system_folder}/moved/place\n")
    assert database_url(home, {}).endswith("moved%2Fplace%2Fsocket")
    discard(home)
    assert not (system_folder / "moved" / "place").exists()
    assert not (home / "postgres").exists()


@needs_root
def test_programs_that_only_root_can_reach_are_copied_once(
    empty_home: Path, system_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home()
    closed = empty_home / "venv"
    original = server_programs(Owner(os.geteuid(), os.getegid())).parents[1]
    for folder in (original, original.with_name(f"{original.name}.libs")):
        shutil.copytree(folder, closed / folder.name, ignore=shutil.ignore_patterns("include"))
    closed.chmod(0o700)
    spec = SimpleNamespace(submodule_search_locations=[str(closed / original.name)])
    monkeypatch.setattr(server_place, "util", SimpleNamespace(find_spec=lambda _name: spec))
    try:
        with psycopg.connect(database_url(home, {})) as link:
            assert link.execute("select 1").fetchone() == (1,)
        copies = [folder.name for folder in system_folder.iterdir()]
        assert len(copies) == 1
        assert copies[0].startswith("postgresql-18")
        programs = server_programs(find_place(home).owner)
        assert programs.is_relative_to(system_folder)
    finally:
        discard(home)
        shutil.rmtree(home)


def test_missing_programs_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_place, "util", SimpleNamespace(find_spec=lambda _name: None))
    with pytest.raises(LocalPostgresError, match="没有找到自带的 PostgreSQL 程序"):
        server_programs(Owner(os.geteuid(), os.getegid()))


@needs_root
def test_note_of_another_place_counts_only_if_root_wrote_it(
    empty_home: Path, ordinary: int
) -> None:
    treasure = new_home()
    os.chown(empty_home, ordinary, ordinary)
    note = empty_home / "postgres" / "LOCATION"
    note.parent.mkdir(mode=0o700)
    note.write_text(f"{treasure}\n")
    os.chown(note.parent, ordinary, ordinary)
    os.chown(note, ordinary, ordinary)
    with Client(empty_home) as root:
        assert root.rows("select 1") == [[1]]
        root.quit()
    assert not list(treasure.iterdir())
    treasure.rmdir()


@needs_root
def test_trap_link_in_a_persons_home_does_not_make_root_give_away_a_folder(
    empty_home: Path, ordinary: int
) -> None:
    treasure = new_home()
    os.chown(empty_home, ordinary, ordinary)
    (empty_home / "postgres").symlink_to(treasure)
    with Client(empty_home) as root:
        assert "happened" in root.tell("join")
    assert treasure.stat().st_uid == 0
    (empty_home / "postgres").unlink()
    treasure.rmdir()
