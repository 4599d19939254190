"""Four loans of which two days believed what was not true: late entries, and a payment bounced."""

from __future__ import annotations

from daihou.daily_run.runner import run_days
from daihou.ledger.actions import record_repayment, reverse_entry
from loanmath.money import yuan
from tests.cast import Cast
from tests.small_book import INSTALMENT, SmallBook, day

BELIEVED = ("03-10", "03-11", "03-12")
LEARNED = "03-13"


def paid_late_and_bounced(cast: Cast) -> SmallBook:
    """甲 and 丁 are late by the book, in time in truth; 乙's payment bounces; 丙 is as it was."""
    made = SmallBook(cast)
    for name in ("甲", "乙", "丙", "丁"):
        made.lend(name, name)
        made.pay(name, "02-10")
    bounced = made.pay("乙", "03-10")
    made.pay("丙", "03-10")
    run_days([day(one) for one in BELIEVED])
    for name in ("甲", "丁"):
        record_repayment(
            loan=made.loans[name], amount=yuan(INSTALMENT), value_date=day("03-10"),
            business_date=day(LEARNED),
        )  # fmt: skip
    reverse_entry(entry=bounced, business_date=day(LEARNED), note="退票")
    run_days([day(LEARNED)])
    return made
