"""The enterprises' statements: three years of them, delivered as they are received."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from daihou.demo_bank.clients import Client
from daihou.demo_bank.company_accounts import (
    Course,
    Lines,
    cook,
    draw_shape,
    quarterly_sheets,
)
from daihou.demo_bank.files import Row, yuan_text
from daihou.demo_bank.payments import Life
from daihou.loan_book.choices import CustomerKind
from daihou.statements.choices import Opinion
from daihou.statements.items import ITEM_BY_KEY

FIRST_YEAR, LAST_YEAR = 2023, 2026
_ENDS = [
    dt.date(year, month, day)
    for year in range(FIRST_YEAR, LAST_YEAR + 1)
    for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
][:15]  # to September 2026
_STORIES = (Course.SLIDING, Course.COOKED, Course.LOSS, Course.SHRINKING)
_ORDINARY = (Course.STEADY, Course.STEADY, Course.STEADY, Course.GROWING, Course.SHRINKING)
_BIG = 2_000_000  # yuan; from here on a loan makes its borrower report every quarter


@dataclass(frozen=True)
class Delivered:
    """One statement and the day on which the bank received it."""

    client: str
    end: dt.date
    received_on: dt.date
    opinion: Opinion
    lines: Lines
    earlier: Lines


def draw_statements(lives: Sequence[Life], last: dt.date) -> list[Delivered]:
    """The statements of all enterprises that borrow, the same every time."""
    owed: dict[str, int] = {}
    clients: dict[str, Client] = {}
    for life in lives:
        if life.lent.client.kind is CustomerKind.ENTERPRISE:
            clients[life.lent.client.number] = life.lent.client
            running = life.lent.matures_on > last
            amount = life.lent.amount if running else 0
            owed[life.lent.client.number] = owed.get(life.lent.client.number, 0) + amount
    told = sorted((n for n in owed if owed[n] >= _BIG), key=lambda n: (-owed[n], n))
    stories = dict(zip(told[2::3], _STORIES, strict=False))
    found: list[Delivered] = []
    for number in sorted(clients):
        course = stories.get(number)
        found.extend(_of_client(clients[number], owed[number], course))
    return found


def statement_rows(drawn: Sequence[Delivered], since: dt.date, until: dt.date) -> Iterator[Row]:
    """What comes in between two days, a row per line."""
    for one in drawn:
        if since <= one.received_on <= until:
            for key, fen in one.lines.items():
                yield {
                    "customer": one.client,
                    "period_end": one.end,
                    "item": ITEM_BY_KEY[key].name,
                    "amount": _text(fen),
                    "earlier": _text(one.earlier[key]) if key in one.earlier else None,
                    "opinion": one.opinion.label,
                    "received_on": one.received_on,
                }


def _of_client(client: Client, owed: int, story: Course | None) -> Iterator[Delivered]:
    chance = random.Random(f"statements {client.number}")
    course = story or chance.choice(_ORDINARY)
    shape = draw_shape(client.industry, owed, course, chance)
    sheets = quarterly_sheets(shape, len(_ENDS), chance)
    is_quarterly = owed >= _BIG
    slow = story is None and chance.random() < 0.08
    for place, end in enumerate(_ENDS):
        if end.month != 12 and not is_quarterly:
            continue
        if slow and end == _ENDS[-1]:
            continue  # the last quarter is still awaited
        lines, earlier = sheets[place]
        if course is Course.COOKED and end == _ENDS[-1]:
            lines = cook(lines)
        yield Delivered(
            client.number,
            end,
            _received(end, chance),
            _opinion(end, course, chance),
            lines,
            earlier,
        )


def _received(end: dt.date, chance: random.Random) -> dt.date:
    days = chance.randint(60, 112) if end.month == 12 else chance.randint(14, 28)
    return end + dt.timedelta(days=days)


def _opinion(end: dt.date, course: Course, chance: random.Random) -> Opinion:
    if end.month != 12 or chance.random() < 0.35:
        return Opinion.NONE
    if course is Course.LOSS and end.year == LAST_YEAR - 1:
        return Opinion.EMPHASIS
    return Opinion.UNQUALIFIED


def _text(fen: int) -> str:
    return f"-{yuan_text(-fen)}" if fen < 0 else yuan_text(fen)
