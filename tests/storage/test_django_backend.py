"""Django finds the server by itself, starts it late, and finds it again after its death."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from daihou.storage.errors import LocalPostgresError
from daihou.storage.local_postgres import database_settings
from daihou.storage.server_place import find_place
from daihou.storage.server_processes import running_postmaster


@pytest.fixture(autouse=True)
def _other_databases_allowed(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def handler(home: Path, environ: dict[str, str] | None = None) -> ConnectionHandler:
    return ConnectionHandler({"default": database_settings(home, environ or {})})


def ask(connections: ConnectionHandler, statement: str) -> object:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_reading_the_settings_starts_nothing(empty_home: Path) -> None:
    database_settings(empty_home, {})
    assert not (empty_home / "postgres").exists()


def test_first_query_starts_the_server_and_a_dead_one_is_started_again(home: Path) -> None:
    connections = handler(home)
    assert ask(connections, "select current_database()") == "daihou"
    killed = running_postmaster(find_place(home).data)
    assert killed
    connections.close_all()
    os.kill(killed, signal.SIGKILL)
    assert ask(connections, "select 1") == 1
    connections.close_all()


def test_own_server_is_taken_from_the_environment(home: Path) -> None:
    url = "postgresql://zhang:p%40ss@db.bank.example:5433/loans?sslmode=require"
    settings = database_settings(home, {"DATABASE_URL": url})
    assert settings["USER"] == "zhang"
    assert settings["PASSWORD"] == "p@ss"
    assert settings["HOST"] == "db.bank.example"
    assert settings["PORT"] == "5433"
    assert settings["NAME"] == "loans"
    assert settings["OPTIONS"] == {"sslmode": "require"}
    assert settings["LOCAL_HOME"] == ""


def test_own_server_out_of_reach_is_told_in_chinese_without_the_password(home: Path) -> None:
    connections = handler(home, {"DATABASE_URL": "postgresql://u:geheim@127.0.0.1:1/x"})
    with pytest.raises(LocalPostgresError, match="连接不上环境变量 DATABASE_URL") as told:
        ask(connections, "select 1")
    assert "geheim" not in str(told.value)


def test_miswritten_address_is_told_in_chinese_without_the_password(home: Path) -> None:
    with pytest.raises(LocalPostgresError, match="DATABASE_URL 的写法不对") as told:
        database_settings(home, {"DATABASE_URL": "postgresql://u:geheim@[x"})
    assert "geheim" not in str(told.value)
    assert told.value.__cause__ is None


def test_own_server_works_through_django(home: Path) -> None:
    local = handler(home)
    ask(local, "select 1")
    sockets = local["default"].settings_dict["HOST"]
    own = handler(home, {"DATABASE_URL": f"postgresql://daihou@/daihou?host={sockets}"})
    assert ask(own, "select current_user") == "daihou"
    local.close_all()
    own.close_all()
