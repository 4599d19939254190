"""How loans have moved between stages by our own history: what default rates it would give.

Two estimators: cohorts (where the loans of a month's end stood a month later) and durations (how
long loans were in each stage, and how often they left it). They inform people who set the
parameters; nothing is taken over by itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db import connection

from loanmath.migration import Counts, Matrix, after, cohort_matrix, duration_matrix

MONTHS = 12
DAYS_A_MONTH = 30.4375
ENOUGH = 24  # months of history from which default rates may be taken out of it
_GONE = 3  # the place of loans that left the book, after the three stages
_PAIRS = """
SELECT a.stage - 1, coalesce(b.stage - 1, 3), count(*)
FROM unnest(%(first)s::date[], %(second)s::date[]) AS span (first, second)
JOIN provision_loanstage a ON a.valid_from <= span.first
  AND (a.valid_to IS NULL OR a.valid_to > span.first)
LEFT JOIN provision_loanstage b ON b.loan_id = a.loan_id AND b.valid_from <= span.second
  AND (b.valid_to IS NULL OR b.valid_to > span.second)
GROUP BY 1, 2
"""
_SPANS = """
SELECT stage - 1, next - 1, count(*) FILTER (WHERE leaves), sum(days) FROM (
  SELECT stage, coalesce(lead(stage) OVER (PARTITION BY loan_id ORDER BY valid_from), 4) AS next,
    valid_to IS NOT NULL AND valid_to <= %(until)s AS leaves,
    greatest(least(coalesce(valid_to, %(until)s), %(until)s) - valid_from, 0) AS days
  FROM provision_loanstage WHERE valid_from <= %(until)s) AS spans
GROUP BY 1, 2
"""
_FIRST = "SELECT min(valid_from) FROM provision_loanstage"


@dataclass(frozen=True)
class Estimated:
    """A monthly matrix over three stages and leaving, and the chance of stage 3 within a year."""

    matrix: Matrix
    to_three: tuple[float | None, ...]  # from stage 1 and 2


@dataclass(frozen=True)
class Estimates:
    """Both estimators up to a day, with how many months of history there were."""

    months: int
    cohort: Estimated | None
    duration: Estimated | None

    @property
    def is_enough(self) -> bool:
        """Whether the history is long enough to take default rates out of it."""
        return self.months >= ENOUGH


def estimates(until: dt.date) -> Estimates:
    """Estimate from all stages up to a day; nothing where the history spans no month."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST)
        first = cursor.fetchone()[0]
        ends = _month_ends(first, until) if first else []
        if len(ends) < 2:
            return Estimates(max(len(ends) - 1, 0), None, None)
        cursor.execute(_PAIRS, {"first": ends[:-1], "second": ends[1:]})
        moves = _counts(cursor.fetchall())
        cursor.execute(_SPANS, {"until": until})
        rows = cursor.fetchall()
    spent = np.zeros(4)
    for stage, _, _, days in rows:
        spent[stage] += float(days) / DAYS_A_MONTH
    left = _counts([(stage, following, count) for stage, following, count, _ in rows])
    moves[_GONE, _GONE] = max(int(moves[_GONE, _GONE]), 1)  # who left stays away
    return Estimates(
        len(ends) - 1, _estimated(cohort_matrix(moves)), _estimated(duration_matrix(left, spent))
    )


def _counts(rows: list[tuple[int, int, int]]) -> Counts:
    counts = np.zeros((4, 4), np.int64)
    for before, now, count in rows:
        counts[before, now] += count
    return counts


def _estimated(matrix: Matrix) -> Estimated:
    final = matrix.copy()
    final[2] = (0, 0, 1, 0)  # once in stage 3 counts as default
    year = after(np.nan_to_num(final), MONTHS)
    chances = [None if np.isnan(final[n]).any() else float(year[n, 2]) for n in (0, 1)]
    return Estimated(matrix, tuple(chances))


def _month_ends(first: dt.date, until: dt.date) -> list[dt.date]:
    """The last days of the months from the first on, up to a day."""
    start, end = np.datetime64(first, "M"), np.datetime64(until + dt.timedelta(days=1), "M")
    ends: list[dt.date] = (np.arange(start + 1, end + 1).astype("datetime64[D]") - 1).tolist()
    return ends
