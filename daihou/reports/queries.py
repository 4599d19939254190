"""Reads of the overview: which part of the book a person sees, and its figures on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from daihou.loan_book.queries import customers_visible_to, loans_visible_to
from daihou.reports.book_reader import NOTHING_CORRECTED, Book, TrueRows
from daihou.reports.choices import NO_INDUSTRY, ScopeKind
from daihou.reports.definitions import NON_PERFORMING, Definitions
from daihou.reports.grouping import LOANS, heading_sql, sets_sql
from daihou.reports.models import DayTotal
from daihou.reports.scope import Scope
from daihou.reports.totals import Totals, totals_from
from daihou.servicing.snapshots import snapshot_path
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to, sees_branch_tree
from loanmath.money import Money

_NPL = ", ".join(str(int(grade)) for grade in NON_PERFORMING)
_PART_AMOUNTS = f"sum(principal), sum(overdue), sum(principal) FILTER (grade IN ({_NPL}))"


def book_visible_to(officer: Officer, currency: str) -> Scope:
    """The part of every day's book that the person may see; the door of the overview.

    The same rule as the doors of `loan_book.queries`, told in the columns of a snapshot: the
    branch tree of those who look over one, the own clients of a client manager, both for somebody
    who is both, nothing for anybody else.
    """
    if not officer.is_active or officer.branch is None:
        return Scope(currency)
    own = officer.pk if officer.has_role(Role.ACCOUNT_MANAGER) else None
    if not sees_branch_tree(officer):
        return Scope(currency, seen_officer=own)
    if officer.branch.parent_id is None:
        return Scope(currency, seen_branches=None)
    tree = tuple(branches_visible_to(officer).order_by("pk").values_list("pk", flat=True))
    return Scope(currency, tree, seen_root=officer.branch_id, seen_officer=own)


def head_figures(
    folder: Path,
    days: Sequence[dt.date],
    definitions: Definitions,
    scope: Scope,
    true_rows: TrueRows = NOTHING_CORRECTED,
) -> dict[dt.date, Totals]:
    """The head figures of a scope on each of the days that were run.

    Read from the daily totals where they hold the scope, else added up from the snapshots; so are
    days of which `true_rows` tell, for the daily totals hold what was known.
    """
    kept = _kept_totals([day for day in days if day not in true_rows], scope)
    others = [d for d in days if d not in kept and snapshot_path(folder, d).exists()]
    for day in others:  # one by one: the answers of past days are kept
        kept |= totals_from(Book(folder, [day], definitions, scope, true_rows), definitions)
    return kept


def paid_between(
    folder: Path,
    days: Sequence[dt.date],
    scope: Scope,
    true_rows: TrueRows = NOTHING_CORRECTED,
) -> Money:
    """What clients paid on the days, from the snapshots."""
    book = Book(folder, days, Definitions(), scope, true_rows)
    paid = book.ask("SELECT sum(paid_today) FROM book")
    return Money(int(paid[0][0] or 0))


def paid_by_month(
    folder: Path,
    written: Sequence[dt.date],
    month_ends: Sequence[dt.date],
    scope: Scope,
    true_rows: TrueRows | None = None,
) -> dict[str, int]:
    """Month ("2026-01") to what clients paid from its first day to the given day of it, in fen.

    The last month comes from the snapshots of its days, as its rows do. Earlier months come from
    the daily totals; where those do not hold the scope they are left out, not guessed. So they are
    of what is true (`true_rows` given): the daily totals hold what was known.
    """
    *earlier, last = month_ends
    paid = {} if true_rows is not None else _kept_payments(earlier, scope)
    days = [day for day in written if last.replace(day=1) <= day <= last]
    return paid | {f"{last:%Y-%m}": paid_between(folder, days, scope, true_rows or {})}


def currencies_on(folder: Path, day: dt.date) -> list[str]:
    """The currencies of the book of a day, the largest number of loans first."""
    everything = Scope("", seen_branches=None)
    rows = Book(folder, [day], Definitions(), everything).ask_unscoped(
        "SELECT currency, count(*) FROM book GROUP BY currency ORDER BY count(*) DESC, currency"
    )
    return [row[0] for row in rows]


@dataclass(frozen=True)
class Part:
    """One branch, product, industry or client as a part of the scope; amounts in fen."""

    code: int | str
    loans: int
    clients: int
    principal: Money
    overdue: Money
    non_performing: Money


def parts_by(
    book: Book, kinds: Sequence[ScopeKind], day: dt.date, *, with_clients: bool = True
) -> dict[ScopeKind, list[Part]]:
    """The scope on a day, split by each of the headings, the largest balance first.

    Counting each client once is half of the work; without it `clients` are 0.
    """
    clients = "count(DISTINCT customer_id)" if with_clients else "0"
    rows = book.ask(
        f"SELECT {heading_sql(kinds)}, count(*), {clients}, {_PART_AMOUNTS}"
        f" FROM {LOANS} WHERE day = $day AND principal > 0 {sets_sql(kinds, with_whole=False)}",
        day=day,
    )
    parts: dict[ScopeKind, list[Part]] = {kind: [] for kind in kinds}
    for heading, code, *numbers in rows:
        kind = ScopeKind(heading)
        parts[kind].append(_part(code if kind is ScopeKind.INDUSTRY else int(code), numbers))
    for found in parts.values():
        found.sort(key=lambda part: (-part.principal, str(part.code)))
    return parts


def largest_clients(book: Book, day: dt.date, count: int) -> list[Part]:
    """The clients who owe most, loans of one client together."""
    rows = book.ask(
        f"SELECT customer_id, count(*), 1, {_PART_AMOUNTS} FROM book"
        " WHERE day = $day AND principal > 0"
        f" GROUP BY customer_id ORDER BY sum(principal) DESC, customer_id LIMIT {int(count)}",
        day=day,
    )
    return [_part(client, numbers) for client, *numbers in rows]


def late_by_cohort(book: Book, late_over: int) -> dict[tuple[str, dt.date], int]:
    """What was late by month of disbursement on each day of the book, in fen.

    Late: more days past due than `late_over`, with the whole balance, or written off.
    """
    rows = book.ask(
        "SELECT strftime(disbursed_on, '%Y-%m') AS cohort, day,"
        " sum(principal + written_off_principal) FROM book"
        " WHERE days_past_due > $late_over OR written_off_principal > 0 GROUP BY ALL",
        late_over=late_over,
    )
    return {(cohort, day): int(amount or 0) for cohort, day, amount in rows}


def disbursed_by_month(officer: Officer, scope: Scope, until: dt.date) -> dict[str, int]:
    """What was paid out by month ("2026-01") up to a day, in fen, settled loans included."""
    loans = loans_visible_to(officer).filter(currency=scope.currency, disbursed_on__lte=until)
    if scope.clients is not None:
        loans = loans.filter(customer__in=scope.clients)
    if scope.branch is not None:
        loans = loans.filter(customer__branch__in=scope.branches)
    if scope.product is not None:
        loans = loans.filter(product=scope.product)
    if scope.industry is not None:
        industry = None if scope.industry == NO_INDUSTRY else scope.industry
        loans = loans.filter(industry=industry)
    months = loans.annotate(month=TruncMonth("disbursed_on")).order_by("month").values("month")
    return {f"{row['month']:%Y-%m}": row["total"] for row in months.annotate(total=Sum("amount"))}


def cohort_scope(officer: Officer, scope: Scope) -> Scope:
    """The scope in which cohorts are followed.

    A client manager's cohorts are the loans of the clients managed now, wherever they were before:
    else a client handed over would change the past of both managers.
    """
    manager = scope.officer or (None if scope.seen_branches else scope.seen_officer)
    if manager is None:
        return scope
    clients = customers_visible_to(officer).filter(officer=manager).order_by("pk")
    return replace(
        scope,
        seen_branches=None,
        seen_officer=None,
        officer=None,
        clients=tuple(clients.values_list("pk", flat=True)),
    )


def _kept_totals(days: Sequence[dt.date], scope: Scope) -> dict[dt.date, Totals]:
    if scope.total is None:
        return {}
    kind, code = scope.total
    rows = DayTotal.objects.filter(
        scope=kind, scope_code=code, currency=scope.currency, day__in=list(days)
    )
    return {row.day: _totals_of(row) for row in rows}


def _kept_payments(month_ends: Sequence[dt.date], scope: Scope) -> dict[str, int]:
    if scope.total is None or not month_ends:
        return {}
    kind, code = scope.total
    months = (
        DayTotal.objects.filter(scope=kind, scope_code=code, currency=scope.currency)
        .filter(day__gte=month_ends[0].replace(day=1), day__lte=month_ends[-1])
        .annotate(month=TruncMonth("day"))
        .order_by("month")
        .values("month")
    )
    paid = {f"{row['month']:%Y-%m}": row["total"] for row in months.annotate(total=Sum("paid"))}
    return {f"{day:%Y-%m}": paid[f"{day:%Y-%m}"] for day in month_ends if f"{day:%Y-%m}" in paid}


def _totals_of(row: DayTotal) -> Totals:
    return Totals(
        row.day, row.loans, row.clients, row.unknown, Money(row.principal), Money(row.overdue),
        Money(row.long_overdue), Money(row.paid), tuple(row.by_grade), tuple(row.by_bucket),
    )  # fmt: skip


def _part(code: int | str, numbers: Sequence[int | None]) -> Part:
    loans, clients, *amounts = (int(number or 0) for number in numbers)
    return Part(code, loans, clients, *map(Money, amounts))
