"""接口: connected systems, permissions, tokens; kept by 系统管理员, read by 审计."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from daihou.api_clients.actions import (
    change_client,
    issue_token,
    register_client,
    revoke_token,
    set_client_active,
)
from daihou.api_clients.models import ApiClient, ApiRequest
from daihou.api_clients.queries import clients_visible_to, requests_by_day, with_use
from daihou.staff.actions import NotAllowed
from daihou.staff.choices import Role
from daihou.workbench.api_clients.forms import ClientForm, NewClientForm, TokenForm
from daihou.workbench.api_clients.listing import (
    CLIENTS,
    DAYS_SHOWN,
    REQUESTS,
    requests_chart,
    scopes_text,
    token_state,
)
from daihou.workbench.desks import API_CLIENTS
from daihou.workbench.pieces.forms import DeskForm, show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page

WRITERS = frozenset({Role.ADMINISTRATOR})
_SHOWN_REQUESTS = 10


@desk(roles=API_CLIENTS.roles, needs_day=False)
def client_list(request: DeskRequest) -> HttpResponseBase:
    """The connected systems."""
    rows = with_use(clients_visible_to(request.officer), on=timezone.localdate())
    listing = CLIENTS.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {"title": "接口", "table": listing, "may_write": _may_write(request)}
    return page(request, "workbench/api_clients/list.html", context)


@desk(roles=API_CLIENTS.roles, writers=WRITERS, needs_day=False)
def new_client(request: DeskRequest) -> HttpResponseBase:
    """A form for a further system."""
    form = NewClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = register_client(**form.cleaned_data, by=request.officer)
        except NotAllowed as refusal:
            show_refusal(form, refusal.field, str(refusal))
        else:
            messages.success(request, f"已登记“{made.name}”。签发令牌后它才能发来请求。")
            return redirect("api_client", made.code)
    status = 422 if form.errors else 200
    context = {"title": "登记对接系统", "form": form}
    return page(request, "workbench/api_clients/new.html", context, status=status)


@desk(roles=API_CLIENTS.roles, writers=WRITERS, needs_day=False)
def client_page(request: DeskRequest, code: str) -> HttpResponseBase:
    """One system: what it may do, its tokens, what it asked lately; a new token is shown once."""
    client = _client_or_404(request, code)
    asked = request.POST.get("change", "") if request.method == "POST" else ""
    form = ClientForm(request.POST if asked == "permissions" else None, initial=vars(client))
    token_form = TokenForm(request.POST if asked == "issue" else None)
    if asked == "issue" and token_form.is_valid():
        try:
            issued = issue_token(
                client=client,
                days=token_form.cleaned_data["days"],
                on=timezone.localdate(),
                by=request.officer,
            )
        except NotAllowed as refusal:
            show_refusal(token_form, refusal.field, str(refusal))
        else:
            return _client(request, client, form, TokenForm(), new_token=issued.text)
    elif asked:
        said = _carry_out(request, client, asked, form)
        if said:
            messages.success(request, said)
            return redirect("api_client", code)
    return _client(request, client, form, token_form)


@desk(roles=API_CLIENTS.roles, needs_day=False)
def request_list(request: DeskRequest, code: str) -> HttpResponseBase:
    """Every request of one system, the latest first."""
    client = _client_or_404(request, code)
    rows = ApiRequest.objects.filter(client=client).select_related("token")
    listing = REQUESTS.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {"title": f"{client.name}的请求", "client": client, "table": listing}
    return page(request, "workbench/api_clients/requests.html", context)


def _client(
    request: DeskRequest,
    client: ApiClient,
    form: ClientForm,
    token_form: TokenForm,
    new_token: str = "",
) -> HttpResponse:
    today = timezone.localdate()
    tokens = client.tokens.select_related("issued_by", "revoked_by").order_by("-pk")
    since = today - dt.timedelta(days=DAYS_SHOWN - 1)
    recent = ApiRequest.objects.filter(client=client).select_related("token")
    context = {
        "title": f"{client.name} {client.code}",
        "client": client,
        "scopes_text": scopes_text(client),
        "tokens": [(token, *token_state(token, today)) for token in tokens],
        "chart": requests_chart(requests_by_day(client, since=since), today),
        "recent": recent.order_by("-asked_at", "-pk")[:_SHOWN_REQUESTS],
        "may_write": _may_write(request),
        "form": form,
        "token_form": token_form,
        "new_token": new_token,
        "sample": request.build_absolute_uri("/api/v1/business-day"),
    }
    status = 422 if form.errors or token_form.errors else 200
    return page(request, "workbench/api_clients/detail.html", context, status=status)


def _carry_out(request: DeskRequest, client: ApiClient, change: str, form: ClientForm) -> str:
    """Do what was asked; returns what to say, or nothing when it was refused."""
    by = request.officer
    changes: dict[str, tuple[Callable[[], object], str]] = {
        "permissions": (
            lambda: change_client(client=client, **form.cleaned_data, by=by),
            f"已修改“{client.name}”的权限与上限,下一次请求起生效。",
        ),
        "stop": (
            lambda: set_client_active(client=client, is_active=False, by=by),
            f"已停用“{client.name}”,它的请求一律被拒绝。",
        ),
        "start": (
            lambda: set_client_active(client=client, is_active=True, by=by),
            f"已恢复“{client.name}”。",
        ),
        "revoke": (lambda: _revoke(request, client), "已吊销令牌,立即失效。"),
    }
    if change not in changes or (change == "permissions" and not form.is_valid()):
        return ""
    act, said = changes[change]
    try:
        act()
    except NotAllowed as refusal:
        _say(request, form if change == "permissions" else None, refusal)
        return ""
    return said


def _say(request: DeskRequest, form: DeskForm | None, refusal: NotAllowed) -> None:
    if form is not None:
        show_refusal(form, refusal.field, str(refusal))
    else:
        messages.error(request, str(refusal))


def _revoke(request: DeskRequest, client: ApiClient) -> None:
    token = get_object_or_404(client.tokens, prefix=request.POST.get("token", ""))
    revoke_token(token=token, by=request.officer)


def _client_or_404(request: DeskRequest, code: str) -> Any:
    return get_object_or_404(clients_visible_to(request.officer), account__username=code)


def _may_write(request: DeskRequest) -> bool:
    return request.officer.has_role(*WRITERS)
