"""The daily step of grading: only changes are written, and a day done again is the same day."""

from __future__ import annotations

import pytest

from daihou.classification.choices import Grade
from daihou.classification.daily import write_grades
from daihou.classification.models import LoanGrade
from daihou.classification.queries import (
    changed_on,
    explained_grades,
    grade_of,
    grades_on,
    migration_between,
)
from daihou.loan_book.choices import HappeningKind
from daihou.servicing.book_on_day import StepResult
from tests.cast import Cast, branches, cast  # noqa: F401 - fixtures
from tests.shipped import shipped_parameters
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(cast: Cast) -> SmallBook:  # noqa: F811
    return SmallBook(cast)


def run(book: SmallBook, *days: str) -> StepResult:
    for month_day in days:
        result = write_grades(book.on(month_day), cursor(), shipped_parameters(day(month_day)))
    return result


def history(number: str) -> list[tuple[str, str, str, str | None]]:
    rows = explained_grades(LoanGrade.objects.filter(loan__number=number).order_by("valid_from"))
    return [
        (
            Grade(row.grade).label,
            row.reasons[0]["rule"].removeprefix("grade."),
            row.valid_from.strftime("%m-%d"),
            row.valid_to and row.valid_to.strftime("%m-%d"),
        )
        for row in rows
    ]


def test_a_loan_that_stops_paying_walks_down_and_must_earn_its_way_up(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-09", "02-10", "02-11", "02-12", "05-11", "05-12")
    book.pay("J1", "05-13", "5000")
    run(book, "05-13")
    assert history("J1") == [
        ("正常", "no_floor", "02-09", "02-11"),
        ("关注", "overdue_at_all", "02-11", "05-12"),
        ("次级", "overdue_long", "05-12", "05-13"),
        ("次级", "upgrade_waiting", "05-13", None),
    ]
    changed = LoanGrade.objects.order_by("valid_from").values_list("previous_grade", flat=True)
    assert list(changed) == [None, 1, 2, 3]


def test_only_changes_are_written(book: SmallBook) -> None:
    for number in ("J1", "J2", "J3"):
        book.lend(number, f"客户{number}")
    first = run(book, "02-09")
    assert (first.rows, first.figures["写入分类"], first.figures["正常"]) == (3, 3, 3)
    book.pay("J1", "02-10")
    book.pay("J2", "02-10")
    second = run(book, "02-11")
    assert (second.rows, second.figures["下调"]) == (1, 1)
    assert run(book, "02-12").rows == 0


def test_a_day_done_again_changes_nothing(book: SmallBook) -> None:
    book.lend("J1", "甲厂", retail=False)
    book.lend("J2", "甲厂", retail=False)
    run(book, "02-09", "02-11")
    before = list(LoanGrade.objects.order_by("pk").values())
    assert run(book, "02-11").rows == 0
    assert list(LoanGrade.objects.order_by("pk").values()) == before


def test_a_day_done_again_with_other_facts_leaves_no_trace_of_the_first_try(
    book: SmallBook,
) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-09", "02-12")
    book.happen(HappeningKind.TECHNICAL_DELAY, "02-10", "J1")
    run(book, "02-12")
    assert history("J1") == [
        ("正常", "no_floor", "02-09", "02-12"),
        ("正常", "technical_excuse", "02-12", None),
    ]


def test_the_technical_excuse_needs_a_record_about_these_arrears(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    book.lend("J2", "甲厂")
    book.lend("J3", "乙厂")
    book.happen(HappeningKind.TECHNICAL_DELAY, "02-10", "J1", whole_client=True)
    book.happen(HappeningKind.TECHNICAL_DELAY, "02-09", "J3")  # before the money fell due
    run(book, "02-17")
    assert [history(n)[-1][0] for n in ("J1", "J2", "J3")] == ["正常", "正常", "关注"]
    run(book, "02-18")
    assert [history(n)[-1][0] for n in ("J1", "J2", "J3")] == ["关注", "关注", "关注"]


def test_one_bad_claim_pulls_the_debtors_other_claims(book: SmallBook) -> None:
    book.lend("J1", "甲厂", retail=False)
    book.lend("J2", "甲厂", retail=False)
    for month in ("02", "03", "04", "05"):
        book.pay("J2", f"{month}-10")
    run(book, "05-12")
    assert history("J1")[-1][:2] == ("次级", "overdue_long")
    assert history("J2")[-1][:2] == ("次级", "debtor_mostly_bad")
    (grade,) = explained_grades(LoanGrade.objects.filter(loan__number="J2"))
    reasons = grade.reasons
    assert reasons[0]["rows"] == [{"table": "loan_book.loan", "id": "J1"}]


def test_a_settled_loan_leaves_and_a_written_off_one_stays_a_loss(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    run(book, "02-09")
    book.write_off("J2", "02-10", "10000")
    for month in range(2, 12):
        book.pay("J1", f"{month:02d}-10")
    run(book, "02-11", "11-11")
    assert history("J1")[-1] == ("正常", "no_floor", "02-09", "11-11")
    assert history("J2")[-1] == ("损失", "written_off", "02-11", None)


def test_a_loan_set_aside_keeps_its_grade(book: SmallBook) -> None:
    loan = book.lend("J1", "甲厂")
    run(book, "02-12")
    loan.plans.update(principal=[1] * 10)
    assert book.on("05-12").is_set_aside.all()
    assert run(book, "05-12").rows == 0
    assert history("J1") == [("关注", "overdue_at_all", "02-12", None)]


def test_history_is_read_as_of_a_day_and_by_what_one_may_see(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    loan = book.lend("J1", "甲厂")
    run(book, "02-09", "02-11", "05-12")
    assert [grade_of(loan, on=day(d)).grade for d in ("02-10", "02-11", "05-12")] == [1, 2, 3]
    assert grade_of(loan, on=day("02-08")) is None
    assert [row.grade for row in grades_on(cast.zhang, day("03-01"))] == [2]
    assert [row.grade for row in changed_on(cast.zhang, day("05-12"))] == [3]
    (moved,) = migration_between(cast.zhang, day("02-10"), day("05-12"))
    assert (moved.grade, moved.closing_grade) == (1, 3)
    assert not grades_on(cast.chen, day("03-01")).exists()


def test_grades_of_a_loan_whose_import_was_undone_go_away(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    run(book, "02-09")
    book.forget("J1")
    assert run(book, "02-10").rows == 1
    assert list(LoanGrade.objects.values_list("loan__number", flat=True)) == ["J2"]
