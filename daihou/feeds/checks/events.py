"""Checks of events from outside: each is about somebody, and lies in the past."""

from __future__ import annotations

from collections.abc import Iterable

from daihou.feeds.checks.intake import Check, Intake, in_order, must_not_be_future, where
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged


def is_about_somebody(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """An event names a party, a paper or an industry."""
    missing = staged.missing
    nobody = missing["subject_name"] & missing["subject_paper"] & missing["industry"]
    yield Refusal(
        where(nobody & ~staged.bad), "subject_name", "当事人名称、证件号码、涉及行业须填写一项"
    )


EVENT_CHECKS: tuple[Check, ...] = (
    is_about_somebody,
    must_not_be_future("happened_on", "发生日"),
    in_order("happened_on", "ended_on", "移出或解除日早于发生日", equal=True),
)
