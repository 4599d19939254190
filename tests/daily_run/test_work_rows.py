"""The daily step of the worklist: one row per client, kept or dropped from day to day."""

from __future__ import annotations

import pytest

from daihou.classification.daily import write_grades
from daihou.daily_run.choices import Task, WorkStatus
from daihou.daily_run.models import SetAside, WorkItem
from daihou.daily_run.queries import explained_work
from daihou.daily_run.work_budget import held_back, within_budget
from daihou.daily_run.work_rows import write_worklist
from daihou.early_warning.daily import write_signals
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
        on, parameters = book.on(month_day), shipped_parameters(day(month_day))
        write_signals(on, cursor(), parameters)
        write_grades(on, cursor(), parameters)
        result = write_worklist(on, cursor(), parameters)
    return result


def work(client: str, on: str = "12-31") -> WorkItem:
    newest = WorkItem.objects.filter(customer__number=client).latest("opened_on")
    return explained_work([newest], on=day(on))[0]


def act(client: str, **values: object) -> None:
    WorkItem.objects.filter(pk=work(client).pk).update(**values)


def test_all_matters_of_a_client_stand_in_one_row(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    book.lend("J1", "甲厂", retail=False)
    book.lend("J2", "甲厂", retail=False)
    run(book, "02-09", "02-11")
    (row,) = explained_work(WorkItem.objects.all(), on=day("02-11"))
    assert (row.officer, row.branch) == (cast.zhang, cast.zhang.branch)
    assert row.task == Task.FIRST_CONTACT
    assert row.why_first == (
        "2 笔逾期,最长 1 天,本息合计 2,020.00 元未还;预警:53 出现逾期(黄);分类由正常下调为关注"
    )
    assert row.due_on == day("02-12")
    assert {r["rows"][0]["id"] for r in row.reasons[1:]} == {"J1", "J2"}


def test_work_lapses_when_its_cause_is_gone_and_comes_back_as_new_work(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    book.pay("J1", "02-12", "1011")
    assert run(book, "02-12").figures["消失"] == 1
    first = work("甲厂")
    assert (first.status, first.closed_on) == (WorkStatus.LAPSED, day("02-12"))
    run(book, "03-11")
    second = work("甲厂")
    assert (second.status, second.opened_on) == (WorkStatus.OPEN, day("03-11"))
    assert second.pk != first.pk


def test_a_deferral_is_kept_until_its_day(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    act("甲厂", status=WorkStatus.DEFERRED, deferred_until=day("02-14"))
    run(book, "02-13")
    assert work("甲厂").status == WorkStatus.DEFERRED
    assert work("甲厂", "02-13").why_first.startswith("逾期 3 天")
    run(book, "02-14")
    assert work("甲厂").status == WorkStatus.OPEN


def test_work_that_was_done_is_followed_up_after_a_week_or_when_something_new_comes(
    book: SmallBook,
) -> None:
    book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    run(book, "02-11")
    for client in ("甲厂", "乙厂"):
        act(client, status=WorkStatus.DONE, closed_on=day("02-11"))
    book.happen(HappeningKind.HARDSHIP_STATED, "02-13", "J2")
    assert run(book, "02-12").rows == 0
    run(book, "02-13")
    assert work("甲厂").opened_on == day("02-11")
    assert work("乙厂").opened_on == day("02-13")
    assert work("乙厂").why_first == "预警:60 宣称无力还款或申请减免(橙)"
    run(book, "02-17", "02-18")
    assert work("甲厂").opened_on == day("02-18")
    assert work("甲厂").task == Task.FOLLOW_UP


def test_a_day_done_again_changes_nothing(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    run(book, "02-11")
    book.pay("J2", "02-12", "1011")
    run(book, "02-12")
    before = list(WorkItem.objects.order_by("pk").values())
    assert run(book, "02-12").rows == 0
    assert list(WorkItem.objects.order_by("pk").values()) == before


def test_bad_data_goes_to_the_post_loan_desk_of_the_branch(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    loan = book.lend("J1", "甲厂")
    loan.plans.update(principal=[1] * 10)
    SetAside.objects.create(loan=loan, since=day("02-09"), problem=2, reason="计划与本金不符")
    run(book, "02-09")
    assert work("甲厂").officer == cast.sun
    assert work("甲厂").task == Task.CORRECT_DATA


def test_maturity_is_told_thirty_days_ahead(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    for month in range(2, 11):
        book.pay("J1", f"{month:02d}-10")
    run(book, "10-10")
    assert not WorkItem.objects.exists()
    run(book, "10-11")
    assert work("甲厂").why_first == "11月10日贷款到期,本金 1,000.00 元"


def test_the_budget_holds_back_the_last_but_never_the_red(book: SmallBook) -> None:
    for number in ("J1", "J2", "J3"):
        book.lend(number, f"客户{number}")
        book.pay(number, "02-10", {"J1": "200", "J2": "300", "J3": "400"}[number])
    run(book, "02-11")
    open_work = WorkItem.objects.filter(status=WorkStatus.OPEN)
    assert [w.customer.number for w in within_budget(open_work, 2)] == ["客户J1", "客户J2"]
    assert [w.customer.number for w in held_back(open_work, 2)] == ["客户J3"]
    book.happen(HappeningKind.REFINANCED, "02-12", "J3")
    run(book, "02-12")
    assert [w.customer.number for w in within_budget(open_work, 0)] == ["客户J3"]
    assert held_back(open_work, 0).count() == 2
