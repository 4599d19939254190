"""Changes of terms through two people: simulated, proposed, decided, adopted once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from daihou.ledger.actions import record_entry
from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import (
    CustomerKind,
    HappeningKind,
    PlanReason,
    RepaymentMethod,
    TermChangeKind,
)
from daihou.loan_book.models import Happening, Loan, PlanVersion, TermChange
from daihou.policy.actions import Refused
from daihou.servicing import proposals
from daihou.servicing.choices import ProposalKind, ProposalStatus, ProposalStep
from daihou.servicing.models import TermProposal
from daihou.servicing.proposal_queries import (
    figures_of,
    moved_since,
    proposals_visible_to,
    returned_to,
    waiting_for,
)
from daihou.servicing.proposals import Moved
from daihou.servicing.queries import read_loan
from daihou.servicing.term_changes import days_not_counted
from daihou.servicing.wishes import Wish
from loanmath.codes import Problem
from loanmath.money import Money, yuan
from loanmath.rates import percent
from loanmath.what_if import Keep
from tests.cast import Cast
from tests.small_book import SmallBook, day

TODAY = day("03-12")
NEXT = dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(cast: Cast) -> SmallBook:
    """One loan with its first two instalments paid."""
    made = SmallBook(cast)
    made.lend("L1", "江南纺织厂")
    made.pay("L1", "02-10")
    made.pay("L1", "03-10")
    return made


@pytest.fixture
def loan(book: SmallBook) -> Loan:
    return book.loans["L1"]


def wish(kind: ProposalKind, **more: Any) -> Wish:
    return Wish(kind, **{"on": TODAY, **more})


EXTENDED = wish(ProposalKind.EXTENSION, until=day("12-10"))
CYCLED = wish(ProposalKind.CASH_CYCLE, weights=(0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0))


def put(loan: Loan, cast: Cast, asked: Wish = EXTENDED, **more: Any) -> TermProposal:
    given: dict[str, Any] = {
        "reason": "回款推迟",
        "evidence": "展期申请书 2026-003 号,担保人同意书",
        "by": cast.zhang,
        "business_date": TODAY,
    }
    return proposals.propose(loan=loan, wish=asked, **{**given, **more})


def approve(proposal: TermProposal, cast: Cast, on: dt.date = TODAY) -> PlanVersion | None:
    return proposals.approve(proposal=proposal, by=cast.zhao, business_date=on, opinion="同意")


def status_of(proposal: TermProposal) -> str:
    return TermProposal.objects.get(pk=proposal.pk).status


def test_an_extension_is_adopted_with_plan_and_happening(loan: Loan, cast: Cast) -> None:
    proposal = put(loan, cast)
    figures = figures_of(proposal)
    assert (len(figures.old), len(figures.new)) == (8, 9)
    assert loan.plans.count() == 1
    plan = approve(proposal, cast)
    assert plan is not None and plan.reason == PlanReason.EXTENSION
    assert plan.due_dates == [row.due for row in figures.new]
    assert plan.principal == [row.principal for row in figures.new]
    found = TermProposal.objects.get(pk=proposal.pk)
    assert (found.status, found.plan, found.decided_by) == ("adopted", plan, cast.zhao)
    happened = Happening.objects.get(loan=loan)
    assert happened.kind == HappeningKind.EXTENSION_GRANTED and happened.facts["passive"]
    assert [step.what for step in found.steps.all()] == [
        ProposalStep.SUBMITTED, ProposalStep.APPROVED, ProposalStep.ADOPTED,
    ]  # fmt: skip
    assert read_loan(loan).position(day("06-01")).problem is Problem.NONE


def test_approving_twice_adopts_once(loan: Loan, cast: Cast) -> None:
    proposal = put(loan, cast)
    approve(proposal, cast)
    with pytest.raises(Refused, match="已由他人办理"):
        approve(proposal, cast)
    assert loan.plans.count() == 2 and Happening.objects.count() == 1


def test_killed_half_way_nothing_is_adopted(
    loan: Loan, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = put(loan, cast)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(proposals, "record_happening", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        approve(proposal, cast)
    assert status_of(proposal) == ProposalStatus.PROPOSED
    assert loan.plans.count() == 1 and proposal.steps.count() == 1
    monkeypatch.undo()
    approve(proposal, cast)
    assert loan.plans.count() == 2


def test_four_eyes(loan: Loan, cast: Cast) -> None:
    proposal = put(loan, cast)
    with pytest.raises(Refused, match="须由"):
        proposals.approve(proposal=proposal, by=cast.zhang, business_date=TODAY)
    cast.zhang.roles = [*cast.zhang.roles, "risk_manager"]
    cast.zhang.save()
    with pytest.raises(Refused, match="自己的申请"):
        proposals.approve(proposal=proposal, by=cast.zhang, business_date=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        TermProposal.objects.update(decided_by=cast.zhang)
    with pytest.raises(Refused, match="申请条款变更须由"):
        put(loan, cast, CYCLED, by=cast.wang)
    assert status_of(proposal) == ProposalStatus.PROPOSED and loan.plans.count() == 1


def test_what_moved_since_is_said_and_reckoned_anew(
    book: SmallBook, loan: Loan, cast: Cast
) -> None:
    proposal = put(loan, cast)
    book.pay("L1", "03-12", "500")
    (said,) = moved_since(proposal, read_loan(loan))
    assert "新增流水 1 笔" in said and "500.00" in said
    with pytest.raises(Moved, match="重新试算"):
        approve(proposal, cast)
    later = TODAY + NEXT
    proposals.reckon_anew(proposal=proposal, on=later, by=cast.zhang, business_date=later)
    proposal.refresh_from_db()
    assert moved_since(proposal, read_loan(loan)) == []
    plan = approve(proposal, cast, later)
    assert plan is not None and plan.effective_from == later


def test_sent_back_rejected_withdrawn(loan: Loan, cast: Cast) -> None:
    proposal = put(loan, cast)
    decide = {"by": cast.zhao, "business_date": TODAY}
    with pytest.raises(Refused, match="写明理由"):
        proposals.send_back(proposal=proposal, opinion=" ", **decide)
    proposals.send_back(proposal=proposal, opinion="缺担保人同意书", **decide)
    assert list(returned_to(cast.zhang)) == [proposal]
    with pytest.raises(Refused):
        approve(proposal, cast)
    proposals.reckon_anew(proposal=proposal, on=TODAY, by=cast.zhang, business_date=TODAY)
    assert status_of(proposal) == ProposalStatus.PROPOSED
    proposals.reject(proposal=proposal, opinion="应先处置", **decide)
    assert status_of(proposal) == ProposalStatus.REJECTED
    again = put(loan, cast)
    with pytest.raises(Refused, match="只有申请人"):
        proposals.withdraw(proposal=again, by=cast.sun, business_date=TODAY)
    proposals.withdraw(proposal=again, by=cast.zhang, business_date=TODAY)
    assert status_of(again) == ProposalStatus.WITHDRAWN
    assert loan.plans.count() == 1 and not TermChange.objects.exists()


def test_proposals_lapse_with_their_day(loan: Loan, cast: Cast) -> None:
    proposal = put(loan, cast)
    assert proposals.expire(TODAY - NEXT) == 0
    assert proposals.expire(TODAY) == 1 and proposals.expire(TODAY) == 0
    assert status_of(proposal) == ProposalStatus.EXPIRED
    last = proposal.steps.last()
    assert last is not None and last.by is None and "已过" in last.note


@pytest.mark.parametrize(
    ("asked", "because"),
    [
        (wish(ProposalKind.EXTENSION, until=day("11-10")), "展期须晚于"),
        (wish(ProposalKind.EXTENSION, until=dt.date(2028, 1, 10)), "最晚展至"),
        (wish(ProposalKind.EXTENSION, on=TODAY - NEXT, until=day("12-10")), "不能早于营业日"),
        (wish(ProposalKind.EXTENSION, on=day("09-01"), until=day("12-10")), "最晚为"),
        (wish(ProposalKind.COUNT_PAUSED), "恢复日"),
        (wish(ProposalKind.COUNT_PAUSED, until=dt.date(2027, 3, 12)), "最长 180 天"),
        (wish(ProposalKind.COUNT_RESUMED), "不必恢复"),
        (wish(ProposalKind.PREPAYMENT, amount=yuan("3000")), "与客户商定"),
        (wish(ProposalKind.CASH_CYCLE), "有收入的月份"),
    ],
)
def test_beyond_limits_it_is_refused_and_explained(
    loan: Loan, cast: Cast, asked: Wish, because: str
) -> None:
    with pytest.raises(Refused, match=because):
        put(loan, cast, asked)
    assert not TermProposal.objects.exists()


def test_a_farmers_loan_is_extended_once_only(loan: Loan, cast: Cast) -> None:
    loan.customer.kind = CustomerKind.FARMER
    loan.customer.save()
    approve(put(loan, cast), cast)
    again = wish(ProposalKind.EXTENSION, on=TODAY + NEXT, until=dt.date(2027, 1, 10))
    with pytest.raises(Refused, match="最多1次"):
        put(loan, cast, again, business_date=TODAY + NEXT)


def test_one_open_proposal_of_a_kind(loan: Loan, cast: Cast) -> None:
    put(loan, cast)
    with pytest.raises(Refused, match="未办结"):
        put(loan, cast)
    put(loan, cast, CYCLED)
    assert TermProposal.objects.count() == 2


CAPITALISED = wish(ProposalKind.RESTRUCTURING, instalments=12, capitalise=True)


@pytest.mark.parametrize(
    ("asked", "reason", "kinds"),
    [
        (CYCLED, PlanReason.CASH_CYCLE, []),
        (wish(ProposalKind.REPRICING, rate=percent("3")), PlanReason.REPRICING, [0]),
        (wish(ProposalKind.EXTENSION, until=day("12-10"), rate=percent("5")),
         PlanReason.EXTENSION, [0]),
        (CAPITALISED, PlanReason.RESTRUCTURING, [7, 9]),
    ],
)  # fmt: skip
def test_each_kind_writes_what_it_showed(
    loan: Loan, cast: Cast, asked: Wish, reason: str, kinds: list[int]
) -> None:
    proposal = put(loan, cast, asked)
    plan = approve(proposal, cast)
    assert plan is not None and plan.reason == reason
    assert sorted(TermChange.objects.values_list("kind", flat=True)) == kinds
    shown = figures_of(proposal)
    after = read_loan(loan)
    assert [row.due for row in after.kernel_loan.plan if row.due > TODAY] == plan.due_dates
    assert after.position(TODAY + NEXT).days_past_due == shown.late_after
    assert after.position(plan.due_dates[-1]).problem is Problem.NONE


def test_a_cash_cycle_asks_for_principal_when_there_is_money(loan: Loan, cast: Cast) -> None:
    plan = approve(put(loan, cast, CYCLED), cast)
    assert plan is not None
    months = {due.month for due, part in zip(plan.due_dates, plan.principal, strict=True) if part}
    assert months == {6, 10} and sum(plan.principal) == yuan("8000")


def test_calling_in_makes_everything_due(loan: Loan, cast: Cast) -> None:
    assert approve(put(loan, cast, wish(ProposalKind.CALLED_IN)), cast) is None
    position = read_loan(loan).position(TODAY + NEXT)
    assert (position.principal_due, position.days_past_due) == (yuan("8000"), 1)


def test_a_pause_of_the_count_has_its_end_and_moves_the_first_day(
    book: SmallBook, loan: Loan, cast: Cast
) -> None:
    asked = wish(ProposalKind.COUNT_PAUSED, on=day("04-20"), until=day("05-05"))
    proposal = put(loan, cast, asked, business_date=day("04-20"))
    approve(proposal, cast, day("04-20"))
    assert list(TermChange.objects.values_list("kind", "effective_from")) == [
        (TermChangeKind.COUNT_PAUSED, day("04-20")), (TermChangeKind.COUNT_RESUMED, day("05-05")),
    ]  # fmt: skip
    for on, late in (("04-20", 10), ("04-28", 10), ("05-05", 10), ("05-08", 13)):
        position, of_book = read_loan(loan).position(day(on)), book.on(on).positions
        assert position.days_past_due == late == of_book.days_past_due[0], on
        assert position.late_since == day(on) - dt.timedelta(days=late)
        assert position.oldest_unpaid_due == day("04-10")
        stood = days_not_counted(TermChange.objects.all(), day("04-10"), day(on))
        assert (day(on) - day("04-10")).days - stood == late
    with pytest.raises(Refused, match="不必再次申请"):
        put(
            loan, cast, wish(ProposalKind.COUNT_PAUSED, on=day("04-25"), until=day("05-01")),
            business_date=day("04-25"),
        )  # fmt: skip


def make_level(loan: Loan) -> None:
    loan.method = RepaymentMethod.LEVEL_PRINCIPAL
    loan.save()


def pay_early(loan: Loan, amount: str, on: dt.date = TODAY) -> None:
    record_entry(
        loan=loan, kind=EntryKind.PREPAYMENT, amount=yuan(amount), value_date=on,
        business_date=on, reference="", payer_name=None, note="",
    )  # fmt: skip


@pytest.mark.parametrize("keep", Keep)
def test_the_plan_after_a_prepayment_waits_for_the_money(
    loan: Loan, cast: Cast, keep: Keep
) -> None:
    make_level(loan)
    asked = wish(ProposalKind.PREPAYMENT, amount=yuan("3000"), keep=keep)
    proposal = put(loan, cast, asked)
    assert approve(proposal, cast) is None
    assert status_of(proposal) == ProposalStatus.APPROVED
    assert proposals.adopt_prepayments(TODAY) == 0
    pay_early(loan, "3000")
    assert proposals.adopt_prepayments(TODAY) == 1 and proposals.adopt_prepayments(TODAY) == 0
    assert status_of(proposal) == ProposalStatus.ADOPTED
    plan = loan.plans.get(version=2)
    assert plan.reason == PlanReason.PREPAYMENT and plan.effective_from == TODAY
    assert plan.principal == [row.principal for row in figures_of(proposal).new]
    position = read_loan(loan).position(TODAY)
    assert (position.problem, position.principal) == (Problem.NONE, Money(sum(plan.principal)))


def test_too_little_money_adopts_nothing_and_the_proposal_lapses(loan: Loan, cast: Cast) -> None:
    make_level(loan)
    proposal = put(loan, cast, wish(ProposalKind.PREPAYMENT, amount=yuan("3000")))
    approve(proposal, cast)
    pay_early(loan, "2000")
    assert (proposals.adopt_prepayments(TODAY), proposals.expire(TODAY)) == (0, 1)
    assert loan.plans.count() == 1 and status_of(proposal) == ProposalStatus.EXPIRED


def test_who_sees_what_waits(loan: Loan, cast: Cast) -> None:
    proposal = put(loan, cast)
    see: Callable[..., list[TermProposal]] = lambda who: list(proposals_visible_to(who))  # noqa: E731
    assert see(cast.zhang) == see(cast.zhao) == see(cast.wang) == [proposal]
    assert see(cast.chen) == see(cast.zhou) == []
    assert list(waiting_for(cast.zhao)) == [proposal] and list(waiting_for(cast.zhang)) == []
