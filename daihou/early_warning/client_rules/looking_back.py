"""A day as it was kept: the indicators of its clients, which loans they had, and who managed them.

What a rule would have said on a past day is judged by what that day knew: its file of indicators
and its snapshot of the book are never rewritten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from daihou.early_warning.client_rules.evaluation import Values
from daihou.early_warning.client_rules.rules import ClientRule, Judged, Scopes, judge_rule
from daihou.early_warning.indicators.history import kept_days, read_indicators
from daihou.servicing.snapshots import snapshot_days, snapshot_path
from daihou.storage.packed_columns import places_among
from loanmath.codes import Status

NOBODY = 0  # a client whom no officer manages
_COLUMNS = ["customer_id", "is_retail", "product_id", "officer_id", "status", "principal"]


@dataclass(frozen=True)
class KeptDay:
    """One past day: `clients` rising, their indicators, their live loans, their officers."""

    day: dt.date
    clients: npt.NDArray[np.int64]
    values: Mapping[str, Values]
    loans: Mapping[str, npt.NDArray]
    officers: npt.NDArray[np.int64]

    @cached_property
    def scopes(self) -> Scopes:
        """Which clients the rules are for."""
        return Scopes(self.clients, self.loans)

    def judged(self, rule: ClientRule) -> tuple[Judged, npt.NDArray[np.bool_]]:
        """What the rule says of each client; second, for which of them it is."""
        in_scope = self.scopes.of(rule)
        return judge_rule(rule, self.values, in_scope), in_scope

    def knowing(self, more: Mapping[str, Values]) -> KeptDay:
        """The same day, with more values known."""
        return replace(self, values={**self.values, **more})


def days_kept() -> list[dt.date]:
    """The days of which both the indicators and the book were kept, in order."""
    snapshots = set(snapshot_days(Path(settings.SNAPSHOT_FOLDER)))
    return [day for day in kept_days(Path(settings.INDICATOR_FOLDER)) if day in snapshots]


def kept_day(day: dt.date, codes: Collection[str]) -> KeptDay:
    """A day with some of its indicators; raises FileNotFoundError where it was not kept."""
    found = read_indicators(Path(settings.INDICATOR_FOLDER), day, codes)
    book = pq.ParquetFile(snapshot_path(Path(settings.SNAPSHOT_FOLDER), day)).read(_COLUMNS)
    # As `BookOnDay.is_live`: of a loan set aside the balance is null.
    status = book["status"].to_numpy()
    live = (status == Status.LIVE) & _is_there(book["principal"])
    loans = {n: book[n].to_numpy()[live] for n in ("customer_id", "is_retail", "product_id")}
    officer = book["officer_id"].combine_chunks().fill_null(NOBODY).to_numpy()[live]
    officers = np.full(found.clients.size, NOBODY, np.int64)
    at = places_among(found.clients, loans["customer_id"])
    officers[at[at >= 0]] = officer[at >= 0]
    return KeptDay(day, found.clients, found.values, loans, officers)


def _is_there(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return np.asarray(column.combine_chunks().is_valid().to_numpy(zero_copy_only=False))
