"""What a run tells those who watch it: the terminal's bars and the run's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Moment(Enum):
    """What has just happened to a step."""

    STARTED = "started"
    FINISHED = "finished"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Progress:
    """A step has started, finished, or was found done.

    `number` counts from 1: of a step that is over, how many of the run's are over with it; of one
    that starts, how many will be (of steps side by side several start at one number).
    """

    day: dt.date
    step: str
    label: str
    moment: Moment
    number: int
    total: int
    rows: int = 0
    seconds: float = 0.0
    figures: dict[str, Any] | None = None


Watcher = Callable[[Progress], None]


def nobody(progress: Progress) -> None:
    """A watcher that does not look."""
