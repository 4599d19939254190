"""The daily totals: the same as the snapshots say, and the same again when the day is run again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from daihou.reports.book_reader import Book
from daihou.reports.choices import NO_INDUSTRY, ScopeKind
from daihou.reports.daily import add_up_the_day
from daihou.reports.definitions import Definitions
from daihou.reports.models import DayTotal
from daihou.reports.queries import book_visible_to, head_figures, paid_by_month
from daihou.reports.scope import Scope
from daihou.reports.totals import totals_from
from tests.reports.bank import DAYS, FEBRUARY, TODAY, YUAN, Bank

WHOLE = Scope("CNY", seen_branches=None)
SHIPPED = Definitions()


@pytest.fixture
def added_up(bank: Bank, settings: Any) -> Bank:
    settings.SNAPSHOT_FOLDER = bank.folder
    for day in DAYS:
        add_up(day)
    return bank


def add_up(day: dt.date) -> int:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        return add_up_the_day(cursor, day).rows


def scopes(bank: Bank) -> list[Scope]:
    east, loan = bank.branches["CD"].pk, bank.products["LD"].pk
    officers = bank.officers
    return [
        WHOLE,
        replace(WHOLE, currency="USD"),
        replace(WHOLE, branch=east, branches=(east,)),
        replace(WHOLE, officer=officers["张经理"].pk),
        replace(WHOLE, product=loan),
        replace(WHOLE, industry="C"),
        replace(WHOLE, industry=NO_INDUSTRY),
        *(
            book_visible_to(officers[name], "CNY")
            for name in ("赵风险", "孙贷后", "张经理", "陈外支")
        ),
    ]


def test_totals_say_what_the_snapshots_say(added_up: Bank) -> None:
    compared = 0
    for scope in scopes(added_up):
        assert scope.total is not None
        kept = head_figures(added_up.folder / "nowhere", DAYS, SHIPPED, scope)
        assert kept == totals_from(Book(added_up.folder, DAYS, SHIPPED, scope), SHIPPED)
        compared += len(kept)
    assert compared > 40


def test_head_office_counts_with_everything_under_it(added_up: Bank) -> None:
    root = DayTotal.objects.get(
        scope=ScopeKind.BRANCH,
        scope_code=str(added_up.branches["ZH"].pk),
        currency="CNY",
        day=TODAY,
    )
    assert (root.principal, root.clients) == (1_710_000 * YUAN, 3)


def test_a_combination_is_not_kept_but_added_up(added_up: Bank) -> None:
    east = added_up.branches["CD"].pk
    scope = replace(WHOLE, branch=east, branches=(east,), product=added_up.products["XF"].pk)
    assert scope.total is None
    found = head_figures(added_up.folder, [TODAY], SHIPPED, scope)[TODAY]
    assert found.principal == 160_000 * YUAN


def test_what_a_person_does_not_see_is_under_no_heading(added_up: Bank) -> None:
    """A branch's view of a product is not the whole bank's total of that product."""
    east = book_visible_to(added_up.officers["孙贷后"], "CNY")
    assert replace(east, product=1).total is None
    own = book_visible_to(added_up.officers["张经理"], "CNY")
    assert replace(own, officer=added_up.officers["陈外支"].pk).total is None
    assert Scope("CNY").total is None


def test_a_day_added_up_again_leaves_the_same_rows(added_up: Bank) -> None:
    before = list(DayTotal.objects.order_by("pk").values())
    assert add_up(FEBRUARY) == DayTotal.objects.filter(day=FEBRUARY).count()
    assert list(DayTotal.objects.order_by("pk").values()) == before


def test_payments_by_month_leave_out_what_is_not_kept(added_up: Bank) -> None:
    ends = [FEBRUARY, TODAY]
    paid = paid_by_month(added_up.folder, list(DAYS), ends, WHOLE)
    assert paid == {"2026-02": 0, "2026-03": 500_000 * YUAN}
    DayTotal.objects.all().delete()
    assert paid_by_month(added_up.folder, list(DAYS), ends, WHOLE) == {"2026-03": 500_000 * YUAN}
