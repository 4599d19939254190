"""Repayment plans into the book: one row per version, its instalments as arrays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa

from daihou.feeds import copying
from daihou.feeds.checks.intake import Intake
from daihou.feeds.checks.plans import FIRST_VERSION, effective_days, group_plans
from daihou.feeds.planning import needs_holidays, plans_from_terms
from daihou.feeds.problems import Rows
from daihou.feeds.staging import Staged
from daihou.feeds.stores import STORES
from daihou.loan_book.choices import PlanReason
from daihou.policy.models import WorkingDay
from loanmath.dates import day_number
from loanmath.roll import NO_HOLIDAYS

CHUNK = 100_000  # loans whose plans are made and written at a time, to bound memory
_SATURDAY = 5


def load_plans(cursor: Any, staged: Staged, new: Rows, intake: Intake, batch: int) -> None:
    """Write the plans of a file, of which `new` are the rows of new versions."""
    if not len(new):
        return
    groups = group_plans(staged)
    wanted = np.unique(groups.of_row[new])
    sizes = np.diff(groups.begins)[wanted]
    kept = np.zeros(len(staged), np.bool_)
    kept[new] = True
    order = groups.order[kept[groups.order]]
    heads = groups.heads[wanted]
    loans = staged.references["loan"][heads]
    here = loans < 0
    if here.any():
        target = intake.tables["loans"]
        loans = np.where(here, target.ids[np.where(here, -loans - 1, 0)], loans)
    effective = effective_days(staged, intake)[heads]
    ids = _write(
        cursor,
        batch,
        loans=loans,
        versions=staged.values["version"][heads],
        effective=effective,
        reasons=staged.texts("reason").take(pa.array(heads)),
        offsets=np.append(0, np.cumsum(sizes)),
        due=staged.values["due"][order],
        principal=staged.values["principal"][order],
        interest=staged.values["interest"][order],
    )
    staged.ids[order] = np.repeat(ids, sizes)


def load_plans_from_terms(cursor: Any, loans: Staged, rows: Rows, batch: int) -> None:
    """Make first plans from the terms of new loans, and write them."""
    holidays = _holidays(loans, rows) if needs_holidays(loans, rows) else NO_HOLIDAYS
    for at in range(0, len(rows), CHUNK):
        part = rows[at : at + CHUNK]
        plans = plans_from_terms(loans, part, holidays)
        _write(
            cursor,
            batch,
            loans=loans.ids[part],
            versions=np.full(len(part), FIRST_VERSION, np.int64),
            effective=loans.values["disbursed_on"][part],
            reasons=pa.array([PlanReason.DISBURSEMENT.value] * len(part)),
            offsets=plans.plan_at,
            due=plans.due,
            principal=plans.principal,
            interest=plans.interest,
        )


def _write(
    cursor: Any,
    batch: int,
    *,
    loans: Any,
    versions: Any,
    effective: Any,
    reasons: pa.Array,
    offsets: Any,
    due: Any,
    principal: Any,
    interest: Any,
) -> Rows:
    table = STORES["plans"].db_table
    ids = copying.new_ids(cursor, table, len(loans))
    columns = {
        "id": ids,
        "loan_id": loans,
        "version": versions,
        "effective_from": copying.days_as_dates(effective),
        "reason": reasons,
        "note": pa.array([""] * len(loans)),
        "due_dates": copying.as_lists(copying.days_as_dates(due), offsets),
        "principal": copying.as_lists(pa.array(principal), offsets),
        "interest": copying.as_lists(pa.array(interest), offsets),
        "source_batch": np.full(len(loans), batch, np.int64),
    }
    copying.copy_in(cursor, table, columns)
    return ids


def _holidays(loans: Staged, rows: Rows) -> Any:
    """Non-working days over the life of the loans: the calendar, and weekends beyond its end."""
    known = dict(WorkingDay.objects.values_list("day", "is_working"))
    first = int(loans.values["disbursed_on"][rows].min())
    last = int(loans.values["matures_on"][rows].max()) + 31
    off = []
    for number in range(first, last + 1):
        day = dt.date(1970, 1, 1) + dt.timedelta(days=number)
        if not known.get(day, day.weekday() < _SATURDAY):
            off.append(day_number(day))
    return np.array(off, np.int32)
