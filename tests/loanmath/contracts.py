"""Random contracts and events for the property tests.

Every choice is made by a `Chooser`. In the everyday run a loan is made of one seed, since
Hypothesis takes far longer over thirty choices than the kernel takes over the loan. With
`DAIHOU_EXAMPLES` set, Hypothesis makes every choice and shrinks what fails to the smallest.
"""

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from loanmath.codes import (
    Allocation,
    ChangeKind,
    EntryKind,
    ExcessMode,
    InterestMode,
    PenaltyFrom,
)
from loanmath.day_count import DayCount
from loanmath.loans import Change, Entry, Instalment, Loan, Terms
from loanmath.money import Money
from loanmath.rates import Rate

T = TypeVar("T")

FIRST = dt.date(2023, 1, 1)
LATER_KINDS = [kind for kind in EntryKind if kind is not EntryKind.DISBURSEMENT]
HIGHEST_RATE, HIGHEST_AMOUNT = 36_000_000, 3_000_000
THOROUGH = "DAIHOU_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("DAIHOU_EXAMPLES", "100"))
rates = st.integers(0, HIGHEST_RATE).map(Rate)


class Chooser:
    """Chooses by a seed; the ends of a range and its small numbers more often than the rest."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        dice = self.chance.random()
        if dice < 0.05:
            return low
        if dice < 0.1:
            return high
        if dice < 0.3:  # any number of digits alike
            return low + int((high - low + 1) ** self.chance.random()) - 1
        return self.chance.randint(low, high)

    def one_of(self, options: Sequence[T]) -> T:
        """One of several."""
        return self.chance.choice(options)


class Drawing(Chooser):
    """Lets Hypothesis choose."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def whole(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def one_of(self, options: Sequence[T]) -> T:
        return self.draw(st.sampled_from(options))


def chosen(make: Callable[[Chooser], T]) -> st.SearchStrategy[T]:
    """What `make` makes, as a strategy: choice by choice when thorough, else from a seed."""
    if THOROUGH:
        return st.composite(lambda draw: make(Drawing(draw)))()
    # Hypothesis tries neighbours of a number; multiplied out they have nothing in common.
    return st.integers(0, 2**32 - 1).map(lambda seed: make(Chooser(seed * 0x9E3779B97F4A7C15)))


def loans(kinds: Sequence[EntryKind] = LATER_KINDS) -> st.SearchStrategy[Loan]:
    """A loan disbursed at its start, with up to eight events afterwards."""
    return chosen(lambda choose: make_loan(choose, kinds))


def changed_loans() -> st.SearchStrategy[Loan]:
    """A loan with up to six changes of terms."""
    return chosen(make_changed_loan)


def a_rate(choose: Chooser) -> Rate:
    return Rate(choose.whole(0, HIGHEST_RATE))


def an_amount(choose: Chooser) -> Money:
    return Money(choose.whole(1, HIGHEST_AMOUNT))


def make_terms(choose: Chooser) -> Terms:
    """Terms of any kind; the maturity is set by `make_loan`."""
    start = FIRST + dt.timedelta(days=choose.whole(0, 700))
    return Terms(
        principal=an_amount(choose),
        rate=a_rate(choose),
        start=start,
        maturity=start,
        penalty_rate=choose.one_of([Rate(0), a_rate(choose)]),
        compound_rate=a_rate(choose),
        day_count=choose.one_of(list(DayCount)),
        grace_days=choose.whole(0, 10),
        penalty_from=choose.one_of(list(PenaltyFrom)),
        allocation=choose.one_of(list(Allocation)),
        allocation_impaired=choose.one_of(list(Allocation)),
        impaired_after_days=choose.one_of([0, 30, 90]),
        interest_mode=choose.one_of(list(InterestMode)),
        excess_mode=choose.one_of(list(ExcessMode)),
    )


def make_plan(choose: Chooser, principal: int, start: dt.date) -> tuple[Instalment, ...]:
    """A plan of one to six instalments that adds up."""
    count = choose.whole(1, 6)
    gaps = [choose.whole(1, 45) for _ in range(count)]
    cuts = sorted(choose.whole(0, principal) for _ in range(count - 1))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, principal], strict=True)]
    rows, day = [], start
    for no, (gap, part) in enumerate(zip(gaps, parts, strict=True), start=1):
        day += dt.timedelta(days=gap)
        interest = choose.one_of([0, choose.whole(0, 50_000), choose.whole(0, 50_000)])
        rows.append(Instalment(no, day, Money(part), Money(interest)))
    return tuple(rows)


def make_loan(choose: Chooser, kinds: Sequence[EntryKind]) -> Loan:
    """A loan disbursed at its start, with up to eight events afterwards."""
    contract = make_terms(choose)
    plan = make_plan(choose, contract.principal, contract.start)
    span = (plan[-1].due - contract.start).days + 60
    events = [
        (choose.whole(0, span), choose.one_of(kinds), an_amount(choose))
        for _ in range(choose.whole(0, 8))
    ]
    entries = [Entry(contract.start, EntryKind.DISBURSEMENT, contract.principal)]
    written_off = False
    for offset, kind, amount in sorted(events, key=lambda event: event[0]):
        written_off = written_off or kind is EntryKind.WRITE_OFF
        if kind is EntryKind.RECOVERY and not written_off:
            kind = EntryKind.REPAYMENT
        entries.append(Entry(contract.start + dt.timedelta(days=offset), kind, amount))
    return Loan(replace(contract, maturity=plan[-1].due), plan, tuple(entries))


RATE_CHANGES = [
    ChangeKind.RATE,
    ChangeKind.PENALTY_RATE,
    ChangeKind.COMPOUND_RATE,
    ChangeKind.MISUSE_RATE,
]
PAUSES = [ChangeKind.PENALTY_PAUSED, ChangeKind.COUNT_PAUSED]
CAPITALISED = [ChangeKind.CAPITALISED, ChangeKind.PENALTY_CAPITALISED]


def make_change(choose: Chooser, kind: ChangeKind, date: dt.date) -> Change:
    """A change of some kind with a value that makes sense."""
    if kind in RATE_CHANGES:
        return Change(date, kind, choose.one_of([Rate(0), a_rate(choose)]))
    if kind in (*PAUSES, ChangeKind.REPLANNED):
        return Change(date, kind, choose.whole(0, 1))
    if kind in CAPITALISED:
        return Change(date, kind, choose.whole(1, 2_000))
    return Change(date, kind)


def make_changed_loan(choose: Chooser) -> Loan:
    """A loan with up to six changes of terms; its plan holds what becomes principal on the way.

    Where what is due is taken back (REPLANNED), the rest of the plan is large enough for all of it;
    what it has too much falls away at the end, as after a prepayment.
    """
    loan = make_loan(choose, LATER_KINDS)
    start = loan.terms.start
    span = (loan.plan[-1].due - start).days + 60
    days = sorted(choose.whole(0, span) for _ in range(choose.whole(1, 6)))
    kinds: list[Any] = list(ChangeKind)
    made = tuple(
        make_change(choose, choose.one_of(kinds), start + dt.timedelta(days=at)) for at in days
    )
    more = sum(change.value for change in made if change.kind in CAPITALISED)
    replans = [change.date for change in made if change.kind is ChangeKind.REPLANNED]
    plan = loan.plan
    if replans:
        last = max(plan[-1].due, replans[-1]) + dt.timedelta(days=choose.whole(1, 40))
        rest = Money(loan.terms.principal + more)
        left = Money(choose.whole(0, 50_000))
        plan = (*plan, Instalment(len(plan) + 1, last, rest, left))
    elif more:
        plan = (*plan[:-1], replace(plan[-1], principal=Money(plan[-1].principal + more)))
    terms = replace(loan.terms, maturity=plan[-1].due)
    return replace(loan, terms=terms, plan=plan, changes=made)
