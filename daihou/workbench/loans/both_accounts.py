"""The two accounts of a loan's past for the eye: span by span, as believed and as true."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.daily_run.queries import knowledge_since
from daihou.loan_book.models import Loan
from daihou.servicing.two_accounts import two_accounts
from loanmath.courses import Span, Standing


@dataclass(frozen=True)
class AccountLine:
    """One span of days on which the two accounts differ."""

    span: Span

    @property
    def since(self) -> dt.date:
        """The first day."""
        return self.span.since

    @property
    def until(self) -> dt.date:
        """The last day."""
        return self.span.until

    @property
    def believed(self) -> Standing:
        """As it was believed on each of the days."""
        return self.span.believed

    @property
    def true(self) -> Standing:
        """As it is true."""
        return self.span.true

    @property
    def days_believed(self) -> str:
        """Days past due as believed, on the first and on the last day."""
        return self._days(self.span.believed)

    @property
    def days_true(self) -> str:
        """Days past due as they are true, on the first and on the last day."""
        return self._days(self.span.true)

    def _days(self, standing: Standing) -> str:
        first, last = standing.days_past_due(self.since), standing.days_past_due(self.until)
        return str(last) if first == last else f"{first}—{last}"


def account_lines(loan: Loan, day: dt.date) -> list[AccountLine]:
    """Where the two accounts differ up to a day; empty where one of them cannot be computed."""
    try:
        spans = two_accounts(loan, until=day, knowledge=knowledge_since).spans
    except ValueError:
        return []
    return [AccountLine(span) for span in spans]
