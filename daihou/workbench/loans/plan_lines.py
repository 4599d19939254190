"""The plan against what was paid, one line an instalment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.servicing.queries import OneLoan
from daihou.servicing.term_changes import days_not_counted
from loanmath.one_loan import InstalmentState


@dataclass(frozen=True)
class PlanLine:
    """One instalment and what became of it by the day; money in fen.

    `not_counted` are the days since its due date on which days past due stood still.
    """

    state: InstalmentState
    day: dt.date
    not_counted: int = 0

    @property
    def planned(self) -> int:
        """Principal and interest as planned."""
        return self.state.principal + self.state.interest

    @property
    def unpaid(self) -> int:
        """What has fallen due and is unpaid."""
        return self.state.principal_unpaid + self.state.interest_unpaid

    @property
    def paid(self) -> int:
        """What was paid of the principal and interest that fell due."""
        return max(0, self.planned - self.unpaid) if self.state.fallen_due else 0

    @property
    def paid_percent(self) -> int:
        """The paid share in whole percent, rounded down: 100 only when nothing is open."""
        if not self.state.fallen_due or not self.planned:
            return 100 if self.is_cleared else 0
        return min(99, self.paid * 100 // self.planned) if self.unpaid else 100

    @property
    def is_cleared(self) -> bool:
        """Whether the instalment is fully paid."""
        return self.state.cleared_on is not None

    @property
    def days_late(self) -> int:
        """Days between the due date and payment, or the day when it is still open; never < 0."""
        if not self.state.fallen_due:
            return 0
        late = ((self.state.cleared_on or self.day) - self.state.due).days
        return max(0, late - self.not_counted)

    @property
    def word(self) -> str:
        """How the instalment stands, in words."""
        if not self.state.fallen_due:
            return "未到期"
        if self.is_cleared:
            return f"已还清,迟 {self.days_late} 天" if self.days_late else "已还清"
        if self.day == self.state.due:
            return "今日到期"
        if self.days_late == 0:
            return "未还,停计逾期天数"
        return (
            f"部分已还,逾期 {self.days_late} 天" if self.paid else f"未还,逾期 {self.days_late} 天"
        )

    @property
    def tone(self) -> str:
        """The colour of the words: bad for arrears, warn for late payment."""
        if not self.state.fallen_due:
            return "muted"
        if not self.is_cleared:
            return "bad" if self.days_late else "warn"
        return "warn" if self.days_late else "good"


def plan_lines(one: OneLoan, day: dt.date) -> list[PlanLine]:
    """The instalments in order, as they stand on the evening of the day."""
    lines = []
    for state in one.instalments(day):
        until = state.cleared_on or day
        stood = days_not_counted(one.term_changes, state.due, until) if until > state.due else 0
        lines.append(PlanLine(state, day, stood))
    return lines
