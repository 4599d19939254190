"""Reads of events; rows leave only through the door `events_visible_to`."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.public_events.choices import OPEN_STATES, EventState
from daihou.public_events.models import Contradiction, MatchCandidate, PublicEvent
from daihou.staff.models import Officer
from daihou.staff.queries import sees_branch_tree


def events_visible_to(officer: Officer) -> QuerySet[PublicEvent]:
    """The events that the person may see.

    Of a client whom the person may see; of an industry, everybody. An event whose client is not
    known yet is seen by whoever may see one of the candidates, and by head office.
    """
    clients = customers_visible_to(officer)
    if not officer.is_active or (officer.branch is None):
        return PublicEvent.objects.none()
    if sees_branch_tree(officer) and officer.branch.parent_id is None:
        return PublicEvent.objects.all()
    candidates = MatchCandidate.objects.filter(event=OuterRef("pk"), customer__in=clients)
    of_industry = Q(customer=None, subject_name="", industry__isnull=False)
    return PublicEvent.objects.filter(
        Q(customer__in=clients) | Q(Q(customer=None) & Exists(candidates)) | of_industry
    )


def events_of_customer(officer: Officer, customer: Customer) -> QuerySet[PublicEvent]:
    """What was heard about a client or its industry and not merged away, the latest first."""
    about = Q(customer=customer)
    if customer.industry:
        about |= Q(customer=None, subject_name="", industry=customer.industry,
                   state=EventState.CONFIRMED)  # fmt: skip
    rows = events_visible_to(officer).filter(about).exclude(state=EventState.MERGED)
    return rows.order_by("-happened_on", "-pk")


def waiting(events: QuerySet[PublicEvent]) -> QuerySet[PublicEvent]:
    """Those that a person has still to decide on."""
    return events.filter(state__in=OPEN_STATES)


def is_contradicted() -> Exists:
    """A condition: the event disagrees with another one, and nobody has judged between them."""
    about = Q(earlier=OuterRef("pk")) | Q(later=OuterRef("pk"))
    return Exists(Contradiction.objects.filter(about, is_settled=False))


def disagreements_of(event: PublicEvent) -> list[tuple[PublicEvent, str, bool]]:
    """The events that disagree with this one, what about, and whether that was judged."""
    rows = Contradiction.objects.filter(Q(earlier=event) | Q(later=event))
    return [
        (
            row.later if row.earlier_id == event.pk else row.earlier,
            row.get_about_display(),
            row.is_settled,
        )
        for row in rows.select_related("earlier", "later").order_by("pk")
    ]


def mergeable_with(event: PublicEvent, visible: QuerySet[PublicEvent]) -> Iterable[PublicEvent]:
    """The other events about the same client or name that this one might repeat."""
    same = Q(customer=event.customer) if event.customer_id else Q(subject_name=event.subject_name)
    others = visible.filter(same).exclude(pk=event.pk).exclude(state=EventState.MERGED)
    return others.order_by("-happened_on", "-pk")[:20]
