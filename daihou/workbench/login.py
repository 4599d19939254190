"""How allauth is bound to this product: no sign-up, Chinese words, first page after login."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from daihou.staff.models import Officer
from daihou.storage import sealing


class StaffLoginAdapter(DefaultAccountAdapter):
    """Staff are entered by an administrator, never by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first desk that the roles allow."""
        return "/"

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
