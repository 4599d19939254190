"""Since which business day each row of the book has been known.

A business day sees a row when it was booked by then, and when the row lay below the day's marks: a
plan backdated into the past, or a row entered after the day was closed, was not known then.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import TextChoices

from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import PlanVersion, TermChange
from daihou.servicing.marks import BookMarks
from daihou.servicing.term_changes import known_since

_ONE_DAY = dt.timedelta(days=1)
_FIRST_VERSION = 1


class Answer(TextChoices):
    """The two answers about a past day: as it was known on its evening, and as it is true."""

    AS_KNOWN = "as_known", "当时所知"
    AS_TRUE = "as_true", "现在更正后"


@dataclass(frozen=True)
class Knowledge:
    """The closed business days in order, each with the last rows that it saw.

    Rows below the marks of the first day count as known since they were booked. Knowledge that
    `foresees` counts what became known in time also before: for days before it makes no difference
    to where a loan stands, and one state of knowledge then serves many days.
    """

    days: list[dt.date] = field(default_factory=list)
    plans: list[int] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)
    foresees: bool = False

    @classmethod
    def of(cls, marks: Iterable[tuple[dt.date, BookMarks]]) -> Knowledge:
        """From the marks of closed days, in order of the days."""
        rows = list(marks)
        return cls(
            [day for day, _ in rows],
            [marks.plan for _, marks in rows],
            [marks.entry for _, marks in rows],
            [marks.terms for _, marks in rows],
        )

    def entry_since(self, entry: LedgerEntry) -> dt.date:
        """The first business day that counted an entry, or will."""
        return max(entry.booked_on, self._first_seen(entry.pk, self.entries))

    def plan_since(self, plan: PlanVersion) -> dt.date:
        """The first business day that saw a later version of a plan, or will."""
        return max(plan.effective_from, self._first_seen(plan.pk, self.plans))

    def change_since(self, change: TermChange) -> dt.date:
        """The first business day that counted a change of terms, or will."""
        return max(known_since(change), self._first_seen(change.pk, self.terms))

    def has_change(self, change: TermChange, day: dt.date) -> bool:
        """Whether a change of terms was known on a business day."""
        return self._is_known(self.change_since(change), day, change.effective_from)

    def has_entry(self, entry: LedgerEntry, day: dt.date) -> bool:
        """Whether an entry was known on a business day."""
        return self._is_known(self.entry_since(entry), day, entry.value_date)

    def has_undone(self, entry: LedgerEntry, reversal: LedgerEntry, day: dt.date) -> bool:
        """Whether the reversal of an entry was known on a business day."""
        return self._is_known(self.entry_since(reversal), day, entry.value_date)

    def has_plan(self, plan: PlanVersion, day: dt.date) -> bool:
        """Whether a plan version was known on a day; the first one was from the beginning."""
        if plan.version == _FIRST_VERSION:
            return True
        return self._is_known(self.plan_since(plan), day, plan.effective_from)

    def _is_known(self, since: dt.date, day: dt.date, counts_from: dt.date) -> bool:
        return since <= day or (self.foresees and since <= counts_from)

    def _first_seen(self, row: int, marks: list[int]) -> dt.date:
        place = bisect_left(marks, row)
        if not self.days or place == 0:
            return dt.date.min
        return self.days[place] if place < len(self.days) else self.days[-1] + _ONE_DAY


BY_BOOKING = Knowledge()


def reversal_of(entry: LedgerEntry) -> LedgerEntry | None:
    """The entry that undid this one; None while it stands."""
    undone: LedgerEntry | None = getattr(entry, "reversed_by", None)
    return undone
