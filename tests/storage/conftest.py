"""Homes for servers of the tests' own, apart from the one that Django's tests use."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from daihou.storage.errors import LocalPostgresError
from daihou.storage.local_postgres import database_url, discard
from daihou.storage.server_processes import end_orphans, stop_postmaster
from tests.storage.client import Client


def new_home() -> Path:
    """An empty folder that any user may enter; in memory if possible, since a server syncs much."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    home = Path(tempfile.mkdtemp(prefix="daihou-test-", dir=memory if roomy else None))
    home.chmod(0o755)
    return home


@pytest.fixture(scope="session")
def built_home() -> Iterator[Path]:
    """A home whose data folder was built once; tests copy it, which is faster than building."""
    home = new_home()
    with Client(home) as client:
        assert "url" in client.tell("join")
        client.quit()
    yield home
    _clear(home)


@pytest.fixture(scope="session")
def server_url(built_home: Path) -> Iterator[str]:
    """The address of a running server for tests that only need some database."""
    home = new_home()
    copy_home(built_home, home)
    yield database_url(home, {})
    _clear(home)


@pytest.fixture
def link(server_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection in a transaction that is rolled back."""
    with psycopg.connect(server_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def empty_home() -> Iterator[Path]:
    """A home in which no server was ever built."""
    home = new_home()
    yield home
    _clear(home)


@pytest.fixture
def home(built_home: Path, empty_home: Path) -> Path:
    """A home with a data folder, server stopped."""
    copy_home(built_home, empty_home)
    return empty_home


def copy_home(source: Path, target: Path) -> None:
    """Copy a stopped server, keeping owners (copytree would make it all root's)."""
    skip = shutil.ignore_patterns("socket")
    shutil.copytree(source / "postgres", target / "postgres", ignore=skip)
    for original in (source / "postgres").rglob("*"):
        copy = target / original.relative_to(source)
        if copy.exists():
            shutil.chown(copy, original.stat().st_uid, original.stat().st_gid)
    status = (source / "postgres").stat()
    shutil.chown(target / "postgres", status.st_uid, status.st_gid)


def _clear(home: Path) -> None:
    data = home / "postgres" / "data"
    if data.exists():
        assert stop_postmaster(data, 30)
        end_orphans(data, 0)
    with contextlib.suppress(LocalPostgresError):  # the test was about a folder that is refused
        discard(home)
    shutil.rmtree(home)
