"""Changes of terms in the demo bank's last weeks: proposed by managers, decided at head office.

They go through the same actions as on the screen, one of each kind and in every state. Loans are
chosen among those whose next instalment lies behind the bank's last day, since what their clients
paid was drawn up for the plan as signed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from daihou.ledger.actions import record_entry
from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import CustomerKind, RepaymentMethod
from daihou.loan_book.models import Loan
from daihou.policy.actions import Refused
from daihou.servicing.choices import ProposalKind, ProposalStatus
from daihou.servicing.models import TermProposal
from daihou.servicing.proposals import approve, propose, reject, send_back, withdraw
from daihou.servicing.wishes import Wish
from daihou.staff.models import Officer
from loanmath.codes import Status
from loanmath.dates import add_months, date_of, day_number
from loanmath.money import Money
from loanmath.rates import percent
from loanmath.what_if import Keep

PROPOSED_ON = dt.date(2026, 11, 6)
DECIDED_ON = dt.date(2026, 11, 13)
_TAKES_EFFECT = dt.date(2026, 11, 16)
_SENT_BACK = dt.date(2026, 12, 4)
_SUMMER = dt.date(2026, 7, 1)
_NOT_PAID_YET = dt.date(2026, 11, 27)
_ONE_DAY = dt.timedelta(days=1)
_HARVESTS = (0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0)  # rape and wheat in June, rice in October
_MOST_TRIED = 40

Asked = Callable[[Loan], Wish]


@dataclass(frozen=True)
class Case:
    """What is proposed, for which loans it may be, and why."""

    asked: Asked
    loans: QuerySet[Loan]
    reason: str
    evidence: str
    is_taken_back: bool = False


def live_through_proposals(today: dt.date, last: dt.date) -> None:
    """What is proposed and decided on the evening of a day; nothing on most days."""
    if today == PROPOSED_ON:
        _put_forward(_early_cases(last), today + _ONE_DAY)
    elif today == DECIDED_ON:
        _decide_all(today + _ONE_DAY)
    elif today == last:
        _put_forward(_late_cases(last), today + _ONE_DAY)


def _early_cases(last: dt.date) -> Iterable[Case]:
    """What is decided a week later, adopted or not."""
    quiet = _quiet(last)
    yield from _adopted_cases(last)
    yield Case(
        lambda loan: Wish(ProposalKind.RESTRUCTURING, _SENT_BACK, instalments=24, capitalise=True),
        _running(last).filter(
            position__late_since__isnull=False, customer__kind=CustomerKind.SOLE_TRADER
        ),
        "门店客流下降,申请将余额分 24 期归还,欠息并入本金",
        "客户申请书;近六个月流水",
    )
    yield Case(
        lambda loan: Wish(ProposalKind.REPRICING, _TAKES_EFFECT, rate=percent("3")),
        quiet.filter(customer__kind=CustomerKind.ENTERPRISE).order_by("-number"),
        "客户称他行报价 3%,申请同价",
        "客户来函,未附他行报价单",
    )
    yield Case(
        lambda loan: Wish(ProposalKind.REPRICING, PROPOSED_ON + 3 * _ONE_DAY, rate=percent("4.2")),
        quiet.filter(customer__kind=CustomerKind.SOLE_TRADER, rate__gt=percent("5")),
        "按时还款满一年,申请下调利率",
        "客户申请书",
    )


def _adopted_cases(last: dt.date) -> Iterable[Case]:
    """What is agreed to."""
    quiet = _quiet(last)
    yield Case(
        lambda loan: Wish(
            ProposalKind.EXTENSION, _TAKES_EFFECT, until=_months_on(loan.matures_on, 3)
        ),
        quiet.filter(
            customer__kind=CustomerKind.ENTERPRISE, method=RepaymentMethod.INTEREST_ONLY
        ).order_by("matures_on", "number"),
        "下游回款推迟至明年一季度,申请展期三个月",
        "展期申请书;担保人同意书;与下游的结算确认函",
    )
    yield Case(
        lambda loan: Wish(ProposalKind.CASH_CYCLE, _TAKES_EFFECT, weights=_HARVESTS),
        quiet.filter(
            customer__kind=CustomerKind.FARMER, method=RepaymentMethod.INTEREST_ONLY,
            matures_on__gt=dt.date(2027, 10, 15),
        ),
        "收入集中在夏粮和晚稻两季,申请按收获季归还本金",
        "土地流转合同;粮站近两年收购结算单",
    )  # fmt: skip
    yield Case(
        lambda loan: Wish(ProposalKind.COUNT_PAUSED, _TAKES_EFFECT, until=dt.date(2027, 2, 16)),
        _running(last).filter(
            position__late_since__gte=_SUMMER, customer__kind=CustomerKind.FARMER
        ),
        "十月下旬洪涝,塘坝被毁,列入县政府受灾纾困名单",
        "受灾证明(乡镇);县政府纾困名单第 17 页;现场照片",
    )
    yield Case(
        lambda loan: Wish(
            ProposalKind.PREPAYMENT, _TAKES_EFFECT, amount=Money(loan.amount // 4),
            keep=Keep.INSTALMENT,
        ),
        quiet.filter(method=RepaymentMethod.LEVEL_PAYMENT, matures_on__year__gte=2028),
        "奖金到账,提前归还部分本金,每期不变",
        "提前还款申请书",
    )  # fmt: skip
    yield Case(
        lambda loan: Wish(
            ProposalKind.PREPAYMENT, _NOT_PAID_YET, amount=Money(loan.amount // 10), keep=Keep.TERM
        ),
        quiet.filter(method=RepaymentMethod.LEVEL_PAYMENT, matures_on__year__gte=2028),
        "处置闲置设备所得,提前归还部分本金,期限不变",
        "提前还款申请书;设备转让合同",
    )


def _late_cases(last: dt.date) -> Iterable[Case]:
    """What waits on the last day: two to be decided, one taken back."""
    quiet, on = _quiet(last), last + 4 * _ONE_DAY
    yield Case(
        lambda loan: Wish(ProposalKind.EXTENSION, on, until=_months_on(loan.matures_on, 2)),
        quiet.filter(method=RepaymentMethod.INTEREST_ONLY).order_by("matures_on"),
        "货款已开票未到账,申请展期两个月",
        "展期申请书;发票复印件;担保人同意书",
    )
    yield Case(
        lambda loan: Wish(
            ProposalKind.CASH_CYCLE, on, weights=(3, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1)
        ),
        quiet.filter(customer__kind=CustomerKind.SOLE_TRADER, method=RepaymentMethod.LEVEL_PAYMENT),
        "年货与中秋旺季收入占全年七成,申请按旺季归还本金",
        "近两年收单流水",
    )
    yield Case(
        lambda loan: Wish(ProposalKind.REPRICING, on, rate=percent("4.5")),
        quiet.filter(customer__kind=CustomerKind.CONSUMER, rate__gt=percent("6")),
        "客户申请下调利率",
        "客户申请书",
        is_taken_back=True,
    )


def _running(last: dt.date) -> QuerySet[Loan]:
    """Loans that run and whose next instalment lies behind the bank's last day."""
    rows = Loan.objects.filter(
        position__status=Status.LIVE, position__next_due__gt=last, customer__officer__isnull=False
    )
    return rows.select_related("customer__officer", "position").order_by("number")


def _quiet(last: dt.date) -> QuerySet[Loan]:
    """Those that owe nothing."""
    return _running(last).filter(position__late_since__isnull=True)


def _put_forward(cases: Iterable[Case], business_date: dt.date) -> None:
    """Propose each case for the first loan that allows it and has no proposal yet."""
    if TermProposal.objects.filter(proposed_on=business_date).exists():
        return  # done before the making was stopped
    for case in cases:
        taken = TermProposal.objects.values("loan__customer")
        for loan in case.loans.exclude(customer__in=taken)[:_MOST_TRIED]:
            made = _propose(case, loan, business_date)
            if made is not None:
                break


def _propose(case: Case, loan: Loan, business_date: dt.date) -> TermProposal | None:
    officer = loan.customer.officer
    assert officer is not None
    try:
        made = propose(
            loan=loan, wish=case.asked(loan), reason=case.reason, evidence=case.evidence,
            by=officer, business_date=business_date,
        )  # fmt: skip
    except Refused:
        return None
    if case.is_taken_back:
        withdraw(proposal=made, by=officer, business_date=business_date)
    return made


def _decide_all(business_date: dt.date) -> None:
    """Head office decides what waits: most is agreed to."""
    zhao = Officer.objects.get(display_name="赵风险")
    waiting = TermProposal.objects.filter(status=ProposalStatus.PROPOSED).select_related("loan")
    for proposal in waiting.order_by("pk"):
        if proposal.kind == ProposalKind.RESTRUCTURING:
            send_back(
                proposal=proposal, by=zhao, business_date=business_date,
                opinion="缺近六个月流水的盖章件,并请说明第二还款来源",
            )  # fmt: skip
        elif proposal.kind == ProposalKind.REPRICING:
            reject(
                proposal=proposal, by=zhao, business_date=business_date,
                opinion="未附他行报价单,现行利率已低于同类客户",
            )  # fmt: skip
        else:
            _approve(proposal, zhao, business_date)


def _approve(proposal: TermProposal, by: Officer, business_date: dt.date) -> None:
    try:
        approve(
            proposal=proposal, by=by, business_date=business_date,
            opinion="情况属实,材料齐全,同意",
        )  # fmt: skip
    except Refused as problem:  # the client paid in between: it goes back with what moved
        send_back(proposal=proposal, opinion=str(problem)[:300], by=by, business_date=business_date)
        return
    if proposal.kind == ProposalKind.PREPAYMENT and proposal.effective_from == _TAKES_EFFECT:
        record_entry(
            loan=proposal.loan, kind=EntryKind.PREPAYMENT,
            amount=Money(proposal.asked["amount"]), value_date=business_date,
            business_date=business_date, reference=f"TQHK{proposal.pk:06d}",
            payer_name=proposal.loan.customer.name, note="提前还款",
        )  # fmt: skip


def _months_on(day: dt.date, months: int) -> dt.date:
    return date_of(add_months(day_number(day), months))
