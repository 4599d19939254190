"""Checks of accounts, their states and what moved over them."""

from __future__ import annotations

from collections.abc import Iterable

from daihou.feeds.checks.intake import (
    Check,
    Intake,
    in_order,
    must_be_positive,
    must_not_be_future,
    where,
)
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged


def within_the_accounts_life(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Money moves over an account from its opening to its closing."""
    accounts, booked = staged.references["account"], staged.values["booked_on"]
    opened = intake.attribute("accounts", "opened_on", accounts)
    early = (opened != 0) & (booked < opened) & ~staged.bad
    yield Refusal(where(early), "booked_on", "交易日早于开户日")
    closed = intake.attribute("accounts", "closed_on", accounts)
    late = (closed != 0) & (booked > closed) & ~staged.bad
    yield Refusal(where(late), "booked_on", "交易日晚于销户日")


ACCOUNT_CHECKS: tuple[Check, ...] = (
    must_not_be_future("opened_on", "开户日"),
    in_order("opened_on", "closed_on", "销户日早于开户日", equal=True),
)
ACCOUNT_STATE_CHECKS: tuple[Check, ...] = (
    in_order("valid_from", "valid_to", "失效日不晚于生效日", equal=False),
)
VOUCHER_CHECKS: tuple[Check, ...] = (
    must_be_positive("amount"),
    must_not_be_future("issued_on", "出具日"),
)
TRANSACTION_CHECKS: tuple[Check, ...] = (
    must_be_positive("amount"),
    must_not_be_future("booked_on", "交易日"),
    within_the_accounts_life,
)
