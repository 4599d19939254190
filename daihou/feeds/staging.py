"""A table waiting to be checked and loaded: its values, where rows came from, what failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from daihou.feeds.cells.values import absent_column, as_text, parse_column
from daihou.feeds.problems import VALUE_LENGTH, Problem, RawTable, Refusal, Rows
from daihou.feeds.standard import Table

Mask = npt.NDArray[np.bool_]


@dataclass
class Staged:
    """One table of one import.

    `values[name]` is an int64 array, or an Arrow array for text; `missing[name]` says which cells
    were empty. `file_of` and `rows` lead back to the file and its row. `bad` marks refused rows.
    `ids` (filled in when the book is compared) holds the id of the row in the book, 0 for a new
    row; `changed[name]` marks rows whose value differs from the book's.
    """

    table: Table
    files: list[str]
    file_of: npt.NDArray[np.int16]
    rows: Rows
    raw: dict[str, pa.Array]
    values: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, Mask] = field(default_factory=dict)
    bad: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))
    refusals: list[Refusal] = field(default_factory=list)
    spoiled: list[Problem] = field(default_factory=list)
    references: dict[str, Rows] = field(default_factory=dict)
    ids: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    changed: dict[str, Mask] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Mark rows as refused; rows without any are passed over."""
        for refusal in refusals:
            if len(refusal.at):
                self.refusals.append(refusal)
                self.bad[refusal.at] = True

    def texts(self, name: str) -> pa.Array:
        """A text column."""
        return self.values[name]

    def place(self, at: int) -> str:
        """Where a row came from, for a person: `借据.csv 第 5 行`."""
        return f"{self.files[self.file_of[at]]} 第 {self.rows[at]} 行"

    def problems(self) -> list[Problem]:
        """Every refusal as a problem with file, row, field and value, in the order of the file."""
        found = [
            (int(self.file_of[at]), int(self.rows[at]), self._problem(refusal, n, int(at)))
            for refusal in self.refusals
            for n, at in enumerate(refusal.at)
        ]
        found.sort(key=lambda item: item[:2])
        return [*self.spoiled, *(problem for _, _, problem in found)]

    def _problem(self, refusal: Refusal, n: int, at: int) -> Problem:
        column = self.table.column(refusal.column) if refusal.column else None
        return Problem(
            self.files[self.file_of[at]],
            int(self.rows[at]),
            column.heading if column else "",
            self.shown(refusal.column, at) if column else "",
            refusal.reason_of(n),
        )

    def shown(self, name: str, at: int) -> str:
        """The cell as written in the file; personal texts are masked."""
        cell = self.raw[name][at].as_py() if name in self.raw else None
        text = "" if cell is None else str(cell)[:VALUE_LENGTH]
        return masked(text) if self.table.column(name).personal else text


def masked(text: str) -> str:
    """A personal text with its middle hidden: `3301**********1234`."""
    if len(text) <= 4:
        return "*" * len(text)
    kept = 4 if len(text) >= 12 else 1
    return text[:kept] + "*" * (len(text) - 2 * kept) + text[-kept:]


def stage(table: Table, parts: Sequence[RawTable]) -> Staged:
    """Put the files of one table together and read their cells."""
    counts = [len(part.rows) for part in parts]
    total = sum(counts)
    raw = {
        name: _joined([part.columns.get(name) for part in parts], counts)
        for name in table.names
        if any(name in part.columns for part in parts)
    }
    staged = Staged(
        table=table,
        files=[part.file for part in parts],
        file_of=np.repeat(np.arange(len(parts), dtype=np.int16), counts),
        rows=np.concatenate([part.rows for part in parts]),
        raw=raw,
        bad=np.zeros(total, np.bool_),
        spoiled=[problem for part in parts for problem in part.spoiled],
        ids=np.zeros(total, np.int64),
    )
    for column in table.columns:
        cells = raw.get(column.name)
        parsed = absent_column(column, total) if cells is None else parse_column(column, cells)
        staged.values[column.name] = parsed.values
        staged.missing[column.name] = parsed.missing
        staged.refuse(parsed.refusals)
    return staged


def _joined(columns: Sequence[Any], counts: Sequence[int]) -> pa.Array:
    if len(columns) == 1:
        return columns[0]
    texts = [
        pa.nulls(count, pa.string()) if column is None else as_text(column)
        for column, count in zip(columns, counts, strict=True)
    ]
    return pa.concat_arrays(texts)
