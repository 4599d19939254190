"""Writing checked tables into the book: new rows by COPY, changed rows by one UPDATE per table.

Runs inside the import's transaction, after all checks; rows are written in the order of the tables,
so that what a row refers to has its id by then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import models

from daihou.feeds import copying
from daihou.feeds.changing import update_changed
from daihou.feeds.checks.intake import Intake, where
from daihou.feeds.counterparties import transaction_columns
from daihou.feeds.organisation import load_branches, load_officers, load_products
from daihou.feeds.problems import Rows
from daihou.feeds.sealed import fingerprints_of
from daihou.feeds.staging import Staged
from daihou.feeds.standard import TABLES, Column, Kind
from daihou.feeds.standard.movements import HAPPENING_FACTS
from daihou.feeds.stores import STORES, Store
from daihou.feeds.writing_plans import load_plans, load_plans_from_terms
from daihou.feeds.writing_statements import load_statements
from daihou.loan_book.choices import ResetRule
from daihou.policy.queries import parameters_on
from daihou.public_events.digesting import digest_new_events
from daihou.public_events.limits import event_limits
from daihou.storage import sealing
from loanmath.dates import date_of
from loanmath.repricing import resets_after


@dataclass(frozen=True)
class Loading:
    """What loading needs to know besides the tables: the batch, and the day's name in the book."""

    intake: Intake
    batch: int
    progress: Callable[[str], None]

    @property
    def cursor(self) -> Any:
        """The cursor of the import's transaction."""
        return self.intake.book.cursor


def load_all(loading: Loading) -> None:
    """Write every row that was not refused and is not in the book already."""
    for table in TABLES:
        staged = loading.intake.tables.get(table.name)
        if staged is None:
            continue
        loading.progress(f"写入{table.heading}")
        new = where(~staged.bad & (staged.ids == 0))
        _WRITERS.get(table.name, _load_rows)(loading, staged, new)
        update_changed(loading.cursor, staged, loading.intake, loading.batch)
        if table.name == "loans":
            _plan_new_loans(loading, staged, new)
        if table.name == "events":
            _look_at_events(loading)


def _look_at_events(loading: Loading) -> None:
    """Match, merge and compare the events that came in, as the day's step does."""
    day = date_of(loading.intake.business_date)
    digest_new_events(business_date=day, limits=event_limits(parameters_on(day)))


def real_ids(staged: Staged, name: str, intake: Intake, rows: Rows) -> Rows:
    """The ids that a column's references have now that their rows are written; 0 for none."""
    references = staged.references[name][rows]
    target_name = staged.table.column(name).references or staged.table.name
    target = intake.tables.get(target_name)
    inside = references < 0
    if target is None or not inside.any():
        return references
    return np.where(inside, target.ids[np.where(inside, -references - 1, 0)], references)


def _load_rows(loading: Loading, staged: Staged, new: Rows) -> None:
    """The usual way: one COPY of all stored columns."""
    if not len(new):
        return
    store = STORES[staged.table.name]
    staged.ids[new] = copying.new_ids(loading.cursor, store.db_table, len(new))
    columns: dict[str, Any] = {"id": staged.ids[new]}
    for column in store.compared:
        columns.update(_column(loading.intake, staged, store, column, new))
    columns["source_batch"] = np.full(len(new), loading.batch, np.int64)
    extra = _EXTRA.get(staged.table.name)
    if extra is not None:
        columns.update(extra(loading, staged, new))
    columns.update(_defaults(store, columns, len(new)))
    copying.copy_in(loading.cursor, store.db_table, columns)


def _column(
    intake: Intake, staged: Staged, store: Store, column: Column, rows: Rows
) -> dict[str, Any]:
    """The database column(s) of one column of the format."""
    name = store.db_column(column.name)
    if column.name in store.fingerprints:
        empty = staged.missing[column.name][rows]
        texts = staged.texts(column.name).take(pa.array(rows)).fill_null("").to_pylist()
        sealed = pa.array(sealing.seal_all(texts), pa.binary(), mask=empty)
        prints = fingerprints_of(staged, column.name).take(pa.array(rows))
        return {name: sealed, store.fingerprints[column.name]: prints}
    if column.references or column.name in staged.references:
        ids = real_ids(staged, column.name, intake, rows)
        return {name: pa.array(ids, mask=ids == 0)}
    return {name: stored_values(staged, store.db_field(column.name), column, rows)}


def stored_values(
    staged: Staged, field: models.Field[Any, Any], column: Column, rows: Rows
) -> pa.Array:
    """A column's values as the database keeps them; empty cells as null, or as empty text."""
    values, missing = staged.values[column.name], staged.missing[column.name][rows]
    if not isinstance(values, np.ndarray):
        texts = values.take(pa.array(rows))
        return texts if field.null else texts.fill_null("")
    taken = values[rows]
    if column.kind is Kind.DATE:
        return copying.days_as_dates(taken, missing)
    if isinstance(field, models.BooleanField):
        return pa.array(taken.astype(np.bool_))
    if column.name == "penalty_uplift":
        taken = taken // 10_000  # kept in hundredths of a percent
    return pa.array(taken, mask=missing if field.null else None)


def _defaults(store: Store, columns: dict[str, Any], count: int) -> dict[str, Any]:
    """Columns of the book that the format does not know: their default for every row."""
    return {
        str(field.column): pa.array([field.get_default()] * count)
        for field in store.model._meta.concrete_fields
        if field.column not in columns
        and not field.null
        and field.db_default is models.NOT_PROVIDED
        and field.default is not models.NOT_PROVIDED
    }


def _entry_columns(loading: Loading, staged: Staged, new: Rows) -> dict[str, Any]:
    """The day of booking (the day of the movement, or today if that is closed), and how often
    the same reference stood in the book before it was reversed.
    """
    value_date = staged.values["value_date"][new]
    closed = loading.intake.closed_through
    default = value_date
    if closed is not None:
        default = np.where(value_date > closed, value_date, loading.intake.business_date)
    booked = np.where(staged.missing["booked_on"][new], default, staged.values["booked_on"][new])
    loans = real_ids(staged, "loan", loading.intake, new)
    references = staged.texts("reference").take(pa.array(new))
    repeats = loading.intake.book.times_booked(loans, references)
    return {"booked_on": copying.days_as_dates(booked), "repeat": repeats}


def _term_change_columns(loading: Loading, staged: Staged, new: Rows) -> dict[str, Any]:
    """The day of booking: the day of effect, but no closed day and none to come."""
    effective, today = staged.values["effective_from"][new], loading.intake.business_date
    closed = loading.intake.closed_through
    default = np.minimum(effective, today)
    if closed is not None:
        default = np.where(default > closed, default, today)
    booked = np.where(staged.missing["booked_on"][new], default, staged.values["booked_on"][new])
    return {"booked_on": copying.days_as_dates(booked)}


def _floating_terms_columns(loading: Loading, staged: Staged, new: Rows) -> dict[str, Any]:
    """The first reset that the daily run is to make: none from the loan's maturity on."""
    loans, given = staged.references["loan"][new], ~staged.missing["first_reset_on"][new]
    disbursed = loading.intake.attribute("loans", "disbursed_on", loans)
    matures = loading.intake.attribute("loans", "matures_on", loans)
    after = np.where(given, staged.values["first_reset_on"][new] - 1, disbursed)
    rules = staged.texts("reset_rule").take(pa.array(new))
    on_calendar = np.asarray(pc.equal(rules, ResetRule.CALENDAR.value))
    following = resets_after(staged.values["cycle_months"][new], on_calendar, disbursed, after)
    return {"next_reset_on": copying.days_as_dates(following, following >= matures)}


def _happening_columns(loading: Loading, staged: Staged, new: Rows) -> dict[str, Any]:
    """What the kind of happening needs beside words, as people's forms keep it too."""
    facts = [dict[str, Any]() for _ in range(len(new))]
    for column in HAPPENING_FACTS:
        given = np.flatnonzero(~staged.missing[column.name][new])
        values = staged.values[column.name][new][given].tolist()
        for row, value in zip(given.tolist(), values, strict=True):
            facts[row][column.name] = bool(value) if column.kind is Kind.YES_NO else value
    return {"facts": pa.array([json.dumps(one) for one in facts])}


def _transaction_columns(loading: Loading, staged: Staged, new: Rows) -> dict[str, Any]:
    at = pa.array(new)
    return transaction_columns(
        loading.cursor,
        real_ids(staged, "account", loading.intake, new),
        staged.texts("counterparty_name").take(at),
        staged.texts("counterparty_account").take(at),
        staged.values["booked_on"][new],
    )


def _plan_new_loans(loading: Loading, loans: Staged, new: Rows) -> None:
    planned = np.zeros(len(loans), np.bool_)
    plans = loading.intake.tables.get("plans")
    if plans is not None:
        first = ~plans.bad & (plans.references["loan"] < 0) & (plans.values["version"] == 1)
        planned[-plans.references["loan"][first] - 1] = True
    without = new[~planned[new]]
    if len(without):
        loading.progress("生成还款计划")
        load_plans_from_terms(loading.cursor, loans, without, loading.batch)


_EXTRA: dict[str, Callable[[Loading, Staged, Rows], dict[str, Any]]] = {
    "entries": _entry_columns,
    "floating_terms": _floating_terms_columns,
    "term_changes": _term_change_columns,
    "happenings": _happening_columns,
    "account_transactions": _transaction_columns,
}
_WRITERS: dict[str, Callable[[Loading, Staged, Rows], None]] = {
    "branches": lambda loading, staged, new: load_branches(staged, new),
    "officers": lambda loading, staged, new: load_officers(staged, new, loading.intake),
    "products": lambda loading, staged, new: load_products(staged, new),
    "plans": lambda loading, staged, new: load_plans(
        loading.cursor, staged, new, loading.intake, loading.batch
    ),
    "statements": lambda loading, staged, new: load_statements(
        loading.cursor, staged, new, loading.intake, loading.batch
    ),
}
