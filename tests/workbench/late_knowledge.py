"""Corrections for the screens: what the daily run would have written, and the marks of its days."""

from __future__ import annotations

import datetime as dt

from daihou.classification.choices import Grade
from daihou.classification.models import LoanGrade
from daihou.daily_run.choices import Aspect, CauseKind
from daihou.daily_run.models import BusinessDay, Correction
from daihou.ledger.actions import record_repayment
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan
from loanmath.money import Money
from tests.workbench.small_bank import DAY, SmallBank

ONE = dt.timedelta(days=1)


def give_marks() -> None:
    """The closed days have seen what is in the ledger now; the last one will see what comes."""
    last = LedgerEntry.objects.order_by("pk").last()
    assert last is not None
    marks = {"loan": 10**9, "plan": 10**9, "terms": 10**9, "entry": last.pk}
    BusinessDay.objects.update(inputs={"marks": marks})
    BusinessDay.objects.filter(day=DAY).update(inputs={"marks": {**marks, "entry": 10**9}})


def correct(bank: SmallBank, key: str, *, is_material: bool = True) -> Correction:
    """A payment of the loan's last due date that was booked on the last day; graded again."""
    loan = bank.loans[key]
    paid_on = DAY - 3 * ONE
    record_repayment(loan=loan, amount=Money(5_574_35), value_date=paid_on, business_date=DAY)
    return write_correction(loan, paid_on, is_material=is_material)


def write_correction(loan: Loan, since: dt.date, *, is_material: bool = True) -> Correction:
    """The record that the daily run would have written."""
    change = {
        "aspect": Aspect.ARREARS, "what": "逾期与余额", "since": str(since),
        "until": str(DAY - ONE), "believed": "逾期 0—2 天,余额 100.00 元",
        "true": "未逾期,余额 90.00 元", "is_material": is_material,
    }  # fmt: skip
    return Correction.objects.create(
        loan=loan, found_on=DAY, since=since, until=DAY - ONE, is_material=is_material,
        causes=[
            {"kind": CauseKind.LATE_ENTRY, "counts_from": str(since),
             "says": f"还款 5,574.35 元,{since} 起息,{DAY} 才记账,晚 3 天"},
        ],
        changes=[change], days_believed=2, days_true=0,
        grade_believed=Grade.SPECIAL_MENTION, grade_true=Grade.NORMAL,
    )  # fmt: skip


def regrade(loan: Loan) -> None:
    """王秀英's loan was believed 关注 from 21 November on; it was 正常 all the time."""
    LoanGrade.objects.filter(loan=loan).update(
        superseded_on=DAY, known_to=dt.datetime(2026, 11, 23, 13, tzinfo=dt.UTC)
    )
    LoanGrade.objects.create(
        loan=loan, grade=Grade.NORMAL, because=0, rule_version="出厂值", corrected_on=DAY,
        valid_from=loan.disbursed_on,
    )  # fmt: skip
