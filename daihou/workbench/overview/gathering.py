"""Reads what the page shows: one read a block, each a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property

from daihou.daily_run.true_days import true_rows_of
from daihou.loan_book.queries import customers_visible_to
from daihou.reports.book_reader import Book
from daihou.reports.choices import ScopeKind
from daihou.reports.differences import AnswerGap, gap_between_answers
from daihou.reports.flows import Flows, flows_between
from daihou.reports.movements import MOVING, largest_movements
from daihou.reports.queries import (
    Part,
    cohort_scope,
    disbursed_by_month,
    head_figures,
    largest_clients,
    late_by_cohort,
    paid_by_month,
    parts_by,
)
from daihou.reports.scope import Scope
from daihou.reports.totals import Totals
from daihou.servicing.knowledge import Answer
from daihou.workbench.overview.asked import Asked
from daihou.workbench.overview.blocks import Block
from daihou.workbench.overview.cards import cards, trend_days
from daihou.workbench.overview.concentration import HEADINGS, clients_block, concentration_block
from daihou.workbench.overview.following import (
    LATE_CHOICES,
    base_choices,
    migration_block,
    roll_block,
    vintage_block,
)
from daihou.workbench.overview.moves import Told, told
from daihou.workbench.overview.quality import grades_block, overdue_block
from daihou.workbench.pieces.figures import Figure

LARGEST_CLIENTS = 10
MOVEMENTS = 3
VINTAGE_MONTHS = 18


class Gathering:
    """The figures of one page, each read when it is first needed and at most once."""

    def __init__(self, asked: Asked, *, base: str, late_over: str) -> None:
        """base: from when loans are followed (month, year, day); late_over: days of the vintage."""
        self._asked = asked
        self._true_rows = asked.true_rows(_days_shown(asked))
        self._book = self._open([asked.day])
        days = {code: day for code, (_, day) in base_choices(asked).items() if day is not None}
        self._base = base if base in days else next(iter(days), "")
        self._base_day = days.get(self._base)
        self._late_over = int(late_over) if late_over in map(str, LATE_CHOICES) else LATE_CHOICES[0]
        wanted = {day for day in (*trend_days(asked), asked.year_start) if day is not None}
        found = head_figures(
            asked.folder, sorted(wanted), asked.definitions, asked.scope, self._true_rows
        )
        self.totals = {asked.day: Totals.nothing(asked.day, asked.definitions), **found}
        self._flows: Flows | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the scope holds no loan on the day."""
        now = self.totals[self._asked.day]
        return now.loans == 0 and now.unknown == 0

    def figures(self) -> list[Figure]:
        """The row of figures."""
        days = [day for day in trend_days(self._asked) if day is not None]
        asked = self._asked
        true_rows = self._true_rows if asked.answer is Answer.AS_TRUE else None
        paid = paid_by_month(asked.folder, asked.written, days, asked.scope, true_rows)
        return cards(asked, self.totals, paid)

    def gap(self) -> AnswerGap:
        """How far what is true of the day lies from what was known, whichever is shown."""
        asked = self._asked
        true_rows = self._true_rows or true_rows_of([asked.day])
        return gap_between_answers(
            asked.folder, asked.day, asked.definitions, asked.scope, true_rows
        )

    def movements(self) -> tuple[dt.date | None, list[Told]]:
        """The day before, and the largest movements since; none when there is no day before."""
        base = self._asked.day_before()
        if base is None:
            return None, []
        asked = self._asked
        before = self._open([base])
        moves = largest_movements(
            parts_by(before, MOVING, base, with_clients=False), self._parts, MOVEMENTS
        )
        return base, told(asked, moves, base)

    def block(self, name: str) -> Block | None:
        """One block by name; None when its name is unknown or there is nothing to compare with."""
        makers = self._makers()
        return makers[name]() if name in makers else None

    def blocks(self) -> list[Block]:
        """All blocks in their order on the page."""
        made = [make() for make in self._makers().values()]
        return [block for block in made if block is not None]

    def _makers(self) -> dict[str, Callable[[], Block | None]]:
        return {
            "grades": lambda: grades_block(self._asked, self.totals),
            "overdue": lambda: overdue_block(self._asked, self.totals),
            "migration": self._migration,
            "vintage": self._vintage,
            "rolls": self._rolls,
            "branches": lambda: self._concentration(ScopeKind.BRANCH),
            "products": lambda: self._concentration(ScopeKind.PRODUCT),
            "industries": lambda: self._concentration(ScopeKind.INDUSTRY),
            "officers": lambda: self._concentration(ScopeKind.OFFICER),
            "clients": self._clients,
        }

    @cached_property
    def _parts(self) -> dict[ScopeKind, list[Part]]:
        return parts_by(self._book, tuple(HEADINGS), self._asked.day)

    def _open(self, days: list[dt.date], scope: Scope | None = None) -> Book:
        """Some days in the scope of the page, by the answer asked for."""
        asked = self._asked
        return Book(asked.folder, days, asked.definitions, scope or asked.scope, self._true_rows)

    def _followed(self) -> Flows | None:
        if self._flows is None and self._base_day is not None:
            asked = self._asked
            book = self._open([self._base_day, asked.day])
            self._flows = flows_between(book, self._base_day, asked.day)
        return self._flows

    def _migration(self) -> Block | None:
        flows = self._followed()
        return migration_block(self._asked, flows, self._base) if flows else None

    def _rolls(self) -> Block | None:
        flows = self._followed()
        return roll_block(self._asked, flows) if flows else None

    def _vintage(self) -> Block:
        asked = self._asked
        scope = cohort_scope(asked.officer, asked.scope)
        observed = _observed(asked)
        late: dict[tuple[str, dt.date], int] = {}
        for day in observed.values():  # one by one: the answers of past days are kept
            book = self._open([day], scope)
            late |= late_by_cohort(book, self._late_over)
        disbursed = disbursed_by_month(asked.officer, scope, asked.day)
        return vintage_block(asked, disbursed, late, observed, self._late_over)

    def _concentration(self, kind: ScopeKind) -> Block:
        return concentration_block(self._asked, kind, self._parts[kind])

    def _clients(self) -> Block:
        parts = largest_clients(self._book, self._asked.day, LARGEST_CLIENTS)
        seen = customers_visible_to(self._asked.officer).filter(pk__in=[p.code for p in parts])
        names = {
            pk: (number, name) for pk, number, name in seen.values_list("pk", "number", "name")
        }
        return clients_block(self._asked, parts, self.totals[self._asked.day].principal, names)


def _observed(asked: Asked) -> dict[str, dt.date]:
    """The months in which cohorts are looked at, with their last snapshots."""
    return dict(list(asked.month_ends.items())[-VINTAGE_MONTHS:])


def _days_shown(asked: Asked) -> set[dt.date]:
    """All days that any block of the page reads."""
    first = asked.day.replace(day=1)
    days = {day for day in asked.written if first <= day <= asked.day}
    compared = (*trend_days(asked), asked.year_start, asked.day_before())
    return days | {day for day in compared if day} | set(_observed(asked).values())
