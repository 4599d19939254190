"""The catalogue of indicators: every file is understood, by DuckDB and by Spark's dialect."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import sqlglot
from sqlglot import exp

from daihou.early_warning.indicators.catalogue import DATA_NAMES, indicators, views
from daihou.early_warning.indicators.computing import queries_over

# What every engine computes alike on whole numbers.
ALLOWED = (
    exp.Sum, exp.Count, exp.Min, exp.Max, exp.ArgMax, exp.Lag, exp.RowNumber, exp.Rank,
    exp.Greatest, exp.Least, exp.Coalesce, exp.Nullif, exp.Cast, exp.Floor, exp.Sqrt, exp.Case,
    exp.If, exp.Filter, exp.And, exp.Or,
)  # fmt: skip
ALL = frozenset(DATA_NAMES)


def texts() -> Mapping[str, str]:
    """The queries of all indicators and views by name."""
    return {one.code: one.sql for one in indicators().values()} | {
        one.name: one.sql for one in views().values()
    }


@pytest.mark.parametrize("name", sorted(texts()))
def test_a_query_is_plain_enough_for_every_engine(name: str) -> None:
    query = sqlglot.parse_one(texts()[name], read="duckdb")
    for function in query.find_all(exp.Func):
        assert isinstance(function, ALLOWED), f"{name}: {function.sql()}"
    spark = query.sql(dialect="spark")
    again = sqlglot.parse_one(spark, read="spark")
    assert [one.alias_or_name for one in again.expressions] == [
        one.alias_or_name for one in query.expressions
    ]


def test_which_row_is_the_latest_never_stands_open() -> None:
    """Of two rows of one day every engine takes the same: the number decides."""
    queries = [sqlglot.parse_one(sql, read="duckdb") for sql in texts().values()]
    latest = [found for query in queries for found in query.find_all(exp.ArgMax)]
    assert latest and {found.expression.sql() for found in latest} == {"(day, id)"}


def test_every_indicator_says_what_it_is() -> None:
    assert len(indicators()) >= 39
    for one in indicators().values():
        assert one.name and one.definition and one.source and one.needs, one.code
        assert set(one.needs) <= ALL, one.code
    assert len({one.name for one in indicators().values()}) == len(indicators())


def test_indicators_over_one_view_are_read_in_one_query() -> None:
    joined = queries_over(ALL)
    assert sorted(code for codes in joined.values() for code in codes) == sorted(indicators())
    assert len(joined) < len(indicators()) / 2
    assert queries_over(frozenset()) == {}
