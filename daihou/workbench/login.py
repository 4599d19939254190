"""How allauth is bound to this product: no sign-up, Chinese words, first page after login."""

from __future__ import annotations

import base64
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from daihou.staff.models import Officer
from daihou.storage import sealing


def staff_number(request: HttpRequest, credentials: dict[str, str] | None) -> str | None:
    """By which staff number somebody tried to sign in; the lock after wrong passwords counts it."""
    return (credentials or {}).get("username") or request.POST.get("login")


class StaffLoginAdapter(DefaultAccountAdapter):
    """Staff are entered by an administrator, never by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first desk that the roles allow."""
        return "/"

    def is_reauthentication_required(self, app: str) -> bool:
        """Ask for the password again before a setting of safety is changed.

        Not within five minutes of typing it: the second factor is set up right after the first
        login.
        """
        if self.request is None:
            return True
        typed = get_authentication_records(self.request, self.request.user)
        return (
            not typed or time.time() - typed[-1]["at"] > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        )

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the screens themselves show who is signed in."""


class StaffSecondFactorAdapter(DefaultMFAAdapter):
    """What the person's authenticator app shows."""

    def get_totp_issuer(self) -> str:
        """The name of the product."""
        return "贷后管理"

    def get_totp_label(self, user: Any) -> str:
        """The staff number."""
        return str(user.username)

    def encrypt(self, text: str) -> str:
        """Seal the secret of the authenticator before it is stored."""
        return base64.b64encode(sealing.seal(text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return sealing.unseal(base64.b64decode(encrypted_text))

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Whoever must use a second factor cannot switch it off."""
        owner = authenticator.user
        return not (isinstance(owner, Officer) and owner.must_use_second_factor)
