"""Repayment plans for loans that come without one: made by the kernel from the loans' terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from daihou.feeds.staging import Staged
from daihou.loan_book.choices import RepaymentMethod
from daihou.servicing.plan_styles import interest_by_of, kernel_methods
from loanmath.compiled import compiled
from loanmath.dates import add_months, parts_of
from loanmath.roll import NO_HOLIDAYS, Roll
from loanmath.schedule import Direction, Plans, make_plan_terms, make_plans


def plans_from_terms(loans: Staged, rows: Any, holidays: Any = NO_HOLIDAYS) -> Plans:
    """The plans of the loans at `rows`.

    Level methods count interest by whole months (a twelfth of the yearly rate), the others and
    loans whose interest runs by balance count days. Without a first due date, instalments fall due
    on the day of the month on which the loan was paid out.
    """
    at = {name: loans.values[name][rows] for name in _NEEDED}
    given = ~loans.missing["first_due_on"][rows]
    first_due, due_day = _first_dues(
        at["disbursed_on"], at["frequency_months"], at["first_due_on"], given
    )
    bullet = at["method"] == RepaymentMethod.BULLET
    first_due = np.where(bullet, at["matures_on"], np.minimum(first_due, at["matures_on"]))
    terms = make_plan_terms(
        method=kernel_methods(at["method"]),
        principal=at["amount"],
        rate=at["rate"],
        start=at["disbursed_on"],
        first_due=first_due,
        maturity=at["matures_on"],
        months=at["frequency_months"],
        due_day=due_day,
        merge_last=0,
        interest_only=0,
        interest_by=interest_by_of(at["method"], at["interest_mode"]),
        day_count=at["day_count"],
        interest_to_due=1,
        roll=at["roll_rule"],
        unit=1,
        direction=Direction.NEAREST,
    )
    return make_plans(terms, holidays)


def needs_holidays(loans: Staged, rows: Any) -> bool:
    """Whether any of the loans moves due dates off holidays."""
    return bool((loans.values["roll_rule"][rows] != Roll.NONE).any())


_NEEDED = (
    "method",
    "amount",
    "rate",
    "disbursed_on",
    "matures_on",
    "first_due_on",
    "frequency_months",
    "interest_mode",
    "day_count",
    "roll_rule",
)


def _first_dues(start: Any, months: Any, first: Any, given: Any) -> tuple[Any, Any]:
    due = np.zeros(len(start), np.int64)
    day = np.zeros(len(start), np.int64)
    _fill_first_dues(start, months, first, given, due, day)
    return due, day


@compiled
def _fill_first_dues(start: Any, months: Any, first: Any, given: Any, due: Any, day: Any) -> None:
    for n in range(start.size):
        due[n] = first[n] if given[n] else add_months(start[n], months[n])
        day[n] = parts_of(first[n] if given[n] else start[n])[2]
