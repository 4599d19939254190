"""The lender's own server is used as it is, if it is new enough and can hold Chinese."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from daihou.storage.errors import LocalPostgresError
from daihou.storage.local_postgres import check_version, database_url


def test_address_is_used_as_given_and_nothing_is_started(empty_home: Path, server_url: str) -> None:
    assert database_url(empty_home, {"DATABASE_URL": f" {server_url} "}) == server_url
    assert not (empty_home / "postgres").exists()


def test_server_out_of_reach_is_told_without_the_password(empty_home: Path) -> None:
    url = "postgresql://u:geheim@127.0.0.1:1/x"
    with pytest.raises(LocalPostgresError, match="连接不上环境变量 DATABASE_URL") as told:
        database_url(empty_home, {"DATABASE_URL": url})
    assert "geheim" not in str(told.value)
    assert "不设 DATABASE_URL 则使用自带数据库" in told.value.remedy


@pytest.mark.parametrize("version", [140_012, 90_624])
def test_old_server_is_refused(version: int) -> None:
    with pytest.raises(LocalPostgresError, match=f"是 PostgreSQL {version // 10000}，版本过低"):
        check_version(version)


@pytest.mark.parametrize("version", [150_000, 160_004, 180_006])
def test_server_from_15_on_is_welcome(version: int) -> None:
    check_version(version)


def test_database_that_cannot_hold_chinese_is_refused(empty_home: Path, server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as link:
        link.execute(
            "create database latin encoding 'LATIN1' template template0"
            " locale_provider libc locale 'C'"
        )
    try:
        with pytest.raises(LocalPostgresError, match="编码是 LATIN1，不能保存全部汉字"):
            database_url(empty_home, {"DATABASE_URL": server_url.replace("/daihou?", "/latin?")})
    finally:
        with psycopg.connect(server_url, autocommit=True) as link:
            link.execute("drop database latin with (force)")
