"""Checks of changes of terms: each says what it needs, and nothing changes into a closed day."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from daihou.feeds.checks.intake import Check, Intake, must_be_positive, where
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged
from daihou.loan_book.choices import AMOUNT_CHANGES, RATE_CHANGES
from loanmath.rates import MAX_RATE


def says_what_it_needs(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A changed rate comes with the rate, interest into principal with the amount."""
    kinds = staged.values["kind"]
    for name, heading, wanting in (
        ("rate", "年利率", RATE_CHANGES),
        ("amount", "金额", AMOUNT_CHANGES),
    ):
        wanted, given = np.isin(kinds, wanting), ~staged.missing[name]
        yield Refusal(where(wanted & ~given & ~staged.bad), name, f"这类变更必须填写{heading}")
        yield Refusal(where(~wanted & given & ~staged.bad), name, f"这类变更不填写{heading}")


def rate_within_bounds(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A rate is not negative and not above what can be computed."""
    rates, given = staged.values["rate"], ~staged.missing["rate"] & ~staged.bad
    wrong = given & ((rates < 0) | (rates > MAX_RATE))
    yield Refusal(where(wrong), "rate", "年利率须在 0 与 1000% 之间")


def not_before_disbursement(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Terms change only after the loan was paid out."""
    disbursed = intake.attribute("loans", "disbursed_on", staged.references["loan"])
    early = (disbursed != 0) & (staged.values["effective_from"] < disbursed) & ~staged.bad
    yield Refusal(where(early), "effective_from", "生效日早于放款日")


def booked_on_an_open_day(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A change is never booked into a day that is closed, nor into one to come."""
    booked, given = staged.values["booked_on"], ~staged.missing["booked_on"] & ~staged.bad
    yield Refusal(where(given & (booked > intake.business_date)), "booked_on", "登记日晚于营业日")
    if intake.closed_through is not None:
        closed = given & (staged.ids == 0) & (booked <= intake.closed_through)
        yield Refusal(where(closed), "booked_on", "该日已日终关账;请留空(记入当前营业日)")


TERM_CHANGE_CHECKS: tuple[Check, ...] = (
    says_what_it_needs,
    rate_within_bounds,
    must_be_positive("amount"),
    not_before_disbursement,
    booked_on_an_open_day,
)
