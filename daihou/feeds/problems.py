"""What is wrong with a file or a row, said so that the person who made the file can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
WHOLE_FILE = 0  # the row number of a problem that is not about one row
VALUE_LENGTH = 200
REASON_LENGTH = 300


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: file, row as Excel shows it (the heading is row 1), field, value."""

    file: str
    row: int
    field: str
    value: str
    reason: str


class UnreadableFile(Exception):
    """A file that cannot be taken in at all; carries the problem in Chinese."""

    def __init__(self, file: str, reason: str, *, field: str = "", value: str = "") -> None:
        super().__init__(f"{file}:{reason}")
        self.problem = Problem(file, WHOLE_FILE, field, value[:VALUE_LENGTH], reason)


class EmptyFile(UnreadableFile):
    """A file or sheet without any row of data."""


@dataclass
class Refusal:
    """Rows of one table that fail one check: positions in the table, the column, the reason.

    `reason` is one text for all rows, or one text per row.
    """

    at: Rows
    column: str
    reason: str | Sequence[str]

    def reason_of(self, n: int) -> str:
        """The reason for the n-th of the rows."""
        text = self.reason if isinstance(self.reason, str) else self.reason[n]
        return text[:REASON_LENGTH]


@dataclass
class RawTable:
    """One file (or sheet) as read: columns by code name, and the row number of each row.

    `spoiled` are rows that could not even be cut into cells; they are counted and refused.
    """

    table: str
    file: str
    columns: dict[str, object]
    rows: Rows
    encoding: str = ""
    spoiled: list[Problem] = field(default_factory=list)
