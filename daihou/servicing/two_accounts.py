"""The two accounts of a loan's past: as it was believed day by day, and as it is true now.

They differ where something became known later than it happened: an entry booked after its value
date, a reversal, a plan that was put in force in the past. The kernel computes both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan, PlanVersion, TermChange
from daihou.servicing.knowledge import BY_BOOKING, Knowledge, reversal_of
from daihou.servicing.queries import LoanRows, as_known_on
from loanmath.courses import Span, as_believed, course_of, differing_spans


@dataclass(frozen=True)
class Known:
    """One thing about a loan: when it happened, and when it became known."""

    happened_on: dt.date
    known_since: dt.date
    row: LedgerEntry | PlanVersion | TermChange


@dataclass(frozen=True)
class TwoAccounts:
    """What became known late about a loan, and where its two accounts differ, span by span."""

    late: list[Known]
    spans: list[Span]


def two_accounts(
    loan: Loan, *, until: dt.date, knowledge: Callable[[dt.date], Knowledge] | None = None
) -> TwoAccounts:
    """Lay what was believed about a loan on each day up to `until` beside what is true.

    `knowledge` is asked, with the first day of the loan's plans and entries, when rows became
    known (see `read_loan`). Raises ValueError, as the kernel does, for a loan that cannot be
    computed by what was known at some time.
    """
    rows = LoanRows.of(loan)
    known = BY_BOOKING if knowledge is None else knowledge(loan.disbursed_on)
    late = known_late(rows, known, until)
    if not late:
        return TwoAccounts([], [])
    known = replace(known, foresees=True)
    true = as_known_on(rows, until, known).kernel_loan
    days = sorted({one.known_since for one in late} | {min(one.happened_on for one in late)})
    believed = [(day, course_of(as_known_on(rows, day, known).kernel_loan, until)) for day in days]
    spans = differing_spans(as_believed(believed), course_of(true, until), days[0], until)
    return TwoAccounts(late, spans)


def known_late(rows: LoanRows, known: Knowledge, until: dt.date) -> list[Known]:
    """What became known after the day from which it counts, in order of that."""
    return [one for one in all_known(rows, known) if one.happened_on < one.known_since <= until]


def all_known(rows: LoanRows, known: Knowledge) -> list[Known]:
    """Everything about a loan with the day on which it became known, in order of that."""
    found = []
    for entry in rows.entries:
        if entry.kind != EntryKind.REVERSAL:
            found.append(Known(entry.value_date, known.entry_since(entry), entry))
            undone = reversal_of(entry)
            if undone is not None:
                found.append(Known(entry.value_date, known.entry_since(undone), undone))
    found += [Known(one.effective_from, known.plan_since(one), one) for one in rows.versions[1:]]
    found += [Known(one.effective_from, known.change_since(one), one) for one in rows.changes]
    return sorted(found, key=lambda one: (one.known_since, one.happened_on))
