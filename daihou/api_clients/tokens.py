"""The text of a token: how it is made, and how it is known again without being kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

_MARK = "dh"  # so that a token is recognised when it turns up where it should not
_PREFIX_BYTES = 4
_SECRET_BYTES = 32


@dataclass(frozen=True)
class TokenText:
    """A new token: the part that may be shown again, and the whole that is shown once."""

    prefix: str
    whole: str

    @property
    def digest(self) -> str:
        """What is kept of it."""
        return digest_of(self.whole)


def new_token() -> TokenText:
    """A token that nobody can guess: 256 random bits."""
    prefix = f"{_MARK}_{secrets.token_hex(_PREFIX_BYTES)}"
    return TokenText(prefix, f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}")


def prefix_of(whole: str) -> str:
    """The part by which a token is looked up; empty for a text that is no token."""
    parts = whole.split("_", 2)
    if len(parts) != 3 or parts[0] != _MARK:
        return ""
    return "_".join(parts[:2])


def digest_of(whole: str) -> str:
    """The fingerprint of a token. A plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(whole.encode()).hexdigest()
