"""What a rule's alarms were worth: how many came true, how early, how many nobody needed.

An alarm covers its client from the day after it began until the horizon is over, or longer while it
stands. It came true (命中) when the client turned non-performing (次级 or worse) in that time. It
is rated only once its horizon lies within what is known; until then it is open. A client who was
non-performing already is no news and left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from daihou.early_warning.client_rules.episodes import Alarm, Episodes

_WEEK = 7


@dataclass(frozen=True)
class Span:
    """The days looked at, as day numbers: alarms of `since` to `until`, outcomes up to `last`."""

    first: int  # the first day read; who was non-performing then never turned so
    since: int
    until: int
    last: int
    horizon: int

    @property
    def rated_until(self) -> int:
        """The last day whose alarms can be rated."""
        return min(self.until, self.last - self.horizon)

    @property
    def weeks(self) -> float:
        """The weeks whose alarms can be rated; 0 where none can."""
        return max(self.rated_until - self.since + 1, 0) / _WEEK


@dataclass(frozen=True)
class Figures:
    """The figures of one rule over a span; None where there is nothing to tell it by."""

    alarms: int
    rated: int
    hits: int
    false: int
    open: int
    late: int  # began when the client was non-performing already
    held_back: int
    turned: int  # clients who turned non-performing
    caught: int
    missed: int
    hit_rate: float | None
    lead: float | None  # median, in days
    false_per_officer_week: float | None
    known_share: float | None


@dataclass(frozen=True)
class Outcome:
    """All that is told of one rule."""

    figures: Figures
    lead_of: Mapping[int, int]  # days of warning, by client caught
    by_officer: Mapping[int, tuple[int, int, int]]  # alarms, hits, false ones
    by_week: Mapping[int, tuple[int, int, int]]  # hits, false, open ones, by the week's first day


def outcome_of(episodes: Episodes, turned: Mapping[int, int], officers: int, span: Span) -> Outcome:
    """Rate the alarms of a rule; `turned` says on which day each client turned non-performing."""
    news = {client: day for client, day in turned.items() if day > span.first}
    counts: Counter[str] = Counter()
    by_officer: dict[int, Counter[str]] = defaultdict(Counter)
    by_week: dict[int, Counter[str]] = defaultdict(Counter)
    for alarm in episodes.alarms:
        if alarm.is_first or not span.since <= alarm.start <= span.until:
            continue
        kind = _kind(alarm, turned, span)
        counts.update([kind])
        if kind != "late":
            by_officer[alarm.officer].update([kind])
            by_week[alarm.start - (alarm.start - span.since) % _WEEK].update([kind])
    lead_of = _leads(episodes.alarms, news, span)
    events = [c for c, day in news.items() if span.since <= day <= span.until]
    rated = counts["hit"] + counts["false"]
    worked = officers * span.weeks
    figures = Figures(
        alarms=rated + counts["open"], rated=rated, hits=counts["hit"], false=counts["false"],
        open=counts["open"], late=counts["late"], held_back=episodes.held_back,
        turned=len(events), caught=len(lead_of), missed=len(events) - len(lead_of),
        hit_rate=counts["hit"] / rated if rated else None,
        lead=median(lead_of.values()) if lead_of else None,
        false_per_officer_week=counts["false"] / worked if worked else None,
        known_share=episodes.known_share,
    )  # fmt: skip
    return Outcome(
        figures,
        lead_of,
        {one: (c.total(), c["hit"], c["false"]) for one, c in by_officer.items()},
        {week: (c["hit"], c["false"], c["open"]) for week, c in by_week.items()},
    )


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as it is kept with a backtest; those caught are kept beside both rules."""
    return {
        "figures": asdict(outcome.figures),
        "officers": [[one, *numbers] for one, numbers in sorted(outcome.by_officer.items())],
        "weeks": [[week, *numbers] for week, numbers in sorted(outcome.by_week.items())],
    }


def _kind(alarm: Alarm, turned: Mapping[int, int], span: Span) -> str:
    """hit, false, open, or late."""
    day = turned.get(alarm.client)
    if day is not None and day <= alarm.start:
        return "late"
    if alarm.start > span.rated_until:
        return "open"
    return "hit" if day is not None and day <= _covers_until(alarm, span) else "false"


def _covers_until(alarm: Alarm, span: Span) -> int:
    stands_until = span.until if alarm.end is None else alarm.end
    return max(alarm.start + span.horizon, stands_until)


def _leads(alarms: Iterable[Alarm], news: Mapping[int, int], span: Span) -> dict[int, int]:
    """How many days before it turned non-performing each client had its first alarm."""
    leads: dict[int, int] = {}
    for alarm in alarms:
        day = news.get(alarm.client)
        if day is None or not span.since <= day <= span.until:
            continue
        if alarm.start < day <= _covers_until(alarm, span):
            leads[alarm.client] = max(leads.get(alarm.client, 0), day - alarm.start)
    return leads
