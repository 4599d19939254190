"""Portfolio, clients and events of a past day by `as_known` and `as_true`, page by page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daihou.loan_book.actions import record_happening
from daihou.loan_book.choices import HappeningKind
from loanmath.money import yuan
from tests.api.conftest import Connect, System
from tests.cast import Branches, Cast
from tests.late_story import paid_late_and_bounced
from tests.small_book import SmallBook, day

ON = "2026-03-12"
pytestmark = pytest.mark.django_db


@pytest.fixture
def book(cast: Cast, tmp_path: Path, settings: Any) -> SmallBook:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    return paid_late_and_bounced(cast)


@pytest.fixture
def east(book: SmallBook, branches: Branches, connect: Connect) -> System:
    return connect(branches.east)


def test_the_portfolio_by_both_answers(east: System, branches: Branches, connect: Connect) -> None:
    known = east.get("/portfolio", on=ON, answer="as_known").json()
    true = east.get("/portfolio", on=ON).json()
    assert (known["answer"], true["answer"]) == ("as_known", "as_true")
    assert known["gap"] == true["gap"] and true["gap"]["loans"] == true["gap"]["corrections"] == 3
    for name in ("principal", "overdue", "non_performing"):
        assert true[name] - known[name] == true["gap"][name]
    assert true["overdue"] == yuan("9000") and known["overdue"] == yuan("18000")
    for one in (known, true):
        assert sum(line["principal"] for line in one["by_grade"]) == one["principal"]
        assert sum(line["overdue"] for line in one["by_bucket"]) == one["overdue"]
    assert true["overdue_ratio"] == "27.272727"
    assert east.get("/portfolio", on="2026-03-09").status_code == 404
    assert east.get("/portfolio", branch="none").status_code == 404
    nothing = connect(branches.west, code="west").get("/portfolio", on=ON).json()
    assert nothing["loans"] == nothing["gap"]["loans"] == 0 and nothing["npl_ratio"] is None


def test_clients_by_both_answers_and_their_sum(east: System) -> None:
    for answer in ("as_known", "as_true"):
        listed = east.get("/customers", on=ON, answer=answer).json()["items"]
        whole = east.get("/portfolio", on=ON, answer=answer).json()
        assert sum(one["principal"] for one in listed) == whole["principal"]
        for one in listed:
            got = east.get(f"/customers/{one['number']}", on=ON, answer=answer).json()
            assert {name: got[name] for name in one} == one
    known = east.get("/customers/甲", on=ON, answer="as_known").json()
    true = east.get("/customers/甲", on=ON).json()
    assert (known["days_past_due"], true["days_past_due"]) == (2, 0)
    assert (known["worst_grade"]["name"], true["worst_grade"]["name"]) == ("关注", "正常")
    assert known["signals"]["黄色"] == 1 and true["signals"]["黄色"] == 0
    [correction] = true["corrections"]
    assert correction["loan"] == "甲" and correction["found_on"] == "2026-03-13"
    bounced = east.get("/customers/乙", on=ON).json()
    assert bounced["days_past_due"] == 2 and bounced["signals"]["黄色"] == 1
    assert "更正认定" in bounced["open_signals"][0]["reasons"][0]["says"]
    assert east.get("/customers/甲").json()["corrections"] == []


def test_events_of_a_loan_page_by_page(east: System) -> None:
    known = east.get("/loans/甲/events", on=ON, answer="as_known").json()["items"]
    true = east.get("/loans/甲/events", on=ON).json()["items"]
    paid = [(one["date"], one["principal"]) for one in true if one["what"]["code"] == "repayment"]
    assert paid == [("2026-02-10", yuan("1000")), ("2026-03-10", yuan("1000"))]
    assert known[-1]["what"]["code"] == "grace_ended" and known[-1]["balance"] == yuan("9000")
    assert true[-1]["what"]["name"] == "还款" and true[-1]["balance"] == yuan("8000")
    pages: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = east.get("/loans/甲/events", on=ON, limit=2, after=after).json()
        pages, after = pages + page["items"], page["next"]
    assert pages == true
    assert east.get("/loans/甲/events", after="x").status_code == 422


def test_happenings_page_by_page(east: System, book: SmallBook, cast: Cast) -> None:
    loan = book.loans["甲"]
    for on, about in (("03-10", loan), ("03-11", None), ("03-12", loan)):
        record_happening(
            customer=loan.customer, kind=HappeningKind.NOTE, happened_on=day(on), text=on,
            loan=about, by=cast.zhang, business_date=day("03-13"),
        )  # fmt: skip
    first = east.get("/customers/甲/happenings", limit=2).json()
    rest = east.get("/customers/甲/happenings", limit=2, after=first["next"]).json()
    assert [one["text"] for one in first["items"] + rest["items"]] == ["03-10", "03-11", "03-12"]
    of_loan = east.get("/customers/甲/happenings", loan="甲").json()["items"]
    assert [one["text"] for one in of_loan] == ["03-10", "03-12"]
