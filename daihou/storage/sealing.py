"""Encryption of personal texts, and the keyed fingerprint by which an exact number is found.

Ciphertext is AES-256-GCM with a fresh nonce; the fingerprint is HMAC-SHA-256 under a second key,
so that equal numbers have equal fingerprints and nobody without the key can test a guess.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from daihou.storage.secrets import create_secret_file

FINGERPRINT_LENGTH = 32
_NONCE_BYTES = 12
_KEY_BYTES = 32


def seal(text: str) -> bytes:
    """Encrypt a personal text; two calls give different bytes."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes) -> str:
    """Decrypt what `seal` made; raises InvalidTag when the key or the bytes are wrong."""
    return _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()


def fingerprint(text: str) -> str:
    """The search key of a personal text: 32 hex digits, the same for the same text."""
    digest = hmac.new(_keys()[1], text.strip().upper().encode(), hashlib.sha256)
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


def seal_all(texts: Iterable[str]) -> list[bytes]:
    """As `seal`, for many texts."""
    encrypt = _cipher().encrypt
    nonces = os.urandom
    return [
        nonce + encrypt(nonce, text.encode(), None)
        for text in texts
        for nonce in (nonces(_NONCE_BYTES),)
    ]


def fingerprint_all(texts: Iterable[str]) -> list[str]:
    """As `fingerprint`, for many texts."""
    key = _keys()[1]
    return [
        hmac.digest(key, text.strip().upper().encode(), "sha256").hex()[:FINGERPRINT_LENGTH]
        for text in texts
    ]


@cache
def _keys() -> tuple[bytes, bytes]:
    path = Path(settings.SEALING_KEY_FILE)
    create_secret_file(path, os.urandom(2 * _KEY_BYTES))
    both = path.read_bytes()
    return both[:_KEY_BYTES], both[_KEY_BYTES:]


@cache
def _cipher() -> AESGCM:
    return AESGCM(_keys()[0])
