"""History that is corrected and not rewritten: both answers stay, whatever became known late."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from daihou.classification.choices import Grade
from daihou.classification.explanations import Seen
from daihou.classification.models import LoanGrade
from daihou.classification.queries import explained_grades, grade_of, grades_of
from daihou.daily_run.choices import Aspect, CauseKind
from daihou.daily_run.models import Correction, StepRecord
from daihou.daily_run.queries import knowledge_since
from daihou.daily_run.runner import run_days
from daihou.daily_run.verification import verify_day
from daihou.early_warning.models import Signal
from daihou.ledger.actions import record_repayment, reverse_entry
from daihou.loan_book.choices import PlanReason
from daihou.loan_book.models import PlanVersion
from daihou.servicing.actions import add_plan_version, reprice_loan, restructure_loan
from daihou.servicing.queries import read_loan
from daihou.servicing.two_accounts import two_accounts
from loanmath.loans import Instalment
from loanmath.money import yuan
from loanmath.rates import percent
from tests.cast import Cast
from tests.small_book import INSTALMENT, SmallBook, day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def book(cast: Cast, tmp_path: Path, settings: Any) -> SmallBook:
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    return SmallBook(cast)


def run(*days: str) -> None:
    run_days([day(one) for one in days])


def lines(correction: Correction, aspect: Aspect) -> list[tuple[str, str, str, str]]:
    """The lines of one aspect: from, to, believed, true; the days written month-day."""
    return [
        (line["since"][5:], line["until"][5:], line["believed"], line["true"])
        for line in correction.changes
        if line["aspect"] == aspect
    ]


def assert_every_day_verifies() -> None:
    for step in StepRecord.objects.filter(step="close_day"):
        assert verify_day(step.day_id).differences == [], step.day_id


LATE = ("03-10", "03-11", "03-20", "04-10", "04-11", "04-18")


@pytest.fixture
def paid_late(book: SmallBook) -> SmallBook:
    """The instalment of 10 March was paid on the day and booked only on 19 April, 40 days late."""
    loan = book.lend("甲", "甲")
    book.pay("甲", "02-10")
    run(*LATE)
    record_repayment(
        loan=loan, amount=yuan(INSTALMENT), value_date=day("03-10"), business_date=day("04-19")
    )
    run("04-19")
    return book


def test_a_payment_booked_forty_days_late_gives_a_list_of_what_changed(
    paid_late: SmallBook,
) -> None:
    found = Correction.objects.get()
    assert (found.loan.number, found.found_on) == ("甲", day("04-19"))
    assert (found.since, found.until) == (day("03-10"), day("04-18"))
    assert (found.days_believed, found.days_true) == (39, 8)
    assert (found.grade_believed, found.grade_true) == (Grade.SPECIAL_MENTION,) * 2
    assert found.is_material and found.read_by is None
    (cause,) = found.causes
    assert cause["kind"] == CauseKind.LATE_ENTRY
    assert cause["says"] == "还款 1,010.00 元,2026-03-10 起息,2026-04-19 才记账,晚 40 天"
    assert lines(found, Aspect.ARREARS) == [
        ("03-10", "03-10", "未逾期,余额 9,000.00 元", "未逾期,余额 8,000.00 元"),
        ("03-11", "03-20", "逾期 1—10 天,逾期本息 1,010.00 元,余额 9,000.00 元",
         "未逾期,余额 8,000.00 元"),
        ("04-10", "04-10", "逾期 31 天,逾期本息 1,010.00 元,余额 9,000.00 元",
         "未逾期,余额 8,000.00 元"),
        ("04-11", "04-18", "逾期 32—39 天,逾期本息 2,020.00 元,余额 9,000.00 元",
         "逾期 1—8 天,逾期本息 1,010.00 元,余额 8,000.00 元"),
    ]  # fmt: skip
    assert lines(found, Aspect.GRADE) == [("03-11", "04-10", "关注", "正常")]
    signals = [line for line in found.changes if line["aspect"] == Aspect.SIGNAL]
    assert [(line["what"][:2], line["since"][5:], line["until"][5:]) for line in signals] == [
        ("53", "03-11", "04-10"), ("54", "04-10", "04-18"), ("56", "04-11", "04-18"),
    ]  # fmt: skip
    assert {(line["believed"][:2], line["true"]) for line in signals[:1]} == {("黄色", "未触发")}


def test_both_answers_stay(paid_late: SmallBook) -> None:
    loan = paid_late.loans["甲"]
    then, now = grade_of(loan, on=day("03-20"), known=day("03-20")), grade_of(loan, on=day("03-20"))
    assert then and now and (then.grade, now.grade) == (Grade.SPECIAL_MENTION, Grade.NORMAL)
    assert then.superseded_on == now.corrected_on == day("04-19")
    believed = [(row.valid_from, row.grade) for row in grades_of(loan, known=day("04-18"))]
    true = [(row.valid_from, row.valid_to, row.grade) for row in grades_of(loan)]
    assert believed == [(day("03-10"), Grade.NORMAL), (day("03-11"), Grade.SPECIAL_MENTION)]
    assert true == [
        (day("03-10"), day("04-11"), Grade.NORMAL), (day("04-11"), None, Grade.SPECIAL_MENTION),
    ]  # fmt: skip
    then_position = read_loan(loan, known_on=day("04-18")).position(day("04-18"))
    assert then_position.days_past_due == 39
    assert read_loan(loan).position(day("04-18")).days_past_due == 8
    assert Signal.objects.filter(rule=53, first_seen_on=day("03-11")).exists()  # it did show


def test_the_two_accounts_of_a_loan_are_told_day_by_day(paid_late: SmallBook) -> None:
    """What was booked in time later on is in both accounts: they differ no more."""
    paid_late.pay("甲", "04-25")
    paid_late.pay("甲", "05-10")
    run("04-25", "05-10", "05-12")
    accounts = two_accounts(paid_late.loans["甲"], until=day("05-12"), knowledge=knowledge_since)
    (late,) = accounts.late
    assert (late.happened_on, late.known_since) == (day("03-10"), day("04-19"))
    told = [
        (span.since, span.until, span.believed.days_past_due(span.until),
         span.true.days_past_due(span.until))
        for span in accounts.spans
    ]  # fmt: skip
    assert told == [
        (day("03-10"), day("04-09"), 30, 0), (day("04-10"), day("04-18"), 39, 8),
    ]  # fmt: skip


def test_stored_days_verify_after_a_correction(paid_late: SmallBook) -> None:
    assert_every_day_verifies()
    corrected = StepRecord.objects.get(step="corrections", day_id=day("04-19"))
    assert corrected.figures == {"更正借据": 1, "须阅": 1, "更正分类": 1, "暂不能重算": 0}


def test_a_payment_that_bounced_was_never_made(book: SmallBook) -> None:
    book.lend("乙", "乙")
    book.pay("乙", "02-10")
    bounced = book.pay("乙", "03-10")
    run("03-10", "03-11", "03-24")
    reverse_entry(entry=bounced, business_date=day("03-25"), note="支票退票")
    run("03-25")
    found = Correction.objects.get()
    (cause,) = found.causes
    assert cause["kind"] == CauseKind.REVERSAL and "支票退票" in cause["says"]
    assert (found.days_believed, found.days_true) == (0, 14)
    assert (found.grade_believed, found.grade_true) == (Grade.NORMAL, Grade.SPECIAL_MENTION)
    assert lines(found, Aspect.GRADE) == [("03-11", "03-24", "正常", "关注")]
    (shown,) = (one for one in found.changes if one["what"].startswith("53"))
    assert (shown["believed"], shown["true"]) == ("未触发", "黄色,第 1 档")
    true = LoanGrade.objects.get(corrected_on=day("03-25"), valid_to=None)
    (told,) = explained_grades([true])
    assert true.previous_grade == Grade.NORMAL and "逾期1天" in told.reasons[0]["says"]
    assert not LoanGrade.objects.filter(valid_from=day("03-25")).exists()
    assert_every_day_verifies()


def test_a_plan_put_in_force_in_the_past_is_told(book: SmallBook) -> None:
    loan = book.lend("丙", "丙")
    book.pay("丙", "02-10")
    run("03-10", "03-11", "03-24")
    plan = PlanVersion.objects.get(loan=loan)
    rest = zip(plan.due_dates[2:], plan.principal[1:], plan.interest[2:], strict=False)
    add_plan_version(
        loan=loan, effective_from=day("03-01"), reason=PlanReason.EXTENSION,
        instalments=[
            Instalment(n, due, yuan("1125"), yuan("10")) for n, (due, _, _) in enumerate(rest, 1)
        ],
    )  # fmt: skip
    run("03-25")
    found = Correction.objects.get()
    assert found.causes[0]["kind"] == CauseKind.PLAN
    assert (found.since, found.days_believed, found.days_true) == (day("03-10"), 14, 0)
    assert read_loan(loan).position(day("03-24")).days_past_due == 0
    known = knowledge_since(loan.disbursed_on)
    then = read_loan(loan, known_on=day("03-24"), knowledge=known).position(day("03-24"))
    assert then.days_past_due == 14
    assert_every_day_verifies()


@pytest.mark.parametrize(("on", "shown"), [("03-24", 14), ("03-11", 1)])
def test_a_restructuring_counts_from_the_evening_of_its_own_day(
    book: SmallBook, on: str, shown: int
) -> None:
    loan = book.lend("辛", "辛")
    book.pay("辛", "02-10")
    run("03-10", "03-11", "03-24")
    restructure_loan(
        loan=loan, on=day(on), dues=[day("06-10"), day("09-10")], business_date=day("03-25"),
        reason="经营周转困难",
    )  # fmt: skip
    run("03-25")
    found = Correction.objects.get()
    assert CauseKind.TERMS in {cause["kind"] for cause in found.causes}
    assert (found.since, found.until) == (day(on), day("03-24"))
    assert (found.days_believed, found.days_true) == (14, 0)
    first = next(line for line in found.changes if line["aspect"] == Aspect.ARREARS)
    assert first["since"] == str(day(on)) and first["believed"].startswith(f"逾期 {shown}")
    known = knowledge_since(loan.disbursed_on)
    then = read_loan(loan, known_on=day("03-24"), knowledge=known)
    assert (then.term_changes, then.position(day("03-24")).days_past_due) == ([], 14)
    assert read_loan(loan).position(day(on)).days_past_due == 0
    (span, *_) = two_accounts(loan, until=day("03-25"), knowledge=knowledge_since).spans
    assert span.since == day(on)
    assert_every_day_verifies()


def test_a_rate_booked_late_is_told_only_where_it_changed_something(book: SmallBook) -> None:
    loan = book.lend("壬", "壬")
    book.pay("壬", "02-10")
    run("03-10", "03-24")
    reprice_loan(
        loan=loan, on=day("03-10"), rate=percent("3.85"), business_date=day("03-25"), reason="LPR",
    )  # fmt: skip
    run("03-25")
    assert not Correction.objects.exists()  # what fell due was due before
    assert StepRecord.objects.get(step="corrections", day_id=day("03-25")).rows == 0
    late = two_accounts(loan, until=day("03-25"), knowledge=knowledge_since).late
    assert {one.known_since for one in late} == {day("03-25")}
    assert_every_day_verifies()


def test_a_debtors_other_claims_are_corrected_with_it(book: SmallBook) -> None:
    for number in ("丁一", "丁二"):
        book.lend(number, "丁", retail=False)
        book.pay(number, "02-10")
    for month in (3, 4, 5, 6):
        book.pay("丁二", f"{month:02d}-10")
    run("06-09", "06-15")
    for month in (3, 4, 5, 6):
        record_repayment(
            loan=book.loans["丁一"], amount=yuan(INSTALMENT),
            value_date=dt.date(2026, month, 10), business_date=day("06-16"),
        )  # fmt: skip
    run("06-16")
    own, other = Correction.objects.order_by("loan__number")
    assert (own.loan.number, other.loan.number) == ("丁一", "丁二")
    assert other.causes[0]["kind"] == CauseKind.DEBTOR and "丁一" in other.causes[0]["says"]
    assert (other.grade_believed, other.grade_true) == (Grade.SUBSTANDARD, Grade.NORMAL)
    assert [line["aspect"] for line in other.changes] == [Aspect.GRADE]
    assert own.since == day("06-09")  # the first business day: nothing was believed before
    assert_every_day_verifies()


def test_corrected_grades_keep_what_the_rules_saw_on_the_day_they_begin(book: SmallBook) -> None:
    for number in ("癸一", "癸二"):
        book.lend(number, "癸", retail=False)
        book.pay(number, "02-10")
    bounced = book.pay("癸一", "03-10", "4040")
    for month in (3, 4, 5, 6):
        book.pay("癸二", f"{month:02d}-10")
    run("05-11", "06-09", "06-15")
    reverse_entry(entry=bounced, business_date=day("06-16"), note="退票")
    run("06-16")
    rows = LoanGrade.objects.filter(corrected_on=day("06-16"), known_to=None, grade__gt=1)
    grades = explained_grades(rows.order_by("loan__number", "valid_from"))
    own, other = (book.loans[number] for number in ("癸一", "癸二"))
    told = [
        (row.loan_id, row.valid_from, row.grade, Seen(*row.seen).days_past_due, row.bad_siblings)
        for row in grades
    ]
    assert told == [
        (own.pk, day("05-11"), Grade.SPECIAL_MENTION, 62, []),
        (own.pk, day("06-09"), Grade.SUBSTANDARD, 91, [own.pk]),
        (other.pk, day("06-09"), Grade.SUBSTANDARD, 0, [own.pk]),
    ]
    assert [row["id"] for row in grades[-1].reasons[0]["rows"]] == ["癸一"]
    assert_every_day_verifies()


def test_nothing_late_leaves_no_correction(book: SmallBook) -> None:
    book.lend("戊", "戊")
    run("01-10", "02-10")
    book.lend("己", "己")  # new to the book, though paid out long ago
    book.pay("戊", "02-11")
    run("02-11")
    assert not Correction.objects.exists()
    assert StepRecord.objects.get(step="corrections", day_id=day("02-11")).figures == {
        "更正借据": 0
    }


def test_a_loan_set_aside_for_a_while_is_told_when_it_can_be_computed(book: SmallBook) -> None:
    loan = book.lend("庚", "庚")
    book.pay("庚", "02-10")
    plan = PlanVersion.objects.filter(loan=loan)
    good = plan.get().principal
    plan.update(principal=[good[0] + 1, *good[1:]])
    run("03-10", "03-11")
    assert not LoanGrade.objects.exists()
    plan.update(principal=good)
    run("03-12")
    found = Correction.objects.get()
    assert [cause["kind"] for cause in found.causes] == [CauseKind.SET_ASIDE]
    assert (found.days_believed, found.days_true) == (None, 1)
    assert lines(found, Aspect.ARREARS) == [
        ("03-10", "03-10", "无法计算", "未逾期,余额 9,000.00 元"),
        ("03-11", "03-11", "无法计算", "逾期 1 天,逾期本息 1,010.00 元,余额 9,000.00 元"),
    ]
    assert [(row.valid_from, row.grade) for row in grades_of(loan)] == [
        (day("03-10"), Grade.NORMAL), (day("03-11"), Grade.SPECIAL_MENTION),
    ]  # fmt: skip
    assert not grades_of(loan, known=day("03-11")).exists()
    assert verify_day().differences == []
