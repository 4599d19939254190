"""Who asks, and whether it may: a token in force, the right permission, the agreed pace."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pghistory
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from daihou.api.problems import ProblemShape, Refused
from daihou.api_clients.choices import Scope
from daihou.api_clients.models import ApiToken
from daihou.api_clients.queries import asked_within_a_minute, token_holding
from daihou.daily_run.queries import closed_through
from daihou.staff.models import Officer

log = logging.getLogger("daihou.api")

REFUSALS = {401: ProblemShape, 403: ProblemShape, 422: ProblemShape, 429: ProblemShape}
ROW_REFUSALS = {**REFUSALS, 404: ProblemShape}
WRITE_REFUSALS = {**ROW_REFUSALS, 409: ProblemShape}


class ApiHttpRequest(HttpRequest):
    """A request that has passed the door: `account` is whose clients it may see."""

    api_token: ApiToken
    account: Officer


class Bearer(HttpBearer):
    """The door of one address: it asks for one permission."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """Let a system in; None is answered with 401, a missing permission with 403."""
        now = timezone.now()
        found = token_holding(token, on=timezone.localdate(now))
        if found is None:
            log.warning("token refused, reference %s", getattr(request, "reference", ""))
            return None
        _remember(request, found)
        self._must_be_allowed(found, now)
        return found

    def _must_be_allowed(self, token: ApiToken, now: dt.datetime) -> None:
        client = token.client
        if not client.may(self.scope):
            raise Refused(403, f"该系统没有“{self.scope.label}”({self.scope.value})权限")
        if asked_within_a_minute(client, now=now) >= client.per_minute:
            raise Refused(429, f"一分钟内的请求已达上限 {client.per_minute} 次,请稍后重试")


def needs(scope: Scope) -> dict[str, Any]:
    """What an address declares: the permission it asks for, for the door and for the page."""
    return {"auth": Bearer(scope), "openapi_extra": {"x-scope": scope.value}}


def needs_key(scope: Scope) -> dict[str, Any]:
    """As `needs`, for an address that writes: every request brings a key of its own."""
    key = {
        "in": "header",
        "name": "Idempotency-Key",
        "required": True,
        "schema": {"type": "string", "minLength": 8, "maxLength": 100},
        "description": "幂等键:每笔写入一个,由对接系统生成。重发同一请求用同一个键,不会重复写入",
    }
    return {
        "auth": Bearer(scope),
        "openapi_extra": {"x-scope": scope.value, "parameters": [key]},
    }


def last_closed_day() -> dt.date:
    """The last business day that is closed; refused with 409 before there is one."""
    day = closed_through()
    if day is None:
        raise Refused(409, "还没有完成过日终,暂无可查询的营业日")
    return day


def closed_day(asked: dt.date | None) -> dt.date:
    """The closed business day that is asked about: the last one, unless one is named."""
    closed = last_closed_day()
    if asked is not None and asked > closed:
        raise Refused(422, f"{asked} 尚未日终,不能晚于最近营业日 {closed}", "on")
    return asked or closed


def _remember(request: HttpRequest, token: ApiToken) -> None:
    """Put the system's account on the request, so that the audit trail names it."""
    account = token.client.account
    request.user = account
    request.account = account  # type: ignore[attr-defined]
    request.api_token = token  # type: ignore[attr-defined]
    pghistory.context(api_client=token.client.code, api_token=token.prefix)
