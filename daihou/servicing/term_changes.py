"""Changes of terms as people record them, in the form of the kernel: the one place that knows both.

A contract rate takes penalty and compound rate along; kinds that end something become its zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.loan_book.choices import AMOUNT_CHANGES, PAUSES, RATE_CHANGES, TermChangeKind
from daihou.loan_book.models import Loan, TermChange
from daihou.storage.packed_columns import Columns
from loanmath.codes import ChangeKind
from loanmath.dates import date_of, day_number
from loanmath.loans import Change
from loanmath.rates import penalty_rates

_ENDS = 100  # kinds from here on end the kind that is a hundred below
_ONES = (*PAUSES, TermChangeKind.REPLANNED_WITH_INTEREST)


def expanded(read: Columns) -> tuple[npt.NDArray[np.int64], Columns]:
    """The kernel's changes, and for each the row it comes from; in order of these rows.

    Where no rate of 复利 is charged none changes either.
    """
    kind = read["kind"].astype(np.int64)
    rate, amount = read["rate"], read["amount"]
    value = np.where(np.isin(kind, RATE_CHANGES), rate, np.where(np.isin(kind, _ONES), 1, 0))
    value = np.where(np.isin(kind, AMOUNT_CHANGES), amount, value)
    sets_rate, sets_penalty = kind == TermChangeKind.RATE, kind == TermChangeKind.PENALTY_RATE
    penalty = np.where(sets_rate, penalty_rates(rate, read["penalty_uplift_bps"]), rate)
    compounds = (sets_rate | sets_penalty) & (read["charges_compound"] != 0)
    everything = np.ones(kind.size, bool)
    parts = (
        (everything, kind % _ENDS, value),
        (sets_rate, np.full(kind.size, ChangeKind.PENALTY_RATE), penalty),
        (compounds, np.full(kind.size, ChangeKind.COMPOUND_RATE), penalty),
    )
    row = np.concatenate([np.flatnonzero(chosen) for chosen, _, _ in parts])
    order = np.argsort(row, kind="stable")
    made = {
        "change_kind": np.concatenate([kinds[chosen] for chosen, kinds, _ in parts])[order],
        "change_value": np.concatenate([values[chosen] for chosen, _, values in parts])[order],
    }
    return row[order], made


def known_from(read: Columns) -> npt.NDArray[np.int32]:
    """From which business day a change counts in what is known: rates as soon as booked.

    Other changes belong to a plan version, which is known from the day it takes effect.
    """
    booked, effective = read["booked_on"], read["effective_from"]
    early = np.isin(read["kind"], RATE_CHANGES)
    return np.where(early, booked, np.maximum(booked, effective)).astype(np.int32)


def known_since(change: TermChange) -> dt.date:
    """As `known_from`, for one row of the model."""
    days = {name: day_number(getattr(change, name)) for name in ("booked_on", "effective_from")}
    read = {name: np.array([value]) for name, value in {**days, "kind": change.kind}.items()}
    return date_of(int(known_from(read)[0]))


def new_plans(plans: Columns) -> tuple[npt.NDArray[np.int64], Columns]:
    """That plans were made anew by later versions, as the kernel's changes; and of which rows."""
    rows = np.flatnonzero(plans["version"] > 1)
    none = np.zeros(rows.size, np.int64)
    return rows, {"change_kind": none + int(ChangeKind.NEW_PLAN), "change_value": none}


def changes_of(loan: Loan, rows: Iterable[TermChange]) -> tuple[Change, ...]:
    """One loan's changes for the kernel."""
    read = _columns(loan, list(rows))
    source, made = expanded(read)
    return tuple(
        Change(date_of(read["effective_from"][row]), ChangeKind(int(kind)), int(value))
        for row, kind, value in zip(source, made["change_kind"], made["change_value"], strict=True)
    )


@dataclass(frozen=True)
class Pause:
    """A span of days on which penalty or the count of days stands still; open if not ended yet."""

    kind: TermChangeKind
    since: dt.date
    until: dt.date | None
    reason: str


def pauses_of(rows: Iterable[TermChange]) -> list[Pause]:
    """The spans of both pauses, in order of their first days."""
    found = []
    for kind, end in PAUSES.items():
        begun: TermChange | None = None
        for row in sorted((r for r in rows if r.kind in (kind, end)), key=_in_order):
            if row.kind == kind and begun is None:
                begun = row
            elif row.kind == end and begun is not None:
                found.append(Pause(kind, begun.effective_from, row.effective_from, begun.reason))
                begun = None
        if begun is not None:
            found.append(Pause(kind, begun.effective_from, None, begun.reason))
    return sorted(found, key=lambda one: one.since)


def is_paused(rows: Iterable[TermChange], kind: TermChangeKind, day: dt.date) -> bool:
    """Whether a pause of the kind holds in the evening of a day."""
    return any(
        one.kind is kind and one.since <= day and (one.until is None or one.until > day)
        for one in pauses_of(rows)
    )


def days_not_counted(rows: Iterable[TermChange], since: dt.date, until: dt.date) -> int:
    """Of the days after one day up to another, those on which days past due stood still."""
    spans = [one for one in pauses_of(rows) if one.kind is TermChangeKind.COUNT_PAUSED]
    ends = [min(until, one.until or until) for one in spans]
    stood = [(end - max(since, one.since)).days for one, end in zip(spans, ends, strict=True)]
    return sum(days for days in stood if days > 0)


def _in_order(row: TermChange) -> tuple[dt.date, int]:
    return row.effective_from, row.pk or 0


def _columns(loan: Loan, rows: list[TermChange]) -> Columns:
    """Rows of the model as columns, as they are read out of the database for the whole book."""
    same = np.ones(len(rows), np.int64)
    return {
        "kind": np.array([row.kind for row in rows], np.int64),
        "effective_from": np.array([day_number(row.effective_from) for row in rows], np.int64),
        "rate": np.array([row.rate or 0 for row in rows], np.int64),
        "amount": np.array([row.amount or 0 for row in rows], np.int64),
        "penalty_uplift_bps": same * loan.penalty_uplift_bps,
        "charges_compound": same * loan.charges_compound,
    }
