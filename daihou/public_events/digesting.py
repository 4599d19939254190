"""What is done with every event that comes in: match, read, merge, mark what disagrees."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from daihou.public_events.choices import (
    USUAL_QUALITY,
    EventKind,
    EventSource,
    EventState,
    MatchBasis,
    Quality,
)
from daihou.public_events.key_words import KEY_WORDS
from daihou.public_events.limits import EventLimits
from daihou.public_events.matching import matches_of
from daihou.public_events.models import Contradiction, MatchCandidate, PublicEvent
from daihou.public_events.rules import (
    Comparison,
    Match,
    Report,
    compare_reports,
    kind_by_words,
    tidy_name,
)
from daihou.public_events.tone import tone_of

_WRITTEN = (
    "customer", "match_basis", "state", "merged_into", "quality", "reported_on", "is_digested",
    "proposed_kind", "proposed_tone", "tone_confidence", "kind_words", "tone_words",
)  # fmt: skip


@dataclass
class Digested:
    """What became of the events taken in: counts for the step's figures."""

    taken: int = 0
    matched: int = 0
    merged: int = 0
    contradictions: int = 0

    def figures(self) -> dict[str, int]:
        """The counts by the names that the run's page shows."""
        return {
            "新事件": self.taken,
            "已匹配客户": self.matched,
            "合并重复": self.merged,
            "标出矛盾": self.contradictions,
        }


@dataclass
class _Known:
    """Events seen before (or earlier in this batch), by client and by the subject's name."""

    by_subject: dict[object, list[PublicEvent]] = field(default_factory=lambda: defaultdict(list))

    def add(self, event: PublicEvent) -> None:
        self.by_subject[_subject(event)].append(event)

    def beside(self, event: PublicEvent) -> list[PublicEvent]:
        return self.by_subject[_subject(event)]


@transaction.atomic
def digest_new_events(*, business_date: dt.date, limits: EventLimits) -> Digested:
    """Match, read and compare every event not yet looked at, in the order they came in.

    A handful of queries for however many events. Nothing counts yet: a person confirms.
    """
    waiting = PublicEvent.objects.select_for_update().filter(is_digested=False)
    return _digest(list(waiting.order_by("pk")), business_date, limits)


@transaction.atomic
def match_waiting_events(*, limits: EventLimits) -> int:
    """Look again for the clients of events that none was found for; returns how many now have one.

    Clients come in after events, and change their names.
    """
    waiting = list(
        PublicEvent.objects.select_for_update().filter(state=EventState.UNMATCHED, is_digested=True)
    )
    if not waiting:
        return 0
    found = matches_of(waiting, least_likeness=limits.name_likeness)
    certain = [event for event in waiting if found[event.pk].customer is not None]
    for event in certain:
        _apply_match(event, found[event.pk])
    PublicEvent.objects.bulk_update(certain, ["customer", "match_basis", "state"])
    _keep_candidates(waiting, found)
    return len(certain)


def _digest(events: Sequence[PublicEvent], business_date: dt.date, limits: EventLimits) -> Digested:
    result = Digested(taken=len(events))
    if not events:
        return result
    matches = matches_of(events, least_likeness=limits.name_likeness)
    for event in events:
        _apply_match(event, matches[event.pk])
        _read_text(event)
        event.quality = event.quality or USUAL_QUALITY[EventSource(event.source)]
        event.reported_on = event.reported_on or business_date
        event.is_digested = True
    known = _known_before(events)
    raised: list[PublicEvent] = []
    disagreeing: list[Contradiction] = []
    for event in events:
        beside = known.beside(event)
        compared = _compare(event, beside, limits)
        head = next((one for one in beside if one.pk == compared.same_as), None)
        if head is not None and not _is_better_than_excluded(event, head):
            event.state, event.merged_into = EventState.MERGED, head
            if (event.quality or 0) > (head.quality or 0):
                head.quality = event.quality
                raised.append(head)
            continue
        disagreeing += [
            Contradiction(earlier_id=pk, later=event, about=about)
            for pk, about in compared.disagreements
        ]
        known.add(event)
    result.merged = sum(event.state == EventState.MERGED for event in events)
    result.matched = sum(event.customer_id is not None for event in events)
    result.contradictions = len(disagreeing)
    PublicEvent.objects.bulk_update(events, _WRITTEN, batch_size=1000)
    PublicEvent.objects.bulk_update(raised, ["quality"])
    Contradiction.objects.bulk_create(disagreeing, ignore_conflicts=True)
    _keep_candidates([event for event in events if event.state != EventState.MERGED], matches)
    return result


def _apply_match(event: PublicEvent, match: Match) -> None:
    if match.customer is not None:
        event.customer_id, event.match_basis = match.customer, match.basis
        event.state = EventState.TO_CONFIRM
    elif event.industry and not event.subject_name:
        event.match_basis, event.state = MatchBasis.INDUSTRY, EventState.TO_CONFIRM


def _read_text(event: PublicEvent) -> None:
    """Propose a kind where none was given, and how the text sounds."""
    if event.kind is None:
        event.proposed_kind, words = kind_by_words(event.text, KEY_WORDS)
        event.kind_words = list(words)
    if event.text:
        heard = tone_of(event.text)
        if heard is not None:
            event.proposed_tone, event.tone_confidence = heard.tone, heard.confidence
            event.tone_words = list(heard.words)


def _known_before(events: Iterable[PublicEvent]) -> _Known:
    """Earlier events about the same clients or under the same names, without merged ones."""
    clients = {event.customer_id for event in events if event.customer_id}
    names = {event.subject_name for event in events if event.subject_name}
    fields = {event.industry for event in events if not event.subject_name and event.industry}
    same = (
        Q(customer__in=clients)
        | Q(customer=None, subject_name__in=names - {""})
        | Q(subject_name="", customer=None, industry__in=fields)
    )
    before = PublicEvent.objects.filter(same, is_digested=True).exclude(state=EventState.MERGED)
    known = _Known()
    for event in before.order_by("pk"):
        known.add(event)
    return known


def _subject(event: PublicEvent) -> object:
    if event.customer_id:
        return event.customer_id
    return tidy_name(event.subject_name) or ("industry", event.industry)


def _compare(event: PublicEvent, beside: Sequence[PublicEvent], limits: EventLimits) -> Comparison:
    return compare_reports(_report(event), [_report(one) for one in beside], limits.same_report)


def _report(event: PublicEvent) -> Report:
    kind = event.kind or event.proposed_kind
    return Report(
        pk=event.pk,
        kind=EventKind(kind) if kind else None,
        happened_on=event.happened_on,
        case_number=event.case_number,
        amount=event.amount,
        text=event.text,
        ended_on=event.ended_on,
    )


def _is_better_than_excluded(event: PublicEvent, head: PublicEvent) -> bool:
    """Whether a report that was excluded comes again from a better source: look at it again."""
    return head.state == EventState.EXCLUDED and Quality(event.quality or 1) > (head.quality or 0)


def _keep_candidates(events: Iterable[PublicEvent], matches: dict[int, Match]) -> None:
    MatchCandidate.objects.bulk_create(
        [
            MatchCandidate(
                event=event, customer_id=one.customer, basis=one.basis, likeness=one.likeness
            )
            for event in events
            for one in matches[event.pk].candidates[:10]
        ],
        ignore_conflicts=True,
    )
