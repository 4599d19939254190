"""现金流周期试算: the rest of a loan, due in the months in which its client has money."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from django import forms

from daihou.servicing.queries import OneLoan
from loanmath.irregular import CycleRequest, QuietMonth, cycle_plan
from loanmath.loans import Instalment
from loanmath.money import Money
from loanmath.rates import Rate

_PART = re.compile(r"(1[0-2]|[1-9])(?:(?:月|[:：])(\d{1,3})?)?")
_MOST_MONTHS = 12


class CycleField(forms.CharField):
    """Months with money and their weights, as `6月2、10月3`; a month without a weight counts 1."""

    def to_python(self, value: Any) -> Any:
        """Twelve weights, January first; None when empty."""
        text = (super().to_python(value) or "").strip()
        if not text:
            return None
        weights = [0] * _MOST_MONTHS
        for part in re.split(r"[、,，;；\s]+", text):
            found = _PART.fullmatch(part)
            if found is None:
                raise forms.ValidationError("请按“6月2、10月3”填写:月份,后面是占比")
            weights[int(found[1]) - 1] = int(found[2] or 1)
        if not any(weights):
            raise forms.ValidationError("至少有一个月份的占比大于零")
        return tuple(weights)


def follow_cycle(
    one: OneLoan, on: dt.date, weights: tuple[int, ...], principal: Money, rate: Rate
) -> list[Instalment]:
    """The principal not yet due, spread over the client's months until the present maturity.

    In other months only interest is due. Interest counts from the last due date. Raises ValueError
    if the loan has matured or no month with money is left.
    """
    plan = one.kernel_loan.plan
    begun = max((row.due for row in plan if row.due <= on), default=one.loan.disbursed_on)
    request = CycleRequest(
        principal=principal,
        rate=rate,
        start=begun,
        maturity=plan[-1].due,
        weights=weights,
        quiet=QuietMonth.INTEREST,
        principal_from=on + dt.timedelta(days=1),
        day_count=one.kernel_loan.terms.day_count,
    )
    rows = cycle_plan(request)
    coming = [row for row in rows if row.due > on]
    run_up = sum(row.interest for row in rows if row.due <= on)
    return [replace(coming[0], interest=Money(coming[0].interest + run_up)), *coming[1:]]
