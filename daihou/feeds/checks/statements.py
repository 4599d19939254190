"""Checks of statements: a statement is one whole, so one bad row refuses all of its rows."""

from __future__ import annotations

from collections.abc import Iterable

from daihou.feeds.checks.intake import Check, Intake, must_not_be_future, where
from daihou.feeds.checks.wholes import Groups, grouped, whole_or_nothing
from daihou.feeds.matching import first_equal
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged


def group_statements(staged: Staged) -> Groups:
    """Put the rows of each statement (client, period, scope) together, by item."""
    columns = [staged.texts("customer"), staged.values["period_end"], staged.values["scope"]]
    first = first_equal(columns)
    return grouped(first, staged.values["item"])


def ends_a_month(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A statement ends on the last day of a month."""
    ends = staged.values["period_end"].astype("datetime64[D]")
    months = ends.astype("datetime64[M]")
    wrong = (ends + 1).astype("datetime64[M]") == months
    yield Refusal(where(wrong & ~staged.bad), "period_end", "报表期末须是月末,如 2026-09-30")


def received_in_time(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A statement is received after its period."""
    given = ~staged.missing["received_on"] & ~staged.bad
    early = given & (staged.values["received_on"] < staged.values["period_end"])
    yield Refusal(where(early), "received_on", "收到日早于报表期末")


def one_voice(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """All rows of a statement give the same opinion and the same day of receipt."""
    groups = group_statements(staged)
    head = groups.heads[groups.of_row]
    for name, heading in (("opinion", "审计意见"), ("received_on", "收到日")):
        codes = first_equal([staged.values[name]])
        wrong = (codes != codes[head]) & ~staged.bad
        yield Refusal(where(wrong), name, f"{heading}与该报表其他行不一致")


def whole_statement_or_nothing(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """What is wrong with one row is wrong with the statement."""
    yield from whole_or_nothing(staged, group_statements(staged), column="customer", what="报表")


STATEMENT_CHECKS: tuple[Check, ...] = (
    must_not_be_future("period_end", "报表期末"),
    must_not_be_future("received_on", "收到日"),
    ends_a_month,
    received_in_time,
    one_voice,
    whole_statement_or_nothing,
)
