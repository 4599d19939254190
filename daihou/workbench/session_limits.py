"""How long a login lasts, and that it is made with a second factor."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from daihou.staff.models import Officer

SIGNED_IN = "signed_in_at"
LAST_SEEN = "last_seen_at"
_SECONDS_BETWEEN_NOTES = 60  # the session is written at most once a minute

# What a person without a second factor may still reach: to set it up, and to leave.
OPEN_WITHOUT_SECOND_FACTOR = frozenset(
    {
        "mfa_activate_totp",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "account_reauthenticate",
        "account_logout",
        "account_login",
    }
)

Answer = Callable[[HttpRequest], HttpResponse]


def session_limits_middleware(answer: Answer) -> Answer:
    """End a login that was idle too long, or that is older than a working day."""

    def limited(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and _is_over(request, int(time.time())):
            logout(request)
            messages.info(request, "登录已超时,请重新登录。未提交的内容没有保存。")
            return redirect(f"{settings.LOGIN_URL}?next={request.path}")
        return answer(request)

    return limited


def _is_over(request: HttpRequest, now: int) -> bool:
    session = request.session
    signed_in = session.get(SIGNED_IN)
    if signed_in is None:
        session[SIGNED_IN] = session[LAST_SEEN] = now
        return False
    if now - session[LAST_SEEN] > settings.SESSION_IDLE_SECONDS:
        return True
    if now - signed_in > settings.SESSION_COOKIE_AGE:
        return True
    if now - session[LAST_SEEN] >= _SECONDS_BETWEEN_NOTES:
        session[LAST_SEEN] = now
    return False


def second_factor_middleware(answer: Answer) -> Answer:
    """Send everybody who must use a second factor and has none to where it is set up."""

    def process_view(
        request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        officer = request.user
        if not isinstance(officer, Officer) or not officer.must_use_second_factor:
            return None
        match = request.resolver_match
        if match is not None and match.url_name in OPEN_WITHOUT_SECOND_FACTOR:
            return None
        if is_mfa_enabled(officer, [Authenticator.Type.TOTP]):
            return None
        return redirect("mfa_activate_totp")

    def required(request: HttpRequest) -> HttpResponse:
        return answer(request)

    required.process_view = process_view  # type: ignore[attr-defined]
    return required
