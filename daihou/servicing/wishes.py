"""What is asked for when terms are to change: typed, and as it is kept with a proposal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from daihou.servicing.choices import ProposalKind
from loanmath.money import Money
from loanmath.rates import Rate
from loanmath.what_if import Keep


@dataclass(frozen=True)
class Wish:
    """A change of a loan's terms from the evening of a day on.

    `until` is the new maturity of an extension, or the day on which a pause ends. `weights` are
    the twelve months' shares of a cash cycle. `is_passive` says that an extension is granted
    because the client cannot pay in time.
    """

    kind: ProposalKind
    on: dt.date
    until: dt.date | None = None
    rate: Rate | None = None
    amount: Money | None = None
    keep: Keep | None = None
    weights: tuple[int, ...] = ()
    instalments: int | None = None
    capitalise: bool = False
    is_passive: bool = True

    @property
    def as_kept(self) -> dict[str, Any]:
        """What is kept beside kind and day, without what was not asked for."""
        values = {
            "until": self.until.isoformat() if self.until else None,
            "rate": self.rate,
            "amount": self.amount,
            "keep": self.keep.value if self.keep else None,
            "weights": list(self.weights) or None,
            "instalments": self.instalments,
            "capitalise": self.capitalise or None,
            "is_passive": None if self.is_passive else False,
        }
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def kept(cls, kind: str, on: dt.date, asked: dict[str, Any]) -> Wish:
        """The wish as it was kept."""
        until, rate, amount, keep = (asked.get(n) for n in ("until", "rate", "amount", "keep"))
        return cls(
            kind=ProposalKind(kind),
            on=on,
            until=dt.date.fromisoformat(until) if until else None,
            rate=None if rate is None else Rate(rate),
            amount=None if amount is None else Money(amount),
            keep=Keep(keep) if keep else None,
            weights=tuple(asked.get("weights", ())),
            instalments=asked.get("instalments"),
            capitalise=asked.get("capitalise", False),
            is_passive=asked.get("is_passive", True),
        )
