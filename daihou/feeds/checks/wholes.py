"""Rows that are one whole (a plan, a statement): what is wrong with one is wrong with all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from daihou.feeds.checks.intake import where
from daihou.feeds.problems import Refusal, Rows
from daihou.feeds.staging import Staged


@dataclass(frozen=True)
class Groups:
    """The wholes of a file: their rows together and in order, and where each whole begins.

    `order` lists rows; whole `g` is `order[begins[g]:begins[g + 1]]`; `of_row` is each row's whole.
    """

    order: Rows
    begins: Rows
    of_row: Rows

    @property
    def heads(self) -> Rows:
        """The first row of each whole."""
        return self.order[self.begins[:-1]]


def grouped(whole: Rows, within: Rows) -> Groups:
    """Put the rows of each whole together, in the order of `within`."""
    order = np.lexsort((within, whole)).astype(np.int64)
    starts = np.ones(len(order), np.bool_)
    starts[1:] = whole[order][1:] != whole[order][:-1]
    of_row = np.empty(len(order), np.int64)
    of_row[order] = np.cumsum(starts) - 1
    return Groups(order, np.append(np.flatnonzero(starts), len(order)), of_row)


def whole_or_nothing(
    staged: Staged, groups: Groups, *, column: str, what: str
) -> Iterable[Refusal]:
    """Refuse the sound rows of a whole that has a refused one, and say which that is."""
    spoiled = np.zeros(len(groups.heads), np.int64) - 1
    bad = where(staged.bad)
    spoiled[groups.of_row[bad][::-1]] = bad[::-1]
    culprit = spoiled[groups.of_row]
    dragged = where((culprit >= 0) & ~staged.bad)
    reasons = [f"同一{what}有误:{staged.place(int(culprit[at]))}" for at in dragged]
    yield Refusal(dragged, column, reasons)
