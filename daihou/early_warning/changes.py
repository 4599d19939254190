"""What a day changes in the signals: which open, which cease, which stay quiet for a while.

A signal row holds one level of one signal on one loan, from the day it was first seen at that
level to the day it was no longer. When the level changes, the row ends and the next begins on the
same day; both carry the day on which the episode began, so that a rise from 橙 to 红 can be read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.early_warning.rules import Bools, Levels, Rule, SignalFacts, SignalLimits, levels_of
from loanmath.dates import NO_DATE

Numbers = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class KeptSignals:
    """Rows that the database holds of one signal: open ones, and those that ceased lately.

    `place` is the place of the loan (or client) in the arrays of the book. `ceased_on` is
    `NO_DATE` while open.
    """

    row: Numbers
    place: Places
    level: Levels
    episode_since: Days
    ceased_on: Days


@dataclass(frozen=True)
class Quiet:
    """Days of silence after a signal ceased, and within which its return goes on as before."""

    cooldown: int
    merge: int


@dataclass(frozen=True)
class SignalChanges:
    """What one day does to the rows of one signal."""

    rule: int
    ended_rows: Numbers
    opened: Places
    level: Levels
    previous_level: Levels
    episode_since: Days
    quiet: int  # seen, but held back because it ceased only lately


def changes_of(
    rule: Rule, facts: SignalFacts, limits: SignalLimits, kept: KeptSignals, day: int
) -> SignalChanges:
    """Compare a loan signal of today with the rows kept; loans set aside keep theirs."""
    level = levels_of(rule, facts, limits)
    quiet = Quiet(limits.cooldown[rule], limits.merge[rule])
    return changes_between(rule, level, facts.set_aside, kept, day, quiet)


def changes_between(
    rule: int, level: Levels, keeps: Bools, kept: KeptSignals, day: int, quiet: Quiet
) -> SignalChanges:
    """Compare the levels at which a signal shows today with the rows that are kept of it.

    Where `keeps` says so (it could not be judged) nothing changes. A signal that returns within
    its cooldown stays quiet, unless it returns at a higher level; within its merge window it
    continues the old episode.
    """
    if kept.row.size == 0 and not level.any():
        return _no_changes(rule)
    is_open = kept.ceased_on == NO_DATE
    open_level, open_since = _spread(level.size, kept, is_open)
    past = _latest_ceased(kept, ~is_open)
    past_level, past_since = _spread(level.size, kept, past)
    past_ceased = np.full(level.size, NO_DATE, dtype=np.int64)
    past_ceased[kept.place[past]] = kept.ceased_on[past]

    differs = (level != open_level) & ~keeps
    lately = day - past_ceased
    returns = differs & (open_level == 0) & (level > 0)
    held = returns & (lately < quiet.cooldown) & (level <= past_level)
    opens = differs & (level > 0) & ~held
    merged = (open_level == 0) & (lately <= quiet.merge)

    since = np.where(open_level > 0, open_since, np.where(merged, past_since, day))
    previous = np.where(open_level > 0, open_level, np.where(merged, past_level, 0))
    opened = np.flatnonzero(opens)
    return SignalChanges(
        rule=rule,
        ended_rows=np.sort(kept.row[is_open & differs[kept.place]]),
        opened=opened,
        level=level[opened],
        previous_level=previous[opened].astype(np.int8),
        episode_since=since[opened].astype(np.int32),
        quiet=int(np.count_nonzero(held)),
    )


def _no_changes(rule: int) -> SignalChanges:
    """What a day does to a signal that shows nowhere and of which nothing is kept."""
    return SignalChanges(
        rule=rule,
        ended_rows=np.zeros(0, np.int64),
        opened=np.zeros(0, np.intp),
        level=np.zeros(0, np.int8),
        previous_level=np.zeros(0, np.int8),
        episode_since=np.zeros(0, np.int32),
        quiet=0,
    )


def _spread(size: int, kept: KeptSignals, which: npt.NDArray) -> tuple[Levels, Days]:
    """Level and beginning of some kept rows, as arrays over the loans of the book."""
    level = np.zeros(size, dtype=np.int8)
    since = np.zeros(size, dtype=np.int32)
    level[kept.place[which]] = kept.level[which]
    since[kept.place[which]] = kept.episode_since[which]
    return level, since


def _latest_ceased(kept: KeptSignals, ceased: npt.NDArray[np.bool_]) -> Places:
    """Of the rows that ceased, those that ceased last on each loan; ends of a level fall away."""
    rows = np.flatnonzero(ceased)
    order = rows[np.lexsort((kept.ceased_on[rows], kept.place[rows]))]
    if order.size == 0:
        return order
    place = kept.place[order]
    last = np.concatenate([place[1:] != place[:-1], [True]])
    return np.asarray(order[last])


def colours_of(limits: SignalLimits, rule: Rule, level: Levels) -> Levels:
    """The colours of levels; a level beyond the colours given has the last one."""
    colours = np.array(limits.colours[rule], np.int8)
    return np.asarray(colours[np.minimum(level, colours.size) - 1])
