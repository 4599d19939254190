"""Lists: pages by key lose and repeat nothing; exports hold numbers and run nothing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
from collections.abc import Iterator

import openpyxl
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from daihou.policy.models import ParameterVersion
from daihou.staff.models import Branch, Officer
from daihou.workbench.pieces import keyset
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.page import DeskRequest
from daihou.workbench.pieces.tables import COUNT_LIMIT, Table
from tests.cast import Cast


@pytest.fixture
def officers(db: None) -> list[Officer]:
    """Forty people; a third have no branch, many share a name."""
    branches = [Branch.objects.create(code=f"{n}", name=f"支行{n}", path=f"{n}") for n in range(3)]
    return Officer.objects.bulk_create(
        Officer(
            username=f"9{n:03d}", display_name=f"员工{n % 5}",
            branch=branches[n % 3] if n % 3 else None,
        )
        for n in range(40)
    )  # fmt: skip


def all_pages(order: tuple[str, ...]) -> list[list[str]]:
    rows, pages, after = Officer.objects.all(), [], ""
    while True:
        found = keyset.read_page(rows, order, 7, after=after)
        pages.append([row.username for row in found.rows])
        if not found.after:
            return pages
        after = found.after


ORDERS = [
    ("username",),
    ("-username",),
    ("display_name", "id"),
    ("-display_name", "id"),
    ("branch_id", "id"),
    ("-branch_id", "-id"),
    ("branch__code", "display_name", "-id"),
]


@pytest.mark.parametrize("order", ORDERS)
def test_every_row_once_forwards_and_back(officers: list[Officer], order: tuple[str, ...]) -> None:
    pages = all_pages(order)
    flat = [name for one in pages for name in one]
    assert sorted(flat) == [f"9{n:03d}" for n in range(40)]
    assert len(pages) == 6
    last = keyset.read_page(Officer.objects.all(), order, 7)
    while last.after:
        last = keyset.read_page(Officer.objects.all(), order, 7, after=last.after)
    back = []
    while True:
        back.append([row.username for row in last.rows])
        if not last.before:
            break
        last = keyset.read_page(Officer.objects.all(), order, 7, before=last.before)
    assert list(reversed(back)) == pages


@pytest.mark.parametrize("place", ["x", "WzFd", "bm90IGpzb24", "W251bGwsMV0", "é"])
def test_an_address_that_names_no_place(officers: list[Officer], place: str) -> None:
    with pytest.raises(keyset.NoSuchPlace):
        keyset.read_page(Officer.objects.all(), ("date_joined", "username", "id"), 7, after=place)


@pytest.fixture
def many_rows(cast: Cast) -> Iterator[None]:
    """200,000 rows in one table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO policy_parameterversion (code, value, effective_from, clause, evidence,"
            " status, reason) SELECT 'grade.loss_over', '1', '2024-01-01', '', 'TEXT', 'rejected',"
            " n::text FROM generate_series(1, 200000) n"
        )
        cursor.execute("ANALYZE policy_parameterversion")
    yield


def request_of(officer: Officer, **given: str) -> DeskRequest:
    request: DeskRequest = RequestFactory().get("/list/", given)  # type: ignore[assignment]
    request.officer, request.business_date = officer, dt.date(2026, 11, 20)
    return request


VERSIONS = Table(
    name="versions",
    title="版本",
    columns=(Column("编号", "pk"), Column("理由", "reason"), Column("金额", "pk", Kind.MONEY)),
    order=("-id",),
    export_limit=1000,
)


def test_the_last_page_costs_as_much_as_the_first(many_rows: None, cast: Cast) -> None:
    rows = ParameterVersion.objects.all()
    deep = keyset.read_page(rows, ("-id",), 50, before="WzFd")  # the page in front of id 1
    with CaptureQueriesContext(connection) as queries:
        keyset.read_page(rows, ("-id",), 50, after=deep.after or deep.before)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
    seconds = time.perf_counter()
    listing = VERSIONS.open(request_of(cast.zhao), rows)
    assert listing.total_text == f"{COUNT_LIMIT:,} 条以上", "a long list is not counted"
    assert time.perf_counter() - seconds < 2


def test_an_export_that_is_too_long_says_so(many_rows: None, cast: Cast) -> None:
    listing = VERSIONS.open(request_of(cast.zhao, export="xlsx"), ParameterVersion.objects.all())
    assert not listing.is_export
    assert listing.problems == ["导出未执行:结果超过 1,000 条,请先筛选再导出"]
    assert len(listing.rows) == 50, "the page is shown all the same"


TEXTS = Table(
    name="texts",
    title="文本",
    columns=(
        Column("说明", "text"),
        Column("余额", "fen", Kind.MONEY),
        Column("利率", "rate", Kind.RATE),
    ),
    order=("text",),
)
DANGEROUS = [
    {"text": "=1+1", "fen": 123_456_789, "rate": 4_350_000},
    {"text": "@SUM(A1)", "fen": -5, "rate": None},
    {"text": "江南纺织厂", "fen": None, "rate": 0},
]


def file_of(cast: Cast, kind: str) -> bytes:
    listing = TEXTS.open(request_of(cast.zhao, export=kind), DANGEROUS)
    return b"".join(listing.download().streaming_content)  # type: ignore[attr-defined]


def test_csv_opens_in_excel_and_runs_nothing(cast: Cast) -> None:
    rows = list(csv.reader(io.StringIO(file_of(cast, "csv").decode("utf-8-sig"))))
    assert rows == [
        ["说明", "余额(元)", "利率"],
        ["'=1+1", "1234567.89", "4.35%"],
        ["'@SUM(A1)", "-0.05", ""],
        ["江南纺织厂", "", "0%"],
    ]


def test_excel_holds_numbers_and_runs_nothing(cast: Cast) -> None:
    book = openpyxl.load_workbook(io.BytesIO(file_of(cast, "xlsx")))
    assert book.active is not None
    rows = list(book.active.iter_rows(min_row=3))
    assert [cell.value for cell in rows[0]] == ["=1+1", 1234567.89, 0.0435]
    assert rows[0][0].data_type == "s", "text, not a formula"
    assert rows[0][1].number_format == "#,##0.00"


def test_sorting_keeps_the_tie_breaker_and_ignores_strangers(
    officers: list[Officer], cast: Cast
) -> None:
    table = Table(
        name="o", title="员工", columns=(Column("姓名", "display_name", sort="display_name"),),
        order=("username",), page_size=10,
    )  # fmt: skip
    sorted_once = table.open(request_of(cast.zhao, sort="-display_name"), Officer.objects.all())
    names = [row.display_name for row in sorted_once.rows]
    assert names == sorted(names, reverse=True)
    assert sorted_once.later
    for asked in ("password", "-password", "display_name__x"):
        listing = table.open(request_of(cast.zhao, sort=asked), Officer.objects.all())
        assert listing.sort_field == ""
