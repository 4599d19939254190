"""One loan for people: where it stands on a day, what happened to it, its plan against payments.

The numbers come from the kernel, which is also what the daily run computes with; nothing is
calculated here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan, PlanVersion, TermChange
from daihou.servicing.term_changes import changes_of
from loanmath import loans as kernel
from loanmath.codes import Allocation, ExcessMode, InterestMode, PenaltyFrom
from loanmath.codes import EntryKind as KernelEntryKind
from loanmath.day_count import DayCount
from loanmath.loans import (
    Entry,
    Instalment,
    join_plan_versions,
    merge_changes,
    new_plan_changes,
)
from loanmath.money import Money
from loanmath.one_loan import (
    Event,
    InstalmentState,
    Position,
    instalments_of,
    position_of,
    timeline_of,
)
from loanmath.rates import NO_RATE, Rate, penalty_rate


@dataclass(frozen=True)
class OneLoan:
    """A loan read from the book, ready for the kernel: terms and changes, plan in force, entries.

    `known_on` says as of which business day it was read: later bookings and later plan versions
    are left out, so that it shows what was believed then. None: all that is known now.
    """

    loan: Loan
    kernel_loan: kernel.Loan
    plan_versions: list[PlanVersion]
    entries: list[LedgerEntry]
    term_changes: list[TermChange]
    known_on: dt.date | None

    def position(self, day: dt.date) -> Position:
        """Where the loan stands on the evening of a day; its `problem` says if it cannot be."""
        return position_of(self.kernel_loan, day)

    def timeline(self, until: dt.date) -> list[Event]:
        """Everything that happened to the loan up to a day; raises ValueError if it cannot be."""
        return timeline_of(self.kernel_loan, until)

    def instalments(self, day: dt.date) -> list[InstalmentState]:
        """The plan against what was paid of it; raises ValueError for a loan that cannot be."""
        return instalments_of(self.kernel_loan, day)


def read_loan(loan: Loan, *, known_on: dt.date | None = None) -> OneLoan:
    """Read one loan with its plan versions, entries and changes of terms, in three queries."""
    versions = _versions(loan, known_on)
    entries = _entries(loan, known_on)
    changes = list(loan.term_changes.all())
    plans = [_kernel_version(version) for version in versions]
    counting = [entry for entry in entries if _counts(entry, known_on)]
    return OneLoan(
        loan=loan,
        kernel_loan=kernel.Loan(
            terms=terms_of(loan),
            plan=join_plan_versions(plans),
            entries=tuple(
                Entry(entry.value_date, KernelEntryKind(entry.kind), Money(entry.amount))
                for entry in counting
            ),
            changes=merge_changes(new_plan_changes(plans), changes_of(loan, changes, known_on)),
        ),
        plan_versions=versions,
        entries=entries,
        term_changes=changes,
        known_on=known_on,
    )


def terms_of(loan: Loan) -> kernel.Terms:
    """The loan's terms as the kernel reads them; the penalty rates worked out from the uplift."""
    penalty = penalty_rate(Rate(loan.rate), loan.penalty_uplift_bps)
    return kernel.Terms(
        principal=Money(loan.amount),
        rate=Rate(loan.rate),
        start=loan.disbursed_on,
        maturity=loan.matures_on,
        penalty_rate=penalty,
        compound_rate=penalty if loan.charges_compound else NO_RATE,
        day_count=DayCount(loan.day_count),
        grace_days=loan.grace_days,
        penalty_from=PenaltyFrom(loan.penalty_from),
        allocation=Allocation(loan.allocation),
        allocation_impaired=Allocation(loan.allocation_impaired),
        impaired_after_days=loan.impaired_after_days,
        interest_mode=InterestMode(loan.interest_mode),
        excess_mode=ExcessMode(loan.excess_mode),
    )


def _versions(loan: Loan, known_on: dt.date | None) -> list[PlanVersion]:
    versions = loan.plans.order_by("version")
    if known_on is not None:
        versions = versions.filter(Q(version=1) | Q(effective_from__lte=known_on))
    return list(versions)


def _entries(loan: Loan, known_on: dt.date | None) -> list[LedgerEntry]:
    entries = loan.entries.select_related("reversed_by").order_by("value_date", "pk")
    if known_on is not None:
        entries = entries.filter(booked_on__lte=known_on)
    return list(entries)


def _counts(entry: LedgerEntry, known_on: dt.date | None) -> bool:
    """Whether an entry moves money: neither a reversal nor reversed by what is known."""
    if entry.kind == EntryKind.REVERSAL:
        return False
    undone = getattr(entry, "reversed_by", None)
    return undone is None or (known_on is not None and undone.booked_on > known_on)


def _kernel_version(version: PlanVersion) -> kernel.PlanVersion:
    rows = zip(version.due_dates, version.principal, version.interest, strict=True)
    return kernel.PlanVersion(
        version.effective_from,
        tuple(
            Instalment(number, due, Money(principal), Money(interest))
            for number, (due, principal, interest) in enumerate(rows, start=1)
        ),
    )
