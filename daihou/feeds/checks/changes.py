"""Checks of floating rates, and of changes of terms: nothing changes into a closed day."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from daihou.feeds.checks.intake import (
    Check,
    Intake,
    must_be_positive,
    must_not_be_negative,
    where,
)
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged
from daihou.loan_book.choices import AMOUNT_CHANGES, RATE_CHANGES
from loanmath.rates import MAX_RATE

MOST_BPS = 2400  # a spread beyond 24 % is a slip of the pen
MOST_MONTHS = 120


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


def spread_in_basis_points(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A spread is given in basis points: `1.2` percent is 120."""
    wrong = ~staged.bad & (np.abs(staged.values["spread_bps"]) > MOST_BPS)
    yield Refusal(where(wrong), "spread_bps", f"加点须在 ±{MOST_BPS} 基点之内")


def cycle_of_months(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A rate is set anew every month at most, every ten years at least."""
    cycle = staged.values["cycle_months"]
    wrong = ~staged.bad & ((cycle < 1) | (cycle > MOST_MONTHS))
    yield Refusal(where(wrong), "cycle_months", f"重定价周期须为 1 至 {MOST_MONTHS} 个月")


def floor_below_cap(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """The lowest rate does not lie above the highest."""
    lowest, highest = staged.values["lowest"], staged.values["highest"]
    given = ~staged.missing["lowest"] & ~staged.missing["highest"] & ~staged.bad
    yield Refusal(where(given & (lowest > highest)), "highest", "利率上限低于下限")
    for name in ("lowest", "highest"):
        beyond = ~staged.missing[name] & ~staged.bad & (staged.values[name] > MAX_RATE)
        yield Refusal(where(beyond), name, "年利率须在 0 与 1000% 之间")


def first_reset_after_disbursement(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A rate is set anew only after the loan was paid out."""
    disbursed = intake.attribute("loans", "disbursed_on", staged.references["loan"])
    given = ~staged.missing["first_reset_on"] & ~staged.bad & (disbursed != 0)
    early = given & (staged.values["first_reset_on"] <= disbursed)
    yield Refusal(where(early), "first_reset_on", "首个重定价日须晚于放款日")


FLOATING_TERMS_CHECKS: tuple[Check, ...] = (
    spread_in_basis_points,
    cycle_of_months,
    must_not_be_negative("notice_days"),
    must_not_be_negative("lowest"),
    must_not_be_negative("highest"),
    floor_below_cap,
    first_reset_after_disbursement,
)
