"""Cases: opened by the daily run, led to release by people, each step by whom it belongs to."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.early_warning.cases.actions import (
    CaseMovedOn,
    PlannedTask,
    Proof,
    acknowledge,
    add_evidence,
    approve,
    finish_task,
    hand_over,
    make_plan,
    propose_release,
    refuse,
    release_gone,
    report_false_alarm,
    verify,
)
from daihou.early_warning.cases.choices import (
    CaseState,
    Measure,
    Outcome,
    StepKind,
    WatchReason,
)
from daihou.early_warning.cases.daily import follow_signals
from daihou.early_warning.cases.documents import FileRefused, check_file
from daihou.early_warning.cases.models import CaseProposal, CaseSignal, SignalCase, WatchEntry
from daihou.early_warning.cases.queries import cases_as_of, cases_visible_to, handlers_for
from daihou.early_warning.cases.results import figures_by, figures_of, missed_a_deadline
from daihou.early_warning.cases.watching import unwatch, watch
from daihou.early_warning.choices import Colour
from daihou.early_warning.daily import write_signals
from daihou.loan_book.actions import NotAcceptable
from daihou.servicing.book_on_day import StepResult
from tests.cast import Cast
from tests.shipped import shipped_parameters
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db
TODAY = day("05-12")


@pytest.fixture
def book(cast: Cast) -> SmallBook:
    return SmallBook(cast)


def run(book: SmallBook, *days: str) -> StepResult:
    for month_day in days:
        parameters = shipped_parameters(day(month_day))
        write_signals(book.on(month_day), cursor(), parameters)
        result = follow_signals(cursor(), day(month_day), parameters)
    return result


def only_case() -> SignalCase:
    return SignalCase.objects.get()


def steps(case: SignalCase) -> list[str]:
    return [f"{one.kind} {one.taken_on:%m-%d}" for one in case.steps.order_by("pk")]


def plan_for(case: SignalCase, cast: Cast, today: dt.date) -> None:
    acknowledge(case=case, by=case.owner or cast.sun, business_date=today)
    make_plan(
        case=case, plan="查明逾期原因,落实还款来源", by=case.owner or cast.sun, business_date=today,
        tasks=[PlannedTask(Measure.CONTACT, "约见法定代表人", cast.zhang, today + dt.timedelta(3))],
    )  # fmt: skip


def handle(case: SignalCase, cast: Cast, today: dt.date) -> None:
    plan_for(case, cast, today)
    finish_task(task=case.tasks.get(), result="已约见,承诺月底还清", by=cast.zhang,
                business_date=today)  # fmt: skip
    verify(case=case, is_effective=True, text="流水已核", by=cast.sun, business_date=today)


def test_one_case_gathers_the_signals_of_a_client(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    book.lend("J2", "甲厂")
    run(book, "02-11")
    case = only_case()
    assert (case.colour, case.state, case.owner) == (Colour.YELLOW, CaseState.NEW, cast.zhang)
    assert case.due_on == case.acknowledge_by == day("02-16")  # three weekdays, no calendar kept
    run(book, "03-13")
    case.refresh_from_db()
    assert (case.colour, case.opening_colour) == (Colour.ORANGE, Colour.YELLOW)
    assert CaseSignal.objects.filter(case=case).count() == 6
    assert steps(case) == ["opened 02-11", "raised 03-13", "joined 03-13", "escalated 03-13"]


def test_a_day_done_again_writes_nothing(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    assert run(book, "02-11").rows > 0
    assert run(book, "02-11").rows == 0
    assert run(book, "02-12").rows == 0


def test_a_red_case_belongs_to_the_post_loan_desk_and_goes_on_the_watch_list(
    book: SmallBook, cast: Cast
) -> None:
    book.lend("J1", "甲厂")
    run(book, "05-12")
    case = only_case()
    assert (case.colour, case.owner) == (Colour.RED, cast.sun)
    assert WatchEntry.objects.get().reason == WatchReason.GRAVE


def test_a_signal_that_ceased_marks_the_case_and_closes_nothing(
    book: SmallBook, cast: Cast
) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    book.pay("J1", "02-12", "1020")
    run(book, "02-12")
    case = only_case()
    assert (case.state, case.gone_on) == (CaseState.NEW, day("02-12"))
    assert release_gone(cases=[case], reason="已还清", by=cast.zhang,
                        business_date=day("02-12")) == 1  # fmt: skip
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.RELEASED, Outcome.CURED)
    run(book, "03-11")
    assert SignalCase.objects.count() == 2


def test_a_missed_deadline_goes_up_the_line_and_comes_down_when_met(
    book: SmallBook, cast: Cast, branches: object
) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11", "02-16")
    assert only_case().escalation == 0
    run(book, "02-17")
    assert (only_case().escalation, only_case().escalated_to) == (1, cast.zhang.branch)
    run(book, "02-20", "02-28")
    case = only_case()
    assert (case.escalation, case.escalated_to) == (2, cast.zhao.branch)
    acknowledge(case=case, by=cast.zhang, business_date=day("02-28"))
    case.refresh_from_db()
    assert (case.escalation, case.escalated_to, case.was_escalated) == (0, None, True)


def test_repeated_cases_rise_by_one_colour(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    for late, paid in (("02-11", "02-12"), ("03-11", "03-12")):
        run(book, late)
        book.pay("J1", paid, "1020")
        run(book, paid)
        release_gone(cases=SignalCase.objects.filter(closed_on=None), reason="已还清",
                     by=cast.zhang, business_date=day(paid))  # fmt: skip
    run(book, "04-11")
    case = SignalCase.objects.latest("opened_on")
    assert (case.repeats, case.is_raised, case.colour) == (2, True, Colour.ORANGE)
    assert WatchEntry.objects.get().reason == WatchReason.REPEATED


def test_orange_is_released_by_two_people(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    run(book, "03-13")
    case = only_case()
    handle(case, cast, day("03-13"))
    state = propose_release(case=case, outcome=Outcome.REDUCED, reason="已追加保证人",
                            by=cast.zhao, business_date=day("03-14"))  # fmt: skip
    assert state == CaseState.PROPOSED
    proposal = CaseProposal.objects.get()
    with pytest.raises(NotAcceptable, match="不能复核自己"):
        approve(proposal=proposal, by=cast.zhao, business_date=day("03-14"))
    with pytest.raises(NotAcceptable, match="审批人或风险经理"):
        approve(proposal=proposal, by=cast.sun, business_date=day("03-14"))
    CaseProposal.objects.update(proposed_by=cast.zhang)
    proposal.refresh_from_db()
    approve(proposal=proposal, by=cast.zhao, note="同意", business_date=day("03-15"))
    case.refresh_from_db()
    assert (case.state, case.closed_by, case.due_on) == (CaseState.RELEASED, cast.zhao, None)
    with pytest.raises(CaseMovedOn):
        approve(proposal=proposal, by=cast.zhao, business_date=day("03-15"))


def test_a_refused_release_goes_back_into_handling(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    run(book, "03-13")
    case = only_case()
    handle(case, cast, day("03-13"))
    propose_release(case=case, outcome=Outcome.CURED, reason="已还清", by=cast.zhang,
                    business_date=day("03-14"))  # fmt: skip
    with pytest.raises(NotAcceptable, match="缺什么"):
        refuse(proposal=CaseProposal.objects.get(), note=" ", by=cast.zhao,
               business_date=day("03-14"))  # fmt: skip
    refuse(proposal=CaseProposal.objects.get(), note="欠息未清", by=cast.zhao,
           business_date=day("03-14"))  # fmt: skip
    case.refresh_from_db()
    assert (case.state, case.verified_on) == (CaseState.HANDLING, None)


def test_a_new_signal_takes_a_verified_case_back(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    run(book, "03-13")
    case = only_case()
    handle(case, cast, day("03-13"))
    propose_release(case=case, outcome=Outcome.CURED, reason="已还清", by=cast.zhang,
                    business_date=day("03-14"))  # fmt: skip
    run(book, "04-12")
    case.refresh_from_db()
    assert case.state == CaseState.HANDLING
    assert CaseProposal.objects.get().state == "lapsed"
    assert StepKind.REOPENED in set(case.steps.values_list("kind", flat=True))


def test_a_signal_that_only_falls_opens_no_case(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    run(book, "05-12")
    SignalCase.objects.update(state=CaseState.RELEASED, closed_on=day("05-12"))
    book.pay("J1", "05-13")
    run(book, "05-13")
    opened = SignalCase.objects.latest("opened_on")  # for the part payment, not for what fell
    assert list(opened.case_signals.values_list("rule", flat=True)) == [59]


def test_steps_out_of_turn_and_by_others_are_refused(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    run(book, "03-13")
    case, today = only_case(), day("03-13")
    with pytest.raises(NotAcceptable, match="先签收"):
        report_false_alarm(case=case, reason="误", by=cast.zhang, business_date=today)
    with pytest.raises(NotAcceptable, match="您不能办理"):
        acknowledge(case=case, by=cast.chen, business_date=today)
    with pytest.raises(NotAcceptable, match="尚未核实"):
        propose_release(case=case, outcome=Outcome.CURED, reason="好了", by=cast.zhang,
                        business_date=today)  # fmt: skip
    stale = only_case()
    acknowledge(case=case, by=cast.zhang, business_date=today)
    with pytest.raises(CaseMovedOn):
        acknowledge(case=stale, by=cast.zhang, business_date=today)
    with pytest.raises(NotAcceptable, match="至少要有一项"):
        make_plan(case=case, plan="查明", tasks=[], by=cast.zhang, business_date=today)
    plan = PlannedTask(Measure.FREEZE, "冻结未用额度", cast.zhang, today - dt.timedelta(1))
    with pytest.raises(NotAcceptable, match="期限须在"):
        make_plan(case=case, plan="查明", tasks=[plan], by=cast.zhang, business_date=today)
    with pytest.raises(NotAcceptable, match="不办理"):
        hand_over(case=case, to=cast.wang, reason="x", by=cast.zhang, business_date=today)
    hand_over(case=case, to=cast.sun, reason="休假", by=cast.zhang, business_date=today)
    assert only_case().owner == cast.sun


def test_a_false_alarm_does_not_count_as_a_repeat(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    case = only_case()
    acknowledge(case=case, by=cast.zhang, business_date=day("02-11"))
    report_false_alarm(case=case, reason="扣款系统故障", by=cast.zhang, business_date=day("02-11"))
    assert only_case().state == CaseState.FALSE_ALARM
    book.pay("J1", "02-12", "1020")
    run(book, "02-12", "03-11")
    assert SignalCase.objects.latest("opened_on").repeats == 0


def test_evidence_is_kept_with_its_digest_and_checked_by_content(
    book: SmallBook, cast: Cast
) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    with pytest.raises(FileRefused, match="内容不是 pdf"):
        check_file("证明.pdf", b"MZ\x90")
    with pytest.raises(FileRefused, match="不支持"):
        check_file("证明.exe", b"MZ\x90")
    file = check_file("../对账单.pdf", b"%PDF-1.7 ...")
    kept = add_evidence(case=only_case(), proof=Proof(file=file, transaction="LS-1"),
                        by=cast.zhang, business_date=day("02-11"))  # fmt: skip
    assert kept.document is not None and kept.document.name == "对账单.pdf"
    with pytest.raises(NotAcceptable, match="请填写说明"):
        add_evidence(case=only_case(), proof=Proof(), by=cast.zhang, business_date=day("02-11"))


def test_the_watch_list_is_left_after_quiet_days_only(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    watch(customer=book.loans["J1"].customer, text="行业走弱", by=cast.zhang,
          business_date=day("01-11"))  # fmt: skip
    entry = WatchEntry.objects.get()
    with pytest.raises(NotAcceptable, match="已在观察名单"):
        watch(customer=entry.customer, text="再列", by=cast.sun, business_date=day("01-12"))
    with pytest.raises(NotAcceptable, match="不符合移出条件"):
        unwatch(entry=entry, text="平稳", by=cast.sun, business_date=day("01-12"))
    for month in ("02", "03", "04"):
        book.pay("J1", f"{month}-10")
    run(book, "04-11")
    entry.refresh_from_db()
    assert entry.may_leave_since == day("04-11")
    unwatch(entry=entry, text="连续三月正常还款", by=cast.sun, business_date=day("04-11"))
    assert WatchEntry.objects.get().left_by == cast.sun


def test_who_sees_a_case_and_who_may_be_given_it(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    assert cases_visible_to(cast.zhang).count() == cases_visible_to(cast.wang).count() == 1
    assert not cases_visible_to(cast.chen).exists() and not cases_visible_to(cast.zhou).exists()
    assert set(handlers_for(only_case())) == {cast.zhang, cast.li, cast.sun, cast.zhao}


def test_an_earlier_day_shows_the_case_as_it_stood(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    run(book, "02-11")
    plan_for(only_case(), cast, day("02-13"))
    everything = SignalCase.objects.all()
    then = cases_as_of(everything, day("02-12"), is_latest=False).get()
    now = cases_as_of(everything, day("02-13"), is_latest=True).get()
    assert (then.now_state, now.now_state) == (CaseState.NEW, CaseState.HANDLING)
    assert not cases_as_of(everything, day("02-10"), is_latest=False).exists()


def test_results_are_rated_as_of_a_day(book: SmallBook, cast: Cast) -> None:
    book.lend("J1", "甲厂")
    book.lend("J2", "乙厂")
    run(book, "02-11")
    for name, today in (("甲厂", day("02-12")), ("乙厂", day("02-20"))):
        case = SignalCase.objects.get(customer__name=name)
        acknowledge(case=case, by=cast.zhang, business_date=today)
    report_false_alarm(case=case, reason="扣款系统故障", by=cast.zhang, business_date=day("02-21"))
    everything = SignalCase.objects.all()
    early, late = (figures_of(everything, day(one)) for one in ("02-16", "02-21"))
    assert (early.cases, early.due, early.missed, early.closed) == (2, 1, 0, 0)
    assert early.on_time_rate == 1 and early.false_alarm_rate is None
    assert (late.due, late.missed, late.on_time_rate) == (2, 1, 0.5)
    assert (late.false_alarm_rate, late.cure_rate, late.in_hand) == (1, None, 1)
    assert (late.days_to_acknowledge, late.days_to_close) == (5, 10)
    assert everything.filter(missed_a_deadline(day("02-21"))).get() == case
    assert not everything.filter(missed_a_deadline(day("02-16"))).exists()


def test_results_by_signal_count_a_case_once_for_all_levels_of_it(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "03-13", "04-12", "05-12")  # signal 54 rises through its levels
    case = only_case()
    levels = case.case_signals.filter(rule=54).count()
    by_rule = {one.key: one.cases for one in figures_by(SignalCase.objects.all(), "rule", TODAY)}
    assert levels > 1 and by_rule[54] == 1
    for grouping in ("month", "colour", "branch", "owner"):
        assert [one.cases for one in figures_by(SignalCase.objects.all(), grouping, TODAY)] == [1]
