"""How far a loan may be extended: the lender's parameters, brought to the kernel's rule."""

from __future__ import annotations

import datetime as dt

from daihou.loan_book.choices import CustomerKind, PlanReason
from daihou.policy.entries import PERCENT
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.queries import OneLoan
from loanmath.extension import Band, Limits, Verdict, judge_extension

_WHOLE = 100 * PERCENT


def limits_on(parameters: ParametersOnDay, customer_kind: str) -> Limits:
    """The limits that hold for a client's loans; a farmer's loan has one more."""
    farmer = customer_kind == CustomerKind.FARMER
    return Limits(
        bands=(
            Band(
                parameters.whole("limit.extension_short_months"),
                share=(parameters.whole("limit.extension_short"), _WHOLE),
            ),
            Band(None, share=(parameters.whole("limit.extension_long"), _WHOLE)),
        ),
        times=parameters.whole("limit.extension_farmer_times") if farmer else None,
    )


def judge(one: OneLoan, until: dt.date, parameters: ParametersOnDay) -> Verdict:
    """Whether a loan may be extended to a day, extensions granted before counted in."""
    extended = [
        version.due_dates[-1]
        for version in one.plan_versions
        if version.reason == PlanReason.EXTENSION
    ]
    limits = limits_on(parameters, one.loan.customer.kind)
    return judge_extension(one.loan.disbursed_on, [one.loan.matures_on, *extended], until, limits)
