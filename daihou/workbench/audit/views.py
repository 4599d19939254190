"""审计: who changed what, who looked at personal data, who signed in; is the trail whole."""

from __future__ import annotations

import datetime as dt
from typing import Any

from axes.models import AccessLog
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from daihou.audit.models import Disclosure, Seal
from daihou.audit.queries import (
    ACTIONS,
    MOST_EVENTS,
    AuditEvent,
    changes_of,
    find_events,
    officer_names,
    table_choices,
)
from daihou.audit.verification import verify_chain
from daihou.staff.models import Officer
from daihou.staff.queries import branch_and_below
from daihou.workbench.desks import AUDIT
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table

DAYS_AT_FIRST = 7


def _same(rows: Any, text: str) -> Any:
    """The query itself has narrowed already."""
    return rows


EVENTS = Table(
    name="audit",
    title="变更记录",
    columns=(
        Column("时间", "happened_at", Kind.MOMENT),
        Column("操作", "action"),
        Column("对象", "object_name", link=lambda row: row["address_of_event"], panel=True),
        Column("编号", "object_number"),
        Column("操作人", "officer"),
        Column("页面", "page", Kind.LONG_TEXT),
        Column("来源地址", "address"),
    ),
    order=("number",),
    filters=(
        Filter("from", "自", input_type="date", narrow=_same),
        Filter("to", "至", input_type="date", narrow=_same),
        Filter("officer", "操作人工号", narrow=_same),
        Filter("object", "编号", narrow=_same, placeholder="工号、借据号、客户号等"),
        Filter("action", "操作", options=tuple((name, name) for name in ACTIONS.values())),
    ),
    empty="这段时间没有变更。可放宽日期,或改查其他对象。",
)
DISCLOSURES = Table(
    name="disclosures",
    title="解密查看记录",
    columns=(
        Column("时间", "shown_at", Kind.MOMENT),
        Column("查看人", "officer"),
        Column("查看对象", "subject"),
        Column("字段", "field"),
        Column("理由", "reason", Kind.LONG_TEXT),
        Column("来源地址", "address"),
    ),
    order=("-id",),
    filters=(
        Filter("officer__username", "查看人工号"),
        Filter("subject", "查看对象", placeholder="如 客户 KH0001"),
        Filter("from", "自", input_type="date",
               narrow=lambda rows, text: rows.filter(shown_at__date__gte=text)),
        Filter("to", "至", input_type="date",
               narrow=lambda rows, text: rows.filter(shown_at__date__lte=text)),
    ),
    empty="还没有人查看过完整的个人信息。",
)  # fmt: skip
LOGINS = Table(
    name="logins",
    title="登录记录",
    columns=(
        Column("登录时间", "attempt_time", Kind.MOMENT),
        Column("工号", "username"),
        Column("来源地址", "ip_address"),
        Column("退出时间", "logout_time", Kind.MOMENT),
        Column("浏览器", "user_agent", Kind.LONG_TEXT),
    ),
    order=("-id",),
    filters=(
        Filter("username", "工号"),
        Filter("from", "自", input_type="date",
               narrow=lambda rows, text: rows.filter(attempt_time__date__gte=text)),
    ),
    empty="还没有登录记录。",
)  # fmt: skip
SEALS = Table(
    name="seals",
    title="封存链",
    columns=(
        Column("段", "pk"),
        Column("封存时间", "sealed_at", Kind.MOMENT),
        Column("事件数", lambda seal: sum(s["count"] for s in seal.event_counts), Kind.COUNT),
        Column("链摘要", "chained_digest", Kind.LONG_TEXT),
    ),
    order=("-id",),
    empty="还没有封存。每个营业日日终时封存一次。",
    counted="段",
)


@desk(roles=AUDIT.roles, needs_day=False)
def event_list(request: DeskRequest) -> HttpResponseBase:
    """What changed: by days, person and row; at first the last seven days."""
    table = request.GET.get("table", "")
    events = _asked_events(request, table)
    is_cut = len(events) > MOST_EVENTS
    names = officer_names(event.officer_id for event in events)
    listing = EVENTS.open(request, [_row(event, names) for event in events[:MOST_EVENTS]])
    if is_cut:
        listing.problems.append(f"符合条件的超过 {MOST_EVENTS} 条,只列最近的;请缩小日期或指定对象")
    if listing.is_export:
        return listing.download()
    context = {
        "title": "审计",
        "table": listing,
        "choices": table_choices(),
        "chosen": table,
        "tab": "events",
    }
    return page(request, "workbench/audit/list.html", context)


@desk(roles=AUDIT.roles, needs_day=False)
def event_page(request: DeskRequest, table: str, number: int) -> HttpResponseBase:
    """One change: every field before and after, changed ones first."""
    found = changes_of(table, number)
    if found is None:
        raise Http404
    event, changes = found
    allowed = _officers_in_scope(request.officer)
    if allowed is not None and event.officer_id not in allowed:
        raise Http404
    context = {
        "title": f"{event.action}{event.object_name} {event.object_number}",
        "event": event,
        "who": officer_names([event.officer_id]).get(event.officer_id or 0, "系统"),
        "changes": sorted(changes, key=lambda one: not one.is_changed),
        "history": f"{reverse('audit')}?table={table}&object={event.object_id}&from=2000-01-01",
    }
    return page(request, "workbench/audit/event.html", context)


@desk(roles=AUDIT.roles, needs_day=False)
def disclosure_list(request: DeskRequest) -> HttpResponseBase:
    """Who looked at unmasked personal data, and why."""
    rows = Disclosure.objects.select_related("officer")
    allowed = _officers_in_scope(request.officer)
    if allowed is not None:
        rows = rows.filter(officer__in=allowed)
    return _list(request, DISCLOSURES, rows, "disclosures")


@desk(roles=AUDIT.roles, needs_day=False)
def login_list(request: DeskRequest) -> HttpResponseBase:
    """Who signed in, when and from where."""
    rows = AccessLog.objects.all()
    if request.officer.branch is None or request.officer.branch.parent_id is not None:
        rows = rows.filter(
            username__in=Officer.objects.filter(
                pk__in=_officers_in_scope(request.officer) or []
            ).values("username")
        )
    return _list(request, LOGINS, rows, "logins")


@desk(roles=AUDIT.roles, needs_day=False)
def seal_list(request: DeskRequest) -> HttpResponseBase:
    """The links of the chain, and on request their check."""
    verdict = verify_chain() if request.GET.get("check") == "1" else None
    return _list(request, SEALS, Seal.objects.all(), "seals", verdict=verdict)


def _list(
    request: DeskRequest, table: Table, rows: Any, tab: str, **more: object
) -> HttpResponseBase:
    listing = table.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {"title": table.title, "table": listing, "tab": tab, **more}
    return page(request, "workbench/audit/list.html", context)


def _asked_events(request: DeskRequest, table: str) -> list[AuditEvent]:
    asked = request.GET
    object_number = asked.get("object", "").strip() or None
    first = _day(asked.get("from", ""))
    if first is None and object_number is None:
        first = timezone.localdate() - dt.timedelta(days=DAYS_AT_FIRST)
    allowed = _officers_in_scope(request.officer)
    number = asked.get("officer", "").strip()
    if number:
        named = set(Officer.objects.filter(username=number).values_list("pk", flat=True))
        allowed = named if allowed is None else named & allowed
    return find_events(
        first_day=first,
        last_day=_day(asked.get("to", "")),
        table=table,
        object_number=object_number,
        officer_ids=allowed,
    )


def _officers_in_scope(auditor: Officer) -> set[int] | None:
    """Whose changes an auditor sees: at head office everybody's (None), else the branch tree's."""
    if auditor.branch is None:
        return set()
    if auditor.branch.parent_id is None:
        return None
    staff = Officer.objects.filter(branch__in=branch_and_below(auditor.branch))
    return set(staff.values_list("pk", flat=True))


def _row(event: AuditEvent, names: dict[int, str]) -> dict[str, Any]:
    return {
        **vars(event),
        "officer": names.get(event.officer_id or 0, "系统"),
        "address_of_event": reverse("audit_event", args=[event.table, event.number]),
    }


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
