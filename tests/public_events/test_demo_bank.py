"""What the demo bank hears and who guarantees whom in it: every source, a repeat, a ring, a hub."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest

from daihou.demo_bank.clients import make_clients
from daihou.demo_bank.guarantee_circles import Surety, draw_sureties, surety_rows
from daihou.demo_bank.heard import Heard, Then, draw_events, event_rows
from daihou.demo_bank.lending import lend
from daihou.demo_bank.making import FIRST_DAY, LAST_DAY, SEED
from daihou.demo_bank.names import Names
from daihou.demo_bank.organisation import staff
from daihou.demo_bank.payments import Life, Movement
from daihou.feeds.standard import TABLE_BY_NAME
from daihou.public_events.choices import EventSource
from loanmath.codes import EntryKind
from loanmath.loans import Entry
from loanmath.money import Money

BEGINNING = dt.date(2000, 1, 1)


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    """The demo bank's loans on the day of paying out: nothing is computed here."""
    chance = random.Random(SEED)
    names = Names(chance)
    people = staff(names)
    loans = lend(make_clients(names, people, chance), FIRST_DAY, LAST_DAY, chance)
    return [
        Life(
            lent, (), (Movement(Entry(lent.disbursed_on, EntryKind.DISBURSEMENT, Money(1)), None),)
        )
        for lent in loans
    ]


@pytest.fixture(scope="module")
def sureties(lives: list[Life]) -> list[Surety]:
    return draw_sureties(lives, LAST_DAY)


@pytest.fixture(scope="module")
def events(lives: list[Life], sureties: list[Surety]) -> dict[str, Heard]:
    return draw_events(lives, sureties, LAST_DAY)


def test_four_guarantee_one_another_and_one_stands_for_six(sureties: list[Surety]) -> None:
    given = Counter(one.guarantor.number for one in sureties)
    ring = sureties[:4]
    assert {one.lent.client.number for one in ring} == {one.guarantor.number for one in ring}
    assert sorted(given.values()) == [1, 1, 1, 1, 6]
    assert all(one.lent.client.branch == one.guarantor.branch for one in sureties)
    assert len(list(surety_rows(sureties, BEGINNING, LAST_DAY))) == 10


def test_every_source_is_heard_and_some_events_wait(events: dict[str, Heard]) -> None:
    by_file = {one.source for one in events.values()}
    assert by_file == set(EventSource) - {EventSource.STAFF}  # staff record theirs by hand
    assert {one.then for one in events.values()} == set(Then)
    cases = Counter(one.case_number for one in events.values() if one.case_number)
    assert sorted(cases.values())[-2:] == [2, 3]
    rows = list(event_rows(events, BEGINNING, LAST_DAY))
    assert len(rows) == len(events)
    assert set(rows[0]) <= {column.name for column in TABLE_BY_NAME["events"].columns}
