"""Rows go to PostgreSQL and come back the same, in bulk: nulls, Chinese, far dates, extremes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daihou.storage import bulk
from daihou.storage.bulk import copy_in, insert_or_update, read_batches, read_table, update_rows
from daihou.storage.column_types import BulkMoveError

Link = psycopg.Connection[Any]

EVERY_TYPE = {
    "yes": ("boolean", pa.bool_()),
    "small": ("smallint", pa.int16()),
    "number": ("integer", pa.int32()),
    "big": ("bigint", pa.int64()),
    "day": ("date", pa.date32()),
    "moment": ("timestamptz", pa.timestamp("us", "UTC")),
    "local": ("timestamp", pa.timestamp("us")),
    "words": ("text", pa.string()),
    "code": ("varchar(40)", pa.string()),
    "secret": ("bytea", pa.binary()),
    "reasons": ("jsonb", pa.string()),
    "smalls": ("smallint[]", pa.list_(pa.int16())),
    "numbers": ("integer[]", pa.list_(pa.int32())),
    "bigs": ("bigint[]", pa.list_(pa.int64())),
    "days": ("date[]", pa.list_(pa.date32())),
}


def make_table(link: Link, name: str = "every_type") -> None:
    columns = ", ".join(f"{column} {kind}" for column, (kind, _) in EVERY_TYPE.items())
    link.execute(f"create temporary table {name} (row_number bigint primary key, {columns})")


def signed(bits: int) -> st.SearchStrategy[int]:
    edge = 2 ** (bits - 1)
    return st.integers(-edge, edge - 1) | st.sampled_from([-edge, edge - 1, -1, 0, 1])


DAYS = st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40)
MOMENTS = st.datetimes()
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "yes": st.booleans(),
    "small": signed(16),
    "number": signed(32),
    "big": signed(64),
    "day": DAYS,
    "moment": MOMENTS.map(lambda moment: moment.replace(tzinfo=dt.UTC)),
    "local": MOMENTS,
    "words": TEXT,
    "code": TEXT,
    "secret": st.binary(max_size=40),
    "reasons": st.sampled_from(['{"规则": [1, 2]}', "[]", '"逾期"', "null"]),
    "smalls": st.lists(signed(16), max_size=5),
    "numbers": st.lists(signed(32), max_size=5),
    "bigs": st.lists(signed(64), max_size=5),
    "days": st.lists(DAYS, max_size=5),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}),
    max_size=30,
)


@given(rows=ROWS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_rows_come_back_the_same(link: Link, rows: list[dict[str, Any]]) -> None:
    with link.transaction(force_rollback=True), link.cursor() as cursor:
        make_table(link)
        schema = pa.schema([(name, kind) for name, (_, kind) in EVERY_TYPE.items()])
        table = pa.Table.from_pylist(rows, schema).append_column(
            "row_number", pa.array(range(len(rows)), pa.int64())
        )
        assert copy_in(cursor, "every_type", table) == len(rows)
        names = ", ".join(table.column_names)
        back = read_table(link, f"select {names} from every_type order by row_number")
        assert back.schema == table.schema
        assert back.to_pylist() == table.to_pylist()
        # the server's own text form agrees, so that two equal mistakes cannot cancel out
        told = cursor.execute(
            "select small, number, big, day, words, bigs, days from every_type order by row_number"
        ).fetchall()
        expected = [
            tuple(row[n] for n in ("small", "number", "big", "day", "words", "bigs", "days"))
            for row in rows
        ]
        assert told == expected


def test_table_of_many_blocks_comes_back_in_order(link: Link) -> None:
    link.execute(
        "create temporary table many as select g::bigint as id, (g * 7)::bigint as amount,"
        " case when g % 3 = 0 then null else '第' || g || '期' end as words,"
        " array[g, -g]::int[] as pair from generate_series(1, 200000) as g"
    )
    table = read_table(link, "select * from many order by id")
    ids = table["id"].to_numpy()
    assert (ids == np.arange(1, 200_001)).all()
    assert (table["amount"].to_numpy() == ids * 7).all()
    words = table["words"].to_pylist()
    assert words[:4] == ["第1期", "第2期", None, "第4期"]
    assert words[-1] == "第200000期"
    assert table["words"].null_count == 66_666
    assert table["pair"][-1].as_py() == [200_000, -200_000]
    assert max(batch.num_rows for batch in read_batches(link, "select * from many")) <= 65_536
    with link.cursor() as cursor:
        cursor.execute("create temporary table copy_of_many (like many)")
        assert copy_in(cursor, "copy_of_many", table) == 200_000
        difference = (
            "(table many except table copy_of_many) union all"
            " (table copy_of_many except table many)"
        )
        assert cursor.execute(difference).fetchall() == []


def test_row_longer_than_a_block(link: Link) -> None:
    link.execute(
        "create temporary table long_words as select g as id, repeat('长', g * 1500000) as words"
        " from generate_series(0, 3) as g"
    )
    table = read_table(link, "select id, words from long_words order by id")
    assert [len(words) for words in table["words"].to_pylist()] == [0, 1.5e6, 3e6, 4.5e6]
    assert set(table["words"][3].as_py()) == {"长"}


def test_empty_result_keeps_its_columns(link: Link) -> None:
    table = read_table(link, "select 1::bigint as id, array[1] as ns, 'x'::text as t where false")
    assert table.num_rows == 0
    assert table.schema == pa.schema(
        [("id", pa.int64()), ("ns", pa.list_(pa.int32())), ("t", pa.string())]
    )
    assert link.execute("select 1").fetchone() == (1,)


def test_parameters_are_written_into_the_query(link: Link) -> None:
    words = "O'Brien \\ 张三; --"
    table = read_table(link, "select %s::text as words, %s::date as day", [words, dt.date.max])
    assert table.to_pylist() == [{"words": words, "day": dt.date.max}]


def test_reads_by_address_too(server_url: str) -> None:
    assert read_table(server_url, "select 5::smallint as n").to_pylist() == [{"n": 5}]


def test_reading_sees_the_transaction(link: Link) -> None:
    link.execute("create temporary table fresh as select 9::int as n")
    assert read_table(link, "select n from fresh").to_pylist() == [{"n": 9}]
    assert link.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


def test_error_in_the_middle_is_the_servers_error(link: Link) -> None:
    failing = "select 10 / (150000 - g) as n from generate_series(1, 200000) as g"
    with pytest.raises(psycopg.errors.DivisionByZero), link.transaction():
        read_table(link, failing)
    assert link.execute("select 1").fetchone() == (1,)


def test_reading_may_be_given_up_half_way(link: Link) -> None:
    with link.transaction(force_rollback=True):
        batches = read_batches(link, "select g from generate_series(1, 3000000) as g")
        assert next(batches).num_rows > 0
        batches.close()
    assert link.execute("select 1").fetchone() == (1,)


def test_killed_connection_is_an_error_and_not_an_end(link: Link, server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as victim:
        batches = read_batches(victim, "select g from generate_series(1, 5000000) as g")
        next(batches)
        link.execute("select pg_terminate_backend(%s)", [victim.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            for _ in batches:
                pass


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select 1.5::numeric as rate", "列 rate 的类型不能批量读写"),
        ("select array[1, null] as ns", "列 ns 的数组中有空值"),
        ("select array[[1], [2]] as ns", "列 ns 的数组不止一维"),
        ("select date 'infinity' as until", "列 until 中有无穷日期"),
        ("select date '-infinity' as since", "列 since 中有无穷日期"),
    ],
)
def test_what_cannot_be_read_is_named(link: Link, query: str, words: str) -> None:
    with pytest.raises(BulkMoveError, match=words):
        read_table(link, query)
    assert link.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"small": np.array([40_000])}, "列 small 的值放不进数据库类型 smallint"),
        ({"big": pa.array(["十万"])}, "列 big 的值放不进数据库类型 bigint"),
        ({"big": np.array([0.5])}, "列 big 的值放不进数据库类型 bigint"),
        ({"bigs": pa.array([[1, None]])}, "的数组中有空值"),
        ({"big": np.array([1, 2]), "small": np.array([1])}, "各列行数不一致"),
        ({}, "没有给出任何列"),
    ],
)
def test_what_cannot_be_written_is_named(
    link: Link, columns: dict[str, bulk.Column], words: str
) -> None:
    with link.cursor() as cursor:
        make_table(link)
        link.execute("alter table every_type drop column row_number")
        with pytest.raises(BulkMoveError, match=words), link.transaction():
            copy_in(cursor, "every_type", columns)
        assert cursor.execute("select count(*) from every_type").fetchone() == (0,)


def test_numpy_columns_and_days_as_whole_numbers(link: Link) -> None:
    with link.cursor() as cursor:
        make_table(link)
        copy_in(
            cursor,
            "every_type",
            {
                "row_number": np.arange(2, dtype=np.int32),
                "day": np.array([0, 20_000], np.int32),
                "big": np.array([-(2**63), 2**63 - 1]),
                "words": np.array(["张三", "李四"]),
            },
        )
        found = cursor.execute("select day, big, words from every_type order by row_number")
        assert found.fetchall() == [
            (dt.date(1970, 1, 1), -(2**63), "张三"),
            (dt.date(2024, 10, 4), 2**63 - 1, "李四"),
        ]


def test_slices_of_longer_columns_are_written_right(link: Link) -> None:
    table = pa.table(
        {
            "row_number": pa.array(range(50_000), pa.int64()),
            "words": pa.array([f"第{n}笔" for n in range(50_000)]),
            "bigs": pa.array([[n] * (n % 4) for n in range(50_000)], pa.list_(pa.int64())),
            "number": pa.array([n if n % 5 else None for n in range(50_000)], pa.int32()),
        }
    ).slice(123, 40_000)
    with link.cursor() as cursor:
        make_table(link)
        copy_in(cursor, "every_type", table)
    names = ", ".join(table.column_names)
    back = read_table(link, f"select {names} from every_type order by row_number")
    assert back.to_pylist() == table.to_pylist()


def test_update_and_merge_touch_only_what_differs(link: Link) -> None:
    with link.cursor() as cursor:
        cursor.execute(
            "create temporary table grade (loan bigint primary key, level int, day date)"
        )
        day = pa.array([dt.date(2026, 6, 30)] * 3)
        first = pa.table({"loan": [1, 2, 3], "level": [1, 1, 1], "day": day})
        assert insert_or_update(cursor, "grade", ["loan"], first) == 3
        assert insert_or_update(cursor, "grade", ["loan"], first) == 0
        second = {"loan": np.array([2, 3, 4]), "level": np.array([1, 5, 2]), "day": day}
        assert insert_or_update(cursor, "grade", ["loan"], second) == 2
        assert (
            update_rows(
                cursor, "grade", ["loan"], {"loan": np.array([1, 9]), "level": np.array([4, 4])}
            )
            == 1
        )
        cursor.execute("select loan, level from grade order by loan")
        assert cursor.fetchall() == [(1, 4), (2, 1), (3, 5), (4, 2)]


def test_a_duplicate_in_a_merge_is_refused_by_the_server(link: Link) -> None:
    with link.cursor() as cursor:
        cursor.execute("create temporary table grade (loan bigint primary key, level int)")
        twice = {"loan": np.array([1, 1]), "level": np.array([1, 2])}
        with pytest.raises(psycopg.errors.CardinalityViolation), link.transaction():
            insert_or_update(cursor, "grade", ["loan"], twice)


def test_freeze_needs_a_table_of_this_transaction(link: Link) -> None:
    with link.cursor() as cursor:
        cursor.execute("create table partition_of_today (id bigint)")
        assert copy_in(cursor, "partition_of_today", {"id": np.arange(10)}, freeze=True) == 10
        assert cursor.execute("select sum(id) from partition_of_today").fetchone() == (45,)
