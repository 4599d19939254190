"""What the address asks for: the day, the part of the book, and how links lead on from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from daihou.daily_run.true_days import true_rows_of
from daihou.loan_book.choices import HOME_CURRENCY, Industry
from daihou.loan_book.models import Product
from daihou.reports.book_reader import NOTHING_CORRECTED, TrueRows
from daihou.reports.cells import Cell
from daihou.reports.choices import NO_INDUSTRY
from daihou.reports.definitions import Definitions, definitions_on
from daihou.reports.queries import book_visible_to, currencies_on
from daihou.reports.scope import Scope
from daihou.servicing.knowledge import Answer
from daihou.servicing.snapshots import snapshot_days
from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer
from daihou.staff.queries import branches_visible_to, officers_visible_to
from daihou.workbench.pieces.knowledge import WORDS, answer_of
from daihou.workbench.pieces.page import DeskRequest

CURRENCY_NAMES = {"CNY": "人民币", "USD": "美元", "EUR": "欧元", "HKD": "港元", "JPY": "日元"}
SCOPE_NAMES = ("branch", "officer", "product", "industry", "currency")


@dataclass(frozen=True)
class Names:
    """Names of branches, officers, products and industries that the person may choose among."""

    branches: dict[int, Branch]
    officers: dict[int, str]
    products: dict[int, str]

    def branch(self, code: int | str | None) -> str:
        """A branch by id; one that is not the person's to see has no name here."""
        found = self.branches.get(int(code)) if code is not None else None
        return found.name if found else "其他机构"

    def officer(self, code: int | str | None) -> str:
        """A client manager by id."""
        return self.officers.get(int(code), "其他人员") if code else "未分配客户经理"

    def product(self, code: int | str | None) -> str:
        """A product by id."""
        return self.products.get(int(code), "未知产品") if code is not None else "未知产品"

    def industry(self, code: int | str | None) -> str:
        """A section of GB/T 4754 by letter."""
        return str(Industry(code).label) if code in Industry.values else "未填行业"

    def below(self, branch: int) -> tuple[int, ...]:
        """A branch and all under it."""
        path = self.branches[branch].path
        return tuple(
            one.pk
            for one in self.branches.values()
            if one.path == path or one.path.startswith(f"{path}/")
        )


@dataclass(frozen=True)
class Asked:
    """The day, the scope and the definitions of one page, and the addresses that lead on from it.

    `written` are all days with a snapshot; `day` is the last of them up to the business date.
    `chosen` holds the parameters of the scope as they stand in the address. `answer` says whether
    the figures are those that were known or those that are true; `known` is how the address asks
    for it, "" where it does not.
    """

    officer: Officer
    day: dt.date
    written: list[dt.date]
    folder: Path
    definitions: Definitions
    names: Names
    scope: Scope
    currencies: list[str]
    chosen: Mapping[str, str]
    is_latest: bool
    answer: Answer
    known: str

    def true_rows(self, days: Iterable[dt.date]) -> TrueRows:
        """What stands in the place of the snapshots' rows; nothing for what was known."""
        return true_rows_of(days) if self.answer is Answer.AS_TRUE else NOTHING_CORRECTED

    def rows(self, cell: Cell, *, day: dt.date | None = None) -> str:
        """The address of the rows behind a cell, in the same scope."""
        query = {**self.chosen, **cell.query, "day": str(day or self.day), **self._known}
        return f"{reverse('overview_rows')}?{urlencode(query)}"

    def overview(self, **changes: str) -> str:
        """The overview of the same day and scope, with some parameters changed."""
        day = {} if self.is_latest else {"day": str(self.day)}
        query = {k: v for k, v in {**day, **self.chosen, **changes, **self._known}.items() if v}
        return f"{reverse('overview')}?{urlencode(query)}" if query else reverse("overview")

    @property
    def _known(self) -> dict[str, str]:
        return {"known": self.known} if self.known else {}

    def day_before(self) -> dt.date | None:
        """The last day with a snapshot before the shown one."""
        earlier = [day for day in self.written if day < self.day]
        return earlier[-1] if earlier else None

    def month_end(self, months_back: int) -> dt.date | None:
        """The last day with a snapshot in the month so many months before the shown day."""
        place = self.day.year * 12 + self.day.month - 1 - months_back
        return self.month_ends.get(f"{place // 12}-{place % 12 + 1:02d}")

    @property
    def month_ends(self) -> dict[str, dt.date]:
        """Month ("2026-01") to its last day with a snapshot, up to the shown day."""
        return {f"{day:%Y-%m}": day for day in self.written if day <= self.day}

    @property
    def year_start(self) -> dt.date | None:
        """The closing day of the year before; 年初 in every comparison."""
        return self.month_ends.get(f"{self.day.year - 1}-12")


def read_asked(request: DeskRequest, *, exact_day: bool = False) -> Asked | None:
    """What the request asks for; None when no day up to its business date was ever written."""
    folder = settings.SNAPSHOT_FOLDER
    written = snapshot_days(folder)
    until = [day for day in written if day <= request.business_date]
    if not until or (exact_day and until[-1] != request.business_date):
        return None
    day, officer = until[-1], request.officer
    answer = answer_of(request, Answer.AS_KNOWN)
    currencies = currencies_on(folder, day) or [HOME_CURRENCY]
    names = _names(officer)
    chosen = {name: request.GET[name] for name in SCOPE_NAMES if request.GET.get(name)}
    scope, chosen = _narrowed(
        book_visible_to(officer, _currency(chosen, currencies)), names, chosen
    )
    return Asked(
        officer, day, written, folder, definitions_on(day), names, scope, currencies, chosen,
        day == written[-1], answer, WORDS[answer] if request.GET.get("known") else "",
    )  # fmt: skip


def _currency(chosen: Mapping[str, str], currencies: list[str]) -> str:
    """The currency asked for if the book has it, else the home currency, else the most used."""
    asked = chosen.get("currency", HOME_CURRENCY)
    if asked in currencies:
        return asked
    return HOME_CURRENCY if HOME_CURRENCY in currencies else currencies[0]


def _narrowed(scope: Scope, names: Names, asked: Mapping[str, str]) -> tuple[Scope, dict[str, str]]:
    """The scope as chosen; a choice that the person does not have is left out."""
    choices: dict[str, Mapping[int, object]] = {
        "branch": names.branches, "officer": names.officers, "product": names.products,
    }  # fmt: skip
    known = {
        name: int(asked[name])
        for name, options in choices.items()
        if asked.get(name, "").isdigit() and int(asked[name]) in options
    }
    kept = {name: str(code) for name, code in known.items()}
    industry = asked.get("industry")
    if industry in {*Industry.values, NO_INDUSTRY}:
        kept["industry"] = industry
    if asked.get("currency") == scope.currency:
        kept["currency"] = scope.currency
    narrowed = replace(
        scope,
        branch=known.get("branch"),
        officer=known.get("officer"),
        product=known.get("product"),
        branches=names.below(known["branch"]) if "branch" in known else (),
        industry=kept.get("industry"),
    )
    return narrowed, kept


def _names(officer: Officer) -> Names:
    branches = {branch.pk: branch for branch in branches_visible_to(officer)}
    managers = officers_visible_to(officer).filter(roles__contains=[Role.ACCOUNT_MANAGER])
    return Names(
        branches,
        {one.pk: str(one) for one in managers.order_by("branch__path", "username")},
        dict(Product.objects.values_list("pk", "name")),
    )
