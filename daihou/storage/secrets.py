"""Secrets that an installation makes for itself on first use."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def django_secret_key(home: Path) -> str:
    """The key that signs sessions: from the environment, or made once and kept with the data."""
    given = os.environ.get("DAIHOU_SECRET_KEY")
    if given:
        return given
    path = home / "session.key"
    create_secret_file(path, secrets.token_urlsafe(50).encode())
    return path.read_text()


def create_secret_file(path: Path, content: bytes) -> None:
    """Write a secret once, readable by its owner only; one that exists is never replaced."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    try:
        os.link(temporary, path)  # atomic, and fails when another process was first
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
