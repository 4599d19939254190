"""Lists: short ones are sorted by anything, long ones only by what an index serves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from daihou.staff.models import Officer
from daihou.workbench.pieces import tables
from tests.cast import Branches, Cast
from tests.workbench.small_bank import SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
BALANCE = "sort=-position__principal"


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    return make_small_bank(cast, branches)


def numbers(client: Client, address: str) -> list[int]:
    page = client.get(address).content.decode()
    return [int(n) for n in re.findall(r'href="/loans/JJ2026(\d{6})/">', page)]


def test_a_short_list_is_sorted_by_balance(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    assert numbers(as_officer(cast.zhao), f"/loans/?{BALANCE}")[:3] == [1, 4, 2]


def test_a_long_list_keeps_to_its_index(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "COUNT_LIMIT", 5)
    zhao = as_officer(cast.zhao)
    assert numbers(zhao, f"/loans/?{BALANCE}") == list(range(1, 10))
    page = zhao.get("/loans/").content.decode()
    assert "5 笔以上" in page
    assert "sort=position__principal" not in page and "sort=number" in page
    assert numbers(zhao, f"/loans/?overdue=any&{BALANCE}") == [1, 4, 3]


@pytest.mark.parametrize("limit", [5, 10_000])
def test_pages_follow_without_gap_or_repeat(
    bank: SmallBank,
    cast: Cast,
    as_officer: AsOfficer,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
) -> None:
    monkeypatch.setattr(tables, "COUNT_LIMIT", limit)
    table = tables.Table
    made = table.__init__

    def small_pages(self: tables.Table, **given: object) -> None:
        made(self, **{**given, "page_size": 2})  # type: ignore[arg-type]

    monkeypatch.setattr(table, "__init__", small_pages)
    zhao, address, seen = as_officer(cast.zhao), "/loans/?sort=-number", []
    while address:
        seen += numbers(zhao, address)
        page = zhao.get(address).content.decode()
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found.group(1).replace("&amp;", "&") if found else ""
    assert seen == list(range(9, 0, -1))


def test_a_client_manager_is_found_by_name(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao = as_officer(cast.zhao)
    assert numbers(zhao, "/loans/?officer=陈外支") == [9]
    assert numbers(zhao, "/loans/?officer=2001") == [9]
    assert (
        "没有姓名或工号为“无此人”的客户经理" in zhao.get("/loans/?officer=无此人").content.decode()
    )
