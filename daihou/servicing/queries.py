"""One loan for people: where it stands on a day, what happened to it, its plan against payments.

The numbers come from the kernel, which is also what the daily run computes with; nothing is
calculated here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan, PlanVersion, TermChange
from daihou.servicing.knowledge import BY_BOOKING, Knowledge, reversal_of
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

    `known_on` says as of which business day it was read: what became known later is left out, so
    that it shows what was believed then. None: all that is known now.
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


@dataclass(frozen=True)
class LoanRows:
    """All rows of one loan, whenever they became known."""

    loan: Loan
    versions: list[PlanVersion]
    entries: list[LedgerEntry]
    changes: list[TermChange]

    @classmethod
    def of(cls, loan: Loan) -> LoanRows:
        """Read them, in three queries."""
        entries = loan.entries.select_related("reversed_by").order_by("value_date", "pk")
        return cls(
            loan, list(loan.plans.order_by("version")), list(entries), list(loan.term_changes.all())
        )


def read_loan(
    loan: Loan, *, known_on: dt.date | None = None, knowledge: Knowledge = BY_BOOKING
) -> OneLoan:
    """Read one loan with its plan versions, entries and changes of terms, in three queries.

    `knowledge` says when rows became known; without it, plans are known from the day on which they
    take effect, entries and changes from the day on which they were booked.
    """
    return as_known_on(LoanRows.of(loan), known_on, knowledge)


def as_known_on(
    rows: LoanRows, known_on: dt.date | None, knowledge: Knowledge = BY_BOOKING
) -> OneLoan:
    """A loan out of rows read already, as known on a business day (None: now)."""
    loan, versions, entries, changes = rows.loan, rows.versions, rows.entries, rows.changes
    if known_on is not None:
        versions = [one for one in versions if knowledge.has_plan(one, known_on)]
        entries = [one for one in entries if knowledge.has_entry(one, known_on)]
        changes = [one for one in changes if knowledge.has_change(one, known_on)]
    plans = [_kernel_version(version) for version in versions]
    counting = [one for one in entries if _counts(one, known_on, knowledge)]
    return OneLoan(
        loan=loan,
        kernel_loan=kernel.Loan(
            terms=terms_of(loan),
            plan=join_plan_versions(plans),
            entries=tuple(
                Entry(entry.value_date, KernelEntryKind(entry.kind), Money(entry.amount))
                for entry in counting
            ),
            changes=merge_changes(new_plan_changes(plans), changes_of(loan, changes)),
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


def _counts(entry: LedgerEntry, known_on: dt.date | None, knowledge: Knowledge) -> bool:
    """Whether an entry moves money: neither a reversal nor reversed by what is known."""
    if entry.kind == EntryKind.REVERSAL:
        return False
    undone = reversal_of(entry)
    if undone is None or known_on is None:
        return undone is None
    return not knowledge.has_undone(entry, undone, known_on)


def _kernel_version(version: PlanVersion) -> kernel.PlanVersion:
    return kernel.PlanVersion(version.effective_from, tuple(planned_rows(version)))


def planned_rows(version: PlanVersion) -> list[Instalment]:
    """The instalments of a plan version."""
    rows = zip(version.due_dates, version.principal, version.interest, strict=True)
    return [
        Instalment(number, due, Money(principal), Money(interest))
        for number, (due, principal, interest) in enumerate(rows, start=1)
    ]
