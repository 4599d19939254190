"""The book of a past day for lists: which snapshot, by which answer, in whose sight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase

from daihou.daily_run.true_days import true_rows_of
from daihou.loan_book.choices import HOME_CURRENCY
from daihou.reports.book_reader import NOTHING_CORRECTED, Book, TrueRows
from daihou.reports.definitions import Definitions, definitions_on
from daihou.reports.differences import gap_between_answers
from daihou.reports.past_lists import PastList
from daihou.reports.queries import book_visible_to
from daihou.reports.scope import EVERY_CURRENCY, Scope
from daihou.servicing.knowledge import Answer
from daihou.servicing.snapshots import snapshot_days
from daihou.staff.models import Officer
from daihou.workbench.pieces.filters import branch_chosen
from daihou.workbench.pieces.knowledge import BothAnswers, answer_of, both_answers
from daihou.workbench.pieces.page import DeskRequest, page
from daihou.workbench.pieces.tables import Table


@dataclass(frozen=True)
class PastBook:
    """What the person managed on a day, by the answer that the address asks for.

    `day` is the last one with a snapshot up to the business date.
    """

    request: DeskRequest
    day: dt.date
    answer: Answer

    @cached_property
    def definitions(self) -> Definitions:
        """What counts as overdue, and in which bucket, on the day."""
        return definitions_on(self.day)

    @cached_property
    def scope(self) -> Scope:
        """The part of the book that the person saw, in every currency."""
        return book_visible_to(self.request.officer, EVERY_CURRENCY)

    @cached_property
    def book(self) -> Book:
        """The day's book, ready to be asked."""
        true_rows = self.true_rows if self.answer is Answer.AS_TRUE else NOTHING_CORRECTED
        folder = settings.SNAPSHOT_FOLDER
        return Book(folder, [self.day], self.definitions, self.scope, true_rows)

    @cached_property
    def true_rows(self) -> TrueRows:
        """What is true of the loans that were corrected since."""
        return true_rows_of([self.day])

    def both_answers(self) -> BothAnswers:
        """The switch, with how far the answers lie apart in all that the person saw."""
        gap = gap_between_answers(
            settings.SNAPSHOT_FOLDER, self.day, self.definitions,
            replace(self.scope, currency=HOME_CURRENCY), self.true_rows,
        )  # fmt: skip
        amounts = {"余额": gap.principal, "逾期贷款": gap.overdue}
        return both_answers(
            self.request, self.answer, day=self.day, loans=gap.loans, differences=amounts
        )


def past_book(request: DeskRequest) -> PastBook | None:
    """The book of the request's day; None where no day up to it was ever kept."""
    until = [day for day in snapshot_days(settings.SNAPSHOT_FOLDER) if day <= request.business_date]
    return PastBook(request, until[-1], answer_of(request)) if until else None


def past_list(
    request: DeskRequest,
    title: str,
    template: str,
    *,
    table: Callable[[PastBook], Table],
    rows: Callable[[Book], PastList[Any]],
    named: Callable[[Officer, Sequence[Any]], list[Any]],
) -> HttpResponseBase:
    """A list as of an earlier day, by the answer that the address asks for, or its file.

    `named` gives the rows of a page their numbers and names, in a constant number of queries.
    """
    past = past_book(request)
    if past is None:
        return page(request, "workbench/overview/no_snapshot.html", {"title": title})
    listing = table(past).open(
        request, rows(past.book), attach=lambda some: named(request.officer, some)
    )
    if listing.is_export:
        return listing.download(answer=str(past.answer.label))
    shown = {"title": title, "table": listing, "past": past, "knowledge": past.both_answers()}
    return page(request, template, shown)


def at_branch(rows: PastList[Any], text: str) -> PastList[Any]:
    """Those of a branch and all under it, by who managed the client that day."""
    below = list(branch_chosen(text).values_list("pk", flat=True))
    return rows.where("list_contains($at_branches, branch_id)", at_branches=below)
