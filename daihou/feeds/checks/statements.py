"""Checks of statements: a statement is one whole, so one bad row refuses all of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from daihou.feeds.checks.intake import Check, Intake, must_not_be_future, where
from daihou.feeds.matching import first_equal
from daihou.feeds.problems import Refusal, Rows
from daihou.feeds.staging import Staged


@dataclass(frozen=True)
class Groups:
    """The statements of a file: rows in order of statement and item, and where each begins."""

    order: Rows
    begins: Rows
    of_row: Rows

    @property
    def heads(self) -> Rows:
        """One row of each statement."""
        return self.order[self.begins[:-1]]


def group_statements(staged: Staged) -> Groups:
    """Put the rows of each statement (client, period, scope) together, by item."""
    columns = [staged.texts("customer"), staged.values["period_end"], staged.values["scope"]]
    first = first_equal(columns)
    order = np.lexsort((staged.values["item"], first)).astype(np.int64)
    starts = np.ones(len(order), np.bool_)
    starts[1:] = first[order][1:] != first[order][:-1]
    of_row = np.empty(len(order), np.int64)
    of_row[order] = np.cumsum(starts) - 1
    return Groups(order, np.append(np.flatnonzero(starts), len(order)), of_row)


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
    groups = group_statements(staged)
    spoiled = np.zeros(len(groups.heads), np.int64) - 1
    bad = where(staged.bad)
    spoiled[groups.of_row[bad][::-1]] = bad[::-1]
    culprit = spoiled[groups.of_row]
    dragged = where((culprit >= 0) & ~staged.bad)
    reasons = [f"同一报表有误:{staged.place(int(culprit[at]))}" for at in dragged]
    yield Refusal(dragged, "customer", reasons)


STATEMENT_CHECKS: tuple[Check, ...] = (
    must_not_be_future("period_end", "报表期末"),
    must_not_be_future("received_on", "收到日"),
    ends_a_month,
    received_in_time,
    one_voice,
    whole_statement_or_nothing,
)
