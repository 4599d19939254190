"""How clients pay: a few believable stories, told as what happens on each due date.

A story answers one question per instalment: when will the client pay, and which share of what is
then due? The amounts themselves are computed by the kernel, never invented here.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Story(Enum):
    """What kind of payer a loan has; the value is how a bank's staff would put it."""

    PUNCTUAL = "按时还款"
    NOW_AND_THEN_LATE = "偶有几天迟延"
    OFTEN_LATE = "经常迟延"
    CURED = "逾期后追回"
    ROLLING = "逐步转入不良"
    PARTIAL = "部分还款"
    THIRD_PARTY = "他人代还"
    PREPAID = "提前结清"
    TECHNICAL = "系统原因迟延"
    HARDSHIP = "经营困难"
    MISBOOKED = "核心系统误记退款"


# Out of a thousand loans.
WEIGHTS = {
    Story.PUNCTUAL: 637,
    Story.NOW_AND_THEN_LATE: 120,
    Story.OFTEN_LATE: 45,
    Story.CURED: 45,
    Story.ROLLING: 34,
    Story.PARTIAL: 20,
    Story.THIRD_PARTY: 20,
    Story.PREPAID: 50,
    Story.TECHNICAL: 10,
    Story.HARDSHIP: 16,
    Story.MISBOOKED: 3,
}


@dataclass(frozen=True)
class Payment:
    """An intention: on this day the client pays this share (in percent) of what is then due."""

    on: dt.date
    percent: int = 100
    payer: str | None = None
    settles_all: bool = False


@dataclass(frozen=True)
class Instalment:
    """The part of a plan that a story needs to know."""

    no: int
    due: dt.date
    count: int


Teller = Callable[[Instalment, int, random.Random], Payment | None]


def payments_of(
    story: Story, due_dates: list[dt.date], payer: str, chance: random.Random
) -> list[Payment]:
    """The payments a client intends, in order of day; `payer` signs those that are the client's."""
    turning_point = _turning_point(len(due_dates), chance)
    tell = _TELLERS[story]
    told = []
    for no, due in enumerate(due_dates, 1):
        payment = tell(Instalment(no, due, len(due_dates)), turning_point, chance)
        if payment is not None:
            told.append(payment if payment.payer else _signed(payment, payer))
        if payment is not None and payment.settles_all:
            break
    return sorted(told, key=lambda payment: payment.on)


def _signed(payment: Payment, payer: str) -> Payment:
    return Payment(payment.on, payment.percent, payer, payment.settles_all)


def _turning_point(instalments: int, chance: random.Random) -> int:
    """The instalment at which a story turns: late enough to have a past, early enough to show."""
    return max(min(instalments, 2), int(instalments * chance.uniform(0.35, 0.85)))


def _punctual(instalment: Instalment, _turn: int, _chance: random.Random) -> Payment:
    return Payment(instalment.due)


def _now_and_then_late(instalment: Instalment, _turn: int, chance: random.Random) -> Payment:
    late = chance.randint(1, 6) if chance.random() < 0.12 else 0
    return Payment(instalment.due + dt.timedelta(days=late))


def _often_late(instalment: Instalment, _turn: int, chance: random.Random) -> Payment:
    late = chance.randint(3, 22) if chance.random() < 0.55 else 0
    return Payment(instalment.due + dt.timedelta(days=late))


def _cured(instalment: Instalment, turn: int, chance: random.Random) -> Payment | None:
    if turn <= instalment.no < turn + 2:
        return None
    late = chance.randint(5, 15) if instalment.no == turn + 2 else 0
    return Payment(instalment.due + dt.timedelta(days=late))


def _rolling(instalment: Instalment, turn: int, _chance: random.Random) -> Payment | None:
    return Payment(instalment.due) if instalment.no < turn else None


def _partial(instalment: Instalment, turn: int, chance: random.Random) -> Payment:
    if instalment.no >= turn and chance.random() < 0.5:
        return Payment(instalment.due, percent=chance.choice((40, 50, 60, 80)))
    return Payment(instalment.due)


def _third_party(instalment: Instalment, turn: int, _chance: random.Random) -> Payment:
    payer = "临溪鸿运商务服务部" if instalment.no >= turn else None
    return Payment(instalment.due, payer=payer)


def _prepaid(instalment: Instalment, turn: int, chance: random.Random) -> Payment:
    if instalment.no == turn:
        early = instalment.due - dt.timedelta(days=chance.randint(3, 20))
        return Payment(early, settles_all=True)
    return Payment(instalment.due)


def _technical(instalment: Instalment, turn: int, chance: random.Random) -> Payment:
    late = chance.randint(2, 5) if instalment.no == turn else 0
    return Payment(instalment.due + dt.timedelta(days=late))


def _hardship(instalment: Instalment, turn: int, chance: random.Random) -> Payment | None:
    if instalment.no < turn:
        return Payment(instalment.due)
    if (instalment.no - turn) % 3 == 2:
        return None
    late = chance.randint(10, 40)
    return Payment(instalment.due + dt.timedelta(days=late), percent=chance.choice((30, 50, 100)))


_TELLERS: dict[Story, Teller] = {
    Story.PUNCTUAL: _punctual,
    Story.NOW_AND_THEN_LATE: _now_and_then_late,
    Story.OFTEN_LATE: _often_late,
    Story.CURED: _cured,
    Story.ROLLING: _rolling,
    Story.PARTIAL: _partial,
    Story.THIRD_PARTY: _third_party,
    Story.PREPAID: _prepaid,
    Story.TECHNICAL: _technical,
    Story.HARDSHIP: _hardship,
    Story.MISBOOKED: _punctual,
}
