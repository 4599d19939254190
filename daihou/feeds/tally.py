"""Every row of every source file counted once: loaded, changed, unchanged, withheld or refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from daihou.feeds.changing import rows_changed
from daihou.feeds.problems import Rows
from daihou.feeds.staging import Staged

_ABSENT, _WITHOUT_CONTENT, _UNCHANGED, _NEW, _CHANGED, _REFUSED = range(6)


@dataclass(frozen=True)
class Counts:
    """How many rows of a file (or of all files) became what; they add up to `read`."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    without_content: int = 0
    refused: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(self.as_tuple(), other.as_tuple(), strict=True)))

    def as_tuple(self) -> tuple[int, ...]:
        """The counts in the order of the fields."""
        return (
            self.read,
            self.new,
            self.changed,
            self.unchanged,
            self.without_content,
            self.refused,
        )


def count_rows(sources: Mapping[str, Rows], tables: Iterable[Staged]) -> dict[str, Counts]:
    """The counts of each source file.

    `sources` holds the row numbers of each file. A source row may give rows of several tables: it
    is refused if any of them is, else new or changed if any is, else unchanged.
    """
    levels = {}
    for file, rows in sources.items():
        levels[file] = np.zeros(int(rows.max(initial=0)) + 1, np.int8)
        levels[file][rows] = _WITHOUT_CONTENT
    for staged in tables:
        _raise_levels(levels, staged)
    return {file: _counted(level) for file, level in levels.items()}


def _raise_levels(levels: dict[str, np.ndarray], staged: Staged) -> None:
    state = np.where(staged.ids > 0, _UNCHANGED, _NEW).astype(np.int8)
    state[rows_changed(staged)] = _CHANGED
    state[staged.bad] = _REFUSED
    for number, file in enumerate(staged.files):
        mine = staged.file_of == number
        np.maximum.at(levels[file], staged.rows[mine], state[mine])
    for problem in staged.spoiled:
        levels[problem.file][problem.row] = _REFUSED


def _counted(level: np.ndarray) -> Counts:
    counts = np.bincount(level, minlength=_REFUSED + 1)
    return Counts(
        read=int(counts[_WITHOUT_CONTENT:].sum()),
        new=int(counts[_NEW]),
        changed=int(counts[_CHANGED]),
        unchanged=int(counts[_UNCHANGED]),
        without_content=int(counts[_WITHOUT_CONTENT]),
        refused=int(counts[_REFUSED]),
    )
