"""试算 of changes that make the plan anew: 重定价, 重组, 提前到期; nothing is written.

The same functions of the kernel answer as when the change is made (`servicing.actions`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from daihou.servicing.queries import OneLoan
from loanmath.codes import ChangeKind
from loanmath.dates import add_months, date_of, day_number
from loanmath.floating import Uplifts
from loanmath.loans import Change, Instalment, Loan, merge_changes
from loanmath.money import Money
from loanmath.one_loan import position_of
from loanmath.plans import Style
from loanmath.rates import Rate
from loanmath.replanning import reprice, restructure, with_replanning

_NEXT_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Replanned:
    """What a change would make of a loan: what is still to come, and how late it would be."""

    rows: Sequence[Instalment]
    interest_added: int  # against the plan in force, in fen
    days_past_due: int  # on the day after, if nothing is paid


def repriced(one: OneLoan, on: dt.date, rate: Rate, style: Style) -> Replanned:
    """Another contract rate from a day on; raises ValueError if nothing is left to come."""
    loan = one.kernel_loan
    uplifts = Uplifts(one.loan.penalty_uplift_bps, compound=one.loan.charges_compound)
    made = reprice(loan, on, rate, style, uplifts)
    added = _interest(made.plan.plan) - _interest(_coming(loan, on))
    return Replanned(made.plan.plan, added, _late(with_replanning(loan, made), on))


def restructured(
    one: OneLoan, on: dt.date, instalments: int, style: Style, *, capitalise: bool
) -> Replanned:
    """All that is owed in so many new instalments; raises ValueError if nothing is owed.

    With `capitalise` the interest that is owed becomes principal; otherwise it is asked for with
    the first instalment, on top.
    """
    loan = one.kernel_loan
    owed = one.position(on)
    months = [one.loan.frequency_months * number for number in range(1, instalments + 1)]
    dues = [date_of(add_months(day_number(on), ahead)) for ahead in months]
    made = restructure(loan, on, dues, style, capitalise)
    added = _interest(made.plan.plan) + owed.accrued_interest - _interest(_coming(loan, on))
    rows = list(made.plan.plan)
    if not capitalise:
        on_top = owed.interest_due + owed.accrued_interest
        rows[0] = replace(rows[0], interest=Money(rows[0].interest + on_top))
    return Replanned(rows, added, _late(with_replanning(loan, made), on))


def called_in(one: OneLoan, on: dt.date) -> Replanned:
    """All principal not yet due falls due on a day, with interest to date.

    Raises ValueError if all of it fell due before.
    """
    loan, now = one.kernel_loan, one.position(on)
    ahead = Money(now.principal - now.principal_due)
    if ahead == 0:
        raise ValueError("no principal is left that is not yet due")
    rows = [Instalment(1, on, ahead, now.accrued_interest)]
    after = replace(loan, changes=merge_changes(loan.changes, (Change(on, ChangeKind.CALLED_IN),)))
    added = now.accrued_interest - _interest(_coming(loan, on))
    return Replanned(rows, added, _late(after, on))


def days_late_after(one: OneLoan, on: dt.date) -> int:
    """Days past due on the day after, if nothing changes and nothing is paid."""
    return _late(one.kernel_loan, on)


def _late(loan: Loan, on: dt.date) -> int:
    return position_of(loan, on + _NEXT_DAY).days_past_due


def _coming(loan: Loan, on: dt.date) -> list[Instalment]:
    return [row for row in loan.plan if row.due > on]


def _interest(rows: Sequence[Instalment]) -> int:
    return sum(row.interest for row in rows)
