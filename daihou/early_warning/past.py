"""Signals on past days, judged again by what is known of the ledger.

Only the signals that look at the ledger are judged: no. 58 and 60 rest on what people recorded and
say the same whatever was booked late. Whether a signal was kept quiet for a while after it had
ceased does not matter here: the question is what the rules see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.early_warning.facts import ledger_facts
from daihou.early_warning.happenings import Delay, causes_among
from daihou.early_warning.rules import NEVER, Levels, Rule, SignalLimits, levels_of
from daihou.servicing.book_on_day import BookOnDay
from loanmath.dates import day_number

LEDGER_RULES = (
    Rule.OVERDUE,
    Rule.OVERDUE_DEEPER,
    Rule.LATE_OFTEN,
    Rule.UNPAID_IN_A_ROW,
    Rule.INTEREST_ARREARS,
    Rule.ODD_PAYMENTS,
)


@dataclass(frozen=True)
class OtherPayments:
    """Payments by somebody other than the borrower, in order of day: loan's place and day."""

    place: npt.NDArray[np.int64]
    day: npt.NDArray[np.int32]

    def days_since(self, day: int, loans: int, window: int) -> npt.NDArray[np.int32]:
        """For each loan, how many days before the day somebody else last paid within a window."""
        days_since = np.full(loans, NEVER, np.int32)
        seen = (self.day <= day) & (self.day >= day - window)
        days_since[self.place[seen]] = day - self.day[seen]  # of several, the last stays
        return days_since


def levels_by_ledger(
    book: BookOnDay, limits: SignalLimits, delays: Sequence[Delay], payments: OtherPayments
) -> Levels:
    """The level of each of `LEDGER_RULES` on each loan of a book: one row a rule."""
    window = limits.other_payer_window.value
    facts = ledger_facts(
        book,
        technical_cause=causes_among(book, delays, limits.technical_exception.value),
        days_since_other_payer=payments.days_since(day_number(book.day), book.size, window),
    )
    return np.stack([levels_of(rule, facts, limits) for rule in LEDGER_RULES])
