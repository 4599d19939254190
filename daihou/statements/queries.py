"""Reads of statements; rows leave only through the doors `…_visible_to`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.servicing.models import LoanPosition
from daihou.staff.models import Officer
from daihou.statements.choices import Scope
from daihou.statements.forecast import MONTHS
from daihou.statements.items import ITEM_BY_KEY
from daihou.statements.models import Statement, StatementFinding, StatementStanding
from daihou.statements.ratios import RATIOS
from loanmath.codes import Status

YEARS = 4  # of statements that are looked at
_NET_ASSETS = ITEM_BY_KEY["total_equity"].code
MONTH_DAYS = 30  # the months of the forecast, counted from the business date

# What falls due to us from each enterprise in the months to come, and what is overdue already.
DUES = f"""
WITH planned AS (
    SELECT DISTINCT ON (v.loan_id) v.loan_id, l.customer_id, v.due_dates, v.principal, v.interest
    FROM loan_book_planversion v
    JOIN loan_book_loan l ON l.id = v.loan_id
    JOIN servicing_loanposition s ON s.loan_id = v.loan_id AND s.status = {int(Status.LIVE)}
    WHERE v.effective_from <= %(day)s AND l.customer_id = ANY(%(customers)s)
    ORDER BY v.loan_id, v.version DESC
), coming AS (
    SELECT p.customer_id, ((x.due - %(day)s::date - 1) / {MONTH_DAYS})::int8 AS month,
           x.principal + x.interest AS amount
    FROM planned p, unnest(p.due_dates, p.principal, p.interest) AS x (due, principal, interest)
    WHERE x.due > %(day)s AND x.due <= %(day)s::date + {MONTH_DAYS * MONTHS}
    UNION ALL
    SELECT p.customer_id, 0, s.principal_overdue + s.interest_overdue
    FROM planned p JOIN servicing_loanposition s ON s.loan_id = p.loan_id
)
SELECT customer_id, month, sum(amount)::int8 AS amount FROM coming GROUP BY customer_id, month
"""


@dataclass(frozen=True)
class Peers:
    """How a ratio lies among the bank's own clients of one industry."""

    count: int
    low: float
    median: float
    high: float


def statements_visible_to(officer: Officer) -> QuerySet[Statement]:
    """The statements of the clients whom the person may see, all versions."""
    return Statement.objects.filter(customer__in=customers_visible_to(officer))


def standings_visible_to(officer: Officer) -> QuerySet[StatementStanding]:
    """Where the clients whom the person may see stand with their statements."""
    return StatementStanding.objects.filter(customer__in=customers_visible_to(officer))


def findings_visible_to(officer: Officer) -> QuerySet[StatementFinding]:
    """Findings in the statements of the clients whom the person may see."""
    return StatementFinding.objects.filter(customer__in=customers_visible_to(officer))


def current(rows: QuerySet[Statement], *, until: dt.date) -> QuerySet[Statement]:
    """The last version of each statement that had come in by a day."""
    known = rows.filter(received_on__lte=until)
    newer = Statement.objects.filter(
        customer=OuterRef("customer"),
        period_end=OuterRef("period_end"),
        scope=OuterRef("scope"),
        version__gt=OuterRef("version"),
        received_on__lte=until,
    )
    return known.filter(~Exists(newer))


def statements_of(
    customer: Customer, *, until: dt.date, scope: Scope | None = None
) -> list[Statement]:
    """A client's current statements, the oldest first."""
    rows = Statement.objects.filter(customer=customer)
    if scope is not None:
        rows = rows.filter(scope=scope)
    return list(current(rows, until=until).order_by("scope", "period_end"))


def dues_of(customer: Customer, day: dt.date) -> list[int]:
    """What falls due to us in each of the coming months; what is overdue stands in the first."""
    dues = [0] * MONTHS
    with connection.cursor() as cursor:
        cursor.execute(DUES, {"day": day, "customers": [customer.pk]})
        for _, month, amount in cursor.fetchall():
            dues[month] = int(amount)
    return dues


def net_assets_of(customers: Collection[int], *, day: dt.date) -> dict[int, int]:
    """The net assets (所有者权益, fen) of some clients by their newest statement as of a day.

    As the daily step chooses it: the company's own before the group's. Clients without a
    statement of the last years, or without that line in it, are unknown and not here.
    """
    given: dict[str, Any] = {
        "day": day, "since": dt.date(day.year - YEARS, 1, 1), "line": _NET_ASSETS,
        "customers": list(customers),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, amount FROM ("
            " SELECT DISTINCT ON (customer_id) customer_id,"
            " amounts[array_position(items, %(line)s::int2)] AS amount FROM statements_statement"
            " WHERE customer_id = ANY(%(customers)s) AND received_on <= %(day)s"
            " AND period_end > %(since)s"
            " ORDER BY customer_id, scope, period_end DESC, version DESC) newest"
            " WHERE amount IS NOT NULL",
            given,
        )
        return dict(cursor.fetchall())


def owed_to_us(customer: Customer) -> int:
    """The principal that the client owes us."""
    found = LoanPosition.objects.filter(loan__customer=customer).values_list("principal", flat=True)
    return sum(found)


def open_findings(customer: Customer, *, on: dt.date) -> list[StatementFinding]:
    """What the statements of a client give to think about on a day."""
    rows = StatementFinding.objects.filter(customer=customer, since__lte=on)
    standing = rows.exclude(ceased_on__lte=on).select_related("statement", "handled_by")
    return list(standing.order_by("signal"))


def latest_file() -> Path:
    """The columnar file with one row per client, as the last daily run left it.

    Read with DuckDB or pyarrow: `customer, industry, period (year * 12 + month - 1), months`, every
    line of the sheets by its key (fen) and `<key>_year_ago`, `<key>_q0`/`_q1` (the last two single
    quarters of a flow), every ratio by its key and `<key>_year_ago`, `cash_months_base` and
    `cash_months_low`, `awaited_by` (day), and `shows_<n>` (true, false or null) for signals 1-22.
    """
    return Path(settings.STATEMENT_FOLDER) / "latest.parquet"


def peers_of(industry: str | None, *, at_least: int) -> dict[str, Peers]:
    """Quartiles of each ratio among the bank's clients of an industry; none when too few."""
    path = latest_file()
    if industry is None or not path.exists():
        return {}
    columns = ", ".join(
        f"count({r.key}), quantile_cont({r.key}, 0.25), median({r.key}),"
        f" quantile_cont({r.key}, 0.75)"
        for r in RATIOS
    )
    with duckdb.connect() as files:
        row: Sequence[Any] | None = files.execute(
            f"SELECT {columns} FROM read_parquet(?) WHERE industry = ?", [str(path), industry]
        ).fetchone()
    assert row is not None
    found = {}
    for place, ratio in enumerate(RATIOS):
        count, low, median, high = row[4 * place : 4 * place + 4]
        if count >= at_least:
            found[ratio.key] = Peers(count, low, median, high)
    return found
