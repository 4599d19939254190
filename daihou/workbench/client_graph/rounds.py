"""The rounds of a failing in lines of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daihou.client_graph.contagion import Blow, Outcome, Spread
from daihou.client_graph.surroundings import Client


@dataclass(frozen=True)
class RoundLine:
    """One guarantor called upon in one round; money in fen."""

    round: int
    client: Client
    because_of: str
    blow: Blow
    tone: str


_TONES = {Outcome.FALLS: "bad", Outcome.BEARS: "ok", Outcome.UNKNOWN: "warn"}


def round_lines(found: Spread, clients: Mapping[int, Client]) -> list[RoundLine]:
    """All blows in the order in which they fall."""
    return [
        RoundLine(
            number, clients[blow.client],
            "、".join(clients[one].name for one in blow.because_of), blow, _TONES[blow.outcome],
        )
        for number, blows in enumerate(found.rounds, start=1)
        for blow in blows
    ]  # fmt: skip
