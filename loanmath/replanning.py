"""A new plan because terms change: repricing, interest turned into principal, restructuring.

As in `what_if.py` nothing is changed: each function answers with what would have to be recorded, a
plan version and the changes of terms that belong to it. `with_replanning` shows the loan with it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from loanmath.codes import ChangeKind, Problem
from loanmath.dates import day_number
from loanmath.floating import Uplifts, repricing
from loanmath.loans import (
    Change,
    Loan,
    PlanVersion,
    book_of,
    join_plan_versions,
    merge_changes,
    new_plan_changes,
    terms_on,
)
from loanmath.money import Money
from loanmath.one_loan import Position, position_of
from loanmath.plans import Style, instalments_in, plan_on_dates
from loanmath.rates import Rate
from loanmath.repricing import AS_PLANNED, new_terms, reprice_plans


@dataclass(frozen=True, slots=True)
class Replanning:
    """What is to be recorded: the new plan version, and the changes of terms of the same day."""

    plan: PlanVersion
    changes: tuple[Change, ...]
    taken_in: Money  # arrears of principal and interest that go into the new plan
    capitalised: Money  # of interest and penalty, turned into principal


def with_replanning(loan: Loan, made: Replanning) -> Loan:
    """The loan after a replanning was recorded."""
    versions = [PlanVersion(loan.terms.start, loan.plan), made.plan]
    return replace(
        loan,
        plan=join_plan_versions(versions),
        changes=merge_changes(loan.changes, made.changes, new_plan_changes(versions)),
    )


def reprice(
    loan: Loan, on: dt.date, rate: Rate, style: Style | None, uplifts: Uplifts | None = None
) -> Replanning:
    """The plan if another rate holds from a day on (重定价): the same due dates, new instalments.

    Without a style the principal stays as planned. The level instalment is worked out as if the
    rate had held for the whole running period, whose interest is charged by segments: the nights
    before the day at the old rate, the others at the new one. Raises ValueError if nothing is left
    that is not yet due.
    """
    if style is None:
        terms = new_terms([rate], [AS_PLANNED])
    else:
        how = (style.interest_by, style.unit, style.direction)
        terms = new_terms([rate], [style.method], *how)
    made = reprice_plans(book_of([loan]), day_number(on), terms, threads=1)
    problem = Problem(int(made.problem[0]))
    if problem is not Problem.NONE:
        raise ValueError(f"the loan cannot be computed: {problem.name}")
    rows = instalments_in(made.plans, 0)
    if not rows:
        raise ValueError("nothing is left that is not yet due")
    plan = PlanVersion(on, tuple(rows))
    return Replanning(plan, repricing(on, rate, uplifts), Money(0), Money(0))


def restructure(
    loan: Loan,
    on: dt.date,
    dues: Sequence[dt.date],
    style: Style,
    capitalise_interest: bool = False,
    capitalise_penalty: bool = False,
) -> Replanning:
    """All that is owed spread over new due dates, from a day on (重组): nothing is overdue then.

    Interest that is due or has run up is turned into principal if so agreed; otherwise it is asked
    for with the first new instalment, on top of what the plan says. Penalty and compound interest
    stay due unless turned into principal; fees stay due. Raises ValueError if nothing is owed, or
    the dates do not rise.
    """
    position = _position(loan, on)
    interest = Money(position.interest_due + position.accrued_interest)
    penalty = Money(position.penalty_due + position.compound_due)
    changes, capitalised = [], 0
    if capitalise_interest and interest > 0:
        changes.append(Change(on, ChangeKind.CAPITALISED, interest))
        capitalised += interest
    if capitalise_penalty and penalty > 0:
        changes.append(Change(on, ChangeKind.PENALTY_CAPITALISED, penalty))
        capitalised += penalty
    changes.append(Change(on, ChangeKind.REPLANNED))
    principal = Money(position.principal + capitalised)
    if principal == 0:
        raise ValueError("no principal is left to be repaid by a new plan")
    terms = terms_on(loan, on)
    rows = plan_on_dates(style, principal, terms.rate, on, dues, terms.day_count)
    taken_in = Money(position.principal_due + position.interest_due)
    plan = PlanVersion(on, tuple(rows))
    return Replanning(plan, tuple(changes), taken_in, Money(capitalised))


def _position(loan: Loan, on: dt.date) -> Position:
    """The loan as it is on the evening of a day; ValueError for one that cannot be computed."""
    entries = tuple(entry for entry in loan.entries if entry.date <= on)
    position = position_of(replace(loan, entries=entries), on)
    if position.problem is not Problem.NONE:
        raise ValueError(f"the loan cannot be computed: {position.problem.name}")
    return position
