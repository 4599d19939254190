"""The demo bank's rebuttals: one signed, one sent back, one waiting."""

from __future__ import annotations

import datetime as dt

from daihou.demo_bank.rebutting import DECIDED_ON, PROPOSED_ON, rebut_stages
from daihou.provision.choices import Because
from daihou.provision.models import LoanStage, StageRebuttal
from tests.cast import Cast
from tests.small_book import SmallBook

LAST = dt.date(2026, 11, 24)


def test_one_is_signed_one_sent_back_and_one_waits(cast: Cast) -> None:
    book = SmallBook(cast)
    for number in "甲乙丙":
        loan = book.lend(number, f"客户{number}")
        LoanStage.objects.create(
            loan=loan, valid_from=PROPOSED_ON, stage=2, because=int(Because.OVERDUE),
            rule_version="provision-1", seen=[31, 2, 1, 0, 0],
        )  # fmt: skip
    for today in (PROPOSED_ON, DECIDED_ON, LAST, LAST):
        rebut_stages(today, LAST)
    found = StageRebuttal.objects.order_by("pk").values_list("loan__number", "status")
    # the third loan is taken once: whoever was rebutted before is left alone
    assert [status for _, status in found] == ["approved", "rejected", "proposed"]
