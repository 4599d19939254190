"""What people and machines do with events: record, give a client, confirm, exclude, merge."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer
from daihou.policy.queries import parameters_on
from daihou.public_events.choices import (
    ENDS,
    OPEN_STATES,
    EventChannel,
    EventKind,
    EventSource,
    EventState,
    MatchBasis,
    Quality,
)
from daihou.public_events.digesting import digest_new_events
from daihou.public_events.limits import event_limits
from daihou.public_events.models import Contradiction, PublicEvent
from daihou.staff.models import Officer
from daihou.storage.sealing import fingerprint


class AlreadyDecided(Exception):
    """Somebody else has decided on the event meanwhile; the message says how it stands."""


@dataclass(frozen=True)
class EventFacts:
    """What is known of an event when it comes in; money in fen.

    `number` is the source's own number and keeps the same event from coming in twice; left out, a
    number is given. Without a `kind` one is proposed from the text.
    """

    source: EventSource
    happened_on: dt.date
    text: str
    kind: EventKind | None = None
    number: str = ""
    source_name: str = ""
    quality: Quality | None = None
    subject_name: str = ""
    subject_paper: str = ""
    industry: str | None = None
    published_on: dt.date | None = None
    ended_on: dt.date | None = None
    case_number: str = ""
    amount: int | None = None


@transaction.atomic
def record_event(
    *,
    facts: EventFacts,
    channel: EventChannel,
    by: Officer | None,
    business_date: dt.date,
) -> PublicEvent:
    """Take in one event by hand or from another system; match it, and compare it with others.

    The same number again gives the event recorded first. Raises `NotAcceptable`.
    """
    _check(facts, business_date)
    if facts.number:
        known = PublicEvent.objects.filter(number=facts.number).first()
        if known is not None:
            return known
    paper = facts.subject_paper.strip().upper()
    identity = _next_id()
    PublicEvent.objects.create(
        pk=identity,
        number=facts.number or f"SJ{business_date:%Y%m%d}{identity:06d}",
        channel=channel, kind=facts.kind, source=facts.source, source_name=facts.source_name,
        quality=facts.quality, subject_name=facts.subject_name.strip(),
        subject_paper=paper or None, subject_index=fingerprint(paper) if paper else None,
        industry=facts.industry or None, happened_on=facts.happened_on,
        published_on=facts.published_on, ended_on=facts.ended_on,
        case_number=facts.case_number.strip(), amount=facts.amount, text=facts.text.strip(),
        reported_on=business_date, recorded_by=by,
    )  # fmt: skip
    limits = event_limits(parameters_on(business_date))
    digest_new_events(business_date=business_date, limits=limits)
    return PublicEvent.objects.get(pk=identity)


@transaction.atomic
def match_event(
    *, event: PublicEvent, customer: Customer, by: Officer, business_date: dt.date
) -> None:
    """Say by hand which client an event is about; it then waits to be confirmed."""
    _flip(
        event, OPEN_STATES, state=EventState.TO_CONFIRM, customer=customer,
        match_basis=MatchBasis.PERSON, decided_by=by, decided_on=business_date,
        decision_note=f"指定客户 {customer.number}",
    )  # fmt: skip


@transaction.atomic
def confirm_event(
    *, event: PublicEvent, kind: EventKind, note: str, by: Officer, business_date: dt.date
) -> int:
    """Confirm that an event is true and about its client; from the next daily run it counts.

    An ending (移出、解除、缴清) also ends the listings that it is about; returns how many. What
    disagreed with the event counts as judged.
    """
    if event.customer_id is None and event.industry is None:
        raise NotAcceptable("customer", "还没有匹配到客户;请先指定客户")
    _flip(
        event, (EventState.TO_CONFIRM,), state=EventState.CONFIRMED, kind=kind, decided_by=by,
        decided_on=business_date, decision_note=note.strip(),
    )  # fmt: skip
    _settle(event)
    if kind not in ENDS:
        return 0
    listings = PublicEvent.objects.filter(
        customer=event.customer_id, kind__in=ENDS[kind], ended_on=None,
        happened_on__lte=event.happened_on,
    ).exclude(state__in=(EventState.MERGED, EventState.EXCLUDED))  # fmt: skip
    if event.case_number:
        listings = listings.filter(Q(case_number="") | Q(case_number=event.case_number))
    return listings.update(ended_on=event.happened_on)


@transaction.atomic
def exclude_event(*, event: PublicEvent, reason: str, by: Officer, business_date: dt.date) -> None:
    """Set an event aside as untrue, about somebody else, or of no weight; a reason is needed.

    Also takes back a confirmation that was a mistake.
    """
    if not reason.strip():
        raise NotAcceptable("reason", "请写明排除的理由")
    _flip(
        event, (*OPEN_STATES, EventState.CONFIRMED), state=EventState.EXCLUDED, decided_by=by,
        decided_on=business_date, decision_note=reason.strip(),
    )  # fmt: skip
    _settle(event)


@transaction.atomic
def merge_event(
    *, event: PublicEvent, into: PublicEvent, by: Officer, business_date: dt.date
) -> None:
    """Say by hand that an event tells of the same thing as another one."""
    if into.pk == event.pk or into.state == EventState.MERGED:
        raise NotAcceptable("into", "不能并入该事件")
    if event.customer_id and into.customer_id and event.customer_id != into.customer_id:
        raise NotAcceptable("into", "两则事件属于不同客户,不能合并")
    _flip(
        event, OPEN_STATES, state=EventState.MERGED, merged_into=into, decided_by=by,
        decided_on=business_date, decision_note=f"与 {into.number} 为同一事件",
    )  # fmt: skip
    PublicEvent.objects.filter(merged_into=event).update(merged_into=into)
    if (event.quality or 0) > (into.quality or 0):
        PublicEvent.objects.filter(pk=into.pk).update(quality=event.quality)
    _settle(event)


def _check(facts: EventFacts, business_date: dt.date) -> None:
    if facts.happened_on > business_date:
        raise NotAcceptable("happened_on", f"发生日不能晚于营业日 {business_date}")
    if not (facts.subject_name.strip() or facts.subject_paper.strip() or facts.industry):
        raise NotAcceptable("subject_name", "请填写当事人名称、证件号码或涉及行业")
    if facts.ended_on is not None and facts.ended_on < facts.happened_on:
        raise NotAcceptable("ended_on", "移出或解除日不能早于发生日")
    if not facts.text.strip():
        raise NotAcceptable("text", "请写明发生了什么")


def _flip(event: PublicEvent, stands: tuple[EventState, ...], **changes: Any) -> None:
    """Move an event out of one of the states in which it must stand, or say how it stands."""
    moved = PublicEvent.objects.filter(pk=event.pk, state__in=stands).update(**changes)
    event.refresh_from_db()
    if not moved:
        raise AlreadyDecided(f"事件 {event.number} 的状态是“{event.get_state_display()}”,未作改动")


def _settle(event: PublicEvent) -> None:
    """Take what disagreed with the event as judged."""
    Contradiction.objects.filter(Q(earlier=event) | Q(later=event)).update(is_settled=True)


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('public_events_publicevent', 'id'))")
        return int(cursor.fetchone()[0])
