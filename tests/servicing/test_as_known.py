"""Two answers about the past: as it is now known, and as it was known then."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from daihou.ledger.actions import record_entry, reverse_entry
from daihou.ledger.choices import EntryKind
from daihou.loan_book.models import Loan
from daihou.servicing.queries import read_loan
from loanmath.codes import Problem
from loanmath.money import Money
from loanmath.one_loan import Position
from tests.cast import Cast
from tests.small_book import SmallBook, day

pytestmark = pytest.mark.django_db
FIRST, LAST = day("01-11"), day("11-20")
KINDS = [EntryKind.REPAYMENT] * 6 + [EntryKind.PREPAYMENT, EntryKind.FEE, EntryKind.WAIVE_FEE]
SEEDS = range(6)


@pytest.fixture
def book(cast: Cast) -> SmallBook:
    return SmallBook(cast)


def days(chance: random.Random, count: int) -> list[dt.date]:
    span = (LAST - FIRST).days
    return sorted(FIRST + dt.timedelta(days=chance.randint(0, span)) for _ in range(count))


def stand(loan: Loan, on: dt.date, known_on: dt.date | None = None) -> Position:
    position = read_loan(loan, known_on=known_on).position(on)
    assert position.problem is Problem.NONE
    return position


def live_through(loan: Loan, chance: random.Random) -> list[dt.date]:
    """Random entries, each booked on its own day; the days on which they were."""
    booked = days(chance, 12)
    for on in booked:
        record_entry(loan=loan, kind=chance.choice(KINDS), amount=Money(chance.randint(1, 150_000)),
                     value_date=on, business_date=on)  # fmt: skip
    return booked


@pytest.mark.parametrize("seed", SEEDS)
def test_both_agree_where_no_correction_lies_between(book: SmallBook, seed: int):
    chance = random.Random(seed)
    loan = book.lend("L1", "农户甲")
    booked = live_through(loan, chance)
    for on in [FIRST, *booked, LAST]:
        assert stand(loan, on, known_on=on) == stand(loan, on)
        assert stand(loan, on, known_on=LAST) == stand(loan, on)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_reversal_restores_the_former_position(book: SmallBook, seed: int):
    chance = random.Random(seed)
    loan = book.lend("L1", "农户甲")
    asked = [*live_through(loan, chance), LAST]
    before = [stand(loan, on) for on in asked]
    value_date = chance.choice(asked)
    entry = record_entry(loan=loan, kind=EntryKind.REPAYMENT, amount=Money(33_333),
                         value_date=value_date, business_date=LAST)  # fmt: skip
    assert [stand(loan, on) for on in asked] != before
    reverse_entry(entry=entry, business_date=LAST + dt.timedelta(days=1), note="记错借据")
    assert [stand(loan, on) for on in asked] == before


def test_they_differ_where_a_payment_was_booked_late(book: SmallBook):
    """A payment of 10 February that entered the books on the 20th."""
    loan = book.lend("L1", "农户甲")
    record_entry(loan=loan, kind=EntryKind.REPAYMENT, amount=Money(101_000),
                 value_date=day("02-10"), business_date=day("02-20"))  # fmt: skip
    believed, true = stand(loan, day("02-15"), known_on=day("02-15")), stand(loan, day("02-15"))
    assert (believed.days_past_due, true.days_past_due) == (5, 0)
    assert believed.principal - true.principal == Money(100_000)
    assert stand(loan, day("02-20"), known_on=day("02-20")) == stand(loan, day("02-20"))
