"""Guarantees beside the usual ones: four shops that guarantee one another, and a guarantor of six.

One of the four stopped paying months ago, so that the others hear of it. The guarantor of six is a
trading firm that stands for the shops it supplies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from daihou.demo_bank.clients import Client
from daihou.demo_bank.files import Row
from daihou.demo_bank.lending import Lent, add_months
from daihou.demo_bank.payments import Life
from daihou.demo_bank.stories import Story
from daihou.loan_book.choices import CustomerKind, GuaranteeForm, SecurityKind

_IN_RING, _BEHIND_HUB = 4, 6
_TRADE = "F"


@dataclass(frozen=True)
class Surety:
    """A client who stands for another one's loan."""

    lent: Lent
    guarantor: Client


def draw_sureties(lives: Sequence[Life], last: dt.date) -> list[Surety]:
    """The ring and the hub, the same every time; none where nobody fits."""
    shops = _one_each(
        life
        for life in sorted(lives, key=lambda life: life.lent.client.number)
        if life.lent.client.kind is CustomerKind.SOLE_TRADER
        and life.lent.security is not SecurityKind.GUARANTEE
        and life.lent.matures_on > last
    )
    silent = [life for life in shops if life.lent.story is Story.ROLLING]
    if not silent:
        return []
    failing = min(silent, key=lambda life: max(paid.entry.date for paid in life.movements))
    ring = [failing, *_neighbours(failing, shops)][:_IN_RING]
    taken = {life.lent.client.number for life in ring}
    return [*_in_a_ring(ring), *_around_a_hub(lives, shops, taken, last)]


def surety_rows(sureties: Sequence[Surety], since: dt.date, until: dt.date) -> Iterator[Row]:
    """What comes in with the loans that are paid out between two days."""
    for one in sureties:
        if since <= one.lent.disbursed_on <= until:
            yield {
                "contract": f"HT{one.lent.number[2:]}",
                "guarantor": one.guarantor.number,
                "form": GuaranteeForm.JOINT.label,
                "amount": one.lent.amount,
                "ends_on": add_months(one.lent.matures_on, 36),
            }


def _one_each(lives: Iterator[Life]) -> list[Life]:
    """The first loan of each client."""
    first: dict[str, Life] = {}
    for life in lives:
        first.setdefault(life.lent.client.number, life)
    return list(first.values())


def _neighbours(one: Life, shops: Sequence[Life]) -> list[Life]:
    """Shops of the same branch that pay."""
    return [
        life
        for life in shops
        if life.lent.client.branch == one.lent.client.branch
        and life is not one
        and life.lent.story is Story.PUNCTUAL
    ]


def _in_a_ring(ring: Sequence[Life]) -> list[Surety]:
    after = [*ring[1:], ring[0]]
    return [
        Surety(life.lent, guarantor.lent.client)
        for life, guarantor in zip(ring, after, strict=True)
    ]


def _around_a_hub(
    lives: Sequence[Life], shops: Sequence[Life], taken: set[str], last: dt.date
) -> list[Surety]:
    """The trading firm that owes most, of those with enough shops in their branch."""
    behind: dict[str, list[Life]] = {}
    for life in shops:
        if life.lent.story is Story.PUNCTUAL and life.lent.client.number not in taken:
            behind.setdefault(life.lent.client.branch, []).append(life)
    firms = [
        life
        for life in lives
        if life.lent.client.kind is CustomerKind.ENTERPRISE
        and life.lent.client.industry == _TRADE
        and life.lent.matures_on > last
        and len(behind.get(life.lent.client.branch, [])) >= _BEHIND_HUB
    ]
    if not firms:
        return []
    hub = max(firms, key=lambda life: (life.lent.amount, life.lent.number)).lent.client
    return [Surety(life.lent, hub) for life in behind[hub.branch][:_BEHIND_HUB]]
