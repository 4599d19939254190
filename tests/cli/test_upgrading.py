"""An upgrade waits for moments only, and says who is in the way."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from daihou.cli.upgrading import TablesAreHeld, bring_up_to_date

pytestmark = pytest.mark.django_db(transaction=True)


def _change_the_table() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")  # as in an upgrade, only shorter
        cursor.execute("LOCK TABLE loan_book_loan IN ACCESS EXCLUSIVE MODE")


@pytest.fixture
def another(transactional_db: None) -> Any:
    connection.ensure_connection()
    info = connection.connection.info
    with psycopg.connect(info.dsn, application_name="daihou run-day") as link:
        yield link
        link.rollback()


def test_tables_in_use_are_told_with_who_uses_them(another: psycopg.Connection) -> None:
    another.execute("SELECT count(*) FROM loan_book_loan")
    with pytest.raises(TablesAreHeld) as told:
        bring_up_to_date(_change_the_table, tries=2, pause=0)
    assert "没有改动任何数据" in str(told.value)
    assert f"进程 {another.info.backend_pid}(daihou run-day)" in str(told.value)


def test_it_tries_again_once_the_tables_are_free(another: psycopg.Connection) -> None:
    another.execute("SELECT count(*) FROM loan_book_loan")
    calls = []

    def apply() -> None:
        calls.append(1)
        if len(calls) == 2:
            another.rollback()
        _change_the_table()

    bring_up_to_date(apply, tries=3, pause=0)
    assert len(calls) == 2
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_an_index_that_a_killed_upgrade_left_is_taken_out() -> None:
    _break_off_an_index()
    try:
        assert _broken_indexes() == 1
        bring_up_to_date()
        assert _broken_indexes() == 0
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE broken_off")


def _broken_indexes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        return int(cursor.fetchone()[0])


def _break_off_an_index() -> None:
    """A unique index over equal values fails half-way and stays behind, as a killed one does."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE broken_off AS SELECT 1 AS n UNION ALL SELECT 1")
        with pytest.raises(Exception, match="duplicate"):
            cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY broken_off_index ON broken_off (n)")
