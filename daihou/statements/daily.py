"""The daily step: every client's statements assessed at once, what shows begun, what ceased ended.

Reads the current statements of the last years into one panel, works out ratios, checks, warnings
and months of cash for all clients together, and leaves three things: `StatementStanding` (for
lists), `StatementFinding` (for people and signals), and the columnar file of `queries.latest_file`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from daihou.loan_book.choices import CustomerKind
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import StepResult
from daihou.statements.amounts import Mask
from daihou.statements.checks import Tally, count_failures
from daihou.statements.choices import NOT_STANDARD
from daihou.statements.forecast import MONTHS, monthly_flows, months_of_cash
from daihou.statements.items import ITEMS
from daihou.statements.models import StatementStanding
from daihou.statements.panel import Panel, Rows, month_number, panel_of_table
from daihou.statements.queries import DUES, YEARS, latest_file
from daihou.statements.ratios import all_ratios
from daihou.statements.warnings import LATE_OR_QUALIFIED, WARNINGS, Judged, judged
from daihou.storage.bulk import copy_in, read_table
from daihou.storage.whole_files import written_whole
from loanmath.codes import Status
from loanmath.dates import day_number

UNKNOWN = -1

_CURRENT = """
SELECT DISTINCT ON (customer_id, period_end, scope) id, customer_id, scope, period_end, months,
       opinion, items, amounts, earlier_items, earlier_amounts
FROM statements_statement
WHERE received_on <= %(day)s AND period_end > %(since)s
ORDER BY customer_id, period_end, scope, version DESC
"""
_CLIENTS = f"""
SELECT c.id, c.industry, bool_or(s.status IS NOT DISTINCT FROM {int(Status.LIVE)}) AS borrows
FROM loan_book_customer c
LEFT JOIN loan_book_loan l ON l.customer_id = c.id
LEFT JOIN servicing_loanposition s ON s.loan_id = l.id
WHERE c.kind = '{CustomerKind.ENTERPRISE.value}'
   OR EXISTS (SELECT FROM statements_statement x WHERE x.customer_id = c.id)
GROUP BY c.id, c.industry ORDER BY c.id
"""


@dataclass(frozen=True)
class Assessed:
    """All clients of one day: `at` is each one's newest statement in the panel, -1 for none."""

    customers: Rows
    industries: pa.Array
    panel: Panel
    at: Rows
    failures: Tally
    awaited: Rows  # month numbers; UNKNOWN where nothing is awaited
    awaited_by: Rows  # day numbers
    cash_base: np.ndarray
    cash_low: np.ndarray
    shown: dict[int, Judged]

    def of_latest(self, values: np.ndarray, missing: Any) -> np.ndarray:
        """A column of the panel at each client's newest statement."""
        if not len(self.panel):
            return np.full(len(self.at), missing)
        return np.where(self.at >= 0, values[self.at], missing)

    @cached_property
    def by_client(self) -> dict[int, Judged]:
        """Every warning at each client's newest statement."""
        return {
            signal: one
            if signal == LATE_OR_QUALIFIED  # judged by client already
            else Judged(
                self.of_latest(one.shows, False),
                self.of_latest(one.known, False),
                self.of_latest(one.strength, 0),
            )
            for signal, one in self.shown.items()
        }


def assess_statements(
    cursor: psycopg.Cursor, day: dt.date, parameters: ParametersOnDay, file: Path | None = None
) -> StepResult:
    """Assess every client's statements and write what changed; done again it writes nothing."""
    assessed = _assess(cursor, day, parameters)
    changed = _write_standings(cursor, assessed, day)
    begun, ended = _write_findings(cursor, assessed, day)
    path = file or latest_file()
    if changed or begun or ended or not path.exists():
        _write_file(assessed, path)
    late = _days_late(assessed.awaited_by, day) > 0
    return StepResult(
        rows=changed + begun + ended,
        figures={
            "有报表客户": int((assessed.at >= 0).sum()),
            "迟报": int(late.sum()),
            "新增线索": begun,
            "消失线索": ended,
        },
    )


def _assess(cursor: psycopg.Cursor, day: dt.date, parameters: ParametersOnDay) -> Assessed:
    since = dt.date(day.year - YEARS, 1, 1)
    table = read_table(cursor.connection, _CURRENT, {"day": day, "since": since})
    clients = read_table(cursor.connection, _CLIENTS)
    customers = np.asarray(clients["id"].to_numpy(), np.int64)
    panel = panel_of_table(table)
    at = _places(panel, customers)
    borrows = np.asarray(clients["borrows"].to_numpy(zero_copy_only=False), np.bool_)
    awaited, awaited_by = _awaited(panel, at, borrows, day, parameters)
    dues = _dues(cursor, day, customers)
    base, low = monthly_flows(panel)
    cash = panel["cash"].taken(at)
    shown = {warning.signal: judged(warning, panel, parameters) for warning in WARNINGS}
    return Assessed(
        customers=customers,
        industries=clients["industry"].combine_chunks(),
        panel=panel,
        at=at,
        failures=count_failures(panel),
        awaited=awaited,
        awaited_by=awaited_by,
        cash_base=months_of_cash(cash, base.taken(at), dues),
        cash_low=months_of_cash(cash, low.taken(at), dues),
        shown=shown
        | {
            LATE_OR_QUALIFIED: _late_or_qualified(
                panel, at, awaited_by, day, parameters, table["opinion"]
            )
        },
    )


def _places(panel: Panel, customers: Rows) -> Rows:
    """The newest statement of each client; -1 for none."""
    if not len(panel):
        return np.full(len(customers), -1, np.int64)
    latest = panel.latest
    owners = panel.customers[latest]
    at = np.minimum(np.searchsorted(owners, customers), len(owners) - 1)
    return np.where(owners[at] == customers, latest[at], -1)


def _awaited(
    panel: Panel, at: Rows, borrows: Mask, day: dt.date, parameters: ParametersOnDay
) -> tuple[Rows, Rows]:
    """The next statement that each borrower owes us, and by when.

    Quarterly, unless all statements of a client are of December: then yearly. A client without any
    owes the last quarter whose time is up.
    """
    of_quarter = parameters.whole("statements.due.quarter")
    of_year = parameters.whole("statements.due.year")
    found = at >= 0
    last = panel.periods[at] if len(panel) else np.zeros(len(at), np.int64)
    yearly = np.isin(panel.customers, panel.customers[panel.periods % 12 != 11], invert=True)
    step = np.where(yearly[at], 12, 3) if len(panel) else np.full(len(at), 3)
    past = month_number(day - dt.timedelta(days=of_quarter))
    quarter_gone = past - 1 - (past % 3)
    awaited = np.where(found, last - last % 3 + 2 + np.where(last % 3 == 2, step, 0), quarter_gone)
    days = np.where(awaited % 12 == 11, of_year, of_quarter)
    by = _month_end(awaited) + days
    return np.where(borrows, awaited, UNKNOWN), np.where(borrows, by, UNKNOWN)


def _month_end(months: Rows) -> Rows:
    """The last day of months counted from year 0, as day numbers."""
    following = (months - 1970 * 12 + 1).astype("datetime64[M]").astype("datetime64[D]")
    return following.astype(np.int64) - 1


def _days_late(awaited_by: Rows, day: dt.date) -> Rows:
    return np.where(awaited_by == UNKNOWN, 0, np.maximum(day_number(day) - awaited_by, 0))


def _late_or_qualified(
    panel: Panel,
    at: Rows,
    awaited_by: Rows,
    day: dt.date,
    parameters: ParametersOnDay,
    opinions: pa.ChunkedArray,
) -> Judged:
    """No. 22 by client (not by statement): too late, or the last year's audit was not clean."""
    late = _days_late(awaited_by, day)
    qualified = np.zeros(len(at), np.bool_)
    if len(panel):
        words = np.asarray(opinions.to_pylist())
        odd = np.isin(words, [opinion.value for opinion in NOT_STANDARD])
        own, before = odd[at], np.where(at >= 0, panel.year_before[at], -1)
        qualified = (at >= 0) & (own | ((before >= 0) & odd[before]))
    shows = (late > parameters.whole("statements.22.late")) | qualified
    return Judged(shows, np.ones(len(at), np.bool_), late.astype(np.int64))


def _dues(cursor: psycopg.Cursor, day: dt.date, customers: Rows) -> np.ndarray:
    dues = np.zeros((MONTHS, len(customers)), np.int64)
    if len(customers):
        table = read_table(cursor.connection, DUES, {"day": day, "customers": customers.tolist()})
        place = np.searchsorted(customers, np.asarray(table["customer_id"].to_numpy()))
        months = np.asarray(table["month"].to_numpy(), np.int64)
        dues[months, place] = table["amount"].to_numpy()
    return dues


def _write_standings(cursor: psycopg.Cursor, assessed: Assessed, day: dt.date) -> int:
    table = StatementStanding._meta.db_table
    found = assessed.at >= 0
    count = np.zeros(len(assessed.at), np.int64)
    for one in assessed.by_client.values():
        count = count + one.shows
    columns = {
        "customer_id": assessed.customers,
        "day": _days(np.full(len(found), day_number(day))),
        "statement_id": pa.array(assessed.of_latest(assessed.panel.ids, 0), mask=~found),
        "period_end": _days(assessed.of_latest(_month_end(assessed.panel.periods), 0), ~found),
        "awaited": _days(_month_end(assessed.awaited), assessed.awaited == UNKNOWN),
        "awaited_by": _days(assessed.awaited_by, assessed.awaited_by == UNKNOWN),
        "errors": _smalls(assessed.of_latest(assessed.failures.errors, 0), ~found),
        "warnings": _smalls(assessed.of_latest(assessed.failures.warnings, 0), ~found),
        "findings": _smalls(count, None),
        "cash_months_base": _tenths(assessed.cash_base),
        "cash_months_low": _tenths(assessed.cash_low),
    }
    cursor.execute(f"CREATE TEMPORARY TABLE standing_now (LIKE {table}) ON COMMIT DROP")
    copy_in(cursor, "standing_now", columns)
    names = [name for name in columns if name != "customer_id"]
    facts = [name for name in names if name != "day"]
    cursor.execute(
        f"INSERT INTO {table} AS t ({', '.join(columns)}) SELECT {', '.join(columns)}"
        f" FROM standing_now ON CONFLICT (customer_id) DO UPDATE SET"
        f" {', '.join(f'{name} = excluded.{name}' for name in names)}"
        f" WHERE ({', '.join(f't.{name}' for name in facts)}) IS DISTINCT FROM"
        f" ({', '.join(f'excluded.{name}' for name in facts)})"
    )
    changed = cursor.rowcount
    cursor.execute(
        f"DELETE FROM {table} t WHERE NOT EXISTS"
        " (SELECT FROM standing_now n WHERE n.customer_id = t.customer_id)"
    )
    gone = cursor.rowcount
    cursor.execute("DROP TABLE standing_now")
    return changed + gone


def _write_findings(cursor: psycopg.Cursor, assessed: Assessed, day: dt.date) -> tuple[int, int]:
    """Begin what shows and was not open; end what is open and is known not to show any more."""
    parts = []
    for signal, one in assessed.by_client.items():
        at = np.flatnonzero(one.known)
        parts.append((signal, at, one.shows[at], one.strength[at]))
    order = np.concatenate([at for _, at, _, _ in parts])
    statements = assessed.of_latest(assessed.panel.ids, 0)[order]
    cursor.execute(
        "CREATE TEMPORARY TABLE seen_now (customer_id int8, signal int2, shows bool,"
        " strength int4, statement_id int8) ON COMMIT DROP"
    )
    copy_in(
        cursor,
        "seen_now",
        {
            "customer_id": assessed.customers[order],
            "signal": np.repeat([s for s, _, _, _ in parts], [len(p[1]) for p in parts]).astype(
                np.int16
            ),
            "shows": pa.array(np.concatenate([shows for _, _, shows, _ in parts])),
            "strength": np.concatenate([s for _, _, _, s in parts]).astype(np.int32),
            "statement_id": pa.array(statements, mask=statements == 0),
        },
    )
    cursor.execute(
        "UPDATE statements_statementfinding f SET ceased_on = %s FROM seen_now n"
        " WHERE f.ceased_on IS NULL AND n.customer_id = f.customer_id AND n.signal = f.signal"
        " AND NOT n.shows",
        (day,),
    )
    ended = cursor.rowcount
    cursor.execute(
        "INSERT INTO statements_statementfinding"
        " (customer_id, signal, statement_id, strength, since, state, note)"
        " SELECT n.customer_id, n.signal, n.statement_id, n.strength, %s, 'new', ''"
        " FROM seen_now n WHERE n.shows AND NOT EXISTS (SELECT FROM statements_statementfinding f"
        " WHERE f.customer_id = n.customer_id AND f.signal = n.signal AND f.ceased_on IS NULL)",
        (day,),
    )
    begun = cursor.rowcount
    cursor.execute("DROP TABLE seen_now")
    return begun, ended


def _write_file(assessed: Assessed, path: Path) -> None:
    """The columnar file, put in place whole."""
    panel, at = assessed.panel, assessed.at
    columns: dict[str, Any] = {
        "customer": assessed.customers,
        "industry": assessed.industries,
        "period": pa.array(assessed.of_latest(panel.periods, 0), mask=at < 0),
        "months": pa.array(assessed.of_latest(panel.months, 0), mask=at < 0),
        "awaited_by": _days(assessed.awaited_by, assessed.awaited_by == UNKNOWN),
        "cash_months_base": _share(assessed.cash_base),
        "cash_months_low": _share(assessed.cash_low),
        "errors": pa.array(assessed.of_latest(assessed.failures.errors, 0), mask=at < 0),
    }
    before = np.where(at >= 0, panel.same_last_year[at], -1) if len(panel) else at
    quarter_ago = np.where(at >= 0, panel.quarter_before[at], -1) if len(panel) else at
    for item in ITEMS if len(panel) else ():
        line = panel[item.key]
        columns[item.key] = _amounts(line.taken(at))
        columns[f"{item.key}_year_ago"] = _amounts(panel.last_year(item.key).taken(at))
        if 200 <= item.code < 400:
            quarter = panel.quarter(item.key)
            columns[f"{item.key}_q0"] = _amounts(quarter.taken(at))
            columns[f"{item.key}_q1"] = _amounts(quarter.taken(quarter_ago))
    for key, values in all_ratios(panel).items():
        columns[key] = _share(assessed.of_latest(values, np.nan))
        columns[f"{key}_year_ago"] = _share(
            np.where(before >= 0, values[before], np.nan)
            if len(panel)
            else np.full(len(at), np.nan)
        )
    for signal, one in assessed.by_client.items():
        columns[f"shows_{signal}"] = pa.array(one.shows, mask=~one.known)
    with written_whole(path) as unfinished:
        pq.write_table(pa.table(columns), unfinished)


def _amounts(line: Any) -> pa.Array:
    return pa.array(line.fen, mask=~line.known)


def _share(values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _days(numbers: Any, missing: Any = None) -> pa.Array:
    return pa.array(np.asarray(numbers, np.int32), pa.int32(), mask=missing).cast(pa.date32())


def _smalls(numbers: np.ndarray, missing: Any) -> pa.Array:
    return pa.array(np.asarray(numbers, np.int16), pa.int16(), mask=missing)


def _tenths(months: np.ndarray) -> pa.Array:
    """Months in tenths; beyond the forecast `CASH_LASTS`; null unknown."""
    lasting = np.isinf(months)
    whole = np.where(
        lasting, StatementStanding.CASH_LASTS, np.floor(np.nan_to_num(months, posinf=0) * 10)
    )
    return _smalls(np.clip(whole, 0, StatementStanding.CASH_LASTS), np.isnan(months))
