"""How a backup or a restore tells how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _nobody(*_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Teller:
    """`begin(what, of_how_many)` at each part, `step(name)` at each piece of it."""

    begin: Callable[[str, int], None] = _nobody
    step: Callable[[str], None] = _nobody
