"""Who a token belongs to, which systems are connected, and what they asked lately."""

from __future__ import annotations

import datetime as dt
import hmac

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate

from daihou.api_clients.models import ApiClient, ApiRequest, ApiToken
from daihou.api_clients.tokens import digest_of, prefix_of
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.staff.queries import branch_and_below

TOO_MANY = 429
_A_MINUTE = dt.timedelta(minutes=1)


def token_holding(text: str, *, on: dt.date) -> ApiToken | None:
    """The token that a text is, with its client; None unless it is in force on the day.

    One query. A stopped client's token is not in force.
    """
    prefix = prefix_of(text)
    if not prefix:
        return None
    found = ApiToken.objects.filter(prefix=prefix).select_related("client__account__branch").first()
    if found is None or not hmac.compare_digest(found.digest, digest_of(text)):
        return None
    in_force = found.revoked_at is None and on < found.expires_on and found.client.is_active
    return found if in_force else None


def asked_within_a_minute(client: ApiClient, *, now: dt.datetime) -> int:
    """How many requests of a client were answered in the last minute; refused ones not counted."""
    recent = ApiRequest.objects.filter(client=client, asked_at__gt=now - _A_MINUTE)
    return recent.exclude(status=TOO_MANY).count()


def clients_visible_to(officer: Officer) -> QuerySet[ApiClient]:
    """The connected systems whom the person may see.

    系统管理员: all. 审计: those of the own branch and the branches under it. Others: none.
    """
    clients = ApiClient.objects.select_related("account__branch").order_by("account__username")
    if officer.has_role(Role.ADMINISTRATOR):
        return clients
    if officer.has_role(Role.AUDITOR) and officer.branch is not None:
        return clients.filter(account__branch__in=branch_and_below(officer.branch))
    return clients.none()


def with_use(clients: QuerySet[ApiClient], *, on: dt.date) -> QuerySet[ApiClient]:
    """Beside each client when it last asked, and how many of its tokens are in force on a day."""
    last = ApiRequest.objects.filter(client=OuterRef("pk")).order_by("-asked_at")
    live = (
        ApiToken.objects.filter(client=OuterRef("pk"), revoked_at=None, expires_on__gt=on)
        .order_by()
        .values("client")
    )
    return clients.annotate(
        last_asked_at=Subquery(last.values("asked_at")[:1]),
        live_tokens=Coalesce(Subquery(live.annotate(number=Count("pk")).values("number")), 0),
        last_expiry=Subquery(live.annotate(day=Max("expires_on")).values("day")),
    )


def requests_by_day(client: ApiClient, *, since: dt.date) -> list[tuple[dt.date, int, int]]:
    """Day by day from a day on: requests that were answered, and requests that were refused."""
    days = (
        ApiRequest.objects.filter(client=client, asked_at__date__gte=since)
        .annotate(day=TruncDate("asked_at"))
        .values("day")
        .order_by("day")
        .annotate(
            answered=Count("pk", filter=Q(status__lt=400)),
            refused=Count("pk", filter=Q(status__gte=400)),
        )
    )
    return [(row["day"], row["answered"], row["refused"]) for row in days]
