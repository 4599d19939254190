"""One loan in plain words: terms, plan and entries as frozen values, and the way into a `Book`."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from loanmath.book import Book, make_book
from loanmath.codes import (
    Allocation,
    ChangeKind,
    EntryKind,
    ExcessMode,
    InterestMode,
    PenaltyFrom,
)
from loanmath.dates import day_number
from loanmath.day_count import DayCount
from loanmath.money import Money
from loanmath.rates import NO_RATE, Rate


@dataclass(frozen=True, slots=True)
class Instalment:
    """One line of a repayment plan."""

    no: int
    due: dt.date
    principal: Money
    interest: Money

    @property
    def total(self) -> Money:
        """Principal and interest together."""
        return Money(self.principal + self.interest)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a loan's ledger; amounts are positive, the kind says which way."""

    date: dt.date
    kind: EntryKind
    amount: Money


@dataclass(frozen=True, slots=True)
class Terms:
    """What the contract says, as far as arithmetic needs it."""

    principal: Money
    rate: Rate
    start: dt.date
    maturity: dt.date
    penalty_rate: Rate = NO_RATE
    compound_rate: Rate = NO_RATE
    day_count: DayCount = DayCount.ACT_360
    grace_days: int = 0
    penalty_from: PenaltyFrom = PenaltyFrom.DUE_DATE
    allocation: Allocation = Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL
    allocation_impaired: Allocation = Allocation.PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES
    impaired_after_days: int = 0
    interest_mode: InterestMode = InterestMode.BY_PLAN
    excess_mode: ExcessMode = ExcessMode.HELD_AS_CREDIT


@dataclass(frozen=True, slots=True)
class Change:
    """One change of terms: from the evening of its date on, what its kind says (条款变更)."""

    date: dt.date
    kind: ChangeKind
    value: int = 0  # a rate, an amount, or 1 and 0


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan: terms, the plan in force (versions joined), entries and changes of terms in order."""

    terms: Terms
    plan: tuple[Instalment, ...]
    entries: tuple[Entry, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A plan as it was agreed at some time, for what falls due after `effective_from`."""

    effective_from: dt.date
    plan: tuple[Instalment, ...]


def book_of(loans: Sequence[Loan]) -> Book:
    """The same loans as a book for the kernel, in the same order."""
    plans = [row for loan in loans for row in loan.plan]
    entries = [entry for loan in loans for entry in loan.entries]
    changes = [change for loan in loans for change in loan.changes]
    names = ("principal", "rate", "penalty_rate", "compound_rate", "day_count", "grace_days",
             "penalty_from", "allocation", "allocation_impaired", "impaired_after_days",
             "interest_mode", "excess_mode")  # fmt: skip
    terms = {name: [int(getattr(loan.terms, name)) for loan in loans] for name in names}
    return make_book(
        **terms,
        start=[day_number(loan.terms.start) for loan in loans],
        maturity=[day_number(loan.terms.maturity) for loan in loans],
        plan_at=_offsets(len(loan.plan) for loan in loans),
        due=[day_number(row.due) for row in plans],
        due_principal=[row.principal for row in plans],
        due_interest=[row.interest for row in plans],
        entry_at=_offsets(len(loan.entries) for loan in loans),
        entry_date=[day_number(entry.date) for entry in entries],
        entry_kind=[int(entry.kind) for entry in entries],
        entry_amount=[entry.amount for entry in entries],
        change_at=_offsets(len(loan.changes) for loan in loans),
        change_date=[day_number(change.date) for change in changes],
        change_kind=[int(change.kind) for change in changes],
        change_value=[change.value for change in changes],
    )


def _offsets(sizes: Iterable[int]) -> list[int]:
    return [0, *np.cumsum(list(sizes), dtype=np.int64).tolist()]


def terms_on(loan: Loan, day: dt.date) -> Terms:
    """The terms as they are on a day, with the rates that changes made so far."""
    terms = loan.terms
    now = {change.kind: Rate(change.value) for change in loan.changes if change.date <= day}
    return replace(
        terms,
        rate=now.get(ChangeKind.RATE, terms.rate),
        penalty_rate=now.get(ChangeKind.PENALTY_RATE, terms.penalty_rate),
        compound_rate=now.get(ChangeKind.COMPOUND_RATE, terms.compound_rate),
    )


def new_plan_changes(versions: Sequence[PlanVersion]) -> tuple[Change, ...]:
    """That the plan was made anew on the days of its later versions, as changes of terms.

    A loan that says so is told apart from one whose plan was changed later: a prepayment begins a
    new interest period only on a day on which the plan was made anew for it.
    """
    return tuple(Change(version.effective_from, ChangeKind.NEW_PLAN) for version in versions[1:])


def merge_changes(*parts: Sequence[Change]) -> tuple[Change, ...]:
    """Changes of several sorts in order of their days; those of one day in the order given."""
    return tuple(sorted((c for part in parts for c in part), key=lambda change: change.date))


def join_plan_versions(versions: Sequence[PlanVersion]) -> tuple[Instalment, ...]:
    """The instalments that count when a plan was changed on the way, numbered through.

    An instalment of a version counts if it falls due after the version took effect and not after
    the next one did: what was due on or before the change stays due as it was. The first version
    counts from the beginning. Raises ValueError if the versions are not in order of time.
    """
    dates = [version.effective_from for version in versions]
    if dates != sorted(dates):
        raise ValueError("plan versions must be given in the order in which they took effect")
    counting: list[Instalment] = []
    for at, version in enumerate(versions):
        after = version.effective_from if at else dt.date.min
        until = dates[at + 1] if at + 1 < len(dates) else dt.date.max
        counting += [row for row in version.plan if after < row.due <= until]
    return tuple(
        Instalment(no, row.due, row.principal, row.interest)
        for no, row in enumerate(counting, start=1)
    )
