"""What a rule would say of yesterday's book, beside the rule in force: how many clients, who."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from django.db import connection

from daihou.early_warning.client_rules.finding_sources import findings_on
from daihou.early_warning.client_rules.looking_back import KeptDay, days_kept, kept_day
from daihou.early_warning.client_rules.rules import FINDING_UNITS, ClientRule, Judged
from daihou.early_warning.indicators.catalogue import names

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class OfficerLine:
    """How many clients of one officer a rule shows on: by the rule in force, and by the new one."""

    officer: int
    now: int
    new: int
    begins: int


@dataclass(frozen=True)
class Preview:
    """Both rules over one kept day."""

    kept: KeptDay
    now: Judged
    new: Judged
    in_scope: Bools  # of the new rule

    @property
    def day(self) -> dt.date:
        """The day that is looked at."""
        return self.kept.day

    @cached_property
    def shows_now(self) -> Bools:
        """On whom the rule in force shows."""
        return np.asarray(self.now.level > 0)

    @cached_property
    def shows_new(self) -> Bools:
        """On whom the new rule would show."""
        return np.asarray(self.new.level > 0)

    @property
    def judged(self) -> int:
        """For how many clients the new rule is."""
        return int(self.in_scope.sum())

    @property
    def unknown(self) -> int:
        """Of how many of them it could say nothing."""
        return int((self.in_scope & ~self.new.known).sum())

    @property
    def counts(self) -> dict[str, int]:
        """How many the rules show on: now, new, of those beginning, ending, and on both."""
        now, new = self.shows_now, self.shows_new
        found = {"now": now, "new": new, "begins": new & ~now, "ends": now & ~new,
                 "both": now & new}  # fmt: skip
        return {name: int(which.sum()) for name, which in found.items()}

    def by_level(self, levels: int) -> list[int]:
        """On how many clients the new rule shows at each level."""
        return [int((self.new.level == level).sum()) for level in range(1, levels + 1)]

    def officers_of(self, clients: npt.NDArray[np.int64]) -> list[int]:
        """Who manages each of some clients."""
        found: list[int] = self.kept.officers[np.searchsorted(self.kept.clients, clients)].tolist()
        return found

    def by_officer(self) -> list[OfficerLine]:
        """The officers whose clients either rule shows on; most of the new rule's first."""
        either = self.shows_now | self.shows_new
        officers, place = np.unique(self.kept.officers[either], return_inverse=True)
        begins = (self.shows_new & ~self.shows_now)[either]
        columns = (self.shows_now[either], self.shows_new[either], begins)
        sums = [np.bincount(place, c, officers.size).astype(int).tolist() for c in columns]
        lines = [OfficerLine(*row) for row in zip(officers.tolist(), *sums, strict=True)]
        return sorted(lines, key=lambda line: (-line.new, -line.now, line.officer))

    def odd(self, rule: ClientRule) -> str:
        """What is odd about the rule on this day: shows on nobody, on everybody, knows nothing."""
        if not self.judged:
            return f"{self.day} 没有适用的客户:所选客户和产品下没有在贷借据"
        if self.unknown == self.judged:
            return f"{self.day} 对全部 {self.judged:,} 户都是未知,无从判定{self._why_unknown(rule)}"
        known = self.judged - self.unknown
        shown = self.counts["new"]
        if shown == 0:
            return f"{self.day} 可判定的 {known:,} 户没有一户符合,规则不会提示"
        if shown == known:
            return f"{self.day} 可判定的 {known:,} 户全部符合,规则没有区分作用"
        return ""

    def _why_unknown(self, rule: ClientRule) -> str:
        called = names()
        unknown = [
            called[code] for code in rule.looks_at
            if code in called and (code not in self.kept.values
                                   or not self.kept.values[code].known.any())
        ]  # fmt: skip
        return f":{'、'.join(unknown)}没有数据" if unknown else ""


def preview_of(now: ClientRule, new: ClientRule, *, upto: dt.date) -> Preview | None:
    """Both rules over the last kept day up to `upto`; None before any day was kept."""
    days = [day for day in days_kept() if day <= upto]
    if not days:
        return None
    kept = _with_findings(kept_day(days[-1], {*now.looks_at, *new.looks_at}), (now, new))
    of_now = kept.judged(now)[0]
    of_new, in_scope = kept.judged(new)
    if not now.is_on:
        of_now = _silent(of_now)
    if not new.is_on:
        of_new = _silent(of_new)
    return Preview(kept, of_now, of_new, in_scope)


def looks_at_findings(rules: Sequence[ClientRule]) -> bool:
    """Whether one of the rules names findings of other domains, which are not kept day by day."""
    return any(name in FINDING_UNITS for rule in rules for name in rule.looks_at)


def _with_findings(kept: KeptDay, rules: Sequence[ClientRule]) -> KeptDay:
    if not looks_at_findings(rules):
        return kept
    connection.ensure_connection()
    found, _ = findings_on(connection.connection, kept.day, kept.clients)
    of_signal = found.get(rules[0].number)
    return kept.knowing(of_signal.values) if of_signal else kept


def _silent(judged: Judged) -> Judged:
    """What a rule says that is switched off."""
    return Judged(np.zeros_like(judged.level), judged.known)
