"""Checks of collateral, what it secures, what others hold on it, values and market indices."""

from __future__ import annotations

from collections.abc import Iterable

from daihou.feeds.checks.intake import (
    Check,
    Intake,
    in_order,
    must_be_positive,
    must_not_be_future,
    must_not_be_negative,
    where,
)
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged

MOST_RANK = 20


def rank_from_one(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Ranks are counted from 1."""
    ranks = staged.values["rank"]
    wrong = ~staged.bad & ((ranks < 1) | (ranks > MOST_RANK))
    yield Refusal(where(wrong), "rank", f"顺位须为 1 至 {MOST_RANK}")


def month_by_its_first_day(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """An index is given by the first day of its month."""
    days = staged.values["month"].astype("datetime64[D]")
    wrong = ~staged.bad & (days != days.astype("datetime64[M]").astype("datetime64[D]"))
    yield Refusal(where(wrong), "month", "月份请填该月 1 日,如 2026-10-01")


COLLATERAL_CHECKS: tuple[Check, ...] = (must_not_be_future("released_on", "解押日"),)
LINK_CHECKS: tuple[Check, ...] = (
    must_be_positive("amount"),
    must_be_positive("approved_ltv"),
    rank_from_one,
    must_not_be_future("secured_on", "设立日"),
)
LIEN_CHECKS: tuple[Check, ...] = (
    must_be_positive("amount"),
    rank_from_one,
    must_not_be_future("registered_on", "登记日"),
    in_order("registered_on", "ended_on", "消灭日早于登记日", equal=True),
)
VALUATION_CHECKS: tuple[Check, ...] = (
    must_not_be_negative("value"),
    must_not_be_future("valued_on", "估值日"),
    must_not_be_future("known_on", "收到日"),
    in_order("valued_on", "known_on", "收到日早于估值日", equal=True),
    in_order("valued_on", "next_due", "下次重估须晚于估值日", equal=False),
)
INDEX_CHECKS: tuple[Check, ...] = (
    must_be_positive("points"),
    month_by_its_first_day,
    must_not_be_future("month", "月份"),
)
