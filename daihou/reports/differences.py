"""How far the two answers about a day lie apart, in the same part of the book."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from daihou.reports.book_reader import Book, TrueRows
from daihou.reports.definitions import NON_PERFORMING, Definitions
from daihou.reports.scope import Scope
from loanmath.money import Money

_NPL = int(NON_PERFORMING[0])  # the grades from here on are 不良
_COMPARED = ("principal", "overdue", "days_past_due", "grade", "paid_today")


@dataclass(frozen=True)
class AnswerGap:
    """Of how many loans the two answers differ, and by how much in all: true less known, in fen."""

    loans: int
    principal: Money
    overdue: Money
    non_performing: Money

    @property
    def is_nothing(self) -> bool:
        """Whether the two answers agree."""
        return self.loans == 0


SAME = AnswerGap(0, Money(0), Money(0), Money(0))


def gap_between_answers(
    folder: Path, day: dt.date, definitions: Definitions, scope: Scope, true_rows: TrueRows
) -> AnswerGap:
    """Compare what was known of a day with what is true, loan by loan, in one pass.

    Loans whose balance was unknown then, or is now, are counted; their amounts count as nothing.
    """
    if day not in true_rows:
        return SAME
    same = " AND ".join(f"now.{name} IS NOT DISTINCT FROM was.{name}" for name in _COMPARED)
    rows = Book(folder, [day], definitions, scope, true_rows).ask(
        f"SELECT count(*) FILTER (NOT ({same})),"
        " sum(coalesce(now.principal, 0) - coalesce(was.principal, 0)),"
        " sum(coalesce(now.overdue, 0) - coalesce(was.overdue, 0)),"
        f" sum(if(now.grade >= {_NPL}, coalesce(now.principal, 0), 0)"
        f" - if(was.grade >= {_NPL}, coalesce(was.principal, 0), 0))"
        " FROM (SELECT loan_id FROM corrected) AS told"
        " LEFT JOIN book AS now ON now.loan_id = told.loan_id"
        " LEFT JOIN believed AS was ON was.loan_id = told.loan_id"
    )
    loans, *amounts = rows[0]
    return AnswerGap(loans, *(Money(int(amount or 0)) for amount in amounts))
