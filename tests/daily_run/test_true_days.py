"""Both answers about the whole book of a past day: what was known, and what is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from daihou.daily_run.models import Correction
from daihou.daily_run.runner import run_days
from daihou.daily_run.true_days import true_rows_of
from daihou.ledger.actions import record_repayment
from daihou.loan_book.models import Customer
from daihou.reports.book_reader import Book
from daihou.reports.definitions import Definitions
from daihou.reports.differences import gap_between_answers
from daihou.reports.queries import head_figures, paid_between
from daihou.reports.scope import Scope
from daihou.servicing.queries import read_loan
from daihou.servicing.snapshots import snapshot_path
from loanmath.money import yuan
from tests.cast import Cast
from tests.late_story import paid_late_and_bounced
from tests.small_book import SmallBook, day

pytestmark = pytest.mark.django_db

WHOLE = Scope("CNY", seen_branches=None)


@pytest.fixture
def book(cast: Cast, tmp_path: Path, settings: Any) -> SmallBook:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    return paid_late_and_bounced(cast)


def rows(on: str, *, as_true: bool) -> dict[int, dict[str, Any]]:
    """The rows of a day by loan."""
    true = true_rows_of([day(on)]) if as_true else {}
    asked = Book(settings_folder(), [day(on)], Definitions(), WHOLE, true)
    names = ("loan_id", "principal", "days_past_due", "grade", "paid_today", "signals_yellow")
    found = asked.ask(f"SELECT {', '.join(names)} FROM book ORDER BY loan_id")
    return {row[0]: dict(zip(names, row, strict=True)) for row in found}


def settings_folder() -> Path:
    return Path(django_settings.SNAPSHOT_FOLDER)


def test_the_true_rows_stand_in_the_place_of_the_believed_ones(book: SmallBook) -> None:
    late, bounced, calm = (book.loans[name].pk for name in ("甲", "乙", "丙"))
    for on in ("03-10", "03-11", "03-12"):
        known, true = rows(on, as_true=False), rows(on, as_true=True)
        assert known[calm] == true[calm]
        for loan in book.loans.values():
            kernel = read_loan(loan).position(day(on))
            assert true[loan.pk]["principal"] == kernel.principal
            assert true[loan.pk]["days_past_due"] == kernel.days_past_due
    known, true = rows("03-12", as_true=False), rows("03-12", as_true=True)
    assert [known[late]["days_past_due"], true[late]["days_past_due"]] == [2, 0]
    assert [known[bounced]["days_past_due"], true[bounced]["days_past_due"]] == [0, 2]
    assert [known[late]["grade"], true[late]["grade"]] == [2, 1]
    assert [known[bounced]["grade"], true[bounced]["grade"]] == [1, 2]
    assert [known[late]["signals_yellow"], true[late]["signals_yellow"]] == [1, 0]
    assert [known[bounced]["signals_yellow"], true[bounced]["signals_yellow"]] == [0, 1]
    paid_known, paid_true = rows("03-10", as_true=False), rows("03-10", as_true=True)
    assert [paid_known[late]["paid_today"], paid_true[late]["paid_today"]] == [0, yuan("1010")]
    assert [paid_known[bounced]["paid_today"], paid_true[bounced]["paid_today"]] == [
        yuan("1010"), 0,
    ]  # fmt: skip


def test_totals_are_the_sum_of_their_rows_in_both_answers(book: SmallBook) -> None:
    on, folder = day("03-12"), settings_folder()
    true = true_rows_of([on])
    known_total = head_figures(folder, [on], Definitions(), WHOLE)[on]
    true_total = head_figures(folder, [on], Definitions(), WHOLE, true)[on]
    for total, as_true in ((known_total, False), (true_total, True)):
        found = rows("03-12", as_true=as_true).values()
        assert total.principal == sum(row["principal"] for row in found)
        assert total.overdue == sum(row["principal"] for row in found if row["days_past_due"])
    gap = gap_between_answers(folder, on, Definitions(), WHOLE, true)
    assert gap.loans == 3
    assert gap.principal == true_total.principal - known_total.principal == -yuan("1000")
    assert gap.overdue == true_total.overdue - known_total.overdue == -yuan("9000")
    assert gap.non_performing == 0
    days = [day("03-10"), day("03-11"), day("03-12")]
    of_truth = paid_between(folder, days, WHOLE, true_rows_of(days))
    assert paid_between(folder, days, WHOLE) == of_truth - yuan("1010") == yuan("2020")


def test_a_day_of_which_nothing_was_learned_has_one_answer(book: SmallBook) -> None:
    assert true_rows_of([day("03-13"), day("03-01")]) == {}
    assert gap_between_answers(settings_folder(), day("03-13"), Definitions(), WHOLE, {}).is_nothing


def test_the_file_is_made_anew_when_more_is_learned(book: SmallBook) -> None:
    first = true_rows_of([day("03-12")])[day("03-12")]
    assert true_rows_of([day("03-12")]) == {day("03-12"): first}
    record_repayment(
        loan=book.loans["乙"], amount=yuan("1100"), value_date=day("03-12"),
        business_date=day("03-14"),
    )  # fmt: skip
    run_days([day("03-14")])
    again = true_rows_of([day("03-12")])[day("03-12")]
    assert again != first
    assert rows("03-12", as_true=True)[book.loans["乙"].pk]["days_past_due"] == 0
    again.unlink()
    assert true_rows_of([day("03-12")])[day("03-12")].exists()
    assert Correction.objects.count() == 4


def test_a_client_handed_over_is_told_of_where_it_was(book: SmallBook, cast: Cast) -> None:
    was = book.loans["甲"].customer.branch_id
    Customer.objects.filter(pk=book.loans["甲"].customer_id).update(branch=cast.chen.branch)
    asked = Book(
        settings_folder(), [day("03-12")], Definitions(), WHOLE, true_rows_of([day("03-12")])
    )
    held = dict(asked.ask("SELECT loan_id, branch_id FROM book"))
    assert held[book.loans["甲"].pk] == was
    assert snapshot_path(settings_folder(), day("03-12")).exists()
