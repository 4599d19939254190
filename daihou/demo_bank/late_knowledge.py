"""What the demo bank learns late: payments booked weeks after they were made, or that bounce.

A few punctual payers are chosen by the numbers of their loans, apart from every other chance, so
that all else in the bank stays as it is.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace

from daihou.demo_bank.payments import Life, Movement, owed_on
from daihou.demo_bank.stories import Story
from loanmath.codes import EntryKind
from loanmath.loans import Entry
from loanmath.money import Money

BOOKED_LATE_PERCENT = 3
BOUNCED_PERCENT = 2
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Late:
    """When the bank learns of a movement, and when (if ever) it learns that there was none."""

    booked_on: dt.date | None = None
    undone_on: dt.date | None = None


def learn_late(life: Life, first: dt.date, last: dt.date) -> tuple[Life, dict[int, Late]]:
    """Let one payment of a chosen loan be booked late or bounce, between two days.

    Returns the life, with the payment made again where it bounced, and what is learned late, by
    the number of the movement in the loan's ledger.
    """
    chance = random.Random(f"late {life.lent.number}")
    drawn = chance.randrange(100)
    paid = [
        number
        for number, movement in enumerate(life.movements)
        if movement.entry.kind is EntryKind.REPAYMENT and movement.entry.date >= first
    ]
    if life.lent.story is not Story.PUNCTUAL or not paid:
        return life, {}
    number = chance.choice(paid)
    paid_on = life.movements[number].entry.date
    if drawn < BOOKED_LATE_PERCENT:
        booked_on = paid_on + chance.randint(4, 45) * _ONE_DAY
        return life, {number: Late(booked_on=booked_on)} if booked_on <= last else {}
    if drawn < BOOKED_LATE_PERCENT + BOUNCED_PERCENT:
        undone_on = paid_on + chance.randint(3, 12) * _ONE_DAY
        return _bounced(life, number, undone_on) if undone_on < last else (life, {})
    return life, {}


def _bounced(life: Life, number: int, undone_on: dt.date) -> tuple[Life, dict[int, Late]]:
    """The payment never came; the day after it is found out, the client pays what is owed then."""
    others = life.movements[:number] + life.movements[number + 1 :]
    again_on = undone_on + _ONE_DAY
    owed = owed_on(life.lent, life.plan, others, again_on)
    if owed <= 0:
        return life, {}
    payer = life.movements[number].payer
    again = Movement(Entry(again_on, EntryKind.REPAYMENT, Money(owed)), payer)
    # Behind all others: the numbers of the others, and so their references, stay as they are.
    return replace(life, movements=(*life.movements, again)), {number: Late(undone_on=undone_on)}
