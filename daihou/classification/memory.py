"""What grading remembers of the evening before: who was 不良, who waits, who is observed.

Going up (上调) and the period of observation depend on how a loan got where it is. What must be
remembered lies in the grade of the evening before: the rules that spoke, and the days among what
they saw. So a day done again, or a past day judged again, starts from the same memory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.classification.codes import (
    OBSERVED,
    OVERDUE_RULES,
    SPOKEN,
    Because,
    Codes,
    Days,
    Flags,
)
from daihou.classification.rules import GradeLimits
from daihou.servicing.columnar import ColumnarBook
from daihou.storage.packed_columns import places_among
from loanmath.dates import NO_DATE

# Where the days stand in what is kept with a grade (`explanations.Seen`), from 1 as in SQL.
_KEPT = ("clean_since", "wait_until", "changed_on", "observed_since", "observed_from",
         "observed_until")  # fmt: skip
_FIRST = 7


@dataclass(frozen=True)
class Remembered:
    """One loan on the evening before: the rules that spoke, and days (`NO_DATE` for none)."""

    because: int
    clean_since: int = NO_DATE
    wait_until: int = NO_DATE
    changed_on: int = NO_DATE
    observed_since: int = NO_DATE
    observed_from: int = NO_DATE
    observed_until: int = NO_DATE

    @property
    def is_observed(self) -> bool:
        """Whether it was within a period of observation."""
        return bool(self.because & int(OBSERVED))

    @property
    def was_overdue(self) -> bool:
        """Whether it was in arrears that count."""
        return bool(self.because & int(OVERDUE_RULES))


Memory = dict[int, Remembered]  # by the loan's place in the book; sound loans are not in it


def worth_remembering(because: Flags, limits: GradeLimits) -> npt.NDArray[np.bool_]:
    """Which loans tomorrow's grading must know more of."""
    return np.asarray((because & (limits.bad_by_itself | int(OBSERVED))) != 0)


def memory_before(
    connection: psycopg.Connection,
    columnar: ColumnarBook,
    limits: GradeLimits,
    *,
    day: dt.date,
    known: dt.date,
    loans: Sequence[int] | None = None,
) -> Memory:
    """What was true on the evening before a day, by what the day `known` knows; of some loans.

    Rows that `day` itself has written in an earlier try are not looked at.
    """
    values = {
        "day": day, "known": known, "loans": None if loans is None else list(loans),
        "worth": limits.bad_by_itself | int(OBSERVED),
    }  # fmt: skip
    rows = connection.execute(_ROWS, values).fetchall()
    places = columnar.places.of(np.array([row[0] for row in rows], np.int64)).tolist()
    return {
        place: Remembered(row[1], *(NO_DATE if one is None else one for one in row[2:]))
        for place, row in zip(places, rows, strict=True)
        if place >= 0
    }


_ROWS = f"""
    SELECT loan_id, {SPOKEN},
      {", ".join(f"seen[{_FIRST + n}]::int" for n in range(len(_KEPT)))}
    FROM classification_loangrade
    WHERE valid_from < %(day)s AND coalesce(valid_to >= %(day)s, true)
      AND coalesce(corrected_on <= %(known)s, true) AND coalesce(superseded_on > %(known)s, true)
      AND (%(loans)s::bigint[] IS NULL OR loan_id = ANY(%(loans)s))
      AND ({SPOKEN}) & %(worth)s <> 0
"""


@dataclass(frozen=True)
class KeptDays:
    """The days that are kept with today's grade, for the loans at some places, in their order."""

    places: npt.NDArray[np.intp]
    columns: dict[str, Days]
    again: npt.NDArray[np.bool_]
    difficulty: Codes
    row: npt.NDArray[np.int64]  # the happening behind the restructuring; 0: none

    @classmethod
    def of(cls, lines: Iterable[tuple[int, Remembered, bool, int, int]]) -> KeptDays:
        """From lines: place, days, whether restructured again, difficulty, happening."""
        ordered = sorted(lines, key=lambda line: line[0])
        return cls(
            np.array([line[0] for line in ordered], np.intp),
            {
                name: np.array([getattr(line[1], name) for line in ordered], np.int32)
                for name in _KEPT
            },
            np.array([line[2] for line in ordered], bool),
            np.array([line[3] for line in ordered], np.int8),
            np.array([line[4] for line in ordered], np.int64),
        )

    def at(self, places: npt.NDArray[np.intp], name: str) -> npt.NDArray[np.int64]:
        """One column for any places; `NO_DATE` (or 0 for the others) where nothing is kept."""
        others: dict[str, npt.NDArray[Any]] = {"difficulty": self.difficulty, "row": self.row}
        values = others[name] if name in others else self.columns[name]
        nothing = 0 if name in others else NO_DATE
        found = places_among(self.places, places)
        at = np.full(places.size, nothing, np.int64)
        at[found >= 0] = values[found[found >= 0]]
        return at

    def remembered(self, because: Flags, worth: npt.NDArray[np.bool_]) -> Memory:
        """The memory of this evening for tomorrow."""
        places = np.flatnonzero(worth)
        days = [_as_kept(self.at(places, name), name, because[places]) for name in _KEPT]
        return {
            int(place): Remembered(int(because[place]), *(int(column[n]) for column in days))
            for n, place in enumerate(places)
        }

    def kept(
        self, places: npt.NDArray[np.intp], name: str, because: Flags
    ) -> npt.NDArray[np.int64]:
        """One column as it is kept with grades that begin at some places."""
        return _as_kept(self.at(places, name), name, because)


def _as_kept(values: npt.NDArray[np.int64], name: str, because: Flags) -> npt.NDArray[np.int64]:
    """Days count only under the rule that they belong to, and none while there are arrears."""
    if name in ("clean_since", "wait_until"):
        owed = int(OVERDUE_RULES | Because.TECHNICAL_EXCUSE)
        counts = ((because & int(Because.UPGRADE_WAITING)) != 0) & ((because & owed) == 0)
    elif name in ("observed_from", "observed_until"):
        counts = ((because & int(OBSERVED)) != 0) & ((because & int(OVERDUE_RULES)) == 0)
    else:
        counts = (because & int(OBSERVED)) != 0
    return np.where(counts, values, NO_DATE)
