"""Columns of numbers and dates reach numpy and come back from it unchanged."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest

from daihou.storage.packed_columns import Column, ListColumn, Written, read_columns, write_columns
from loanmath.dates import NO_DATE

Link = psycopg.Connection[Any]


@pytest.fixture
def plan(link: Link) -> Link:
    link.execute(
        "create temporary table plan (id bigint primary key, days date[], fen bigint[], paid date,"
        " kind smallint, late boolean, words text, secret bytea)"
    )
    write_columns(
        link,
        "plan",
        {
            "id": Written(np.array([3, 1, 2]), "int8"),
            "days": Written(np.array([[20_000, 20_031]] * 3, np.int32), "date"),
            "fen": Written(np.array([[1, -1], [2**62, 0], [5, 6]]), "int8"),
            "paid": Written(np.array([19_999, NO_DATE, -719_162], np.int32), "date"),
            "kind": Written(np.array([7, -7, 0]), "int2"),
            "late": Written(np.array([True, False, True]), "bool"),
            "words": Written(np.array(["逾期".encode(), b"x", b""]), "text"),
            "secret": Written(np.array([b"\0a\0", b"bcd", b"\0\0\0"], "V3"), "bytea"),
        },
    )
    return link


def test_what_was_written_is_what_the_server_holds(plan: Link) -> None:
    found = plan.execute(
        "select id, days::text, fen, paid::text, kind, late, words, secret from plan order by id"
    ).fetchall()
    days = "{2024-10-04,2024-11-04}"
    assert found == [
        (1, days, [2**62, 0], None, -7, False, "x", b"bcd"),
        (2, days, [5, 6], "0001-01-01", 0, True, "", b"\0\0\0"),
        (3, days, [1, -1], "2024-10-03", 7, True, "逾期", b"\0a\0"),
    ]


def test_rows_come_in_the_order_of_their_key(plan: Link) -> None:
    columns = {
        "id": Column("id", "int8"),
        "paid": Column("paid", "date"),
        "kind": Column("kind", "int2"),
        "late": Column("late", "bool"),
        "fen": ListColumn("fen", "int8"),
        "days": ListColumn("days", "date"),
    }
    read = read_columns(plan, "plan", columns, key="id", above=0, up_to=2)
    assert {name: (values.dtype.name, values.tolist()) for name, values in read.items()} == {
        "id": ("int64", [1, 2]),
        "paid": ("int32", [NO_DATE, -719_162]),
        "kind": ("int16", [-7, 0]),
        "late": ("bool", [False, True]),
        "fen_length": ("int32", [2, 2]),
        "fen": ("int64", [2**62, 0, 5, 6]),
        "days_length": ("int32", [2, 2]),
        "days": ("int32", [20_000, 20_031] * 2),
    }
    assert read_columns(plan, "plan", columns, key="id", only="late", up_to=9)["id"].tolist() == [
        2,
        3,
    ]


def test_no_rows_keep_their_kinds(plan: Link) -> None:
    columns = {"day": Column("paid", "date"), "fen": ListColumn("fen", "int8")}
    read = read_columns(plan, "plan", columns, key="id", above=3, up_to=3)
    kinds = {name: (values.dtype.name, values.size) for name, values in read.items()}
    assert kinds == {"day": ("int32", 0), "fen_length": ("int32", 0), "fen": ("int64", 0)}


def test_arrays_of_different_lengths_and_empty_ones(plan: Link) -> None:
    plan.execute("update plan set fen = '{}' where id = 2")
    plan.execute("update plan set fen = '{9}' where id = 3")
    read = read_columns(plan, "plan", {"fen": ListColumn("fen", "int8")}, key="id", up_to=3)
    assert read["fen_length"].tolist() == [2, 0, 1]
    assert read["fen"].tolist() == [2**62, 0, 9]


def test_null_that_is_no_date_is_refused(plan: Link) -> None:
    with pytest.raises(ValueError, match="NULL"):
        read_columns(plan, "plan", {"n": Column("null", "int4")}, key="id", up_to=9)
    with pytest.raises(ValueError, match="空值"):
        read_columns(plan, "plan", {"n": ListColumn("array[null]", "int8")}, key="id", up_to=9)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="numeric"):
        Column("rate", "numeric")
