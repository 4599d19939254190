"""The alarms of one rule over many days, kept as the daily run would have kept them.

An alarm (一轮提示) lasts from the day a signal shows to the day it ceases for good; a change of
level and a return within the merge window go on with it, and cooldown holds back what returns soon.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from daihou.early_warning.changes import KeptSignals, Quiet, changes_between
from daihou.early_warning.client_rules.looking_back import KeptDay
from daihou.early_warning.client_rules.rules import ClientRule
from loanmath.dates import NO_DATE, day_number

Numbers = npt.NDArray[np.int64]


@dataclass
class Alarm:
    """One alarm: `end` is None while it stands; `is_first` began on the first day looked at."""

    client: int
    start: int
    officer: int
    is_first: bool
    end: int | None = None


@dataclass(frozen=True)
class DayCounts:
    """One day of a rule: for how many clients it was, of how many it could tell, how many it held.

    `held_back` showed again and stayed silent, because it had ceased only lately.
    """

    judged: int
    known: int
    held_back: int


@dataclass
class Episodes:
    """Sees one day after the other; `clients` are all that any day may have, rising."""

    rule: ClientRule
    clients: Numbers
    alarms: list[Alarm] = field(default_factory=list)
    days: list[DayCounts] = field(default_factory=list)

    def __post_init__(self) -> None:
        size = self.clients.size
        self._level = np.zeros(size, np.int8)
        self._since = np.zeros(size, np.int32)
        self._past_level = np.zeros(size, np.int8)
        self._past_since = np.zeros(size, np.int32)
        self._ceased = np.full(size, NO_DATE, np.int32)
        self._alarm_of: dict[int, Alarm] = {}

    def see(self, kept: KeptDay) -> None:
        """Take in the next day. A client who is not in it any more has no signal."""
        judged, in_scope = kept.judged(self.rule)
        at = np.searchsorted(self.clients, kept.clients)
        level = np.zeros(self.clients.size, np.int8)
        level[at] = judged.level
        unknown = np.zeros(self.clients.size, bool)
        unknown[at] = ~judged.known
        officers = np.zeros(self.clients.size, np.int64)
        officers[at] = kept.officers
        held_back = self._change(level, unknown, officers, day_number(kept.day))
        known = int((in_scope & judged.known).sum())
        self.days.append(DayCounts(int(in_scope.sum()), known, held_back))

    @property
    def held_back(self) -> int:
        """How often a signal that had ceased lately stayed silent."""
        return sum(one.held_back for one in self.days)

    @property
    def known_share(self) -> float | None:
        """On which part of the client-days the rule could be judged; None where it was for none."""
        judged = sum(one.judged for one in self.days)
        return sum(one.known for one in self.days) / judged if judged else None

    def _change(
        self, level: npt.NDArray[np.int8], unknown: npt.NDArray, officers: Numbers, day: int
    ) -> int:
        """Take in the levels of a day; how many stayed silent."""
        quiet = Quiet(self.rule.cooldown, self.rule.merge)
        changes = changes_between(self.rule.number, level, unknown, self._kept(), day, quiet)
        ended = changes.ended_rows
        self._past_level[ended], self._past_since[ended] = self._level[ended], self._since[ended]
        self._ceased[ended] = day
        self._level[ended] = 0
        self._level[changes.opened] = changes.level
        self._since[changes.opened] = changes.episode_since
        for place in ended.tolist():
            self._alarm_of[place].end = day
        for place, before in zip(
            changes.opened.tolist(), changes.previous_level.tolist(), strict=True
        ):
            if before:  # another level, or a return: the same alarm
                self._alarm_of[place].end = None
            else:
                client, officer = int(self.clients[place]), int(officers[place])
                alarm = Alarm(client, day, officer, is_first=not self.days)
                self._alarm_of[place] = alarm
                self.alarms.append(alarm)
        return changes.quiet

    def _kept(self) -> KeptSignals:
        """The rows that the database would hold: open ones, then the last ceased of each client."""
        is_open = np.flatnonzero(self._level > 0)
        past = np.flatnonzero(self._ceased != NO_DATE)
        return KeptSignals(
            row=np.concatenate([is_open, past]),
            place=np.concatenate([is_open, past]),
            level=np.concatenate([self._level[is_open], self._past_level[past]]),
            episode_since=np.concatenate([self._since[is_open], self._past_since[past]]),
            ceased_on=np.concatenate(
                [np.full(is_open.size, NO_DATE, np.int32), self._ceased[past]]
            ),
        )
