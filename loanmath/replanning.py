"""A new plan because terms change: repricing, interest turned into principal, restructuring.

As in `what_if.py` nothing is changed: each function answers with what would have to be recorded, a
plan version and the changes of terms that belong to it. `with_replanning` shows the loan with it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from loanmath.accrual import grow, rounded
from loanmath.codes import ChangeKind, Problem
from loanmath.dates import day_number
from loanmath.day_count import basis_of, weight_within
from loanmath.floating import Uplifts, repricing
from loanmath.loans import (
    Change,
    Instalment,
    Loan,
    PlanVersion,
    join_plan_versions,
    merge_changes,
    new_plan_changes,
    terms_on,
)
from loanmath.money import Money
from loanmath.one_loan import Position, position_of
from loanmath.plans import Style, plan_on_dates
from loanmath.rates import Rate


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
    loan: Loan, on: dt.date, rate: Rate, style: Style, uplifts: Uplifts | None = None
) -> Replanning:
    """The plan if another rate holds from a day on (重定价): the same due dates, new instalments.

    The level instalment is worked out as if the rate had held for the whole running period, whose
    interest is charged by segments: the nights before the day at the old rate, the others at the
    new one. Raises ValueError if nothing is left that is not yet due.
    """
    position = _position(loan, on)
    coming = _coming(loan, position, on)
    old = terms_on(loan, on)
    begun = _period_start(loan, on)
    ahead = _ahead(position)
    rows = plan_on_dates(style, ahead, rate, begun, [row.due for row in coming], old.day_count)
    segments = [(old.rate, begun, on), (rate, on, rows[0].due)]
    first = replace(rows[0], interest=_by_segments(ahead, segments, int(old.day_count)))
    plan = PlanVersion(on, (first, *rows[1:]))
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


def _by_segments(
    base: Money, segments: Sequence[tuple[Rate, dt.date, dt.date]], day_count: int
) -> Money:
    """Interest of one period at several rates, each for its days, rounded once."""
    whole = part = 0
    basis = basis_of(day_count)
    anchor = day_number(segments[0][1])
    for rate, since, until in segments:
        weight = weight_within(day_count, anchor, day_number(since), day_number(until))
        whole, part = grow(whole, part, base, rate, weight, basis)
    return Money(int(rounded(whole, part, basis)))


def _period_start(loan: Loan, on: dt.date) -> dt.date:
    """The day on which the running interest period began."""
    return max((row.due for row in loan.plan if row.due <= on), default=loan.terms.start)


def _coming(loan: Loan, position: Position, on: dt.date) -> list[Instalment]:
    coming = [row for row in loan.plan if row.due > on]
    if not coming or _ahead(position) == 0:
        raise ValueError("nothing is left that is not yet due")
    return coming


def _ahead(position: Position) -> Money:
    """Principal not yet due."""
    return Money(position.principal - position.principal_due)


def _position(loan: Loan, on: dt.date) -> Position:
    """The loan as it is on the evening of a day; ValueError for one that cannot be computed."""
    entries = tuple(entry for entry in loan.entries if entry.date <= on)
    position = position_of(replace(loan, entries=entries), on)
    if position.problem is not Problem.NONE:
        raise ValueError(f"the loan cannot be computed: {position.problem.name}")
    return position
